// src/spectrum/mixture.c: counts of windows as a sum of known patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/mixture.h"

#include <math.h>
#include <stdlib.h>

enum {
    SWEEPS = 40,       // over the patterns, for a choice of windows
    CHOICES_MOST = 12, // of windows at the final strictness
};

ia_status ia_mixture_build(ia_ctx *ctx, size_t n_patterns, const ia_windows *windows,
                           ia_mixture *out)
{
    ia_mixture m = {.n_patterns = n_patterns, .n_windows = windows->n};

    m.pattern = ia_array(ctx, n_patterns * windows->n, sizeof *m.pattern);
    m.room = ia_array(ctx, windows->n, sizeof *m.room);
    if (!m.pattern || !m.room) {
        ia_mixture_clear(&m);
        return IA_ERR_MEMORY;
    }
    for (size_t k = 0; k < n_patterns; k++)
        m.most[k] = INFINITY;
    *out = m;
    return IA_OK;
}

void ia_mixture_clear(ia_mixture *mixture)
{
    free(mixture->pattern);
    free(mixture->room);
    *mixture = (ia_mixture){0};
}

static void set_means(const ia_mixture *m, ia_windows *windows)
{
    for (size_t w = 0; w < windows->n; w++) {
        double mean = 0;
        for (size_t k = 0; k < m->n_patterns; k++)
            mean += m->theta[k] * m->pattern[k * m->n_windows + w];
        windows->list[w].mean = mean;
    }
}

// Each pattern alone makes up an equal part of all.
static void begin(ia_mixture *m, ia_windows *windows)
{
    double counts = 0;

    for (size_t w = 0; w < windows->n; w++)
        counts += windows->list[w].held ? 0 : windows->list[w].count;
    for (size_t k = 0; k < m->n_patterns; k++) {
        double all = 0;
        for (size_t w = 0; w < windows->n; w++)
            all += windows->list[w].held ? 0 : m->pattern[k * m->n_windows + w];
        double theta = all > 0 ? counts / all / (double)m->n_patterns : 0;
        m->theta[k] = fmin(theta, m->most[k]);
    }
    set_means(m, windows);
}

// One step of Newton's method in theta[k] alone. The likelihood's slope in it is convex
// and falling, so that a step never goes too far up.
static void improve(ia_mixture *m, size_t k, ia_windows *windows, const double *counts)
{
    const double *x = &m->pattern[k * m->n_windows];
    double slope = 0, curve = 0;

    for (size_t w = 0; w < windows->n; w++) {
        const ia_window *v = &windows->list[w];
        if (!v->used || x[w] <= 0)
            continue;
        double ratio = v->mean > 0 ? counts[w] / v->mean : 1;
        slope += x[w] * (ratio - 1);
        curve += x[w] * x[w] * ratio / fmax(v->mean, 1e-300);
    }
    double step = curve > 0 ? slope / curve : slope > 0 ? 0 : -m->theta[k];
    double kept = fmin(m->most[k], fmax(0, m->theta[k] + step));
    for (size_t w = 0; w < windows->n; w++)
        windows->list[w].mean =
            fmax(0, windows->list[w].mean + (kept - m->theta[k]) * x[w]);
    m->theta[k] = kept;
}

// Relative change of the thetas at which a maximum is near enough.
static const double ROUGH = 1e-3, FINE = 1e-7;

// Maximum of the likelihood for the choice as it is. Of a Poisson count that is known to
// be at most k the mean is E, not mu: n mu / E is what its equation has in the place of
// n.
static void climb(ia_mixture *m, ia_windows *windows, double tolerance)
{
    double *counts = m->room;

    ia_windows_expect(windows);
    for (size_t w = 0; w < windows->n; w++) {
        const ia_window *v = &windows->list[w];
        counts[w] = v->expected > 0 ? v->count * v->mean / v->expected : v->count;
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double before = 0, change = 0;
        for (size_t k = 0; k < m->n_patterns; k++) {
            double theta = m->theta[k];
            improve(m, k, windows, counts);
            before += theta;
            change += fabs(m->theta[k] - theta);
        }
        if (change <= tolerance * before)
            break;
    }
    set_means(m, windows);
}

// Counts that are cut off tell less: variance / mean is below 1.
static void set_reach(ia_mixture *m, const ia_windows *windows)
{
    ia_reach *reach = &m->reach;
    size_t n = m->n_patterns;

    *reach = (ia_reach){.n = n};
    for (size_t k = 0; k < n; k++) {
        reach->theta[k] = m->theta[k];
        reach->most[k] = m->most[k];
    }
    for (size_t w = 0; w < windows->n; w++) {
        const ia_window *v = &windows->list[w];
        if (!v->used)
            continue;
        bool is_empty = !(v->mean > 0);
        double known = is_empty ? 0 : v->variance / (v->mean * v->mean);
        double slope = is_empty ? -1 : (v->count - v->expected) / v->mean;
        for (size_t i = 0; i < n; i++) {
            double x = m->pattern[i * m->n_windows + w];
            reach->slope[i] += slope * x;
            for (size_t j = 0; j < n; j++)
                reach->information[i * n + j] +=
                    known * x * m->pattern[j * m->n_windows + w];
        }
    }
}

void ia_mixture_fit(ia_mixture *mixture, ia_windows *windows, double p_limit)
{
    static const double milder[] = {1e-15, 1e-10, 1e-7, 1e-5, 1e-4, 1e-3};
    const size_t n_milder = sizeof milder / sizeof *milder;

    if (windows->n == 0)
        return;
    begin(mixture, windows);
    for (size_t i = 0; i < n_milder && milder[i] < p_limit; i++) {
        ia_windows_choose_mildly(windows, milder[i]);
        climb(mixture, windows, ROUGH);
    }
    for (size_t w = 0; w < windows->n; w++)
        windows->list[w].most = windows->list[w].mean; // a guess to look from
    for (int round = 0; round < CHOICES_MOST; round++) {
        if (ia_windows_choose(windows, p_limit))
            break;
        climb(mixture, windows, FINE);
    }
    ia_windows_expect(windows);
    set_reach(mixture, windows);
}
