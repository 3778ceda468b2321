// tests/unit/test_windows.c: the windows between ranges and the level fitted to them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/windows.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

enum { BINS = 20000 }; // of 0.01 Da: to 200 Da

static ia_spectrum spectrum_of(uint64_t *counts)
{
    return (ia_spectrum){.bin = 0.01, .m_min = 0, .n_bins = BINS, .counts = counts};
}

// As many counts as a flat background of level a has there, rounded so that the sum is
// kept.
static uint64_t *make_flat(double a)
{
    uint64_t *counts = calloc(BINS, sizeof *counts);
    double sum = 0, given = 0;

    assert_non_null(counts);
    for (size_t i = 0; i < BINS; i++) {
        sum += 2 * a * (sqrt(0.01 * (double)(i + 1)) - sqrt(0.01 * (double)i));
        counts[i] = (uint64_t)(sum - given);
        given += (double)counts[i];
    }
    return counts;
}

static void windows_keep_clear_of_ranges(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    ia_spectrum spectrum = spectrum_of(counts);
    ranging_case c;
    SET_CASE(&c, {"H+", 1, 1.1, 0}, {"C++", 6, 6.2, 0}, {"C+", 12, 12.3, 0},
             {"O+", 12.5, 16.2, 0}, {"Fe++", 27.5, 28.5, 0});
    ia_windows windows;

    assert_int_equal(ia_windows_build(NULL, &spectrum, &c.ranger, 0.3, &windows), IA_OK);
    assert_true(windows.n > 20);
    for (size_t i = 0; i < windows.n; i++) {
        const ia_window *w = &windows.list[i];
        assert_true(w->hi > w->lo && w->lo >= 0.5 - 1e-9 && w->hi <= 57 + 1e-9);
        assert_near(w->lever, 2 * (sqrt(w->hi) - sqrt(w->lo)), 1e-12);
        if (i > 0)
            assert_true(w->lo >= windows.list[i - 1].hi - 1e-12);
        for (size_t r = 0; r < c.ranger.n; r++)
            assert_true(w->hi <= c.lo[r] - 0.3 + 1e-9 || w->lo >= c.hi[r] + 0.3 - 1e-9);
    }
    ia_windows_clear(&windows);
    free(counts);
}

static void windows_hold_every_ion_between_the_outermost(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    ia_spectrum spectrum = spectrum_of(counts);
    ia_windows windows;
    double sum = 0;
    uint64_t all = 0;
    size_t first = 0;

    while (counts[first] == 0)
        first++;
    for (size_t i = first + 1; i < BINS - 1; i++)
        all += counts[i];
    assert_int_equal(ia_windows_build(NULL, &spectrum, NULL, 0.3, &windows), IA_OK);
    for (size_t i = 0; i < windows.n; i++)
        sum += windows.list[i].count;
    assert_near(windows.list[0].lo, 0.01 * (double)(first + 1), 1e-12);
    // The last bin of this spectrum may be empty: then one more is left out.
    assert_true(sum <= (double)all && sum >= (double)all - 2);
    ia_windows_clear(&windows);
    free(counts);
}

static void clipped_ions_at_the_end_are_not_used(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    counts[BINS - 1] = 1000000;
    ia_spectrum spectrum = spectrum_of(counts);
    ia_windows windows;

    assert_int_equal(ia_windows_build(NULL, &spectrum, NULL, 0.3, &windows), IA_OK);
    for (size_t i = 0; i < windows.n; i++)
        assert_true(windows.list[i].count < 1000000);
    ia_windows_clear(&windows);
    free(counts);
}

static void nothing_is_left_where_ranges_cover_all(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    ia_spectrum spectrum = spectrum_of(counts);
    ranging_case c;
    SET_CASE(&c, {"Fe+", 0, 200, 0});
    ia_windows windows;

    assert_int_equal(ia_windows_build(NULL, &spectrum, &c.ranger, 0.3, &windows), IA_OK);
    assert_int_equal(windows.n, 0);
    ia_windows_fit(&windows, 0.01);
    assert_true(isnan(windows.a));
    ia_windows_clear(&windows);
    free(counts);
}

static void an_even_level_is_found_again(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    ia_spectrum spectrum = spectrum_of(counts);
    ia_windows windows;

    assert_int_equal(ia_windows_build(NULL, &spectrum, NULL, 0, &windows), IA_OK);
    ia_windows_fit(&windows, 1e-6);
    // Rounding moves one ion from window to window, about a thousandth of the 11,000.
    assert_near(windows.a, 400, 0.5);
    for (size_t i = 0; i < windows.n; i++)
        assert_true(windows.list[i].used);
    ia_windows_clear(&windows);
    free(counts);
}

// The rule as it is written: used when P(N >= count) >= p_limit; Poisson probabilities by
// GSL.
static void a_window_is_used_by_its_upper_tail(void **state)
{
    (void)state;
    const double p_limit = 0.01;
    ia_window list[60];
    ia_windows windows = {.list = list, .n = 60, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 60; i++)
        list[i] = (ia_window){.lever = 1, .count = 20};
    for (size_t i = 5; i < 55; i++) // even numbers on both sides keep the level near 20
        list[i].count = 20 + (double)(i % 2 ? 3 : 0) - (double)(i % 2 ? 0 : 3);
    for (size_t i = 0; i < 20; i++)
        list[20 + i].count += (double)i;
    ia_windows_fit(&windows, p_limit);
    assert_true(windows.spread == 1);
    size_t n_left_out = 0;
    for (size_t i = 0; i < 60; i++) {
        unsigned n = (unsigned)list[i].count;
        bool likely = n == 0 || gsl_cdf_poisson_Q(n - 1, windows.a) >= p_limit;
        assert_int_equal(list[i].used, likely);
        n_left_out += !likely;
    }
    assert_true(n_left_out > 3 && n_left_out < 15);
}

// Mean and variance given that a count passes, against sums over the Poisson
// probabilities.
static void expectations_are_those_of_a_cut_poisson_count(void **state)
{
    (void)state;
    ia_window list[12];
    ia_windows windows = {.list = list, .n = 12, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 12; i++)
        list[i] = (ia_window){.lever = 1, .count = i % 2 ? 6 : 8};
    ia_windows_fit(&windows, 0.1);
    double p = 0, mean = 0, square = 0;
    for (unsigned n = 0; n <= (unsigned)list[0].most; n++) {
        double weight = gsl_ran_poisson_pdf(n, windows.a);
        p += weight;
        mean += n * weight;
        square += (double)n * n * weight;
    }
    assert_true(p < 0.97); // the cut matters
    assert_near(list[0].expected, mean / p, 1e-6);
    assert_near(list[0].variance, square / p - mean * mean / (p * p), 1e-6);
    assert_near(mean / p, 7, 1e-6); // the level is where the counts' mean is expected
}

static void tails_agree_with_gsl_up_to_large_counts(void **state)
{
    (void)state;
    const double means[] = {0.5, 20, 9000, 30000, 1e6};

    for (size_t i = 0; i < 5; i++) {
        for (int z = -3; z <= 3; z++) {
            double n = floor(means[i] + z * sqrt(means[i])) + 1;
            if (n < 1)
                continue;
            double exact = gsl_cdf_poisson_Q((unsigned)n - 1, means[i]);
            // Wilson and Hilferty's error falls as 1 / mean; a hundredth of a tail is
            // harmless.
            assert_near(ia_count_upper_tail(n, means[i], 1), exact, 1e-12 + 1e-3 * exact);
        }
    }
    assert_true(ia_count_upper_tail(0, 5, 1) == 1);
    assert_true(ia_count_upper_tail(1, 0, 1) == 0);
}

static void few_ions_give_their_mean(void **state)
{
    (void)state;
    ia_window list[10];
    ia_windows windows = {.list = list, .n = 10, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 10; i++)
        list[i] = (ia_window){.lever = 2, .count = i % 4 == 0};
    ia_windows_fit(&windows, 0.001);
    assert_near(windows.a, 3.0 / 20, 0.002);
}

static void no_ions_give_a_level_of_zero(void **state)
{
    (void)state;
    ia_window list[10];
    ia_windows windows = {.list = list, .n = 10, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 10; i++)
        list[i] = (ia_window){.lever = 2};
    ia_windows_fit(&windows, 0.01);
    assert_true(windows.a == 0);
    assert_true(list[0].used && list[9].used);
}

static void closed_ends_are_not_background(void **state)
{
    (void)state;
    ia_window list[40];
    ia_windows windows = {.list = list, .n = 40, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 40; i++)
        list[i] = (ia_window){.lever = 1, .count = i < 3 || i > 34 ? 2 : 50};
    ia_windows_fit(&windows, 0.01);
    assert_near(windows.a, 50, 0.5);
    assert_false(list[2].used || list[35].used);
    assert_true(list[3].used && list[34].used);
}

// Beyond 2^53 a double has no neighbour one further: the search for a count must still
// end.
static void absurd_counts_come_to_an_end(void **state)
{
    (void)state;
    ia_window list[10];
    ia_windows windows = {.list = list, .n = 10, .a = NAN, .spread = 1};

    for (size_t i = 0; i < 10; i++)
        list[i] = (ia_window){.lever = 1, .count = 1e17};
    ia_windows_fit(&windows, 0.01);
    assert_near(windows.a, 1e17, 1e12);
}

static void memory_running_short_is_survived(void **state)
{
    (void)state;
    uint64_t *counts = make_flat(400);
    ia_spectrum spectrum = spectrum_of(counts);
    ia_ctx *ctx = ia_ctx_new();
    ia_windows windows = {0};
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    for (; st == IA_ERR_MEMORY; k++) {
        assert_null(windows.list);
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_windows_build(ctx, &spectrum, NULL, 0, &windows);
    }
    assert_int_equal(st, IA_OK);
    assert_int_equal(k, 5);
    ia_windows_clear(&windows);
    ia_ctx_free(ctx);
    free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_keep_clear_of_ranges),
        cmocka_unit_test(windows_hold_every_ion_between_the_outermost),
        cmocka_unit_test(clipped_ions_at_the_end_are_not_used),
        cmocka_unit_test(nothing_is_left_where_ranges_cover_all),
        cmocka_unit_test(an_even_level_is_found_again),
        cmocka_unit_test(a_window_is_used_by_its_upper_tail),
        cmocka_unit_test(expectations_are_those_of_a_cut_poisson_count),
        cmocka_unit_test(tails_agree_with_gsl_up_to_large_counts),
        cmocka_unit_test(few_ions_give_their_mean),
        cmocka_unit_test(no_ions_give_a_level_of_zero),
        cmocka_unit_test(closed_ends_are_not_background),
        cmocka_unit_test(absurd_counts_come_to_an_end),
        cmocka_unit_test(memory_running_short_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
