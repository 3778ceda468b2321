// src/spatial/blend.c: logits of many kernels' shares, combined in two rounds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/blend.h"

#include "spatial/logistic.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 15 };
static const double counts_tried[IA_BLEND_COUNTS] = {2, 4, 8, 16, 32};

// Pulls towards equal weights, in ions: for plain columns and for products.
static const double pull_plain = 1, pull_product = 10;
static const double logit_most = 12;

typedef struct {
    const ia_scales *s;
    size_t n_columns;
    float *columns[IA_BLEND_COLUMNS]; // (n) shares, each owned
} bank;

static void bank_clear(bank *b)
{
    for (size_t c = 0; c < b->n_columns; c++)
        free(b->columns[c]);
    b->n_columns = 0;
}

static float *bank_add(ia_ctx *ctx, bank *b)
{
    float *column = ia_array(ctx, b->s->n, sizeof *column);
    if (column)
        b->columns[b->n_columns++] = column;
    return column;
}

// Widths from the second on, then those that hold so many solute atoms.
static ia_status add_plain(ia_ctx *ctx, bank *b)
{
    ia_status st = IA_OK;
    for (size_t i = 1; i < b->s->n_scales && st == IA_OK; i++) {
        float *column = bank_add(ctx, b);
        st = column ? ia_scale_share(ctx, b->s, i, column) : IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < IA_BLEND_COUNTS && st == IA_OK; i++) {
        float *column = bank_add(ctx, b);
        st = column ? ia_scale_share_of_count(ctx, b->s, counts_tried[i], column)
                    : IA_ERR_MEMORY;
    }
    return st;
}

static ia_status add_alike(ia_ctx *ctx, bank *b, size_t scale, double tau,
                           const float *pilot)
{
    float *column = bank_add(ctx, b);
    size_t most = b->s->n_scales - 1;
    return column ? ia_scale_share_alike(ctx, b->s, scale < most ? scale : most, tau,
                                         pilot, column)
                  : IA_ERR_MEMORY;
}

// Columns of the first round: plain ones, and those of voxels like each other by the best
// of either sort.
static ia_status fill_first(ia_ctx *ctx, const ia_blend *m, bank *b)
{
    static const double taus[] = {0.5, 1};
    size_t count = 0;
    ia_status st = IA_OK;
    while (counts_tried[count] < m->best_count)
        count++;
    const float *pilots[] = {b->columns[m->best_scale - 1],
                             b->columns[b->s->n_scales - 1 + count]};
    for (size_t p = 0; p < 2; p++)
        for (size_t wider = 1; wider <= 2; wider++)
            for (size_t t = 0; t < 2 && st == IA_OK; t++)
                st = add_alike(ctx, b, m->best_scale + wider, taus[t], pilots[p]);
    return st;
}

// Columns of the second round: the plain ones, those alike by the first round's field,
// and that field.
static ia_status fill_second(ia_ctx *ctx, const ia_blend *m, const float *first, bank *b)
{
    static const double taus[] = {0.3, 0.6};
    ia_status st = IA_OK;
    while (b->n_columns > b->s->n_scales - 1 + IA_BLEND_COUNTS)
        free(b->columns[--b->n_columns]);
    for (size_t wider = 0; wider <= 2; wider++)
        for (size_t t = 0; t < 2 && st == IA_OK; t++)
            st = add_alike(ctx, b, m->best_scale + wider, taus[t], first);
    if (st != IA_OK)
        return st;
    float *column = bank_add(ctx, b);
    if (!column)
        return IA_ERR_MEMORY;
    memcpy(column, first, b->s->n * sizeof *column);
    return IA_OK;
}

// The columns whose products count in the second round: widths near, at and beyond the
// best, two counts, one alike, the field of the first round.
static void pick(const bank *b, size_t picked[IA_BLEND_PICKED])
{
    size_t n_plain = b->s->n_scales - 1, last = b->n_columns - 1;
    const size_t steps[] = {0, 2, 4};
    for (size_t i = 0; i < 3; i++)
        picked[i] = steps[i] < n_plain ? steps[i] : n_plain - 1;
    picked[3] = n_plain + 1;
    picked[4] = n_plain + 3;
    picked[5] = last - 3;
    picked[6] = last;
}

static double logit_of(double q)
{
    q = ia_clip_share(q);
    return log(q / (1 - q));
}

static void put_products(const double *logits, const size_t *picked, const double *middle,
                         double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < IA_BLEND_PICKED; i++)
        for (size_t j = i; j < IA_BLEND_PICKED; j++)
            out[n++] = (logits[picked[i]] - middle[i]) * (logits[picked[j]] - middle[j]);
}

double ia_unseen_loss(const ia_voxels *voxels, const float *field, const ia_unseen *u)
{
    double sum = 0, atoms = 0;
    for (size_t i = 0; i < u->n; i++) {
        double q = ia_clip_share(ia_voxels_sample(voxels, field, u->xyz + 3 * i));
        double a = (double)u->solute[i], all = (double)u->atoms[i];
        sum -= a * log(q) + (all - a) * log(1 - q);
        atoms += all;
    }
    return atoms > 0 ? sum / atoms : NAN;
}

static double atoms_of(const ia_unseen *u)
{
    double sum = 0;
    for (size_t i = 0; i < u->n; i++)
        sum += (double)u->atoms[i];
    return sum;
}

// The plain columns that do best alone, over all folds.
static void find_best(const ia_fold *folds, const bank *banks, size_t n, ia_blend *m)
{
    double least[2] = {INFINITY, INFINITY};
    size_t n_plain = banks->s->n_scales - 1;
    for (size_t c = 0; c < n_plain + IA_BLEND_COUNTS; c++) {
        double loss = 0;
        bool counts = c >= n_plain;
        for (size_t f = 0; f < n; f++)
            loss += ia_unseen_loss(banks[f].s->voxels, banks[f].columns[c],
                                   &folds[f].unseen) *
                    atoms_of(&folds[f].unseen);
        if (!(loss < least[counts]))
            continue;
        least[counts] = loss;
        if (counts)
            m->best_count = counts_tried[c - n_plain];
        else
            m->best_scale = c + 1;
    }
}

// Logits of all columns at the unseen ions of every fold, one fold after another: rows of
// 1 + n_columns + extra numbers, ones in front.
typedef struct {
    size_t n, width;
    double *rows;
    float *solute, *atoms; // (n)
} sample;

static void sample_clear(sample *s)
{
    free(s->rows);
    free(s->solute);
    free(s->atoms);
}

static ia_status sample_all(ia_ctx *ctx, const ia_fold *folds, const bank *banks,
                            size_t n_folds, size_t extra, sample *out)
{
    sample s = {.width = 1 + banks->n_columns + extra};
    size_t at = 0;
    for (size_t f = 0; f < n_folds; f++)
        s.n += folds[f].unseen.n;
    *out = s;
    if (!(out->rows = ia_array(ctx, s.n * s.width, sizeof *s.rows)) ||
        !(out->solute = ia_array(ctx, s.n, sizeof *s.solute)) ||
        !(out->atoms = ia_array(ctx, s.n, sizeof *s.atoms)))
        return IA_ERR_MEMORY;
    for (size_t f = 0; f < n_folds; f++) {
        const ia_unseen *u = &folds[f].unseen;
        for (size_t i = 0; i < u->n; i++, at++) {
            double *row = out->rows + at * s.width;
            row[0] = 1;
            for (size_t c = 0; c < banks->n_columns; c++)
                row[1 + c] = logit_of(ia_voxels_sample(
                    banks[f].s->voxels, banks[f].columns[c], u->xyz + 3 * i));
            out->solute[at] = u->solute[i];
            out->atoms[at] = u->atoms[i];
        }
    }
    return IA_OK;
}

static ia_status learn_first(ia_ctx *ctx, const sample *s, size_t n_columns, ia_blend *m)
{
    double pull[IA_BLEND_COLUMNS + 1];
    m->n_first = n_columns;
    for (size_t c = 0; c <= n_columns; c++) {
        m->first[c] = c == 0 ? 0 : 1 / (double)n_columns;
        pull[c] = pull_plain;
    }
    ia_logistic fit = {s->n, s->width, s->rows, s->solute, s->atoms, pull};
    return ia_logistic_fit(ctx, &fit, m->first);
}

static void set_middles(const sample *s, const size_t *picked, double *middle)
{
    for (size_t p = 0; p < IA_BLEND_PICKED; p++) {
        double sum = 0;
        for (size_t i = 0; i < s->n; i++)
            sum += s->rows[i * s->width + 1 + picked[p]];
        middle[p] = s->n > 0 ? sum / (double)s->n : 0;
    }
}

static ia_status learn_second(ia_ctx *ctx, const sample *s, const bank *b, ia_blend *m)
{
    double pull[IA_BLEND_COLUMNS + 1 + IA_BLEND_SQUARES];
    size_t picked[IA_BLEND_PICKED], n = b->n_columns;
    m->n_second = n;
    pick(b, picked);
    set_middles(s, picked, m->middle);
    for (size_t i = 0; i < s->n; i++) {
        double *row = s->rows + i * s->width;
        put_products(row + 1, picked, m->middle, row + 1 + n);
    }
    for (size_t c = 0; c < s->width; c++) {
        m->second[c] = c == 0 || c > n ? 0 : 1 / (double)n;
        pull[c] = c <= n ? pull_plain : pull_product;
    }
    ia_logistic fit = {s->n, s->width, s->rows, s->solute, s->atoms, pull};
    return ia_logistic_fit(ctx, &fit, m->second);
}

typedef struct {
    const bank *b;
    const ia_blend *m;
    size_t picked[IA_BLEND_PICKED];
    bool second;
    float *out;
} job;

static void combine_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const double *weights = j->second ? j->m->second : j->m->first;
    size_t begin, end, n = j->b->n_columns;
    (void)worker;
    ia_block(j->b->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double logits[IA_BLEND_COLUMNS], products[IA_BLEND_SQUARES], z = weights[0];
        for (size_t c = 0; c < n; c++) {
            logits[c] = logit_of((double)j->b->columns[c][i]);
            z += weights[1 + c] * logits[c];
        }
        if (j->second) {
            put_products(logits, j->picked, j->m->middle, products);
            for (size_t p = 0; p < IA_BLEND_SQUARES; p++)
                z += weights[1 + n + p] * products[p];
            const double *c = j->m->third;
            z = fmax(-logit_most, fmin(logit_most, z));
            z = c[0] + z * (c[1] + z * (c[2] + z * c[3]));
        }
        j->out[i] = (float)(1 / (1 + exp(-z)));
    }
}

static ia_status combine(ia_ctx *ctx, const bank *b, const ia_blend *m, bool second,
                         float *out)
{
    job j = {.b = b, .m = m, .second = second, .out = out};
    if (second)
        pick(b, j.picked);
    return ia_for(ctx, "weighing kernels", ia_block_count(b->s->n, BLOCK), combine_block,
                  &j);
}

// The last calibration: between voxels the field is interpolated, which the weights,
// learnt from interpolated columns, do not know of. The columns are done with.
static ia_status learn_third(ia_ctx *ctx, const ia_fold *folds, bank *banks, size_t n,
                             ia_blend *m)
{
    static const double pull[IA_BLEND_POWERS] = {1, 1, 10, 10};
    sample s = {0};
    ia_status st = IA_OK;
    for (size_t f = 0; f < n && st == IA_OK; f++)
        st = combine(ctx, &banks[f], m, true, banks[f].columns[0]);
    if (st == IA_OK)
        st = sample_all(ctx, folds, banks, n, 0, &s);
    double *rows =
        st == IA_OK ? ia_array(ctx, s.n * IA_BLEND_POWERS, sizeof *rows) : NULL;
    for (size_t i = 0; rows && i < s.n; i++)
        for (size_t p = 0; p < IA_BLEND_POWERS; p++)
            rows[i * IA_BLEND_POWERS + p] = pow(s.rows[i * s.width + 1], (double)p);
    ia_logistic fit = {s.n, IA_BLEND_POWERS, rows, s.solute, s.atoms, pull};
    if (st == IA_OK)
        st = rows ? ia_logistic_fit(ctx, &fit, m->third) : IA_ERR_MEMORY;
    free(rows);
    sample_clear(&s);
    return st;
}

// Both rounds on every fold.
static ia_status choose(ia_ctx *ctx, const ia_fold *folds, bank *banks, size_t n,
                        ia_blend *m)
{
    sample first = {0}, second = {0};
    float *field = ia_array(ctx, banks->s->n, sizeof *field);
    ia_status st = field ? IA_OK : IA_ERR_MEMORY;
    for (size_t f = 0; f < n && st == IA_OK; f++)
        st = add_plain(ctx, &banks[f]);
    if (st != IA_OK)
        goto done;
    find_best(folds, banks, n, m);
    for (size_t f = 0; f < n && st == IA_OK; f++)
        st = fill_first(ctx, m, &banks[f]);
    if (st != IA_OK || (st = sample_all(ctx, folds, banks, n, 0, &first)) != IA_OK ||
        (st = learn_first(ctx, &first, banks->n_columns, m)) != IA_OK)
        goto done;
    for (size_t f = 0; f < n && st == IA_OK; f++)
        if ((st = combine(ctx, &banks[f], m, false, field)) == IA_OK)
            st = fill_second(ctx, m, field, &banks[f]);
    if (st == IA_OK &&
        (st = sample_all(ctx, folds, banks, n, IA_BLEND_SQUARES, &second)) == IA_OK)
        st = learn_second(ctx, &second, banks, m);
    if (st == IA_OK)
        st = learn_third(ctx, folds, banks, n, m);
done:
    sample_clear(&first);
    sample_clear(&second);
    free(field);
    return st;
}

ia_status ia_blend_choose(ia_ctx *ctx, const ia_fold *folds, size_t n_folds,
                          ia_blend *out)
{
    // Those that stand where nothing is foretold: all ions at one place.
    ia_blend m = {.best_scale = 1, .best_count = counts_tried[0], .third = {0, 1, 0, 0}};
    bank *banks = ia_array(ctx, n_folds, sizeof *banks);
    if (!banks)
        return IA_ERR_MEMORY;
    for (size_t f = 0; f < n_folds; f++)
        banks[f].s = &folds[f].scales;
    ia_status st = choose(ctx, folds, banks, n_folds, &m);
    for (size_t f = 0; f < n_folds; f++)
        bank_clear(&banks[f]);
    free(banks);
    if (st == IA_OK)
        *out = m;
    return st;
}

ia_status ia_blend_apply(ia_ctx *ctx, const ia_scales *scales, const ia_blend *blend,
                         float *out)
{
    bank b = {.s = scales};
    float *first = ia_array(ctx, scales->n, sizeof *first);
    ia_status st = first ? add_plain(ctx, &b) : IA_ERR_MEMORY;
    if (st == IA_OK && (st = fill_first(ctx, blend, &b)) == IA_OK &&
        (st = combine(ctx, &b, blend, false, first)) == IA_OK &&
        (st = fill_second(ctx, blend, first, &b)) == IA_OK)
        st = combine(ctx, &b, blend, true, out);
    bank_clear(&b);
    free(first);
    return st;
}
