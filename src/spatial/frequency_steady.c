// src/spatial/frequency_steady.c: what blocks say with 70 % of the ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIVISIONS = 5 };
static const double thinned_share = 0.7;

typedef struct {
    const frequency_blocks *blocks;
    const ia_drawing *set;
} thinning;

// Marked ions by block, and the share of the species among all that are marked, as for
// all ions.
static double count_part(const thinning *t, const uint64_t *bits, uint32_t *ions,
                         uint32_t *solute)
{
    const uint32_t *block = t->blocks->block;
    double all = 0, held = 0;

    for (size_t i = 0; i < t->set->n; i++) {
        if (!ia_is_selected(bits, i))
            continue;
        all++;
        if (block[i] != UINT32_MAX)
            ions[block[i]]++;
    }
    for (size_t i = 0; i < t->set->n_list_from; i++) {
        uint32_t place = t->set->list_from[i];
        if (!ia_is_selected(bits, place))
            continue;
        held++;
        if (block[place] != UINT32_MAX)
            solute[block[place]]++;
    }
    return held / all;
}

// Of the marked ions in the blocks of all: what the variance of a block is beyond that by
// chance goes with its ions less one, and is scaled from those marked to all of them.
static ia_status ratio_of_part(ia_ctx *ctx, void *user, const uint64_t *bits,
                               size_t worker, double *values)
{
    const thinning *t = user;
    size_t n = t->blocks->n;
    uint32_t *ions = ia_array(ctx, 2 * n, sizeof *ions), *solute = ions + n;
    (void)worker;
    if (!ions)
        return IA_ERR_MEMORY;
    double c = count_part(t, bits, ions, solute), more = 0, n_blocks = 0;
    for (size_t b = 0; b < n; b++) {
        double own = ions[b], off = solute[b] - own * c;
        n_blocks += t->blocks->ions[b] > 0;
        if (own > 1)
            more += (off * off / (own * c * (1 - c)) - 1) *
                    ((double)t->blocks->ions[b] - 1) / (own - 1);
    }
    values[0] = 1 + more / n_blocks;
    free(ions);
    return IA_OK;
}

void ia_frequency_variance(const frequency_held *held, double *ratio, double *sigma)
{
    double sum = 0, squares = 0, n = 0, c = held->share;
    for (size_t b = 0; b < held->n; b++) {
        double ions = held->ions[b], off = held->solute[b] - ions * c;
        if (!(ions > 0))
            continue;
        double one = off * off / (ions * c * (1 - c));
        sum += one;
        squares += one * one;
        n++;
    }
    *ratio = sum / n;
    if (sigma)
        *sigma = sqrt(fmax(0, squares / n - sum / n * (sum / n)) / n);
}

ia_status ia_frequency_thin(ia_ctx *ctx, const frequency_blocks *blocks,
                            const ia_drawing *set, uint64_t seed, ia_frequency_test *out)
{
    thinning t = {blocks, set};
    ia_part_question question = {ratio_of_part, &t, 1, "blocks of fewer ions"};
    ia_part_params how = {thinned_share, false, DIVISIONS, seed};
    ia_parts thinned = {0};
    ia_status st = ia_parts_compute(ctx, &question, set->n, &how, &thinned);
    if (st == IA_OK) {
        out->thinned_variance_ratio = thinned.mean[0];
        out->thinned_sd = thinned.sd[0];
    }
    ia_parts_clear(&thinned);
    return st;
}
