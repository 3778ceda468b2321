// src/cluster/valleys.h: clusters as valleys between steep slopes of reachability.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_VALLEYS_H
#define IONATLAS_SRC_VALLEYS_H

#include <ionatlas/optics.h>

// Fill clusters, n_clusters, n_labels and label from order, reachability and before.
ia_status ia_valleys_find(ia_ctx *ctx, const ia_optics_params *params, ia_optics *optics);

#endif
