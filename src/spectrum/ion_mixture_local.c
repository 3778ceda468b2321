// src/spectrum/ion_mixture_local.c: chances of ions by what is in their own box.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES_PER_BLOCK = 64, ROUNDS_MOST = 100 };

static const double AMOUNTS_MOST = 268435456; // 2^28: 1 GiB
static const double NEAR_ENOUGH = 0.01;       // ions that a round still moves

typedef struct {
    ia_ctx *ctx;
    const ia_ions *ions;
    const ia_ion_mixture_params *params;
    ia_ion_mixture *mix;
    ia_ion_boxes *boxes;
    size_t n_boxes, n; // boxes, components
    size_t *first;     // (n_boxes + 1) of the ions of a box
    uint32_t *bin;     // (first[n_boxes]) bins of ions in windows, box by box
    double *whole;     // (n) share of a component's ions in windows
    double *share;     // (n) of the ions in windows that are of it, in all the specimen
    double *work;      // (workers, 2 n)
} localizing;

static size_t index_in(double x, size_t n)
{
    return !(x > 0) ? 0 : x >= (double)n ? n - 1 : (size_t)x;
}

static size_t box_of(const ia_ion_boxes *b, const float *xyz)
{
    size_t at = 0;

    for (size_t k = 3; k-- > 0;)
        at = at * b->n[k] +
             index_in(floor(((double)xyz[k] - b->origin[k]) / b->edge), b->n[k]);
    return at;
}

const float *ia_ion_box(const ia_ion_mixture *mixture, const float *xyz)
{
    return mixture->boxes.amount + box_of(&mixture->boxes, xyz) * (mixture->n_ions + 1);
}

// Calls with each ion that is in a window, its box and its bin.
typedef void (*visitor)(localizing *j, size_t box, uint32_t bin);

static ia_status visit(localizing *j, visitor tell)
{
    float *room = ia_array(j->ctx, 4 * IA_COLUMN_BLOCK, sizeof *room);

    if (!room)
        return IA_ERR_MEMORY;
    for (size_t begin = 0; begin < j->ions->n; begin += IA_COLUMN_BLOCK) {
        size_t left = j->ions->n - begin;
        size_t n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        const float *m = ia_column_rows(&j->ions->columns[IA_MASS], begin, n, room);
        const float *xyz =
            ia_column_rows(&j->ions->columns[IA_XYZ], begin, n, room + IA_COLUMN_BLOCK);
        for (size_t i = 0; i < n; i++) {
            size_t part;
            if (ia_ion_mixture_parts(j->mix, (double)m[i], &part) > 0)
                tell(j, box_of(j->boxes, xyz + 3 * i),
                     (uint32_t)(((double)m[i] - j->mix->m_min) / j->mix->bin));
        }
    }
    free(room);
    return IA_OK;
}

static void count(localizing *j, size_t box, uint32_t bin)
{
    (void)bin;
    j->first[box + 1]++;
}

static void sort(localizing *j, size_t box, uint32_t bin)
{
    j->bin[j->first[box]++] = bin;
}

static void widen(double range[2], double x)
{
    range[0] = fmin(range[0], x);
    range[1] = fmax(range[1], x);
}

static ia_status set_boxes(localizing *j)
{
    double range[3][2] = {
        {INFINITY, -INFINITY}, {INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    double amounts = (double)j->n;
    float *room = ia_array(j->ctx, 3 * IA_COLUMN_BLOCK, sizeof *room);

    if (!room)
        return IA_ERR_MEMORY;
    for (size_t begin = 0; begin < j->ions->n; begin += IA_COLUMN_BLOCK) {
        size_t left = j->ions->n - begin;
        size_t n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        const float *xyz = ia_column_rows(&j->ions->columns[IA_XYZ], begin, n, room);
        for (size_t i = 0; i < 3 * n; i++)
            widen(range[i % 3], (double)xyz[i]);
    }
    free(room);
    j->boxes->edge = j->params->local;
    for (size_t k = 0; k < 3; k++) {
        double n = fmax(1, floor((range[k][1] - range[k][0]) / j->params->local) + 1);
        amounts *= n;
        if (!(amounts <= AMOUNTS_MOST))
            return ia_fail(j->ctx, IA_ERR_PARAM,
                           "boxes of %g nm are too many for %zu kinds of ion: take "
                           "larger ones",
                           j->params->local, j->n);
        j->boxes->n[k] = (size_t)n;
        j->boxes->origin[k] = range[k][0];
    }
    j->n_boxes = j->boxes->n[0] * j->boxes->n[1] * j->boxes->n[2];
    return IA_OK;
}

static ia_status sort_ions(localizing *j)
{
    ia_status st;

    if (!(j->first = ia_array(j->ctx, j->n_boxes + 2, sizeof *j->first)) ||
        (st = visit(j, count)) != IA_OK)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < j->n_boxes; b++) {
        j->boxes->n_occupied += j->first[b + 1] > 0;
        j->first[b + 1] += j->first[b];
    }
    if (!(j->bin = ia_array(j->ctx, j->first[j->n_boxes], sizeof *j->bin)) ||
        (st = visit(j, sort)) != IA_OK)
        return IA_ERR_MEMORY;
    // Each first has become the next one's.
    memmove(j->first + 1, j->first, j->n_boxes * sizeof *j->first);
    j->first[0] = 0;
    return IA_OK;
}

static ia_status set_shares(localizing *j)
{
    const ia_ion_mixture *mix = j->mix;
    size_t workers = ia_for_workers(j->ctx, ia_block_count(j->n_boxes, BOXES_PER_BLOCK));
    double all = 0;

    j->whole = ia_array(j->ctx, 2 * j->n, sizeof *j->whole);
    j->work = ia_array(j->ctx, workers * 2 * j->n, sizeof *j->work);
    j->boxes->amount = ia_array(j->ctx, j->n_boxes * j->n, sizeof *j->boxes->amount);
    if (!j->whole || !j->work || !j->boxes->amount)
        return IA_ERR_MEMORY;
    j->share = j->whole + j->n;
    for (uint32_t i = 0; i < mix->first[mix->n_bins]; i++)
        j->whole[mix->component[i]] += (double)mix->density[i];
    for (size_t k = 0; k < j->n; k++) {
        j->share[k] = mix->counts[k] > 0 ? mix->counts[k] * j->whole[k] : 0; // not NAN
        all += j->share[k];
    }
    for (size_t k = 0; k < j->n; k++)
        j->share[k] /= all > 0 ? all : 1;
    return IA_OK;
}

// One round: what each ion of the box is likely to be by the shares, added up.
static void add_chances(const localizing *j, size_t box, const double *share, double *sum)
{
    const ia_ion_mixture *mix = j->mix;

    memset(sum, 0, j->n * sizeof *sum);
    for (size_t i = j->first[box]; i < j->first[box + 1]; i++) {
        uint32_t begin = mix->first[j->bin[i]], end = mix->first[j->bin[i] + 1];
        double mean = 0;
        for (uint32_t p = begin; p < end; p++) {
            size_t k = mix->component[p];
            mean += share[k] * (double)mix->density[p];
        }
        for (uint32_t p = begin; p < end && mean > 0; p++) {
            size_t k = mix->component[p];
            sum[k] += share[k] * (double)mix->density[p] / mean;
        }
    }
}

// `share` is over the share in windows, so that it multiplies densities.
static void climb(const localizing *j, size_t box, double *share, double *sum)
{
    double ions = (double)(j->first[box + 1] - j->first[box]);
    double prior = j->params->local_prior;

    for (size_t k = 0; k < j->n; k++)
        share[k] = j->whole[k] > 0 ? j->share[k] / j->whole[k] : 0;
    for (int round = 0; round < ROUNDS_MOST && ions > 0; round++) {
        double moved = 0;
        add_chances(j, box, share, sum);
        for (size_t k = 0; k < j->n; k++) {
            if (j->whole[k] <= 0)
                continue;
            double now = (sum[k] + prior * j->share[k]) / (ions + prior) / j->whole[k];
            moved += fabs(now - share[k]) * j->whole[k] * ions;
            share[k] = now;
        }
        if (moved < NEAR_ENOUGH)
            break;
    }
}

static void localize_block(void *user, size_t block, size_t worker)
{
    localizing *j = user;
    size_t begin, end;
    double *share = j->work + 2 * worker * j->n, *sum = share + j->n;

    ia_block(j->n_boxes, BOXES_PER_BLOCK, block, &begin, &end);
    for (size_t box = begin; box < end; box++) {
        climb(j, box, share, sum);
        for (size_t k = 0; k < j->n; k++)
            j->boxes->amount[box * j->n + k] = (float)share[k];
    }
}

ia_status ia_ion_mixture_localize(ia_ctx *ctx, const ia_ions *ions,
                                  const ia_ion_mixture_params *params,
                                  ia_ion_mixture *mixture)
{
    ia_ion_boxes boxes = {.edge = 0};
    localizing j = {.ctx = ctx,
                    .ions = ions,
                    .params = params,
                    .mix = mixture,
                    .boxes = &boxes,
                    .n = mixture->n_ions + 1};
    ia_status st;

    if ((st = ia_ions_need(ctx, ions, IA_XYZ)) != IA_OK ||
        (st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK ||
        (st = set_boxes(&j)) != IA_OK || (st = sort_ions(&j)) != IA_OK ||
        (st = set_shares(&j)) != IA_OK ||
        (st = ia_for(ctx, "mixture", ia_block_count(j.n_boxes, BOXES_PER_BLOCK),
                     localize_block, &j)) != IA_OK)
        goto done;
    free(mixture->boxes.amount);
    mixture->boxes = boxes;
    boxes.amount = NULL; // the caller's now
done:
    free(boxes.amount);
    free(j.first);
    free(j.bin);
    free(j.whole);
    free(j.work);
    return st;
}
