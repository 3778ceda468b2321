// src/spectrum/interval.c: intervals for sums of counts, few or many.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/deconvolve.h>

#include "spectrum/doubts.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/*
   A weighted sum of Poisson counts with variance v and third cumulant k behaves as s
   times one count of n ions, s = k / v and n = v / s^2, less what is known to be
   background. What such a count stands for has, with Jeffreys' prior, a gamma
   distribution; what lies outside the limits is cut off, and the interval is the shortest
   that holds 95 % of the rest. So it begins at zero where nothing is seen, and is that of
   a normal distribution where counts are many.
*/
enum { HALVINGS = 26, THIRDS = 12 };

static const double COVERED = 0.95;
static const double FEW = 30;   // counts up to which the gamma distribution is used
static const double MANY = 1e6; // counts that are as good as normal; between them the
                                // cube root is normal (Wilson and Hilferty 1931)
static const double FAR = 6;    // standard deviations: a limit so far off cuts nothing

typedef struct {
    double value, sigma;
    double scale;        // of one count, below zero where the longer tail is at the left
    double n;            // counts
    double least, most;  // limits
    double below, whole; // probability below `least`; of what lies within the limits
} belief;

// Probability of a value below x, without the limits.
static double probability_below(const belief *b, double x)
{
    double z = (x - b->value) / b->sigma;

    if (!(b->n < MANY))
        return gsl_cdf_ugaussian_P(z);
    double counts = b->n + (x - b->value) / b->scale;
    if (counts <= 0)
        return b->scale > 0 ? 0 : 1;
    double shape = b->n + 0.5, p;
    if (b->n < FEW)
        p = gsl_cdf_gamma_P(counts, shape, 1);
    else
        p = gsl_cdf_ugaussian_P(3 * sqrt(shape) *
                                (cbrt(counts / shape) - 1 + 1 / (9 * shape)));
    return b->scale > 0 ? p : 1 - p;
}

// Where a normal distribution, or one whose cube root is normal, has the share p below.
static double plain_quantile(const belief *b, double p)
{
    double z = gsl_cdf_ugaussian_Pinv(b->scale < 0 && b->n < MANY ? 1 - p : p);

    if (!(b->n < MANY))
        return b->value + b->sigma * z;
    double shape = b->n + 0.5, root = 1 - 1 / (9 * shape) + z / (3 * sqrt(shape));
    return b->value + b->scale * (shape * root * root * root - b->n);
}

// Value below which the share p lies of what is within the limits.
static double quantile(const belief *b, double p)
{
    double reach = 15 * (b->sigma + fabs(b->scale));
    double lo = fmax(b->least, b->value - reach), hi = fmin(b->most, b->value + reach);

    p = b->below + p * b->whole;
    if (!(b->n < FEW))
        return fmin(b->most, fmax(b->least, plain_quantile(b, p)));
    for (int k = 0; k < HALVINGS; k++) {
        double middle = 0.5 * (lo + hi);
        if (probability_below(b, middle) < p)
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

static double length_from(const belief *b, double p)
{
    return quantile(b, p + COVERED) - quantile(b, p);
}

// The share below the shortest interval: its length has one minimum.
static double share_below(const belief *b)
{
    double lo = 0, hi = 1 - COVERED;

    if (b->n > 300 * FEW && b->value - b->least > FAR * b->sigma &&
        b->most - b->value > FAR * b->sigma)
        return 0.5 * hi; // symmetric
    for (int k = 0; k < THIRDS; k++) {
        double a = lo + (hi - lo) / 3, c = hi - (hi - lo) / 3;
        if (length_from(b, a) < length_from(b, c))
            hi = c;
        else
            lo = a;
    }
    double middle = 0.5 * (lo + hi), shortest = length_from(b, middle);
    if (length_from(b, 0) <= shortest)
        return 0;
    return length_from(b, 1 - COVERED) <= shortest ? 1 - COVERED : middle;
}

void ia_count_interval(double value, double variance, double third,
                       const double limits[2], double interval[2])
{
    belief b = {.value = value, .least = limits[0], .most = limits[1]};

    interval[0] = interval[1] = value;
    if (!(variance > 0) || !isfinite(value) || !isfinite(variance))
        return;
    b.sigma = sqrt(variance);
    b.scale = third / variance;
    b.n = variance / (b.scale * b.scale); // INFINITY for none
    b.below = isfinite(b.least) ? probability_below(&b, b.least) : 0;
    double above = isfinite(b.most) ? 1 - probability_below(&b, b.most) : 0;
    b.whole = 1 - b.below - above;
    const double nothing = 1e-12;
    if (!(b.whole > nothing)) { // far outside: the limit that it is beyond
        interval[0] = interval[1] = value < limits[0] ? limits[0] : limits[1];
        return;
    }
    double p = share_below(&b);
    interval[0] = p > 0 || !isfinite(b.least) ? quantile(&b, p) : b.least;
    interval[1] =
        p < 1 - COVERED || !isfinite(b.most) ? quantile(&b, p + COVERED) : b.most;
}

// The estimate and its doubts on a grid that is fine about each of these.
enum { GRID_STEPS = 24, GRID_MOST = IA_DOUBTS_MOST * (GRID_STEPS + 1) };

static const double GRID_REACH = 5; // standard deviations to either side

typedef struct {
    double x, below; // probability below x
} grid_point;

// Belief if this outcome were so: as skewed as that of the estimate, cut off at its own.
static belief belief_of(const belief *b, const ia_doubt *outcome)
{
    const double sharpest = 1e-4; // of the variance: what is known has no width
    double variance = b->sigma * b->sigma;
    belief own = *b;

    own.value += outcome->change;
    own.sigma = sqrt(fmax(variance + outcome->variance, sharpest * variance));
    own.scale *= own.sigma / b->sigma;
    own.below = isfinite(b->least) ? probability_below(&own, b->least) : 0;
    own.whole =
        1 - own.below - (isfinite(b->most) ? 1 - probability_below(&own, b->most) : 0);
    return own;
}

static double share_within(const belief *own, double x)
{
    const double nothing = 1e-12;

    if (!(own->whole > nothing)) // far outside: the limit that it is beyond
        return own->value < own->least ? x > own->least : x >= own->most;
    return fmin(1, fmax(0, (probability_below(own, x) - own->below) / own->whole));
}

static size_t set_grid(const belief *b, const ia_doubts *doubts, grid_point *grid)
{
    belief own[IA_DOUBTS_MOST];
    size_t n = 0;

    for (size_t k = 0; k < doubts->n; k++) {
        own[k] = belief_of(b, &doubts->list[k]);
        for (size_t i = 0; i <= GRID_STEPS; i++) {
            double z = GRID_REACH * (2.0 * (double)i / GRID_STEPS - 1);
            double x = own[k].value + own[k].sigma * z;
            size_t at = n++;
            x = fmin(b->most, fmax(b->least, x));
            for (; at > 0 && grid[at - 1].x > x; at--)
                grid[at] = grid[at - 1];
            grid[at].x = x;
        }
    }
    for (size_t i = 0; i < n; i++) {
        grid[i].below = 0;
        for (size_t k = 0; k < doubts->n; k++)
            grid[i].below +=
                doubts->list[k].probability * share_within(&own[k], grid[i].x);
    }
    return n;
}

// The shortest stretch of the grid that holds the share of what lies within it.
static void shortest(const grid_point *grid, size_t n, double interval[2])
{
    double first = grid[0].below, whole = grid[n - 1].below - first;
    double least = INFINITY;

    for (size_t i = 0, j = 0; i < n; i++) {
        double want = grid[i].below + COVERED * whole;
        while (j < n && grid[j].below < want)
            j++;
        if (j == n)
            break;
        double x = grid[j].x;
        if (j > 0 && grid[j].below > grid[j - 1].below)
            x -= (grid[j].x - grid[j - 1].x) * (grid[j].below - want) /
                 (grid[j].below - grid[j - 1].below);
        if (x - grid[i].x < least) {
            least = x - grid[i].x;
            interval[0] = grid[i].x;
            interval[1] = x;
        }
    }
}

void ia_doubtful_interval(double value, double variance, double third,
                          const double limits[2], const ia_doubts *doubts,
                          double interval[2])
{
    belief b = {.value = value, .least = limits[0], .most = limits[1]};
    grid_point grid[GRID_MOST];

    variance += doubts->lost;
    ia_count_interval(value, variance, third, limits, interval);
    if (doubts->n == 0 || !(variance > 0) || !isfinite(value) || !isfinite(variance))
        return;
    b.sigma = sqrt(variance);
    b.scale = third / variance;
    b.n = variance / (b.scale * b.scale); // INFINITY for none
    size_t n = set_grid(&b, doubts, grid);
    if (grid[n - 1].below > grid[0].below)
        shortest(grid, n, interval);
    double told = fmin(b.most, fmax(b.least, value));
    interval[0] = fmin(interval[0], told);
    interval[1] = fmax(interval[1], told);
}
