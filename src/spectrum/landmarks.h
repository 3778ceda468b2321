// src/spectrum/landmarks.h: the mass scale by lines that have a peak to themselves.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LANDMARKS_H
#define IA_SPECTRUM_LANDMARKS_H

#include <ionatlas/identify.h>

// A peak of one ion: true place, how far off it is measured, and the error of that, Da.
typedef struct {
    double mass, off, sigma;
} ia_landmark;

// Hydrogen is off on its own account; lighter peaks are no landmarks, Da.
static const double IA_LANDMARK_LIGHTEST = 4;

// Offset and slope by least squares in which far landmarks count little, and the scatter
// that is left; the scale is unchanged without landmarks. n log n.
ia_status ia_landmarks_fit(ia_ctx *ctx, const ia_landmark *list, size_t n,
                           ia_mass_scale *scale);

#endif
