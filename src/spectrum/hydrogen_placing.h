// src/spectrum/hydrogen_placing.h: how well two lines of given amounts explain a peak,
// wherever they lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_HYDROGEN_PLACING_H
#define IA_SPECTRUM_HYDROGEN_PLACING_H

#include "spectrum/hydrogen_internal.h"

typedef struct ia_light_fit ia_light_fit;

// What a reference says of the line without deuterium; a negative sigma: nothing.
typedef struct {
    double counts, sigma;
} ia_light_reference;

// Lay out the shifts and widths at which the lines of `pair` are looked for. `lines` and
// `pair`, its masses and `sigma_shift` set, are kept, not copied.
ia_status ia_light_fit_new(ia_ctx *ctx, const ia_light_lines *lines,
                           const ia_light_peak *peak, const ia_light_pair *pair,
                           const ia_light_reference *without, ia_light_fit **out);

// Least deviance, over shifts, widths and the other line's amount, when line `held` (0:
// with deuterium, 1: without) has this amount; the shift that has it, Da, unless NULL.
double ia_light_fit_deviance(ia_light_fit *f, int held, double amount, double *shift);

// Least deviance, over shifts, widths and what both lines have together, when that with
// deuterium has this share of it.
double ia_light_fit_by_share(ia_light_fit *f, double share);

void ia_light_fit_free(ia_light_fit *f);

#endif
