// tests/unit/test_sideband.c: bands beside ranges and the lines through them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/sideband.h"

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

// n(m) ions in each bin by a straight line in m.
static ia_spectrum line_spectrum(uint64_t *counts, double at_0, double slope)
{
    for (size_t i = 0; i < BINS; i++)
        counts[i] = (uint64_t)round(at_0 + slope * (0.01 * (double)i + 0.005));
    return (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = counts};
}

static const ia_windows no_windows = {.n = 0};

// Knots beside the ranges, bands 0.3 Da off; cleared with ia_knots_clear.
static ia_knots knots_of(const ia_spectrum *s, const ranging_case *c)
{
    ia_knots knots = {0};
    assert_int_equal(ia_knots_build(NULL, s, &c->ranger, 0.3, &no_windows, &knots),
                     IA_OK);
    return knots;
}

static void a_line_is_followed_under_a_range(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    ia_spectrum s = line_spectrum(counts, 1000, 2);
    ranging_case c;
    double variance;

    SET_CASE(&c, {"C+", 11.5, 12.5, 0}, {"Fe++", 27, 29, 0});
    ia_knots knots = knots_of(&s, &c);
    assert_int_equal(knots.n, 4);
    double n = ia_knots_counts(&knots, 27, 29, &variance);
    // 200 bins whose mean is that at 28 Da, each rounded.
    assert_near(n, 200 * (1000 + 2 * 28), 100);
    // Bands 26.7-24.7 and 29.3-31.3 count half each at the middle of the range.
    double left = 200 * (1000 + 2 * 25.7), right = 200 * (1000 + 2 * 30.3);
    assert_near(variance, 0.25 * (left + right), 0.002 * left);
    ia_knots_clear(&knots);
}

// Bands next to two ranges hold tails of 100 ions a bin, what lies between them 10: a
// straight line from band to band would have 100 there as well. Windows in the ranges and
// their bands are no news.
static void windows_tell_of_what_lies_far_from_ranges(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    ranging_case c;
    double variance;
    ia_knots knots = {0};
    for (size_t i = 0; i < BINS; i++)
        counts[i] = i < 1700 || i >= 3700 ? 100 : 10;
    ia_spectrum s = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    ia_window list[] = {{.lo = 13, .hi = 14, .count = 1e4, .used = true},
                        {.lo = 25, .hi = 26, .count = 1000, .used = true},
                        {.lo = 26, .hi = 27, .count = 9000, .used = false},
                        {.lo = 28, .hi = 29, .count = 1000, .used = true}};
    const ia_windows windows = {.list = list, .n = 4};

    SET_CASE(&c, {"C+", 11.5, 12.5, 0}, {"Fe++", 38, 39, 0});
    assert_int_equal(ia_knots_build(NULL, &s, &c.ranger, 0.3, &windows, &knots), IA_OK);
    assert_int_equal(knots.n, 6);
    assert_near(ia_knots_counts(&knots, 25.5, 28.5, &variance), 3000, 1e-9);
    assert_near(ia_knots_counts(&knots, 11.5, 12.5, &variance), 10000, 1e-9);
    ia_knots_clear(&knots);
}

// Weights by hand: knots at 1 and 3 with densities 10 and 30, level beyond them.
static void integrals_of_lines_are_exact(void **state)
{
    (void)state;
    ia_knot list[] = {{1, 10, 4}, {3, 30, 9}};
    const ia_knots knots = {list, 2};
    double v;

    assert_near(ia_knots_counts(&knots, 1, 3, &v), 40, 1e-12);
    assert_near(v, 4 + 9, 1e-12); // each weighs half of two
    assert_near(ia_knots_counts(&knots, 0, 1, &v), 10, 1e-12);
    assert_near(v, 4, 1e-12);
    assert_near(ia_knots_counts(&knots, 3, 5, &v), 60, 1e-12);
    assert_near(v, 36, 1e-12);
    assert_near(ia_knots_counts(&knots, 0, 5, &v), 110, 1e-12);
    assert_near(ia_knots_counts(&knots, 1.5, 2.5, &v), 20, 1e-12);
    assert_near(v, 0.25 * 4 + 0.25 * 9, 1e-12);
    assert_near(ia_knots_counts(&knots, 2, 2, &v), 0, 1e-12);
    assert_near(ia_knots_rise(&knots, 1.5, 2.5), 20, 1e-12); // 30 less 10, over 1 Da
    assert_near(ia_knots_rise(&knots, 3.5, 4.5), 0, 1e-12);
    const ia_knots falls = {(ia_knot[]){{1, 30, 4}, {3, 10, 9}}, 2};
    assert_near(ia_knots_rise(&falls, 1.5, 2.5), 0, 1e-12);
    const ia_knots one = {list, 1};
    assert_near(ia_knots_counts(&one, 5, 7, &v), 20, 1e-12);
    assert_true(isnan(ia_knots_counts(&(ia_knots){0}, 5, 7, &v)));
    assert_near(ia_knots_rise(&(ia_knots){0}, 5, 7), 0, 1e-12);
}

static void a_peak_in_a_band_is_left_out(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    ia_spectrum s = line_spectrum(counts, 100, 0);
    ranging_case c;
    double v;

    counts[2940] = 50000;
    SET_CASE(&c, {"Fe++", 27, 29, 0});
    ia_knots knots = knots_of(&s, &c);
    assert_near(ia_knots_counts(&knots, 27, 29, &v), 20000, 1);
    ia_knots_clear(&knots);
}

static void ranges_that_touch_share_what_is_beside_both(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    ia_spectrum s = line_spectrum(counts, 100, 0);
    ranging_case c;
    double v;

    SET_CASE(&c, {"Fe++", 27, 28, 0}, {"Ni++", 28, 29, 0}, {"Co++", 29.4, 30, 0});
    ia_knots knots = knots_of(&s, &c);
    assert_int_equal(knots.n, 3); // one between 29 and 29.4
    assert_near(ia_knots_counts(&knots, 28, 29, &v), 10000, 1);
    ia_knots_clear(&knots);
}

static void without_ranges_windows_serve(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    ia_spectrum s = line_spectrum(counts, 100, 0);
    ia_window list[] = {{.lo = 10, .hi = 11, .count = 100, .used = true},
                        {.lo = 11, .hi = 12, .count = 900, .used = false},
                        {.lo = 12, .hi = 13, .count = 300, .used = true}};
    const ia_windows windows = {.list = list, .n = 3};
    ia_ctx *ctx = ia_ctx_new();
    ia_knots knots = {0};
    double v;

    CHECK_STARVED(ctx, ia_knots_build(ctx, &s, NULL, 0.3, &windows, &knots), (void)0);
    assert_int_equal(knots.n, 2);
    assert_near(ia_knots_counts(&knots, 11, 12, &v), 200, 1e-9);
    ia_knots_clear(&knots);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_followed_under_a_range),
        cmocka_unit_test(windows_tell_of_what_lies_far_from_ranges),
        cmocka_unit_test(integrals_of_lines_are_exact),
        cmocka_unit_test(a_peak_in_a_band_is_left_out),
        cmocka_unit_test(ranges_that_touch_share_what_is_beside_both),
        cmocka_unit_test(without_ranges_windows_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
