// src/spectrum/sideband.h: a background that is a straight line between places beside
// ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_SIDEBAND_H
#define IA_SPECTRUM_SIDEBAND_H

#include "spectrum/windows.h"

// A place where the density of background was measured.
typedef struct {
    double mass;              // Da
    double density, variance; // ions per Da
} ia_knot;

typedef struct {
    ia_knot *list; // (n) by rising mass; straight lines between, level beyond the ends
    size_t n;
} ia_knots;

// Beside each range, as far as the next lets it be and at most `margin` away, a band as
// wide as the range; of a band the emptier half where the other must hold a peak. Between
// bands, and without ranges, the windows that pass as background. IA_ERR_MEMORY only.
ia_status ia_knots_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                         const ia_ranger *ranger, double margin,
                         const ia_windows *windows, ia_knots *out);
void ia_knots_clear(ia_knots *knots);

// Ions in [lo, hi) and the variance of that by counting.
double ia_knots_counts(const ia_knots *knots, double lo, double hi, double *variance);
// Ions that [lo, hi) would hold more as dense as the place behind it than as the one
// before; 0 where that is not denser.
double ia_knots_rise(const ia_knots *knots, double lo, double hi);

#endif
