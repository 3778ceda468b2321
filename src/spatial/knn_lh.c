// src/spatial/knn_lh.c: LH*, the area between distributions of nearest distances.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"

#include <math.h>
#include <stdlib.h>

// Areas between a draw's distribution and the mean of all, nm.
typedef struct {
    double all, nearer, farther; // farther and nearer: on the leading edge alone
} areas;

// The curve of a draw: the data are draw 0.
static const double *curve_of(const ia_null *null, size_t k, size_t draw)
{
    return draw == 0 ? null->observed + k : null->nulls + (draw - 1) * null->n_values + k;
}

// Mean distribution over all draws, the data among them, and the bin of its most frequent
// distance: the data and the shuffles enter alike.
static size_t average(const ia_null *null, size_t k, double width, double *mean)
{
    size_t n = null->n_shuffles + 1, peak = 0;
    double density[IA_KNN_BINS] = {0}, sum = 0;
    for (size_t draw = 0; draw < n; draw++)
        for (size_t i = 0; i < IA_KNN_BINS; i++)
            density[i] += curve_of(null, k, draw)[i] / (double)n;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        peak = density[i] > density[peak] ? i : peak;
        mean[i] = sum += density[i] * width;
    }
    return peak;
}

static areas measure(const double *curve, const double *mean, size_t peak, double width)
{
    areas a = {0};
    double sum = 0;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        sum += curve[i] * width;
        double off = (sum - mean[i]) * width;
        a.all += fabs(off);
        if (i <= peak && off > 0)
            a.nearer += off;
        else if (i <= peak)
            a.farther -= off;
    }
    return a;
}

void ia_knn_lh_compute(const ia_null *null, size_t k, double r_max, ia_knn_lh *out)
{
    double mean[IA_KNN_BINS], width = r_max / IA_KNN_BINS;
    size_t n = null->n_shuffles + 1, reached[3] = {0};
    size_t peak = average(null, k, width, mean);
    areas found = measure(curve_of(null, k, 0), mean, peak, width);
    for (size_t draw = 1; draw < n; draw++) {
        areas a = measure(curve_of(null, k, draw), mean, peak, width);
        reached[0] += a.all >= found.all;
        reached[1] += a.nearer >= found.nearer;
        reached[2] += a.farther >= found.farther;
    }
    *out = (ia_knn_lh){.area = found.all,
                       .nearer = found.nearer,
                       .farther = found.farther,
                       .p = (1 + (double)reached[0]) / (double)n,
                       .p_nearer = (1 + (double)reached[1]) / (double)n,
                       .p_farther = (1 + (double)reached[2]) / (double)n};
}
