// src/spatial/logistic.h: a chance from a weighted sum of numbers, learnt by likelihood.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_LOGISTIC_H
#define IONATLAS_SRC_LOGISTIC_H

#include <ionatlas/context.h>

// Of `atoms` at row i, `solute` are so with the chance 1/(1 + exp(-row . weights)).
typedef struct {
    size_t n, width;
    const double *rows;  // (n, width)
    const float *solute; // (n)
    const float *atoms;  // (n)
    const double *pull;  // (width) towards the first weights: pull/2 (w - w0)^2 is added
} ia_logistic;

// weights: in, those pulled towards; out, the likeliest. Newton steps, halved while they
// do not help: O(steps n width^2).
ia_status ia_logistic_fit(ia_ctx *ctx, const ia_logistic *fit, double *weights);

#endif
