// src/spectrum/doubt.h: how far what is expected at a mass is off beyond counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DOUBT_H
#define IA_SPECTRUM_DOUBT_H

#include "spectrum/counts.h"

enum { IA_DOUBT_GROUPS = 16 };

// Relative standard deviation of the expectation, by its size.
typedef struct {
    size_t n;
    double most[IA_DOUBT_GROUPS];  // largest expectation of a group, rising
    double doubt[IA_DOUBT_GROUPS]; // of the group
} ia_doubt;

// Learnt from windows side by side over the whole spectrum, those next to steep places
// left out: their counts about the expectation scatter as Poisson's do, or more. Peaks
// are few among them. IA_ERR_MEMORY only.
ia_status ia_doubt_learn(ia_ctx *ctx, const ia_counts *counts,
                         const ia_peak_widths *widths, ia_doubt *out);
double ia_doubt_at(const ia_doubt *doubt, double expected);

#endif
