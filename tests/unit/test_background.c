// tests/unit/test_background.c: the background's result, its warnings, errors and table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
} spectrum_case;

static void set_spectrum(spectrum_case *s)
{
    memset(s, 0, sizeof *s);
    s->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = s->counts};
}

// `level` ions per Da^1/2 between two masses, evenly in sqrt(m).
static void add_flat(spectrum_case *s, double level, double lo, double hi)
{
    double n = floor(2 * level * (sqrt(hi) - sqrt(lo)));
    for (double k = 0; k < n; k++) {
        double root = sqrt(lo) + (sqrt(hi) - sqrt(lo)) * (k + 0.5) / n;
        s->counts[(size_t)(root * root * 100)]++;
    }
}

static size_t warnings_of(const spectrum_case *s, const ia_ranger *ranger,
                          const char *word, ia_background *out)
{
    ia_ctx *ctx = ia_ctx_new();
    assert_int_equal(ia_background_compute(ctx, &s->spectrum, ranger, NULL, out), IA_OK);
    size_t n = ia_ctx_n_warnings(ctx);
    for (size_t i = 0; i < n; i++)
        assert_non_null(strstr(ia_ctx_warning(ctx, i), word));
    ia_ctx_free(ctx);
    return n;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_background_params params = ia_background_defaults();
    assert_true(params.margin == 0.3 && params.p_limit == 0.01);
}

static void an_even_background_is_measured(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    add_flat(&s, 300, 0, 100);
    assert_int_equal(warnings_of(&s, NULL, "", &b), 0);
    assert_near(b.a, 300, 2);
    assert_true(b.drift == 0);
    assert_true(b.dispersion < 0.1); // evener than chance
    // 6000 ions: counting alone.
    assert_near(b.sigma_a, 300 / sqrt(6000), 0.5);
    assert_true(b.m_lo < 0.1 && b.m_hi > 99.9);
    assert_true(b.n_used == b.n_windows && b.n_used >= 100);
}

static void counts_follow_the_level(void **state)
{
    (void)state;
    const ia_background b = {.a = 300};
    assert_near(ia_background_counts(&b, 25, 36), 600, 1e-9);
    assert_near(ia_background_counts(&b, -1, 1), 600, 1e-9);
    assert_true(isnan(ia_background_counts(&(ia_background){.a = NAN}, 1, 2)));
}

// An instrument that looked from 4 to 81 Da alone: a level of 300 puts 600 (9 - 2) ions
// between these.
static void nothing_lies_beyond_the_first_and_last_ion(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    add_flat(&s, 300, 4, 81);
    assert_int_equal(ia_background_compute(NULL, &s.spectrum, NULL, NULL, &b), IA_OK);
    assert_near(ia_background_counts(&b, 4, 81), 4200, 90);
    assert_true(ia_background_counts(&b, 1, 3.9) == 0);
    assert_true(ia_background_counts(&b, 81.1, 95) == 0);
    assert_true(ia_background_sigma(&b, 81.1, 95) == 0);
    assert_near(ia_background_counts(&b, 64, 95), 600, 15);
    assert_near(ia_background_counts(&b, 1, 9), 600, 15);
    ia_background_clear(&b);
}

static void ranges_over_everything_leave_no_background(void **state)
{
    (void)state;
    static spectrum_case s;
    ranging_case c;
    ia_background b;

    set_spectrum(&s);
    add_flat(&s, 300, 0, 100);
    SET_CASE(&c, {"Fe+", 0, 100, 0});
    assert_int_equal(warnings_of(&s, &c.ranger, "no background", &b), 1);
    assert_true(isnan(b.a) && isnan(b.sigma_a));
    assert_int_equal(b.n_used, 0);
}

static void one_mass_leaves_no_background(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    s.counts[5600] = 1000;
    assert_int_equal(warnings_of(&s, NULL, "no background", &b), 1);
    assert_true(isnan(b.a));
}

static void three_ions_do_not_fail(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    s.counts[100] = s.counts[2800] = s.counts[9000] = 1;
    assert_int_equal(warnings_of(&s, NULL, "", &b), 0);
    // One ion between the outermost: the level is that one ion's, and no surer than that.
    assert_true(b.a > 0);
    assert_near(b.sigma_a / b.a, 1, 0.2);
}

static void a_clean_spectrum_has_level_zero_with_an_error(void **state)
{
    (void)state;
    static spectrum_case s;
    ranging_case c;
    ia_background b;

    set_spectrum(&s);
    s.counts[605] = s.counts[2800] = s.counts[5600] = 1000;
    SET_CASE(&c, {"C++", 5.9, 6.2, 0}, {"Fe++", 27.8, 28.2, 0}, {"Fe+", 55.8, 56.2, 0});
    assert_int_equal(warnings_of(&s, &c.ranger, "", &b), 0);
    assert_true(b.a == 0 && b.drift == 0);
    assert_near(b.sigma_a, 1 / (2 * (sqrt(55.5) - sqrt(6.5) - sqrt(28.5) + sqrt(27.5))),
                1e-3);
}

static void a_level_that_differs_is_told(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    for (double root = 0; root < 10; root++)
        add_flat(&s, 2000 * (1 + 0.1 * root), root * root, (root + 1) * (root + 1));
    assert_int_equal(warnings_of(&s, NULL, "not flat", &b), 0);
    double level = 2000 * 1.45, scatter = 200 * sqrt(99 / 12.0);
    assert_near(b.a, level, 0.05 * level);
    // The standard deviation of ten even steps, seen in eight stretches.
    assert_near(b.drift, scatter, 0.2 * scatter);
    assert_true(b.sigma_a >= b.drift);

    set_spectrum(&s);
    for (double root = 0; root < 10; root++)
        add_flat(&s, 2000 * (1 + root), root * root, (root + 1) * (root + 1));
    assert_int_equal(warnings_of(&s, NULL, "not flat", &b), 1);
}

static void mostly_contaminated_windows_are_told(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_background b;

    set_spectrum(&s);
    add_flat(&s, 300, 0, 100);
    for (double m = 4; m < 96; m += 1)
        add_flat(&s, 3000, m, m + 0.4 + 0.003 * m);
    assert_int_equal(warnings_of(&s, NULL, "background alone", &b), 1);
    assert_true(2 * b.n_used < b.n_windows);
    // Windows that a peak only touches pass, so the level is a little high.
    assert_near(b.a, 300, 15);
}

// Most windows are empty there, and the mean over all is that of the peak.
static void a_tall_peak_without_a_range_leaves_few_ions_their_level(void **state)
{
    (void)state;
    const double level = 112; // 700 ions where it is looked for: known to 4 %
    static spectrum_case s;
    ranging_case c;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_background b;

    SET_CASE(&c, {"O+", 15.95, 16.11, 0}, {"O+", 17.97, 18.04, 1});
    for (unsigned long seed = 1; seed <= 10; seed++) {
        gsl_rng_set(rng, seed);
        set_spectrum(&s);
        for (size_t i = 0; i < 8000; i++)
            s.counts[i] = gsl_ran_poisson(
                rng, 2 * level * (sqrt(0.01 * (double)(i + 1)) - sqrt(0.01 * (double)i)));
        for (size_t i = 0; i < 20; i++) // half in 0.02 Da, then half of what is left
            s.counts[2697 + i] += (uint64_t)(50000 * exp2(-0.5 * (double)i));
        assert_int_equal(warnings_of(&s, &c.ranger, "", &b), 0);
        assert_near(b.a, level, 0.15 * level);
    }
    gsl_rng_free(rng);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static spectrum_case s;
    const ia_background_params bad[] = {{.margin = -1, .p_limit = 0.01},
                                        {.margin = NAN, .p_limit = 0.01},
                                        {.margin = 0, .p_limit = 0},
                                        {.margin = 0, .p_limit = 1}};

    set_spectrum(&s);
    for (size_t i = 0; i < 4; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_background b = {.a = 42};
        assert_int_equal(ia_background_compute(ctx, &s.spectrum, NULL, &bad[i], &b),
                         IA_ERR_PARAM);
        assert_non_null(strstr(ia_ctx_message(ctx), i < 2 ? "margin" : "p_limit"));
        assert_true(b.a == 42);
        ia_ctx_free(ctx);
    }
}

static void memory_running_short_is_survived(void **state)
{
    (void)state;
    static spectrum_case s;
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    set_spectrum(&s);
    add_flat(&s, 300, 0, 100);
    for (; st == IA_ERR_MEMORY; k++) {
        ia_background b = {.a = 42};
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        ia_result_clear(&result);
        st = ia_background_compute(ctx, &s.spectrum, NULL, NULL, &b);
        if (st != IA_OK)
            assert_true(b.a == 42);
        else
            st = ia_background_tables(ctx, &b, &result);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 10);
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

static void the_table_has_what_the_struct_has(void **state)
{
    (void)state;
    const ia_background b = {.a = 1,
                             .sigma_a = 2,
                             .drift = 3,
                             .n_windows = 5,
                             .n_used = 4,
                             .m_lo = 6,
                             .m_hi = 7,
                             .dispersion = 8};
    const char *const numbers[] = {"a",       "sigma_a", "drift",
                                   "m_lo_da", "m_hi_da", "dispersion"};
    const double values[] = {1, 2, 3, 6, 7, 8};
    ia_result result = {0};

    assert_int_equal(ia_background_tables(NULL, &b, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "background");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_SCALARS);
    for (size_t i = 0; i < 6; i++)
        assert_true(*(double *)ia_table_find(table, numbers[i])->data == values[i]);
    assert_int_equal(*(uint64_t *)ia_table_find(table, "n_windows")->data, 5);
    assert_int_equal(*(uint64_t *)ia_table_find(table, "n_used")->data, 4);
    ia_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(an_even_background_is_measured),
        cmocka_unit_test(counts_follow_the_level),
        cmocka_unit_test(nothing_lies_beyond_the_first_and_last_ion),
        cmocka_unit_test(ranges_over_everything_leave_no_background),
        cmocka_unit_test(one_mass_leaves_no_background),
        cmocka_unit_test(three_ions_do_not_fail),
        cmocka_unit_test(a_clean_spectrum_has_level_zero_with_an_error),
        cmocka_unit_test(a_level_that_differs_is_told),
        cmocka_unit_test(mostly_contaminated_windows_are_told),
        cmocka_unit_test(a_tall_peak_without_a_range_leaves_few_ions_their_level),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(memory_running_short_is_survived),
        cmocka_unit_test(the_table_has_what_the_struct_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
