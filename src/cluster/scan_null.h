// src/cluster/scan_null.h: what chance puts into balls, for the finders that look at
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SCAN_NULL_H
#define IONATLAS_SRC_CLUSTER_SCAN_NULL_H

#include "cluster/finder.h"
#include "cluster/scan.h"

enum { IA_SCAN_SLOW_EDGE = 4 }; // nm

// Weights that sum to the number of ions; NULL stays where the draws are even.
ia_status ia_scan_null_weigh(ia_ctx *ctx, const ia_sample *sample, float **weight);
// A finder's `prepare` and `release`: `aid` is an ia_scan_density of the sample.
ia_status ia_scan_null_prepare(ia_ctx *ctx, const ia_sample *sample,
                               ia_settings *settings);
void ia_scan_null_release(ia_settings *settings);
// The density of the whole specimen, weighted where its test found a slow variation;
// `weight` (cloud) is then the caller's, else it stays NULL.
ia_status ia_scan_null_whole(ia_ctx *ctx, const ia_solute_set *solute,
                             const ia_cluster_params *params, const ia_cluster_test *test,
                             float **weight, ia_scan_density *density);

#endif
