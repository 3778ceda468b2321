// src/spectrum/mixture.h: counts of windows as a sum of known patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_MIXTURE_H
#define IA_SPECTRUM_MIXTURE_H

#include "spectrum/mixture_reach.h"
#include "spectrum/windows.h"

// Mean of window w = sum over k of theta[k] pattern[k n_windows + w], theta[k] in
// [0, most[k]].
typedef struct {
    size_t n_patterns, n_windows;
    double *pattern; // (n_patterns, n_windows), at least 0
    double *room;    // (n_windows)
    double theta[IA_MIXTURE_MOST], most[IA_MIXTURE_MOST];
    ia_reach reach; // of sums of the patterns, for Poisson counts
} ia_mixture;

ia_status ia_mixture_build(ia_ctx *ctx, size_t n_patterns, const ia_windows *windows,
                           ia_mixture *out);
void ia_mixture_clear(ia_mixture *mixture);

// Fit theta to the windows that pass as background and are not held, by maximum
// likelihood for Poisson counts of which larger ones were taken away. Sets mean, used,
// expected and variance of the windows, and the reach. The strictness rises to p_limit,
// so that what is first too full by far goes first.
void ia_mixture_fit(ia_mixture *mixture, ia_windows *windows, double p_limit);

#endif
