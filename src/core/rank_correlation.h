// src/core/rank_correlation.h: does one number rise with another, whatever their scale?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RANK_CORRELATION_H
#define IONATLAS_SRC_RANK_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>

enum { IA_RANKS_MOST = 1000 };

typedef struct {
    double rho; // Spearman's, -1 to 1; NAN where one of the two does not vary
    double p;   // of as much either way by chance; NAN with it
    bool varies[2];
} ia_rank_correlation;

// x, y: (n), finite, n at most IA_RANKS_MOST. Values within a part in 10^9 of the largest
// are ties and share their middle rank. Up to 9 pairs p counts all orders; beyond it is
// by Student's t with n - 2 degrees, and never less than an order as good has among all
// orders. O(n^2) or n! for few.
ia_rank_correlation ia_rank_correlate(const double *x, const double *y, size_t n);

#endif
