// src/spectrum/assign_from.h: the choice of ions that begins with a given mass scale.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ASSIGN_FROM_H
#define IA_SPECTRUM_ASSIGN_FROM_H

#include <ionatlas/identify.h>

typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background;
    const ia_peaks *peaks;
    const ia_identify_params *params;
    const ia_mass_scale *start; // give or take its sigma; NULL: m/n as read, give or take
                                // the tolerance
    bool quick;                 // a fifth of the work at most, to compare scales by
    const ia_assignment *told;  // whose elements form molecules from the beginning; NULL:
                                // only those that atoms show first
} ia_assign_input;

// As ia_assign_compute, which begins with m/n as read.
ia_status ia_assign_from(ia_ctx *ctx, const ia_assign_input *input, ia_assignment *out);

#endif
