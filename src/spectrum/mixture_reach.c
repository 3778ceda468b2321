// src/spectrum/mixture_reach.c: how far sums of patterns may lie from what was fitted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/mixture_reach.h"

#include "core/cholesky.h"

#include <math.h>
#include <string.h>

enum { TURNS_MOST = 200, PULLS_MOST = 40 };

// Patterns alike cannot be told apart, their sum can: a trace of information on each.
static const double RIDGE = 1e-8;

// Changes of theta in units of what each alone is known to: x within [lo, hi] of the
// largest slope x - x h x / 2.
typedef struct {
    size_t n, from[IA_MIXTURE_MOST]; // which thetas
    double h[IA_MIXTURE_MOST * IA_MIXTURE_MOST];
    double slope[IA_MIXTURE_MOST], goal[IA_MIXTURE_MOST];
    double lo[IA_MIXTURE_MOST], hi[IA_MIXTURE_MOST];
    double x[IA_MIXTURE_MOST];
    bool held[IA_MIXTURE_MOST]; // at a bound
} problem;

static void set_problem(const ia_reach *reach, const double *pattern, problem *q)
{
    double scale[IA_MIXTURE_MOST];

    memset(q, 0, sizeof *q);
    for (size_t k = 0; k < reach->n; k++) {
        double known = reach->information[k * reach->n + k];
        if (!(known > 0))
            continue;
        size_t i = q->n++;
        scale[i] = sqrt(known);
        q->from[i] = k;
        q->slope[i] = reach->slope[k] / scale[i];
        q->goal[i] = pattern[k] / scale[i];
        q->lo[i] = -reach->theta[k] * scale[i];
        q->hi[i] = (reach->most[k] - reach->theta[k]) * scale[i];
        q->held[i] = reach->theta[k] <= 0 || reach->theta[k] >= reach->most[k];
    }
    for (size_t i = 0; i < q->n; i++)
        for (size_t j = 0; j < q->n; j++)
            q->h[i * q->n + j] = reach->information[q->from[i] * reach->n + q->from[j]] /
                                     (scale[i] * scale[j]) +
                                 (i == j ? RIDGE : 0);
}

// Slope at x where the sum asked for is pulled at.
static void set_slope(const problem *q, double pull, double *slope)
{
    for (size_t i = 0; i < q->n; i++) {
        slope[i] = q->slope[i] + pull * q->goal[i];
        for (size_t j = 0; j < q->n; j++)
            slope[i] -= q->h[i * q->n + j] * q->x[j];
    }
}

// Newton's step of the free ones, 0 for the others.
static bool find_step(const problem *q, const double *slope, double *step)
{
    size_t free_ones[IA_MIXTURE_MOST], n = 0;
    double factor[IA_MIXTURE_MOST * IA_MIXTURE_MOST], b[IA_MIXTURE_MOST];

    memset(step, 0, IA_MIXTURE_MOST * sizeof *step);
    for (size_t i = 0; i < q->n; i++)
        if (!q->held[i])
            free_ones[n++] = i;
    for (size_t i = 0; i < n; i++) {
        b[i] = slope[free_ones[i]];
        for (size_t j = 0; j <= i; j++)
            factor[i * n + j] = q->h[free_ones[i] * q->n + free_ones[j]];
    }
    if (n > 0 && !ia_cholesky(factor, n))
        return false;
    ia_cholesky_solve(factor, n, b);
    for (size_t i = 0; i < n; i++)
        step[free_ones[i]] = b[i];
    return true;
}

// Go along the step until a bound holds one. True when none did.
static bool take_step(problem *q, const double *step)
{
    size_t stop = q->n;
    double part = 1;

    for (size_t i = 0; i < q->n; i++) {
        double room = step[i] < 0 ? q->lo[i] - q->x[i] : q->hi[i] - q->x[i];
        if (step[i] != 0 && room / step[i] < part) {
            part = fmax(0, room / step[i]);
            stop = i;
        }
    }
    for (size_t i = 0; i < q->n; i++)
        q->x[i] += part * step[i];
    if (stop == q->n)
        return true;
    q->x[stop] = step[stop] < 0 ? q->lo[stop] : q->hi[stop];
    q->held[stop] = true;
    return false;
}

// Let the one go that its bound keeps back most. False when none is.
static bool release(problem *q, const double *slope)
{
    const double least = 1e-9;
    double most = least;
    size_t best = q->n;

    for (size_t i = 0; i < q->n; i++) {
        double inward = q->x[i] <= q->lo[i] ? slope[i] : -slope[i];
        if (q->held[i] && q->lo[i] < q->hi[i] && inward > most) {
            most = inward;
            best = i;
        }
    }
    if (best < q->n)
        q->held[best] = false;
    return best < q->n;
}

// Maximum within the bounds where the sum asked for is pulled at: the method of active
// sets, from where x is.
static void climb(problem *q, double pull)
{
    double slope[IA_MIXTURE_MOST], step[IA_MIXTURE_MOST];

    for (int turn = 0; turn < TURNS_MOST; turn++) {
        set_slope(q, pull, slope);
        if (!find_step(q, slope, step))
            return;
        if (!take_step(q, step))
            continue;
        set_slope(q, pull, slope);
        if (!release(q, slope))
            return;
    }
}

static double height(const problem *q)
{
    double sum = 0;

    for (size_t i = 0; i < q->n; i++) {
        sum += q->slope[i] * q->x[i];
        for (size_t j = 0; j < q->n; j++)
            sum -= 0.5 * q->x[i] * q->h[i * q->n + j] * q->x[j];
    }
    return sum;
}

static double goal_at(const problem *q)
{
    double sum = 0;
    for (size_t i = 0; i < q->n; i++)
        sum += q->goal[i] * q->x[i];
    return sum;
}

// Where to pull next: as if the fall went with the square of the pull, but between what
// was too little and what was too much.
static double next_pull(double pull, double ratio, const double *too)
{
    const double farthest = 30;
    double next = pull / fmax(ratio, 1 / farthest);

    return next > too[0] && next < too[1] ? next
           : too[1] < INFINITY            ? 0.5 * (too[0] + too[1])
                                          : farthest * pull;
}

// Change of the sum to one side, where the likelihood has fallen by `drop`.
static double side(const problem *top, double sign, double drop)
{
    const double near = 1e-3;
    problem q = *top;
    double highest = height(top), strength = 0, at = goal_at(top), too[] = {0, INFINITY};

    for (size_t i = 0; i < q.n; i++)
        strength += q.goal[i] * q.goal[i];
    if (!(strength > 0))
        return 0;
    double pull = sqrt(2 * drop / strength);
    for (int i = 0; i < PULLS_MOST; i++) {
        climb(&q, sign * pull);
        double before = at, ratio = sqrt(fmax(0, highest - height(&q)) / drop);
        at = goal_at(&q);
        bool is_at_end = ratio > 0 && ratio < 1 && at == before; // of all ranges
        if (is_at_end || fabs(ratio - 1) < near)
            break;
        too[ratio > 1] = pull;
        pull = next_pull(pull, ratio, too);
    }
    return at;
}

double ia_reach_sigma(const ia_reach *reach, const double *pattern, double spread,
                      double told)
{
    problem top;
    double off = -told;

    for (size_t k = 0; k < reach->n; k++)
        off += pattern[k] * reach->theta[k];
    set_problem(reach, pattern, &top);
    climb(&top, 0);
    double up = off + side(&top, 1, 0.5 * spread);
    double down = off + side(&top, -1, 0.5 * spread);
    return sqrt(0.5 * (up * up + down * down));
}
