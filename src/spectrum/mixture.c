// src/spectrum/mixture.c: counts of windows as a sum of known patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

bool ia_invert(double *a, size_t n)
{
    double l[IA_MIXTURE_MOST][IA_MIXTURE_MOST] = {{0}};
    double x[IA_MIXTURE_MOST][IA_MIXTURE_MOST] = {{0}}; // inverse of l

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0))
                return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    for (size_t i = 0; i < n; i++) {
        x[i][i] = 1 / l[i][i];
        for (size_t j = 0; j < i; j++) {
            double sum = 0;
            for (size_t k = j; k < i; k++)
                sum -= l[i][k] * x[k][j];
            x[i][j] = sum / l[i][i];
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a[i * n + j] = 0;
            for (size_t k = i > j ? i : j; k < n; k++)
                a[i * n + j] += x[k][i] * x[k][j];
        }
    return true;
}

// Fisher information of the patterns in use, scaled to a diagonal of 1 plus a trace of
// ridge: decays of like length cannot be told apart, their sum can.
static bool invert_information(const ia_mixture *m, const ia_windows *windows,
                               const size_t *active, size_t n, double *inverse)
{
    const double ridge = 1e-8;
    double scale[IA_MIXTURE_MOST];

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double *x = &m->pattern[active[i] * m->n_windows];
            const double *y = &m->pattern[active[j] * m->n_windows];
            double sum = 0;
            for (size_t w = 0; w < windows->n; w++) {
                const ia_window *v = &windows->list[w];
                // Counts that are cut off tell less: variance / mean is below 1.
                if (v->used && v->mean > 0)
                    sum += x[w] * y[w] * v->variance / (v->mean * v->mean);
            }
            inverse[i * n + j] = sum;
        }
    for (size_t i = 0; i < n; i++)
        scale[i] = sqrt(fmax(inverse[i * n + i], 1e-300));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            inverse[i * n + j] =
                inverse[i * n + j] / (scale[i] * scale[j]) + (i == j ? ridge : 0);
    if (!ia_invert(inverse, n))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            inverse[i * n + j] /= scale[i] * scale[j];
    return true;
}

static void set_covariance(ia_mixture *m, const ia_windows *windows)
{
    size_t active[IA_MIXTURE_MOST], n = 0, p = m->n_patterns;
    double inverse[IA_MIXTURE_MOST * IA_MIXTURE_MOST];

    memset(m->covariance, 0, sizeof m->covariance);
    for (size_t k = 0; k < p; k++)
        if (m->theta[k] > 0)
            active[n++] = k;
    if (n == 0 || !invert_information(m, windows, active, n, inverse))
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m->covariance[active[i] * p + active[j]] = inverse[i * n + j];
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
    set_covariance(mixture, windows);
}
