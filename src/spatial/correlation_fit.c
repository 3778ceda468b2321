// src/spatial/correlation_fit.c: correlation functions fitted by generalised least
// squares.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simplex.h"
#include "spatial/correlation_internal.h"

#include <math.h>
#include <stddef.h>

enum { N = IA_CORRELATION_POINTS, PARAMS_MOST = 3 };

static const double fraction_most = 0.5;

static double product(const double *weight, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            sum += a[i] * weight[i * N + k] * b[k];
    return sum;
}

// The best amplitude of a model, and how far off the curve is then.
static double scale(const correlation_problem *p, const double *model, double *amplitude)
{
    double norm = product(p->weight, model, model), off[N];
    *amplitude = norm > 0 ? product(p->weight, model, p->gamma) / norm : 0;
    for (size_t i = 0; i < N; i++)
        off[i] = p->gamma[i] - *amplitude * model[i];
    return product(p->weight, off, off);
}

typedef double (*cost)(const correlation_problem *p, const double *at);

// What is sought, and within which bounds.
typedef struct {
    const correlation_problem *problem;
    cost of;
    double low[PARAMS_MOST], high[PARAMS_MOST];
    size_t n;
} search;

// Beyond a bound the cost at the bound and more, so that the way leads back.
static double cost_within(void *user, const double *at)
{
    const search *s = user;
    double inside[PARAMS_MOST] = {0}, beyond = 0;
    for (size_t i = 0; i < s->n; i++) {
        inside[i] = fmin(fmax(at[i], s->low[i]), s->high[i]);
        beyond += fabs(at[i] - inside[i]);
    }
    return s->of(s->problem, inside) * (1 + beyond) + beyond;
}

// Radius, spread and blur make up for each other: a simplex that has shrunk in such a
// valley is set up anew until that gains nothing.
static void descend(search *s, const double *step, double *at)
{
    enum { ROUNDS = 8 };
    const ia_simplex simplex = {cost_within, s, s->n, step, 1e-5, 200 * s->n};
    double before = INFINITY, now = ia_simplex_minimise(&simplex, at);
    for (size_t round = 0; round < ROUNDS && before - now > 1e-3; round++) {
        before = now;
        now = ia_simplex_minimise(&simplex, at);
    }
    for (size_t i = 0; i < s->n; i++)
        at[i] = fmin(fmax(at[i], s->low[i]), s->high[i]);
}

// Amplitude and volume fraction follow from the shape: fraction = excess^2 / amplitude.
static correlation_spheres solve_spheres(const correlation_problem *p, const double *at)
{
    correlation_spheres s = {.shape = {exp(at[0]), at[1], at[2]}};
    double model[N], alone[N], hole[N];
    ia_correlation_spheres(&s.shape, p->volume, p->r, N, alone);
    ia_correlation_hole(&s.shape, p->r, N, hole);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++)
            model[i] = alone[i] - s.fraction * hole[i];
        s.chi2 = scale(p, model, &s.amplitude);
        double fraction =
            s.amplitude > 0 ? p->excess * p->excess / s.amplitude : fraction_most;
        s.fraction = p->excess > 0 ? fmin(fraction, fraction_most) : 0;
    }
    return s;
}

static double cost_of_spheres(const correlation_problem *p, const double *at)
{
    const correlation_expected *u = &p->usual;
    double spread = (at[1] - u->spread) / u->spread_width;
    double blur = p->resolution > 0 ? 0 : (at[2] - u->blur) / u->blur_width;
    return solve_spheres(p, at).chi2 + spread * spread + blur * blur;
}

// The best radius of a grid for a spread and a blur.
static double start_radius(const search *s, double spread, double blur)
{
    double best = INFINITY, found = s->low[0];
    for (double radius = s->low[0]; radius < s->high[0]; radius += 0.06) {
        double now = cost_of_spheres(s->problem, (const double[]){radius, spread, blur});
        if (now < best) {
            best = now;
            found = radius;
        }
    }
    return found;
}

// There are several valleys: the lowest of those that the grid leads to.
static void seek_spheres(search *s, const double *step, double *at)
{
    static const double spreads[] = {0.05, 0.15, 0.3, 0.5}, blurs[] = {0.05, 0.2, 0.4};
    double best = INFINITY;
    for (size_t k = 0; k < 12; k++) {
        double blur = fmin(fmax(blurs[k % 3], s->low[2]), s->high[2]);
        double point[] = {0, spreads[k / 3], blur};
        point[0] = start_radius(s, point[1], point[2]);
        descend(s, step, point);
        double now = cost_of_spheres(s->problem, point);
        if (now < best) {
            best = now;
            for (size_t i = 0; i < PARAMS_MOST; i++)
                at[i] = point[i];
        }
    }
}

correlation_spheres ia_correlation_fit_spheres(const correlation_problem *p,
                                               const correlation_shape *start)
{
    const double step[PARAMS_MOST] = {0.1, 0.1, 0.1};
    bool known = p->resolution > 0;
    search s = {.problem = p,
                .of = cost_of_spheres,
                .low = {log(0.2), 0.02, p->resolution},
                .high = {log(p->r_max / 2), 0.7, known ? p->resolution : 1},
                .n = known ? 2 : 3};
    double at[PARAMS_MOST] = {0, 0, p->resolution};
    if (start) {
        at[0] = log(start->radius);
        at[1] = start->spread;
        at[2] = start->blur;
        descend(&s, step, at);
    } else {
        seek_spheres(&s, step, at);
    }
    return solve_spheres(p, at);
}

static correlation_waves solve_waves(const correlation_problem *p, const double *at)
{
    correlation_waves w = {.wavelength = exp(at[0]), .coherence = exp(at[1])};
    double model[N];
    ia_correlation_waves(w.wavelength, w.coherence, p->r, N, model);
    w.chi2 = scale(p, model, &w.amplitude);
    return w;
}

static double cost_of_waves(const correlation_problem *p, const double *at)
{
    return solve_waves(p, at).chi2;
}

correlation_waves ia_correlation_fit_waves(const correlation_problem *p,
                                           const correlation_waves *start)
{
    const double step[] = {0.1, 0.2};
    search s = {.problem = p,
                .of = cost_of_waves,
                .low = {log(0.5), log(0.2)},
                .high = {log(4 * p->r_max), log(10 * p->r_max)},
                .n = 2};
    double best = INFINITY, at[PARAMS_MOST] = {s.low[0], s.low[1]};
    for (double wave = s.low[0]; !start && wave < s.high[0]; wave += 0.12)
        for (double ratio = -1; ratio < 2; ratio += 0.5) {
            double now = cost_of_waves(p, (const double[]){wave, wave + ratio});
            if (now < best) {
                best = now;
                at[0] = wave;
                at[1] = wave + ratio;
            }
        }
    if (start) {
        at[0] = log(start->wavelength);
        at[1] = log(start->coherence);
    }
    descend(&s, step, at);
    return solve_waves(p, at);
}
