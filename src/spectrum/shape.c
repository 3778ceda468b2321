// src/spectrum/shape.c: the shape of a peak as a table of cells, and what follows from
// it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/shape.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_peak_shape_params, reach_left, "", 8, 3, 100,
             "how far the shape is followed before the maximum, half-content widths"),
    IA_FIELD(IA_F64, ia_peak_shape_params, reach_right, "", 40, 5, 1000,
             "how far it is followed behind the maximum, half-content widths"),
    IA_FIELD(IA_SIZE, ia_peak_shape_params, ions_least, "", 300, 30, 1e9,
             "ions of peaks that it takes to learn the shape"),
};
const ia_method ia_peak_shape_method =
    IA_METHOD("peak_shape", "Shape of a peak", ia_peak_shape_params, fields);

ia_peak_shape_params ia_peak_shape_defaults(void)
{
    ia_peak_shape_params params;
    ia_method_defaults(&ia_peak_shape_method, &params);
    return params;
}

const double ia_shape_core_lo = -2.5, ia_shape_core_hi = 4;

static const double GROWTH = 1.1; // of the cells beyond the core

// Cells between 0 and an end of the reach.
static size_t count_cells(double step, double core, double reach)
{
    size_t n = 0;

    for (double u = 0; u < reach - 1e-9; n++) {
        u += step;
        if (u >= core - 1e-9)
            step *= GROWTH;
    }
    return n;
}

// Edges from 0 outwards, n of them; the last is the reach.
static void put_edges(double step, double core, double reach, size_t n, double *u)
{
    double at = 0, side = reach < 0 ? -1 : 1;

    for (size_t i = 0; i < n; i++) {
        at += step;
        if (at >= core - 1e-9)
            step *= GROWTH;
        u[side < 0 ? n - 1 - i : i] = side * fmin(at, fabs(reach));
    }
}

ia_status ia_shape_cells(ia_ctx *ctx, const ia_peak_shape_params *params, double step,
                         ia_peak_shape *out)
{
    size_t left = count_cells(step, -ia_shape_core_lo, params->reach_left);
    size_t right = count_cells(step, ia_shape_core_hi, params->reach_right);
    ia_peak_shape shape = {.n = left + right, .widths = out->widths};

    shape.u = ia_array(ctx, shape.n + 1, sizeof *shape.u);
    shape.density = ia_array(ctx, shape.n, sizeof *shape.density);
    shape.sigma = ia_array(ctx, shape.n, sizeof *shape.sigma);
    shape.below = ia_array(ctx, shape.n + 1, sizeof *shape.below);
    shape.rest = ia_array(ctx, shape.n, sizeof *shape.rest);
    shape.rest_sigma = ia_array(ctx, shape.n, sizeof *shape.rest_sigma);
    if (!shape.u || !shape.density || !shape.sigma || !shape.below || !shape.rest ||
        !shape.rest_sigma) {
        ia_peak_shape_clear(&shape);
        return IA_ERR_MEMORY;
    }
    put_edges(step, -ia_shape_core_lo, -params->reach_left, left, shape.u);
    put_edges(step, ia_shape_core_hi, params->reach_right, right, shape.u + left + 1);
    *out = shape;
    return IA_OK;
}

// Share below u of exp(-x) (1 + erf(sqrt(pi) x / 2)), which is a Gaussian of variance
// 2/pi and mean -2/pi convolved with an exponential of decay length 1. Half of it lies
// within 1.5040, and the centroid of what lies within 0.7 of that is at 0.0457.
static double parametric_below(double u)
{
    const double x = 1.5040 * u + 0.0457, variance = 2 / 3.14159265358979323846;
    double sigma = sqrt(variance), z = (x + variance) / sigma;

    return gsl_cdf_ugaussian_P(z) -
           exp(-x - 0.5 * variance) * gsl_cdf_ugaussian_P(z - sigma);
}

void ia_shape_normalise(ia_peak_shape *shape)
{
    double sum = 0;

    for (size_t k = 0; k < shape->n; k++)
        sum += shape->density[k] * (shape->u[k + 1] - shape->u[k]);
    shape->below[0] = 0;
    for (size_t k = 0; k < shape->n; k++) {
        shape->density[k] /= sum;
        shape->sigma[k] /= sum;
        shape->below[k + 1] =
            shape->below[k] + shape->density[k] * (shape->u[k + 1] - shape->u[k]);
    }
    shape->below[shape->n] = 1;
}

void ia_shape_fill(ia_peak_shape *shape)
{
    for (size_t k = 0; k < shape->n; k++) {
        double share = parametric_below(shape->u[k + 1]) - parametric_below(shape->u[k]);
        shape->density[k] = fmax(0, share) / (shape->u[k + 1] - shape->u[k]);
        shape->sigma[k] = 0;
    }
    ia_shape_normalise(shape);
    for (size_t k = 0; k < shape->n; k++) {
        shape->rest[k] = shape->density[k];
        shape->rest_sigma[k] = INFINITY;
    }
}

// Share below u of a Gaussian convolved with an exponential.
static double tailed_below(double u, double sigma, double tau)
{
    double z = u / sigma, ratio = sigma / tau, power = 0.5 * ratio * ratio - u / tau;
    double gauss = 0.5 * erfc(-z * M_SQRT1_2);

    if (z < ratio - 7 || power > 700)
        return gauss;
    return gauss - exp(power) * 0.5 * erfc(-(z - ratio) * M_SQRT1_2);
}

void ia_shape_formula(double sigma, double tau, double far, ia_peak_shape *shape)
{
    const double long_tail = 4;
    double part = exp(far), below = 0;

    for (size_t k = 0; k <= shape->n; k++) {
        double to = (1 - part) * tailed_below(shape->u[k], exp(sigma), exp(tau)) +
                    part * tailed_below(shape->u[k], exp(sigma), long_tail);
        if (k > 0)
            shape->density[k - 1] = fmax(0, to - below) / (shape->u[k] - shape->u[k - 1]);
        below = to;
    }
    ia_shape_normalise(shape);
}

static ia_status learn(ia_ctx *ctx, const ia_spectrum *spectrum,
                       const ia_background *background, ia_shape_source *from,
                       ia_peak_shape *out)
{
    ia_peak_shape shape = {.widths = from->peaks->widths};
    ia_counts counts = {.flat = 0};
    ia_status st;

    from->counts = &counts;
    if ((st = ia_counts_build(ctx, spectrum, background, &counts)) != IA_OK ||
        (st = ia_shape_learn(ctx, from, &shape)) != IA_OK)
        goto done;
    if (shape.n_peaks == 0)
        ia_log(ctx, IA_LOG_INFO,
               "no shape of a peak could be learnt: fewer than %zu ions lie in peaks "
               "that stand alone; a parametric shape is used",
               from->params->ions_least);
    *out = shape;
    shape = (ia_peak_shape){0}; // the caller's now
done:
    ia_counts_clear(&counts);
    ia_peak_shape_clear(&shape);
    return st;
}

ia_status ia_peak_shape_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                const ia_background *background, const ia_peaks *peaks,
                                const ia_peak_shape_params *params, ia_peak_shape *out)
{
    ia_peak_shape_params p = params ? *params : ia_peak_shape_defaults();
    ia_shape_source from = {.peaks = peaks, .params = &p};
    ia_status st = ia_method_check(ctx, &ia_peak_shape_method, &p);
    return st == IA_OK ? learn(ctx, spectrum, background, &from, out) : st;
}

ia_status ia_peak_shape_told(ia_ctx *ctx, const ia_spectrum *spectrum,
                             const ia_background *background, const ia_peaks *peaks,
                             const ia_assignment *told, ia_peak_shape *out)
{
    ia_peak_shape_params p = ia_peak_shape_defaults();
    ia_shape_source from = {.peaks = peaks, .told = told, .params = &p};
    return learn(ctx, spectrum, background, &from, out);
}

void ia_peak_shape_clear(ia_peak_shape *shape)
{
    free(shape->u);
    free(shape->density);
    free(shape->sigma);
    free(shape->below);
    free(shape->rest);
    free(shape->rest_sigma);
    *shape = (ia_peak_shape){0};
}

// Cell of u, which lies in the reach.
static size_t cell_of(const ia_peak_shape *shape, double u)
{
    size_t lo = 0, hi = shape->n;

    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;
        if (shape->u[middle] <= u)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

static double share_below(const ia_peak_shape *shape, double u)
{
    if (!(u > shape->u[0]))
        return 0;
    if (u >= shape->u[shape->n])
        return 1;
    size_t k = cell_of(shape, u);
    return shape->below[k] + shape->density[k] * (u - shape->u[k]);
}

double ia_peak_shape_share(const ia_peak_shape *shape, double mass, double lo, double hi)
{
    double width = ia_peak_width(&shape->widths, mass);

    return fmax(0, share_below(shape, (hi - mass) / width) -
                       share_below(shape, (lo - mass) / width));
}

double ia_shape_rest_share(const ia_peak_shape *shape, double mass, double lo, double hi,
                           double *sigma)
{
    double width = ia_peak_width(&shape->widths, mass), sum = 0, square = 0;
    double from = (lo - mass) / width, to = (hi - mass) / width;

    for (size_t k = 0; k < shape->n; k++) {
        double part = fmin(to, shape->u[k + 1]) - fmax(from, shape->u[k]);
        if (!(part > 0))
            continue;
        sum += part * shape->rest[k];
        square += part * shape->rest_sigma[k] * part * shape->rest_sigma[k];
    }
    *sigma = sqrt(square);
    return sum;
}

double ia_peak_shape_density(const ia_peak_shape *shape, double mass, double m)
{
    double width = ia_peak_width(&shape->widths, mass), u = (m - mass) / width;

    if (!(u >= shape->u[0]) || u >= shape->u[shape->n])
        return 0;
    return shape->density[cell_of(shape, u)] / width;
}

static ia_status add_source(ia_ctx *ctx, const ia_peak_shape *shape, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "peak_shape_source", IA_OBJECT, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_text(ctx, table, "source",
                               shape->n_peaks ? "learnt" : "parametric");
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "n_peaks", shape->n_peaks);
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "n_ions", shape->n_ions);
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "scatter", shape->scatter);
    return st;
}

ia_status ia_peak_shape_tables(ia_ctx *ctx, const ia_peak_shape *shape, ia_result *result)
{
    const struct {
        const char *name;
        const double *values;
    } columns[] = {
        {"u_lo", shape->u},
        {"u_hi", shape->u + 1},
        {"density", shape->density},
        {"sigma_density", shape->sigma},
        {"share_below", shape->below + 1},
    };
    ia_table *table = ia_result_add(ctx, result, "peak_shape", IA_ARRAYS, shape->n);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    for (size_t c = 0; c < sizeof columns / sizeof *columns && st == IA_OK; c++)
        st = ia_table_add_copy(ctx, table, columns[c].name, IA_F64, columns[c].values);
    return st == IA_OK ? add_source(ctx, shape, result) : st;
}
