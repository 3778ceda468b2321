// src/spectrum/poisson.c: amounts of known patterns of greatest Poisson likelihood.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/poisson.h"

#include "core/symmetric.h"

#include <math.h>
#include <stdlib.h>

enum { EM_STEPS = 40, NEWTON_STEPS = 60, HALVINGS = 30 };

static const double LEAST_MEAN = 1e-9;  // ions in a cell, for a logarithm's sake
static const double UNKNOWN = 1e-9;     // of an eigenvalue, of those of the diagonal
static const double NEAR_ENOUGH = 1e-8; // to the maximum, in standard deviations

typedef struct {
    const ia_poisson *p;
    const bool *left_out;
    double *x, *trial;    // (n)
    double *slope, *step; // (n) of the likelihood; of x
    double *mean;         // (n_cells)
    double *information;  // (n, n) of the free ones
    double *room;         // holds all of these
    uint32_t *free;       // (n) patterns that may move
    size_t n_free;
    ia_symmetric symmetric;
} climb;

void ia_poisson_means(const ia_poisson *p, const double *x, double *mean)
{
    for (size_t w = 0; w < p->n_cells; w++) {
        double sum = p->background[w];
        for (size_t k = 0; k < p->n; k++)
            sum += p->share[w * p->n + k] * x[k];
        mean[w] = sum;
    }
}

double ia_poisson_likelihood(const ia_poisson *p, const double *x)
{
    double sum = 0;

    for (size_t w = 0; w < p->n_cells; w++) {
        double mean = p->background[w];
        for (size_t k = 0; k < p->n; k++)
            mean += p->share[w * p->n + k] * x[k];
        sum += p->count[w] * log(fmax(mean, LEAST_MEAN)) - mean;
    }
    return sum;
}

void ia_poisson_information(const ia_poisson *p, const double *variance,
                            const double *floor, double *out)
{
    size_t n = p->n;

    for (size_t i = 0; i < n * n; i++)
        out[i] = 0;
    for (size_t w = 0; w < p->n_cells; w++) {
        const double *share = p->share + w * n;
        for (size_t i = 0; i < n; i++) {
            double part = share[i] / variance[w];
            for (size_t j = 0; part > 0 && j <= i; j++)
                out[i * n + j] += part * share[j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] += floor ? floor[i] : 0;
        for (size_t j = 0; j < i; j++)
            out[j * n + i] = out[i * n + j];
    }
}

// Sum over the cells of what each says about pattern k.
static double slope_of(const climb *c, size_t k)
{
    const ia_poisson *p = c->p;
    double sum = 0;

    for (size_t w = 0; w < p->n_cells; w++) {
        double share = p->share[w * p->n + k];
        if (share > 0)
            sum += share * (p->count[w] / fmax(c->mean[w], LEAST_MEAN) - 1);
    }
    return sum;
}

static bool is_out(const climb *c, size_t k)
{
    return c->left_out && c->left_out[k];
}

// Every pattern explains all that is in its cells, to begin with.
static void start(climb *c)
{
    const ia_poisson *p = c->p;

    for (size_t k = 0; k < p->n; k++) {
        double seen = 0, whole = 0;
        for (size_t w = 0; w < p->n_cells; w++) {
            double share = p->share[w * p->n + k];
            seen += share * fmax(0, p->count[w] - p->background[w]);
            whole += share * share;
        }
        c->x[k] = is_out(c, k) || whole <= 0 ? 0 : fmax(seen / whole, 1e-3);
    }
}

// Multiplicative steps of expectation and maximisation: never down, slow at the end.
static void climb_slowly(climb *c, int steps)
{
    const ia_poisson *p = c->p;

    for (int round = 0; round < steps; round++) {
        ia_poisson_means(p, c->x, c->mean);
        for (size_t k = 0; k < p->n; k++) {
            double whole = 0;
            for (size_t w = 0; w < p->n_cells; w++)
                whole += p->share[w * p->n + k];
            if (c->x[k] > 0)
                c->x[k] *= 1 + slope_of(c, k) / whole;
        }
    }
}

// Patterns off zero, or that the likelihood draws off it, and the information on them.
// The largest slope in standard deviations.
static double set_free(climb *c)
{
    const ia_poisson *p = c->p;
    double steepest = 0;

    c->n_free = 0;
    for (size_t k = 0; k < p->n; k++) {
        double own = 0;
        c->slope[k] = slope_of(c, k);
        for (size_t w = 0; w < p->n_cells; w++) {
            double share = p->share[w * p->n + k];
            own += share * share / fmax(c->mean[w], LEAST_MEAN);
        }
        if (c->slope[k] < 0 && c->x[k] * sqrt(own) < NEAR_ENOUGH)
            c->x[k] = 0;
        if (own <= 0 || is_out(c, k) || (c->x[k] <= 0 && c->slope[k] <= 0))
            continue;
        steepest = fmax(steepest, fabs(c->slope[k]) / sqrt(own));
        c->free[c->n_free++] = (uint32_t)k;
    }
    return steepest;
}

// Newton's step: the curvature of a cell's likelihood is count / mean^2, taken as no less
// than a thousandth of what is expected of it.
static void find_step(climb *c)
{
    const ia_poisson *p = c->p;
    size_t n = c->n_free;

    for (size_t i = 0; i < n * n; i++)
        c->information[i] = 0;
    for (size_t w = 0; w < p->n_cells; w++) {
        double mean = fmax(c->mean[w], LEAST_MEAN);
        double curve = fmax(p->count[w] / mean, 1e-3) / mean;
        const double *share = p->share + w * p->n;
        for (size_t i = 0; i < n; i++) {
            double part = curve * share[c->free[i]];
            for (size_t j = 0; part > 0 && j <= i; j++)
                c->information[i * n + j] += part * share[c->free[j]];
        }
    }
    for (size_t i = 0; i < n; i++) {
        c->step[i] = c->slope[c->free[i]];
        for (size_t j = 0; j < i; j++)
            c->information[j * n + i] = c->information[i * n + j];
    }
    ia_symmetric_set(&c->symmetric, c->information, n);
    ia_symmetric_solve(&c->symmetric, UNKNOWN, c->step, c->step);
}

// Go along the step as far as the likelihood rises, no lower than zero. False at the top.
static bool go(climb *c, double length)
{
    double before = ia_poisson_likelihood(c->p, c->x);

    for (int k = 0; k < HALVINGS && length > 0; k++, length *= 0.5) {
        for (size_t i = 0; i < c->p->n; i++)
            c->trial[i] = c->x[i];
        for (size_t i = 0; i < c->n_free; i++) {
            double *x = &c->trial[c->free[i]];
            *x = fmax(0, *x + length * c->step[i]);
        }
        if (ia_poisson_likelihood(c->p, c->trial) > before) {
            double *swap = c->x;
            c->x = c->trial;
            c->trial = swap;
            return true;
        }
    }
    return false;
}

// As far as no amount has reached zero, at most the whole step.
static double room_along(const climb *c)
{
    double length = 1;

    for (size_t i = 0; i < c->n_free; i++)
        if (c->step[i] < 0)
            length = fmin(length, -c->x[c->free[i]] / c->step[i]);
    return length;
}

static ia_status climb_new(ia_ctx *ctx, const ia_poisson *p, climb *c)
{
    size_t n = p->n;

    c->room = ia_array(ctx, n * (n + 4) + p->n_cells, sizeof *c->room);
    c->free = ia_array(ctx, n, sizeof *c->free);
    if (!c->room || !c->free)
        return IA_ERR_MEMORY;
    c->x = c->room;
    c->trial = c->x + n;
    c->slope = c->trial + n;
    c->step = c->slope + n;
    c->information = c->step + n;
    c->mean = c->information + n * n;
    return ia_symmetric_new(ctx, n, &c->symmetric);
}

ia_status ia_poisson_fit(ia_ctx *ctx, const ia_poisson *p, const bool *left_out,
                         double *x)
{
    climb c = {.p = p, .left_out = left_out};
    ia_status st = climb_new(ctx, p, &c);

    if (st != IA_OK)
        goto done;
    start(&c);
    climb_slowly(&c, EM_STEPS);
    for (int round = 0; round < NEWTON_STEPS; round++) {
        ia_poisson_means(p, c.x, c.mean);
        if (set_free(&c) < NEAR_ENOUGH)
            break;
        find_step(&c);
        if (!go(&c, 1) && !go(&c, room_along(&c)))
            climb_slowly(&c, EM_STEPS);
    }
    for (size_t k = 0; k < p->n; k++)
        x[k] = c.x[k];
done:
    ia_symmetric_clear(&c.symmetric);
    free(c.free);
    free(c.room);
    return st;
}
