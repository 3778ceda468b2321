// src/honest/bootstrap.c: errors by drawing blocks of space again and again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "honest/draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t key; // cube
    size_t point;
} place;

static int compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

static ia_status find_origin(ia_ctx *ctx, const float *xyz, size_t n, double edge,
                             double origin[3])
{
    enum { MOST = 1 << 20 };
    for (size_t k = 0; k < 3; k++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            double x = (double)xyz[3 * i + k];
            if (!isfinite(x))
                return ia_fail(ctx, IA_ERR_PARAM, "the position of ion %zu is not finite",
                               i);
            least = fmin(least, x);
            most = fmax(most, x);
        }
        origin[k] = least;
        if (n > 0 && (most - least) / edge >= MOST)
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "blocks of %g nm along %g nm: at most %d were expected", edge,
                           most - least, MOST);
    }
    return IA_OK;
}

static uint64_t cube_of(const float *xyz, double edge, const double origin[3])
{
    uint64_t key = 0;
    for (size_t k = 0; k < 3; k++)
        key = key << 21 | (uint64_t)(((double)xyz[k] - origin[k]) / edge);
    return key;
}

// Cubes sorted by key are numbered by the first ion in each.
static size_t number_blocks(place *places, size_t n, uint32_t *block)
{
    size_t n_blocks = 0;
    for (size_t i = 0, first = 0; i < n; i++) {
        if (places[i].key != places[first].key)
            first = i;
        block[places[i].point] = (uint32_t)places[first].point;
    }
    // A block's first ion comes before its others, so its number is known by then.
    for (size_t i = 0; i < n; i++)
        block[i] = block[i] == i ? (uint32_t)n_blocks++ : block[block[i]];
    return n_blocks;
}

ia_status ia_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, double edge,
                          uint32_t *block, size_t *n_blocks)
{
    double origin[3];
    if (!(edge > 0) || !isfinite(edge))
        return ia_fail(ctx, IA_ERR_PARAM, "edge = %g nm: a positive number was expected",
                       edge);
    if (n > UINT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu ions are too many for blocks", n);
    ia_status st = find_origin(ctx, xyz, n, edge, origin);
    place *places = st == IA_OK ? ia_array(ctx, n, sizeof *places) : NULL;
    if (!places)
        return st != IA_OK ? st : IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        places[i] = (place){cube_of(xyz + 3 * i, edge, origin), i};
    qsort(places, n, sizeof *places, compare);
    *n_blocks = number_blocks(places, n, block);
    free(places);
    return IA_OK;
}

typedef struct {
    const ia_bootstrap_question *question;
    uint64_t seed;
    size_t n_blocks;
    uint32_t **weight; // one per worker
} resampling;

static ia_status resample(ia_ctx *ctx, void *user, uint64_t draw, size_t worker,
                          double *values)
{
    resampling *r = user;
    uint32_t *weight = r->weight[worker];
    ia_random random = ia_random_new(r->seed, draw);
    for (size_t b = 0; b < r->n_blocks; b++)
        weight[b] = draw == 0;
    for (size_t b = 0; b < r->n_blocks && draw > 0; b++)
        weight[ia_random_below(&random, r->n_blocks)]++;
    return r->question->statistic(ctx, r->question->user, weight, worker, values);
}

static ia_status make_room(ia_ctx *ctx, size_t n, ia_bootstrap *out)
{
    double **arrays[] = {&out->estimate, &out->mean, &out->sd, &out->lo, &out->hi};
    out->n_values = n;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (!(*arrays[i] = ia_array(ctx, n, sizeof **arrays[i])))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status check(ia_ctx *ctx, size_t n_blocks, const ia_bootstrap_params *params)
{
    if (n_blocks < 2 || params->n_repeats == 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%zu blocks drawn %zu times: at least 2 and 1 were expected",
                       n_blocks, params->n_repeats);
    if (!(params->band > 0 && params->band < 1))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "band = %g: a share between 0 and 1 was expected", params->band);
    return IA_OK;
}

ia_status ia_bootstrap_compute(ia_ctx *ctx, const ia_bootstrap_question *question,
                               size_t n_blocks, const ia_bootstrap_params *params,
                               ia_bootstrap *out)
{
    resampling r = {question, params->seed, n_blocks, NULL};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX), n = question->n_values;
    ia_bootstrap result = {0};
    double *rows = NULL, *scratch = NULL;
    ia_status st;

    if ((st = check(ctx, n_blocks, params)) != IA_OK ||
        (st = make_room(ctx, n, &result)) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    if (n > 0 && params->n_repeats > SIZE_MAX / n) {
        ia_fail(ctx, st, "%zu repeats of %zu values are too many", params->n_repeats, n);
        goto done;
    }
    if (!(rows = ia_array(ctx, params->n_repeats * n, sizeof *rows)) ||
        !(scratch = ia_array(ctx, params->n_repeats, sizeof *scratch)) ||
        !(r.weight = ia_array(ctx, n_workers, sizeof *r.weight)))
        goto done;
    for (size_t w = 0; w < n_workers; w++)
        if (!(r.weight[w] = ia_array(ctx, n_blocks, sizeof **r.weight)))
            goto done;
    ia_draws draws = {resample, &r, n, question->stage};
    if ((st = ia_draws_run(ctx, &draws, 0, 1, result.estimate)) != IA_OK ||
        (st = ia_draws_run(ctx, &draws, 1, params->n_repeats, rows)) != IA_OK)
        goto done;
    ia_draws_summarise(rows, params->n_repeats, n,
                       &(ia_summary){result.mean, result.sd, result.lo, result.hi,
                                     params->band, scratch});
    *out = result;
    result = (ia_bootstrap){0};
done:
    for (size_t w = 0; w < n_workers && r.weight; w++)
        free(r.weight[w]);
    free(r.weight);
    free(scratch);
    free(rows);
    ia_bootstrap_clear(&result);
    return st;
}

void ia_bootstrap_clear(ia_bootstrap *bootstrap)
{
    free(bootstrap->estimate);
    free(bootstrap->mean);
    free(bootstrap->sd);
    free(bootstrap->lo);
    free(bootstrap->hi);
    *bootstrap = (ia_bootstrap){0};
}
