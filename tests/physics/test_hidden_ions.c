// tests/physics/test_hidden_ions.c: are ions told that a peak of another ion covers, or
// that no one looks for without knowing the elements?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "solve_case.h"

static ia_identification identify(const ia_spectrum *s)
{
    ia_identification id = {0};
    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    return id;
}

enum { SEEDS = 10 };

// In how many of SEEDS specimens an ion is told.
static size_t count_told_in(ia_simulate_params p, const char *ion)
{
    size_t told = 0;
    for (p.seed = 1; p.seed <= SEEDS; p.seed++) {
        ia_spectrum s = simulated_spectrum(&p);
        ia_identification id = identify(&s);
        told += identified_of(&id, ion) != NULL;
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
    return told;
}

static size_t count_told(const char *composition, const char *molecules, size_t n,
                         const char *ion)
{
    return count_told_in(alloy_params(composition, molecules, n, 1), ion);
}

// O2+ at 31.99 Da beside 64Zn++ at 31.96, closer than peaks are wide; without it none.
static void a_shoulder_is_an_ion(void **state)
{
    (void)state;
    assert_true(count_told("Zn O:0.4", "O2+:0.06 H+:0.003", 200000, "O2+") >= SEEDS - 1);
    assert_int_equal(count_told("Zn O:0.4", "H+:0.003", 200000, "O2+"), 0);
}

// CO+ of the chamber at 27.995 Da, where AlH+ is at 27.989: no carbon need be in the
// alloy. A chamber that gives that much gives water too. 6 mDa are some three errors of
// the place: one in ten may be told as the other.
static void gas_needs_no_element_of_the_specimen(void **state)
{
    (void)state;
    const char *alloy = "Al Mg:0.02 Cu:0.01", *chamber = "CO+:0.004 OH2+:0.006 H+:0.003";
    assert_true(count_told(alloy, chamber, 200000, "CO+") >= SEEDS - 1);
    assert_true(count_told(alloy, chamber, 200000, "AlH+") <= 1);
    assert_true(count_told(alloy, "AlH+:0.004 H+:0.003", 200000, "AlH+") >= SEEDS - 1);
}

// AlH+ and CO+ lie 0.006 Da apart, a hundred ions of either cannot tell: nor are we sure;
// in aluminium it is as often the hydride as not.
static void what_the_place_cannot_part_is_not_told_surely(void **state)
{
    (void)state;
    ia_simulate_params p =
        alloy_params("Al Mg:0.05", "H+:0.005 H2+:0.002 AlH+:0.004", 20000, 1);
    size_t hydrides = 0;
    snprintf(p.ions, sizeof p.ions, "Al++:0.5 Al+:0.5 Mg++:1");
    for (p.seed = 1; p.seed <= SEEDS; p.seed++) {
        ia_spectrum s = simulated_spectrum(&p);
        ia_identification id = identify(&s);
        const ia_identified *gas = identified_of(&id, "CO+");
        if (gas && gas->probability > 0.85)
            fail_msg("CO+ with %.3f", gas->probability);
        hydrides += identified_of(&id, "AlH+") != NULL;
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
    assert_true(hydrides >= SEEDS / 2);
}

// A quarter of the atoms is nitrogen, a sixth of it as N2+ beneath 28Si+: what one hides
// makes the other no less sure, each is judged by the isotopes that it lies on.
static void two_that_hide_do_not_shield_each_other(void **state)
{
    (void)state;
    ia_simulate_params p = alloy_params("Si N:0.17", "N2+:0.05 H+:0.01", 200000, 1);
    p.resolving_power = 900;
    snprintf(p.ions, sizeof p.ions, "Si++:0.82 Si+:0.18 N+:1");
    assert_true(count_told_in(p, "N+") >= SEEDS - 1);
    assert_true(count_told_in(p, "N2+") >= SEEDS - 2);
    snprintf(p.composition, sizeof p.composition, "Si");
    snprintf(p.molecules, sizeof p.molecules, "H+:0.01");
    snprintf(p.ions, sizeof p.ions, "Si++:0.82 Si+:0.18");
    assert_int_equal(count_told_in(p, "N+"), 0);
}

// The same for narrow peaks and these shares of charges.
static size_t count_sharp(const char *composition, const char *molecules,
                          const char *ions, const char *ion)
{
    ia_simulate_params p = alloy_params(composition, molecules, 200000, 1);
    p.resolving_power = 1100;
    snprintf(p.ions, sizeof p.ions, "%s", ions);
    return count_told_in(p, ion);
}

// N2+ at 28.006 Da, 0.04 Da behind 56Fe++: too far to be in its peak, and no maximum of
// its own. C2+ at 24.00 Da is as far behind 48Ti++. A twelfth of the peak, told by the
// isotopes and by what the peak's flank does not hold.
static void a_flank_hides_an_ion(void **state)
{
    (void)state;
    const char *fe = "Fe++:0.99 Fe+:0.01 N+:1", *ti = "Ti++:0.97 Ti+++:0.03 C+:1";
    assert_true(count_sharp("Fe N:0.22", "N2+:0.07 FeN+:0.01 H+:0.002", fe, "N2+") >=
                SEEDS - 1);
    assert_int_equal(count_sharp("Fe N:0.22", "FeN+:0.01 H+:0.002", fe, "N2+"), 0);
    assert_true(count_sharp("Ti C:0.35", "C2+:0.05 TiC++:0.05 H+:0.002", ti, "C2+") >=
                SEEDS - 1);
    assert_int_equal(count_sharp("Ti C:0.35", "TiC++:0.05 H+:0.002", ti, "C2+"), 0);
}

// Iron in a nitride, beneath twice as much N2+: its isotopes beside show it, and no
// aluminium is told for 54Fe++ then. None without it.
static void iron_hides_beneath_nitrogen(void **state)
{
    (void)state;
    const char *gases = "N2+:0.18 CrN+:0.036 CrN++:0.06 H+:0.012";
    const char *ions = "Cr++:1 Fe++:1 N+:1";
    ia_simulate_params p = alloy_params("Cr N:0.2 Fe:0.18", gases, 200000, 1);
    p.resolving_power = 900;
    snprintf(p.ions, sizeof p.ions, "%s", ions);
    assert_true(count_told_in(p, "Fe++") >= SEEDS - 1);
    assert_true(count_told_in(p, "Al+") <= 1);
    snprintf(p.composition, sizeof p.composition, "Cr N:0.2");
    assert_int_equal(count_told_in(p, "Fe++"), 0);
}

// 28Si+ gives up its isotopes to SiH+ and SiH2+ where these are looked at first; CO+ has
// none to give and is 0.018 Da off. In one specimen of ten N2+ and NO+ are told for it (2
// or 3 of 24, whatever place of a peak counts), so that of ten three are lost in 7 of
// 100.
static void a_hydride_does_not_hide_its_element(void **state)
{
    (void)state;
    const char *ions = "Si++:0.9 Si+:0.1";
    const char *hydrides = "H+:0.01 H2+:0.003 SiH+:0.006 SiH2+:0.003";
    assert_true(count_sharp("Si", hydrides, ions, "Si+") >= SEEDS - 2);
    assert_in_range(count_sharp("Si", hydrides, ions, "CO+"), 0, 1);
}

// 14N+ lies as far behind 28Si++, in widths, as N2+ behind 28Si+: the two largest peaks
// teach each other's shoulder, and CO+ (0.011 Da from N2+) is the likelier molecule as
// long as no ion tells of nitrogen.
static void nitrogen_hides_twice_behind_silicon(void **state)
{
    (void)state;
    ia_simulate_params p = alloy_params("Si N:0.1", "N2+:0.01 H+:0.004", 300000, 1);
    p.resolving_power = 1000;
    snprintf(p.ions, sizeof p.ions, "Si++:0.9 Si+:0.1 N+:1");
    assert_true(count_told_in(p, "N+") >= SEEDS - 2);
    assert_true(count_told_in(p, "N2+") >= SEEDS - 2);
    assert_in_range(count_told_in(p, "CO+"), 0, 1);
    snprintf(p.molecules, sizeof p.molecules, "CO+:0.01 H+:0.004");
    assert_int_equal(count_told_in(p, "N2+"), 0);
}

// 20,000 ions of a nitride with N2+ behind 56Fe++, or without.
static ia_simulate_params nitride(const char *molecules, uint64_t seed)
{
    ia_simulate_params p = alloy_params("Fe N:0.22", molecules, 20000, seed);
    p.resolving_power = 1000;
    snprintf(p.ions, sizeof p.ions, "Fe++:0.99 Fe+:0.01 N+:1");
    return p;
}

// 56Fe++ has most of the ions that teach the shape of peaks, N2+ in its flank as well:
// what the others' flanks lack tells that it is there, and how much of it.
static void a_flank_is_not_learnt_from_itself(void **state)
{
    (void)state;
    ia_simulate_params p = nitride("N2+:0.07 FeN+:0.01 H+:0.002", 1);
    double mean = 0, truth = 0.07 * (double)p.n_ions * (1 - p.background);

    assert_int_equal(count_told_in(p, "N2+"), SEEDS);
    assert_int_equal(count_told_in(nitride("FeN+:0.01 H+:0.002", 1), "N2+"), 0);
    for (p.seed = 1; p.seed <= SEEDS; p.seed++) {
        solve_case c;
        set_solve_case(&c, simulated_spectrum(&p), "Fe++ Fe+ N+ N2+ FeN+ H+");
        ia_deconvolution d = solve(&c);
        mean += solved_of(&d, "N2+")->counts / SEEDS;
        ia_deconvolution_clear(&d);
        clear_solve_case(&c);
    }
    if (fabs(mean - truth) > 0.04 * truth)
        fail_msg("%.0f N2+ of %.0f", mean, truth);
}

// P2++ has the mass of P+, and is the rarer by far: no isotope tells the two apart.
static void an_atom_is_no_pair_with_two_charges(void **state)
{
    (void)state;
    const char *charges = "P+:0.98 P++:0.02 As+:0.98 As++:0.02 Ga+:1";
    assert_int_equal(count_sharp("Ga P:0.5", "P2+:0.06 GaP+:0.003", charges, "P+"),
                     SEEDS);
    assert_int_equal(count_sharp("Ga P:0.5", "P2+:0.06 GaP+:0.003", charges, "P2++"), 0);
    assert_int_equal(count_sharp("Ga As:0.5", "As2+:0.06 GaAs+:0.003", charges, "As+"),
                     SEEDS);
}

// O+ at 15.994 Da lies in the peak of 48Ti+++ at 15.983. Oxygen is in TiO+; that it
// usually shows O+ too is no reason to tell it where nothing is left for it.
static void a_likely_ion_is_asked_for_counts(void **state)
{
    (void)state;
    const char *charges = "Ti++:0.97 Ti+++:0.03 C+:1 Al++:1 O+:1";
    const char *others = "TiO+:0.002 TiC++:0.05 H+:0.002";
    assert_int_equal(count_sharp("Ti Al:0.2 C:0.2", others, charges, "O+"), 0);
    assert_true(count_sharp("Ti Al:0.2 C:0.2 O:0.01", others, charges, "O+") >=
                SEEDS - 1);
}

// Titanium of BaTiO3 and phosphorus of a phosphate fly as oxides alone. As long as oxides
// were looked for of bare atoms only, BaTiO3 was copper and niobium, surely.
static void an_element_may_fly_as_oxides_alone(void **state)
{
    (void)state;
    const char *oxygen = "O+:0.18 O2+:0.15 ";
    char molecules[128];

    snprintf(molecules, sizeof molecules, "%s TiO+:0.15 TiO++:0.15 TiO2+:0.05", oxygen);
    ia_simulate_params p = alloy_params("Ba", molecules, 30000, 1);
    snprintf(p.ions, sizeof p.ions, "Ba++:0.9 Ba+:0.1");
    assert_int_equal(count_told_in(p, "TiO+"), SEEDS);
    assert_int_equal(count_told_in(p, "TiO++"), SEEDS);
    assert_int_equal(count_told_in(p, "Cu+"), 0);
    snprintf(molecules, sizeof molecules, "%s PO+:0.1 PO2+:0.12", oxygen);
    p = alloy_params("Ca", molecules, 30000, 1);
    snprintf(p.ions, sizeof p.ions, "Ca++:0.9 Ca+:0.1");
    assert_int_equal(count_told_in(p, "PO+"), SEEDS);
    assert_int_equal(count_told_in(p, "PO2+"), SEEDS);
}

// A thousand ions of galena: S+ is surer than O2+ only once lead is told, too late, as
// long as rounds were three, for S2+ and PbS+ to be looked for: SO2+ and PbO2+ were told,
// surely, and 30 at.% O that is not there.
static void what_is_found_last_forms_molecules(void **state)
{
    (void)state;
    ia_simulate_params p = alloy_params("Pb", "S+:0.2 S2+:0.2 PbS+:0.03", 1000, 1);
    p.resolving_power = 1000;
    p.m_max = 260;
    snprintf(p.ions, sizeof p.ions, "Pb+:0.6 Pb++:0.4");
    assert_true(count_told_in(p, "S2+") >= SEEDS - 1);
    assert_true(count_told_in(p, "PbS+") >= SEEDS - 2);
    assert_in_range(count_told_in(p, "SO2+"), 0, 1);
    assert_in_range(count_told_in(p, "PbO2+"), 0, 1);
}

// 14N+ beneath 28Si++ is given up for want of counts, though it is usual where N++ is.
// The accounts without another ion took it up again and were the better for it, so that
// all others were given up after it, aluminium of 140,000 ions as well: one specimen in
// eight.
static void giving_up_one_ion_gives_up_no_other(void **state)
{
    (void)state;
    enum { SPECIMENS = 4 };
    ia_simulate_params p = ia_simulate_defaults();
    p.specimen = 3; // spectrum
    p.n_ions = 280000;
    snprintf(p.composition, sizeof p.composition, "Al Mg:0.03 Si:0.012 N:0.004");
    for (p.seed = 1; p.seed <= SPECIMENS; p.seed++) {
        ia_spectrum s = simulated_spectrum(&p);
        ia_identification id = identify(&s);
        static const char *const ions[] = {"Al++", "Al+", "Mg++", "Si++", "H+", "Ga+"};
        for (size_t i = 0; i < sizeof ions / sizeof *ions; i++)
            if (!identified_of(&id, ions[i]))
                fail_msg("specimen %d without %s", (int)p.seed, ions[i]);
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shoulder_is_an_ion),
        cmocka_unit_test(gas_needs_no_element_of_the_specimen),
        cmocka_unit_test(what_the_place_cannot_part_is_not_told_surely),
        cmocka_unit_test(two_that_hide_do_not_shield_each_other),
        cmocka_unit_test(a_flank_hides_an_ion),
        cmocka_unit_test(iron_hides_beneath_nitrogen),
        cmocka_unit_test(a_hydride_does_not_hide_its_element),
        cmocka_unit_test(nitrogen_hides_twice_behind_silicon),
        cmocka_unit_test(a_flank_is_not_learnt_from_itself),
        cmocka_unit_test(giving_up_one_ion_gives_up_no_other),
        cmocka_unit_test(a_likely_ion_is_asked_for_counts),
        cmocka_unit_test(an_element_may_fly_as_oxides_alone),
        cmocka_unit_test(what_is_found_last_forms_molecules),
        cmocka_unit_test(an_atom_is_no_pair_with_two_charges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
