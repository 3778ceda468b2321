// tests/unit/test_tof_peaks.c: what the trees see of a peak.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/tof_peaks.h"

// Titanium, doubly charged, by its natural isotopes: 46 to 50 Da, main 48.
static ia_tof_peak titanium[] = {
    {.mass = 22.976, .sigma = 0.001, .net = 825, .b = 1},
    {.mass = 23.475, .sigma = 0.001, .net = 744, .b = 1},
    {.mass = 23.973, .sigma = 0.001, .net = 7372, .b = 1},
    {.mass = 24.473, .sigma = 0.001, .net = 541, .b = 1},
    {.mass = 24.972, .sigma = 0.001, .net = 518, .b = 1},
    {.mass = 47.947, .sigma = 0.001, .net = 3686, .b = 1},
};
static const ia_tof_peaks peaks = {.list = titanium,
                                   .n = 6,
                                   .m_lo = 0,
                                   .m_hi = 60,
                                   .flat = 1,
                                   .widths = {.width = 0.02, .power = 0.5, .bin = 0.001},
                                   .scale = 0.005};

// Place of the isotope m + k / z among the features.
static size_t at_isotope(int k)
{
    return (size_t)(7 + k - IA_TOF_FIRST - (k > 0));
}

static void a_pattern_is_seen_with_its_charge(void **state)
{
    (void)state;
    float f[IA_TOF_FEATURES];

    ia_tof_features(&peaks, 2, 2, f);
    assert_true(f[0] == 2);
    assert_true(f[1] == 48); // its mass number
    assert_true(fabsf(f[2] + 0.053F) < 0.002F);
    assert_true(fabsf(f[5] - log10f(7372)) < 1e-5F);
    // 46, 47, 49 and 50 over 48.
    static const int isotopes[] = {-2, -1, 1, 2};
    static const float share[] = {825, 744, 541, 518};
    for (size_t k = 0; k < 4; k++)
        assert_true(fabsf(f[at_isotope(isotopes[k])] - share[k] / 7372) < 1e-5F);
    // Nothing at 51: minus what would just be seen, and that is little.
    float none = f[at_isotope(3)];
    assert_true(none < 0 && none > -0.005F);
    // Singly charged titanium is seen too, half as much.
    size_t charges = 7 + (IA_TOF_LAST - IA_TOF_FIRST) + IA_TOF_HALVES + IA_TOF_PARENTS;
    assert_true(fabsf(f[charges] - 0.5F) < 1e-4F);
    assert_true(f[charges + 1] == 1);
    assert_true(f[charges + 2] < 0 && f[charges + 3] < 0);
}

static void the_wrong_charge_shows_peaks_between(void **state)
{
    (void)state;
    float f[IA_TOF_FEATURES];
    size_t halves = 7 + (IA_TOF_LAST - IA_TOF_FIRST);

    ia_tof_features(&peaks, 2, 1, f);
    assert_true(f[1] == 24);
    assert_true(fabsf(f[at_isotope(-1)] - 825.F / 7372) < 1e-5F);
    assert_true(f[halves + 1] > 0.09F && f[halves + 2] > 0.06F); // at 23.5 and 24.5
}

static void what_lies_outside_is_not_known(void **state)
{
    (void)state;
    float f[IA_TOF_FEATURES];
    ia_tof_peaks narrow = peaks;

    narrow.m_lo = 22;
    narrow.m_hi = 26;
    ia_tof_features(&narrow, 2, 2, f);
    assert_true(!isfinite(f[at_isotope(-6)]) && !isfinite(f[at_isotope(10)]));
    assert_true(isfinite(f[at_isotope(-2)]));
}

static void peaks_are_found_within_reach(void **state)
{
    (void)state;
    assert_int_equal(ia_tof_find(&peaks, 23.98, 0.01), 2);
    assert_int_equal(ia_tof_find(&peaks, 23.98, 0.005), -1);
    assert_int_equal(ia_tof_find(&peaks, 1, 100), 0);
    assert_int_equal(ia_tof_find(&peaks, 59, 100), 5);
    const ia_tof_peaks none = {.n = 0};
    assert_int_equal(ia_tof_find(&none, 28, 100), -1);
}

static void unlike_neighbours_merge_sooner(void **state)
{
    (void)state;
    ia_tof_peak strong = {.mass = 28, .net = 10000}, weak = {.mass = 28.05, .net = 10};
    ia_tof_peak equal = {.mass = 28.05, .net = 10000};
    assert_true(ia_tof_is_one(&peaks, &strong, &weak));
    assert_false(ia_tof_is_one(&peaks, &strong, &equal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_seen_with_its_charge),
        cmocka_unit_test(the_wrong_charge_shows_peaks_between),
        cmocka_unit_test(what_lies_outside_is_not_known),
        cmocka_unit_test(peaks_are_found_within_reach),
        cmocka_unit_test(unlike_neighbours_merge_sooner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
