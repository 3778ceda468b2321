// src/spectrum/calibrate_describe.c: the fitted terms as maps and curves with their
// errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_result.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE = 41, CELLS_MOST = 64 };

void cal_invert(double *m, size_t n)
{
    enum { MOST = CAL_TERMS + 1 };
    const double alike = 1e-12;
    double root[MOST][MOST] = {{0}}, column[MOST];
    bool dropped[MOST] = {false};
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = m[a * n + b];
            for (size_t k = 0; k < b; k++)
                sum -= root[a][k] * root[b][k];
            if (a == b) {
                dropped[a] = !(sum > alike * m[a * n + a]);
                root[a][a] = dropped[a] ? 1 : sqrt(sum);
            } else
                root[a][b] = dropped[b] ? 0 : sum / root[b][b];
        }
    for (size_t c = 0; c < n; c++) {
        for (size_t a = 0; a < n; a++) {
            double sum = a == c && !dropped[a];
            for (size_t k = 0; k < a; k++)
                sum -= root[a][k] * column[k];
            column[a] = dropped[a] ? 0 : sum / root[a][a];
        }
        for (size_t a = n; a-- > 0;) {
            double sum = column[a];
            for (size_t k = a + 1; k < n; k++)
                sum -= root[k][a] * column[k];
            column[a] = dropped[a] ? 0 : sum / root[a][a];
        }
        for (size_t a = 0; a < n; a++)
            m[a * n + c] = column[a];
    }
}

// The inverse of the information that the ions' places hold of the terms.
ia_status cal_covariance(cal_job *job, double *covariance)
{
    size_t n = job->model.n_terms;
    ia_status st;
    cal_model_centre(&job->sample, &job->model);
    if ((st = cal_sharp_aim(job->sharp, &job->model, job->bandwidth)) != IA_OK ||
        (st = cal_sharp_load(job->sharp, &job->model,
                             cal_view_of(job->sample.n, 0, 1))) != IA_OK ||
        (st = cal_sharp_information(job->sharp, &job->model, covariance)) != IA_OK)
        return st;
    cal_invert(covariance, n);
    for (size_t k = 0; k < n; k++)
        job->model.terms[k].sigma = sqrt(fmax(0, covariance[k * n + k]));
    cal_model_anchor(&job->model);
    return IA_OK;
}

// Sum of the terms of one kind and its standard deviation at an ion.
static double part_of(const cal_model *m, cal_kind kind, const cal_ion *ion,
                      const double *covariance, double *sigma)
{
    double basis[CAL_TERMS], sum = 0, square = 0;
    size_t n = m->n_terms;
    cal_basis(m, ion, basis);
    for (size_t a = 0; a < n; a++) {
        if (m->terms[a].kind != kind)
            continue;
        sum += m->terms[a].value * basis[a];
        for (size_t b = 0; b < n && covariance; b++)
            if (m->terms[b].kind == kind)
                square += covariance[a * n + b] * basis[a] * basis[b];
    }
    if (sigma)
        *sigma = sqrt(fmax(0, square));
    return sum;
}

static ia_status new_curve(ia_ctx *ctx, size_t n, ia_curve *out)
{
    out->n = n;
    out->at = ia_array(ctx, n, sizeof *out->at);
    out->factor = ia_array(ctx, n, sizeof *out->factor);
    out->sigma = ia_array(ctx, n, sizeof *out->sigma);
    return out->at && out->factor && out->sigma ? IA_OK : IA_ERR_MEMORY;
}

static ia_status voltage_curve(cal_job *job, const double *covariance)
{
    const cal_model *m = &job->model;
    ia_curve *c = &job->out.voltage;
    ia_status st = new_curve(job->ctx, CURVE, c);
    for (size_t i = 0; i < CURVE && st == IA_OK; i++) {
        double v = 2.0 * (double)i / (CURVE - 1) - 1, sigma;
        cal_ion ion = {.t = 1, .v = exp(m->v_mid + v * m->v_half), .s = 0.5};
        c->at[i] = ion.v;
        c->factor[i] = exp(part_of(m, CAL_VOLTAGE, &ion, covariance, &sigma));
        c->sigma[i] = c->factor[i] * sigma;
    }
    return st;
}

static ia_status drift_curve(cal_job *job)
{
    ia_curve *c = &job->out.drift;
    size_t n = job->drift.n;
    ia_status st = new_curve(job->ctx, n, c);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        c->at[i] = ((double)i + 0.5) / (double)n;
        c->factor[i] = exp(job->out.model->model.drift[i]);
        c->sigma[i] = c->factor[i] * job->drift.sigma[i];
    }
    return st;
}

static ia_status bowl_map(cal_job *job)
{
    const cal_model *m = &job->model;
    ia_bowl *b = &job->out.bowl;
    double step = 2 * m->radius / CELLS_MOST, decade = pow(10, floor(log10(step)));
    step = decade * (step > 5 * decade ? 10 : step > 2 * decade ? 5 : 2);
    size_t n = 2 * (size_t)ceil(m->radius / step);
    b->step = step;
    b->cells[0] = b->cells[1] = n;
    b->origin[0] = b->origin[1] = -0.5 * (double)n * step;
    if (!(b->psi = ia_array(job->ctx, n * n, sizeof *b->psi)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n * n; i++)
        b->psi[i] = NAN;
    for (size_t i = 0; i < job->sample.n; i++) {
        double x = ((double)job->sample.x[i] - b->origin[0]) / step;
        double y = ((double)job->sample.y[i] - b->origin[1]) / step;
        if (!(x >= 0 && y >= 0 && x < (double)n && y < (double)n))
            continue;
        size_t column = (size_t)x, row = (size_t)y;
        cal_ion ion = {.t = 1,
                       .v = m->v_ref,
                       .x = b->origin[0] + ((double)column + 0.5) * step,
                       .y = b->origin[1] + ((double)row + 0.5) * step,
                       .s = 0.5};
        if (isnan(b->psi[row * n + column]))
            b->psi[row * n + column] = exp(part_of(m, CAL_PLANE, &ion, NULL, NULL));
    }
    return IA_OK;
}

static ia_status tell_coefficients(cal_job *job)
{
    ia_calibration *out = &job->out;
    size_t n = 0, at = 0;
    for (size_t k = 0; k < job->model.n_terms; k++)
        if (job->model.terms[k].kind == CAL_PLANE)
            n = job->model.terms[k].i + (size_t)job->model.terms[k].j > n
                    ? (size_t)job->model.terms[k].i + job->model.terms[k].j
                    : n;
    out->detector_order = n;
    out->radius = job->model.radius;
    out->n_coefficients = (n + 1) * (n + 2) / 2 - 1;
    out->coefficients = ia_array(job->ctx, out->n_coefficients, sizeof(double));
    out->sigma_coefficients = ia_array(job->ctx, out->n_coefficients, sizeof(double));
    if (!out->coefficients || !out->sigma_coefficients)
        return IA_ERR_MEMORY;
    for (size_t order = 1; order <= n; order++)
        for (size_t j = 0; j <= order; j++, at++)
            for (size_t k = 0; k < job->model.n_terms; k++) {
                const cal_term *t = &job->model.terms[k];
                if (t->kind != CAL_PLANE || t->j != j || t->i + j != order)
                    continue;
                out->coefficients[at] = t->value;
                out->sigma_coefficients[at] = t->sigma;
            }
    return IA_OK;
}

// What of the pulse's part of the voltage the curve of drift cannot follow, of its
// variance over the ions: a slow change of it is as well a drift. The curve has a value
// at each knot.
static ia_status left_by_drift(const cal_job *job, size_t term, double *left)
{
    const double least = 1e-6;
    const cal_model *m = &job->model;
    size_t n = m->n_knots, n_ions = 0;
    double all = 0, square = 0, within = 0, basis[CAL_TERMS];
    double *sums = ia_array(job->ctx, 2 * n, sizeof *sums);

    if (!sums)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < job->sample.n; i++) {
        cal_ion ion = cal_sample_ion(&job->sample, i);
        size_t knot = (size_t)fmin((double)n - 1, fmax(0, ion.s * (double)n));
        cal_basis(m, &ion, basis);
        if (!isfinite(basis[term]))
            continue;
        sums[2 * knot] += basis[term];
        sums[2 * knot + 1]++;
        all += basis[term];
        square += basis[term] * basis[term];
        n_ions++;
    }
    within = square;
    for (size_t k = 0; k < n; k++)
        within -= sums[2 * k + 1] > 0 ? sums[2 * k] * sums[2 * k] / sums[2 * k + 1] : 0;
    square -= n_ions > 0 ? all * all / (double)n_ions : 0;
    *left = square > 0 ? fmax(least, within / square) : least;
    free(sums);
    return IA_OK;
}

static ia_status tell_pulse(cal_job *job, size_t term)
{
    double left = 1;
    ia_status st = job->model.n_knots > 0 ? left_by_drift(job, term, &left) : IA_OK;

    job->out.beta =
        (ia_estimate){job->model.beta, job->model.terms[term].sigma / sqrt(left)};
    return st;
}

// psi is taken without its errors of single cells; those of its coefficients are told.
static ia_status draw(cal_job *job, const double *covariance)
{
    ia_status st = tell_coefficients(job);
    for (size_t k = 0; st == IA_OK && k < job->model.n_terms; k++) {
        const cal_term *t = &job->model.terms[k];
        if (t->kind == CAL_VOLTAGE && t->i > job->out.voltage_order)
            job->out.voltage_order = t->i;
        if (t->kind == CAL_PULSE)
            st = tell_pulse(job, k);
    }
    if (st == IA_OK && job->out.voltage_order > 0)
        st = voltage_curve(job, covariance);
    if (st == IA_OK && job->sample.x)
        st = bowl_map(job);
    return st;
}

static void tell_scale(cal_job *job)
{
    ia_calibration *out = &job->out;
    const cal_scale *s = &job->found.choice[0];
    out->t0 = out->flight_path = out->a = out->b = (ia_estimate){NAN, NAN};
    out->misfit = s->misfit;
    out->n_lines = s->n_lines;
    if (!job->from_times) {
        bool kept = job->params.keep_scale;
        out->a = (ia_estimate){job->a, kept ? NAN : s->sigma_a};
        out->b = (ia_estimate){job->b, kept ? NAN : s->sigma_b};
        return;
    }
    double root = sqrt(CAL_TWO_E_OVER_U * job->model.v_ref) / job->path;
    out->t0 = (ia_estimate){job->model.t0, s->sigma_b / root};
    out->flight_path = (ia_estimate){job->path, s->sigma_a * job->path};
    out->choice[0].t0 = job->model.t0;
    out->choice[0].flight_path = job->path;
}

ia_status cal_describe(cal_job *job)
{
    ia_calibration *out = &job->out;
    double covariance[CAL_TERMS * CAL_TERMS];
    ia_status st;
    out->v_ref = job->model.v_ref;
    out->bandwidth = job->bandwidth;
    out->beta = (ia_estimate){NAN, NAN};
    tell_scale(job);
    if ((st = cal_covariance(job, covariance)) != IA_OK ||
        (st = draw(job, covariance)) != IA_OK)
        return st;
    if (!(out->model = ia_array(job->ctx, 1, sizeof *out->model)))
        return IA_ERR_MEMORY;
    *out->model = (struct ia_calibration_model){
        .model = job->model,
        .root =
            job->from_times ? sqrt(CAL_TWO_E_OVER_U * job->model.v_ref) / job->path : 1,
        .a = job->from_times ? 1 : job->a,
        .b = job->from_times ? 0 : job->b,
        .nothing = !job->from_times && job->a == 1 && job->b == 0 &&
                   job->model.n_terms == 0 && job->model.n_knots == 0};
    out->n_knots = job->drift.n;
    job->drift.shift = NULL; // the result's now
    if (job->drift.n > 0 && (st = drift_curve(job)) != IA_OK)
        return st;
    return cal_peaks(job);
}
