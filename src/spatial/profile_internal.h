// src/spatial/profile_internal.h: what the files of the profile share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PROFILE_INTERNAL_H
#define IONATLAS_SRC_PROFILE_INTERNAL_H

#include "spatial/shares.h"

#include <ionatlas/profile.h>

// Distance along a direction, nm; least and most of the ranged ions.
double ia_axis_profile_place(const double origin[3], const double direction[3],
                             const float *xyz);
void ia_axis_profile_range(const ia_ranged *ranged, const double origin[3],
                           const double direction[3], double range[2]);

// Ranged ions by the bin they lie in.
typedef struct {
    size_t n, n_bins;
    const uint32_t *bin;  // (n)
    const uint16_t *kind; // (n)
} ia_axis_profile_bins;
// How much each profile varies, also in halves and 70 % of the ions: into out->tests.
ia_status ia_axis_profile_steady(ia_ctx *ctx, const ia_shares *shares,
                                 const ia_axis_profile_bins *bins,
                                 const ia_axis_profile_params *params,
                                 ia_axis_profile *out);

// Fill out->ladders. counts: (n_bins, n_kinds) ions. O(n_bins n_kinds) per element.
ia_status ia_axis_profile_add_up(ia_ctx *ctx, const ia_shares *shares,
                                 const uint64_t *counts, ia_axis_profile *out);

// Fill out->tests. counts: (n_bins, n_kinds) ions.
ia_status ia_axis_profile_judge(ia_ctx *ctx, const ia_shares *shares,
                                const uint64_t *counts,
                                const ia_axis_profile_params *params,
                                ia_axis_profile *out);

// Fill out->map where one is asked for.
ia_status ia_axis_profile_map_fill(ia_ctx *ctx, const ia_ranged *ranged,
                                   const ia_shares *shares,
                                   const ia_axis_profile_params *params,
                                   ia_axis_profile *out);

#endif
