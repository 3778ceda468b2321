// src/spectrum/counts.h: counts of a spectrum between any two masses, and above what
// level.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_COUNTS_H
#define IA_SPECTRUM_COUNTS_H

#include <ionatlas/peaks.h>

// Running sums of a spectrum: counts between two masses in O(1).
typedef struct {
    const ia_spectrum *spectrum; // borrowed
    double *sum;                 // (n_bins + 1) counts below each edge
    double flat;                 // level a of the flat background, 0 where not known
    double doubt;                // its relative scatter from place to place
} ia_counts;

ia_status ia_counts_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                          const ia_background *background, ia_counts *out);
void ia_counts_clear(ia_counts *counts);

// Ions in [lo, hi); those of a bin that is cut are shared out evenly.
double ia_counts_between(const ia_counts *counts, double lo, double hi);
// Flat background in [lo, hi).
double ia_counts_flat(const ia_counts *counts, double lo, double hi);
// Upper edge of the spectrum.
double ia_counts_end(const ia_counts *counts);

// What stands at a mass: ions in a window one peak wide, and what is expected there from
// the flat level and from the neighbourhood on both sides.
typedef struct {
    double lo, hi;   // Da
    double n;        // ions
    double b, sigma; // expected without a peak, and its standard deviation
    double local;    // of b, the part above the flat level
} ia_site_counts;
ia_site_counts ia_counts_at(const ia_counts *counts, double mass, double width);

// Window of a peak in units of its half-content width, left and right of its maximum.
extern const double ia_window_left, ia_window_right;

// Learn the widths from the strongest peaks.
ia_status ia_peak_widths_learn(ia_ctx *ctx, const ia_counts *counts, ia_peak_widths *out);

#endif
