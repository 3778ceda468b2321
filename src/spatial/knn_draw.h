// src/spatial/knn_draw.h: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_KNN_DRAW_H
#define IONATLAS_SRC_KNN_DRAW_H

#include "spatial/drawing.h"

#include <ionatlas/knn.h>

typedef struct {
    ia_drawing set; // of the species
    size_t k;
    double r_max; // of the curve; the curve is left out where 0
    size_t fit_k; // neighbour whose distances populations are fitted to; 0: none
} knn_drawing;

// Values: (k) mean distances, then the curve (IA_KNN_BINS), then how much likelier two
// populations are than one. An ia_statistic on a
// knn_drawing.
ia_status ia_knn_draw(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                      double *values);
// Neighbours of a draw's centres, which are left in the worker's room.
ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *drawing, const ia_draw *draw,
                             size_t worker, ia_knn *out);
// LH* of the curves of the data and of all shuffles.
void ia_knn_lh_compute(const ia_null *null, size_t k, double r_max, ia_knn_lh *out);
enum { KNN_VALUES = IA_KNN_BINS + 1 }; // beyond the means
// Fill what a test says of its steadiness, and its two populations with their errors.
ia_status ia_knn_steady_compute(ia_ctx *ctx, const knn_drawing *drawing, uint64_t seed,
                                ia_knn_test *test);

#endif
