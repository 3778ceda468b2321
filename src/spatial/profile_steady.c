// src/spatial/profile_steady.c: how much a profile varies, and how steady that is in
// random halves and with fewer ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/profile_internal.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdlib.h>

static const double thinned_share = 0.7;

// (n_k - N_k c)^2 / N_k of a bin is N_k times its squared deviation; by drawing without
// replacement it is c (1 - c) (N - N_k) / (N - 1) where labels mean nothing.
static double variation_of(const uint64_t *ions, const uint64_t *holding, size_t n_bins)
{
    double all = 0, of = 0, sum = 0;
    size_t n_filled = 0;
    for (size_t b = 0; b < n_bins; b++) {
        all += (double)ions[b];
        of += (double)holding[b];
        n_filled += ions[b] > 0;
    }
    double share = of / all;
    if (n_filled < 2 || !(share > 0 && share < 1))
        return NAN;
    for (size_t b = 0; b < n_bins; b++) {
        double n = (double)ions[b], off = (double)holding[b] - n * share;
        if (n > 0)
            sum += off * off / n - share * (1 - share) * (all - n) / (all - 1);
    }
    return copysign(sqrt(fabs(sum) / all), sum);
}

typedef struct {
    const ia_shares *shares;
    const ia_axis_profile_bins *bins;
} parts_of;

// Variation of every element among the ions whose bit is set; of all without bits.
static ia_status measure(ia_ctx *ctx, void *user, const uint64_t *bits, size_t worker,
                         double *values)
{
    const parts_of *p = user;
    const ia_shares *s = p->shares;
    size_t n = p->bins->n_bins, n_kinds = s->n_kinds;
    uint64_t *counts = ia_array(ctx, n * n_kinds, sizeof *counts);
    uint64_t *ions = ia_array(ctx, n, sizeof *ions);
    uint64_t *holding = ia_array(ctx, n, sizeof *holding);
    bool done = counts && ions && holding;
    (void)worker;
    for (size_t i = 0; done && i < p->bins->n; i++)
        if (!bits || ia_is_selected(bits, i))
            counts[p->bins->bin[i] * n_kinds + p->bins->kind[i]]++;
    for (size_t i = 0; done && i < n * n_kinds; i++)
        ions[i / n_kinds] += counts[i];
    for (size_t e = 0; done && e < s->n_elements; e++) {
        ia_shares_hold(s, e, counts, n, holding);
        values[e] = variation_of(ions, holding, n);
    }
    free(counts);
    free(ions);
    free(holding);
    return done ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_axis_profile_steady(ia_ctx *ctx, const ia_shares *shares,
                                 const ia_axis_profile_bins *bins,
                                 const ia_axis_profile_params *params,
                                 ia_axis_profile *out)
{
    parts_of p = {shares, bins};
    ia_part_question question = {measure, &p, shares->n_elements, "profiles of parts"};
    ia_part_params half = {0.5, true, params->divisions, params->seed};
    ia_part_params thin = {thinned_share, false, params->divisions, params->seed};
    ia_parts halves = {0}, thinned = {0};
    double *whole = ia_array(ctx, shares->n_elements, sizeof *whole);
    ia_status st = whole ? measure(ctx, &p, NULL, 0, whole) : IA_ERR_MEMORY;
    if (st == IA_OK && params->divisions > 0 &&
        (st = ia_parts_compute(ctx, &question, bins->n, &half, &halves)) == IA_OK)
        st = ia_parts_compute(ctx, &question, bins->n, &thin, &thinned);
    for (size_t e = 0; st == IA_OK && e < shares->n_elements; e++) {
        ia_axis_profile_test *t = &out->tests[e];
        bool divided = params->divisions > 0;
        t->variation = whole[e];
        t->half_variation = divided ? halves.mean[e] : NAN;
        t->half_difference = divided ? halves.rms_difference[e] : NAN;
        t->thinned_variation = divided ? thinned.mean[e] : NAN;
        t->thinned_sd = divided ? thinned.sd[e] : NAN;
    }
    ia_parts_clear(&halves);
    ia_parts_clear(&thinned);
    free(whole);
    return st;
}
