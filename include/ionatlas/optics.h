// include/ionatlas/optics.h: points in the order in which density reaches them, and the
// valleys of their reachability.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_OPTICS_H
#define IONATLAS_OPTICS_H

#include <ionatlas/neighbours.h>

IA_BEGIN

typedef struct {
    size_t min_points; // within the core distance, the point itself counted
    double reach;      // nothing farther is reached, nm; 0: chosen
    double xi;         // share by which reachability falls and rises at a cluster's ends
    size_t min_size;   // points of the smallest cluster; 0: as min_points
} ia_optics_params;
IA_API extern const ia_method ia_optics_method;
IA_API ia_optics_params ia_optics_defaults(void);

// A valley: places [begin, end) of the order. Clusters hold others whole or share nothing
// with them.
typedef struct {
    size_t begin, end;
    int32_t label; // of one that holds no other, else -1
} ia_optics_cluster;

typedef struct {
    size_t n, n_clusters, n_labels;
    double reach;        // as used, nm
    uint32_t *order;     // (n) points in the order in which they are reached
    float *reachability; // (n) in that order, nm; infinite: reached from nowhere
    uint32_t *before;    // (n) in that order: point it is reached from, UINT32_MAX: none
    float *core;         // (n) by point: core distance, nm; infinite beyond `reach`
    ia_optics_cluster *clusters; // (n_clusters) inner before outer ones
    int32_t *label;              // (n) by point: innermost cluster; -1: in none
} ia_optics;

// The next point is always that of the smallest reachability, max(core distance of the
// one it is reached from, distance), of equal ones that of the lower number. Where none
// is left in reach, the lowest number starts anew. `reach` 0 is three times the core
// distance that 99 in 100 points do not exceed. Clusters are valleys whose ends are
// steeper than xi, with the correction for the point they are reached from. One thread;
// O(n log n) time for a reach that holds a constant number of points, some 56 B per
// point, 20 of them result, of a million or more.
// Ankerst and others 1999, doi:10.1145/304182.304187; the correction of Schubert and
// Gertz 2018.
IA_API ia_status ia_optics_compute(ia_ctx *ctx, const ia_points *points,
                                   const ia_optics_params *params, ia_optics *out);
IA_API void ia_optics_clear(ia_optics *optics);

IA_END
#endif
