// tests/unit/test_dbscan.c: DBSCAN and core distances against their definitions, pair by
// pair.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/cluster.h>

enum { N = 500 };

static void fill(float *xyz, size_t n, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 6);
    for (size_t i = 0; i < n; i++) {
        bool is_dense = i % 3 == 0; // a third in a tenth of the edge
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(ia_random_uniform(&random) * (is_dense ? 2 : 7));
    }
}

static bool is_near(const float *xyz, size_t i, size_t j, double eps)
{
    float x = xyz[3 * i] - xyz[3 * j], y = xyz[3 * i + 1] - xyz[3 * j + 1];
    float z = xyz[3 * i + 2] - xyz[3 * j + 2];
    return x * x + y * y + z * z < (float)(eps * eps);
}

// The textbook's loop: points in order, each new core floods its cluster.
static void plain_dbscan(const float *xyz, size_t n, double eps, size_t min_points,
                         int32_t *labels)
{
    bool is_core[N];
    size_t queue[N];
    int32_t label = 0;
    for (size_t i = 0; i < n; i++) {
        size_t near = 0;
        for (size_t j = 0; j < n; j++)
            near += is_near(xyz, i, j, eps);
        is_core[i] = near >= min_points;
        labels[i] = -1;
    }
    for (size_t i = 0; i < n; i++) {
        size_t first = 0, last = 0;
        if (!is_core[i] || labels[i] >= 0)
            continue;
        labels[i] = label;
        queue[last++] = i;
        while (first < last) {
            size_t p = queue[first++];
            for (size_t j = 0; is_core[p] && j < n; j++) {
                if (labels[j] >= 0 || !is_near(xyz, p, j, eps))
                    continue;
                labels[j] = label;
                queue[last++] = j;
            }
        }
        label++;
    }
}

static void labels_are_those_of_the_definition(void **unused)
{
    (void)unused;
    static const double eps[] = {0.2, 0.4, 0.7, 1.2, 30};
    static const size_t min_points[] = {1, 2, 4, 10, 600};
    float xyz[3 * N];
    int32_t labels[N], expected[N];
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t e = 0; e < 5; e++)
            for (size_t m = 0; m < 5; m++) {
                ia_points points = {xyz, N};
                fill(xyz, N, seed);
                plain_dbscan(xyz, N, eps[e], min_points[m], expected);
                assert_int_equal(
                    ia_dbscan_compute(NULL, &points, eps[e], min_points[m], labels),
                    IA_OK);
                assert_memory_equal(labels, expected, sizeof labels);
            }
}

static void threads_do_not_matter(void **unused)
{
    (void)unused;
    enum { MANY = 30000 };
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    int32_t *labels[2];
    ia_points points = {xyz, MANY};
    fill(xyz, MANY, 4);
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        labels[i] = malloc(MANY * sizeof *labels[i]);
        ia_ctx_set_threads(ctx, 1 + 3 * i);
        CHECK_OK(ctx, ia_dbscan_compute(ctx, &points, 0.15, 6, labels[i]));
        ia_ctx_free(ctx);
    }
    assert_memory_equal(labels[0], labels[1], MANY * sizeof *labels[0]);
    free(labels[0]);
    free(labels[1]);
    free(xyz);
}

// Points at one place, on a line, in a plane, one alone, none.
static void flat_points(void **unused)
{
    (void)unused;
    float xyz[3 * N] = {0};
    int32_t labels[N], expected[N];
    ia_points points = {xyz, N};
    for (size_t flat = 0; flat < 3; flat++) {
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < flat; k++)
                xyz[3 * i + k] = (float)(i * (17 + 6 * k) % 101);
        plain_dbscan(xyz, N, 1.5, 3, expected);
        assert_int_equal(ia_dbscan_compute(NULL, &points, 1.5, 3, labels), IA_OK);
        assert_memory_equal(labels, expected, sizeof labels);
    }
    points.n = 1;
    assert_int_equal(ia_dbscan_compute(NULL, &points, 1, 1, labels), IA_OK);
    assert_int_equal(labels[0], 0);
    points.n = 0;
    assert_int_equal(ia_dbscan_compute(NULL, &points, 1, 1, labels), IA_OK);
}

static void refuses_what_is_no_distance(void **unused)
{
    (void)unused;
    const float xyz[3] = {0, 0, 0};
    ia_points points = {xyz, 1};
    int32_t label = 7;
    assert_int_equal(ia_dbscan_compute(NULL, &points, 0, 2, &label), IA_ERR_PARAM);
    assert_int_equal(ia_dbscan_compute(NULL, &points, NAN, 2, &label), IA_ERR_PARAM);
    assert_int_equal(ia_dbscan_compute(NULL, &points, 1, 0, &label), IA_ERR_PARAM);
    assert_int_equal(label, 7);
}

// A line of points 1, 1, 2, 1 apart: with one other within 1.5 all are cores, in two
// groups; with two others within it only the middle of the first three is, and no group
// has two.
static void cores_of_a_line(void **unused)
{
    (void)unused;
    const float xyz[] = {0, 0, 0, 1, 0, 0, 2, 0, 0, 4, 0, 0, 5, 0, 0};
    const float one[] = {1, 1, 1, 1, 1}, two[] = {2, 1, 2, 2, 3};
    static const double ds[] = {1.5, 2.5};
    static const size_t n_mins[] = {1, 2};
    ia_linkage_grid grid = {ds, 2, n_mins, 2, one};
    uint64_t solutes[4], clusters[4];
    const uint64_t with_one[] = {5, 5, 5, 5}, groups[] = {2, 2, 1, 1};
    const uint64_t with_two[] = {1, 0, 4, 4}, groups_of_two[] = {1, 0, 1, 1};
    assert_int_equal(ia_linkage_count(NULL, xyz, 5, &grid, solutes, clusters), IA_OK);
    assert_memory_equal(solutes, with_one, sizeof solutes);
    assert_memory_equal(clusters, groups, sizeof clusters);
    grid.core = two;
    assert_int_equal(ia_linkage_count(NULL, xyz, 5, &grid, solutes, clusters), IA_OK);
    assert_memory_equal(solutes, with_two, sizeof solutes);
    assert_memory_equal(clusters, groups_of_two, sizeof clusters);
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    float xyz[3 * N];
    int32_t labels[N];
    ia_points points = {xyz, N};
    ia_ctx *ctx = ia_ctx_new();
    fill(xyz, N, 2);
    ia_status st = IA_ERR_MEMORY;
    for (size_t k = 1; st != IA_OK; k++) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_dbscan_compute(ctx, &points, 0.5, 4, labels);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
    }
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_those_of_the_definition),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(flat_points),
        cmocka_unit_test(refuses_what_is_no_distance),
        cmocka_unit_test(cores_of_a_line),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
