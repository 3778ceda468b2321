// src/spectrum/calibrate_scale.h: the mass scale: sqrt(m/n) = a z + b, z the square root
// of a provisional m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_CALIBRATE_SCALE_H
#define IA_SPECTRUM_CALIBRATE_SCALE_H

#include "spectrum/assign_internal.h"

typedef struct {
    double a, b;
    double score;     // ln of the odds up to a constant, with the prior
    ia_ion ion;       // what the largest peak would be; n_parts 0 where not told
    size_t n_lines;   // peaks that stand for one ion each
    double explained; // share of the peaks' ions
    double sigma_a, sigma_b, covariance;
    double width;  // half-content width of a peak at 28 Da, Da
    double misfit; // chi-squared per degree of freedom of the peaks' places
} cal_scale;

// Before the peaks are seen: ln a^2 and the shift of the start, b / a, each normal.
typedef struct {
    double sigma_ln;           // of a^2
    double shift, sigma_shift; // of b / a: mean and standard deviation
} cal_scale_prior;
double cal_scale_prior_of(const cal_scale_prior *prior, double a, double b);
// Not farther off than any instrument is.
bool cal_scale_is_possible(const cal_scale_prior *prior, const cal_scale *scale);

// Places z of the ions, (n), in no order; values <= 0 are left out.
typedef struct {
    const float *z;
    size_t n;
    double z_max;
    const ia_peaks *peaks; // of z^2, for all scales; NULL: found anew on each
} cal_places;

// A spectrum of a z + b.
ia_status cal_scale_spectrum(ia_ctx *ctx, const cal_places *places, double a, double b,
                             ia_spectrum *out);

enum { CAL_SCALES = 48 };
// Scales that isotope patterns suggest, the best first; at most CAL_SCALES.
ia_status cal_scale_suggest(ia_ctx *ctx, const ia_spectrum *spectrum,
                            const ia_peaks *peaks, const cal_scale_prior *prior,
                            cal_scale *list, size_t *n);
// A peak that stands for one ion.
typedef struct {
    double mass; // Da
    ia_ion ion;
} cal_name;
enum { CAL_NAMES = 200 };
typedef struct {
    cal_name list[CAL_NAMES];
    size_t n;
} cal_names;

// Account for the spectrum by ions on that scale; move the scale to its peaks; score.
// `names` may be NULL.
ia_status cal_scale_judge(ia_ctx *ctx, const cal_places *places,
                          const cal_scale_prior *prior, cal_scale *scale,
                          cal_names *names);

#endif
