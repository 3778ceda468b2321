// src/spectrum/counts.c: counts of a spectrum between any two masses, and above what
// level.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/counts.h"

#include <math.h>
#include <stdlib.h>

const double ia_window_left = 1.1, ia_window_right = 1.4;

ia_status ia_counts_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                          const ia_background *background, ia_counts *out)
{
    double *sum = ia_array(ctx, spectrum->n_bins + 1, sizeof *sum);

    if (!sum)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < spectrum->n_bins; i++)
        sum[i + 1] = sum[i] + (double)spectrum->counts[i];
    // Values cut off at the largest m/n pile up in the last bin: it is not believed to
    // hold more than the one before.
    size_t n = spectrum->n_bins;
    if (n > 1 && spectrum->counts[n - 1] > spectrum->counts[n - 2])
        sum[n] = sum[n - 1] + (double)spectrum->counts[n - 2];
    *out = (ia_counts){.spectrum = spectrum, .sum = sum};
    if (background && background->a > 0)
        out->flat = background->a;
    if (out->flat > 0 && background->drift > 0)
        out->doubt = background->drift / background->a;
    return IA_OK;
}

void ia_counts_clear(ia_counts *counts)
{
    free(counts->sum);
    *counts = (ia_counts){0};
}

// Ions below a mass.
static double below(const ia_counts *c, double mass)
{
    double x = (mass - c->spectrum->m_min) / c->spectrum->bin;

    if (!(x > 0))
        return 0;
    if (x >= (double)c->spectrum->n_bins)
        return c->sum[c->spectrum->n_bins];
    size_t bin = (size_t)x;
    double part = x - (double)bin;
    return c->sum[bin] + part * (c->sum[bin + 1] - c->sum[bin]);
}

double ia_counts_between(const ia_counts *counts, double lo, double hi)
{
    return below(counts, hi) - below(counts, lo);
}

double ia_counts_flat(const ia_counts *counts, double lo, double hi)
{
    return 2 * counts->flat * (sqrt(fmax(0, hi)) - sqrt(fmax(0, lo)));
}

double ia_counts_end(const ia_counts *counts)
{
    return counts->spectrum->m_min +
           (double)counts->spectrum->n_bins * counts->spectrum->bin;
}

// Density of ions beside a peak and its relative variance; INFINITY where the spectrum
// has ended.
typedef struct {
    double density, variance;
} side;

// Two bands beside a peak: the mean of both, or the emptier one where the fuller must
// hold a neighbour.
static side beside(const ia_counts *c, const double edges[3])
{
    const double alike = 3; // standard deviations
    double n[2], length[2], end = ia_counts_end(c), begin = c->spectrum->m_min;

    for (int k = 0; k < 2; k++) {
        double lo = fmax(begin, edges[k]), hi = fmin(end, edges[k + 1]);
        length[k] = fmax(0, hi - lo);
        n[k] = length[k] > 0 ? ia_counts_between(c, lo, hi) : 0;
    }
    double full = edges[2] - edges[0];
    if (length[0] + length[1] < 0.4 * full)
        return (side){INFINITY, 0};
    double both = n[0] + n[1], part = length[0] / (length[0] + length[1]);
    double off = n[0] - part * both;
    // Half an ion more keeps the logarithm finite.
    if (off * off <= alike * alike * (part * (1 - part) * both + 1) || part <= 0 ||
        part >= 1)
        return (side){(both + 0.5) / (length[0] + length[1]), 1 / (both + 0.5)};
    int k = n[0] * length[1] > n[1] * length[0];
    return (side){(n[k] + 0.5) / length[k], 1 / (n[k] + 0.5)};
}

ia_site_counts ia_counts_at(const ia_counts *c, double mass, double width)
{
    const double near = 1.9, middle = 3.1, far = 4.6; // of the width
    ia_site_counts s = {.lo = mass - ia_window_left * width,
                        .hi = mass + ia_window_right * width};
    const double left[3] = {mass - far * width, mass - middle * width,
                            mass - near * width};
    const double right[3] = {mass + (near + 0.3) * width, mass + (middle + 0.3) * width,
                             mass + (far + 0.3) * width};
    side a = beside(c, left), b = beside(c, right);
    double flat = ia_counts_flat(c, s.lo, s.hi);

    s.n = ia_counts_between(c, s.lo, s.hi);
    if (!(a.density < INFINITY))
        a = b;
    if (!(b.density < INFINITY))
        b = a.density < INFINITY ? a : (side){0, 0};
    if (!(a.density < INFINITY))
        a = b;
    // A tail falls about exponentially: the geometric mean of its ends is its middle.
    double local = sqrt(a.density * b.density) * (s.hi - s.lo);
    double sigma = 0.5 * local * sqrt(a.variance + b.variance);
    const double surely = 1; // standard deviations; else the flat level is known better
    if (local > flat + surely * sigma || flat <= 0) {
        s.b = local;
        s.sigma = sigma;
        s.local = local - flat;
    } else {
        s.b = flat;
        s.sigma = flat * c->doubt;
    }
    return s;
}
