// src/spectrum/calibrate_sharp.c: how sharp the spectrum is, and how that changes with
// each term.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS_MOST = 1 << 21,
    PASSES = 3,     // running means that stand for a Gaussian
    UNIT = 1 << 16, // counts are whole multiples of 1 / UNIT: sums in any order are alike
    FLOOR_IONS = 10, // in a kernel: fewer are no peak
};

struct cal_sharp {
    ia_ctx *ctx;
    const cal_sample *sample;
    double bandwidth, bin, lo;
    size_t n_bins, half; // half: of a running mean, bins
    size_t workers;
    uint64_t *counts;     // (workers, n_bins)
    double *f, *g, *room; // (n_bins) smoothed counts, derivative of the sum, room
    // Of the ions of the view, as they were loaded:
    cal_view view;
    cal_model start;
    float *time;         // (n) t - t0 of `start`, NAN where it cannot be placed
    float *basis;        // (n, n_terms)
    double *q;           // (n); where `straight`, w itself
    bool straight;       // the axis begins at t0, which stays: w is a sum of terms
    float *place, *grow; // (n) position in bins, or -1; exp(q)
    double *sums;        // (blocks, CAL_TERMS * CAL_TERMS)
    const cal_model *model;
    bool weighted; // moments by the square of the slope of ln f
};

ia_ctx *cal_sharp_ctx(const cal_sharp *sharp)
{
    return sharp->ctx;
}

double cal_sharp_bandwidth(const cal_sharp *sharp)
{
    return sharp->bandwidth;
}

void cal_sharp_free(cal_sharp *s)
{
    if (!s)
        return;
    free(s->counts);
    free(s->f);
    free(s->g);
    free(s->room);
    free(s->time);
    free(s->basis);
    free(s->q);
    free(s->place);
    free(s->grow);
    free(s->sums);
    free(s);
}

ia_status cal_sharp_new(ia_ctx *ctx, const cal_sample *sample, cal_sharp **out)
{
    cal_sharp *s = ia_array(ctx, 1, sizeof *s);
    size_t blocks = ia_block_count(sample->n, CAL_BLOCK);
    if (!s)
        return IA_ERR_MEMORY;
    s->ctx = ctx;
    s->sample = sample;
    s->time = ia_array(ctx, sample->n, sizeof *s->time);
    s->q = ia_array(ctx, sample->n, sizeof *s->q);
    s->basis = ia_array(ctx, sample->n * CAL_TERMS, sizeof *s->basis);
    s->place = ia_array(ctx, sample->n, sizeof *s->place);
    s->grow = ia_array(ctx, sample->n, sizeof *s->grow);
    s->sums = ia_array(ctx, blocks * CAL_TERMS * CAL_TERMS, sizeof *s->sums);
    if (!s->time || !s->q || !s->basis || !s->place || !s->grow || !s->sums) {
        cal_sharp_free(s);
        return IA_ERR_MEMORY;
    }
    *out = s;
    return IA_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

ia_status cal_sharp_aim(cal_sharp *s, const cal_model *model, double bandwidth)
{
    enum { SOME = 20000 };
    const double out = 0.0005, margin = 0.1; // share of ions left out, room in w
    size_t n = s->sample->n < SOME ? s->sample->n : SOME, m = 0;
    double *w = ia_array(s->ctx, n, sizeof *w);
    if (!w)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t row = (size_t)((double)i * ((double)s->sample->n / (double)n));
        cal_ion ion = cal_sample_ion(s->sample, row);
        double tau = cal_reduced_time(model, &ion) + model->t0;
        if (tau > model->t_axis)
            w[m++] = 2 * log(tau - model->t_axis);
    }
    qsort(w, m, sizeof *w, by_value);
    double lo = m ? w[(size_t)(out * (double)(m - 1))] - margin : 0;
    double hi = m ? w[(size_t)((1 - out) * (double)(m - 1))] + margin : 1;
    free(w);
    s->bandwidth = bandwidth;
    s->bin = fmax(bandwidth / CAL_KERNEL_BINS, (hi - lo) / BINS_MOST);
    s->lo = lo;
    s->n_bins = (size_t)((hi - lo) / s->bin) + 2;
    // The variance of a running mean over 2 k + 1 bins is k (k + 1) / 3.
    double variance = bandwidth * bandwidth / (s->bin * s->bin * PASSES);
    s->half = (size_t)fmax(1, round(0.5 * (sqrt(1 + 12 * variance) - 1)));
    s->workers = ia_for_workers(s->ctx, ia_block_count(s->sample->n, CAL_BLOCK));
    free(s->counts);
    free(s->f);
    free(s->g);
    free(s->room);
    s->counts = ia_array(s->ctx, s->workers * s->n_bins, sizeof *s->counts);
    s->f = ia_array(s->ctx, s->n_bins, sizeof *s->f);
    s->g = ia_array(s->ctx, s->n_bins, sizeof *s->g);
    s->room = ia_array(s->ctx, s->n_bins, sizeof *s->room);
    return s->counts && s->f && s->g && s->room ? IA_OK : IA_ERR_MEMORY;
}

static void running_mean(const double *in, double *out, size_t n, size_t half)
{
    double sum = 0, share = 1 / (double)(2 * half + 1);
    for (size_t i = 0; i < half && i < n; i++)
        sum += in[i];
    for (size_t i = 0; i < n; i++) {
        if (i + half < n)
            sum += in[i + half];
        if (i > half)
            sum -= in[i - half - 1];
        out[i] = sum * share;
    }
}

static void smooth(cal_sharp *s, double *values)
{
    for (int pass = 0; pass < PASSES; pass++) {
        running_mean(values, s->room, s->n_bins, s->half);
        memcpy(values, s->room, s->n_bins * sizeof *values);
    }
}

// Place w of a loaded ion after changes of the terms that add up to `q`; -INFINITY for
// none.
static double place_of(const cal_sharp *s, size_t i, double q, double later)
{
    if (s->straight)
        return s->q[i] - q;
    double time = s->time[i] - later, grow = exp(s->q[i] - 0.5 * q);
    double axis = s->model->t0 + time * grow - s->model->t_axis;
    s->grow[i] = (float)grow;
    return time > 0 && axis > 0 ? 2 * log(axis) : -INFINITY;
}

static void load_block(void *user, size_t block, size_t worker)
{
    cal_sharp *s = user;
    size_t begin, end, n = s->start.n_terms;
    double basis[CAL_TERMS];
    (void)worker;
    ia_block(s->view.n, CAL_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        cal_ion ion = cal_sample_ion(s->sample, s->view.first + i * s->view.step);
        s->time[i] = (float)(ion.t - s->start.t0);
        cal_basis(&s->start, &ion, basis);
        s->q[i] = cal_exponent(&s->start, &ion, basis);
        if (s->straight)
            s->q[i] = s->time[i] > 0 ? 2 * (log(s->time[i]) + s->q[i]) : -INFINITY;
        for (size_t k = 0; k < n; k++)
            s->basis[i * n + k] = (float)basis[k];
    }
}

ia_status cal_sharp_load(cal_sharp *s, const cal_model *model, cal_view view)
{
    s->start = *model;
    s->view = view;
    s->straight = model->t0 == model->t_axis && !cal_has(model, CAL_START);
    return ia_for(s->ctx, "calibrate", ia_block_count(view.n, CAL_BLOCK), load_block, s);
}

// Change of each term's value since the ions were loaded.
static double set_changes(const cal_sharp *s, double *change)
{
    for (size_t k = 0; k < s->start.n_terms; k++)
        change[k] = s->model->terms[k].value - s->start.terms[k].value;
    return s->model->t0 - s->start.t0;
}

static void count_block(void *user, size_t block, size_t worker)
{
    cal_sharp *s = user;
    uint64_t *counts = s->counts + worker * s->n_bins;
    double change[CAL_TERMS], later = set_changes(s, change);
    size_t begin, end, n = s->start.n_terms;
    ia_block(s->view.n, CAL_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *basis = s->basis + i * n;
        double q = 0;
        s->place[i] = -1;
        for (size_t k = 0; k < n; k++)
            q += change[k] * (double)basis[k];
        double at = (place_of(s, i, q, later) - s->lo) / s->bin;
        if (!(at >= 0 && at < (double)(s->n_bins - 1)))
            continue;
        size_t k = (size_t)at;
        uint64_t upper = (uint64_t)((at - (double)k) * UNIT);
        counts[k] += UNIT - upper;
        counts[k + 1] += upper;
        s->place[i] = (float)at;
    }
}

static ia_status count(cal_sharp *s, const cal_model *model)
{
    s->model = model;
    memset(s->counts, 0, s->workers * s->n_bins * sizeof *s->counts);
    ia_status st =
        ia_for(s->ctx, "calibrate", ia_block_count(s->view.n, CAL_BLOCK), count_block, s);
    for (size_t w = 1; w < s->workers && st == IA_OK; w++)
        for (size_t i = 0; i < s->n_bins; i++)
            s->counts[i] += s->counts[w * s->n_bins + i];
    for (size_t i = 0; i < s->n_bins; i++)
        s->f[i] = (double)s->counts[i] / UNIT;
    return st;
}

// dw/d(term) of a loaded ion.
static void derivatives(const cal_sharp *s, size_t i, double *out)
{
    const cal_model *m = s->model;
    size_t n = m->n_terms;
    if (s->straight) {
        for (size_t k = 0; k < n; k++)
            out[k] = -(double)s->basis[i * n + k];
        return;
    }
    double grow = s->grow[i], reduced = (s->time[i] - (m->t0 - s->start.t0)) * grow;
    double axis = reduced + m->t0 - m->t_axis;
    for (size_t k = 0; k < n; k++)
        out[k] = m->terms[k].kind == CAL_START
                     ? 2 * (1 - grow) / axis
                     : -(double)s->basis[i * n + k] * reduced / axis;
}

static void slope_block(void *user, size_t block, size_t worker)
{
    cal_sharp *s = user;
    double *sums = s->sums + block * CAL_TERMS, out[CAL_TERMS];
    size_t begin, end;
    (void)worker;
    ia_block(s->view.n, CAL_BLOCK, block, &begin, &end);
    memset(sums, 0, CAL_TERMS * sizeof *sums);
    for (size_t i = begin; i < end; i++) {
        if (s->place[i] < 0)
            continue;
        size_t k = (size_t)s->place[i];
        double score = s->g[k + 1] - s->g[k];
        derivatives(s, i, out);
        for (size_t t = 0; t < s->model->n_terms; t++)
            sums[t] += score * out[t];
    }
}

static void add_blocks(const cal_sharp *s, size_t width, double *out)
{
    memset(out, 0, width * sizeof *out);
    for (size_t b = 0; b < ia_block_count(s->view.n, CAL_BLOCK); b++)
        for (size_t k = 0; k < width; k++)
            out[k] += s->sums[b * width + k];
}

ia_status cal_sharp_compute(cal_sharp *s, const cal_model *model, double *out,
                            double *slope)
{
    ia_status st = count(s, model);
    // A kernel acts on so many bins.
    const double floor = FLOOR_IONS / (2 * sqrt(acos(-1.0)) * s->bandwidth / s->bin);
    double sum = 0, all[CAL_TERMS];
    if (st != IA_OK)
        return st;
    smooth(s, s->f);
    for (size_t i = 0; i < s->n_bins; i++) {
        double l = log1p(s->f[i] / floor);
        sum += s->f[i] * l;
        s->g[i] = l + s->f[i] / (s->f[i] + floor);
    }
    *out = sum / (double)s->view.n;
    if (!slope || model->n_terms == 0)
        return IA_OK;
    smooth(s, s->g);
    if ((st = ia_for(s->ctx, "calibrate", ia_block_count(s->view.n, CAL_BLOCK),
                     slope_block, s)) != IA_OK)
        return st;
    add_blocks(s, CAL_TERMS, all);
    for (size_t k = 0; k < model->n_terms; k++)
        slope[k] = all[k] / ((double)s->view.n * s->bin);
    return IA_OK;
}

static void moments_block(void *user, size_t block, size_t worker)
{
    cal_sharp *s = user;
    double *sums = s->sums + block * CAL_TERMS * CAL_TERMS, basis[CAL_TERMS];
    size_t begin, end, n = s->model->n_terms;
    (void)worker;
    ia_block(s->view.n, CAL_BLOCK, block, &begin, &end);
    memset(sums, 0, CAL_TERMS * CAL_TERMS * sizeof *sums);
    for (size_t i = begin; i < end; i++) {
        if (s->place[i] < 0)
            continue;
        size_t k = (size_t)s->place[i];
        double weight = s->weighted ? (s->g[k + 1] - s->g[k]) / s->bin : 1;
        derivatives(s, i, basis);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b <= a; b++)
                sums[a * n + b] += weight * weight * basis[a] * basis[b];
    }
}

static ia_status add_moments(cal_sharp *s, double *moments)
{
    size_t n = s->model->n_terms;
    double all[CAL_TERMS * CAL_TERMS];
    ia_status st = ia_for(s->ctx, "calibrate", ia_block_count(s->view.n, CAL_BLOCK),
                          moments_block, s);
    if (st != IA_OK)
        return st;
    add_blocks(s, CAL_TERMS * CAL_TERMS, all);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++)
            moments[a * n + b] = moments[b * n + a] = all[a * n + b];
    return IA_OK;
}

ia_status cal_sharp_moments(cal_sharp *s, const cal_model *model, double *moments)
{
    size_t n = model->n_terms;
    ia_status st = count(s, model);
    s->weighted = false;
    if (st == IA_OK)
        st = add_moments(s, moments);
    for (size_t k = 0; k < n * n && st == IA_OK; k++)
        moments[k] /= (double)s->view.n;
    return st;
}

ia_status cal_sharp_information(cal_sharp *s, const cal_model *model, double *moments)
{
    const double floor = FLOOR_IONS / (2 * sqrt(acos(-1.0)) * s->bandwidth / s->bin);
    ia_status st = count(s, model);
    if (st != IA_OK)
        return st;
    smooth(s, s->f);
    for (size_t i = 0; i < s->n_bins; i++)
        s->g[i] = log(s->f[i] + floor);
    s->weighted = true;
    return add_moments(s, moments);
}

ia_status cal_sharp_held_out(cal_sharp *s, const cal_model *model, double *out)
{
    size_t n = s->sample->n;
    double total = 0, ions = 0;
    for (size_t half = 0; half < 2; half++) {
        ia_status st = cal_sharp_load(s, model, cal_view_of(n, half, 2));
        if (st != IA_OK || (st = count(s, model)) != IA_OK)
            return st;
        smooth(s, s->f);
        memcpy(s->g, s->f, s->n_bins * sizeof *s->g);
        double all = 0;
        for (size_t i = 0; i < s->n_bins; i++)
            all += s->g[i];
        if ((st = cal_sharp_load(s, model, cal_view_of(n, 1 - half, 2))) != IA_OK ||
            (st = count(s, model)) != IA_OK)
            return st;
        // An ion where none of the other half is near counts as one in the whole range.
        double least = 1 / (double)s->n_bins;
        for (size_t i = 0; i < s->n_bins; i++) {
            total += s->f[i] * log((s->g[i] + least) / ((all + 1) * s->bin));
            ions += s->f[i];
        }
    }
    *out = ions > 0 ? total / ions : 0;
    return IA_OK;
}
