// src/cluster/spanning.h: the minimum spanning tree of mutual reachability.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SPANNING_H
#define IONATLAS_SRC_SPANNING_H

#include <ionatlas/hdbscan.h>

// For n > samples points: n - 1 spans by rising (distance, distance of the points, a, b).
ia_status ia_spanning_tree(ia_ctx *ctx, const ia_points *points, size_t samples,
                           ia_hdbscan_span **out);

#endif
