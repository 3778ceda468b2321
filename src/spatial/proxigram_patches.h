// src/spatial/proxigram_patches.h: errors of an excess from patches of its surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PROXIGRAM_PATCHES_H
#define IONATLAS_SRC_PROXIGRAM_PATCHES_H

#include "spatial/proxigram_step.h"

// Patches of a surface, halved again and again along the longest axis of the ions near it
// so that each has as many of them.
typedef struct {
    size_t n_bins, n_kinds, n; // n: patches; 0: too few ions
    uint64_t *counts;          // (n, n_bins, n_kinds)
} proxigram_patches;

// n ions at xyz: (n, 3) nm, of a kind, `distance` from the surface (NAN: none). O(n).
typedef struct {
    size_t n;
    const float *xyz, *distance;
    const uint16_t *kind;
} proxigram_ions;
ia_status ia_proxigram_patches_count(ia_ctx *ctx, const proxigram_tally *tally,
                                     const proxigram_ions *ions, proxigram_patches *out);
void ia_proxigram_patches_clear(proxigram_patches *patches);

// Each patch left out in turn (jackknife): what a surface that is off by some length
// here and by another there makes of middle and excess, and counting. Errors of `out`
// become those.
ia_status ia_proxigram_patches_errors(ia_ctx *ctx, const proxigram_patches *patches,
                                      const proxigram_tally *tally, size_t element,
                                      const proxigram_step *step,
                                      ia_proxigram_element *out);

#endif
