// src/cluster/recover.h: how many clusters of each size are missed, from planted ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_RECOVER_H
#define IONATLAS_SRC_CLUSTER_RECOVER_H

#include "cluster/cluster_internal.h"

// A planted cluster: its own solute ions, and those of the cluster found there; 0: none.
typedef struct {
    double ions, found;
} ia_cluster_planted;

// What n planted clusters tell of those found, of so many solute ions each.
typedef struct {
    const ia_cluster_planted *planted;
    size_t n;
    const double *sizes; // (n_sizes)
    size_t n_sizes;
} ia_cluster_trial;
ia_status ia_cluster_recovery_fit(ia_ctx *ctx, const ia_cluster_trial *trial,
                                  ia_cluster_recovery *out);

// Plant clusters like those of a test (`first` and on) among shuffled labels, look for
// them with the settings of the test, and fill its recovery.
ia_status ia_clusters_recover(ia_ctx *ctx, const ia_cluster_find *find, size_t first,
                              ia_clustering *clustering);

// "recovery" and "recovery_by_size"; nothing where no clusters were planted.
ia_status ia_cluster_recovery_tables(ia_ctx *ctx, const ia_clustering *clustering,
                                     ia_result *result);

#endif
