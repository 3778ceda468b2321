// src/spectrum/excess.c: ions above an expected background: chance, interval, limits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/excess.h>

#include "spectrum/windows.h"

#include <math.h>

enum { ROUNDS_MOST = 60 };

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

// Where a function that rises with x crosses zero, by Ridders' rule; halvings where that
// does not serve.
typedef struct {
    double (*value)(const void *user, double x);
    const void *user;
} rising;

static double crossing(rising f, double lo, double hi)
{
    const double close = 1e-10;
    double at_lo = f.value(f.user, lo), at_hi = f.value(f.user, hi);

    if (at_lo >= 0)
        return lo;
    for (int i = 0; i < ROUNDS_MOST && at_hi > 0 && hi - lo > close * (1 + hi); i++) {
        double middle = 0.5 * (lo + hi), at = f.value(f.user, middle);
        double root = sqrt(at * at - at_lo * at_hi);
        double x = middle - (middle - lo) * at / root;
        if (!(x > lo && x < hi))
            x = middle;
        double at_x = f.value(f.user, x), left = fmin(middle, x), right = fmax(middle, x);
        double at_left = left == middle ? at : at_x,
               at_right = left == middle ? at_x : at;
        if (at_left >= 0) {
            hi = left;
            at_hi = at_left;
        } else if (at_right >= 0) {
            lo = left;
            at_lo = at_left;
            hi = right;
            at_hi = at_right;
        } else {
            lo = right;
            at_lo = at_right;
        }
    }
    return at_hi <= 0 ? hi : 0.5 * (lo + hi);
}

// Of what is looked for: counts, a background and its error, and the chance.
typedef struct {
    double n, b, sigma, limit;
} sought;

static double far_above(double n, double sigma)
{
    return n + 40 + 10 * sqrt(n + 1 + sigma * sigma);
}

static double chance_of_mean(const void *user, double mean)
{
    const sought *s = user;
    return ia_excess_chance(s->n, mean, s->sigma) - s->limit;
}

// Expectation at which n counts or more have that chance; the chance rises with it.
static double mean_of_chance(double n, double sigma, double chance)
{
    const sought s = {n, 0, sigma, chance};
    return crossing((rising){chance_of_mean, &s}, 0, far_above(n, sigma));
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

static double rarity_of_signal(const void *user, double signal)
{
    const sought *s = user;
    return s->limit - log_fewer(s->n, s->b + signal, s->sigma);
}

double ia_excess_upper(double n, double b, double sigma, double confidence)
{
    const sought s = {n, b, sigma, log_fewer(n, b, sigma) + log(1 - confidence)};
    return crossing((rising){rarity_of_signal, &s}, 0, far_above(n, sigma));
}

static double rarity_of_total(const void *user, double total)
{
    const sought *s = user;
    return s->limit - ia_excess_chance(total, s->b, s->sigma);
}

// Counts that background reaches with chance alpha.
static double critical_total(double b, double sigma, double alpha)
{
    const sought s = {0, b, sigma, alpha};
    return crossing((rising){rarity_of_total, &s}, b, far_above(b, sigma));
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
