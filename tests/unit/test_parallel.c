// tests/unit/test_parallel.c: every block once, on any number of threads; cancel stops
// the loop.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

enum { N_BLOCKS = 1000 };

static void mark(void *user, size_t block, size_t worker)
{
    (void)worker;
    ((unsigned char *)user)[block]++;
}

static void every_block_runs_once(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t threads = 1; threads <= 5; threads++) {
        unsigned char runs[N_BLOCKS] = {0};
        ia_ctx_set_threads(ctx, threads);
        assert_int_equal(ia_for(ctx, "x", N_BLOCKS, mark, runs), IA_OK);
        for (size_t i = 0; i < N_BLOCKS; i++)
            assert_int_equal(runs[i], 1);
    }
    assert_int_equal(ia_for(ctx, "x", 0, mark, NULL), IA_OK);
    ia_ctx_free(ctx);
}

static void check_worker(void *user, size_t block, size_t worker)
{
    (void)block;
    if (worker >= 3)
        *(bool *)user = false;
}

static void workers_stay_below_their_number(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    bool below = true;
    ia_ctx_set_threads(ctx, 3);
    assert_int_equal(ia_for_workers(ctx, N_BLOCKS), 3);
    assert_int_equal(ia_for_workers(ctx, 2), 2);
    assert_int_equal(ia_for_workers(ctx, 0), 1);
    assert_int_equal(ia_for(ctx, "x", N_BLOCKS, check_worker, &below), IA_OK);
    assert_true(below);
    ia_ctx_free(ctx);
}

static bool refuse(void *user, const char *stage, double done)
{
    (void)user, (void)stage, (void)done;
    return false;
}

static void cancel_leaves_the_rest(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    unsigned char runs[N_BLOCKS] = {0};
    size_t n_run = 0;
    ia_ctx_set_threads(ctx, 1);
    ia_ctx_set_progress(ctx, refuse, NULL);
    assert_int_equal(ia_for(ctx, "x", N_BLOCKS, mark, runs), IA_CANCELLED);
    for (size_t i = 0; i < N_BLOCKS; i++)
        n_run += runs[i];
    assert_int_equal(n_run, 1);
    ia_ctx_free(ctx);
}

static void blocks_cover_everything(void **unused)
{
    (void)unused;
    size_t begin, end, covered = 0;
    assert_int_equal(ia_block_count(1001, 100), 11);
    for (size_t i = 0; i < 11; i++) {
        ia_block(1001, 100, i, &begin, &end);
        assert_int_equal(begin, covered);
        covered = end;
    }
    assert_int_equal(covered, 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_runs_once),
        cmocka_unit_test(workers_stay_below_their_number),
        cmocka_unit_test(cancel_leaves_the_rest),
        cmocka_unit_test(blocks_cover_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
