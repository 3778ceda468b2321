// src/spectrum/calibrate_sample.c: the ions that a calibration is fitted to, and the
// scales of its terms.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    ia_column_id id;
    float **first, **second; // of columns of width 2
} wish;

// Rows i * n_all / n of a column.
static void gather(const ia_column *column, size_t n_all, size_t n, float *first,
                   float *second)
{
    float rows[2 * IA_COLUMN_BLOCK];
    size_t i = 0;
    for (size_t block = 0; block < ia_block_count(n_all, IA_COLUMN_BLOCK); block++) {
        size_t begin, end;
        ia_block(n_all, IA_COLUMN_BLOCK, block, &begin, &end);
        const float *at = ia_column_rows(column, begin, end - begin, rows);
        for (; i < n; i++) {
            size_t row = (size_t)((double)i * ((double)n_all / (double)n));
            if (row >= end)
                break;
            first[i] = at[column->width * (row - begin)];
            if (second)
                second[i] = at[column->width * (row - begin) + 1];
        }
    }
}

// Keep ions that can be placed; their number is told by what is left.
static void drop_unplaced(cal_sample *s, bool from_times)
{
    float **const columns[] = {&s->t, &s->v, &s->p, &s->x, &s->y, &s->s};
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool good = isfinite(s->t[i]) && s->t[i] > 0;
        good = good && (!from_times || (isfinite(s->v[i]) && s->v[i] > 0));
        good = good && (!s->x || (isfinite(s->x[i]) && isfinite(s->y[i])));
        if (!good)
            continue;
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            if (*columns[c])
                (*columns[c])[kept] = (*columns[c])[i];
        kept++;
    }
    s->n = kept;
}

ia_status cal_sample_take(ia_ctx *ctx, const ia_ions *ions,
                          const ia_calibrate_params *params, bool from_times,
                          cal_sample *out)
{
    cal_sample s = {.n = ions->n < params->n_fit ? ions->n : params->n_fit};
    const wish wishes[] = {
        {from_times ? IA_TOF : IA_MASS, &s.t, NULL},
        {IA_V_DC, &s.v, NULL},
        {IA_V_PULSE, &s.p, NULL},
        {IA_DET_XY, &s.x, &s.y},
    };
    ia_status st = IA_ERR_MEMORY;

    for (size_t k = 0; k < sizeof wishes / sizeof *wishes; k++) {
        const wish *w = &wishes[k];
        if (!ia_ions_has(ions, w->id))
            continue;
        if (!(*w->first = ia_array(ctx, s.n, sizeof(float))) ||
            (w->second && !(*w->second = ia_array(ctx, s.n, sizeof(float)))))
            goto done;
        gather(&ions->columns[w->id], ions->n, s.n, *w->first,
               w->second ? *w->second : NULL);
    }
    if (!(s.s = ia_array(ctx, s.n, sizeof *s.s)))
        goto done;
    for (size_t i = 0; i < s.n; i++) {
        s.s[i] = (float)(((double)i + 0.5) / (double)s.n);
        if (!from_times)
            s.t[i] = sqrtf(s.t[i]);
    }
    drop_unplaced(&s, from_times);
    *out = s;
    s = (cal_sample){0};
    st = IA_OK;
done:
    cal_sample_clear(&s);
    return st;
}

void cal_sample_clear(cal_sample *s)
{
    free(s->t);
    free(s->v);
    free(s->p);
    free(s->x);
    free(s->y);
    free(s->s);
    *s = (cal_sample){0};
}

cal_ion cal_sample_ion(const cal_sample *s, size_t i)
{
    return (cal_ion){s->t[i],
                     s->v ? s->v[i] : 1,
                     s->p ? s->p[i] : 0,
                     s->x ? s->x[i] : 0,
                     s->y ? s->y[i] : 0,
                     s->s[i]};
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Quantile of some values of a column, at most 10,000 of them.
static double quantile(const float *values, size_t n, double share)
{
    float some[10000];
    size_t most = sizeof some / sizeof *some, m = n < most ? n : most;
    for (size_t i = 0; i < m; i++)
        some[i] = values[(size_t)((double)i * ((double)n / (double)m))];
    qsort(some, m, sizeof *some, by_value);
    return m ? some[(size_t)(share * (double)(m - 1))] : 0;
}

void cal_model_begin(const cal_sample *sample, bool from_times, cal_model *model)
{
    double left = 0;
    *model = (cal_model){.from_times = from_times, .l2 = INFINITY, .v_ref = 1};
    if (sample->v && sample->n) {
        double lo = quantile(sample->v, sample->n, 0.002);
        double hi = quantile(sample->v, sample->n, 0.998);
        model->v_ref = quantile(sample->v, sample->n, 0.5);
        if (lo > 0) {
            model->v_mid = 0.5 * (log(hi) + log(lo));
            model->v_half = 0.5 * (log(hi) - log(lo));
        }
    }
    if (sample->x) {
        double x0 = quantile(sample->x, sample->n, 0.002);
        double x1 = quantile(sample->x, sample->n, 0.998);
        double y0 = quantile(sample->y, sample->n, 0.002);
        double y1 = quantile(sample->y, sample->n, 0.998);
        left = fmax(fmax(fabs(x0), fabs(x1)), fmax(fabs(y0), fabs(y1)));
    }
    model->radius = left > 0 ? left : 1;
}

void cal_model_centre(const cal_sample *sample, cal_model *model)
{
    double sums[CAL_TERMS] = {0}, basis[CAL_TERMS];
    for (size_t k = 0; k < model->n_terms; k++)
        model->terms[k].mean = 0;
    for (size_t i = 0; i < sample->n; i++) {
        cal_ion ion = cal_sample_ion(sample, i);
        cal_basis(model, &ion, basis);
        for (size_t k = 0; k < model->n_terms; k++)
            sums[k] += basis[k];
    }
    for (size_t k = 0; k < model->n_terms && sample->n; k++)
        model->terms[k].mean = sums[k] / (double)sample->n;
}

// Shares of the pulse that are alike to the last digits of their numbers tell nothing.
bool cal_sample_varies(const cal_sample *s)
{
    const double least = 0.003;
    double sum = 0, squares = 0;
    if (!s->p || !s->v || s->n == 0)
        return false;
    for (size_t i = 0; i < s->n; i++) {
        double share = s->v[i] > 0 ? (double)s->p[i] / (double)s->v[i] : 0;
        sum += share;
        squares += share * share;
    }
    double mean = sum / (double)s->n;
    return squares / (double)s->n - mean * mean > least * least;
}

void cal_model_anchor(cal_model *model)
{
    cal_ion middle = {.t = 1, .v = model->v_ref, .s = 0.5};
    double basis[CAL_TERMS];
    for (size_t k = 0; k < model->n_terms; k++)
        model->terms[k].mean = 0;
    cal_basis(model, &middle, basis);
    for (size_t k = 0; k < model->n_terms; k++)
        if (model->terms[k].kind == CAL_VOLTAGE)
            model->terms[k].mean = basis[k];
}
