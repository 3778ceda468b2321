// tests/physics/test_cluster_random.c: how often are clusters reported where there are
// none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

enum { N = 6000, SEEDS = 150 };

// Positions at random: a report in 5 % of trials. Between 1 and 18 of 150 pass 999 times
// in 1000 when the level is right (binomial, both tails).
static void random_ions_keep_the_level(void **unused)
{
    (void)unused;
    size_t n_reports = 0, n_p = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        cluster_case c = case_random(N, 0.05, seed);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        params.seed = seed;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        n_p += out.tests[0].p <= 0.2;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    if (n_reports < 1 || n_reports > 18)
        fail_msg("%zu reports among %d random specimens", n_reports, SEEDS);
    // P(p <= 0.2) <= 0.2, within 3.3 sd.
    assert_true((double)n_p < 0.2 * SEEDS + 3.3 * sqrt(0.16 * SEEDS));
}

// A pole: 30 % fewer ions of every kind along the axis, 30 % more beside it.
static void a_pole_makes_no_clusters(void **unused)
{
    (void)unused;
    size_t n_reports = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        cluster_case c = case_random(N, 0.05, seed);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        ia_random random = ia_random_new(seed, 3);
        double edge = cbrt(N / 40.0);
        for (size_t i = 0; i < N; i++)
            do
                for (size_t k = 0; k < 3; k++)
                    c.xyz[3 * i + k] = (float)(edge * ia_random_uniform(&random));
            while (ia_random_uniform(&random) * 1.3 >
                   1 - 0.3 * cos(6.2832 * ((double)c.xyz[3 * i] / edge - 0.5)));
        params.seed = seed;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    // 2.5 of 50 expected; 9 or more once in 1000.
    if (n_reports > 8)
        fail_msg("%zu reports among 50 specimens with a pole", n_reports);
}

// Several elements, none clustered: one or more reports in 5 % of specimens at most.
static void several_elements_share_the_level(void **unused)
{
    (void)unused;
    size_t n_reports = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        cluster_case c = case_random(2 * N, 0.06, seed);
        ia_cluster_params params = copper();
        params.solute[0] = 0; // every element
        ia_clustering out = {0};
        add_range(&c.ranges, "Mn+", 55);
        add_range(&c.ranges, "Si+", 28);
        ia_ranger_clear(&c.ranger);
        assert_int_equal(ia_ranger_build(NULL, &c.ranges, &c.ranger), IA_OK);
        for (size_t i = 0; i < 1400; i++)
            c.mass[i * 7 % (2 * N)] = i % 2 ? 55 : 28;
        params.seed = seed;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        assert_int_equal(out.n_tests, 3);
        n_reports += out.n_clusters > 0;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    if (n_reports > 8)
        fail_msg("%zu reports among 50 specimens", n_reports);
}

// Clusters of copper that hold no silicon: silicon elsewhere is at random among the
// places left to it. Shuffled over all ions it would be reported in most of these
// specimens.
static void a_solute_kept_out_is_no_cluster(void **unused)
{
    (void)unused;
    size_t n_reports = 0, n_alone = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        cluster_case c = case_planted(3 * N, seed);
        ia_cluster_params params = copper();
        params.solute[0] = 0; // every element
        ia_clustering out = {0};
        ia_random random = ia_random_new(seed, 9);
        double edge = cbrt(3 * N / 40.0);
        add_range(&c.ranges, "Si+", 28);
        ia_ranger_clear(&c.ranger);
        assert_int_equal(ia_ranger_build(NULL, &c.ranges, &c.ranger), IA_OK);
        for (size_t i = 0; i < 3 * N; i++) {
            bool inside = false;
            for (size_t b = 0; b < N_BALLS; b++)
                inside |= hypot(hypot((double)c.xyz[3 * i] - edge * ((double)b + 0.5) / 3,
                                      (double)c.xyz[3 * i + 1] - edge / 2),
                                (double)c.xyz[3 * i + 2] - edge / 2) < 1.5;
            if (!inside && ia_random_uniform(&random) < 0.1)
                c.mass[i] = 28;
        }
        params.seed = seed;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        assert_int_equal(out.n_tests, 2);
        assert_string_equal(out.tests[0].solute, "Cu");
        assert_true(out.tests[0].is_significant);
        n_reports += out.tests[1].is_significant;
        n_alone += out.tests[1].p <= 0.025;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    // 1.5 of 30 expected at most; 7 or more once in 1000.
    if (n_reports > 6)
        fail_msg("%zu reports of silicon among 30 specimens", n_reports);
    assert_true(n_alone > n_reports); // or this test could not fail
}

// No clusters, but eight times as much copper in one half as in the other, or copper that
// rises from none to twice the mean: 1.5 of 30 reports allowed; 7 or more once in 1000.
static void layers_and_gradients_are_no_clusters(void **unused)
{
    (void)unused;
    for (int layered = 0; layered < 2; layered++) {
        size_t n_reports = 0, n_uneven = 0;
        for (uint64_t seed = 1; seed <= 30; seed++) {
            cluster_case c = case_random(4 * N, 0, seed);
            ia_cluster_params params = copper();
            ia_clustering out = {0};
            ia_random random = ia_random_new(seed, 21);
            double edge = cbrt(4 * N / 40.0);
            for (size_t i = 0; i < 4 * N; i++) {
                double z = (double)c.xyz[3 * i + 2] / edge;
                double share = layered ? (z < 0.5 ? 0.005 : 0.04) : 0.04 * z;
                if (ia_random_uniform(&random) < share)
                    c.mass[i] = mass_cu;
            }
            params.seed = seed;
            assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
            n_reports += out.n_clusters > 0;
            n_uneven += out.tests[0].p <= 0.05;
            ia_clustering_clear(&out);
            case_clear(&c);
        }
        if (n_reports > 6)
            fail_msg("%zu reports among 30 specimens", n_reports);
        assert_true(n_uneven > 15); // or this test could not fail
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_ions_keep_the_level),
        cmocka_unit_test(a_pole_makes_no_clusters),
        cmocka_unit_test(several_elements_share_the_level),
        cmocka_unit_test(a_solute_kept_out_is_no_cluster),
        cmocka_unit_test(layers_and_gradients_are_no_clusters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
