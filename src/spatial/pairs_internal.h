// src/spatial/pairs_internal.h: the inner loop of pair counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PAIRS_H
#define IONATLAS_SRC_PAIRS_H

#include "spatial/index_internal.h"

// Equal bins of distance by their squared edges.
typedef struct {
    size_t n;
    double *edge2;      // (n + 1) nm^2
    double inverse;     // bins per nm
    size_t n_table;     // cells of squared distance
    double table_scale; // cells per nm^2
    uint16_t *table;    // (n_table + 1) bin of each cell's lower edge
} ia_pair_bins;
ia_status ia_pair_bins_new(ia_ctx *ctx, double r_max, size_t n, ia_pair_bins *out);
void ia_pair_bins_clear(ia_pair_bins *bins);

// Points side by side; room for a vector more behind each list.
typedef struct {
    const float *x, *y, *z; // nm
    size_t n;
} ia_pair_row;

// Bins of the distances from `query` to the points of a row that lie below r_max, in
// `found`, which has room for row->n + 16; their number.
size_t ia_pair_bins_find(const ia_pair_bins *bins, const ia_pair_row *row,
                         const float query[3], uint16_t *found);

#endif
