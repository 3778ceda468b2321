// src/spatial/knn_lh.c: LH*, the area between distributions of nearest distances.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"

#include <math.h>
#include <stdlib.h>

// The curve of a draw: the data are draw 0.
static const double *curve_of(const ia_null *null, size_t k, size_t draw)
{
    return draw == 0 ? null->observed + k : null->nulls + (draw - 1) * null->n_values + k;
}

static void average(const ia_null *null, size_t k, knn_lh_base *base)
{
    size_t n = null->n_shuffles + 1;
    double density[IA_KNN_BINS] = {0}, sum = 0;
    base->peak = 0;
    for (size_t draw = 0; draw < n; draw++)
        for (size_t i = 0; i < IA_KNN_BINS; i++)
            density[i] += curve_of(null, k, draw)[i] / (double)n;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        base->peak = density[i] > density[base->peak] ? i : base->peak;
        base->mean[i] = sum += density[i] * base->width;
    }
}

// Nearer and farther: on the leading edge alone.
void ia_knn_lh_measure(const knn_lh_base *base, const double *off, double areas[3])
{
    areas[0] = areas[1] = areas[2] = 0;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        double area = fabs(off[i]) * base->width;
        areas[0] += area;
        if (i <= base->peak)
            areas[off[i] > 0 ? 1 : 2] += area;
    }
}

static void measure(const knn_lh_base *base, const double *curve, double areas[3])
{
    double off[IA_KNN_BINS], sum = 0;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        sum += curve[i] * base->width;
        off[i] = sum - base->mean[i];
    }
    ia_knn_lh_measure(base, off, areas);
}

void ia_knn_lh_compute(const ia_null *null, size_t k, double r_max, knn_lh_base *base,
                       ia_knn_lh *out)
{
    size_t n = null->n_shuffles + 1, reached[3] = {0};
    double found[3], areas[3];
    base->width = r_max / IA_KNN_BINS;
    average(null, k, base);
    measure(base, curve_of(null, k, 0), found);
    for (size_t draw = 1; draw < n; draw++) {
        measure(base, curve_of(null, k, draw), areas);
        for (size_t a = 0; a < 3; a++)
            reached[a] += areas[a] >= found[a];
    }
    *out = (ia_knn_lh){.area = found[0],
                       .nearer = found[1],
                       .farther = found[2],
                       .p = (1 + (double)reached[0]) / (double)n,
                       .p_nearer = (1 + (double)reached[1]) / (double)n,
                       .p_farther = (1 + (double)reached[2]) / (double)n};
}
