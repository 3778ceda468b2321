// src/spatial/blend.h: a field from kernels of many widths, weighted by what foretells
// unseen ions best.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BLEND_H
#define IONATLAS_SRC_BLEND_H

#include "spatial/scales.h"

// Ions that the scales did not count: where they are, how many of their atoms are solute.
typedef struct {
    size_t n;
    const float *xyz;    // (n, 3) nm
    const float *solute; // (n) solute atoms
    const float *atoms;  // (n) all atoms
} ia_unseen;

enum {
    IA_BLEND_COUNTS = 5,
    IA_BLEND_ALIKE = 8,
    IA_BLEND_AGAIN = 6,
    IA_BLEND_COLUMNS = IA_SCALES_MOST + IA_BLEND_COUNTS + IA_BLEND_ALIKE,
    IA_BLEND_POWERS = 4,
    IA_BLEND_PICKED = 7,
    IA_BLEND_SQUARES = IA_BLEND_PICKED * (IA_BLEND_PICKED + 1) / 2
};

// What was chosen on unseen ions; enough to make the field from other counts.
typedef struct {
    size_t best_scale; // the fixed width that does best alone
    double best_count; // likewise the number of solute atoms per kernel
    size_t n_first, n_second;
    double first[IA_BLEND_COLUMNS + 1];
    double second[IA_BLEND_COLUMNS + 1 + IA_BLEND_SQUARES];
    double middle[IA_BLEND_PICKED]; // taken off the picked columns before they multiply
    double third[IA_BLEND_POWERS];  // of the logit's powers: a last calibration
} ia_blend;

// Mean -log of the chance given to what unseen atoms are, nats per atom.
double ia_unseen_loss(const ia_voxels *voxels, const float *field,
                      const ia_unseen *unseen);

// One division of the ions: counts of most of them, and those left out.
typedef struct {
    ia_scales scales;
    ia_unseen unseen;
} ia_fold;
// From all folds together. O(voxels): some 350 smoothings each. 100 B per voxel of each
// fold beside the scales.
ia_status ia_blend_choose(ia_ctx *ctx, const ia_fold *folds, size_t n_folds,
                          ia_blend *out);
// The field by that choice: (n) shares.
ia_status ia_blend_apply(ia_ctx *ctx, const ia_scales *scales, const ia_blend *blend,
                         float *out);

#endif
