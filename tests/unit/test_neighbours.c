// tests/unit/test_neighbours.c: nearest neighbours and neighbours within a radius against
// plain loops.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "points_case.h"

#include <ionatlas/neighbours.h>

enum { N = 1500 };

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The definition: every distance, sorted.
static void plain_nearest(const float *xyz, size_t n, const float *query, size_t skip,
                          size_t k, float *out)
{
    float *all = malloc(n * sizeof *all);
    size_t m = 0;
    assert_non_null(all);
    for (size_t i = 0; i < n; i++) {
        double dx = (double)xyz[3 * i] - query[0], dy = (double)xyz[3 * i + 1] - query[1];
        double dz = (double)xyz[3 * i + 2] - query[2];
        if (i != skip)
            all[m++] = (float)sqrt(dx * dx + dy * dy + dz * dz);
    }
    qsort(all, m, sizeof *all, compare_floats);
    for (size_t i = 0; i < k; i++)
        out[i] = i < m ? all[i] : INFINITY;
    free(all);
}

// Distances agree to the rounding of a float: the selection works in float, the result in
// double.
static void check_distances(const float *got, const float *expected, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        bool both_infinite = isinf(got[i]) && isinf(expected[i]);
        if (!both_infinite && fabsf(got[i] - expected[i]) > 2e-6f * (1e-3f + expected[i]))
            fail_msg("neighbour %zu: %.9g, expected %.9g", i, (double)got[i],
                     (double)expected[i]);
    }
}

static void nearest_against_the_definition(void **unused)
{
    (void)unused;
    static const size_t ks[] = {1, 10, 40, 100};
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = malloc(3 * N * sizeof *xyz), expected[100];
    for (size_t f = 0; f < N_FILLS; f++) {
        ia_random random = ia_random_new(f, 0);
        fills[f](xyz, N, &random);
        ia_points points = {xyz, N};
        ia_index *index = NULL;
        CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
        assert_int_equal(ia_index_size(index), N);
        for (size_t j = 0; j < 4; j++) {
            ia_knn knn = {0};
            ia_knn_request request = {.k = ks[j], .same = true, .neighbours = true};
            CHECK_OK(ctx, ia_knn_compute(ctx, index, &points, &request, &knn));
            for (size_t i = 0; i < N; i += 37) {
                plain_nearest(xyz, N, xyz + 3 * i, i, ks[j], expected);
                check_distances(knn.distance + i * ks[j], expected, ks[j]);
                for (size_t m = 0; m < ks[j]; m++)
                    assert_int_not_equal(knn.neighbour[i * ks[j] + m], (int32_t)i);
            }
            ia_knn_clear(&knn);
        }
        ia_index_free(index);
    }
    free(xyz);
    ia_ctx_free(ctx);
}

static void queries_of_their_own(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = malloc(3 * N * sizeof *xyz), expected[12];
    // Inside, outside on every side, and far away.
    float queries[] = {102,  102, 102, 99,  102, 102, 106, 99,  110, 102,    102, -50,
                       1e4f, 0,   0,   100, 100, 100, 105, 105, 105, 102.5f, 0,   300};
    ia_random random = ia_random_new(3, 0);
    fill_even(xyz, N, &random);
    ia_points points = {xyz, N}, asked = {queries, 8};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = 12, .neighbours = true};
    CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
    CHECK_OK(ctx, ia_knn_compute(ctx, index, &asked, &request, &knn));
    for (size_t i = 0; i < 8; i++) {
        plain_nearest(xyz, N, queries + 3 * i, SIZE_MAX, 12, expected);
        check_distances(knn.distance + 12 * i, expected, 12);
    }
    ia_knn_clear(&knn);
    ia_index_free(index);
    free(xyz);
    ia_ctx_free(ctx);
}

static void fewer_points_than_asked_for(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[] = {0, 0, 0, 3, 4, 0};
    ia_points points = {xyz, 2};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = 3, .same = true, .neighbours = true};
    CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
    CHECK_OK(ctx, ia_knn_compute(ctx, index, &points, &request, &knn));
    assert_true(knn.distance[0] == 5 && isinf(knn.distance[1]) && isinf(knn.distance[2]));
    assert_int_equal(knn.neighbour[0], 1);
    assert_int_equal(knn.neighbour[1], -1);
    ia_knn_clear(&knn);
    ia_index_free(index);
    ia_ctx_free(ctx);
}

typedef struct {
    uint64_t *counts; // per query
    double *sums;     // of squared distances per query
} pairs;

static void count_pairs(void *user, size_t worker, size_t query, const uint32_t *points,
                        const float *d2, size_t n)
{
    pairs *p = user;
    (void)worker, (void)points;
    p->counts[query] += n;
    for (size_t i = 0; i < n; i++)
        p->sums[query] += (double)d2[i];
}

static void within_against_the_definition(void **unused)
{
    (void)unused;
    static const double radii[] = {0.3, 1.7, 500};
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = malloc(3 * N * sizeof *xyz);
    for (size_t f = 0; f < N_FILLS; f++) {
        ia_random random = ia_random_new(f, 1);
        fills[f](xyz, N, &random);
        ia_points points = {xyz, N};
        ia_index *index = NULL;
        CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
        for (size_t r = 0; r < 3; r++) {
            pairs p = {calloc(N, sizeof(uint64_t)), calloc(N, sizeof(double))};
            float r2 = (float)(radii[r] * radii[r]);
            CHECK_OK(ctx, ia_index_each_within(ctx, index, &points, radii[r], count_pairs,
                                               &p));
            for (size_t i = 0; i < N; i += 53) {
                uint64_t n = 0;
                for (size_t j = 0; j < N; j++) {
                    float dx = xyz[3 * j] - xyz[3 * i],
                          dy = xyz[3 * j + 1] - xyz[3 * i + 1];
                    float dz = xyz[3 * j + 2] - xyz[3 * i + 2];
                    n += dx * dx + dy * dy + dz * dz < r2;
                }
                assert_int_equal(p.counts[i], n);
            }
            free(p.counts);
            free(p.sums);
        }
        ia_index_free(index);
    }
    free(xyz);
    ia_ctx_free(ctx);
}

static void one_thread_equals_many(void **unused)
{
    (void)unused;
    enum { MANY = 60000 };
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    ia_random random = ia_random_new(9, 0);
    fill_needle(xyz, MANY, &random);
    ia_points points = {xyz, MANY};
    ia_knn results[2] = {{0}};
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_index *index = NULL;
        ia_knn_request request = {.k = 10, .same = true, .neighbours = true};
        ia_ctx_set_threads(ctx, t == 0 ? 1 : 5);
        CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
        CHECK_OK(ctx, ia_knn_compute(ctx, index, &points, &request, &results[t]));
        ia_index_free(index);
        ia_ctx_free(ctx);
    }
    assert_memory_equal(results[0].distance, results[1].distance,
                        MANY * 10 * sizeof(float));
    assert_memory_equal(results[0].neighbour, results[1].neighbour,
                        MANY * 10 * sizeof(int32_t));
    ia_knn_clear(&results[0]);
    ia_knn_clear(&results[1]);
    free(xyz);
}

static ia_status search_once(ia_ctx *ctx, const ia_points *points)
{
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = 5, .same = true};
    ia_status st = ia_index_build(ctx, points, NULL, &index);
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, points, &request, &knn);
    ia_knn_clear(&knn);
    ia_index_free(index);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[300];
    ia_random random = ia_random_new(1, 0);
    fill_even(xyz, 100, &random);
    CHECK_STARVED(ctx, search_once(ctx, &(ia_points){xyz, 100}), (void)0);
    ia_ctx_free(ctx);
}

static void bad_requests_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[] = {0, 0, 0}, apart[] = {0, 0, -1e18f, 0, 0, 1e18f};
    const float nowhere[] = {NAN, NAN, NAN};
    ia_points points = {xyz, 1}, none = {xyz, 0}, far = {apart, 2}, lost = {nowhere, 1};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = 0};
    CHECK_FAILS(ctx, ia_index_build(ctx, &none, NULL, &index), IA_ERR_EMPTY, "no points");
    CHECK_FAILS(ctx, ia_index_build(ctx, &far, NULL, &index), IA_ERR_UNSUPPORTED,
                "positions from -1e+18 to 1e+18 nm along z");
    CHECK_FAILS(ctx, ia_index_build(ctx, &lost, NULL, &index), IA_ERR_PARAM,
                "no point has a position");
    ia_index_params params = {.points_per_cell = 0};
    CHECK_FAILS(ctx, ia_index_build(ctx, &points, &params, &index), IA_ERR_PARAM,
                "points_per_cell");
    CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
    CHECK_FAILS(ctx, ia_knn_compute(ctx, index, &points, &request, &knn), IA_ERR_PARAM,
                "k = 0");
    CHECK_FAILS(ctx, ia_index_each_within(ctx, index, &points, NAN, count_pairs, NULL),
                IA_ERR_PARAM, "radius");
    ia_index_free(index);
    ia_index_free(NULL);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_against_the_definition),
        cmocka_unit_test(queries_of_their_own),
        cmocka_unit_test(fewer_points_than_asked_for),
        cmocka_unit_test(within_against_the_definition),
        cmocka_unit_test(one_thread_equals_many),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(bad_requests_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
