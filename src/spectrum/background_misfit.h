// src/spectrum/background_misfit.h: how far a model of the background is off at the
// width of a window, beyond counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_BACKGROUND_MISFIT_H
#define IA_SPECTRUM_BACKGROUND_MISFIT_H

#include "spectrum/windows.h"

// Relative standard deviation of what is there about the model, from place to place.
typedef struct {
    double *mass; // (n) middle of a window, rising, Da
    double *part; // (n) of the expectation there; 0 where counting explains all
    size_t n;
} ia_misfit;

// From the windows as they are counted and expected, whether used or not: around each
// the nearest two dozen, and where these scatter no more than counts do, three times as
// many, and so on up to all. A quarter of them may hold weak peaks. IA_ERR_MEMORY only.
// O(windows^2).
ia_status ia_misfit_build(ia_ctx *ctx, const ia_windows *windows, ia_misfit *out);
void ia_misfit_clear(ia_misfit *misfit);
// At a mass; 0 without windows.
double ia_misfit_at(const ia_misfit *misfit, double mass);

#endif
