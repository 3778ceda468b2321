// tests/unit/test_ion.c: formulas, names, isotope patterns and charges of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

// Reads `formula` as a formula of that canonical name.
static void assert_formula(const char *formula, const char *name)
{
    ia_ion ion = ia_ion_of(formula);

    if (ion.n_parts == 0 || strcmp(ion.name, name) != 0)
        fail_msg("\"%s\" is read as %s \"%s\", not \"%s\"", formula,
                 ion.n_parts ? "formula" : "label", ion.name, name);
}

static void assert_label(const char *text, const char *name)
{
    ia_ion ion = ia_ion_of(text);

    assert_int_equal(ion.n_parts, 0);
    assert_int_equal(ion.charge, 0);
    assert_string_equal(ion.name, name);
}

static void formulas_are_read(void **state)
{
    (void)state;
    assert_formula("Fe", "Fe");
    assert_formula(" Fe ++ ", "Fe++");
    assert_formula("Al2+", "Al2+");
    assert_formula("Fe2O3", "Fe2O3");
    assert_formula("C2H4", "C2H4"); // not deuterium
    assert_formula("D", "2H");
    assert_formula("HD", "H 2H");
    assert_formula("D2O", "2H2O");
    assert_formula("FeD", "Fe 2H");
    assert_formula("Dy", "Dy");
    assert_formula("FeO+", "FeO+");
    assert_formula("56Fe 16O ++", "56Fe16O++");
    assert_formula("16O 1H2+", "16O1H2+");
    assert_formula("16O1H2+", "16O1H2+");
    assert_formula("12C21H4", "12C21H4");
    assert_formula("12C2+", "12C2+");
    assert_formula("198Pt +++", "198Pt+++");
    assert_formula("Fe 16O", "Fe 16O");
    assert_formula("16O Fe2", "16OFe2");
    assert_formula("CH3CH3", "C2H6");
    assert_formula("CO", "CO"); // not cobalt
    assert_formula("Co", "Co");
    assert_formula("In", "In");
}

static void charge_and_count_are_told_apart(void **state)
{
    (void)state;
    ia_ion doubly = ia_ion_of("Al++"), dimer = ia_ion_of("Al2+");

    assert_int_equal(doubly.charge, 2);
    assert_int_equal(ia_ion_atoms(&doubly), 1);
    assert_int_equal(dimer.charge, 1);
    assert_int_equal(ia_ion_atoms(&dimer), 2);
}

static void anions_have_a_minus_and_an_electron_more(void **state)
{
    (void)state;
    ia_ion anion = ia_ion_of("SiO2-"), cation = ia_ion_of("SiO2+");

    assert_int_equal(anion.charge, 1);
    assert_true(anion.negative && !cation.negative);
    assert_string_equal(anion.name, "SiO2-");
    assert_false(ia_ion_is_equal(&anion, &cation));
    assert_false(ia_ion_is_same_matter(&anion, &cation));
    // 16O- weighs 15.99491 + 0.00055 Da, 16O2-- half of the dimer and one electron.
    anion = ia_ion_of("16O-");
    assert_true(fabs(ia_ion_mass_to_charge(&anion, 15.9949146) - 15.9954632) < 1e-6);
    anion = ia_ion_of("16O2 --");
    assert_true(fabs(ia_ion_mass_to_charge(&anion, 31.9898292) - 15.9954632) < 1e-6);
}

static void isotopes_between_symbols_are_recognised(void **state)
{
    (void)state;
    ia_ion ion = ia_ion_of("12C21H4");

    assert_int_equal(ion.n_parts, 2);
    assert_int_equal(ion.parts[0].a, 12);
    assert_int_equal(ion.parts[0].count, 2);
    assert_int_equal(ion.parts[1].a, 1);
    assert_int_equal(ion.parts[1].count, 4);
    ion = ia_ion_of("16O2");
    assert_int_equal(ion.parts[0].count, 2);
}

static void names_that_are_no_formula_are_labels(void **state)
{
    (void)state;
    assert_label("59", "59");
    assert_label("52pt5", "52pt5");
    assert_label("All", "All");
    assert_label(" Bl ", "Bl");
    assert_label("Uo1", "Uo1");
    assert_label("In-P", "In-P");
    assert_label("Cr+2", "Cr+2");
    assert_label("Fe+O", "Fe+O");
    assert_label("5Fe", "5Fe"); // no such nuclide
    assert_label("Fe0", "Fe0");
    assert_label("", "");
    assert_label("++", "++");
    assert_label("Q2", "Q2");
    assert_label("Fe+++++++++", "Fe+++++++++"); // nine charges
    assert_label("99999999999999999999Fe", "99999999999999999999Fe");
}

static void too_many_atoms_or_parts_make_a_label(void **state)
{
    (void)state;
    assert_formula("C32", "C32");
    assert_label("C33", "C33");
    assert_label("C60", "C60");
    assert_formula("HLiBCNOFNa", "HLiBCNOFNa");
    assert_label("HLiBCNOFNaMg", "HLiBCNOFNaMg");
}

static void long_names_are_cut(void **state)
{
    char text[200];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ia_ion ion = ia_ion_of(text);
    assert_int_equal(strlen(ion.name), IA_ION_NAME - 1);
    assert_string_equal(ion.name + IA_ION_NAME - 5, "x...");
}

// 40 times Fe, cut, would end as 31 Fe and one F.
static void a_cut_formula_is_no_formula(void **state)
{
    char text[100] = "";

    (void)state;
    for (size_t i = 0; i < 40; i++)
        strcat(text, "Fe");
    ia_ion ion = ia_ion_of(text), back = ia_ion_of(ion.name);
    assert_int_equal(ion.n_parts, 0);
    assert_int_equal(back.n_parts, 0);
    assert_string_equal(back.name, ion.name);
}

// Every name that the library writes is read back as the same ion: two parts with all
// mixtures of isotopes, counts and charges.
static void written_names_are_read_back(void **state)
{
    static const struct {
        unsigned z, a;
    } parts[] = {{1, 0}, {1, 1},  {1, 2},  {6, 0},   {6, 12},
                 {8, 0}, {8, 16}, {26, 0}, {26, 56}, {92, 238}};
    enum { N = sizeof parts / sizeof parts[0] };

    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            for (unsigned n = 1; n <= 14; n++) {
                ia_ion ion = {.charge = (uint8_t)(n % 4)};
                assert_true(ia_ion_add(&ion, parts[i].z, parts[i].a, n));
                assert_true(ia_ion_add(&ion, parts[k].z, parts[k].a, 1 + n % 3));
                ia_ion_rename(&ion);
                ia_ion back = ia_ion_of(ion.name);
                if (!ia_ion_is_equal(&ion, &back))
                    fail_msg("%s comes back as %s", ion.name, back.name);
            }
}

static void longest_name_fits(void **state)
{
    ia_ion ion = {.charge = 8};

    (void)state;
    for (unsigned a = 233; a < 240; a++)
        assert_true(ia_ion_add(&ion, 92, a, 4));
    assert_true(ia_ion_add(&ion, 94 - 2, 0, 4));
    ia_ion_rename(&ion);
    ia_ion back = ia_ion_of(ion.name);
    assert_true(ia_ion_is_equal(&ion, &back));
}

static void adding_merges_and_refuses(void **state)
{
    ia_ion ion = {0};

    (void)state;
    assert_true(ia_ion_add(&ion, 26, 0, 2));
    assert_true(ia_ion_add(&ion, 26, 0, 1));
    assert_true(ia_ion_add(&ion, 26, 56, 1));
    assert_int_equal(ion.n_parts, 2);
    assert_int_equal(ia_ion_count(&ion, 26), 4);
    assert_false(ia_ion_add(&ion, 0, 0, 1));
    assert_false(ia_ion_add(&ion, 93, 0, 1));
    assert_false(ia_ion_add(&ion, 26, 1, 1));
    assert_false(ia_ion_add(&ion, 26, 0, 0));
    assert_false(ia_ion_add(&ion, 26, 0, 29));
    assert_false(ia_ion_add(&ion, 26, 0, UINT32_MAX));
    assert_int_equal(ia_ion_atoms(&ion), 4);
}

static void ions_are_compared_by_matter(void **state)
{
    ia_ion a = ia_ion_of("FeO+"), b = ia_ion_of("OFe+"), c = ia_ion_of("FeO++");
    ia_ion d = ia_ion_of("FeO"), e = ia_ion_of("56FeO"), f = ia_ion_of("a"),
           g = ia_ion_of("b");

    (void)state;
    assert_true(ia_ion_is_equal(&a, &b));
    assert_false(ia_ion_is_equal(&a, &c));
    assert_false(ia_ion_is_equal(&a, &d));
    assert_true(ia_ion_is_same_matter(&a, &d));
    assert_false(ia_ion_is_same_matter(&a, &c));
    assert_false(ia_ion_is_same_matter(&d, &e));
    assert_false(ia_ion_is_same_matter(&f, &g));
    assert_true(ia_ion_is_equal(&f, &f));
}

static void tally_is_alphabetical(void **state)
{
    ia_ion ion = ia_ion_of("16O18O 56Fe H2 C"), label = ia_ion_of("59");
    char text[64];

    (void)state;
    ia_ion_tally(&ion, text, sizeof text);
    assert_string_equal(text, "C:1 Fe:1 H:2 O:2");
    ia_ion_tally(&ion, text, 6);
    assert_string_equal(text, "C:1 F");
    ia_ion_tally(&label, text, sizeof text);
    assert_string_equal(text, "");
}

// 56Fe2+ is at 27.967 Da, FeO+ of 56Fe at 71.929; 54Cr and 54Fe are one element each.
static void the_isotope_in_a_range_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *ion;
        double lo, hi;
        const char *name; // NULL: not of one
    } cases[] = {{"Fe++", 27.9, 28.1, "56Fe++"},    {"Fe++", 28.4, 28.6, "57Fe++"},
                 {"Fe++", 26.5, 29.5, NULL},        {"FeO+", 71.8, 72.1, "56Fe16O+"},
                 {"Al+", 26.9, 27.1, "27Al+"},      {"O+", 17.9, 18.1, "18O+"},
                 {"Fe2+", 111, 113, NULL},          {"Fe++", 40, 41, NULL},
                 {"CuCl+", 97, 99, NULL},           {"56Fe++", 27.9, 28.1, NULL},
                 {"SiO2-", 59.9, 60.1, "28Si16O2-"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ia_ion ion = ia_ion_of(cases[i].ion), one;
        bool is_one = ia_ion_isotope_in(&ion, cases[i].lo, cases[i].hi, &one);
        assert_int_equal(is_one, cases[i].name != NULL);
        if (is_one)
            assert_string_equal(one.name, cases[i].name);
    }
    ia_ion label = ia_ion_of("matrix"), one;
    assert_false(ia_ion_isotope_in(&label, 0, 100, &one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_isotope_in_a_range_is_named),
        cmocka_unit_test(formulas_are_read),
        cmocka_unit_test(charge_and_count_are_told_apart),
        cmocka_unit_test(anions_have_a_minus_and_an_electron_more),
        cmocka_unit_test(isotopes_between_symbols_are_recognised),
        cmocka_unit_test(names_that_are_no_formula_are_labels),
        cmocka_unit_test(too_many_atoms_or_parts_make_a_label),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(a_cut_formula_is_no_formula),
        cmocka_unit_test(written_names_are_read_back),
        cmocka_unit_test(longest_name_fits),
        cmocka_unit_test(adding_merges_and_refuses),
        cmocka_unit_test(ions_are_compared_by_matter),
        cmocka_unit_test(tally_is_alphabetical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
