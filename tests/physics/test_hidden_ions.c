// tests/physics/test_hidden_ions.c: are ions told that a peak of another ion covers, or
// that no one looks for without knowing the elements?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static ia_identification identify(const ia_spectrum *s)
{
    ia_identification id = {0};
    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    return id;
}

enum { SEEDS = 10 };

// In how many of SEEDS specimens an ion is told.
static size_t count_told(const char *composition, const char *molecules, size_t n,
                         const char *ion)
{
    size_t told = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_spectrum s = alloy_spectrum(composition, molecules, n, seed);
        ia_identification id = identify(&s);
        told += identified_of(&id, ion) != NULL;
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
    return told;
}

// O2+ at 31.99 Da beside 64Zn++ at 31.96, closer than peaks are wide; without it none.
static void a_shoulder_is_an_ion(void **state)
{
    (void)state;
    assert_true(count_told("Zn O:0.4", "O2+:0.06 H+:0.003", 200000, "O2+") >= SEEDS - 1);
    assert_int_equal(count_told("Zn O:0.4", "H+:0.003", 200000, "O2+"), 0);
}

// CO+ of the chamber at 27.995 Da, where AlH+ is at 27.989: no carbon need be in the
// alloy.
static void gas_needs_no_element_of_the_specimen(void **state)
{
    (void)state;
    const char *alloy = "Al Mg:0.02 Cu:0.01";
    assert_true(count_told(alloy, "CO+:0.004 H+:0.003", 200000, "CO+") >= SEEDS - 1);
    assert_int_equal(count_told(alloy, "CO+:0.004 H+:0.003", 200000, "AlH+"), 0);
    assert_true(count_told(alloy, "AlH+:0.004 H+:0.003", 200000, "AlH+") >= SEEDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shoulder_is_an_ion),
        cmocka_unit_test(gas_needs_no_element_of_the_specimen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
