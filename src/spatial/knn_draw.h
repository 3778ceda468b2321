// src/spatial/knn_draw.h: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_KNN_DRAW_H
#define IONATLAS_SRC_KNN_DRAW_H

#include <ionatlas/honest.h>
#include <ionatlas/knn.h>

// Buffers of a worker.
typedef struct {
    float *from, *to; // (n, 3) positions drawn
    uint64_t *bits;   // (words of all ranged ions)
    uint64_t *split;  // (words of those drawn)
} knn_room;

typedef struct {
    const float *xyz; // (n, 3) all ranged ions
    size_t n;
    uint32_t *list_from,
        *list_to; // places of the species' ions; the same list for one species
    size_t n_list_from, n_list_to;
    size_t n_from, n_to; // used of them
    bool same;
    size_t k;
    double r_max; // of the curve; the curve is left out where 0
    knn_room *rooms;
} knn_drawing;

// Values: (k) mean distances, then the curve (IA_KNN_BINS). An ia_statistic on a
// knn_drawing.
bool ia_knn_draw(void *user, const ia_draw *draw, size_t worker, double *values);
// Neighbours of a draw's centres, which are left in the worker's room.
ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *drawing, const ia_draw *draw,
                             size_t worker, ia_knn *out);
// Fill what a test says of its steadiness.
ia_status ia_knn_steady_compute(ia_ctx *ctx, const knn_drawing *drawing, uint64_t seed,
                                ia_knn_test *test);

#endif
