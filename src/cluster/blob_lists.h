// src/cluster/blob_lists.h: the points near each blob, and how dense it is there.
// Uses the boxes of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BLOB_LISTS_H
#define IONATLAS_SRC_BLOB_LISTS_H

#include "spatial/boxes.h"

#include <ionatlas/blobs.h>

// Points within four widths of blob k are start[k] to start[k + 1] - 1, in the order of
// the boxes; with each the expected number of points of the blob in the whole volume,
// were it everywhere as dense as there.
typedef struct {
    ia_boxes boxes;
    size_t *start;   // (n_blobs + 1)
    uint32_t *point; // numbers
    double *density;
    size_t room, blob_room;
} ia_blob_lists;
ia_status ia_blob_lists_begin(ia_ctx *ctx, const ia_points *points, ia_blob_lists *out);
ia_status ia_blob_lists_fill(ia_ctx *ctx, const ia_blob *blobs, size_t n_blobs,
                             double volume, ia_blob_lists *lists);
// That number for one blob at a place; 0 beyond four widths.
double ia_blob_density(const ia_blob *blob, double volume, const float at[3]);
void ia_blob_lists_clear(ia_blob_lists *lists);

#endif
