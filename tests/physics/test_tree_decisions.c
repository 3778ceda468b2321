// tests/physics/test_tree_decisions.c: does noise change decisions as they say it would?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

enum { REPEATS = 25 };

typedef struct {
    ia_spectrum spectrum;
    ia_background background;
    ia_peaks peaks;
} measured;

static measured measure(const char *composition, const char *molecules, uint64_t seed)
{
    measured m = {.spectrum = alloy_spectrum(composition, molecules, 100000, seed)};
    assert_int_equal(ia_background_compute(NULL, &m.spectrum, NULL, NULL, &m.background),
                     IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, &m.spectrum, &m.background, NULL, &m.peaks),
                     IA_OK);
    return m;
}

static ia_assignment identify(const measured *m, const ia_peaks *peaks)
{
    ia_assignment a = {0};
    assert_int_equal(ia_tree_compute(NULL, &m->spectrum, &m->background, peaks, NULL, &a),
                     IA_OK);
    return a;
}

static bool holds(const ia_assignment *a, const ia_ion *ion)
{
    for (size_t i = 0; i < a->n_ions; i++)
        if (ia_ion_is_equal(&a->ions[i].ion, ion))
            return true;
    return false;
}

// The same peaks with this noise on each of their intensities, over and over: how often
// each ion is told again, against the probability that its decision stated. The list of
// peaks is disturbed here, outside the code that states.
static void repeat(const measured *m, double noise, size_t level, double *told,
                   double *stated, double *n)
{
    ia_assignment first = identify(m, &m->peaks);
    ia_random random = ia_random_new(17, level);

    for (size_t r = 0; r < REPEATS; r++) {
        ia_peaks noisy = m->peaks;
        noisy.list = calloc(noisy.n, sizeof *noisy.list);
        for (size_t i = 0; i < noisy.n; i++) {
            noisy.list[i] = m->peaks.list[i];
            double net = noisy.list[i].counts - noisy.list[i].background;
            double factor = exp(noise * ia_random_normal(&random) - noise * noise / 2);
            noisy.list[i].counts = noisy.list[i].background + net * factor;
        }
        ia_assignment again = identify(m, &noisy);
        for (size_t k = 0; k < first.n_decisions; k++) {
            *told += holds(&again, &first.decisions[k].ion);
            *stated += first.decisions[k].noise[level];
            (*n)++;
        }
        ia_assignment_clear(&again);
        free(noisy.list);
    }
    ia_assignment_clear(&first);
}

static void noise_does_what_decisions_say(void **state)
{
    (void)state;
    measured m[2] = {measure("Ti Mo:0.05 Sn:0.03", "TiO+:0.01 H+:0.01", 1),
                     measure("Ni W:0.04 Zr:0.03 Al:0.1", "NiO+:0.005", 2)};
    static const struct {
        size_t level;
        double noise;
    } levels[] = {{2, 0.1}, {4, 0.5}};
    double share[2];

    for (size_t k = 0; k < 2; k++) {
        double told = 0, stated = 0, n = 0;
        for (size_t i = 0; i < 2; i++)
            repeat(&m[i], levels[k].noise, levels[k].level, &told, &stated, &n);
        print_message("%g %% noise: told again %.3f, stated %.3f\n",
                      100 * levels[k].noise, told / n, stated / n);
        // A probability p is told where p > 1/2, so that the two are not the same number;
        // they go together within what a mean of about twenty ions allows.
        assert_true(fabs(told - stated) / n < 0.15);
        share[k] = told / n;
    }
    assert_true(share[0] > share[1]); // more noise, fewer ions
    for (size_t i = 0; i < 2; i++) {
        ia_peaks_clear(&m[i].peaks);
        ia_spectrum_clear(&m[i].spectrum);
    }
}

// Decisions that say no noise up to 200 % changes them are those of single lines; a
// pattern of many isotopes is lost sooner or later.
static void patterns_of_many_isotopes_are_lost_in_noise(void **state)
{
    (void)state;
    measured m = measure("Mo Sn:0.1 Al:0.1", "", 3);
    ia_assignment a = identify(&m, &m.peaks);
    size_t n = 0;

    for (size_t k = 0; k < a.n_decisions; k++) {
        const ia_decision *d = &a.decisions[k];
        unsigned z = d->ion.parts[0].z;
        if (z == 13)
            continue;
        n++;
        assert_true(isfinite(d->flip));
        assert_true(d->noise[4] < d->noise[0]);
    }
    assert_true(n >= 3);
    ia_assignment_clear(&a);
    ia_peaks_clear(&m.peaks);
    ia_spectrum_clear(&m.spectrum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_does_what_decisions_say),
        cmocka_unit_test(patterns_of_many_isotopes_are_lost_in_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
