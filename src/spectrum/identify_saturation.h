// src/spectrum/identify_saturation.h: is the largest peak too small for its isotopes?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_IDENTIFY_SATURATION_H
#define IA_SPECTRUM_IDENTIFY_SATURATION_H

#include <ionatlas/identify.h>

typedef struct {
    const ia_ion *ion; // of the largest peak, borrowed
    int32_t peak;      // its index
    double mass;       // of that, Da
    double part;       // of its ions that are there, by the other isotopes
} ia_saturation;

// All other isotopes of the ion say that more than a quarter of its largest peak is
// missing, and two or more of them how much; ions that other lines tell are taken off. A
// detector that is busy or saturated does that; what was told to explain the excess of
// the others is not there.
bool ia_is_saturated(const ia_assignment *a, const ia_peaks *peaks, ia_saturation *out);

// Bins that hold the same largest count.
typedef struct {
    size_t n;
    uint64_t counts;
    double lo, hi; // Da, where the first begins and the last ends
} ia_capped;

// Three or more bins hold the same largest count, a thousand or more: by chance one
// spectrum in some thousands does. Whoever wrote the file had no larger number. O(bins).
bool ia_is_capped(const ia_spectrum *spectrum, ia_capped *out);

#endif
