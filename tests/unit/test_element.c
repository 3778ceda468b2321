// tests/unit/test_element.c: elements and nuclides against published values.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

static void symbols_are_found_by_exact_case(void **state)
{
    (void)state;
    assert_int_equal(ia_element_find("H", 1), 1);
    assert_int_equal(ia_element_find("Fe", 2), 26);
    assert_int_equal(ia_element_find("U", 1), 92);
    assert_int_equal(ia_element_find("FeO", 2), 26);
    assert_int_equal(ia_element_find("fe", 2), 0);
    assert_int_equal(ia_element_find("FE", 2), 0);
    assert_int_equal(ia_element_find("D", 1), 0);
    assert_int_equal(ia_element_find("", 0), 0);
}

static void every_symbol_leads_back_to_its_element(void **state)
{
    (void)state;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        const ia_element *e = ia_element_of(z);
        assert_non_null(e);
        assert_int_equal(ia_element_find(e->symbol, strlen(e->symbol)), z);
    }
    assert_null(ia_element_of(0));
    assert_null(ia_element_of(IA_Z_MAX + 1));
}

// IUPAC standard atomic weights 2021 (abridged, with their uncertainty); the table's own
// abundances are those of NIST, so that means agree to 5e-4 of the weight.
static void mean_masses_are_the_standard_atomic_weights(void **state)
{
    static const struct {
        const char *symbol;
        double weight;
    } known[] = {{"H", 1.0080},  {"C", 12.011},  {"O", 15.999}, {"Al", 26.982},
                 {"Fe", 55.845}, {"Cu", 63.546}, {"Mo", 95.95}, {"W", 183.84}};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        unsigned z = ia_element_find(known[i].symbol, strlen(known[i].symbol));
        double mass = ia_element_of(z)->mass;
        assert_true(fabs(mass - known[i].weight) < 5e-4 * known[i].weight);
    }
    assert_true(isnan(ia_element_of(ia_element_find("Tc", 2))->mass));
}

// AME 2020, rounded: the NIST masses differ by less than 1e-6 Da.
static void nuclide_masses_are_those_of_the_mass_evaluation(void **state)
{
    static const struct {
        unsigned z, a;
        double mass;
    } known[] = {
        {1, 1, 1.007825032}, {6, 12, 12}, {26, 56, 55.934936}, {74, 184, 183.950931}};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(fabs(ia_nuclide_of(known[i].z, known[i].a)->mass - known[i].mass) <
                    2e-6);
    assert_null(ia_nuclide_of(26, 5));
    assert_null(ia_nuclide_of(0, 1));
}

static void abundances_sum_to_one_or_nothing(void **state)
{
    size_t n_natural = 0;

    (void)state;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        const ia_element *e = ia_element_of(z);
        double sum = 0;
        for (size_t i = 0; i < e->n_nuclides; i++) {
            assert_int_equal(e->nuclides[i].z, z);
            sum += e->nuclides[i].abundance;
        }
        assert_true(sum == 0 || fabs(sum - 1) < 1e-9);
        n_natural += sum > 0;
    }
    assert_int_equal(n_natural, 84);
}

static void half_lives_tell_stable_from_unknown(void **state)
{
    (void)state;
    assert_true(isinf(ia_nuclide_of(26, 56)->half_life));
    // tritium, 12.32 years
    assert_true(fabs(ia_nuclide_of(1, 3)->half_life / (12.32 * 365.25 * 86400) - 1) <
                0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_found_by_exact_case),
        cmocka_unit_test(every_symbol_leads_back_to_its_element),
        cmocka_unit_test(mean_masses_are_the_standard_atomic_weights),
        cmocka_unit_test(nuclide_masses_are_those_of_the_mass_evaluation),
        cmocka_unit_test(abundances_sum_to_one_or_nothing),
        cmocka_unit_test(half_lives_tell_stable_from_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
