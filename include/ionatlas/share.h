// include/ionatlas/share.h: the share of an element among the atoms of some ions, with
// its errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SHARE_H
#define IONATLAS_SHARE_H

#include <ionatlas/spectrum.h>

IA_BEGIN

// Ions, what they were ranged as, and the background of their spectrum (NULL, or one
// without a level: corrected values are NAN). Borrowed. What every map of composition in
// space begins with.
typedef struct {
    const ia_ions *ions;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_background *background;
} ia_share_input;

// Atoms after splitting molecular ions. Two atoms of one ion are not independent: the
// errors are those of the ions. Corrected: without stray ions, which are taken to be
// spread as the ranged ions are.
typedef struct {
    double counts;           // atoms of the element
    double atoms;            // atoms of all elements
    double percent;          // NAN without atoms
    double sigma;            // standard deviation of it
    double interval[2];      // 95 %, Clopper and Pearson
    double corrected_counts; // NAN without a background
    double corrected_percent, sigma_corrected;
} ia_share;

// The exact interval for the chance behind k of n: both may be broken numbers, as counts
// that were weighted are. [0, 1] for n = 0. Clopper and Pearson 1934,
// doi:10.1093/biomet/26.4.404. O(1), about 20 microseconds.
IA_API void ia_clopper_pearson(double k, double n, double coverage, double out[2]);

IA_END
#endif
