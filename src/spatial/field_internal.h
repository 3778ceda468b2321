// src/spatial/field_internal.h: what the files of the field share with surfaces.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_FIELD_INTERNAL_H
#define IONATLAS_SRC_FIELD_INTERNAL_H

#include "spatial/blend.h"
#include "spatial/shares.h"

#include <ionatlas/field.h>
#include <ionatlas/random.h>

// Ions with their voxels and what each kind counts.
typedef struct {
    ia_ranged ranged;
    char solute[128];
    float *weights[2]; // (n_kinds) atoms of the solute, atoms of all elements
    bool *has;         // (n_kinds) holds the solute
    size_t n_kinds;
    double density[2]; // atoms of the solute and of all, per nm^3 of filled space
    double percent;    // of the solute
    uint8_t *part;     // (ranged.n) 0 to 9, at random, whatever the order of the ions
    uint64_t seed;     // of these
    ia_voxels voxels;
    ia_plane_order order;
} ia_volume_work;

// A kernel with everything that had to be chosen.
typedef struct ia_kernel {
    int kind;        // IA_KERNEL_..., not AUTO
    double sigma[3]; // nm; NAN where it varies
    double cut;      // standard deviations
    size_t reach;    // of truncated, voxels
    ia_spread spread;
    size_t k;        // of adaptive
    double factor;   // likewise: width over the distance
    ia_blend blend;  // of the mixture
    size_t n_scales; // of adaptive and mixture
} ia_kernel;

// Second moment along an axis of what makes a value between voxel centres of an ion,
// nm^2: how it is spread over voxels, the taps as they are cut and sampled, and the
// straight line between the values of two voxels. NAN where the width varies.
ia_status ia_kernel_variance(ia_ctx *ctx, const ia_kernel *kernel, size_t axis,
                             double edge, double *out);

enum { IA_PARTS = 10, IA_PART_JUDGE = 0, IA_PART_CHOOSE = 1 };
static const unsigned IA_EVERY_PART = (1u << IA_PARTS) - 1;
// n of the parts in a row, the first again after the last.
static inline unsigned ia_volume_window(size_t first, size_t n)
{
    unsigned parts = 0;
    for (size_t i = 0; i < n; i++)
        parts |= 1u << (first + i) % IA_PARTS;
    return parts;
}

// Ranged ions and the solute; `edge` 0: chosen from its density. IA_ERR_EMPTY, and
// IA_ERR_MEMORY for too many voxels.
ia_status ia_volume_work_build(ia_ctx *ctx, const ia_share_input *input,
                               const ia_volume_params *params, ia_volume_work *out);
// Ranged ions and their parts alone: neither solute nor voxels.
ia_status ia_volume_work_divide(ia_ctx *ctx, const ia_share_input *input, uint64_t seed,
                                ia_volume_work *out);
void ia_volume_work_clear(ia_volume_work *work);

// Counts of these parts of the ions into two grids, (voxels) each, by freshly zeroed
// arrays that the caller frees. `kind` NULL: as ranged.
ia_status ia_volume_count(ia_ctx *ctx, const ia_volume_work *work, ia_spread spread,
                          unsigned parts, const uint16_t *kind, float *counts[2]);
// Values by voxel, (voxels) each.
typedef struct {
    float *share; // of the solute
    float *atoms; // smoothed atoms per voxel; NULL: not wanted
    float *sigma; // standard error of the share
} ia_volume_grids;
// Share and atoms from the ions of these parts.
ia_status ia_volume_share(ia_ctx *ctx, const ia_volume_work *work,
                          const ia_kernel *kernel, unsigned parts,
                          const ia_volume_grids *out);
// The standard errors of the shares of all ions: share and atoms as given.
ia_status ia_volume_sigma(ia_ctx *ctx, const ia_volume_work *work,
                          const ia_kernel *kernel, const ia_volume_grids *grids);
// Half an atom over the voxels that the kernel's squares add up over.
double ia_volume_half_atom(const ia_volume_work *work, const ia_kernel *kernel);
// Distance of each voxel to its k-th solute ion of these parts, nm; INFINITY where there
// are fewer.
ia_status ia_volume_distances(ia_ctx *ctx, const ia_volume_work *work, size_t k,
                              unsigned parts, float *out);
// Ions of one part: positions and atoms, at most `most` of them, at random.
// `kind` NULL: as ranged. Freed with ia_unseen_free.
ia_status ia_volume_unseen(ia_ctx *ctx, const ia_volume_work *work, const uint16_t *kind,
                           unsigned part, size_t most, ia_unseen *out);
void ia_unseen_free(ia_unseen *unseen);
// Kinds in any order, each as likely (Fisher and Yates).
void ia_kinds_shuffle(ia_random *random, uint16_t *kind, size_t n);

// Choose the kernel as params say, and score it and others on unseen ions.
ia_status ia_volume_choose(ia_ctx *ctx, const ia_volume_work *work,
                           const ia_volume_params *params, ia_kernel *kernel,
                           ia_volume *out);
// p of the gain against label shuffles.
ia_status ia_volume_null(ia_ctx *ctx, const ia_volume_work *work,
                         const ia_volume_params *params, ia_volume *out);
// Value and atoms of every voxel from these parts of the ions by a chosen kernel; voxels
// outside are NAN.
ia_status ia_volume_fill(ia_ctx *ctx, const ia_volume_work *work,
                         const ia_volume_params *params, const ia_kernel *kernel,
                         unsigned parts, ia_volume *out);
// Agreement of halves and of 70 % of the ions, by volume->chosen, into `volume`.
ia_status ia_volume_steady(ia_ctx *ctx, const ia_volume_work *work, ia_volume *volume);

#endif
