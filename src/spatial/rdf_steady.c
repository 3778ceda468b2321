// src/spatial/rdf_steady.c: how steady pair counts are: block bootstrap, random halves
// and thinning.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/rdf_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 200, BLOCKS = 125, LEAST_BLOCKS = 20, DIVISIONS = 5 };
static const double thinned_share = 0.7;

static size_t cube_of(const rdf_blocks *b, const float *xyz)
{
    size_t at[3];
    for (size_t k = 0; k < 3; k++) {
        double place = ((double)xyz[k] - b->origin[k]) / b->edge, last = b->size[k] - 1;
        at[k] = (size_t)fmin(fmax(place, 0), last);
    }
    return (at[2] * (size_t)b->size[1] + at[1]) * (size_t)b->size[0] + at[0];
}

// False for a flat box.
static bool lay_out(rdf_blocks *b, const float *xyz, size_t n)
{
    double high[3], volume = 1;
    for (size_t k = 0; k < 3; k++) {
        b->origin[k] = INFINITY;
        high[k] = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            b->origin[k] = fmin(b->origin[k], (double)xyz[3 * i + k]);
            high[k] = fmax(high[k], (double)xyz[3 * i + k]);
        }
        volume *= high[k] - b->origin[k];
    }
    b->edge = cbrt(volume / BLOCKS);
    for (size_t k = 0; k < 3 && b->edge > 0; k++) {
        double size = ceil((high[k] - b->origin[k]) / b->edge);
        if (!(size <= 1e4)) // a needle without any width
            return false;
        b->size[k] = (int32_t)fmax(size, 1);
    }
    return b->edge > 0;
}

ia_status ia_rdf_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, rdf_blocks *out)
{
    rdf_blocks b = {0};
    if (n == 0 || !lay_out(&b, xyz, n)) {
        *out = (rdf_blocks){0};
        return IA_OK;
    }
    size_t n_cubes = (size_t)b.size[0] * (size_t)b.size[1] * (size_t)b.size[2];
    double *ions = ia_array(ctx, n_cubes, sizeof *ions);
    b.block = ions ? ia_array(ctx, n_cubes, sizeof *b.block) : NULL;
    if (!b.block) {
        free(ions);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        ions[cube_of(&b, xyz + 3 * i)]++;
    for (size_t c = 0; c < n_cubes; c++) {
        b.block[c] = (uint32_t)b.n;
        if (ions[c] > 0)
            ions[b.n++] = ions[c];
    }
    b.ions = ions;
    *out = b;
    return IA_OK;
}

void ia_rdf_blocks_clear(rdf_blocks *b)
{
    free(b->block);
    free(b->ions);
    *b = (rdf_blocks){0};
}

double ia_rdf_within(const rdf_blocks *blocks, double r)
{
    double x = r / blocks->edge; // set covariance of a cube
    return x < 1 ? fmax(1 - x * (1.5 - x * (0.63662 - x * 0.0795775)), 0) : 0;
}

// Pairs per centre over those expected in the density of the others, up to a constant;
// volumes go with the ranged ions. Then their sums, as K counts them.
static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const rdf_parts *p = user;
    double from = 0, to = 0, ions = 0, k = 0;
    (void)ctx;
    (void)worker;
    memset(values, 0, p->n_bins * sizeof *values);
    for (size_t b = 0; b < p->blocks->n; b++) {
        double w = (double)weight[b];
        from += w * p->from[b];
        to += w * p->to[b];
        ions += w * p->blocks->ions[b];
        for (size_t i = 0; w > 0 && i < p->n_bins; i++)
            values[i] += w * (double)p->pairs[b * p->n_bins + i];
    }
    for (size_t i = 0; i < p->n_bins; i++) {
        double r = p->bin * ((double)i + 0.5), within = ia_rdf_within(p->blocks, r);
        values[i] = from > 0 && to > 0 ? values[i] / from * pow(ions / to, within) : NAN;
        k += values[i] * p->shell[i];
        values[p->n_bins + i] = k;
    }
    return IA_OK;
}

uint32_t ia_rdf_block_of(const rdf_blocks *blocks, const float *xyz)
{
    return blocks->block[cube_of(blocks, xyz)];
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
