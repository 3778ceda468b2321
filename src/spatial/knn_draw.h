// src/spatial/knn_draw.h: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_KNN_DRAW_H
#define IONATLAS_SRC_KNN_DRAW_H

#include "spatial/drawing.h"

#include <ionatlas/knn.h>

typedef struct {
    ia_drawing set;   // of the species, all their ions
    size_t n_centres; // of the ions at the centres, so many at random
    size_t k;
    double r_max; // of the curve; the curve is left out where 0
    double r_kth; // of that of the k-th neighbour; left out where 0
    size_t fit_k; // neighbour whose distances populations are fitted to; 0: none
} knn_drawing;

// Values: (k) mean distances, then the curve (IA_KNN_BINS), then how much likelier two
// populations are than one, then the curve of the k-th neighbour (IA_KNN_BINS). An
// ia_statistic on a knn_drawing.
ia_status ia_knn_draw(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                      double *values);
// How far the curves reach, by mean distances of a draw: three times that to the nearest;
// of the k-th, which scatters less, little more than twice.
void ia_knn_draw_reach(knn_drawing *drawing, const double *means);
// Neighbours of a draw's centres, which are left in the worker's room: n_centres in its
// `from`.
ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *drawing, const ia_draw *draw,
                             size_t worker, ia_knn *out);
// The ions among which a draw's neighbours were looked for, after the search; borrowed.
ia_points ia_knn_draw_neighbours(const knn_drawing *drawing, size_t worker);
// What a curve is compared with for LH*: the mean distribution over all draws, the data
// among them, and the bin of the most frequent distance.
typedef struct {
    double mean[IA_KNN_BINS], width; // nm
    size_t peak;
} knn_lh_base;
// LH* of the curves of the data and of all shuffles.
void ia_knn_lh_compute(const ia_null *null, size_t k, double r_max, knn_lh_base *base,
                       ia_knn_lh *out);
// Areas of a distribution less the base's, (IA_KNN_BINS): all, nearer, farther, nm.
void ia_knn_lh_measure(const knn_lh_base *base, const double *off, double areas[3]);
enum { KNN_VALUES = 2 * IA_KNN_BINS + 1 }; // beyond the means
typedef struct {
    uint64_t seed;
    knn_lh_base base;
} knn_steadying;
// Errors of LH* from the neighbours of the data, whose centres are in the first room; NAN
// where the box is flat.
ia_status ia_knn_lh_errors(ia_ctx *ctx, const knn_drawing *drawing, const ia_knn *knn,
                           const knn_steadying *steadying, ia_knn_lh *lh);
// Fill what a test says of its steadiness, and its two populations with their errors.
ia_status ia_knn_steady_compute(ia_ctx *ctx, const knn_drawing *drawing,
                                const knn_steadying *steadying, ia_knn_test *test);

#endif
