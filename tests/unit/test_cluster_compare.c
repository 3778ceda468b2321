// tests/unit/test_cluster_compare.c: agreement of labellings, and all methods side by
// side.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

// Hubert and Arabie's index from all pairs.
static double plain_index(const int32_t *a, const int32_t *b, size_t n)
{
    double same = 0, in_a = 0, in_b = 0, all = (double)n * (double)(n - 1) / 2;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            same += a[i] == a[j] && b[i] == b[j];
            in_a += a[i] == a[j];
            in_b += b[i] == b[j];
        }
    double expected = in_a * in_b / all;
    return (same - expected) / ((in_a + in_b) / 2 - expected);
}

static void index_from_all_pairs(void **unused)
{
    (void)unused;
    enum { N = 200 };
    int32_t a[N], b[N];
    double index;
    ia_random random = ia_random_new(1, 1);
    for (int trial = 0; trial < 10; trial++) {
        for (size_t i = 0; i < N; i++) {
            a[i] = (int32_t)ia_random_below(&random, 5) - 1;
            b[i] = ia_random_uniform(&random) < 0.5
                       ? a[i]
                       : (int32_t)ia_random_below(&random, 7) - 1;
        }
        assert_int_equal(ia_rand_index(NULL, a, b, N, &index), IA_OK);
        assert_true(fabs(index - plain_index(a, b, N)) < 1e-12);
        assert_int_equal(ia_rand_index(NULL, a, a, N, &index), IA_OK);
        assert_true(index == 1);
    }
    for (size_t i = 0; i < N; i++)
        a[i] = b[i] = -1;
    assert_int_equal(ia_rand_index(NULL, a, b, N, &index), IA_OK);
    assert_true(index == 1);
}

// Marks the methods whose stages are told.
static bool mark_method(void *user, const char *stage, double done)
{
    bool *is_told = user;
    int number = 0, of = 0;
    (void)done;
    if (sscanf(stage, "%*[a-z] (%d of %d): %*s", &number, &of) == 2 && number >= 1 &&
        number <= of)
        is_told[number - 1] = true;
    return true;
}

static void methods_agree_on_balls(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    // Methods that go by voxels take balls among 50,000 ions for one.
    cluster_case c = case_planted(IS_SLOWED ? 50000 : 100000, 14);
    ia_cluster_params params = IS_SLOWED ? quick_copper() : copper();
    ia_cluster_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_cluster_comparison comparison = {.n = 0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    params.n_shuffles = IS_SLOWED ? params.n_shuffles : 19;
    params.divisions = 0;
    bool is_told[IA_CLUSTER_METHODS] = {false};
    ia_ctx_set_progress(ctx, mark_method, is_told);
    CHECK_OK(ctx, ia_cluster_compare(ctx, &input, &params, &comparison));
    assert_int_equal(comparison.n, IA_CLUSTER_METHODS);
    for (size_t i = 0; i < comparison.n; i++)
        assert_true(is_told[i]);
    // Three balls taken for one agree with the three by a third.
    double least = IS_SLOWED ? 0.2 : 0.7;
    for (size_t i = 0; i < comparison.n; i++) {
        size_t n_clusters = comparison.clusterings[i].n_clusters;
        if (IS_SLOWED ? n_clusters == 0 : n_clusters != N_BALLS)
            fail_msg("%s: %zu clusters", comparison.names[i], n_clusters);
        for (size_t j = 0; j < comparison.n; j++) {
            double index = comparison.agreement[i * comparison.n + j];
            assert_true(index == comparison.agreement[j * comparison.n + i]);
            assert_true(i == j ? index == 1 : index > least);
        }
    }
    CHECK_OK(ctx, ia_cluster_comparison_tables(ctx, &comparison, &result));
    assert_int_equal(ia_result_find(&result, "methods")->n_rows, comparison.n);
    assert_int_equal(ia_result_find(&result, "spread")->n_rows, 5);
    ia_result_clear(&result);
    ia_cluster_comparison_clear(&comparison);
    params.solute[0] = 0;
    CHECK_FAILS(ctx, ia_cluster_compare(ctx, &input, &params, &comparison), IA_ERR_PARAM,
                "--solute");
    ia_ctx_free(ctx);
    case_clear(&c);
}

// Each parameter of the method, five values, the one used in their middle; n_min goes by
// 30 %.
static void parameters_are_varied(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    cluster_case c = case_planted(IS_SLOWED ? 50000 : 100000, 16);
    ia_cluster_params params = quick_copper();
    ia_cluster_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_cluster_sensitivity s = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_cluster_sensitivity_compute(ctx, &input, &params, &s));
    assert_int_equal(s.n, 20); // d_max, n_min, envelope, erosion
    for (size_t i = 0; i < s.n; i++) {
        assert_true(fabs(s.rows[i].value / s.rows[i].base - 1) < 0.4);
        assert_true(s.rows[i].agreement > 0.3 && s.rows[i].agreement <= 1);
    }
    // A wider envelope takes more ions: no cluster more.
    assert_string_equal(s.rows[10].parameter, "envelope");
    assert_int_equal(s.rows[10].n_clusters, s.rows[14].n_clusters);
    assert_true(s.rows[12].value == s.rows[12].base && s.rows[12].agreement == 1);
    // A wider erosion leaves fewer, of the shell alone.
    assert_string_equal(s.rows[15].parameter, "erosion");
    assert_int_equal(s.rows[15].solute_ions, s.rows[19].solute_ions);
    assert_true(s.rows[15].agreement < 1 && s.rows[19].agreement < 1);
    CHECK_OK(ctx, ia_cluster_sensitivity_tables(ctx, &s, &result));
    assert_int_equal(ia_result_find(&result, "sensitivity")->n_rows, 20);
    ia_result_clear(&result);
    ia_cluster_sensitivity_clear(&s);
    params.solute[0] = 0;
    CHECK_FAILS(ctx, ia_cluster_sensitivity_compute(ctx, &input, &params, &s),
                IA_ERR_PARAM, "--solute");
    ia_ctx_free(ctx);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_from_all_pairs),
        cmocka_unit_test(methods_agree_on_balls),
        cmocka_unit_test(parameters_are_varied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
