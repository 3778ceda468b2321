// src/cluster/linkage.h: linking of points into groups from many threads at once.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_LINKAGE_H
#define IONATLAS_SRC_CLUSTER_LINKAGE_H

#include "cluster/cluster_internal.h"
#include "cluster/near_list.h"

#include <stdatomic.h>

// The least number of the group of i, each group being a tree of falling numbers.
uint32_t ia_link_root(_Atomic uint32_t *parent, uint32_t i);
// Make one group of those of a and b.
void ia_link_two(_Atomic uint32_t *parent, uint32_t a, uint32_t b);

// ia_linkage_count of points whose neighbours, to the largest distance, are known.
ia_status ia_linkage_tally(ia_ctx *ctx, const ia_near_list *near,
                           const ia_linkage_grid *grid, uint64_t *solutes,
                           uint64_t *clusters);

#endif
