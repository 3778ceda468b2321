// src/spectrum/calibrate_climb.c: climbs to the sharpest spectrum (quasi-Newton method of
// Broyden, Fletcher, Goldfarb and Shanno on basis functions made orthonormal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>
#include <string.h>

enum { STEPS_MOST = 60, TRIES_MOST = 12 };

typedef struct {
    cal_sharp *sharp;
    cal_view view;
    cal_model *model;
    size_t n;
    double root[CAL_TERMS][CAL_TERMS];    // lower Cholesky factor of the moments
    bool dropped[CAL_TERMS];              // told by the others
    double inverse[CAL_TERMS][CAL_TERMS]; // estimate of the inverse curvature
    double value, slope[CAL_TERMS];       // of the sharpness, orthonormal coordinates
} climb;

// Terms that the others make up to this share of their square are left alone.
static const double ALIKE = 1e-7;

static void factor(climb *c, const double *moments)
{
    size_t n = c->n;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = moments[a * n + b];
            for (size_t k = 0; k < b; k++)
                sum -= c->root[a][k] * c->root[b][k];
            if (a == b) {
                c->dropped[a] = !(sum > ALIKE * moments[a * n + a]);
                c->root[a][a] = c->dropped[a] ? 1 : sqrt(sum);
            } else
                c->root[a][b] = c->dropped[b] ? 0 : sum / c->root[b][b];
        }
        for (size_t b = 0; b < a && c->dropped[a]; b++)
            c->root[a][b] = 0;
    }
}

// Change of the terms' values for a step z: root^T value = z.
static void to_values(const climb *c, const double *z, double *values)
{
    for (size_t a = c->n; a-- > 0;) {
        double sum = z[a];
        for (size_t b = a + 1; b < c->n; b++)
            sum -= c->root[b][a] * values[b];
        values[a] = c->dropped[a] ? 0 : sum / c->root[a][a];
    }
}

// Slope by z from that by the values: root slope_z = slope.
static void to_slope(const climb *c, const double *slope, double *z)
{
    for (size_t a = 0; a < c->n; a++) {
        double sum = slope[a];
        for (size_t b = 0; b < a; b++)
            sum -= c->root[a][b] * z[b];
        z[a] = c->dropped[a] ? 0 : sum / c->root[a][a];
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void move(cal_model *model, const double *change, double share)
{
    for (size_t k = 0; k < model->n_terms; k++) {
        double d = share * change[k];
        model->terms[k].value += d;
        if (model->terms[k].kind == CAL_START)
            model->t0 += d;
        if (model->terms[k].kind == CAL_PULSE)
            model->beta += d;
    }
}

// What is known of the start time beforehand, per ion; added to the slope, too.
static double doubt(const climb *c, double *slope)
{
    const cal_model *m = c->model;
    if (!cal_has(m, CAL_START))
        return 0;
    double off = m->t0 / m->t0_doubt, n = (double)c->view.n;
    for (size_t k = 0; k < m->n_terms; k++)
        if (m->terms[k].kind == CAL_START)
            slope[k] -= off / m->t0_doubt / n;
    return -0.5 * off * off / n;
}

static ia_status evaluate(climb *c, double *value, double *slope)
{
    double natural[CAL_TERMS];
    ia_status st = cal_sharp_compute(c->sharp, c->model, value, natural);
    if (st != IA_OK)
        return st;
    *value += doubt(c, natural);
    to_slope(c, natural, slope);
    return st;
}

static void reset(climb *c)
{
    // A step of a tenth of the kernel along the slope's direction, whatever its size.
    double size = sqrt(dot(c->slope, c->slope, c->n));
    double h = cal_sharp_bandwidth(c->sharp);
    memset(c->inverse, 0, sizeof c->inverse);
    for (size_t k = 0; k < c->n; k++)
        c->inverse[k][k] = size > 0 ? 0.5 * h / size : 0;
}

static void update(climb *c, const double *step, const double *fall)
{
    size_t n = c->n;
    double along = dot(step, fall, n), hy[CAL_TERMS];
    if (!(along > 0))
        return;
    for (size_t a = 0; a < n; a++)
        hy[a] = dot(c->inverse[a], fall, n);
    double yhy = dot(fall, hy, n);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            c->inverse[a][b] += (1 + yhy / along) * step[a] * step[b] / along -
                                (hy[a] * step[b] + step[a] * hy[b]) / along;
}

// Shorten the step until it climbs; false when none does.
static ia_status search(climb *c, double *z, double rise, bool *climbed)
{
    const double enough = 1e-4;
    double values[CAL_TERMS], slope[CAL_TERMS], value = 0, share = 1;
    ia_status st = IA_OK;
    to_values(c, z, values);
    *climbed = false;
    move(c->model, values, 1);
    for (int k = 0; k < TRIES_MOST; k++) {
        if ((st = evaluate(c, &value, slope)) != IA_OK)
            return st;
        if ((*climbed = value >= c->value + enough * share * rise))
            break;
        // The top of the parabola through both values and the slope.
        double curve = 2 * (share * rise + c->value - value);
        double next = curve > 0 ? share * share * rise / curve : 0.3 * share;
        next = fmin(fmax(next, 0.1 * share), 0.5 * share);
        move(c->model, values, next - share);
        share = next;
    }
    if (!*climbed) {
        move(c->model, values, -share);
        return IA_OK;
    }
    double step[CAL_TERMS], fall[CAL_TERMS];
    for (size_t k = 0; k < c->n; k++) {
        step[k] = share * z[k];
        fall[k] = c->slope[k] - slope[k];
        c->slope[k] = slope[k];
    }
    c->value = value;
    update(c, step, fall);
    return IA_OK;
}

static ia_status ascend(climb *c)
{
    const double worth = 0.1; // of ln likelihood, all ions together
    bool fresh = true;
    ia_status st = evaluate(c, &c->value, c->slope);
    reset(c);
    for (int i = 0; i < STEPS_MOST && st == IA_OK; i++) {
        double z[CAL_TERMS], before = c->value;
        bool climbed;
        for (size_t k = 0; k < c->n; k++)
            z[k] = dot(c->inverse[k], c->slope, c->n);
        double rise = dot(z, c->slope, c->n), length = sqrt(dot(z, z, c->n));
        double most = 3 * cal_sharp_bandwidth(c->sharp);
        for (size_t k = 0; k < c->n && length > most; k++)
            z[k] *= most / length;
        rise *= length > most ? most / length : 1;
        if (!(rise > 0))
            break;
        st = search(c, z, rise, &climbed);
        bool little = (c->value - before) * (double)c->view.n < worth;
        if (st == IA_OK && (!climbed || little) && fresh)
            break;
        fresh = !climbed || little;
        if (fresh)
            reset(c);
    }
    return st;
}

ia_status cal_climb(cal_sharp *sharp, cal_view view, cal_model *model, double *sharpness)
{
    climb c = {.sharp = sharp, .view = view, .model = model, .n = model->n_terms};
    double moments[CAL_TERMS * CAL_TERMS];
    ia_status st;
    if ((st = cal_sharp_load(sharp, model, view)) != IA_OK)
        return st;
    if (c.n == 0)
        return cal_sharp_compute(sharp, model, sharpness, NULL);
    if ((st = cal_sharp_moments(sharp, model, moments)) != IA_OK)
        return st;
    factor(&c, moments);
    if ((st = ascend(&c)) == IA_OK)
        *sharpness = c.value;
    return st;
}
