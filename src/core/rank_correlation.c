// src/core/rank_correlation.c: does one number rise with another, whatever their scale?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rank_correlation.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

enum { COUNTED_MOST = 9 }; // pairs, whose orders are all looked at

// Twice the rank less its mean, ties at their middle: whole numbers, sum 0.
typedef struct {
    double at[IA_RANKS_MOST];
    double squares;   // sum
    double log_alike; // log of the number of orders of the ties among each other
    bool is_mirrored; // the same ranks the other way round: always so without ties
} ranks;

static void rank(const double *x, size_t n, ranks *r)
{
    const double same_to = 1e-9;
    double largest = 0;

    *r = (ranks){.is_mirrored = true};
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    for (size_t i = 0; i < n; i++) {
        double below = 0, same = 0, before = 0;
        for (size_t k = 0; k < n; k++) {
            bool is_same = fabs(x[k] - x[i]) <= same_to * largest;
            same += is_same;
            before += is_same && k <= i;
            below += !is_same && x[k] < x[i];
        }
        r->at[i] = 2 * below + same - (double)n;
        r->squares += r->at[i] * r->at[i];
        r->log_alike += log(before);
    }
}

static void set_mirrored(ranks *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ptrdiff_t more = 0;
        for (size_t k = 0; k < n; k++)
            more += (r->at[k] == r->at[i]) - (r->at[k] == -r->at[i]);
        r->is_mirrored = r->is_mirrored && more == 0;
    }
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

// All orders of one against the other: the part with as large a product. Heap's
// algorithm.
static double p_counted(const ranks *x, const ranks *y, size_t n)
{
    double moved[COUNTED_MOST], seen = fabs(product(x->at, y->at, n)), as_large = 1;
    size_t turn[COUNTED_MOST] = {0};
    double orders = 1;

    for (size_t i = 0; i < n; i++)
        moved[i] = y->at[i];
    for (size_t i = 1; i < n;) {
        if (turn[i] == i) {
            turn[i++] = 0;
            continue;
        }
        size_t with = i % 2 ? turn[i] : 0;
        double kept = moved[i];
        moved[i] = moved[with];
        moved[with] = kept;
        as_large += fabs(product(x->at, moved, n)) >= seen;
        orders++;
        turn[i]++;
        i = 1;
    }
    return as_large / orders;
}

// No order is rarer than the one in which both rise together, or one falls.
static double p_least(const ranks *x, const ranks *y, size_t n)
{
    double ways = x->is_mirrored || y->is_mirrored ? 2 : 1;
    return ways * exp(fmax(x->log_alike, y->log_alike) - lgamma((double)n + 1));
}

static double p_by_student(const ranks *x, const ranks *y, size_t n, double rho)
{
    double rest = 1 - rho * rho, freedom = (double)n - 2, least = p_least(x, y, n);
    if (!(rest > 0))
        return fmin(1, least);
    double t = fabs(rho) * sqrt(freedom / rest);
    return fmin(1, fmax(least, 2 * gsl_cdf_tdist_Q(t, freedom)));
}

ia_rank_correlation ia_rank_correlate(const double *x, const double *y, size_t n)
{
    ranks a, b;

    assert(n <= IA_RANKS_MOST);
    rank(x, n, &a);
    rank(y, n, &b);
    set_mirrored(&a, n);
    set_mirrored(&b, n);
    ia_rank_correlation c = {NAN, NAN, {a.squares > 0, b.squares > 0}};
    if (!c.varies[0] || !c.varies[1])
        return c;
    c.rho = product(a.at, b.at, n) / sqrt(a.squares * b.squares);
    c.rho = fmin(1, fmax(-1, c.rho));
    c.p = n <= COUNTED_MOST ? p_counted(&a, &b, n) : p_by_student(&a, &b, n, c.rho);
    return c;
}
