// src/spatial/ranged.h: the positions of ranged ions side by side, with what each was
// ranged as.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RANGED_H
#define IONATLAS_SRC_RANGED_H

#include <ionatlas/ranges.h>

typedef struct {
    size_t n;
    float *xyz;       // (n, 3) nm
    int32_t *ion;     // (n) index into ia_ranges.ions
    uint32_t *number; // (n) place in the table of ions
} ia_ranged;

// In the order of the table. O(n) time, 20 B per ranged ion.
ia_status ia_ranged_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranger *ranger,
                          ia_ranged *out);
void ia_ranged_clear(ia_ranged *ranged);

#endif
