// src/spectrum/tails.h: ions that left the specimen late, behind the peaks of a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TAILS_H
#define IA_SPECTRUM_TAILS_H

#include <ionatlas/shape.h>

#include "spectrum/windows.h"

// A decay of the delay x >= 0 that peaks share: exp(-x) for order 1, x exp(-x) for order
// 2, with x = (sqrt(m) - sqrt(M)) / scale.
typedef struct {
    double scale; // Da^1/2
    int order;
} ia_decay;

enum { IA_DECAYS = 15 };

// A peak that may have a tail.
typedef struct {
    double mass; // of the maximum, Da
    double ions; // of the peak
    double from; // where its core ends, Da
} ia_tailed;

typedef struct {
    ia_tailed *list; // (n) by rising mass
    size_t n;
    ia_decay decays[IA_DECAYS];
    double weight[IA_DECAYS]; // share of a peak's ions; all 0 until fitted
    double end;               // of the spectrum, Da
} ia_tails;

// Core of a peak, in its half-content widths: no background is looked for there.
extern const double ia_core_left, ia_core_right;

// The strongest peaks, and decays from two widths to a third of the spectrum.
// IA_ERR_MEMORY only.
ia_status ia_tails_build(ia_ctx *ctx, const ia_spectrum *spectrum, const ia_peaks *peaks,
                         const ia_peak_shape *shape, ia_tails *out);
void ia_tails_clear(ia_tails *tails);

// Ions in [lo, hi) if decay k had weight 1, of one peak and of all.
double ia_tail_of(const ia_tails *tails, size_t peak, size_t k, double lo, double hi);
double ia_tails_of(const ia_tails *tails, size_t k, double lo, double hi);
// The same of the peaks outside [lo, hi), behind their cores.
double ia_tails_beside(const ia_tails *tails, size_t k, double lo, double hi);

#endif
