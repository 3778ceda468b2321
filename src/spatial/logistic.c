// src/spatial/logistic.c: penalised logistic regression by Newton's method.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/logistic.h"

#include "core/cholesky.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 40, HALVINGS = 20, BLOCK = 4096 };

typedef struct {
    const ia_logistic *fit;
    const double *weights;
    size_t n_sums; // of a block: objective, slopes, curvatures (lower triangle, full)
    double *sums;  // (n_blocks, n_sums)
    bool curved;   // slopes and curvatures too
} pass;

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

// log(1 + exp(z)) without overflow.
static double soft(double z)
{
    return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
}

static void add_row(const pass *p, size_t i, double *sums)
{
    const ia_logistic *f = p->fit;
    const double *row = f->rows + i * f->width;
    double z = dot(row, p->weights, f->width), q = 1 / (1 + exp(-z));
    double all = (double)f->atoms[i], of = (double)f->solute[i];
    sums[0] += all * soft(z) - of * z;
    if (!p->curved)
        return;
    double *slope = sums + 1, *curve = slope + f->width;
    double residual = all * q - of, weight = all * q * (1 - q);
    for (size_t a = 0; a < f->width; a++) {
        slope[a] += residual * row[a];
        double scaled = weight * row[a];
        for (size_t b = 0; b <= a; b++)
            curve[a * f->width + b] += scaled * row[b];
    }
}

static void add_block(void *user, size_t block, size_t worker)
{
    const pass *p = user;
    size_t begin, end;
    (void)worker;
    ia_block(p->fit->n, BLOCK, block, &begin, &end);
    double *sums = p->sums + block * p->n_sums;
    memset(sums, 0, p->n_sums * sizeof *sums);
    for (size_t i = begin; i < end; i++)
        add_row(p, i, sums);
}

// Objective with its pulls; slopes and curvatures are in the first block's sums.
static ia_status measure(ia_ctx *ctx, pass *p, const double *first, double *objective)
{
    const ia_logistic *f = p->fit;
    size_t n_blocks = ia_block_count(f->n, BLOCK), n = p->curved ? p->n_sums : 1;
    ia_status st = ia_for(ctx, NULL, n_blocks, add_block, p);
    if (st != IA_OK)
        return st;
    for (size_t b = 1; b < n_blocks; b++)
        for (size_t i = 0; i < n; i++)
            p->sums[i] += p->sums[b * p->n_sums + i];
    for (size_t a = 0; a < f->width; a++) {
        double away = p->weights[a] - first[a];
        p->sums[0] += f->pull[a] / 2 * away * away;
        if (!p->curved)
            continue;
        p->sums[1 + a] += f->pull[a] * away;
        p->sums[1 + f->width + a * f->width + a] += f->pull[a];
    }
    *objective = p->sums[0];
    return IA_OK;
}

// One step downhill; false when none helps.
static bool step(ia_ctx *ctx, pass *p, const double *first, double *weights,
                 ia_status *st)
{
    size_t n = p->fit->width;
    double before, after, *room = p->sums + ia_block_count(p->fit->n, BLOCK) * p->n_sums;
    double *move = room, *trial = room + n;
    p->curved = true;
    p->weights = weights;
    if ((*st = measure(ctx, p, first, &before)) != IA_OK ||
        !ia_cholesky(p->sums + 1 + n, n))
        return false;
    memcpy(move, p->sums + 1, n * sizeof *move);
    ia_cholesky_solve(p->sums + 1 + n, n, move);
    p->curved = false;
    p->weights = trial;
    for (double share = 1; share > ldexp(1, -HALVINGS); share /= 2) {
        for (size_t a = 0; a < n; a++)
            trial[a] = weights[a] - share * move[a];
        if ((*st = measure(ctx, p, first, &after)) != IA_OK)
            return false;
        if (after < before) {
            memcpy(weights, trial, n * sizeof *weights);
            return before - after > 1e-7 * fabs(before);
        }
    }
    return false;
}

ia_status ia_logistic_fit(ia_ctx *ctx, const ia_logistic *fit, double *weights)
{
    size_t n_blocks = ia_block_count(fit->n, BLOCK);
    pass p = {.fit = fit, .n_sums = 1 + fit->width + fit->width * fit->width};
    double *first = ia_array(ctx, fit->width, sizeof *first);
    ia_status st = IA_OK;
    if (!first || !(p.sums = ia_array(
                        ctx, (n_blocks > 0 ? n_blocks : 1) * p.n_sums + 2 * fit->width,
                        sizeof *p.sums))) {
        free(first);
        return IA_ERR_MEMORY;
    }
    memcpy(first, weights, fit->width * sizeof *first);
    for (int i = 0; i < STEPS && fit->n > 0; i++)
        if (!step(ctx, &p, first, weights, &st))
            break;
    free(p.sums);
    free(first);
    return st;
}
