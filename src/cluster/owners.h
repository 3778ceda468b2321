// src/cluster/owners.h: clusters from which ion is whose, for finders that see all ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_OWNERS_H
#define IONATLAS_SRC_CLUSTER_OWNERS_H

#include "cluster/cluster_internal.h"

// Each ion's object, and the chance that it belongs to it.
typedef struct {
    const int32_t *owner; // (cloud) -1 for none
    const float *belongs; // (cloud) NULL: 1
    size_t n;             // objects
} ia_owners;
// Append a cluster for each object with n_min solute ions or more of their own that is no
// cluster of another solute yet; label its ions (chance 0.5 or more) and keep their
// chances. number (n): its cluster, less those there were; -1 for none.
ia_status ia_owners_append(ia_ctx *ctx, const ia_cluster_find *find,
                           const ia_owners *owners, int32_t *number, ia_clustering *out);

#endif
