// tests/physics/test_element_hint.c: does a hint on the elements make anything worse?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static const char *const STEEL = "real/ck10_steel_felfer/ck10_R56_01769_part_a.pos";

static void identify(const ia_spectrum *s, const char *elements, ia_identification *id)
{
    ia_identify_params p = ia_identify_defaults();
    snprintf(p.elements, sizeof p.elements, "%s", elements);
    assert_int_equal(ia_identify_compute(NULL, s, &p, NULL, id), IA_OK);
    if (getenv("IONATLAS_VERBOSE"))
        print_message("%s: %s\n", elements, id->notes);
}

static size_t count_unexplained(const ia_identification *id, double lo, double hi)
{
    size_t n = 0;
    for (size_t i = 0; i < id->peaks.n; i++) {
        double mass = id->peaks.list[i].mass;
        n += !id->assignment.explained[i] && mass > lo && mass < hi;
    }
    return n;
}

// Chromium left out of the hint: its peaks at 25 to 26.5 Da keep no name, nor does any
// molecule of hinted elements take them; what is hinted at is found as without the hint.
static void peaks_of_what_is_left_out_have_no_name(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.02 Mn:0.01 Si:0.02 C:0.01",
                                   "H+:0.003 OH2+:0.002", 100000, 1);
    ia_identification plain = {0}, hinted = {0};

    identify(&s, "", &plain);
    identify(&s, "Fe,Mn,Si,C", &hinted);
    assert_true(has_element(&plain, "Cr"));
    assert_false(has_element(&hinted, "Cr"));
    assert_non_null(strstr(hinted.notes, "shows Cr too"));
    assert_non_null(identified_of(&hinted, "OH2+"));
    assert_true(count_unexplained(&hinted, 24.9, 26.6) >= 2);
    for (size_t i = 0; i < hinted.assignment.n_ions; i++)
        assert_non_null(identified_of(&plain, hinted.assignment.ions[i].ion.name));
    static const char *const symbols[] = {"Mn", "Si", "C", "H", "O"};
    for (size_t i = 0; i < 5; i++) {
        double with = percent_of(&s, &hinted, symbols[i]);
        double without = percent_of(&s, &plain, symbols[i]);
        assert_true(fabs(with - without) < 0.05 * without); // the whole is smaller
    }
    ia_identification_clear(&plain);
    ia_identification_clear(&hinted);
    ia_spectrum_clear(&s);
}

// Peaks of what is left out have no name on purpose, and on a scale off by a per cent or
// two a neighbouring element of the hint would fit them. That is no reason to doubt the
// scale.
static void what_is_left_out_is_no_wrong_scale(void **state)
{
    static const struct {
        const char *composition, *molecules, *hint, *host;
    } list[] = {
        {"Li:0.25 Ni:0.2 Mn:0.06 Co:0.06 O", "O2+:0.12 NiO+:0.04 MnO+:0.02 CoO+:0.02",
         "Li,Mn,Co,O", "Li"},
        {"Ti Al:0.12 V:0.05 O:0.01", "TiO+:0.003 TiO++:0.004 H+:0.01 TiH+:0.001",
         "Ti,V,O", "Ti"},
        {"Cr:0.5 N", "CrN++:0.05 CrN+:0.02 N2+:0.1", "Cr", "Cr"},
        {"Fe Cr:0.2 Mn:0.2 Co:0.2 Ni:0.2 C:0.003", "H+:0.002", "C,Cr,Mn,Co,Fe", "Fe"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            ia_spectrum s =
                alloy_spectrum(list[k].composition, list[k].molecules, 30000, seed);
            ia_identification id = {0};
            identify(&s, list[k].hint, &id);
            assert_true(has_element(&id, list[k].host));
            ia_identification_clear(&id);
            ia_spectrum_clear(&s);
        }
    }
}

// Few ions at 24 Da may be Mg++ or Ti++; a hint says which.
static void a_hint_decides_what_is_open(void **state)
{
    (void)state;
    size_t right = 0, seeds = 0;

    for (uint64_t seed = 1; seed <= 6; seed++, seeds++) {
        ia_spectrum s = alloy_spectrum("Al Mg:0.008 Si:0.008", "H+:0.003", 5000, seed);
        ia_identification id = {0};
        identify(&s, "Al,Mg,Si", &id);
        assert_false(has_element(&id, "Ti"));
        right += has_element(&id, "Mg");
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
    assert_int_equal(right, seeds);
}

// The owners of the steel find water and chromium; a hint on the alloy must make neither
// carbon nor silicon of them.
static void measured_steel_keeps_its_carbon(void **state)
{
    (void)state;
    ia_ions ions = {0};
    ia_spectrum s = {0};
    ia_identification plain = {0}, hinted = {0};

    if (!outside(STEEL))
        skip();
    assert_int_equal(ia_ions_read(NULL, outside(STEEL), &ions), IA_OK);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &s), IA_OK);
    identify(&s, "", &plain);
    identify(&s, "Fe,C,Mn,Si", &hinted);
    assert_non_null(identified_of(&hinted, "OH2+"));
    assert_null(identified_of(&hinted, "C3++"));
    assert_true(count_unexplained(&hinted, 25.8, 26.1) == 1); // 52Cr++
    static const char *const symbols[] = {"C", "Mn", "Si", "H", "Ga"};
    for (size_t i = 0; i < 5; i++) {
        double without = percent_of(&s, &plain, symbols[i]);
        assert_true(fabs(percent_of(&s, &hinted, symbols[i]) - without) < 0.01 * without);
    }
    ia_identification_clear(&plain);
    ia_identification_clear(&hinted);
    ia_spectrum_clear(&s);
    ia_ions_clear(&ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_of_what_is_left_out_have_no_name),
        cmocka_unit_test(what_is_left_out_is_no_wrong_scale),
        cmocka_unit_test(a_hint_decides_what_is_open),
        cmocka_unit_test(measured_steel_keeps_its_carbon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
