// src/spatial/scales.h: counts of a grid smoothed with many widths.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SCALES_H
#define IONATLAS_SRC_SCALES_H

#include "spatial/voxels.h"

// Widths: edge x 2^(i/2).
enum { IA_SCALES_MOST = 12 };

typedef struct {
    const ia_voxels *voxels;
    size_t n; // voxels
    double mean;
    size_t n_scales;
    float *solute, *total;                                               // (n) as counted
    float *smooth_solute[IA_SCALES_MOST], *smooth_total[IA_SCALES_MOST]; // (n)
} ia_scales;

double ia_scale_width(const ia_voxels *voxels, size_t scale);
// Takes over neither grid; `mean` is the share of the solute in all. O(voxels).
ia_status ia_scales_build(ia_ctx *ctx, const ia_voxels *voxels, size_t n_scales,
                          float *const counts[2], ia_scales *out);
void ia_scales_clear(ia_scales *scales);

// Shares of the solute by one width: (n). Half an atom of the mean is added to each
// kernel, so that empty places have a value.
ia_status ia_scale_share(ia_ctx *ctx, const ia_scales *scales, size_t scale, float *out);
// By the width, interpolated in its logarithm, whose kernel holds k solute atoms.
ia_status ia_scale_share_of_count(ia_ctx *ctx, const ia_scales *scales, double k,
                                  float *out);
// By the width width[i], nm, of each voxel.
ia_status ia_scale_share_of_width(ia_ctx *ctx, const ia_scales *scales,
                                  const float *width, float *out);
// By a kernel in space and composition: voxels count as their `pilot` share is like that
// of the voxel, exp(-(logit difference)^2 / (2 tau^2)).
ia_status ia_scale_share_alike(ia_ctx *ctx, const ia_scales *scales, size_t scale,
                               double tau, const float *pilot, float *out);

static inline double ia_clip_share(double q)
{
    const double least = 1e-4;
    return q < least ? least : q > 1 - least ? 1 - least : q;
}

#endif
