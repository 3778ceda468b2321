// src/spectrum/hydrogen_internal.h: what the files on hydrogen share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_HYDROGEN_INTERNAL_H
#define IA_SPECTRUM_HYDROGEN_INTERNAL_H

#include <ionatlas/hydrogen.h>

#include "spectrum/counts.h"

// What the lines of light ions are fitted with.
typedef struct {
    ia_counts counts;              // of the fine spectrum
    const ia_peak_shape *shape;    // u in widths of the law
    double width_ratio;            // of H+ over that law
    double h_width;                // of H+, Da; NAN where it tells none
    double h_shift, sigma_h_shift; // seen less true at 1 Da, Da
    double far_shift;              // the same at ia_light_far_mass, by the mass scale
    double scale_error;            // at 2 Da, Da
} ia_light_lines;

extern const double ia_light_far_mass; // Da, where the mass scale is known

// m/n of an ion with h hydrogens and d deuteriums, charge 1, Da.
double ia_light_mass(unsigned h, unsigned d);
// Where it is expected to be seen.
double ia_light_place(const ia_light_lines *lines, double mass);
// Width that is expected of its peak, Da, and by which factor it may be more or less.
double ia_light_width(const ia_light_lines *lines, double mass);
double ia_light_width_factor(const ia_light_lines *lines, double mass);

typedef struct {
    double place, width; // Da
} ia_light_line;
// Share of a peak that lies in [lo, hi).
double ia_light_share(const ia_light_lines *lines, const ia_light_line *line, double lo,
                      double hi);
// First bin that a window touches, and the one after the last.
void ia_light_bins(const ia_light_lines *lines, double lo, double hi, size_t *first,
                   size_t *last);
// Ions beside a peak, and in how many Da.
typedef struct {
    double counts, length;
} ia_light_band;
ia_light_band ia_light_side_bands(const ia_light_lines *lines, double place);

// Where a function of one variable is smallest between two bounds, by golden section.
typedef double (*ia_light_curve)(void *user, double x);
double ia_light_lowest(ia_light_curve f, void *user, double lo, double hi);

// Find H+ and how wide it is; widths and places of the other light ions follow. A few H+
// tell their place alone. Without H+ the law of widths and the mass scale stand.
void ia_light_learn(ia_light_lines *lines, const ia_mass_scale *scale);
ia_light_peak ia_light_peak_at(const ia_light_lines *lines, unsigned nominal);

// Fit the two ions of a pair. `expected` and `sigma`: of the one without deuterium, by a
// reference; a negative sigma for none.
ia_status ia_light_pair_fit(ia_ctx *ctx, const ia_light_lines *lines,
                            const ia_light_peak *peak, double expected, double sigma,
                            ia_light_pair *out);

// Hydrides that are told, and those of ions with so large a share of all.
ia_status ia_hydrides_compute(ia_ctx *ctx, const ia_hydrogen_input *input,
                              double main_share, ia_hydrogen *out);

// Windows, rings, trends and what comes with the pulses.
ia_status ia_hydrogen_trends_compute(ia_ctx *ctx, const ia_hydrogen_input *input,
                                     const ia_hydrogen_params *params, ia_hydrogen *out);

#endif
