// tests/physics/test_frequency.c: are ions in blocks binomial where they lie at random,
// and only there?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

static ia_status run(ia_ctx *ctx, const cloud *c, const ia_frequency_params *params,
                     ia_frequency *out)
{
    ia_knn_input input = cloud_input(c);
    return ia_frequency_compute(ctx, &input, params, out);
}

static ia_frequency_params asked(const char *from, const char *sizes, size_t n_shuffles)
{
    ia_frequency_params params = ia_frequency_defaults();
    snprintf(params.from, sizeof params.from, "%s", from);
    snprintf(params.sizes, sizeof params.sizes, "%s", sizes);
    params.n_shuffles = n_shuffles;
    return params;
}

// Both kinds of blocks and two sizes: every question has P(p <= 0.05) = 0.05 with 39
// shuffles: 2 to 21 of 200 clouds, 999 times in 1,000. Without shuffles, by chi^2, the
// chance is only nearly that: bins of five expected blocks; 2 to 30.
static void chance_is_reported_as_chance(void **unused)
{
    (void)unused;
    for (int way = IA_BLOCKS_IONS; way <= IA_BLOCKS_CUBES; way++) {
        int n_reported[2] = {0}, n_plain[2] = {0};
        for (uint64_t seed = 1; seed <= 200; seed++) {
            cloud c;
            ia_frequency f = {0};
            ia_frequency_params params = asked("Cu", "30,60", 39);
            params.blocks = way;
            make_cloud(&c, 8000, 0.05, 0, seed);
            CHECK_OK(NULL, run(NULL, &c, &params, &f));
            assert_int_equal(f.n, 2);
            for (size_t i = 0; i < 2; i++) {
                n_reported[i] += f.tests[i].p <= 0.05;
                n_plain[i] += f.tests[i].p_chi_squared <= 0.05;
            }
            ia_frequency_clear(&f);
            free_cloud(&c);
        }
        for (size_t i = 0; i < 2; i++) {
            assert_in_range(n_reported[i], 2, 21);
            assert_in_range(n_plain[i], 2, 30);
        }
    }
}

// 1,000 blocks or more of 50 ions at random: the variance ratio is 1 within four of its
// errors, chi^2 of the order of its degrees of freedom, the expected counts sum to the
// blocks.
static void random_ions_are_binomial(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        cloud c;
        ia_frequency f = {0};
        ia_frequency_params params = asked("Cu", "50", 99);
        make_cloud(&c, 100000, 0.1, 0, seed);
        CHECK_OK(NULL, run(NULL, &c, &params, &f));
        const ia_frequency_test *t = &f.tests[0];
        double observed = 0, expected = 0, inside = 0;
        assert_true(fabs(t->variance_ratio - 1) < 4 * t->sigma_variance_ratio);
        assert_true(t->sigma_variance_ratio < 0.05);
        // Of 70 % too: as likely off, and the draws scatter by what they leave out.
        assert_true(fabs(t->thinned_variance_ratio - 1) < 6 * t->sigma_variance_ratio);
        for (size_t k = 0; k < t->n_counts; k++) {
            observed += t->observed[k];
            expected += t->expected[k];
            inside += t->null_lo[k] <= t->observed[k] && t->observed[k] <= t->null_hi[k];
        }
        assert_int_equal((size_t)observed, t->n_blocks);
        assert_true(fabs(expected - observed) < 1);
        assert_true(inside >= 0.7 * (double)t->n_counts);
        assert_true(t->n_ions == 50 * t->n_blocks && t->n_blocks > 1500);
        ia_frequency_clear(&f);
        free_cloud(&c);
    }
}

// A layered alloy: copper 20 at.% above the middle, nothing below. Blocks hold B(n, 0.2)
// or none: their variance is n (0.1 0.8) + n^2 0.01 against n 0.1 0.9, a ratio of 6.4 for
// n = 50. Blocks across the middle, 1 in 15, take some 2 % off; the scatter of the ratio
// of 1,800 blocks is 2 %.
static void a_layer_has_its_variance(void **unused)
{
    (void)unused;
    cloud c;
    ia_frequency f = {0};
    ia_frequency_params params = asked("Cu", "50", 99);
    make_cloud(&c, 100000, 0.1, 0, 1);
    ia_random random = ia_random_new(9, 9);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ),
          *mass = ia_ions_values(&c.ions, IA_MASS);
    double middle = cbrt(2000) / 2;
    for (size_t i = 0; i < c.ions.n; i++) {
        bool above = (double)xyz[3 * i + 2] > middle;
        mass[i] = above && ia_random_uniform(&random) < 0.2 ? 63 : 56;
    }
    CHECK_OK(NULL, run(NULL, &c, &params, &f));
    const ia_frequency_test *t = &f.tests[0];
    assert_true(fabs(t->variance_ratio / 6.44 - 1) < 0.1);
    assert_true(t->p <= 0.01 + 1e-12 && t->mu > 0.7 && t->mu < 1);
    assert_true(t->null_mu_hi < t->mu && t->null_mu_lo <= t->null_mu);
    assert_true(t->half_difference < 0.1);
    // Thinned blocks hold B(35, 0.2) or none, a ratio of 4.8; scaled to 50 ions it is
    // that of all again, within four standard errors of five draws and 2 % for the
    // middle.
    if (!(fabs(t->thinned_variance_ratio / t->variance_ratio - 1) <
          0.02 + 4 * t->thinned_sd / sqrt(5) / t->variance_ratio))
        fail_msg("%g of 70 %%, %g of all", t->thinned_variance_ratio, t->variance_ratio);
    assert_true(t->thinned_sd > 0 && t->thinned_sd < 0.2 * t->variance_ratio);
    ia_frequency_clear(&f);
    free_cloud(&c);
}

static void one_thread_equals_two(void **unused)
{
    (void)unused;
    cloud c;
    ia_frequency results[2] = {{0}};
    ia_frequency_params params = asked("Cu", "50,100", 39);
    make_cloud(&c, 20000, 0.05, 0.3, 3);
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, t + 1);
        CHECK_OK(ctx, run(ctx, &c, &params, &results[t]));
        ia_ctx_free(ctx);
    }
    for (size_t i = 0; i < 2; i++) {
        const ia_frequency_test *a = &results[0].tests[i], *b = &results[1].tests[i];
        assert_memory_equal(a->null_lo, b->null_lo, a->n_counts * sizeof(double));
        assert_true(a->p == b->p && a->mu == b->mu && a->null_mu == b->null_mu &&
                    a->half_difference == b->half_difference);
    }
    ia_frequency_clear(&results[0]);
    ia_frequency_clear(&results[1]);
    free_cloud(&c);
}

static void bad_questions_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_frequency f = {0};
    make_cloud(&c, 4000, 0.05, 0, 1);
    static const char *const wrong[] = {"1", "2.5", "x", "50;100", "1e9"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ia_frequency_params params = asked("Cu", wrong[i], 19);
        CHECK_FAILS(ctx, run(ctx, &c, &params, &f), IA_ERR_PARAM, "whole numbers");
    }
    ia_frequency_params params = asked("Cu", "", 19);
    CHECK_FAILS(ctx, run(ctx, &c, &params, &f), IA_ERR_PARAM, "no size");
    params = asked("Xx", "50", 19);
    CHECK_FAILS(ctx, run(ctx, &c, &params, &f), IA_ERR_PARAM, "is no element");
    params = asked("Cu", "2000", 19);
    CHECK_OK(ctx, run(ctx, &c, &params, &f));
    assert_int_equal(f.n, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "blocks of 2000"));
    ia_frequency_clear(&f);
    ia_ctx_reset(ctx);
    params = asked("Cu", "2", 19);
    CHECK_OK(ctx, run(ctx, &c, &params, &f)); // 0 and 1: two, in five of 1,000 blocks
    assert_true(f.n == 0 || f.tests[0].degrees == 1);
    ia_frequency_clear(&f);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ);
    for (size_t i = 0; i < c.ions.n; i++)
        xyz[3 * i] = xyz[3 * i + 1] = 0; // a line
    params = asked("Cu", "50", 19);
    CHECK_OK(ctx, run(ctx, &c, &params, &f));
    assert_int_equal(f.n, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1), "no volume"));
    ia_frequency_clear(&f);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static ia_status run_and_free(ia_ctx *ctx, const cloud *c,
                              const ia_frequency_params *params)
{
    ia_frequency f = {0};
    ia_result result = {0};
    ia_status st = run(ctx, c, params, &f);
    if (st == IA_OK)
        st = ia_frequency_tables(ctx, &f, &result);
    ia_result_clear(&result);
    ia_frequency_clear(&f);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    make_cloud(&c, 4000, 0.05, 0, 1);
    ia_ctx_set_threads(ctx, 1);
    for (int way = IA_BLOCKS_IONS; way <= IA_BLOCKS_CUBES; way++) {
        ia_frequency_params params = asked("Cu", "50", 19);
        params.blocks = way;
        CHECK_STARVED(ctx, run_and_free(ctx, &c, &params), (void)0);
    }
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_reported_as_chance),
        cmocka_unit_test(random_ions_are_binomial),
        cmocka_unit_test(a_layer_has_its_variance),
        cmocka_unit_test(one_thread_equals_two),
        cmocka_unit_test(bad_questions_are_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
