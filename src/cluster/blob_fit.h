// src/cluster/blob_fit.h: a mixture of Gaussians and an even part from where its blobs
// begin.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BLOB_FIT_H
#define IONATLAS_SRC_BLOB_FIT_H

#include <ionatlas/blobs.h>

typedef struct {
    double least_points; // a blob of less than half of these goes
    double needed;       // log-likelihood that a blob must add
    double least_width;  // nm; two points at one place are infinitely likely
    // Mean density of everything as the blob weighs it, over that of the whole; beyond
    // the surface there is nothing. NULL: 1.
    double (*level)(const void *user, const ia_blob *blob);
    const void *user;
} ia_blob_rules;
// `out` has n, volume, the blobs to begin with, and room for label and probability of
// each point. Blobs and the even part are shares of the points among everything: a blob
// in a place `level` times as dense counts that much less.
ia_status ia_blobs_settle(ia_ctx *ctx, const ia_points *points,
                          const ia_blob_rules *rules, ia_blobs *out);

#endif
