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

// Error of the mass scale at 28 Da that is worth looking for, Da: `most`, but no more
// than three widths of a peak. Who resolves peaks ten times as well knows their places
// better.
double ia_scale_tolerance(const ia_peak_widths *widths, double most);

// Offset and slope by least squares in which far landmarks count little, and the scatter
// that is left, with what few landmarks leave of the tolerance; the scale is unchanged
// without landmarks. Few landmarks may have two lines, each of which fits some of them:
// the better one is the scale, and `other`, unless NULL, the other; without lines where
// there is one. n log n.
ia_status ia_landmarks_fit(ia_ctx *ctx, const ia_landmark *list, size_t n,
                           double tolerance, ia_mass_scale *scale, ia_mass_scale *other);

// Do two scales differ by more than either's scatter at any of the landmarks?
bool ia_landmarks_differ(const ia_landmark *list, size_t n, const ia_mass_scale *a,
                         const ia_mass_scale *b);

#endif
