// src/detector/pair_cells.c: the histogram of pairs and its cells against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, LEFT_OUT = 50, BINS_MOST = 20000 };
static const double round_to = 10; // Da

static int by_float(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Where all but one ion in 50 are, rounded up.
static ia_status find_end(ia_ctx *ctx, const hits_job *j, double *end)
{
    size_t n = j->m->n;
    *end = j->params.pair_most > 0 ? j->params.pair_most : round_to;
    if (j->params.pair_most > 0 || n == 0)
        return IA_OK;
    float *sorted = ia_array(ctx, n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    memcpy(sorted, j->m->mass, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_float);
    double last = (double)sorted[n - 1 - n / LEFT_OUT];
    *end = fmax(round_to, ceil(last / round_to) * round_to);
    free(sorted);
    return IA_OK;
}

static ia_status lay_bins(ia_ctx *ctx, hits_job *j)
{
    double end;
    ia_status st = find_end(ctx, j, &end);
    if (st != IA_OK)
        return st;
    double n = ceil(end / j->params.pair_bin - 1e-9);
    if (j->params.pair_most > 0 && n > BINS_MOST)
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "pair_bin = %g Da up to pair_most = %g Da makes %.0f bins; at most %d are "
            "kept",
            j->params.pair_bin, end, n, BINS_MOST);
    j->out->bin = j->params.pair_bin;
    j->out->n_bins = n < BINS_MOST ? (size_t)n : BINS_MOST;
    return IA_OK;
}

// SIZE_MAX beyond the end.
static size_t bin_of(const ia_multihit *out, float mass)
{
    double at = (double)mass / out->bin;
    return at >= 0 && at < (double)out->n_bins ? (size_t)at : SIZE_MAX;
}

static ia_status count_ions(ia_ctx *ctx, hits_job *j)
{
    ia_multihit *out = j->out;
    if (!(out->in_bin = ia_array(ctx, out->n_groups * out->n_bins, sizeof *out->in_bin)))
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < j->m->n_events; e++)
        for (size_t i = j->m->begin[e]; i < j->m->begin[e + 1]; i++) {
            size_t bin = bin_of(out, j->m->mass[i]);
            if (bin != SIZE_MAX)
                out->in_bin[j->group[e] * out->n_bins + bin]++;
        }
    return IA_OK;
}

typedef struct {
    const hits_job *j;
    uint64_t *keys; // (n_pairs); UINT64_MAX beyond the end
} listing;

static void list_block(void *user, size_t block, size_t worker)
{
    const listing *l = user;
    const hits_job *j = l->j;
    size_t begin, end;
    (void)worker;
    ia_block(j->m->n_events, BLOCK, block, &begin, &end);
    for (size_t e = begin; e < end; e++) {
        uint64_t *key = l->keys + j->first[e];
        for (size_t a = j->m->begin[e]; a < j->m->begin[e + 1]; a++) {
            size_t x = bin_of(j->out, j->m->mass[a]);
            for (size_t b = a + 1; b < j->m->begin[e + 1]; b++) {
                size_t y = bin_of(j->out, j->m->mass[b]);
                size_t lo = x < y ? x : y, hi = x < y ? y : x;
                *key++ = hi == SIZE_MAX ? UINT64_MAX : (uint64_t)lo * j->out->n_bins + hi;
            }
        }
    }
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static ia_status join_keys(ia_ctx *ctx, hits_job *j, uint64_t *keys)
{
    ia_multihit *out = j->out;
    size_t n = j->n_pairs, n_cells = 0;
    qsort(keys, n, sizeof *keys, by_key);
    while (n > 0 && keys[n - 1] == UINT64_MAX)
        n--;
    out->outside = j->n_pairs - n;
    for (size_t i = 0; i < n; i++)
        n_cells += i == 0 || keys[i] != keys[i - 1];
    if (!(out->cells = ia_array(ctx, n_cells, sizeof *out->cells)) ||
        !(out->in_cell = ia_array(ctx, n_cells, sizeof *out->in_cell)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keys[i] != keys[i - 1])
            out->cells[out->n_cells++] = keys[i];
        out->in_cell[out->n_cells - 1]++;
    }
    return IA_OK;
}

ia_status hits_cells_count(ia_ctx *ctx, hits_job *j)
{
    listing l = {.j = j};
    ia_status st;
    if ((st = lay_bins(ctx, j)) != IA_OK || (st = count_ions(ctx, j)) != IA_OK)
        return st;
    if (!(l.keys = ia_array(ctx, j->n_pairs, sizeof *l.keys)))
        return IA_ERR_MEMORY;
    st = ia_for(ctx, "histogram of pairs", ia_block_count(j->m->n_events, BLOCK),
                list_block, &l);
    if (st == IA_OK)
        st = join_keys(ctx, j, l.keys);
    free(l.keys);
    return st;
}

static hits_chance chance_in(const ia_multihit *out, size_t a, size_t b)
{
    hits_chance sum = {0};
    for (size_t g = 0; g < out->n_groups; g++) {
        const uint32_t *ions = out->in_bin + g * out->n_bins;
        hits_chance_add(&out->groups[g], ions[a], ions[b], a == b, &sum);
    }
    return sum;
}

typedef struct {
    const ia_multihit *out;
    ia_pair_cell *list; // (n_cells)
} asking;

static void ask_block(void *user, size_t block, size_t worker)
{
    const asking *ask = user;
    const ia_multihit *out = ask->out;
    size_t begin, end;
    (void)worker;
    ia_block(out->n_cells, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        size_t a = (size_t)(out->cells[i] / out->n_bins);
        size_t b = (size_t)(out->cells[i] % out->n_bins);
        hits_chance chance = chance_in(out, a, b);
        ask->list[i] = (ia_pair_cell){
            .m = {((double)a + 0.5) * out->bin, ((double)b + 0.5) * out->bin},
            .counts = out->in_cell[i],
            .expected = chance.mean,
            .sigma = sqrt(chance.variance),
            .p = hits_chance_of_more((double)out->in_cell[i], &chance)};
    }
}

static int by_rising_p(const void *a, const void *b)
{
    const ia_pair_cell *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    if (x->m[0] != y->m[0])
        return x->m[0] < y->m[0] ? -1 : 1;
    return (x->m[1] > y->m[1]) - (x->m[1] < y->m[1]);
}

// Cells where chance puts pairs at all: those of two bins that hold ions.
static double count_questions(const ia_multihit *out)
{
    double n = 0;
    for (size_t i = 0; i < out->n_bins; i++) {
        bool full = false;
        for (size_t g = 0; g < out->n_groups && !full; g++)
            full = out->in_bin[g * out->n_bins + i] > 0;
        n += full;
    }
    return n * (n + 1) / 2;
}

// Empty cells are questions too, with p = 1.
static size_t mark_significant(ia_pair_cell *list, size_t n, double n_questions,
                               double level)
{
    size_t n_hot = 0;
    double least = 1;
    for (size_t i = n; i > 0; i--) {
        least = fmin(least, list[i - 1].p * n_questions / (double)i);
        list[i - 1].q = least;
        if (n_hot == 0 && least <= level)
            n_hot = i;
    }
    return n_hot;
}

ia_status hits_cells_test(ia_ctx *ctx, hits_job *j)
{
    ia_multihit *out = j->out;
    asking ask = {.out = out, .list = ia_array(ctx, out->n_cells, sizeof *ask.list)};
    if (!ask.list)
        return IA_ERR_MEMORY;
    ia_status st =
        ia_for(ctx, "cells", ia_block_count(out->n_cells, BLOCK), ask_block, &ask);
    if (st == IA_OK) {
        qsort(ask.list, out->n_cells, sizeof *ask.list, by_rising_p);
        size_t n = mark_significant(ask.list, out->n_cells, count_questions(out),
                                    j->params.level);
        if (!(out->hot = ia_array(ctx, n, sizeof *out->hot)))
            st = IA_ERR_MEMORY;
        else if (n > 0)
            memcpy(out->hot, ask.list, n * sizeof *out->hot);
        out->n_hot = st == IA_OK ? n : 0;
    }
    free(ask.list);
    return st;
}
