// src/spectrum/overdispersion.h: how far what is expected at a mass is off beyond
// counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_OVERDISPERSION_H
#define IA_SPECTRUM_OVERDISPERSION_H

#include "spectrum/counts.h"

enum { IA_OVERDISPERSION_GROUPS = 16 };

// Relative standard deviation of the expectation, by its size.
typedef struct {
    size_t n;
    double most[IA_OVERDISPERSION_GROUPS];  // largest expectation of a group, rising
    double sigma[IA_OVERDISPERSION_GROUPS]; // of the group
} ia_overdispersion;

// Learnt from windows side by side over the whole spectrum, those next to steep places
// left out: their counts about the expectation scatter as Poisson's do, or more. Peaks
// are few among them. IA_ERR_MEMORY only.
ia_status ia_overdispersion_learn(ia_ctx *ctx, const ia_counts *counts,
                                  const ia_peak_widths *widths, ia_overdispersion *out);
double ia_overdispersion_at(const ia_overdispersion *o, double expected);

#endif
