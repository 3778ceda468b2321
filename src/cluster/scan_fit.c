// src/cluster/scan_fit.c: a blurred sphere fitted to the ions around it, and which ions
// came from inside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/scan.h"
#include "core/simplex.h"

#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_erf.h>
#include <math.h>
#include <stdlib.h>

enum { STEPS = 120, ROUNDS = 6, FIT_MOST = 160 };
static const double step = 0.1; // of the table, in standard deviations
static const double most_inside = 1 - 1e-6, least_outside = 1e-7;

// share[u][v]: a point at u standard deviations from the axis of a disc of v.
struct ia_scan_blur {
    float share[STEPS + 1][STEPS + 1];
};

// Density at a distance t from the axis of a Gaussian that is centred at u.
static double ring(double u, double t)
{
    return t * exp(-(t - u) * (t - u) / 2) * gsl_sf_bessel_I0_scaled(u * t);
}

ia_scan_blur *ia_scan_blur_new(ia_ctx *ctx)
{
    ia_scan_blur *blur = ia_array(ctx, 1, sizeof *blur);
    for (size_t i = 0; blur && i <= STEPS; i++) {
        double u = step * (double)i, sum = 0;
        for (size_t j = 1; j <= STEPS; j++) { // Simpson
            double t = step * (double)j;
            sum +=
                step / 6 * (ring(u, t - step) + 4 * ring(u, t - step / 2) + ring(u, t));
            blur->share[i][j] = (float)fmin(1, sum);
        }
    }
    return blur;
}

static double blurred_disc(const ia_scan_blur *blur, double u, double v)
{
    double x = u / step, y = v / step;
    if (!(x < STEPS) || !(y < STEPS)) // a straight edge, bent by the circle
        return gsl_sf_erf_Q(fmin(fmax(u - v + 1 / (2 * fmax(u, 1)), -8), 8));
    size_t i = (size_t)x, j = (size_t)y;
    double a = x - (double)i, b = y - (double)j;
    return (1 - a) *
               ((1 - b) * (double)blur->share[i][j] + b * (double)blur->share[i][j + 1]) +
           a * ((1 - b) * (double)blur->share[i + 1][j] +
                b * (double)blur->share[i + 1][j + 1]);
}

double ia_scan_inside(const ia_scan_object *o, const float xyz[3])
{
    double x = (double)xyz[0] - o->centre[0], y = (double)xyz[1] - o->centre[1];
    double z = (double)xyz[2] - o->centre[2];
    double disc2 = o->radius * o->radius - z * z, r = sqrt(x * x + y * y);
    if (disc2 <= 0)
        return 0;
    if (!(o->sigma_xy > 0))
        return r * r < disc2;
    double disc = sqrt(disc2);
    if (r > disc + 6 * o->sigma_xy)
        return 0;
    return blurred_disc(o->blur, r / o->sigma_xy, disc / o->sigma_xy);
}

double ia_scan_belongs(const ia_scan_object *o, const float xyz[3], bool has)
{
    double share = ia_scan_inside(o, xyz);
    double in = share * (has ? o->inside : 1 - o->inside);
    double out = (1 - share) * (has ? o->outside : 1 - o->outside);
    return in > 0 ? in / (in + out) : 0;
}

typedef struct {
    const ia_scan_window *window;
    ia_scan_object object;
    double ions_inside; // by the last round
} fit;

// Shares of solute inside and outside, by expectation and maximisation.
static void share_out(fit *f)
{
    const ia_scan_window *w = f->window;
    ia_scan_object *o = &f->object;
    for (size_t round = 0; round < ROUNDS; round++) {
        double in = 0, in_solute = 0, all = 0, solute = 0;
        for (size_t i = 0; i < w->n; i++) {
            double s = (double)w->share[i], ions = (double)w->weight[i];
            double a = s * (w->has[i] ? o->inside : 1 - o->inside);
            double b = (1 - s) * (w->has[i] ? o->outside : 1 - o->outside);
            double belongs = a > 0 ? ions * a / (a + b) : 0;
            all += ions;
            in += belongs;
            solute += w->has[i] ? ions : 0;
            in_solute += w->has[i] ? belongs : 0;
        }
        if (!(in > 0) || !(all > in))
            return;
        o->inside = fmin(in_solute / in, most_inside);
        o->outside = fmax((solute - in_solute) / (all - in), least_outside);
        f->ions_inside = in;
    }
}

static double log_likelihood(const fit *f)
{
    const ia_scan_window *w = f->window;
    const ia_scan_object *o = &f->object;
    double sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        double p = o->outside + (o->inside - o->outside) * (double)w->share[i];
        sum += (double)w->weight[i] * log(w->has[i] ? p : 1 - p);
    }
    return sum;
}

// x: offset of the centre, logarithm of the radius.
static void place(fit *f, const double *from, const double *x)
{
    for (size_t k = 0; k < 3; k++)
        f->object.centre[k] = from[k] + x[k];
    f->object.radius = exp(x[3]);
    for (size_t i = 0; i < f->window->n; i++)
        f->window->share[i] = (float)ia_scan_inside(&f->object, f->window->xyz + 3 * i);
}

typedef struct {
    fit *fit;
    double from[3]; // centre, nm
    double inside, outside;
} problem;

static double value(void *user, const double *x)
{
    problem *p = user;
    if (x[3] > log(20.0) || x[3] < log(0.1))
        return INFINITY;
    p->fit->object.inside = p->inside;
    p->fit->object.outside = p->outside;
    place(p->fit, p->from, x);
    share_out(p->fit);
    return -log_likelihood(p->fit);
}

// From the curvature of the likelihood along the logarithm of the radius.
static void estimate_errors(problem *p, const double *x, double least)
{
    static const double h = 0.08;
    double beside[4] = {x[0], x[1], x[2], x[3] + h}, curvature = -2 * least;
    ia_scan_object best = p->fit->object;
    double ions = p->fit->ions_inside;
    curvature += value(p, beside);
    beside[3] = x[3] - h;
    curvature += value(p, beside);
    p->fit->object = best;
    place(p->fit, p->from, x);
    p->fit->object.sigma_radius =
        curvature > 0 ? best.radius * h / sqrt(curvature) : INFINITY;
    p->fit->object.sigma_inside =
        ions > 0 ? sqrt(best.inside * (1 - best.inside) / ions) : INFINITY;
}

static double likelihood_of_matrix(const ia_scan_window *w)
{
    double all = 0, solute = 0;
    for (size_t i = 0; i < w->n; i++) {
        all += (double)w->weight[i];
        solute += w->has[i] ? (double)w->weight[i] : 0;
    }
    double p = solute / all;
    return (solute > 0 ? solute * log(p) : 0) +
           (all > solute ? (all - solute) * log(1 - p) : 0);
}

void ia_scan_fit(const ia_scan_window *window, ia_scan_object *object)
{
    fit f = {.window = window, .object = *object};
    problem p = {&f,
                 {object->centre[0], object->centre[1], object->centre[2]},
                 object->inside,
                 object->outside};
    double d = 0.25 * object->radius, x[4] = {0, 0, 0, log(object->radius)};
    const double first[4] = {d, d, d, 0.2};
    ia_simplex simplex = {value, &p, 4, first, 0.01, FIT_MOST};
    if (window->n == 0)
        return;
    double least = ia_simplex_minimise(&simplex, x);
    value(&p, x);
    f.object.likelihood = -least - likelihood_of_matrix(window);
    estimate_errors(&p, x, least);
    *object = f.object;
}
