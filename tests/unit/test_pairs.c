// tests/unit/test_pairs.c: pairs by distance against a plain loop over all of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

enum { N = 700, BINS_MOST = 6000 };

typedef void (*fill)(float *xyz, size_t n, ia_random *random);

static void fill_even(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(ia_random_uniform(random) * 4 + 100);
}

// Steps of 0.25 nm are exact in float32: many distances lie exactly on the edges of bins.
static void fill_lattice(float *xyz, size_t n, ia_random *random)
{
    (void)random;
    for (size_t i = 0; i < n; i++) {
        xyz[3 * i] = 0.25f * (float)(i % 9);
        xyz[3 * i + 1] = 0.25f * (float)(i / 9 % 9);
        xyz[3 * i + 2] = 0.25f * (float)(i / 81);
    }
}

static void fill_needle(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < n; i++) {
        xyz[3 * i] = (float)(0.1 * ia_random_normal(random));
        xyz[3 * i + 1] = (float)(0.1 * ia_random_normal(random));
        xyz[3 * i + 2] = (float)(300 * ia_random_uniform(random));
    }
}

static void fill_plane(float *xyz, size_t n, ia_random *random)
{
    fill_even(xyz, n, random);
    for (size_t i = 0; i < n; i++)
        xyz[3 * i + 2] = 7;
}

static void fill_line(float *xyz, size_t n, ia_random *random)
{
    fill_plane(xyz, n, random);
    for (size_t i = 0; i < n; i++)
        xyz[3 * i + 1] = -3;
}

static void fill_spot(float *xyz, size_t n, ia_random *random)
{
    (void)random;
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = 5;
}

static void fill_apart(float *xyz, size_t n, ia_random *random)
{
    fill_even(xyz, n, random);
    for (size_t i = 0; i < n; i += 100)
        xyz[3 * i] += 1e6f;
}

static const fill fills[] = {fill_even, fill_lattice, fill_needle, fill_plane,
                             fill_line, fill_spot,    fill_apart};
enum { N_FILLS = sizeof fills / sizeof fills[0] };

// The definition.
static void plain_count(const ia_points *a, const ia_points *b, const ia_pairs_request *r,
                        uint64_t *counts)
{
    memset(counts, 0, (r->group ? r->n_groups : 1) * r->n_bins * sizeof *counts);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = b || r->group ? 0 : i + 1; j < (b ? b->n : a->n); j++) {
            if (!b && i == j)
                continue;
            const float *p = a->xyz + 3 * i, *q = (b ? b->xyz : a->xyz) + 3 * j;
            double dx = (double)q[0] - (double)p[0], dy = (double)q[1] - (double)p[1];
            double dz = (double)q[2] - (double)p[2], d2 = dx * dx + dy * dy + dz * dz;
            size_t bin = 0;
            for (; bin < r->n_bins; bin++) {
                double edge = (double)(bin + 1) * r->r_max / (double)r->n_bins;
                if (d2 < edge * edge)
                    break;
            }
            if (bin < r->n_bins)
                counts[(r->group ? r->group[i] : 0) * r->n_bins + bin]++;
        }
}

static void check_count(const ia_points *a, const ia_points *b, const ia_pairs_request *r)
{
    static uint64_t ours[3 * BINS_MOST], plain[3 * BINS_MOST];
    size_t rows = r->group ? r->n_groups : 1;
    CHECK_OK(NULL, ia_pairs_count(NULL, a, b, r, ours));
    plain_count(a, b, r, plain);
    assert_memory_equal(ours, plain, rows * r->n_bins * sizeof *ours);
}

static void counts_are_those_of_a_plain_loop(void **unused)
{
    (void)unused;
    static const double radii[] = {0.3, 1, 2.5, 1000};
    static const size_t n_bins[] = {1, 7, 40, 300};
    float xyz[3 * N];
    for (size_t f = 0; f < N_FILLS; f++) {
        ia_random random = ia_random_new(11, f);
        fills[f](xyz, N, &random);
        for (size_t i = 0; i < 4; i++) {
            ia_pairs_request r = {.r_max = radii[i], .n_bins = n_bins[(i + f) % 4]};
            check_count(&(ia_points){xyz, N}, NULL, &r);
            // Others that lie in part outside the centres' box, and the reverse.
            ia_points low = {xyz, N / 3}, high = {xyz + 3 * (N / 3), N - N / 3};
            check_count(&low, &high, &r);
            check_count(&high, &low, &r);
        }
    }
}

// More bins than the fast loop takes.
static void narrow_bins_are_exact_too(void **unused)
{
    (void)unused;
    float xyz[3 * N];
    ia_random random = ia_random_new(12, 0);
    fill_even(xyz, N, &random);
    ia_pairs_request r = {.r_max = 3, .n_bins = BINS_MOST};
    check_count(&(ia_points){xyz, N}, NULL, &r);
}

static void groups_count_either_end(void **unused)
{
    (void)unused;
    float xyz[3 * N];
    uint32_t group[N];
    ia_random random = ia_random_new(13, 0);
    fill_even(xyz, N, &random);
    for (size_t i = 0; i < N; i++)
        group[i] = (uint32_t)(i % 3);
    ia_pairs_request r = {1.5, 30, group, 3};
    check_count(&(ia_points){xyz, N}, NULL, &r);
    check_count(&(ia_points){xyz, 100}, &(ia_points){xyz + 300, N - 100}, &r);
}

static void one_thread_equals_three(void **unused)
{
    (void)unused;
    enum { MANY = 20000, BINS = 40 };
    float *xyz = malloc(MANY * 3 * sizeof *xyz);
    uint64_t counts[2][BINS];
    ia_random random = ia_random_new(14, 0);
    assert_non_null(xyz);
    fill_even(xyz, MANY, &random);
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, 1 + 2 * t);
        ia_pairs_request r = {.r_max = 1, .n_bins = BINS};
        CHECK_OK(ctx, ia_pairs_count(ctx, &(ia_points){xyz, MANY}, NULL, &r, counts[t]));
        ia_ctx_free(ctx);
    }
    assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
    free(xyz);
}

static void few_points_have_few_pairs(void **unused)
{
    (void)unused;
    float xyz[6] = {0, 0, 0, 0, 0, 1};
    ia_pairs_request r = {.r_max = 2, .n_bins = 2};
    uint64_t counts[2] = {7, 7};
    CHECK_OK(NULL, ia_pairs_count(NULL, &(ia_points){xyz, 0}, NULL, &r, counts));
    assert_true(counts[0] == 0 && counts[1] == 0);
    CHECK_OK(NULL, ia_pairs_count(NULL, &(ia_points){xyz, 1}, NULL, &r, counts));
    assert_true(counts[0] == 0 && counts[1] == 0);
    CHECK_OK(NULL, ia_pairs_count(NULL, &(ia_points){xyz, 2}, NULL, &r, counts));
    assert_true(counts[0] == 0 && counts[1] == 1); // on the edge: in the upper bin
}

static void bad_requests_are_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[6] = {0, 0, 0, 0, NAN, 1};
    uint64_t counts[2] = {7, 7};
    ia_points one = {xyz, 1}, two = {xyz, 2};
    ia_pairs_request r = {.r_max = 0, .n_bins = 2};
    CHECK_FAILS(ctx, ia_pairs_count(ctx, &one, NULL, &r, counts), IA_ERR_PARAM,
                "r_max = 0");
    r.r_max = INFINITY;
    CHECK_FAILS(ctx, ia_pairs_count(ctx, &one, NULL, &r, counts), IA_ERR_PARAM, "r_max");
    r = (ia_pairs_request){.r_max = 1, .n_bins = 0};
    CHECK_FAILS(ctx, ia_pairs_count(ctx, &one, NULL, &r, counts), IA_ERR_PARAM, "0 bins");
    r.n_bins = 2;
    CHECK_FAILS(ctx, ia_pairs_count(ctx, &two, NULL, &r, counts), IA_ERR_PARAM,
                "not finite");
    CHECK_FAILS(ctx, ia_pairs_count(ctx, &one, &two, &r, counts), IA_ERR_PARAM,
                "not finite");
    assert_true(counts[0] == 7 && counts[1] == 7);
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[3 * N];
    uint64_t counts[10];
    ia_random random = ia_random_new(15, 0);
    fill_even(xyz, N, &random);
    ia_pairs_request r = {.r_max = 1, .n_bins = 10};
    ia_points low = {xyz, 100}, high = {xyz + 300, N - 100};
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, ia_pairs_count(ctx, &low, &high, &r, counts), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_a_plain_loop),
        cmocka_unit_test(narrow_bins_are_exact_too),
        cmocka_unit_test(groups_count_either_end),
        cmocka_unit_test(one_thread_equals_three),
        cmocka_unit_test(few_points_have_few_pairs),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
