// tests/physics/test_tree_patterns.c: do the trees know the patterns that are met, and
// the overlaps that mislead?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

#include <time.h>

// What a specimen is made of, and the ions that are plain in it: 100 and more are drawn.
typedef struct {
    const char *composition, *molecules, *due;
} material;

static ia_identification identify(const ia_spectrum *s)
{
    ia_identify_params p = ia_identify_defaults();
    ia_identification id = {0};
    p.way = IA_WAY_TREE;
    assert_int_equal(ia_identify_compute(NULL, s, &p, NULL, &id), IA_OK);
    return id;
}

static void count(const material *m, uint64_t seed, size_t *found, size_t *due,
                  size_t *wrong)
{
    ia_spectrum s = alloy_spectrum(m->composition, m->molecules, 200000, seed);
    ia_identification id = identify(&s);
    char made_of[512];

    snprintf(made_of, sizeof made_of, " %s %s", m->composition, m->molecules);
    for (const char *at = m->due; *at;) {
        size_t n = strcspn(at, " ");
        char name[32] = "";
        memcpy(name, at, n);
        at += n + (at[n] == ' ');
        (*due)++;
        if (identified_of(&id, name))
            (*found)++;
        else
            print_message("%s: %s is missed\n", m->composition, name);
    }
    for (size_t i = 0; i < id.assignment.n_ions; i++) {
        const ia_ion *ion = &id.assignment.ions[i].ion;
        bool known = true;
        for (size_t k = 0; k < ion->n_parts; k++)
            known = known && strstr(made_of, ia_element_of(ion->parts[k].z)->symbol);
        if (!known) {
            print_message("%s: %s is invented\n", m->composition, ion->name);
            (*wrong)++;
        }
    }
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// None is a material that the trees or their settings were chosen on.
static const material materials[] = {
    // Elements of one isotope: nothing but their place and their charges tell them.
    {"Al Mn:0.02 Co:0.01", "H+:0.003", "Al++ Al+ Mn++ Co++ H+"},
    {"Nb Au:0.02 P:0.01", "H+:0.002", "Nb+++ Nb++ Au+ P++ H+"},
    {"Fe As:0.01 Rh:0.02", "", "Fe++ Fe+ As+ Rh++"},
    // Many isotopes.
    {"Mo Ru:0.05 Pd:0.03", "", "Mo+++ Mo++ Ru++ Pd++"},
    {"Sn Cd:0.05 Te:0.03", "", "Sn++ Cd+ Te+"},
    {"W Hf:0.05 Pt:0.03", "", "W+++ W++ Hf+++ Pt++"},
    {"Zr Ge:0.05 Se:0.02", "", "Zr++ Zr+++ Ge++"},
    // Hydrides, hydrogen and water.
    {"Ti V:0.03", "TiH+:0.01 TiH2+:0.005 H+:0.02 H2+:0.01 H3+:0.002",
     "Ti++ V++ TiH+ TiH2+ H+ H2+ H3+"},
    {"Mg", "MgH+:0.01 OH2+:0.005 OH3+:0.002", "Mg++ MgH+ OH2+ OH3+"},
    // Oxides, nitrides, carbides, ions of more atoms and charges.
    {"Cr:0.4 O", "CrO+:0.05 CrO2+:0.03 CrO3+:0.02 Cr2O3+:0.01 O2+:0.05",
     "Cr++ O+ CrO+ CrO2+ CrO3+"},
    {"V:0.5 N", "VN+:0.03 VN++:0.05 N2+:0.05", "V++ VN+ N2+"},
    {"Nb:0.5 C", "NbC+:0.02 C2+:0.03 C3+:0.01", "Nb+++ C+ C++ NbC+ C3+"},
    {"Y:0.4 O", "YO++:0.06 YO+:0.08 O2+:0.05", "Y++ O+ YO++ YO+"},
    // Neighbours that share a place: 14N+ and 28Si++, 54Cr and 54Fe, 56Fe++ and 28Si+,
    // 58Ni and 58Fe, 64Ni and 64Zn.
    {"Si N:0.1", "", "Si++ Si+"},
    {"Fe Cr:0.2 Ni:0.15", "", "Fe++ Cr++ Ni++ Fe+"},
    {"Fe Si:0.1", "", "Fe++ Fe+ Si++"},
    {"Ni Zn:0.2 Cu:0.2", "", "Ni++ Zn++ Cu+"},
};

static void patterns_that_are_met_are_known(void **state)
{
    (void)state;
    size_t found = 0, due = 0, wrong = 0;
    clock_t begin = clock();

    for (size_t k = 0; k < sizeof materials / sizeof *materials; k++)
        count(&materials[k], k + 1, &found, &due, &wrong);
    print_message("%zu of %zu ions found, %zu of elements that are not there, %.1f s\n",
                  found, due, wrong, (double)(clock() - begin) / CLOCKS_PER_SEC);
    // On specimens drawn as those trained on, the trees find 92 % of all that is there,
    // the weak and hidden included, and 95 % of what they tell is there; these are plain.
    assert_true((double)found >= 0.92 * (double)due);
    assert_true((double)wrong <= 0.05 * (double)found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_that_are_met_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
