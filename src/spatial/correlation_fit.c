// src/spatial/correlation_fit.c: correlation functions fitted by generalised least
// squares.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <math.h>
#include <stddef.h>

enum { N = IA_CORRELATION_POINTS, PARAMS_MOST = 3, ROUNDS = 60 };

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

// A point of the search: parameters and their cost.
typedef struct {
    double at[PARAMS_MOST], low[PARAMS_MOST], high[PARAMS_MOST], step[PARAMS_MOST];
    size_t n;
} search;
typedef double (*cost)(const correlation_problem *p, const double *at);

// One parameter at a time, steps grown after a gain and halved without.
static void descend(const correlation_problem *p, cost of, search *s)
{
    double best = of(p, s->at);
    for (size_t round = 0; round < ROUNDS; round++) {
        double before = best;
        for (size_t i = 0; i < s->n; i++) {
            double old = s->at[i], sign = 1;
            bool gained = false;
            for (size_t side = 0; side < 2 && !gained; side++, sign = -1) {
                s->at[i] = fmin(fmax(old + sign * s->step[i], s->low[i]), s->high[i]);
                double now = of(p, s->at);
                gained = now < best;
                if (gained)
                    best = now;
                else
                    s->at[i] = old;
            }
            s->step[i] *= gained ? 1.4 : 0.5;
        }
        bool small = true;
        for (size_t i = 0; i < s->n; i++)
            small &= s->step[i] < 2e-3;
        if (small || (round > 20 && before - best < 1e-4))
            break;
    }
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

correlation_spheres ia_correlation_fit_spheres(const correlation_problem *p,
                                               const correlation_shape *start)
{
    double blur = p->resolution > 0 ? p->resolution : fmax(p->usual.blur, 0);
    double spread = fmin(fmax(p->usual.spread, 0.02), 0.7);
    search s = {.low = {log(0.2), 0.02, p->resolution},
                .high = {log(p->r_max / 2), 0.7, p->resolution > 0 ? blur : 1},
                .step = {0.1, 0.1, 0.1},
                .n = p->resolution > 0 ? 2 : 3};
    double best = INFINITY;
    s.at[2] = blur;
    for (double at = s.low[0]; !start && at < s.high[0]; at += 0.12) {
        double now = cost_of_spheres(p, (const double[]){at, spread, blur});
        if (now < best) {
            best = now;
            s.at[0] = at;
        }
    }
    s.at[1] = spread;
    if (start) {
        s.at[0] = log(start->radius);
        s.at[1] = start->spread;
        s.at[2] = start->blur;
    }
    descend(p, cost_of_spheres, &s);
    return solve_spheres(p, s.at);
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
    search s = {.low = {log(0.5), log(0.2)},
                .high = {log(4 * p->r_max), log(10 * p->r_max)},
                .step = {0.1, 0.2},
                .n = 2};
    double best = INFINITY;
    for (double at = s.low[0]; !start && at < s.high[0]; at += 0.12)
        for (double ratio = -1; ratio < 2; ratio += 0.5) {
            double now = cost_of_waves(p, (const double[]){at, at + ratio});
            if (now < best) {
                best = now;
                s.at[0] = at;
                s.at[1] = at + ratio;
            }
        }
    if (start) {
        s.at[0] = log(start->wavelength);
        s.at[1] = log(start->coherence);
    }
    descend(p, cost_of_waves, &s);
    return solve_waves(p, s.at);
}
