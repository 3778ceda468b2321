// tests/physics/test_label_repeat.c: do labels stay when the list of peaks is measured
// again?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

/*
   Haley, Choi and Raabe 2015 (doi:10.1016/j.ultramic.2015.03.005) gave spectra to
   several persons: the composition repeats to one to three significant figures for the
   same person, to none to two between persons. Here the peaks of a spectrum are moved by
   their errors of place, as another measurement would give them, and labelled again: the
   composition must repeat to three figures at least.
*/
enum { REPEATS = 20, ELEMENTS_MOST = IA_Z_MAX + 1 };

static void jitter(ia_peaks *peaks, ia_random *random)
{
    for (size_t i = 0; i < peaks->n; i++) {
        ia_peak *p = &peaks->list[i];
        double shift = p->sigma_mass * ia_random_normal(random);
        p->mass += shift;
        p->centre += shift;
        p->lo += shift;
        p->hi += shift;
    }
}

// Atoms of each element by the labels, as shares.
static void composition(const ia_assignment *a, double share[ELEMENTS_MOST])
{
    double sum = 0;
    memset(share, 0, ELEMENTS_MOST * sizeof *share);
    for (size_t i = 0; i < a->n_ions; i++)
        for (size_t k = 0; k < a->ions[i].ion.n_parts; k++) {
            double atoms = a->ions[i].counts * a->ions[i].ion.parts[k].count;
            share[a->ions[i].ion.parts[k].z] += atoms;
            sum += atoms;
        }
    for (unsigned z = 0; z < ELEMENTS_MOST; z++)
        share[z] /= sum;
}

static void repeat(const char *alloy, const char *molecules, uint64_t seed)
{
    static double share[REPEATS][ELEMENTS_MOST];
    ia_spectrum s = alloy_spectrum(alloy, molecules, 300000, seed);
    ia_random random = ia_random_new(seed, 0);
    ia_background background;

    assert_int_equal(ia_background_compute(NULL, &s, NULL, NULL, &background), IA_OK);
    for (size_t r = 0; r < REPEATS; r++) {
        ia_peaks peaks = {0};
        ia_assignment a = {0};
        assert_int_equal(ia_peaks_compute(NULL, &s, &background, NULL, &peaks), IA_OK);
        jitter(&peaks, &random);
        assert_int_equal(ia_guided_compute(NULL, &s, &background, &peaks, NULL, &a),
                         IA_OK);
        composition(&a, share[r]);
        ia_assignment_clear(&a);
        ia_peaks_clear(&peaks);
    }
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double mean = 0, variance = 0;
        for (size_t r = 0; r < REPEATS; r++)
            mean += share[r][z] / REPEATS;
        for (size_t r = 0; r < REPEATS; r++)
            variance += (share[r][z] - mean) * (share[r][z] - mean) / (REPEATS - 1);
        if (mean < 0.01)
            continue;
        double figures = -log10(fmax(1e-6, sqrt(variance) / mean));
        print_message("%s: %s %.4g at.%%, %.1f figures\n", alloy,
                      ia_element_of(z)->symbol, 100 * mean, figures);
        assert_true(figures >= 3);
    }
    ia_spectrum_clear(&s);
}

static void labels_repeat_to_three_figures(void **state)
{
    (void)state;
    repeat("Fe Cr:0.12 Ni:0.06 Mn:0.02", "H+:0.003", 1);
    repeat("Ti Al:0.12 Mo:0.02 Sn:0.02", "TiO+:0.003 H+:0.01", 2);
    repeat("Mg Al:0.08 Zn:0.015", "MgH+:0.002 H2O+:0.001", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_repeat_to_three_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
