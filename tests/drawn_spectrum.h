// tests/drawn_spectrum.h: spectra of which the expectation of every bin is known, drawn
// bin by bin: a billion ions cost no more than ten thousand.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_DRAWN_SPECTRUM_H
#define TESTS_DRAWN_SPECTRUM_H

#include "spectrum_case.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

typedef struct {
    size_t n_bins;    // of 0.01 Da
    double *expected; // (n_bins) share of the ions
    uint64_t *counts; // (n_bins)
    ia_spectrum spectrum;
    gsl_rng *rng;
    double late;  // share of each line's ions that leave late
    double fast;  // decay of the others, Da at 28 Da
    double slow;  // decay of the late ones, Da^1/2 of flight
    double drift; // of m/n to either side over the run, relative
} drawn;

static inline void drawn_begin(drawn *d, size_t n_bins)
{
    *d = (drawn){.n_bins = n_bins, .fast = 0.02, .slow = 0.06};
    d->expected = calloc(n_bins, sizeof *d->expected);
    d->counts = calloc(n_bins, sizeof *d->counts);
    assert_true(d->expected && d->counts);
    d->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = n_bins, .counts = d->counts};
    d->rng = gsl_rng_alloc(gsl_rng_mt19937);
}

static inline void drawn_end(drawn *d)
{
    free(d->expected);
    free(d->counts);
    gsl_rng_free(d->rng);
}

// Noise flat in time of flight up to an end, Da.
static inline void drawn_add_noise_to(drawn *d, double share, double end)
{
    double n = fmin((double)d->n_bins, 100 * end);
    for (size_t i = 0; i < (size_t)n; i++)
        d->expected[i] += share * (sqrt((double)(i + 1)) - sqrt((double)i)) / sqrt(n);
}

static inline void drawn_add_noise(drawn *d, double share)
{
    drawn_add_noise_to(d, share, INFINITY);
}

// Share below x of a Gaussian convolved with an exponential.
static inline double emg_below(double x, double sigma, double tau)
{
    double z = x / sigma, k = sigma / tau;
    if (x / tau > 700 + 0.5 * k * k)
        return 1;
    return gsl_cdf_ugaussian_P(z) -
           exp(0.5 * k * k - x / tau) * gsl_cdf_ugaussian_P(z - k);
}

// A line at rest, wide as sqrt(m) and highest at its mass, with its late ions.
static inline void drawn_add_still(drawn *d, double mass, double share)
{
    const double mode = 0.0112; // Da at 28 Da, of 0.012 and 0.02 Da
    double scale = sqrt(mass / 28), before = 0;
    double slow = 2 * d->slow * sqrt(mass); // Da
    for (size_t i = (size_t)fmax(0, 100 * mass - 100); i < d->n_bins; i++) {
        double x = 0.01 * (double)(i + 1) - mass + mode * scale;
        double below = (1 - d->late) * emg_below(x, 0.012 * scale, d->fast * scale);
        if (d->late > 0)
            below += d->late * emg_below(x, 0.012 * scale, slow);
        d->expected[i] += share * (below - before);
        before = below;
        if (below > 1 - 1e-12)
            break;
    }
}

static inline void drawn_add_line(drawn *d, double mass, double share)
{
    enum { STEPS = 9 };
    if (d->drift <= 0)
        drawn_add_still(d, mass, share);
    for (int i = 0; i < STEPS && d->drift > 0; i++)
        drawn_add_still(d, mass * (1 + d->drift * (2.0 * i / (STEPS - 1) - 1)),
                        share / STEPS);
}

// An ion's isotopes as in nature.
static inline void drawn_add_ion(drawn *d, const char *name, double share)
{
    ia_ion ion = ia_ion_of(name);
    ia_isotopologue *lines = NULL;
    size_t n = 0;
    assert_int_equal(ia_ion_pattern(NULL, &ion, 1e-6, &lines, &n), IA_OK);
    for (size_t i = 0; i < n; i++)
        drawn_add_line(d, ia_ion_mass_to_charge(&ion, lines[i].mass),
                       share * lines[i].probability);
    free(lines);
}

static inline void drawn_draw(drawn *d, double n_ions, unsigned long seed)
{
    gsl_rng_set(d->rng, seed);
    for (size_t i = 0; i < d->n_bins; i++) {
        double mean = n_ions * d->expected[i];
        // GSL counts in 32 bits.
        d->counts[i] =
            mean < 1e8 ? gsl_ran_poisson(d->rng, mean)
                       : (uint64_t)llround(mean + gsl_ran_gaussian(d->rng, sqrt(mean)));
    }
}

#endif
