// src/spatial/correlation_counts.c: the correlation function of a specimen and of its
// resamples, from counts per block.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <math.h>

// Points are single bins where the curve is steep, more bins farther out.
size_t ia_correlation_first(size_t point)
{
    if (point <= 12)
        return point;
    if (point <= 18)
        return 12 + 2 * (point - 12);
    return 24 + 3 * (point - 18);
}

// As shells fill: the mean of r over r^2 dr.
double ia_correlation_distance(const correlation_counts *c, size_t point)
{
    double low = c->bin * (double)ia_correlation_first(point);
    double high = c->bin * (double)ia_correlation_first(point + 1);
    return 0.75 * (pow(high, 4) - pow(low, 4)) / (pow(high, 3) - pow(low, 3));
}

// Sums over the blocks of a resample.
typedef struct {
    double pairs[CORRELATION_BINS], used, ions, groups[CORRELATION_BLOCK + 1];
} sums;

static sums add_up(const correlation_counts *c, const uint32_t *weight)
{
    sums s = {.used = 0};
    for (size_t b = 0; b < c->parts.blocks->n; b++) {
        double w = weight ? (double)weight[b] : 1;
        const uint64_t *pairs = c->parts.pairs + b * CORRELATION_BINS;
        const uint32_t *groups = c->solute + b * (CORRELATION_BLOCK + 1);
        s.used += w * c->parts.from[b];
        s.ions += w * c->parts.blocks->ions[b];
        for (size_t i = 0; w > 0 && i < CORRELATION_BINS; i++)
            s.pairs[i] += w * (double)pairs[i];
        for (size_t k = 0; w > 0 && k <= CORRELATION_BLOCK; k++)
            s.groups[k] += w * groups[k];
    }
    return s;
}

double ia_correlation_matrix(const correlation_counts *c, const uint32_t *weight)
{
    sums s = add_up(c, weight);
    return ia_matrix_share(s.groups);
}

void ia_correlation_curve(const correlation_counts *c, const uint32_t *weight,
                          correlation_curve *out)
{
    sums s = add_up(c, weight);
    double density = s.used / s.ions / (c->n_used / c->n_ions);
    out->share = s.ions > 0 ? c->scale * s.used / s.ions : NAN;
    for (size_t p = 0; p < IA_CORRELATION_POINTS; p++) {
        double pairs = 0, null = 0, r = ia_correlation_distance(c, p);
        double scale =
            c->n_used / s.used * pow(density, -ia_rdf_within(c->parts.blocks, r));
        for (size_t i = ia_correlation_first(p); i < ia_correlation_first(p + 1); i++) {
            pairs += s.pairs[i];
            null += c->null[i];
        }
        out->gamma[p] = null > 0 && s.used > 0
                            ? out->share * out->share * (pairs * scale / null - 1)
                            : NAN;
    }
}
