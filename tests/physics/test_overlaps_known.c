// tests/physics/test_overlaps_known.c: are ions that lie on one another counted right,
// and as surely as is said?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "solve_case.h"

// Simulated spectra of known composition, each ion solved for with all that were drawn.
// What is planned is compared with what is found, over consecutive seeds.
enum { SEEDS = 200, IONS_MOST = 24 };

static const double once_in_1000 = 3.2905; // two-sided, standard normal

typedef struct {
    const char *composition, *ions, *molecules;
    const char *symbol; // element that is looked at
    size_t n_ions;
} material;

typedef struct {
    double mean, sigma, scatter, covered, truth;
} score;

static ia_specimen draw(const material *m, uint64_t seed)
{
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen specimen = {0};

    p.specimen = 3; // spectrum
    p.seed = seed;
    p.n_ions = m->n_ions;
    p.m_max = 100;
    p.background = 0.02;
    snprintf(p.composition, sizeof p.composition, "%s", m->composition);
    snprintf(p.ions, sizeof p.ions, "%s", m->ions);
    snprintf(p.molecules, sizeof p.molecules, "%s", m->molecules);
    assert_int_equal(ia_specimen_compute(NULL, &p, &specimen), IA_OK);
    return specimen;
}

// Planned at.% of the element, all ions split into atoms.
static double planned(const ia_specimen *s, const char *symbol)
{
    unsigned z = ia_element_find(symbol, strlen(symbol));
    double part = 0, whole = 0;

    for (size_t k = 0; k < s->n_species; k++) {
        part += s->probability[k] * ia_ion_count(&s->ions_of[k], z);
        whole += s->probability[k] * ia_ion_atoms(&s->ions_of[k]);
    }
    return 100 * part / whole;
}

static void solve_for_all(const ia_specimen *specimen, ia_composition *out)
{
    char names[1024] = "";
    ia_spectrum spectrum = {0};
    solve_case c;

    for (size_t k = 0; k < specimen->n_species; k++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s ", specimen->ions_of[k].name);
    }
    assert_int_equal(ia_spectrum_compute(NULL, &specimen->ions, NULL, &spectrum), IA_OK);
    set_solve_case(&c, spectrum, names);
    ia_deconvolution d = solve(&c);
    assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, out), IA_OK);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

static score try_material(const material *m)
{
    score s = {0};
    double square = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_specimen specimen = draw(m, seed);
        ia_composition found = {0};
        solve_for_all(&specimen, &found);
        const ia_fraction *row = element_of(&found, m->symbol);
        s.truth = planned(&specimen, m->symbol);
        s.mean += row->corrected_percent / SEEDS;
        square += row->corrected_percent * row->corrected_percent / SEEDS;
        s.sigma += row->error.all / SEEDS;
        s.covered +=
            (s.truth >= row->error.lo && s.truth <= row->error.hi) / (double)SEEDS;
        ia_composition_clear(&found);
        ia_specimen_clear(&specimen);
    }
    s.scatter = sqrt(fmax(0, square - s.mean * s.mean));
    print_message("%s in %s: planned %.4f found %.4f, scatter %.4f stated %.4f, covered "
                  "%.3f\n",
                  m->symbol, m->composition, s.truth, s.mean, s.scatter, s.sigma,
                  s.covered);
    return s;
}

// 200 draws know a mean to 0.071 sigma, a scatter to 5 % and a coverage of 0.95 to
// 0.0154; a fifth of a sigma more for the learnt shape of the peaks, 10 % for errors that
// are estimated, 0.01 for counts that are whole.
static void check(const material *m)
{
    score s = try_material(m);

    assert_near(s.mean, s.truth, (once_in_1000 * 0.071 + 0.2) * s.scatter);
    assert_near(s.scatter / s.sigma, 1, once_in_1000 * 0.05 + 0.1);
    assert_near(s.covered, 0.95, once_in_1000 * 0.0154 + 0.01);
}

static void nitrogen_beside_silicon(void **state)
{
    (void)state;
    check(&(material){"Fe Si:0.02 N:0.01", "Si++:0.9 Si+:0.1 N+:1", "", "N", 20000});
}

static void chromium_beneath_iron(void **state)
{
    (void)state;
    check(&(material){"Fe Cr:0.01", "Fe++:0.97 Fe+:0.03 Cr++:1", "", "Cr", 20000});
}

static void silicon_beneath_iron(void **state)
{
    (void)state;
    check(&(material){"Fe Si:0.03", "Fe++:0.97 Fe+:0.03 Si++:0.5 Si+:0.5", "", "Si",
                      30000});
}

static void oxygen_as_atoms_and_pairs(void **state)
{
    (void)state;
    check(&(material){"Al:0.6 O", "Al+:0.6 Al++:0.3 Al+++:0.1 O+:1",
                      "O2+:0.05 AlO+:0.03 O2++:0.01", "O", 20000});
}

static void iron_beneath_nickel(void **state)
{
    (void)state;
    check(
        &(material){"Ni Fe:0.05", "Ni++:0.6 Ni+:0.4 Fe++:0.6 Fe+:0.4", "", "Fe", 20000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nitrogen_beside_silicon),
        cmocka_unit_test(chromium_beneath_iron),
        cmocka_unit_test(silicon_beneath_iron),
        cmocka_unit_test(oxygen_as_atoms_and_pairs),
        cmocka_unit_test(iron_beneath_nickel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
