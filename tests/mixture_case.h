// tests/mixture_case.h: spectra of ions whose peaks are known to the last digit, for
// tests of mixtures.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_MIXTURE_CASE_H
#define TESTS_MIXTURE_CASE_H

#include "spectrum_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { MIX_BINS = 40000, MIX_IONS = 4, MIX_CELLS = 2400 };

static const double mix_width = 1.5040; // half-content width in units of x
static const double mix_bin = 0.0025, mix_power = 1000; // Da; resolving power at 28 Da

// Share of a peak below x of the density exp(-x) (1 + erf(sqrt(pi) x / 2)), written out:
// a Gaussian of mean -2/pi and variance 2/pi convolved with an exponential of mean 1.
static inline double mix_below(double x)
{
    const double variance = 2 / 3.14159265358979323846, sigma = sqrt(variance);
    double z = (x + variance) / sigma;
    return 0.5 * erfc(-z / sqrt(2)) -
           exp(-x - 0.5 * variance) * 0.5 * erfc(-(z - sigma) / sqrt(2));
}

static inline double mix_unit(double mass)
{
    return sqrt(28 * mass) / (2.4456269305908664 * mix_power);
}

typedef struct {
    ia_ion *ions;
    size_t n_ions;
    double *density; // (n_ions + 1, MIX_BINS) share of each in a bin; background last
    double truth[MIX_IONS + 1], level;
    uint64_t counts[MIX_BINS];
    ia_spectrum spectrum;
    ia_peaks peaks; // none: widths alone
    ia_peak_shape shape;
    double u[MIX_CELLS + 1], height[MIX_CELLS], sigma[MIX_CELLS], below[MIX_CELLS + 1];
    ia_mass_scale scale;
    ia_background background;
    ia_deconvolution solved; // windows and lines, for the truth
} mixture_case;

static inline void set_shape(mixture_case *c)
{
    c->shape = (ia_peak_shape){.n = MIX_CELLS,
                               .u = c->u,
                               .density = c->height,
                               .sigma = c->sigma,
                               .below = c->below,
                               .n_peaks = 1,
                               .n_ions = 1e9};
    for (size_t i = 0; i <= MIX_CELLS; i++) {
        c->u[i] = -4 + 12. * (double)i / MIX_CELLS;
        c->below[i] = mix_below(mix_width * c->u[i]);
    }
    for (size_t i = 0; i < MIX_CELLS; i++)
        c->height[i] = (c->below[i + 1] - c->below[i]) / (c->u[i + 1] - c->u[i]);
    c->shape.widths = (ia_peak_widths){
        .width = mix_width * mix_unit(28), .power = 0.5, .n_used = 1, .bin = mix_bin};
    c->peaks.widths = c->shape.widths;
}

static inline void set_densities(mixture_case *c, double level, double shift)
{
    c->density = calloc((c->n_ions + 1) * MIX_BINS, sizeof *c->density);
    for (size_t k = 0; k < c->n_ions; k++) {
        ia_isotopologue *pattern = NULL;
        size_t n = 0;
        assert_int_equal(ia_ion_pattern(NULL, &c->ions[k], 1e-6, &pattern, &n), IA_OK);
        for (size_t i = 0; i < n; i++) {
            double m = pattern[i].mass / c->ions[k].charge - ia_electron_mass;
            double unit = mix_unit(m);
            m += shift * mix_width * unit;
            size_t begin = (size_t)((m - 8 * unit) / mix_bin);
            size_t end = (size_t)((m + 14 * unit) / mix_bin);
            for (size_t b = begin; b < end && b < MIX_BINS; b++)
                c->density[k * MIX_BINS + b] +=
                    pattern[i].probability *
                    (mix_below(((double)(b + 1) * mix_bin - m) / unit) -
                     mix_below(((double)b * mix_bin - m) / unit));
        }
        free(pattern);
    }
    for (size_t b = 0; b < MIX_BINS; b++)
        c->density[c->n_ions * MIX_BINS + b] =
            2 * level * (sqrt((double)(b + 1) * mix_bin) - sqrt((double)b * mix_bin));
}

static inline ia_deconvolve_input mix_input(mixture_case *c)
{
    return (ia_deconvolve_input){.spectrum = &c->spectrum,
                                 .background = &c->background,
                                 .peaks = &c->peaks,
                                 .shape = &c->shape,
                                 .scale = &c->scale,
                                 .ions = c->ions,
                                 .n_ions = c->n_ions};
}

static inline double mix_mean(const mixture_case *c, size_t bin)
{
    double mean = c->density[c->n_ions * MIX_BINS + bin];
    for (size_t k = 0; k < c->n_ions; k++)
        mean += c->truth[k] * c->density[k * MIX_BINS + bin];
    return mean;
}

// Counts without noise, in each bin as near as whole numbers go.
static inline void draw_exact(mixture_case *c)
{
    double carried = 0;
    for (size_t b = 0; b < MIX_BINS; b++) {
        double mean = mix_mean(c, b) + carried;
        c->counts[b] = (uint64_t)llround(mean);
        carried = mean - (double)c->counts[b];
    }
}

static inline void draw_poisson(mixture_case *c, gsl_rng *rng)
{
    for (size_t b = 0; b < MIX_BINS; b++) {
        double mean = mix_mean(c, b);
        c->counts[b] = mean > 0 ? gsl_ran_poisson(rng, mean) : 0;
    }
}

// Ions with their true amounts; background of this level, known. Windows are laid out
// once, for counts without noise.
static inline void set_mixture_case(mixture_case *c, const char *names,
                                    const double *truth, double level)
{
    memset(c, 0, sizeof *c);
    assert_int_equal(ia_deconvolve_named(NULL, names, &c->ions, &c->n_ions), IA_OK);
    memcpy(c->truth, truth, c->n_ions * sizeof *truth);
    c->scale = (ia_mass_scale){.n_lines = 1, .sigma = 1e-4};
    c->background = (ia_background){.a = level, .sigma_a = 1e-3 * level};
    c->spectrum = (ia_spectrum){.bin = mix_bin, .n_bins = MIX_BINS, .counts = c->counts};
    set_shape(c);
    set_densities(c, level, 0);
    c->level = level;
    draw_exact(c);
    ia_deconvolve_input input = mix_input(c);
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &c->solved), IA_OK);
}

static inline void clear_mixture_case(mixture_case *c)
{
    ia_deconvolution_clear(&c->solved);
    free(c->density);
    free(c->ions);
}

static inline ia_ion_mixture mix(const mixture_case *c)
{
    ia_ion_mixture_input input = {&c->spectrum, &c->background, &c->shape, &c->solved};
    ia_ion_mixture m = {0};
    assert_int_equal(ia_ion_mixture_compute(NULL, &input, NULL, &m), IA_OK);
    return m;
}

// Change of what each bin is expected to hold with a shift of all lines by a width.
static inline void mix_drift(mixture_case *c, double *drift)
{
    const double beside = 0.01;
    memset(drift, 0, MIX_BINS * sizeof *drift);
    for (int side = 1; side >= -1; side--) {
        free(c->density);
        set_densities(c, c->level, side * beside);
        for (size_t b = 0; b < MIX_BINS; b++)
            drift[b] += side * mix_mean(c, b) / (2 * beside);
        if (side < 0) {
            free(c->density);
            set_densities(c, c->level, 0);
        }
    }
}

// Bound of Cramer and Rao on the error of each amount, all bins told, the background
// known, a common shift of the lines not; by Gauss and Jordan on the information.
static inline void mix_bound(mixture_case *c, double *bound)
{
    enum { MOST = MIX_IONS + 1 };
    size_t n = c->n_ions + 1;
    double a[MOST][2 * MOST] = {{0}}, part[MOST];
    double *drift = malloc(MIX_BINS * sizeof *drift);

    mix_drift(c, drift);
    for (size_t b = 0; b < MIX_BINS; b++) {
        double mean = mix_mean(c, b);
        for (size_t i = 0; i + 1 < n; i++)
            part[i] = c->density[i * MIX_BINS + b];
        part[n - 1] = drift[b];
        for (size_t i = 0; mean > 1e-300 && i < n; i++)
            for (size_t j = 0; j < n; j++)
                a[i][j] += part[i] * part[j] / mean;
    }
    free(drift);
    for (size_t i = 0; i < n; i++)
        a[i][n + i] = 1;
    for (size_t i = 0; i < n; i++) {
        double pivot = a[i][i];
        for (size_t j = 0; j < 2 * n; j++)
            a[i][j] /= pivot;
        for (size_t r = 0; r < n; r++) {
            double factor = a[r][i];
            for (size_t j = 0; r != i && j < 2 * n; j++)
                a[r][j] -= factor * a[i][j];
        }
    }
    for (size_t i = 0; i + 1 < n; i++)
        bound[i] = sqrt(a[i][n + i]);
}

#endif
