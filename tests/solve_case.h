// tests/solve_case.h: spectra with overlapping ions, drawn or exact, and what is solved
// for in them, for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SOLVE_CASE_H
#define TESTS_SOLVE_CASE_H

#include "spectrum_case.h"

// All that comes before ions are counted; cleared with clear_solve_case.
typedef struct {
    ia_spectrum spectrum;
    ia_background background;
    ia_peaks peaks;
    ia_peak_shape shape;
    ia_ion *ions;
    size_t n_ions;
} solve_case;

// From a spectrum, which becomes the case's own.
static inline void set_solve_case(solve_case *c, ia_spectrum spectrum, const char *ions)
{
    *c = (solve_case){.spectrum = spectrum};
    assert_int_equal(
        ia_background_compute(NULL, &c->spectrum, NULL, NULL, &c->background), IA_OK);
    assert_int_equal(
        ia_peaks_compute(NULL, &c->spectrum, &c->background, NULL, &c->peaks), IA_OK);
    assert_int_equal(ia_peak_shape_compute(NULL, &c->spectrum, &c->background, &c->peaks,
                                           NULL, &c->shape),
                     IA_OK);
    assert_int_equal(ia_deconvolve_named(NULL, ions, &c->ions, &c->n_ions), IA_OK);
}

static inline void clear_solve_case(solve_case *c)
{
    ia_spectrum_clear(&c->spectrum);
    ia_peaks_clear(&c->peaks);
    ia_peak_shape_clear(&c->shape);
    free(c->ions);
}

static inline ia_deconvolve_input input_of(const solve_case *c)
{
    return (ia_deconvolve_input){.spectrum = &c->spectrum,
                                 .background = &c->background,
                                 .peaks = &c->peaks,
                                 .shape = &c->shape,
                                 .ions = c->ions,
                                 .n_ions = c->n_ions};
}

static inline ia_deconvolution solve(const solve_case *c)
{
    ia_deconvolve_input input = input_of(c);
    ia_deconvolution d = {0};
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    return d;
}

static inline const ia_solved *solved_of(const ia_deconvolution *d, const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t k = 0; k < d->n_ions; k++)
        if (ia_ion_is_equal(&d->ions[k].ion, &wanted))
            return &d->ions[k];
    fail_msg("%s was not solved for", name);
    return NULL;
}

// Counts expected of ions in an instrument without noise: Gaussian peaks of m/dm 1000 and
// a background, rounded. `amounts` in the order of the names.
static inline ia_spectrum exact_spectrum(const char *names, const double *amounts,
                                         double level)
{
    enum { BINS = 10000 };
    ia_spectrum s = {.bin = 0.01, .n_bins = BINS};
    double *mean = calloc(BINS, sizeof *mean);
    ia_ion *ions = NULL;
    size_t n = 0;

    assert_int_equal(ia_deconvolve_named(NULL, names, &ions, &n), IA_OK);
    for (size_t k = 0; k < n; k++) {
        ia_isotopologue *pattern = NULL;
        size_t lines = 0;
        assert_int_equal(ia_ion_pattern(NULL, &ions[k], 1e-6, &pattern, &lines), IA_OK);
        for (size_t i = 0; i < lines; i++) {
            double m = pattern[i].mass / ions[k].charge - ia_electron_mass;
            double sigma = 0.012 * sqrt(m / 28);
            for (size_t b = 0; b < BINS; b++)
                mean[b] += 0.5 * amounts[k] * pattern[i].probability *
                           (erf((0.01 * ((double)b + 1) - m) / (sqrt(2) * sigma)) -
                            erf((0.01 * (double)b - m) / (sqrt(2) * sigma)));
        }
        free(pattern);
    }
    s.counts = calloc(BINS, sizeof *s.counts);
    for (size_t b = 0; b < BINS; b++) {
        double stray =
            2 * level * (sqrt(0.01 * ((double)b + 1)) - sqrt(0.01 * (double)b));
        s.counts[b] = (uint64_t)llround(mean[b] + stray);
    }
    free(mean);
    free(ions);
    return s;
}

#endif
