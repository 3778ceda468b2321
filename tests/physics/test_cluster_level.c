// tests/physics/test_cluster_level.c: does every way to find clusters keep its level
// where there are none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

enum { N = 5000, SEEDS = 100 };

static void keeps_the_level(const char *name)
{
    size_t n_reports = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        cluster_case c = case_random(N, 0.04, seed);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        use_method(&params, name);
        params.seed = seed;
        params.n_shuffles = 99;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
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

// Balls of 1 nm, 50 % copper in 5 %, density modulated by 30 %, 0.3 nm of lateral noise:
// the chances stated are those that come true, radii and shares are right.
static void chances_are_calibrated(void **unused)
{
    (void)unused;
    enum { MANY = 150000, BALLS = 6, CASES = 4, BINS = 5 };
    double stated[BINS] = {0}, true_ones[BINS] = {0}, n[BINS] = {0};
    double radius = 0, inside = 0, n_found = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        cluster_case c = case_new(MANY);
        ia_random random = ia_random_new(seed, 21);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        bool *is_inside = calloc(MANY, sizeof *is_inside);
        double edge = cbrt(MANY / 40.0);
        for (size_t i = 0; i < MANY; i++) {
            float *xyz = c.xyz + 3 * i;
            do
                for (size_t k = 0; k < 3; k++)
                    xyz[k] = (float)(edge * ia_random_uniform(&random));
            while (ia_random_uniform(&random) * 1.3 >
                   1 - 0.3 * cos(6.2832 * ((double)xyz[0] / edge - 0.5)));
            for (size_t b = 0; b < BALLS; b++) {
                double d2 =
                    pow((double)xyz[0] - edge * (0.25 + 0.5 * (double)(b & 1)), 2) +
                    pow((double)xyz[1] - edge * (0.25 + 0.5 * (double)(b >> 1 & 1)), 2) +
                    pow((double)xyz[2] - edge * (0.25 + 0.5 * (double)(b >> 2)), 2);
                is_inside[i] |= d2 < 1;
            }
            c.mass[i] = (float)(ia_random_uniform(&random) < (is_inside[i] ? 0.5 : 0.05)
                                    ? mass_cu
                                    : mass_fe);
            for (size_t k = 0; k < 2; k++)
                xyz[k] += (float)(0.3 * ia_random_normal(&random));
        }
        use_method(&params, "scan");
        params.seed = seed;
        params.n_shuffles = 39;
        params.divisions = 0;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        for (size_t i = 0; i < MANY; i++) {
            double p = (double)out.probability[i];
            size_t bin = (size_t)fmin(p * BINS, BINS - 1);
            if (p < 0.05)
                continue;
            n[bin]++;
            stated[bin] += p;
            true_ones[bin] += is_inside[i];
        }
        for (size_t k = 0; k < out.n_clusters; k++) {
            radius += out.clusters[k].radius;
            inside += out.clusters[k].inside_percent;
            n_found++;
        }
        free(is_inside);
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    // All of 24, none besides: a cluster has 84 ions of copper where chance puts 8; the
    // level lets 0.2 of 4 specimens report another one.
    assert_in_range((size_t)n_found, BALLS * CASES - 1, BALLS * CASES + 2);
    assert_true(fabs(radius / n_found - 1) < 0.05);
    assert_true(fabs(inside / n_found - 50) < 5);
    // Calibration: within 0.06, of which counting takes 0.03.
    for (size_t b = 0; b < BINS; b++)
        if (n[b] < 100 || fabs(stated[b] - true_ones[b]) > 0.06 * n[b])
            fail_msg("%g ions are said to be inside with %g, %g are", n[b],
                     stated[b] / n[b], true_ones[b] / n[b]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_linkage_keeps_the_level),
        cmocka_unit_test(dbscan_keeps_the_level),
        cmocka_unit_test(scan_keeps_the_level),
        cmocka_unit_test(hdbscan_keeps_the_level),
        cmocka_unit_test(optics_keeps_the_level),
        cmocka_unit_test(slow_variation_is_no_cluster),
        cmocka_unit_test(chances_are_calibrated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
