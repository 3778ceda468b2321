// src/spectrum/stated.h: a background that the source of the spectrum states.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_STATED_H
#define IA_SPECTRUM_STATED_H

#include <ionatlas/ions.h>

// sum[i] ions below edge[i], evenly between; none beyond the ends.
typedef struct {
    double *edge, *sum; // (n)
    size_t n;
    double doubt; // standard deviation, relative
} ia_stated;

// A copy. IA_ERR_MEMORY only.
ia_status ia_stated_copy(ia_ctx *ctx, const ia_stated_background *background,
                         ia_stated *out);
void ia_stated_clear(ia_stated *stated);

// Ions in [lo, hi). O(log n).
double ia_stated_counts(const ia_stated *stated, double lo, double hi);

#endif
