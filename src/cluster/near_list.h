// src/cluster/near_list.h: every neighbour of every point, nearest first.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_NEAR_LIST_H
#define IONATLAS_SRC_CLUSTER_NEAR_LIST_H

#include <ionatlas/neighbours.h>

// Those of point i are start[i] to start[i + 1]; equal distances by rising number.
typedef struct {
    size_t n;
    size_t *start;   // (n + 1)
    uint32_t *point; // (start[n])
    float *d2;       // (start[n]) nm^2
} ia_near_list;
// 8 B per neighbour and point.
ia_status ia_near_list_build(ia_ctx *ctx, const ia_points *points, double radius,
                             ia_near_list *out);
void ia_near_list_clear(ia_near_list *list);

// Distance of each point to its k-th nearest other one, nm; 0 for k = 0, INFINITY beyond
// the radius.
void ia_near_list_core(const ia_near_list *list, size_t k, float *core);

#endif
