// src/spatial/step_fit.h: a smooth step fitted to shares by distance.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_STEP_FIT_H
#define IONATLAS_SRC_STEP_FIT_H

#include <stdbool.h>
#include <stddef.h>

// Points with weights 1/variance.
typedef struct {
    size_t n;
    const double *x, *y, *weight; // (n)
} ia_step_points;

// y = low + (high - low) (1 + erf((x - middle)/(sqrt(2) sd)))/2
//     + layer exp(-((x - middle)/sd)^2/2):
// a sharp step and a thin layer at it, blurred alike. The sigmas are where chi^2 has
// risen by 1.
typedef struct {
    double low, high, layer, middle, sd;
    double sigma_middle, sigma_sd;
    double chi2;
} ia_step_fit;

// The least chi^2 with |middle| <= reach/2 and sd from a tenth of a spacing to reach/2.
// `layer` is 0 unless chi^2 falls by 16 more with it. False with fewer than five points
// or where a constant does as well (chi^2 falls by less than 9). O(n) times some
// thousand.
bool ia_step_fit_find(const ia_step_points *points, double reach, ia_step_fit *out);
// Of points little changed: a step of the same kind by three rounds of Gauss and Newton
// from the first, which it stays where they fail. Without sigmas and chi^2.
void ia_step_fit_again(const ia_step_points *points, const ia_step_fit *first,
                       ia_step_fit *out);
double ia_step_fit_at(const ia_step_fit *fit, double x);

#endif
