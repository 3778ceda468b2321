// src/spectrum/identify_scale.h: would another mass scale explain the spectrum better?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_IDENTIFY_SCALE_H
#define IA_SPECTRUM_IDENTIFY_SCALE_H

#include <ionatlas/identify.h>

typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background;
    const ia_peaks *peaks;
    const ia_identify_params *params;
} ia_scale_input;

typedef struct {
    double factor; // of m/n with which, or
    double delay;  // of sqrt(m/n), Da^1/2, added to which the spectrum is explained best
    double best, here; // score of the account with that, and as it is
    double other; // factor far from 1 with which chance finds less than half of what it
                  // finds as it is, one or more in 100; NAN: none explains about as much
} ia_scale_found;

// The choice of ions with m/n times 0.976 to 1.024 and, where that does not explain far
// more, with flights longer or shorter by up to 0.06 Da^1/2, on all threads: the time of
// 25 or 49 identifications.
ia_status ia_scale_try(ia_ctx *ctx, const ia_scale_input *input, ia_scale_found *out);
// Is another scale the right one, or as good? Then `text`, n bytes at most, says which.
bool ia_scale_is_doubtful(const ia_scale_found *found, char *text, size_t n);

#endif
