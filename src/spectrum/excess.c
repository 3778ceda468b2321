// src/spectrum/excess.c: ions above an expected background: chance, interval, limits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/excess.h>

#include "spectrum/windows.h"

#include <math.h>

enum { HALVINGS = 80 };

// P(N >= n) for real n: between whole numbers as the gamma distribution has it.
static double tail(double n, double mean, double sigma)
{
    if (n <= 0)
        return 1;
    if (mean <= 0)
        return 0;
    return ia_count_upper_tail(n, mean, 1 + sigma * sigma / mean);
}

double ia_excess_chance(double n, double b, double sigma)
{
    return 0.5 * (tail(n, b, sigma) + tail(n + 1, b, sigma));
}

// Expectation at which n counts or more have that chance; the chance rises with it.
static double mean_of_chance(double n, double sigma, double chance)
{
    double lo = 0, hi = n + 40 + 10 * sqrt(n + 1 + sigma * sigma);

    for (int i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (lo + hi);
        if (ia_excess_chance(n, middle, sigma) < chance)
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

void ia_excess_interval(double n, double b, double sigma, double coverage, double out[2])
{
    double left = 0.5 * (1 - coverage);

    out[0] = fmax(0, mean_of_chance(n, sigma, left) - b);
    out[1] = fmax(0, mean_of_chance(n, sigma, 1 - left) - b);
}

// Logarithm of the chance of n counts or fewer, half of that of exactly n taken.
static double log_fewer(double n, double mean, double sigma)
{
    double spread = mean > 0 ? 1 + sigma * sigma / mean : 1;
    double below = n > 0 ? ia_count_lower_tail(n, mean, spread) : 0;

    return log(fmax(1e-300, 0.5 * (below + ia_count_lower_tail(n + 1, mean, spread))));
}

double ia_excess_upper(double n, double b, double sigma, double confidence)
{
    double limit = log_fewer(n, b, sigma) + log(1 - confidence);
    double lo = 0, hi = n + 40 + 10 * sqrt(n + 1 + sigma * sigma);

    for (int i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (lo + hi);
        if (log_fewer(n, b + middle, sigma) > limit)
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

// Counts that background reaches with chance alpha.
static double critical_total(double b, double sigma, double alpha)
{
    double lo = b, hi = b + 40 + 10 * sqrt(b + sigma * sigma);

    for (int i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (lo + hi);
        if (ia_excess_chance(middle, b, sigma) > alpha)
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

double ia_critical_counts(double b, double sigma, double alpha)
{
    return critical_total(b, sigma, alpha) - b;
}

double ia_detectable_counts(double b, double sigma, double alpha, double beta)
{
    double total = critical_total(b, sigma, alpha);

    return fmax(0, mean_of_chance(total, sigma, 1 - beta) - b);
}
