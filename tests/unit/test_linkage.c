// tests/unit/test_linkage.c: linked groups against the definition, pair by pair.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/cluster.h>

enum { N = 400 };

static void fill(float *xyz, size_t n, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 5);
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(ia_random_uniform(&random) * 7);
}

// DBSCAN with min_points 2, read off its definition: points reached from each other by
// steps shorter than d.
static void plain_groups(const float *xyz, size_t n, double d, uint32_t *group)
{
    for (size_t i = 0; i < n; i++)
        group[i] = (uint32_t)i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                float x = xyz[3 * i] - xyz[3 * j], y = xyz[3 * i + 1] - xyz[3 * j + 1];
                float z = xyz[3 * i + 2] - xyz[3 * j + 2];
                if (x * x + y * y + z * z < (float)(d * d) && group[j] < group[i]) {
                    group[i] = group[j];
                    changed = true;
                }
            }
    }
}

static void groups_are_those_of_the_definition(void **unused)
{
    (void)unused;
    static const double ds[] = {0.2, 0.5, 0.8, 1, 20};
    float xyz[3 * N];
    uint32_t group[N], expected[N];
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t k = 0; k < 5; k++) {
            fill(xyz, N, seed);
            plain_groups(xyz, N, ds[k], expected);
            assert_int_equal(ia_linkage_groups(NULL, xyz, N, ds[k], group), IA_OK);
            assert_memory_equal(group, expected, sizeof group);
        }
}

static void count_plain(const uint32_t *group, size_t n, size_t n_min, uint64_t *solutes,
                        uint64_t *clusters)
{
    uint32_t size[N] = {0};
    *solutes = *clusters = 0;
    for (size_t i = 0; i < n; i++)
        size[group[i]]++;
    for (size_t g = 0; g < n; g++)
        if (size[g] >= n_min) {
            *solutes += size[g];
            (*clusters)++;
        }
}

static void counts_at_every_setting(void **unused)
{
    (void)unused;
    static const double ds[] = {0.1, 0.4, 0.6, 0.7, 0.8, 1.1};
    static const size_t n_mins[] = {1, 2, 5, 10, 50};
    ia_linkage_grid grid = {ds, 6, n_mins, 5, NULL};
    uint64_t solutes[30], clusters[30], one, two;
    float xyz[3 * N];
    uint32_t group[N];
    fill(xyz, N, 9);
    assert_int_equal(ia_linkage_count(NULL, xyz, N, &grid, solutes, clusters), IA_OK);
    for (size_t j = 0; j < 6; j++) {
        plain_groups(xyz, N, ds[j], group);
        for (size_t k = 0; k < 5; k++) {
            count_plain(group, N, n_mins[k], &one, &two);
            assert_int_equal(solutes[5 * j + k], one);
            assert_int_equal(clusters[5 * j + k], two);
        }
    }
}

// A chain with gaps 1, 2, 3, ...: each gap is closed by the first distance beyond it.
static void chain_by_hand(void **unused)
{
    (void)unused;
    const float xyz[] = {0, 0, 0, 1, 0, 0, 3, 0, 0, 6, 0, 0};
    static const double ds[] = {1, 1.5, 2.5, 3.5};
    static const size_t n_mins[] = {2, 3};
    ia_linkage_grid grid = {ds, 4, n_mins, 2, NULL};
    uint64_t solutes[8], clusters[8];
    const uint64_t expected[] = {0, 0, 2, 0, 3, 3, 4, 4};
    assert_int_equal(ia_linkage_count(NULL, xyz, 4, &grid, solutes, clusters), IA_OK);
    assert_memory_equal(solutes, expected, sizeof expected); // at 1: nearer than, not at
}

static void threads_do_not_matter(void **unused)
{
    (void)unused;
    enum { MANY = 40000 };
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    uint32_t *groups[2];
    fill(xyz, MANY, 4);
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        groups[i] = malloc(MANY * sizeof *groups[i]);
        ia_ctx_set_threads(ctx, 1 + 3 * i);
        CHECK_OK(ctx, ia_linkage_groups(ctx, xyz, MANY, 0.17, groups[i]));
        ia_ctx_free(ctx);
    }
    assert_memory_equal(groups[0], groups[1], MANY * sizeof *groups[0]);
    free(groups[0]);
    free(groups[1]);
    free(xyz);
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    static const double ds[] = {0.5, 0.8};
    static const size_t n_mins[] = {2};
    ia_linkage_grid grid = {ds, 2, n_mins, 1, NULL};
    uint64_t solutes[2], clusters[2];
    float xyz[3 * N];
    uint32_t group[N];
    ia_ctx *ctx = ia_ctx_new();
    fill(xyz, N, 2);
    CHECK_STARVED(ctx, ia_linkage_count(ctx, xyz, N, &grid, solutes, clusters), (void)0);
    CHECK_STARVED(ctx, ia_linkage_groups(ctx, xyz, N, 0.5, group), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_those_of_the_definition),
        cmocka_unit_test(counts_at_every_setting),
        cmocka_unit_test(chain_by_hand),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
