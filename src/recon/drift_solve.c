// src/recon/drift_solve.c: constants of the parts of a run by least squares, beside what
// each pole is off in all parts alike; whether they are one for all.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cholesky.h"
#include "recon/recon.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double prior = 8;   // numbers that what is expected of the scatter weighs
static const double outlier = 4; // standard deviations

typedef struct {
    ia_drift_problem *p;
    size_t n, n_fixed; // unknowns; of them those of parts, the first
    double *matrix, *right, *room;
    double scale; // variance of the data over what was expected
} solving;

static size_t unknown_of(const ia_drift_problem *p, size_t part, size_t c)
{
    return part * p->n_constants + c;
}

// Poles seen in one part only tell nothing; nor do parts with too few of the others.
static void drop_few(ia_drift_problem *p)
{
    for (bool changed = true; changed;) {
        size_t of_pole[IA_DRIFT_POLES_MOST] = {0}, of_part[IA_FIT_PARTS_MOST] = {0};
        for (size_t i = 0; i < p->n; i++)
            if (p->data[i].used && p->data[i].row == 0) {
                of_pole[p->data[i].pole]++;
                of_part[p->data[i].part]++;
            }
        changed = false;
        for (size_t i = 0; i < p->n; i++) {
            ia_drift_datum *d = &p->data[i];
            bool few = of_pole[d->pole] < 2 || of_part[d->part] < p->least_poles;
            changed |= d->used && few;
            d->used = d->used && !few;
        }
        for (size_t k = 0; k < p->n_parts; k++)
            p->n_poles[k] = of_part[k];
    }
}

static void set_equations(solving *s)
{
    const ia_drift_problem *p = s->p;
    size_t n = s->n;
    double most = 0;

    memset(s->matrix, 0, n * n * sizeof *s->matrix);
    memset(s->right, 0, n * sizeof *s->right);
    for (size_t i = 0; i < p->n; i++) {
        const ia_drift_datum *d = &p->data[i];
        size_t at[4], k = p->n_constants;
        double slope[4], weight = 1 / (d->sigma * d->sigma);
        if (!d->used)
            continue;
        for (size_t c = 0; c < k; c++) {
            at[c] = unknown_of(p, d->part, c);
            slope[c] = d->slope[c];
        }
        at[k] = s->n_fixed + d->pole * p->n_rows + d->row;
        slope[k] = 1;
        for (size_t a = 0; a <= k; a++) {
            s->right[at[a]] += weight * slope[a] * d->value;
            for (size_t b = 0; b <= k; b++)
                s->matrix[at[a] * n + at[b]] += weight * slope[a] * slope[b];
        }
    }
    // The mean of the parts is that of the run.
    for (size_t c = 0; c < p->n_constants; c++) {
        most = 0;
        for (size_t k = 0; k < p->n_parts; k++)
            most = fmax(most, s->matrix[unknown_of(p, k, c) * (n + 1)]);
        for (size_t a = 0; a < p->n_parts; a++)
            for (size_t b = 0; b < p->n_parts && p->n_poles[a] > 0; b++)
                if (p->n_poles[b] > 0)
                    s->matrix[unknown_of(p, a, c) * n + unknown_of(p, b, c)] += most;
    }
    for (size_t a = 0; a < n; a++)
        if (!(s->matrix[a * (n + 1)] > 0))
            s->matrix[a * (n + 1)] = 1;
}

static double residual(const solving *s, const ia_drift_datum *d)
{
    const ia_drift_problem *p = s->p;
    double r = d->value - s->right[s->n_fixed + d->pole * p->n_rows + d->row];

    for (size_t c = 0; c < p->n_constants; c++)
        r -= d->slope[c] * s->right[unknown_of(p, d->part, c)];
    return r / d->sigma;
}

// Its scatter; false with the worst datum dropped where that is out of all reason.
static bool weigh(solving *s)
{
    ia_drift_problem *p = s->p;
    bool seen[2 * IA_DRIFT_POLES_MOST] = {false};
    double sum = 0, most = 0, unknowns = 0, n = 0;
    size_t worst = 0, n_parts = 0;

    for (size_t i = 0; i < p->n; i++) {
        const ia_drift_datum *d = &p->data[i];
        if (!d->used)
            continue;
        double r = residual(s, d);
        bool *known = &seen[d->pole * p->n_rows + d->row];
        unknowns += !*known;
        *known = true;
        sum += r * r;
        n++;
        if (fabs(r) > most) {
            most = fabs(r);
            worst = i;
        }
    }
    for (size_t k = 0; k < p->n_parts; k++)
        n_parts += p->n_poles[k] > 0;
    unknowns += (double)(p->n_constants * (n_parts > 0 ? n_parts - 1 : 0));
    p->degrees = fmax(0, n - unknowns) + prior;
    s->scale = (sum + prior) / p->degrees;
    // What the others leave, so that one that is far off does not excuse itself.
    double others = (sum - most * most + prior) / (p->degrees - 1);
    if (!(most > outlier * sqrt(fmax(others, 1))))
        return true;
    for (size_t i = 0; i < p->n; i++)
        if (p->data[i].pole == p->data[worst].pole &&
            p->data[i].part == p->data[worst].part)
            p->data[i].used = false;
    return false;
}

// What is expected of all constants of a part, and of an error that parts share.
static void add_expected(ia_drift_problem *p)
{
    size_t n = p->n_constants, m = p->n_parts * n;

    for (size_t a = 0; a < m; a++) {
        p->covariance[a * m + a] += p->common[a / n];
        for (size_t b = 0; b < m; b++)
            p->covariance[a * m + b] +=
                p->levers[a / n] * p->levers[b / n] * p->shared[a % n][b % n];
    }
}

// Of the constants of parts, from the mean of those that are used.
static void set_covariance(solving *s)
{
    ia_drift_problem *p = s->p;
    size_t m = s->n_fixed;

    for (size_t a = 0; a < m; a++) {
        memset(s->room, 0, s->n * sizeof *s->room);
        s->room[a] = s->scale;
        ia_cholesky_solve(s->matrix, s->n, s->room);
        for (size_t b = 0; b < m; b++)
            p->covariance[a * m + b] = s->room[b];
    }
    add_expected(p);
    size_t used = 0;
    for (size_t k = 0; k < p->n_parts; k++)
        used += p->n_poles[k] > 0;
    for (int side = 0; side < 2; side++)
        for (size_t a = 0; a < m; a++)
            for (size_t c = 0; c < p->n_constants; c++) {
                double mean = 0;
                size_t row = side ? 1 : m, col = side ? m : 1;
                for (size_t k = 0; k < p->n_parts; k++)
                    if (p->n_poles[k] > 0)
                        mean += p->covariance[a * row + unknown_of(p, k, c) * col] /
                                (double)used;
                for (size_t k = 0; k < p->n_parts; k++)
                    p->covariance[a * row + unknown_of(p, k, c) * col] -= mean;
            }
}

ia_status ia_drift_solve(ia_ctx *ctx, ia_drift_problem *p)
{
    enum { ROUNDS = 40 };
    solving s = {.p = p, .n_fixed = p->n_parts * p->n_constants};
    ia_status st = IA_OK;

    s.n = s.n_fixed + p->n_kinds * p->n_rows;
    s.matrix = ia_array(ctx, s.n * s.n, sizeof *s.matrix);
    s.right = ia_array(ctx, s.n, sizeof *s.right);
    s.room = ia_array(ctx, s.n, sizeof *s.room);
    if (!s.matrix || !s.right || !s.room)
        st = IA_ERR_MEMORY;
    for (int round = 0; st == IA_OK && round < ROUNDS; round++) {
        drop_few(p);
        set_equations(&s);
        if (!ia_cholesky(s.matrix, s.n)) {
            st = ia_fail(ctx, IA_ERR_PARAM, "poles do not tell the parts of the run");
            break;
        }
        ia_cholesky_solve(s.matrix, s.n, s.right);
        if (weigh(&s))
            break;
    }
    if (st == IA_OK) {
        set_covariance(&s);
        memcpy(p->values, s.right, s.n_fixed * sizeof *p->values);
        memcpy(p->offsets, s.right + s.n_fixed,
               p->n_kinds * p->n_rows * sizeof *p->offsets);
    }
    free(s.room);
    free(s.right);
    free(s.matrix);
    return st;
}

// All but the last part: they tell it, since all together are the mean.
ia_drift_test ia_drift_test_of(const ia_drift_problem *p, size_t first, size_t n)
{
    enum { MOST = 2 * IA_FIT_PARTS_MOST };
    static const double rare = 0.01;
    double matrix[MOST * MOST], right[MOST], value[MOST];
    size_t which[MOST], m = 0, last = p->n_parts, all = p->n_parts * p->n_constants;
    ia_drift_test test = {NAN, NAN, NAN, false};

    for (size_t k = 0; k < p->n_parts; k++)
        last = p->n_poles[k] > 0 ? k : last;
    for (size_t k = 0; k < p->n_parts; k++)
        for (size_t c = first; c < first + n && k != last; c++)
            if (p->n_poles[k] > 0)
                which[m++] = unknown_of(p, k, c);
    for (size_t a = 0; a < m; a++) {
        right[a] = value[a] = p->values[which[a]];
        for (size_t b = 0; b < m; b++)
            matrix[a * m + b] = p->covariance[which[a] * all + which[b]];
    }
    if (m == 0 || !ia_cholesky(matrix, m))
        return test;
    ia_cholesky_solve(matrix, m, right);
    test.chi2 = 0;
    for (size_t a = 0; a < m; a++)
        test.chi2 += value[a] * right[a];
    test.degrees = (double)m;
    test.p = gsl_cdf_fdist_Q(test.chi2 / test.degrees, test.degrees, p->degrees);
    test.drifts = test.p < rare;
    return test;
}
