// tests/physics/test_knn_lh.c: does LH* tell attraction, repulsion and chance apart, for
// every pair of species?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include <ionatlas/honest.h>
#include <ionatlas/knn.h>

static ia_knn_tests test_cloud(const cloud *c, const ia_knn_params *params)
{
    ia_knn_input input = cloud_input(c);
    ia_knn_tests tests = {0};
    CHECK_OK(NULL, ia_knn_tests_compute(NULL, &input, params, &tests));
    return tests;
}

static ia_knn_params params_of(size_t n_shuffles)
{
    ia_knn_params params = ia_knn_defaults();
    params.k = 1;
    params.fit_k = 1;
    params.n_shuffles = n_shuffles;
    strcpy(params.from, "Cu");
    return params;
}

// P(p <= 0.05) = 0.05 exactly with 19 shuffles, for the whole area and for both parts. A
// correct test gives 2 to 21 of 200 999 times in 1,000.
static void chance_is_reported_as_chance(void **unused)
{
    (void)unused;
    ia_knn_params params = params_of(19);
    int n_all = 0, n_nearer = 0, n_farther = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cloud c;
        make_cloud(&c, 3000, 0.05, 0, seed);
        params.seed = seed;
        ia_knn_tests t = test_cloud(&c, &params);
        n_all += t.tests[0].lh.p <= 0.05;
        n_nearer += t.tests[0].lh.p_nearer <= 0.05;
        n_farther += t.tests[0].lh.p_farther <= 0.05;
        ia_knn_tests_clear(&t);
        free_cloud(&c);
    }
    print_message("of 200: %d all, %d nearer, %d farther\n", n_all, n_nearer, n_farther);
    assert_in_range(n_all, 2, 21);
    assert_in_range(n_nearer, 2, 21);
    assert_in_range(n_farther, 2, 21);
}

// No copper within 0.5 nm of another: labels drawn in order, those too near turned back.
static void part_copper(cloud *c, double least)
{
    const float *xyz = ia_ions_values(&c->ions, IA_XYZ);
    float *mass = ia_ions_values(&c->ions, IA_MASS);
    for (size_t i = 0; i < c->ions.n; i++)
        for (size_t j = 0; j < i && mass[i] > 60; j++) {
            double d2 = 0;
            for (size_t k = 0; k < 3 && mass[j] > 60; k++)
                d2 += pow((double)xyz[3 * i + k] - (double)xyz[3 * j + k], 2);
            if (mass[j] > 60 && d2 < least * least)
                mass[i] = 56;
        }
}

static void repulsion_is_farther(void **unused)
{
    (void)unused;
    ia_knn_params params = params_of(99);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        cloud c;
        make_cloud(&c, 5000, 0.05, 0, seed);
        part_copper(&c, 0.5);
        ia_knn_tests t = test_cloud(&c, &params);
        const ia_knn_lh *lh = &t.tests[0].lh;
        assert_true(lh->p <= 0.01 + 1e-12 && lh->p_farther <= 0.01 + 1e-12);
        assert_true(lh->farther > 5 * lh->nearer);
        ia_knn_tests_clear(&t);
        free_cloud(&c);
    }
}

// Each of copper and iron about each, half the copper near 20 centres.
static ia_knn_tests test_all_pairs(size_t n_shuffles, cloud *c)
{
    ia_knn_params params = params_of(n_shuffles);
    strcpy(params.from, "Cu,Fe");
    params.pairs = true;
    make_cloud(c, 20000, 0.05, 0.5, 3);
    return test_cloud(c, &params);
}

// Nineteen shuffles give no p below 0.05: of four pairs nothing could ever be told, and
// the probabilities of populations rest on that.
static void shuffles_suffice_for_the_questions(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests t = test_all_pairs(19, &c);
    assert_int_equal(t.n, 4);
    assert_in_range(t.tests[0].n_shuffles, 79, 99);
    assert_true(t.tests[0].p_holm <= ia_told_level);
    assert_true(t.tests[0].lh.p_nearer_holm <= ia_told_level);
    assert_true(t.tests[0].p_two_holm <= ia_told_level);
    ia_knn_tests_clear(&t);
    free_cloud(&c);
}

// Copper is nearer to copper, and no pair is as chance
// has it. Four pairs, each once.
static void every_pair_has_its_square(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests t = test_all_pairs(99, &c);
    assert_int_equal(t.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(t.tests[i].from, i < 2 ? "Cu" : "Fe");
        assert_string_equal(t.tests[i].to, i % 2 == 0 ? "Cu" : "Fe");
        assert_true(t.tests[i].lh.p <= t.tests[i].lh.p_holm);
    }
    assert_true(t.tests[0].lh.p_nearer <= 0.01 + 1e-12 &&
                t.tests[0].lh.nearer > 10 * t.tests[0].lh.farther);
    assert_true(t.tests[1].lh.p <= 0.01 + 1e-12 && t.tests[2].lh.p <= 0.01 + 1e-12);
    // LH by the definition, from the curves that are told: the mean over the shuffles
    // differs from that over shuffles and data by a hundredth.
    const ia_knn_test *test = &t.tests[0];
    double width = test->r_max / IA_KNN_BINS, got = 0, mean = 0, area = 0;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        got += test->observed[i] * width;
        mean += test->curve_mean[i] * width;
        area += fabs(got - mean) * width;
    }
    assert_true(fabs(test->lh.area - area) < 0.02 * area);
    ia_result result = {0};
    CHECK_OK(NULL, ia_knn_tests_tables(NULL, &t, &result));
    const ia_table *board = ia_result_find(&result, "checkerboard");
    assert_true(board && board->n_rows == 4);
    assert_string_equal(((char **)ia_table_find(board, "verdict")->data)[0], "nearer");
    ia_result_clear(&result);
    ia_knn_tests_clear(&t);
    free_cloud(&c);
}

static void pairs_and_to_exclude_each_other(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_knn_tests t = {0};
    ia_knn_params params = params_of(19);
    params.pairs = true;
    strcpy(params.to, "Fe");
    make_cloud(&c, 2000, 0.05, 0, 1);
    ia_knn_input input = cloud_input(&c);
    CHECK_FAILS(ctx, ia_knn_tests_compute(ctx, &input, &params, &t), IA_ERR_PARAM,
                "all pairs");
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_reported_as_chance),
        cmocka_unit_test(repulsion_is_farther),
        cmocka_unit_test(shuffles_suffice_for_the_questions),
        cmocka_unit_test(every_pair_has_its_square),
        cmocka_unit_test(pairs_and_to_exclude_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
