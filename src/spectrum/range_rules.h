// src/spectrum/range_rules.h: how far a range reaches to either side of a maximum.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_RANGE_RULES_H
#define IA_SPECTRUM_RANGE_RULES_H

#include <ionatlas/autorange.h>

#include "spectrum/counts.h"

// A peak, what it stands on, and how far its range may go.
typedef struct {
    const ia_counts *counts;
    const ia_peak_shape *shape;
    double mass, width;    // Da
    double floor, ceiling; // Da, not beyond
    double signal;         // ions of the peak
    double under;          // ions per Da under it, as its own peak was measured
    double level[2];       // those beside it, to the left and to the right
} ia_rule_peak;

// Bounds [*lo, *hi) by the rule; on entry those that `grown` begins with.
void ia_rule_bounds(const ia_rule_peak *peak, const ia_autorange_params *params,
                    double *lo, double *hi);

// Ions of a spectrum in each merged range, those of a bin that is cut shared out.
ia_status ia_spectrum_range_counts(ia_ctx *ctx, const ia_counts *counts,
                                   const ia_ranger *ranger, ia_range_counts *out);
// The composition of a spectrum by these ranges; the background outside them is fitted
// with these parameters (NULL: defaults) and without a word.
ia_status ia_spectrum_composition(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_ranges *ranges,
                                  const ia_background_params *params,
                                  ia_composition *out);

#endif
