// src/cluster/scan_fit.c: a blurred sphere fitted to the ions around it, and which ions
// came from inside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/interface.h"
#include "core/simplex.h"

#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_erf.h>
#include <math.h>
#include <stdlib.h>

enum { STEPS = 120, ROUNDS = 6, ERROR_ROUNDS = 30, ERROR_STEPS = 12, FIT_MOST = 160 };
static const double table_step = 0.1;  // of the table, in standard deviations
static const double worst_known = 0.3; // of a radius, where its surface is
// What centre, blur and neighbours add to the error of a radius: seen on simulated
// spheres.
static const double beyond_counts = 1.75;
static const double error_step = 0.03; // of the logarithm of a radius, at most
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
        double u = table_step * (double)i, sum = 0;
        for (size_t j = 1; j <= STEPS; j++) { // Simpson
            double t = table_step * (double)j;
            sum +=
                table_step / 6 *
                (ring(u, t - table_step) + 4 * ring(u, t - table_step / 2) + ring(u, t));
            blur->share[i][j] = (float)fmin(1, sum);
        }
    }
    return blur;
}

double ia_scan_likeliest_blur(const double *likelihoods, size_t n, double step)
{
    size_t best = 0;
    for (size_t b = 1; b < n; b++)
        best = likelihoods[b] > likelihoods[best] ? b : best;
    double before = likelihoods[best > 0 ? best - 1 : 0];
    double after = likelihoods[best + 1 < n ? best + 1 : best];
    double bend = before - 2 * likelihoods[best] + after;
    bool is_between = best > 0 && best + 1 < n && bend < 0;
    double shift = is_between ? (before - after) / (2 * bend) : 0;
    return step * ((double)best + fmin(fmax(shift, -0.5), 0.5));
}

static double blurred_disc(const ia_scan_blur *blur, double u, double v)
{
    double x = u / table_step, y = v / table_step;
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
    if (o->is_gaussian) // sqrt(5) widths are the radius
        return exp(-2.5 * (r * r + z * z) / (o->radius * o->radius));
    if (o->width > 0)
        return ia_interface_level(o, xyz);
    if (disc2 <= 0)
        return 0;
    if (!(o->sigma_xy > 0))
        return r * r < disc2;
    double disc = sqrt(disc2);
    if (r > disc + 6 * o->sigma_xy)
        return 0;
    return blurred_disc(o->blur, r / o->sigma_xy, disc / o->sigma_xy);
}

// The surface is known to 2 sigma_radius: the centre to sqrt(3) of it along each axis
// (of a surface's shifts, a centre's have a mean square of 1/3). Five places of it, by
// Gauss and Hermite.
static double inside_surely(const ia_scan_object *o, const float xyz[3])
{
    static const double at[] = {0, 1.355626179974266, 2.856970013872806};
    static const double weight[] = {8.0 / 15, 0.222075922005613, 0.011257411327721};
    double sd = fmin(2 * o->sigma_radius / beyond_counts, worst_known * o->radius);
    double sum = weight[0] * ia_scan_inside(o, xyz);
    for (int i = 1; i < 3; i++)
        for (int side = -1; side <= 1; side += 2) {
            ia_scan_object moved = *o;
            moved.radius = o->radius + side * at[i] * sd;
            sum += weight[i] * ia_scan_inside(&moved, xyz);
        }
    return sum;
}

// The same places of the surface, the composition changing over an interface: chances to
// hold what the ion does and to have come from inside, and from outside.
static void weigh_interface(const ia_scan_object *o, const float xyz[3], bool has,
                            double *in, double *out)
{
    static const double at[] = {0, 1.355626179974266, 2.856970013872806};
    static const double weight[] = {8.0 / 15, 0.222075922005613, 0.011257411327721};
    double sd = fmin(2 * o->sigma_radius / beyond_counts, worst_known * o->radius);
    *in = *out = 0;
    for (int i = -2; i <= 2; i++) {
        ia_scan_object moved = *o;
        moved.radius = o->radius + (i < 0 ? -1 : 1) * at[abs(i)] * sd;
        ia_interface_place p = ia_interface_at(&moved, xyz);
        double in_has = o->outside * p.inside + (o->inside - o->outside) * p.both;
        double out_has =
            o->outside * (1 - p.inside) + (o->inside - o->outside) * (p.level - p.both);
        *in += weight[abs(i)] * (has ? in_has : p.inside - in_has);
        *out += weight[abs(i)] * (has ? out_has : 1 - p.inside - out_has);
    }
}

double ia_scan_belongs(const ia_scan_object *o, const float xyz[3], bool has)
{
    if (o->width > 0 && !o->is_gaussian) {
        double in, out;
        weigh_interface(o, xyz, has, &in, &out);
        return in > 0 ? in / (in + fmax(out, 0)) : 0;
    }
    double share = o->is_gaussian ? ia_scan_inside(o, xyz) : inside_surely(o, xyz);
    double in = share * (has ? o->inside : 1 - o->inside);
    double out = (1 - share) * (has ? o->outside : 1 - o->outside);
    return in > 0 ? in / (in + out) : 0;
}

typedef struct {
    const ia_scan_window *window;
    ia_scan_object object;
    double ions_inside; // by the last round
    size_t rounds;
} fit;

// Shares of solute inside and outside, by expectation and maximisation.
static void share_out(fit *f)
{
    const ia_scan_window *w = f->window;
    ia_scan_object *o = &f->object;
    for (size_t round = 0; round < f->rounds; round++) {
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

// Of the logarithm of the radius: halved until the next radii on both sides are half as
// likely together as the best, for of a large cluster they are known to a small part of
// error_step.
static double step_of_errors(problem *p, const double *x, double least)
{
    enum { HALVINGS = 8 };
    double at[4] = {x[0], x[1], x[2], 0}, step = error_step;
    for (int k = 0; k < HALVINGS; k++) {
        double weight = 0;
        for (int side = -1; side <= 1; side += 2) {
            at[3] = x[3] + side * step;
            weight += exp(least - value(p, at));
        }
        if (weight > 0.5)
            break;
        step /= 2;
    }
    return step;
}

// From the likelihood along the logarithm of the radius, the shares following it to where
// they are likeliest: a wider and thinner ball is nearly as likely. A sharp surface makes
// no parabola, so all radii count, by their likelihoods.
static void estimate_errors(problem *p, const double *x, double least)
{
    ia_scan_object best = p->fit->object;
    double at[4] = {x[0], x[1], x[2], x[3]}, ions = p->fit->ions_inside;
    double sum = 0, square = 0, inside = 0;
    p->fit->rounds = ERROR_ROUNDS;
    p->inside = best.inside;
    p->outside = best.outside;
    double step = step_of_errors(p, x, least);
    for (int i = -ERROR_STEPS; i <= ERROR_STEPS; i++) {
        double off = step * i;
        at[3] = x[3] + off;
        double weight = exp(least - value(p, at));
        sum += weight;
        square += weight * off * off;
        inside += weight * pow(p->fit->object.inside - best.inside, 2);
    }
    p->fit->object = best;
    place(p->fit, p->from, x);
    p->fit->object.sigma_radius = beyond_counts * best.radius * sqrt(square / sum);
    p->fit->object.sigma_inside =
        ions > 0 ? sqrt(best.inside * (1 - best.inside) / ions + inside / sum) : INFINITY;
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
    fit f = {.window = window, .object = *object, .rounds = ROUNDS};
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
