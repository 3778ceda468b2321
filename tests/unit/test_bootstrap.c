// tests/unit/test_bootstrap.c: blocks of space, and errors from drawing them again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/honest.h>

static void blocks_are_cubes(void **unused)
{
    (void)unused;
    const float xyz[] = {5, 5, 5, -3, 5, 5, 5.5f, 5, 5, -2, 5.9f, 5.9f, 5, 7.5f, 5};
    uint32_t block[5];
    size_t n_blocks = 0;
    assert_int_equal(ia_blocks_build(NULL, xyz, 5, 2, block, &n_blocks), IA_OK);
    assert_int_equal(n_blocks, 3);
    const uint32_t expected[] = {0, 1, 0, 1, 2}; // by first appearance
    assert_memory_equal(block, expected, sizeof expected);
    assert_int_equal(ia_blocks_build(NULL, xyz, 0, 2, block, &n_blocks), IA_OK);
    assert_int_equal(n_blocks, 0);
}

// Sums of block values: their bootstrap error is known.
typedef struct {
    double *sum;
    size_t n;
} sums;

static ia_status mean_of(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                         double *values)
{
    const sums *s = user;
    double total = 0, n = 0;
    (void)ctx;
    (void)worker;
    for (size_t b = 0; b < s->n; b++) {
        total += weight[b] * s->sum[b];
        n += weight[b];
    }
    values[0] = total / n;
    values[1] = n;
    return IA_OK;
}

enum { N_BLOCKS = 100 };

static void error_is_that_of_the_mean_of_blocks(void **unused)
{
    (void)unused;
    double values[N_BLOCKS], mean = 0, squares = 0;
    sums s = {values, N_BLOCKS};
    ia_random random = ia_random_new(1, 1);
    for (size_t b = 0; b < N_BLOCKS; b++)
        mean += (values[b] = ia_random_normal(&random)) / N_BLOCKS;
    for (size_t b = 0; b < N_BLOCKS; b++)
        squares += (values[b] - mean) * (values[b] - mean);
    double expected =
        sqrt(squares) / N_BLOCKS; // sd of a mean of N drawn with replacement
    ia_bootstrap_question question = {mean_of, &s, 2, "errors"};
    ia_bootstrap_params params = {1000, 1, 0.9};
    ia_bootstrap errors[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, 1 + 2 * i);
        CHECK_OK(ctx,
                 ia_bootstrap_compute(ctx, &question, N_BLOCKS, &params, &errors[i]));
        ia_ctx_free(ctx);
    }
    assert_true(fabs(errors[0].estimate[0] - mean) < 1e-12);
    assert_true(errors[0].mean[1] == N_BLOCKS);
    // 1000 draws know an sd to 2.2 %; 4 of those.
    assert_true(fabs(errors[0].sd[0] / expected - 1) < 0.09);
    // The 5 % and 95 % points of a normal value lie 1.645 sd away.
    assert_true(fabs((errors[0].hi[0] - errors[0].lo[0]) / (2 * 1.645 * expected) - 1) <
                0.15);
    assert_true(errors[0].sd[0] == errors[1].sd[0] && errors[0].lo[0] == errors[1].lo[0]);
    ia_bootstrap_clear(&errors[0]);
    ia_bootstrap_clear(&errors[1]);
}

static void errors_have_sentences(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[] = {0, 0, 0, 1e9f, 0, 0, NAN, 0, 0};
    double values[] = {1, 2};
    sums s = {values, 2};
    uint32_t block[3];
    size_t n_blocks;
    ia_bootstrap_question question = {mean_of, &s, 2, "errors"};
    ia_bootstrap_params params = {10, 1, 0.9};
    ia_bootstrap out = {0};
    CHECK_FAILS(ctx, ia_blocks_build(ctx, xyz, 2, 0, block, &n_blocks), IA_ERR_PARAM,
                "edge");
    CHECK_FAILS(ctx, ia_blocks_build(ctx, xyz, 2, 1, block, &n_blocks),
                IA_ERR_UNSUPPORTED, "blocks");
    CHECK_FAILS(ctx, ia_blocks_build(ctx, xyz, 3, 1, block, &n_blocks), IA_ERR_PARAM,
                "not finite");
    CHECK_STARVED(ctx, ia_blocks_build(ctx, xyz, 1, 1, block, &n_blocks), (void)0);
    CHECK_FAILS(ctx, ia_bootstrap_compute(ctx, &question, 1, &params, &out), IA_ERR_PARAM,
                "blocks");
    params.band = 0;
    CHECK_FAILS(ctx, ia_bootstrap_compute(ctx, &question, 2, &params, &out), IA_ERR_PARAM,
                "band");
    params.band = 0.5;
    CHECK_STARVED(ctx, ia_bootstrap_compute(ctx, &question, 2, &params, &out),
                  ia_bootstrap_clear(&out));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_cubes),
        cmocka_unit_test(error_is_that_of_the_mean_of_blocks),
        cmocka_unit_test(errors_have_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
