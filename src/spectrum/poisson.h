// src/spectrum/poisson.h: counts as a sum of known patterns with unknown amounts.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_POISSON_H
#define IA_SPECTRUM_POISSON_H

#include <ionatlas/context.h>

// Cell w holds a Poisson count of mean background[w] + sum_k share[w, k] x_k.
typedef struct {
    size_t n_cells, n;        // cells, patterns
    const double *count;      // (n_cells)
    const double *background; // (n_cells)
    const double *share;      // (n_cells, n)
} ia_poisson;

// Means of the cells, (n_cells).
void ia_poisson_means(const ia_poisson *p, const double *x, double *mean);
// Without the term of the factorials; -INFINITY where a count has no mean.
double ia_poisson_likelihood(const ia_poisson *p, const double *x);
// (n, n) information on x when the cells' counts have these variances, and on top of it
// that of the pattern alone: `floor` (n) or NULL.
void ia_poisson_information(const ia_poisson *p, const double *variance,
                            const double *floor, double *out);
// The amounts x_k >= 0 of greatest likelihood. Patterns whose amount is fixed at 0 are
// named in `left_out` (n) or it is NULL. Deterministic; the likelihood is concave, so
// that any maximum is the greatest. O(n^3 + n_cells n^2) a step, 10 to 50 steps.
ia_status ia_poisson_fit(ia_ctx *ctx, const ia_poisson *p, const bool *left_out,
                         double *x);

#endif
