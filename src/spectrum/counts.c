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
