// src/spectrum/mixture_reach.h: how far sums of patterns may lie from what was fitted.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_MIXTURE_REACH_H
#define IA_SPECTRUM_MIXTURE_REACH_H

#include <stdbool.h>
#include <stddef.h>

enum { IA_MIXTURE_MOST = 16 };

// Logarithm of a likelihood about what was fitted, to second order in the change x of
// theta: slope x - x information x / 2, for theta[k] from 0 to most[k].
typedef struct {
    size_t n;
    double theta[IA_MIXTURE_MOST], most[IA_MIXTURE_MOST];
    double slope[IA_MIXTURE_MOST];
    double information[IA_MIXTURE_MOST * IA_MIXTURE_MOST]; // (n, n)
} ia_reach;

// Error of `told` for the sum over k of pattern[k] theta[k]: the root mean square of how
// far from it the sum goes up and down where the likelihood allows it, which falls there
// by `spread` / 2 from its maximum. Thetas that nothing is known of stay as they are.
double ia_reach_sigma(const ia_reach *reach, const double *pattern, double spread,
                      double told);

#endif
