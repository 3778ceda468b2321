// tests/unit/test_blobs.c: planted Gaussians come back, even points have none.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/blobs.h>
#include <ionatlas/random.h>

enum { PER_BLOB = 200, BLOBS = 12, EVEN = 4000, N = BLOBS * PER_BLOB + EVEN };
static const double edge = 30, width = 0.5;

typedef struct {
    float xyz[3 * N];
    double centre[BLOBS][3];
} planted;

// Blobs on a lattice of 6 nm, so that none overlap, and the rest even.
static planted *plant(uint64_t seed, size_t n_blobs)
{
    static const size_t stride[] = {1, 5, 25};
    planted *p = calloc(1, sizeof *p);
    ia_random random = ia_random_new(seed, 0);
    assert_non_null(p);
    for (size_t b = 0; b < n_blobs; b++)
        for (size_t k = 0; k < 3; k++)
            p->centre[b][k] = 3 + 6.0 * (double)(b / stride[k] % 5);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 3; k++) {
            size_t b = i / PER_BLOB;
            double u = ia_random_uniform(&random), g = ia_random_normal(&random);
            p->xyz[3 * i + k] =
                (float)(b < n_blobs ? p->centre[b][k] + width * g : edge * u);
        }
    return p;
}

static double off_nearest(const planted *p, const ia_blob *blob)
{
    double nearest = INFINITY;
    for (size_t j = 0; j < BLOBS; j++) {
        double off = 0;
        for (size_t d = 0; d < 3; d++)
            off = fmax(off, fabs(blob->centre[d] - p->centre[j][d]));
        nearest = fmin(nearest, off);
    }
    return nearest;
}

// A place is known to sd / sqrt(n), a width to sd / sqrt(6 n); the background within a
// blob adds little. 4.5 sd for 12 x 4 numbers: 999 in 1,000.
static void planted_blobs_come_back(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    planted *p = plant(1, BLOBS);
    ia_points points = {p->xyz, N};
    ia_blobs b;
    CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &b));
    assert_int_equal(b.n_blobs, BLOBS);
    for (size_t k = 0; k < b.n_blobs; k++) {
        assert_true(off_nearest(p, &b.blobs[k]) < 4.5 * 1.1 * width / sqrt(PER_BLOB));
        assert_true(fabs(b.blobs[k].width / width - 1) < 4.5 * 1.2 / sqrt(6 * PER_BLOB));
        assert_true(fabs(b.blobs[k].points - PER_BLOB) < 0.15 * PER_BLOB);
    }
    // Some 130 cubes of 50 points, a third of them gathered in blobs.
    assert_true(fabs(b.volume / (edge * edge * edge) - 1) < 0.1);
    assert_true(fabs(b.even - (double)EVEN / N) < 0.02);
    double expected = 0, members = 0;
    for (size_t i = 0; i < N; i++) {
        expected += b.probability[i];
        members += i < BLOBS * PER_BLOB && b.label[i] >= 0;
    }
    assert_true(fabs(expected / (BLOBS * PER_BLOB) - 1) < 0.03);
    assert_true(members > 0.9 * BLOBS * PER_BLOB);
    ia_blobs_clear(&b);
    free(p);
    ia_ctx_free(ctx);
}

// Of points with probability near q, a share q belongs to a blob.
static void probabilities_are_calibrated(void **state)
{
    enum { CLASSES = 5, SEEDS = ARE_THREADS_WATCHED ? 1 : 4 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    double sum[CLASSES] = {0}, hits[CLASSES] = {0}, n[CLASSES] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        planted *p = plant(seed, BLOBS);
        ia_points points = {p->xyz, N};
        ia_blobs b;
        CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &b));
        for (size_t i = 0; i < N; i++) {
            size_t c = (size_t)fmin(CLASSES - 1, CLASSES * (double)b.probability[i]);
            sum[c] += b.probability[i];
            hits[c] += i < BLOBS * PER_BLOB;
            n[c]++;
        }
        ia_blobs_clear(&b);
        free(p);
    }
    for (size_t c = 0; c < CLASSES; c++) {
        double q = sum[c] / n[c], sd = sqrt(q * (1 - q) / n[c]);
        assert_true(fabs(hits[c] / n[c] - q) < 3.9 * sd + 0.02);
    }
    ia_ctx_free(ctx);
}

// A blob by chance in 1 of 100 specimens: at most 2 in 12, 999 times in 1,000.
static void even_points_have_no_blobs(void **state)
{
    enum { SEEDS = ARE_THREADS_WATCHED ? 2 : 12 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    size_t n = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        planted *p = plant(seed, 0);
        ia_points points = {p->xyz, N};
        ia_blobs b;
        CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &b));
        n += b.n_blobs > 0;
        ia_blobs_clear(&b);
        free(p);
    }
    printf("%zu of %d even specimens have a blob\n", n, SEEDS);
    assert_true(n <= 2);
    ia_ctx_free(ctx);
}

static void any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    planted *p = plant(5, BLOBS);
    ia_points points = {p->xyz, N};
    ia_blobs one, many;
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &one));
    ia_ctx_set_threads(ctx, 5);
    CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &many));
    assert_int_equal(one.n_blobs, many.n_blobs);
    assert_memory_equal(one.blobs, many.blobs, one.n_blobs * sizeof *one.blobs);
    assert_memory_equal(one.probability, many.probability, N * sizeof(float));
    ia_blobs_clear(&one);
    ia_blobs_clear(&many);
    free(p);
    ia_ctx_free(ctx);
}

static void bad_input_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float same[60] = {0}, hole[3] = {0, NAN, 0};
    ia_blobs b = {0};
    for (size_t n = 0; n <= 20; n += 4) {
        ia_points points = {same, n};
        CHECK_OK(ctx, ia_blobs_compute(ctx, &points, NULL, &b));
        assert_int_equal(b.n_blobs, 0);
        ia_blobs_clear(&b);
    }
    ia_points points = {hole, 1};
    ia_blobs_params params = ia_blobs_defaults();
    CHECK_FAILS(ctx, ia_blobs_compute(ctx, &points, NULL, &b), IA_ERR_PARAM, "point 0");
    params.min_points = 1;
    CHECK_FAILS(ctx, ia_blobs_compute(ctx, &points, &params, &b), IA_ERR_PARAM,
                "min_points");
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    planted *p = plant(6, 3);
    ia_points points = {p->xyz, 3 * PER_BLOB};
    ia_blobs_params params = ia_blobs_defaults();
    ia_blobs b = {0};
    params.volume = 27000;
    CHECK_STARVED(ctx, ia_blobs_compute(ctx, &points, &params, &b), ia_blobs_clear(&b));
    free(p);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_blobs_come_back),
        cmocka_unit_test(probabilities_are_calibrated),
        cmocka_unit_test(even_points_have_no_blobs),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
