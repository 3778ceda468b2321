// src/cluster/shell.h: the ions around a set of linked solute ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SHELL_H
#define IONATLAS_SRC_CLUSTER_SHELL_H

#include "cluster/cluster_internal.h"

// Linked solute ions and the cluster of each.
typedef struct {
    float *xyz;     // (n, 3) nm
    int32_t *label; // (n)
    size_t n;
} ia_cores;

typedef struct {
    const ia_cloud *cloud;
    const ia_cores *cores;
    double envelope, erosion; // nm
    int32_t *labels;          // (cloud->n_ions) by place in the file
    uint64_t *near; // bits, of the cloud: within envelope + erosion of a core, set here
} ia_shell;

// Label the ions without a label within `envelope` of a core as the nearest core is,
// except those nearer than `erosion` to an ion that stays without. Slab by slab along z:
// some 40 B per ion near a core in a sixteenth of the specimen.
ia_status ia_shell_join(ia_ctx *ctx, const ia_shell *shell);

#endif
