// src/spectrum/shape.h: parts of the learning of a peak's shape.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_SHAPE_H
#define IA_SPECTRUM_SHAPE_H

#include <ionatlas/shape.h>

#include "spectrum/counts.h"

// The core of a peak in u: where it is told from its neighbours, and what the densities
// of single peaks are scaled by.
extern const double ia_shape_core_lo, ia_shape_core_hi;

// Empty cells: `step` wide in the core, then each a tenth wider than the one before.
ia_status ia_shape_cells(ia_ctx *ctx, const ia_peak_shape_params *params, double step,
                         ia_peak_shape *out);
// Fill the cells with the parametric shape.
void ia_shape_fill(ia_peak_shape *shape);
// Fill them with a Gaussian of standard deviation e^sigma convolved with an exponential
// of mean e^tau, of which the share e^far has one of four widths instead.
void ia_shape_formula(double sigma, double tau, double far, ia_peak_shape *shape);
// Scale the densities to 1 and sum them up.
void ia_shape_normalise(ia_peak_shape *shape);

// Share of a peak's ions in [lo, hi) as the peaks but that of most ions have it, which
// may have an ion in its flank; sigma is INFINITY where they do not tell.
double ia_shape_rest_share(const ia_peak_shape *shape, double mass, double lo, double hi,
                           double *sigma);

// Replace values by the nearest that rise up to cell `mode` and fall from there, in the
// sense of squares weighted by `weight` (pool adjacent violators). IA_ERR_MEMORY only.
ia_status ia_shape_one_maximum(ia_ctx *ctx, double *values, const double *weight,
                               size_t n, size_t mode);

// What a shape is learnt from.
typedef struct {
    const ia_counts *counts;
    const ia_peaks *peaks;
    const ia_assignment *told; // NULL: nothing is known of ions
    const ia_peak_shape_params *params;
} ia_shape_source;

// Learn it; `out` has the parametric shape to begin with and keeps it where too few ions
// tell.
ia_status ia_shape_learn(ia_ctx *ctx, const ia_shape_source *from, ia_peak_shape *out);

#endif
