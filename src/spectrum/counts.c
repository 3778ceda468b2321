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
    *out = (ia_counts){.spectrum = spectrum, .sum = sum};
    if (background && background->a > 0)
        out->flat = background->a;
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

// Density of ions and its relative variance in the emptier of two bands beside a peak:
// the fuller one may hold a neighbour.
typedef struct {
    double density, variance;
} side;

static side emptier(const ia_counts *c, const double edges[3])
{
    side best = {INFINITY, 0};

    for (int k = 0; k < 2; k++) {
        double length = edges[k + 1] - edges[k];
        // Half an ion more keeps the logarithm finite.
        double n = ia_counts_between(c, edges[k], edges[k + 1]) + 0.5;
        if (n / length < best.density)
            best = (side){n / length, 1 / n};
    }
    return best;
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
    side a = emptier(c, left), b = emptier(c, right);
    double flat = ia_counts_flat(c, s.lo, s.hi);

    s.n = ia_counts_between(c, s.lo, s.hi);
    // A tail falls about exponentially: the geometric mean of its ends is its middle.
    double local = sqrt(a.density * b.density) * (s.hi - s.lo);
    if (local > flat) {
        s.b = local;
        s.sigma = 0.5 * local * sqrt(a.variance + b.variance);
        s.local = local - flat;
    } else {
        s.b = flat;
        s.sigma = 0;
    }
    return s;
}
