// src/cluster/cores.h: distances to the k-th nearest other point.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CORES_H
#define IONATLAS_SRC_CORES_H

#include <ionatlas/neighbours.h>

// For each of n > k points the distance to its k-th nearest other one, nm, and, where
// n_near > 0, the numbers of the n_near <= k nearest. k = 0: all 0. Memory beside the
// index is for some points at a time.
typedef struct {
    size_t k, n_near;
    float *core;    // (n)
    uint32_t *near; // (n, n_near)
} ia_cores;
ia_status ia_cores_find(ia_ctx *ctx, const ia_points *points, const ia_cores *out);

#endif
