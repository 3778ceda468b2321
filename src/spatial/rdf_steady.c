// src/spatial/rdf_steady.c: how steady pair counts are: block bootstrap, random halves
// and thinning.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/rdf_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 200, LEAST_BLOCKS = 20, DIVISIONS = 5 };
static const double thinned_share = 0.7, least_share = 0.05;

// Of shells about points of a block, the share inside the specimen; 1 where that is not
// known.
static double share_of(const rdf_parts *p, size_t block, size_t bin)
{
    if (!p->blocks->share)
        return 1;
    double share =
        ia_covariance_at(&p->blocks->share[block], p->bin * ((double)bin + 0.5));
    return isnan(share) ? 1 : fmin(fmax(share, least_share), 1);
}

// Sums over the blocks of a resample, or over all of them.
typedef struct {
    double from, to, size;
    double *pairs, *partners,
        *expected; // (n_bins): pairs by one end; ions `to` and blocks,
                   // weighted by what of their shells is inside
} sums;

static void add_up(const rdf_parts *p, const uint32_t *weight, sums *s)
{
    for (size_t b = 0; b < p->blocks->n; b++) {
        double w = weight ? (double)weight[b] : 1;
        s->from += w * p->from[b];
        s->to += w * p->to[b];
        s->size += w * p->size[b];
        for (size_t i = 0; w > 0 && i < p->n_bins; i++) {
            double share = share_of(p, b, i);
            s->pairs[i] += w * (double)p->pairs[b * p->n_bins + i];
            s->partners[i] += w * p->to[b] * share;
            s->expected[i] += w * p->size[b] * share;
        }
    }
}

// Pairs over those expected of blocks as large, up to a constant. Those within a block
// are drawn with its density, the others with that of the specimen; but how many of these
// there are goes with how near to the surface their far ends lie. Then the sums, as K
// counts them.
static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const rdf_parts *p = user;
    size_t n = p->n_bins;
    double k = 0, *room = ia_array(ctx, 6 * n, sizeof *room);
    (void)worker;
    if (!room)
        return IA_ERR_MEMORY;
    sums now = {0, 0, 0, room, room + n, room + 2 * n};
    sums all = {0, 0, 0, room + 3 * n, room + 4 * n, room + 5 * n};
    add_up(p, weight, &now);
    add_up(p, NULL, &all);
    double size = now.size / all.size;
    double from = now.from / all.from / size, to = now.to / all.to / size; // densities
    for (size_t i = 0; i < n; i++) {
        double within = ia_rdf_within(p->blocks, p->bin * ((double)i + 0.5));
        double expected = now.expected[i] / all.expected[i];
        double inner = now.partners[i] / all.partners[i] / expected / to;
        double drawn = pow(to, within) / pow(inner, 1 - within);
        values[i] = from > 0 && to > 0 ? now.pairs[i] / (expected * from * drawn) : NAN;
        k += values[i] * p->shell[i];
        values[n + i] = k;
    }
    free(room);
    return IA_OK;
}

ia_status ia_rdf_parts_fill(ia_ctx *ctx, const rdf_drawing *d, const rdf_blocks *blocks,
                            rdf_parts *out)
{
    const ia_drawing_room *room = &d->set.rooms[0];
    ia_points from = {room->from, d->set.n_from}, to = {room->to, d->set.n_to};
    rdf_parts p = {.blocks = blocks, .n_bins = d->n_bins};
    p.bin = d->r_max / (double)d->n_bins;
    size_t n = blocks->n;
    uint32_t *group = ia_array(ctx, from.n, sizeof *group);
    ia_status st = IA_ERR_MEMORY;
    if (!group || !(p.pairs = ia_array(ctx, n * p.n_bins, sizeof *p.pairs)) ||
        !(p.from = ia_array(ctx, n, sizeof *p.from)) ||
        !(p.to = ia_array(ctx, n, sizeof *p.to)))
        goto done;
    for (size_t i = 0; i < from.n; i++)
        p.from[group[i] = ia_rdf_block_of(blocks, from.xyz + 3 * i)]++;
    for (size_t i = 0; i < to.n && !d->set.same; i++)
        p.to[ia_rdf_block_of(blocks, to.xyz + 3 * i)]++;
    if (d->set.same)
        memcpy(p.to, p.from, n * sizeof *p.to);
    ia_pairs_request request = {d->r_max, p.n_bins, group, n};
    st = ia_pairs_count(ctx, &from, d->set.same ? NULL : &to, &request, p.pairs);
    if (st == IA_OK) {
        *out = p;
        p = (rdf_parts){0};
    }
done:
    ia_rdf_parts_clear(&p);
    free(group);
    return st;
}

void ia_rdf_parts_clear(rdf_parts *p)
{
    free(p->pairs);
    free(p->from);
    free(p->to);
    *p = (rdf_parts){0};
}

// Bins without pairs have errors of none.
static double relative_error(const ia_bootstrap *b, size_t i)
{
    return b->estimate[i] > 0 ? b->sd[i] / b->estimate[i] : NAN;
}

static void weigh_shells(const ia_rdf *rdf, double *shell)
{
    for (size_t i = 0; i < rdf->n_bins; i++) {
        double volume = (double)(3 * i * i + 3 * i + 1);
        shell[i] = rdf->expected[i] > 0 ? volume / rdf->expected[i] : NAN;
    }
}

static ia_status measure_errors(ia_ctx *ctx, const rdf_drawing *d,
                                const rdf_blocks *blocks, uint64_t seed, ia_rdf *rdf)
{
    rdf_parts p = {0};
    ia_bootstrap bootstrap = {0};
    ia_bootstrap_question question = {resample, &p, 2 * d->n_bins, "errors of pairs"};
    ia_bootstrap_params params = {RESAMPLES, seed, 0.95};
    double *shell = NULL;
    for (size_t i = 0; i < d->n_bins; i++)
        rdf->sigma[i] = rdf->sigma_sum[i] = NAN;
    if (blocks->n < LEAST_BLOCKS)
        return IA_OK;
    if (!(shell = ia_array(ctx, d->n_bins, sizeof *shell)))
        return IA_ERR_MEMORY;
    weigh_shells(rdf, shell);
    ia_status st = ia_rdf_parts_fill(ctx, d, blocks, &p);
    p.shell = shell;
    p.is_every = d->set.is_every && blocks->volume;
    p.size = p.is_every ? blocks->volume : blocks->ions;
    if (st == IA_OK)
        st = ia_bootstrap_compute(ctx, &question, blocks->n, &params, &bootstrap);
    for (size_t i = 0; st == IA_OK && i < d->n_bins; i++) {
        rdf->sigma[i] = relative_error(&bootstrap, i);
        rdf->sigma_sum[i] = relative_error(&bootstrap, d->n_bins + i);
    }
    ia_bootstrap_clear(&bootstrap);
    ia_rdf_parts_clear(&p);
    free(shell);
    return st;
}

// Pairs nearer than r among part of the ions, over what the shuffles lead to expect.
typedef struct {
    const ia_drawing *set;
    double r, expected; // nm, pairs of all ions
} share;

size_t ia_rdf_take_part(const float *xyz, size_t n, size_t first, const uint64_t *bits,
                        float *out)
{
    size_t n_out = 0;
    for (size_t i = 0; i < n; i++)
        if (ia_is_selected(bits, first + i))
            memcpy(out + 3 * n_out++, xyz + 3 * i, 3 * sizeof(float));
    return n_out;
}

static ia_status ratio_of_part(ia_ctx *ctx, void *user, const uint64_t *bits,
                               size_t worker, double *values)
{
    const share *s = user;
    const ia_drawing *set = s->set;
    const ia_drawing_room *room = &set->rooms[0];
    size_t n_from = set->n_from, n_to = set->same ? 0 : set->n_to;
    float *xyz = ia_array(ctx, n_from + n_to, 3 * sizeof *xyz);
    uint64_t pairs = 0;
    (void)worker;
    if (!xyz)
        return IA_ERR_MEMORY;
    ia_points from = {xyz, ia_rdf_take_part(room->from, n_from, 0, bits, xyz)};
    ia_points to = {xyz + 3 * from.n, 0};
    to.n = ia_rdf_take_part(room->to, n_to, n_from, bits, xyz + 3 * from.n);
    ia_pairs_request request = {.r_max = s->r, .n_bins = 1};
    ia_status st = ia_pairs_count(ctx, &from, set->same ? NULL : &to, &request, &pairs);
    double part = (double)from.n / (double)n_from;
    part *= set->same ? ((double)from.n - 1) / ((double)n_from - 1)
                      : (double)to.n / (double)n_to;
    values[0] = part > 0 ? (double)pairs / (part * s->expected) : NAN;
    free(xyz);
    return st;
}

static ia_status divide(ia_ctx *ctx, const rdf_drawing *d, uint64_t seed, ia_rdf *rdf)
{
    size_t last = (size_t)llround(rdf->r_strongest / rdf->bin) - 1;
    share s = {&d->set, rdf->r_strongest, rdf->sum_mean[last]};
    ia_part_question question = {ratio_of_part, &s, 1, "pairs in parts"};
    ia_part_params half = {0.5, true, DIVISIONS, seed};
    ia_part_params thin = {thinned_share, false, DIVISIONS, seed};
    size_t n = d->set.n_from + (d->set.same ? 0 : d->set.n_to);
    ia_parts halves = {0}, thinned = {0};
    ia_status st = ia_parts_compute(ctx, &question, n, &half, &halves);
    if (st == IA_OK)
        st = ia_parts_compute(ctx, &question, n, &thin, &thinned);
    if (st == IA_OK) {
        rdf->half_difference = halves.rms_difference[0];
        rdf->thinned_ratio = thinned.mean[0];
        rdf->thinned_sd = thinned.sd[0];
    }
    ia_parts_clear(&halves);
    ia_parts_clear(&thinned);
    return st;
}

ia_status ia_rdf_steady(ia_ctx *ctx, rdf_drawing *d, const rdf_blocks *blocks,
                        uint64_t seed, ia_rdf *rdf)
{
    ia_draw data = {0, ia_random_new(seed, 0)};
    if (!(rdf->sigma = ia_array(ctx, d->n_bins, sizeof *rdf->sigma)) ||
        !(rdf->sigma_sum = ia_array(ctx, d->n_bins, sizeof *rdf->sigma_sum)))
        return IA_ERR_MEMORY;
    ia_drawing_take(&d->set, &data, 0);
    ia_status st = measure_errors(ctx, d, blocks, seed, rdf);
    rdf->half_difference = rdf->thinned_ratio = rdf->thinned_sd = NAN;
    return st == IA_OK && rdf->n_shuffles > 0 ? divide(ctx, d, seed, rdf) : st;
}
