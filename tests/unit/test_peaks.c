// tests/unit/test_peaks.c: peaks found in spectra written down by hand or simulated.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
} bins_case;

static void set_flat(bins_case *c, uint64_t per_bin)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < BINS; i++)
        c->counts[i] = per_bin;
    c->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = c->counts};
}

// n ions in a triangle of half-width 3 bins about a mass in the middle of a bin.
static void add_peak(bins_case *c, double mass, uint64_t n)
{
    static const uint64_t shape[] = {1, 2, 3, 2, 1};
    size_t middle = (size_t)(mass * 100);
    for (size_t k = 0; k < 5; k++)
        c->counts[middle + k - 2] += n * shape[k] / 9;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_peaks_params p = ia_peaks_defaults();
    assert_true(p.false_peaks == 0.5 && p.width == 0);
}

static void planted_peaks_are_found_in_place(void **state)
{
    (void)state;
    static bins_case c;
    ia_peaks peaks = {0};

    set_flat(&c, 4);
    add_peak(&c, 27.985, 9000);
    add_peak(&c, 29.505, 900);
    add_peak(&c, 56.005, 90);
    assert_int_equal(ia_peaks_compute(NULL, &c.spectrum, NULL, NULL, &peaks), IA_OK);
    assert_int_equal(peaks.n, 3);
    static const double mass[] = {27.985, 29.505, 56.005}, ions[] = {9000, 900, 90};
    for (size_t i = 0; i < 3; i++) {
        // A symmetric peak on a flat floor: its middle, to a tenth of a bin.
        assert_true(fabs(peaks.list[i].mass - mass[i]) < 0.001);
        double net = peaks.list[i].counts - peaks.list[i].background;
        // The window is meant to hold most of a peak, not all.
        assert_true(net > 0.6 * ions[i] && net < 1.05 * ions[i]);
        assert_true(peaks.list[i].significance > peaks.limit);
        assert_true(peaks.list[i].lo < mass[i] && mass[i] < peaks.list[i].hi);
    }
    ia_peaks_clear(&peaks);
}

static void two_maxima_without_a_valley_are_one_peak(void **state)
{
    (void)state;
    static bins_case c;
    ia_peaks peaks = {0};

    set_flat(&c, 0);
    for (size_t i = 2790; i < 2800; i++)
        c.counts[i] = 100 + (i % 2); // ripples that chance makes
    assert_int_equal(ia_peaks_compute(NULL, &c.spectrum, NULL, NULL, &peaks), IA_OK);
    assert_int_equal(peaks.n, 1);
    ia_peaks_clear(&peaks);
}

static void an_even_spectrum_has_no_peak(void **state)
{
    (void)state;
    static bins_case c;
    ia_peaks peaks = {0};

    for (uint64_t level = 0; level < 3; level++) {
        set_flat(&c, level);
        assert_int_equal(ia_peaks_compute(NULL, &c.spectrum, NULL, NULL, &peaks), IA_OK);
        assert_int_equal(peaks.n, 0);
        ia_peaks_clear(&peaks);
    }
}

// Ten ions on a level of one a bin are too few to be looked for anywhere (some thousand
// windows), and enough at one of two places.
static void weak_peaks_are_found_where_they_are_expected(void **state)
{
    (void)state;
    static bins_case c;
    const ia_peak_places right = {(const double[]){20, 60.005}, 2};
    const ia_peak_places wrong = {(const double[]){20, 59}, 2};
    ia_peaks_params p = ia_peaks_defaults();
    ia_peaks peaks = {0};

    p.width = 0.02;
    set_flat(&c, 1);
    add_peak(&c, 60, 14);
    assert_int_equal(ia_peaks_compute(NULL, &c.spectrum, NULL, &p, &peaks), IA_OK);
    assert_int_equal(peaks.n, 0);
    ia_peaks_clear(&peaks);
    assert_int_equal(ia_peaks_expected(NULL, &c.spectrum, NULL, &p, &wrong, &peaks),
                     IA_OK);
    assert_int_equal(peaks.n, 0);
    ia_peaks_clear(&peaks);
    assert_int_equal(ia_peaks_expected(NULL, &c.spectrum, NULL, &p, &right, &peaks),
                     IA_OK);
    assert_int_equal(peaks.n, 1);
    assert_true(fabs(peaks.list[0].mass - 60.005) < 0.01);
    ia_peaks_clear(&peaks);
}

static void widths_are_learnt(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2 Ni:0.1", "", 300000, 1);
    ia_peaks peaks = {0};

    assert_int_equal(ia_peaks_compute(NULL, &s, NULL, NULL, &peaks), IA_OK);
    // The simulated peak has m/dm = 700 at half maximum at 28 Da, thus 0.04 Da, and
    // widens with sqrt(m); half of a Gaussian lies within 0.573 of that, of this more
    // pointed shape in 0.5 to 0.7.
    assert_true(peaks.widths.width > 0.5 * 0.04 && peaks.widths.width < 0.7 * 0.04);
    assert_true(fabs(peaks.widths.power - 0.5) < 0.1);
    assert_true(ia_peak_width(&peaks.widths, 112) >
                1.8 * ia_peak_width(&peaks.widths, 28));
    ia_peaks_clear(&peaks);
    ia_spectrum_clear(&s);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static bins_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_peaks_params p = ia_peaks_defaults();
    ia_peaks peaks = {.n = 7};

    set_flat(&c, 1);
    p.false_peaks = 0;
    CHECK_FAILS(ctx, ia_peaks_compute(ctx, &c.spectrum, NULL, &p, &peaks), IA_ERR_PARAM,
                "false_peaks");
    assert_int_equal(peaks.n, 7);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    static bins_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_peaks peaks = {0};
    ia_result result = {0};

    set_flat(&c, 1);
    for (double m = 10.005; m < 90; m += 1)
        add_peak(&c, m, 900); // more than the first room holds
    CHECK_STARVED(ctx, ia_peaks_compute(ctx, &c.spectrum, NULL, NULL, &peaks),
                  assert_int_equal(peaks.n, 80));
    ia_ctx_fail_alloc(ctx, 2);
    assert_int_equal(ia_peaks_tables(ctx, &peaks, &result), IA_ERR_MEMORY);
    ia_result_clear(&result);
    CHECK_OK(ctx, ia_peaks_tables(ctx, &peaks, &result));
    const ia_table *table = ia_result_find(&result, "peaks");
    assert_int_equal(table->n_rows, 80);
    assert_non_null(ia_table_find(table, "mass_da"));
    assert_non_null(ia_table_find(table, "significance"));
    ia_result_clear(&result);
    ia_peaks_clear(&peaks);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(planted_peaks_are_found_in_place),
        cmocka_unit_test(two_maxima_without_a_valley_are_one_peak),
        cmocka_unit_test(an_even_spectrum_has_no_peak),
        cmocka_unit_test(weak_peaks_are_found_where_they_are_expected),
        cmocka_unit_test(widths_are_learnt),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
