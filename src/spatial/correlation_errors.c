// src/spatial/correlation_errors.c: how sure a correlation function and its fits are.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include "core/symmetric.h"

#include <ionatlas/random.h>
#include <math.h>
#include <string.h>

enum { N = IA_CORRELATION_POINTS, RESAMPLES = 400, FITS = 120, LEAST_BLOCKS = 20 };
static const double model_error = 0.01; // of the curve's height: spheres are a model
static const double shrinkage = 0.1;    // of the covariance, towards its diagonal
static const double least_root = 1e-3;
static const double least_whole = 0.1;     // wider is not told of blocks that small
static const double farthest_spread = 2.5; // the upper end over the value

// Values: the points of the curve.
static void resample_curve(const correlation_counts *counts, const uint32_t *weight,
                           double *values)
{
    correlation_curve curve;
    ia_correlation_curve(counts, weight, &curve);
    for (size_t i = 0; i < N; i++)
        values[i] = isfinite(curve.gamma[i]) ? curve.gamma[i] : 0;
}

// Give a curve the height of another. What all points have in common is left to the
// errors of the fits: a covariance that holds it pulls fits away from the points.
static void normalise(double *value, const double *gamma)
{
    double both = 0, own = 0;
    for (size_t i = 0; i < N; i++) {
        both += value[i] * gamma[i];
        own += gamma[i] * gamma[i];
    }
    for (size_t i = 0; i < N && both > 0; i++)
        value[i] *= own / both;
}

// The covariance of the points over resamples, drawn as the bootstrap draws; the variance
// of the points as they are goes to out->sigma.
static void find_covariance(const correlation_counts *c, uint64_t seed,
                            ia_correlation *out, double *matrix)
{
    double mean[N] = {0}, plain[N] = {0}, squares[N] = {0};
    static const size_t n_blocks_most = 4096;
    uint32_t weight[4096];
    size_t n_blocks = c->parts.blocks->n;
    memset(matrix, 0, N * N * sizeof *matrix);
    for (size_t r = 0; r < RESAMPLES && n_blocks <= n_blocks_most; r++) {
        ia_random random = ia_random_new(seed, UINT64_MAX - 100 - r);
        double value[N];
        memset(weight, 0, n_blocks * sizeof *weight);
        for (size_t b = 0; b < n_blocks; b++)
            weight[ia_random_below(&random, n_blocks)]++;
        resample_curve(c, weight, value);
        for (size_t i = 0; i < N; i++) {
            plain[i] += value[i] / RESAMPLES;
            squares[i] += value[i] * value[i] / RESAMPLES;
        }
        normalise(value, out->gamma);
        for (size_t i = 0; i < N; i++) {
            mean[i] += value[i] / RESAMPLES;
            for (size_t k = 0; k < N; k++)
                matrix[i * N + k] += value[i] * value[k] / RESAMPLES;
        }
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            matrix[i * N + k] =
                (matrix[i * N + k] - mean[i] * mean[k]) * (i == k ? 1 : 1 - shrinkage);
    for (size_t i = 0; i < N; i++)
        out->sigma[i] = squares[i] - plain[i] * plain[i];
}

ia_status ia_correlation_weight(ia_ctx *ctx, const correlation_counts *c, uint64_t seed,
                                ia_correlation *out, double *weight)
{
    double matrix[N * N];
    ia_symmetric symmetric = {0};
    ia_status st = ia_symmetric_new(ctx, N, &symmetric);
    if (st != IA_OK)
        return st;
    find_covariance(c, seed, out, matrix);
    double top = 0;
    for (size_t i = 1; i < 5; i++)
        top = fmax(top, fabs(out->gamma[i]));
    for (size_t i = 0; i < N; i++) {
        out->sigma[i] = sqrt(fmax(out->sigma[i], 0));
        matrix[i * N + i] += model_error * model_error * top * top;
        if (!(out->sigma[i] > 0)) // a bin without any pair
            matrix[i * N + i] = 1e6 * out->share;
    }
    ia_symmetric_set(&symmetric, matrix, N);
    ia_symmetric_inverse(&symmetric, least_root, weight);
    ia_symmetric_clear(&symmetric);
    return IA_OK;
}

enum {
    AMPLITUDE,
    RADIUS,
    SPREAD,
    BLUR,
    FRACTION,
    PARTICLE,
    MATRIX,
    DENSITY,
    N_SPHERES, // values of spheres; of waves:
    WAVELENGTH = 1,
    COHERENCE,
    SWING,
    N_WAVES
};

static void tell_spheres(const correlation_problem *p, const correlation_spheres *s,
                         double matrix, double *values)
{
    bool parted = p->excess > 0 && s->amplitude > 0;
    values[AMPLITUDE] = s->amplitude;
    values[RADIUS] = s->shape.radius;
    values[SPREAD] = s->shape.spread;
    values[BLUR] = s->shape.blur;
    values[FRACTION] = parted ? p->excess * p->excess / s->amplitude : NAN;
    values[PARTICLE] = parted ? fmin(matrix + s->amplitude / p->excess, 1) : NAN;
    values[MATRIX] = matrix;
    values[DENSITY] = values[FRACTION] / ia_correlation_sphere_volume(&s->shape);
}

static void tell_waves(const correlation_waves *w, double *values)
{
    values[AMPLITUDE] = w->amplitude;
    values[WAVELENGTH] = w->wavelength;
    values[COHERENCE] = w->coherence;
    values[SWING] = sqrt(fmax(2 * w->amplitude, 0));
}

static correlation_problem problem_of(const correlation_fitting *f,
                                      const correlation_curve *curve, double matrix)
{
    correlation_problem p = f->problem;
    p.gamma = curve->gamma;
    p.excess = curve->share - matrix;
    return p;
}

// What spread and resolution are expected to be is not known either: each resample
// expects others, as likely as they are. Drawn from the weights, which are its own.
static void draw_expected(const correlation_fitting *f, const uint32_t *weight,
                          correlation_expected *usual)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t b = 0; b < f->counts->parts.blocks->n; b++)
        hash = (hash ^ weight[b]) * 1099511628211u;
    ia_random random = ia_random_new(f->seed, hash);
    usual->spread += usual->spread_width * ia_random_normal(&random);
    usual->blur += usual->blur_width * ia_random_normal(&random);
}

static ia_status fit_spheres_again(ia_ctx *ctx, void *user, const uint32_t *weight,
                                   size_t worker, double *values)
{
    const correlation_fitting *f = user;
    correlation_curve curve;
    (void)ctx;
    (void)worker;
    ia_correlation_curve(f->counts, weight, &curve);
    double matrix = ia_correlation_matrix(f->counts, weight);
    correlation_problem p = problem_of(f, &curve, matrix);
    draw_expected(f, weight, &p.usual);
    correlation_spheres s = ia_correlation_fit_spheres(&p, &f->spheres.shape);
    tell_spheres(&p, &s, matrix, values);
    return IA_OK;
}

static ia_status fit_waves_again(ia_ctx *ctx, void *user, const uint32_t *weight,
                                 size_t worker, double *values)
{
    const correlation_fitting *f = user;
    correlation_curve curve;
    (void)ctx;
    (void)worker;
    ia_correlation_curve(f->counts, weight, &curve);
    correlation_problem p = problem_of(f, &curve, 0);
    correlation_waves w = ia_correlation_fit_waves(&p, &f->waves);
    tell_waves(&w, values);
    return IA_OK;
}

// The chance that two ions of a particle, drawn as pairs count them, lie in one block. A
// particle that the sides of blocks cut is drawn in parts: their sum varies by this share
// of what the particle itself does. Large ones tell most: they count by their volume
// squared, which shifts a log-normal by 6 of its variances.
static double whole_share(const correlation_fitting *f)
{
    enum { STEPS = 200 };
    const correlation_shape *s = &f->spheres.shape;
    double radius = s->radius * pow(1 + s->spread * s->spread, 5.5), sum = 0, all = 0;
    for (size_t i = 0; i < STEPS; i++) {
        double x = 2 * ((double)i + 0.5) / STEPS; // distance of two ions over the radius
        double weight = x * x * (1 - 0.75 * x + x * x * x / 16);
        sum += weight * ia_rdf_within(f->counts->parts.blocks, x * radius);
        all += weight;
    }
    return fmax(sum / all, least_whole);
}

// Errors of resamples, wider by `factor`, 1 or more. What is above 0 stays so.
static ia_bounded estimate(const ia_bootstrap *b, const double *values, size_t i,
                           double factor)
{
    double value = values[i];
    if (b->n_values <= i)
        return (ia_bounded){value, NAN, NAN, NAN};
    double lo = b->lo[i], hi = b->hi[i];
    if (lo > 0 && lo < value)
        lo = value * pow(lo / value, factor);
    if (hi > value)
        hi = value + factor * (hi - value);
    return (ia_bounded){value, factor * b->sd[i], lo, hi};
}

// Resamples lack the largest spheres that the sample has, as the sample lacks those of
// the specimen: their spread falls short of its own as that does of the true one. The
// upper end is as many times the value as the value is the lower end, which near 0 says
// no more.
static ia_bounded estimate_spread(const ia_bootstrap *b, const double *values,
                                  double factor)
{
    ia_bounded e = estimate(b, values, SPREAD, factor);
    if (e.lo < e.value)
        e.hi = fmax(e.hi, e.value * fmin(e.value / e.lo, farthest_spread));
    return e;
}

static void keep_spheres(const double *values, const ia_bootstrap *b, double factor,
                         ia_correlation *out)
{
    out->amplitude = estimate(b, values, AMPLITUDE, factor);
    out->radius = estimate(b, values, RADIUS, factor);
    out->spread = estimate_spread(b, values, factor);
    out->blur = estimate(b, values, BLUR, factor);
    out->fraction = estimate(b, values, FRACTION, factor);
    out->particle_share = estimate(b, values, PARTICLE, factor);
    out->particle_share.hi = fmin(out->particle_share.hi, 1);
    out->matrix_share = estimate(b, values, MATRIX, factor);
    out->density = estimate(b, values, DENSITY, factor);
}

static void keep_waves(const double *values, const ia_bootstrap *b, ia_correlation *out)
{
    out->amplitude = estimate(b, values, AMPLITUDE, 1);
    out->wavelength = estimate(b, values, WAVELENGTH, 1);
    out->coherence = estimate(b, values, COHERENCE, 1);
    out->swing = estimate(b, values, SWING, 1);
}

ia_status ia_correlation_errors(ia_ctx *ctx, correlation_fitting *f, double matrix,
                                ia_correlation *out)
{
    bool waves = out->kind == IA_WAVES;
    size_t n_blocks = f->counts->parts.blocks->n;
    ia_bootstrap bootstrap = {0};
    ia_bootstrap_question question = {waves ? fit_waves_again : fit_spheres_again, f,
                                      waves ? N_WAVES : N_SPHERES,
                                      "errors of the correlation function"};
    ia_bootstrap_params how = {FITS, f->seed, 0.95};
    double values[N_SPHERES];
    ia_status st = IA_OK;
    if (n_blocks >= LEAST_BLOCKS)
        st = ia_bootstrap_compute(ctx, &question, n_blocks, &how, &bootstrap);
    if (waves)
        tell_waves(&f->waves, values);
    else
        tell_spheres(&f->problem, &f->spheres, matrix, values);
    if (st == IA_OK && waves)
        keep_waves(values, &bootstrap, out);
    else if (st == IA_OK)
        keep_spheres(values, &bootstrap, 1 / sqrt(whole_share(f)), out);
    ia_bootstrap_clear(&bootstrap);
    return st;
}
