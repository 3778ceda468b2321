// src/project/halves.h: does each half of the ions lead to the same composition?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_HALVES_H
#define IONATLAS_SRC_HALVES_H

#include <ionatlas/workflow.h>

typedef struct {
    double difference; // sum of absolute differences of the compositions, at.%
    double expected;   // of counting alone
    size_t n_ions;     // kinds of ion named in one half or both
    size_t n_once;     // in one alone
} ia_half_agreement;

// Each ion falls to one half or the other by chance. Where the program found the ranges
// itself, it finds them anew in each half. NAN where a half has no composition. Works on
// the spectrum: O(bins + ions/64), no memory per ion.
ia_status ia_halves_compare(ia_ctx *ctx, const ia_state *state, uint64_t seed,
                            ia_half_agreement *out);

#endif
