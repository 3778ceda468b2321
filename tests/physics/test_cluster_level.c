// tests/physics/test_cluster_level.c: does every way to find clusters keep its level
// where there are none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/voronoi.h>

enum { N = 5000, SEEDS = 100 };

static size_t count_reports(const char *name, uint64_t n_seeds, size_t n_shuffles)
{
    size_t n_reports = 0;
    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        cluster_case c = case_random(N, 0.04, seed);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        use_method(&params, name);
        params.seed = seed;
        params.n_shuffles = n_shuffles;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    return n_reports;
}

static void keeps_the_level(const char *name)
{
    size_t n_reports = count_reports(name, SEEDS, 99);
    // 5 of 100 at most are expected; 14 or more once in 1000.
    if (n_reports > 13)
        fail_msg("%s: %zu reports among %d random specimens", name, n_reports, SEEDS);
}

static void core_linkage_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("core");
}

static void dbscan_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("dbscan");
}

static void scan_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("scan");
}

static void hdbscan_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("hdbscan");
}

static void optics_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("optics");
}

static void mixture_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("gmm");
}

static void surfaces_keep_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("isosurface");
}

static void cells_keep_the_level(void **unused)
{
    (void)unused;
    if (!ia_voronoi_is_built())
        skip();
    // 1.5 of 30 at most are expected; 7 or more once in 1000.
    assert_true(count_reports("voronoi", 30, 39) < 7);
}

// Copper that rises from none to twice the mean, or eight times as much in one half: no
// clusters.
static void slow_variation_is_no_cluster(void **unused)
{
    (void)unused;
    enum { MANY = 20000, CASES = 20 };
    size_t n_reports = 0, n_alone = 0;
    for (uint64_t seed = 1; seed <= 2 * CASES; seed++) {
        cluster_case c = case_random(MANY, 0, seed);
        ia_random random = ia_random_new(seed, 22);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        double edge = cbrt(MANY / 40.0);
        for (size_t i = 0; i < MANY; i++) {
            double at = (double)c.xyz[3 * i] / edge;
            double share = seed % 2 ? 0.08 * at : at < 0.5 ? 0.01 : 0.08;
            c.mass[i] = (float)(ia_random_uniform(&random) < share ? mass_cu : mass_fe);
        }
        use_method(&params, "scan");
        params.seed = seed;
        params.n_shuffles = 39;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        n_alone += out.tests[0].p <= 0.05;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    // 2 of 40 expected; 8 or more once in 1000 (binomial).
    if (n_reports > 7)
        fail_msg("%zu reports among %d uneven specimens", n_reports, 2 * CASES);
    assert_true(n_alone > 30); // or this test could not fail
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_linkage_keeps_the_level),
        cmocka_unit_test(dbscan_keeps_the_level),
        cmocka_unit_test(scan_keeps_the_level),
        cmocka_unit_test(hdbscan_keeps_the_level),
        cmocka_unit_test(optics_keeps_the_level),
        cmocka_unit_test(mixture_keeps_the_level),
        cmocka_unit_test(surfaces_keep_the_level),
        cmocka_unit_test(cells_keep_the_level),
        cmocka_unit_test(slow_variation_is_no_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
