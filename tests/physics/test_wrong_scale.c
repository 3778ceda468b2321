// tests/physics/test_wrong_scale.c: are elements invented where m/n are off by up to 2 %?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

// Ions told when all m/n are multiplied by a factor.
static size_t count_told(const ia_spectrum *s, double factor, int way, bool *says_why)
{
    ia_spectrum scaled = *s; // its counts are borrowed
    ia_identify_params p = ia_identify_defaults();
    ia_identification id = {0};

    p.way = way;

    scaled.bin *= factor;
    scaled.m_min *= factor;
    assert_int_equal(ia_identify_compute(NULL, &scaled, &p, NULL, &id), IA_OK);
    size_t n = id.assignment.n_ions;
    *says_why = id.notes[0] != '\0';
    ia_identification_clear(&id);
    return n;
}

// Before another scale was tried, an aluminium alloy at 1.015 was 94 at.% Mn, surely, and
// a titanium alloy at 1.02 carbon, manganese and vanadium.
static void a_wrong_scale_invents_nothing(void **unused)
{
    static const char *const alloys[] = {
        "Al Zn:0.025 Mg:0.025 Cu:0.006", "Ti Al:0.1 V:0.04 O:0.01",
        "Fe Cr:0.18 Ni:0.1 Mn:0.015", "Cu Ni:0.3 Zn:0.03"};
    static const double factors[] = {0.98, 0.99, 1.015, 1.02};
    (void)unused;
    for (size_t a = 0; a < 4; a++) {
        ia_spectrum s =
            alloy_spectrum(alloys[a], "H+:0.01 H2+:0.002 Ga+:0.001", 200000, a);
        bool says_why;
        assert_true(count_told(&s, 1, IA_WAY_GLOBAL, &says_why) > 6);
        for (size_t f = 0; f < 4; f++) {
            size_t n = count_told(&s, factors[f], IA_WAY_GLOBAL, &says_why);
            if (n)
                print_message("%s times %g: %zu ions\n", alloys[a], factors[f], n);
            assert_int_equal(n, 0);
            assert_true(says_why);
        }
        ia_spectrum_clear(&s);
    }
}

enum { DRAWS = IS_SLOWED ? 2 : 6 };

static size_t count_invented(ia_simulate_params p, double factor)
{
    size_t n = 0;
    for (p.seed = 31; p.seed < 31 + DRAWS; p.seed++) {
        ia_spectrum s = simulated_spectrum(&p);
        bool says_why;
        n += count_told(&s, factor, IA_WAY_GLOBAL, &says_why) > 0;
        ia_spectrum_clear(&s);
    }
    return n;
}

// 30,000 ions have few lines: hydrides of lighter elements explain the peaks of a wrong
// scale as well as the elements do those of the right one, but chance explains them, too.
static void hydrides_are_no_scale(void **unused)
{
    (void)unused;
    ia_simulate_params cu =
        alloy_params("Cu Ni:0.1 Sn:0.02", "H+:0.01 CuH+:0.002", 30000, 1);
    ia_simulate_params fe = alloy_params("Fe Cr:0.1 Ni:0.04 C:0.005 Si:0.01",
                                         "H+:0.01 H2+:0.002 CrN++:0.001", 30000, 1);
    cu.resolving_power = fe.resolving_power = 700;
    snprintf(cu.ions, sizeof cu.ions, "Cu+:0.8 Cu++:0.2 Ni+:0.5 Ni++:0.5 Sn++:1");
    snprintf(fe.ions, sizeof fe.ions,
             "Fe++:0.95 Fe+:0.05 Cr++:1 Ni++:1 C+:0.5 C++:0.5 Si++:1");
    size_t wrong = count_invented(cu, 1.015) + count_invented(fe, 1.02);
    print_message("ions told on a wrong scale in %zu of %d\n", wrong, 2 * DRAWS);
    assert_in_range(wrong, 0, 1);
    assert_int_equal(count_invented(cu, 1) + count_invented(fe, 1), 2 * DRAWS);
}

// However the ions are told.
static void no_way_takes_a_wrong_scale(void **unused)
{
    static const int ways[] = {IA_WAY_GUIDED, IA_WAY_TREE, IA_WAY_BAYES};
    (void)unused;
    ia_spectrum s = alloy_spectrum("Al Zn:0.025 Mg:0.025 Cu:0.006", "H+:0.01", 200000, 1);
    for (size_t w = 0; w < 3; w++) {
        bool says_why;
        assert_true(count_told(&s, 1, ways[w], &says_why) > 3);
        assert_int_equal(count_told(&s, 1.015, ways[w], &says_why), 0);
        assert_true(says_why);
    }
    ia_spectrum_clear(&s);
}

// Each ion's m/n is (sqrt(m/n) + delay)^2 times a factor, in bins of its own.
static ia_spectrum moved_spectrum(const ia_simulate_params *p, double factor,
                                  double delay)
{
    ia_specimen specimen = {0};
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_specimen_compute(NULL, p, &specimen), IA_OK);
    float *room = calloc(p->n_ions, sizeof *room);
    const float *mass =
        ia_column_rows(&specimen.ions.columns[IA_MASS], 0, p->n_ions, room);
    for (size_t i = 0; i < p->n_ions; i++)
        room[i] = (float)(factor * pow(fmax(0, sqrt(mass[i]) + delay), 2));
    ia_ions ions = {.n = p->n_ions};
    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, p->n_ions, room);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &spectrum), IA_OK);
    free(room);
    ia_specimen_clear(&specimen);
    return spectrum;
}

static ia_spectrum scaled_nitride(double factor, uint64_t seed)
{
    ia_simulate_params p = ia_simulate_defaults();

    p.specimen = 3; // spectrum
    p.seed = seed;
    p.n_ions = 200000;
    snprintf(p.composition, sizeof p.composition, "Ga:0.5 N");
    snprintf(p.molecules, sizeof p.molecules, "N2+:0.15 H+:0.003 GaN+:0.003");
    return moved_spectrum(&p, factor, 0);
}

// Half a per cent, a little more than what is looked for anyway: gallium nitride at 0.995
// was 28 at.% praseodymium.
static void half_a_per_cent_invents_nothing(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        ia_spectrum s = scaled_nitride(0.995, seed);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        for (size_t i = 0; i < id.assignment.n_ions; i++) {
            const ia_ion *ion = &id.assignment.ions[i].ion;
            for (size_t k = 0; k < ion->n_parts; k++) {
                unsigned z = ion->parts[k].z;
                assert_true(z == 31 || z == 7 || z == 8 || z == 6 || z == 1);
            }
        }
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
}

// A start time that is off moves light ions by more, in parts of their m/n, than heavy
// ones: no factor takes it off. By -0.05 a titanium alloy was 40 at.% Sc and 60 at.% C,
// surely, by two of its lines that held 8 % of the ions.
static void a_wrong_start_time_invents_nothing(void **unused)
{
    static const struct {
        const char *alloy;
        double delay;
    } cases[] = {{"Ti Al:0.1 O:0.005", -0.05},
                 {"Ti Al:0.06 V:0.04", -0.05},
                 {"Ti Al:0.06 V:0.04", 0.03},
                 {"Fe Mn:0.02 Si:0.01 C:0.01", -0.06},
                 {"Fe Mn:0.02 Si:0.01 C:0.01", 0.045},
                 {"Al Mg:0.05 Cu:0.02", -0.035},
                 {"Ni Cr:0.2", 0.06}};
    (void)unused;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        ia_simulate_params p = alloy_params(cases[c].alloy, "H+:0.01", 30000, 31 + c);
        ia_spectrum s = moved_spectrum(&p, 1, cases[c].delay);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        if (id.assignment.n_ions > 0)
            print_message("%s by %g: %zu ions\n", cases[c].alloy, cases[c].delay,
                          id.assignment.n_ions);
        assert_int_equal(id.assignment.n_ions, 0);
        assert_true(id.notes[0]);
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
}

// Ions told for a steel with one more peak where no ion lies, at 41.4 Da, that has `part`
// of all ions.
static size_t told_beside_unknown(double part, bool *says_why)
{
    ia_spectrum s = alloy_spectrum("Fe Mn:0.01 Si:0.01 C:0.01", "H+:0.002", 60000, 51);
    ia_identification id = {0};
    for (int k = -6; k <= 6; k++) {
        double share = 0.01 / (0.02 * sqrt(2 * 3.14159265)) * exp(-0.125 * k * k);
        size_t bin = (size_t)((41.4 - s.m_min) / s.bin + k);
        s.counts[bin] += (uint64_t)(60000 * part / (1 - part) * share);
    }
    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    size_t n = id.assignment.n_ions;
    *says_why = strstr(id.notes, "does not fit") != NULL;
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
    return n;
}

// What is told of the smaller part of a spectrum may be there by coincidence.
static void what_does_not_fit_is_told_nothing(void **unused)
{
    bool says_why;
    (void)unused;
    assert_true(told_beside_unknown(0.3, &says_why) > 4);
    assert_false(says_why);
    assert_int_equal(told_beside_unknown(0.7, &says_why), 0);
    assert_true(says_why);
}

static bool tells_nickel(const ia_spectrum *s)
{
    ia_identification id = {0};
    bool is_told = false;

    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    assert_true(id.assignment.n_ions >= 3);
    for (size_t i = 0; i < id.assignment.n_ions; i++)
        is_told |= ia_ion_count(&id.assignment.ions[i].ion, 28) > 0;
    ia_identification_clear(&id);
    return is_told;
}

// 0.02 to 0.05 Da too far: Ni++ has places near those of SiH+, 30SiH+ and SiH2+, and
// these with silicon's a line of their own, 1e-3 steeper. Atoms are told before
// molecules, so that nickel is told first and draws the scale to its two lines, off 28Si+
// by 0.017 Da. It was taken in 16 of 24 spectra before two lines through all were tried,
// in 5 before the line without nickel was, on which the account is likelier by 8 units.
// Two in 24 are allowed for by chance.
static void moved_hydrides_are_rarely_nickel(void **unused)
{
    (void)unused;
    enum { SEEDS = IS_SLOWED ? 2 : 24 };
    size_t n = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_simulate_params p = alloy_params(
            "Si", "H+:0.01 H2+:0.003 SiH+:0.006 SiH2+:0.003", 150000, 100 + seed);
        p.resolving_power = 1000;
        snprintf(p.ions, sizeof p.ions, "Si++:0.9 Si+:0.1");
        ia_spectrum s = simulated_spectrum(&p);
        s.m_min += 0.01 * (double)(2 + seed % 4);
        n += tells_nickel(&s);
        ia_spectrum_clear(&s);
    }
    print_message("nickel in %zu of %d\n", n, SEEDS);
    assert_true(IS_SLOWED || n <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_scale_invents_nothing),
        cmocka_unit_test(hydrides_are_no_scale),
        cmocka_unit_test(no_way_takes_a_wrong_scale),
        cmocka_unit_test(half_a_per_cent_invents_nothing),
        cmocka_unit_test(moved_hydrides_are_rarely_nickel),
        cmocka_unit_test(a_wrong_start_time_invents_nothing),
        cmocka_unit_test(what_does_not_fit_is_told_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
