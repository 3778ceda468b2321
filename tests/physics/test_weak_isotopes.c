// tests/physics/test_weak_isotopes.c: are isotopes counted that are too weak to be found
// as peaks, and the rarest taken for what they are?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

enum { SEEDS = 20 };

// Of the spectra in which Cu++ is told.
typedef struct {
    double heavy, light;      // ions above the background in ranges of 65Cu++ and 63Cu++
    double ions;              // with the background
    size_t n_told, n_peaks;   // spectra; those where 65Cu++ is a peak
    size_t n_light, n_ranges; // ranges of 63Cu++, of 65Cu++
} copper;

static void add_ranges(const ia_identification *id, copper *sum)
{
    ia_ion wanted = ia_ion_of("Cu++");

    for (size_t i = 0; i < id->ranges.n_ranges; i++) {
        const ia_range *r = &id->ranges.ranges[i];
        double net = id->evidence[i].counts - id->evidence[i].background;
        if (!ia_ion_is_equal(&id->ranges.ions[r->ion], &wanted))
            continue;
        bool is_heavy = r->lo > 32;
        *(is_heavy ? &sum->heavy : &sum->light) += net;
        *(is_heavy ? &sum->n_ranges : &sum->n_light) += 1;
        sum->ions += id->evidence[i].counts;
    }
}

static void add_copper(const ia_spectrum *s, copper *sum)
{
    ia_identification id = {0};

    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    if (identified_of(&id, "Cu++")) {
        sum->n_told++;
        for (size_t i = 0; i < id.peaks.n; i++)
            sum->n_peaks += fabs(id.peaks.list[i].mass - 32.464) < 0.05;
        add_ranges(&id, sum);
    }
    ia_identification_clear(&id);
}

// Some 20 ions of Cu++ among 150,000 of iron: of six 65Cu, on a background of one, no
// peak can be made, but where they lie is known. 69.15 % of copper is 63Cu (IUPAC 2013).
static void the_weaker_copper_is_counted(void **state)
{
    (void)state;
    const double light = 0.6915;
    copper sum = {.ions = 0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_spectrum s = alloy_spectrum("Fe Cu:0.0004", "H+:0.002", 150000, seed);
        add_copper(&s, &sum);
        ia_spectrum_clear(&s);
    }
    print_message(
        "Cu++ told %zu times: %g ions of 63Cu, %g of 65Cu; 65Cu a peak %zu times, "
        "ranged %zu times\n",
        sum.n_told, sum.light, sum.heavy, sum.n_peaks, sum.n_ranges);
    assert_true(sum.n_told >= SEEDS / 3);
    assert_true(2 * sum.n_peaks < sum.n_told);
    // Of six expected there are too few to tell from the background one time in four;
    // fewer than this are ranged once in 1,000.
    double told = (double)sum.n_told;
    assert_true((double)sum.n_ranges >= 0.75 * told - 3.1 * sqrt(0.75 * 0.25 * told));
    // The error of a share of that many ions, 999 times in 1,000.
    double found = sum.light / (sum.light + sum.heavy);
    assert_true(fabs(found - light) < 3.29 * sqrt(light * (1 - light) / sum.ions));
}

// A material, and what its rarest isotopes would be taken for if they were not known.
typedef struct {
    const char *composition, *molecules;
    double ions;
    const char *taken[4]; // NULL ends it
} rare;

// One in 10,000 of sulphur is 36S+ at 35.967 Da, where FeO++ would be at 35.965. Of a
// million MoO2+ 73 are 100Mo16O17O at 132.90 Da, where 133Cs is, and as many of MoO2++
// at 66.45. In ZrO++ one in 2,600 holds 17O, a hydride's place, and
// one in 17,000 is 96Zr18O at cadmium's (IUPAC 2013).
static void the_rarest_isotopes_are_no_other_ions(void **state)
{
    static const rare list[] = {
        {"Fe:0.33 S",
         "S2+:0.05 FeO+:0.002 FeS+:0.005 H2O+:0.002 H+:0.003",
         1e6,
         {"FeO++"}},
        {"Mo:0.3 O",
         "MoO2+:0.3 MoO2++:0.2 MoO+:0.02 O2+:0.05 H+:0.003",
         3e6,
         {"Cs+", "Cs++"}},
        {"Zr:0.35 O",
         "ZrO++:0.2 ZrO+:0.05 ZrO2+:0.05 O2+:0.05 H+:0.003",
         3e6,
         {"HOZr++", "Cd+", "Cd++"}},
    };

    (void)state;
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            ia_identification id = {0};
            ia_spectrum s = alloy_spectrum(list[k].composition, list[k].molecules,
                                           (size_t)list[k].ions, seed);
            assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
            assert_true(id.assignment.n_ions > 4);
            for (size_t i = 0; list[k].taken[i]; i++)
                assert_null(identified_of(&id, list[k].taken[i]));
            ia_identification_clear(&id);
            ia_spectrum_clear(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weaker_copper_is_counted),
        cmocka_unit_test(the_rarest_isotopes_are_no_other_ions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
