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
    double per_block; // ions of a block, mean by ions
} thinning;

// Mean ions of a block that an ion lies in.
static double mean_by_ions(const uint32_t *ions, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t b = 0; b < n; b++) {
        sum += ions[b];
        squares += (double)ions[b] * ions[b];
    }
    return sum > 0 ? squares / sum : 0;
}

static void count_part(const thinning *t, const uint64_t *bits, uint32_t *ions,
                       uint32_t *solute)
{
    const uint32_t *block = t->blocks->block;
    for (size_t i = 0; i < t->set->n; i++)
        if (ia_is_selected(bits, i) && block[i] != UINT32_MAX)
            ions[block[i]]++;
    for (size_t i = 0; i < t->set->n_list_from; i++) {
        uint32_t place = t->set->list_from[i];
        if (ia_is_selected(bits, place) && block[place] != UINT32_MAX)
            solute[block[place]]++;
    }
}

// Of the marked ions in the blocks of all: what the variance is beyond that by chance
// goes with the ions of a block less one, the part of the others is scaled to that of
// all.
static ia_status ratio_of_part(ia_ctx *ctx, void *user, const uint64_t *bits,
                               size_t worker, double *values)
{
    const thinning *t = user;
    size_t n = t->blocks->n;
    uint32_t *ions = ia_array(ctx, 2 * n, sizeof *ions), *solute = ions + n;
    (void)worker;
    if (!ions)
        return IA_ERR_MEMORY;
    count_part(t, bits, ions, solute);
    double all = 0, held = 0;
    for (size_t b = 0; b < n; b++) {
        all += ions[b];
        held += solute[b];
    }
    double ratio, per_block = mean_by_ions(ions, n);
    ia_frequency_variance(&(frequency_held){n, ions, solute, held / all}, &ratio, NULL);
    values[0] = 1 + (ratio - 1) * (t->per_block - 1) / (per_block - 1);
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
    thinning t = {blocks, set, mean_by_ions(blocks->ions, blocks->n)};
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
