// tests/physics/test_thinned_measured.c: does half of a measured spectrum tell the same?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static const char *const CARBIDE =
    "real/superalloy_m6c_unsw/MassSpectrum_M6C-100pJ-R18_61180.csv";
static const char *const OXIDE =
    "real/fe_deuterium_spectra/R31_18094-v02_massspec_bin1E-2.csv";

// Each ion is kept or not, as a coin falls.
static ia_identification half_of(const char *name, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 1);
    ia_spectrum s = measured_spectrum(name);
    ia_identification id = {0};

    for (size_t b = 0; b < s.n_bins; b++)
        s.counts[b] = ia_random_half(&random, s.counts[b]);
    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    ia_spectrum_clear(&s);
    return id;
}

// Its lines scatter about a straight scale by 0.005 Da at 28 Da, and there are halves,
// the 53rd, of which the choice ended at less than it finds from another scale as near.
// Carbon lies 0.015 to 0.025 Da behind the scale of the metals: the 21st had none.
static void a_carbide_keeps_its_metals_and_carbon(void **state)
{
    (void)state;
    static const char *const metals[] = {"Cr", "Ni", "Mo", "Co", "Ti"};

    static const uint64_t seeds[] = {1, 21, 53, 54};

    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        uint64_t seed = seeds[k];
        ia_identification id = half_of(CARBIDE, seed);
        for (size_t i = 0; i < sizeof metals / sizeof *metals; i++)
            if (!has_element(&id, metals[i]))
                fail_msg("half %d: no %s", (int)seed, metals[i]);
        if (!identified_of(&id, "C++") || !identified_of(&id, "C+"))
            fail_msg("half %d: no C++ or no C+", (int)seed);
        ia_identification_clear(&id);
    }
}

// Ions that one half tells for sure, and how many of them the other does not know.
static void compare(const ia_identification *one, const ia_identification *other,
                    size_t *sure, size_t *unknown)
{
    for (size_t i = 0; i < one->assignment.n_ions; i++) {
        const ia_identified *ion = &one->assignment.ions[i];
        if (ion->probability < 0.999)
            continue;
        ++*sure;
        *unknown += !identified_of(other, ion->ion.name);
    }
}

// Fifty ions in as many peaks: a search that is cut off before it has compared them tells
// all for sure.
static void halves_are_sure_of_the_same(void **state)
{
    (void)state;
    size_t sure = 0, unknown = 0;

    for (uint64_t seed = 1; seed <= 8; seed++) {
        ia_identification one = half_of(OXIDE, seed), other = half_of(OXIDE, seed + 100);
        compare(&one, &other, &sure, &unknown);
        compare(&other, &one, &sure, &unknown);
        ia_identification_clear(&one);
        ia_identification_clear(&other);
    }
    print_message("%zu of %zu\n", unknown, sure);
    assert_true(sure > 40 && 20 * unknown < sure); // one of a thousand, and of a few ions
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_carbide_keeps_its_metals_and_carbon),
        cmocka_unit_test(halves_are_sure_of_the_same),
    };
    if (!outside(CARBIDE) || !outside(OXIDE))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
