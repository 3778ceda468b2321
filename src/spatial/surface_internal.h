// src/spatial/surface_internal.h: what the files of the iso-surface share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SURFACE_INTERNAL_H
#define IONATLAS_SRC_SURFACE_INTERNAL_H

#include "spatial/field_internal.h"
#include "spatial/marching.h"

// Thresholds by every rule, and the two levels. Fields of nine parts of the ions are
// judged by the tenth.
ia_status ia_surface_rules(ia_ctx *ctx, const ia_volume_work *work,
                           const ia_volume *volume, ia_surface *out);

// The threshold from the frequency distribution of the solute in blocks of ions, and how
// each element parts, into out->species. O(ions x elements), 28 B per ion.
ia_status ia_surface_frequency(ia_ctx *ctx, const ia_volume_work *work,
                               const ia_ranges *ranges, ia_surface *out);

// Labels of the inside voxels at out->threshold (voxels, by the caller), mesh and
// objects.
ia_status ia_surface_find(ia_ctx *ctx, const ia_volume_work *work,
                          const ia_shares *shares, const ia_volume *volume,
                          const ia_surface_params *params, ia_surface *out);
typedef struct {
    double threshold;
    size_t least_ions; // of the solute
} ia_surface_limit;
// Solute ions of each object of a field within these limits: (n) falling, freed with
// free(). What a null needs.
ia_status ia_surface_sizes(ia_ctx *ctx, const ia_volume_work *work, const float *values,
                           ia_surface_limit limit, uint64_t **sizes, size_t *n);
// Inside and objects in halves and 70 % of the ions, into out->steady_... and overlap.
ia_status ia_surface_steady(ia_ctx *ctx, const ia_volume_work *work,
                            const ia_volume *volume, const ia_surface_params *params,
                            ia_surface *out);
// What a surface is found from; borrowed.
typedef struct {
    const ia_volume_work *work;
    const ia_shares *shares;
    const ia_volume *volume;
    const ia_surface_params *params;
} ia_surface_source;
// Volume, area and radii of each object with one of ten parts of the ions left out, by
// the same kernel and threshold, into its sigmas (jackknife). Ten fields and surfaces.
ia_status ia_surface_errors(ia_ctx *ctx, const ia_surface_source *from, ia_surface *out);

#endif
