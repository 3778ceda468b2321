// src/spectrum/calibrate_find.h: the mass scale of a fitted model.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_CALIBRATE_FIND_H
#define IA_SPECTRUM_CALIBRATE_FIND_H

#include "spectrum/calibrate_internal.h"
#include "spectrum/calibrate_scale.h"

typedef struct {
    size_t n_peaks; // of the spectrum
    cal_scale choice[2];
    double probability[2];
    size_t n_choices;
    double confirmed; // share of the peaks' ions that identification explains
} cal_found;

// A flight path to begin with, mm, and how far the scale of m/n may be off with it,
// standard deviation of its logarithm.
double cal_find_path(const cal_model *model, const ia_calibrate_params *params,
                     double *sigma_ln);
cal_scale_prior cal_find_prior(const cal_model *model, const ia_calibrate_params *params,
                               double path, double sigma_ln);
// Square roots of the m/n that this path gives; `z` is the caller's, freed with free().
ia_status cal_find_places(ia_ctx *ctx, const cal_sample *sample, const cal_model *model,
                          double path, cal_places *out);
// Share of the peaks' ions that a whole identification explains on a scale; what chance
// explains as well is not explained there.
ia_status cal_find_confirm(ia_ctx *ctx, const cal_places *places, const cal_scale *scale,
                           double *share);
ia_status cal_find(ia_ctx *ctx, const cal_places *places, const cal_scale_prior *prior,
                   cal_found *out);
// Start time of a scale, ns. Its flight path is `path` / scale->a.
double cal_find_t0(const cal_model *model, double path, const cal_scale *scale);

#endif
