// src/spatial/ranged.h: the positions of ranged ions side by side, with what each was
// ranged as.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RANGED_H
#define IONATLAS_SRC_RANGED_H

#include <ionatlas/ranges.h>

typedef struct {
    size_t n;
    float *xyz;          // (n, 3) nm
    uint16_t *kind;      // (n) index into ia_ranges.ions
    uint32_t *row;       // (n) place in the table of ions
    double lo[3], hi[3]; // nm, box of the positions; of none INFINITY to -INFINITY
    size_t n_far;        // ranged ions left out: far off all others
} ia_ranged;

// In the order of the table, with a warning of those left out: ions farther from the
// middle 98 % along an axis than that is wide. One such ion would be all that a mean
// distance tells. IA_ERR_UNSUPPORTED without positions, for
// positions farther apart than ia_index_build takes, for more than 2^31 - 1 ions or
// 65,535 kinds. O(n) time, 18 B per ranged ion.
ia_status ia_ranged_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranger *ranger,
                          ia_ranged *out);
// By z, y, x and kind: what follows does not depend on the order of the file. 24 B per
// ion while it sorts.
ia_status ia_ranged_sort(ia_ctx *ctx, ia_ranged *ranged);
// Refuses none: IA_ERR_EMPTY.
ia_status ia_ranged_need(ia_ctx *ctx, const ia_ranged *ranged);
// Warns where a distance asked for is larger than any between two ions.
void ia_ranged_tell_reach(ia_ctx *ctx, const ia_ranged *ranged, const char *name,
                          double distance);
void ia_ranged_clear(ia_ranged *ranged);

#endif
