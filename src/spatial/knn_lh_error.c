// src/spatial/knn_lh_error.c: errors of LH* by drawing blocks of space again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/rdf_internal.h"

#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 200, AREAS = 3 };

// Centres by the distance to the nearest, block by block.
typedef struct {
    const knn_lh_base *base;
    const rdf_blocks *blocks;
    double *counts;               // (blocks, IA_KNN_BINS)
    double *from;                 // (blocks) centres
    double *to;                   // (blocks) ions of the neighbours' species
    double observed[IA_KNN_BINS]; // distribution less the base's
    double noise;                 // share of that which is noise
} curves;

// The base where the species is denser by a factor: all distances are shorter by its
// third root.
static double base_at(const knn_lh_base *base, size_t bin, double density)
{
    double at = (double)(bin + 1) * cbrt(density), low = floor(at);
    if (!(at < IA_KNN_BINS))
        return base->mean[IA_KNN_BINS - 1];
    size_t i = (size_t)low;
    double before = i > 0 ? base->mean[i - 1] : 0;
    return before + (at - low) * (base->mean[i] - before);
}

// Values: areas with the noise of the data taken out, then the distribution less the
// base's.
static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const curves *c = user;
    double *off = values + AREAS, centred[IA_KNN_BINS];
    double from = 0, to = 0, ions = 0, all_to = 0, all_ions = 0, sum = 0;
    (void)ctx;
    (void)worker;
    for (size_t bin = 0; bin < IA_KNN_BINS; bin++)
        off[bin] = 0;
    for (size_t i = 0; i < c->blocks->n; i++) {
        double w = (double)weight[i];
        from += w * c->from[i];
        to += w * c->to[i];
        ions += w * c->blocks->ions[i];
        all_to += c->to[i];
        all_ions += c->blocks->ions[i];
        for (size_t bin = 0; w > 0 && bin < IA_KNN_BINS; bin++)
            off[bin] += w * c->counts[i * IA_KNN_BINS + bin];
    }
    double density = to / ions / (all_to / all_ions);
    for (size_t bin = 0; bin < IA_KNN_BINS; bin++) {
        sum += off[bin] / from;
        off[bin] = sum - base_at(c->base, bin, density);
        centred[bin] = off[bin] - c->noise * c->observed[bin];
    }
    ia_knn_lh_measure(c->base, centred, values);
    return IA_OK;
}

static ia_status count(ia_ctx *ctx, const knn_drawing *d, const ia_knn *knn, curves *out)
{
    const ia_drawing_room *room = &d->set.rooms[0];
    const rdf_blocks *blocks = out->blocks;
    if (!(out->counts = ia_array(ctx, blocks->n * IA_KNN_BINS, sizeof *out->counts)) ||
        !(out->from = ia_array(ctx, blocks->n, sizeof *out->from)) ||
        !(out->to = ia_array(ctx, blocks->n, sizeof *out->to)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < knn->n; i++) {
        size_t block = ia_rdf_block_of(blocks, room->from + 3 * i);
        double at = (double)knn->distance[i * knn->k] / out->base->width;
        out->from[block]++;
        if (at < IA_KNN_BINS)
            out->counts[block * IA_KNN_BINS + (size_t)at]++;
    }
    ia_points to = ia_knn_draw_neighbours(d, 0);
    for (size_t i = 0; i < to.n; i++)
        out->to[ia_rdf_block_of(blocks, to.xyz + 3 * i)]++;
    return IA_OK;
}

// Once for the noise in the deviations of the data, and once for the errors of areas.
static ia_status draw_again(ia_ctx *ctx, curves *c, uint64_t seed, ia_knn_lh *lh)
{
    ia_bootstrap_question question = {resample, c, AREAS + IA_KNN_BINS, "errors of LH"};
    ia_bootstrap_params params = {RESAMPLES, seed, 0.95};
    ia_bootstrap first = {0}, second = {0};
    ia_status st = ia_bootstrap_compute(ctx, &question, c->blocks->n, &params, &first);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < IA_KNN_BINS; i++)
        c->observed[i] = first.estimate[AREAS + i];
    c->noise = ia_drawing_noise(c->observed, first.sd + AREAS, IA_KNN_BINS);
    st = ia_bootstrap_compute(ctx, &question, c->blocks->n, &params, &second);
    if (st == IA_OK) {
        lh->sigma_area = second.sd[0];
        lh->sigma_nearer = second.sd[1];
        lh->sigma_farther = second.sd[2];
    }
    ia_bootstrap_clear(&first);
    ia_bootstrap_clear(&second);
    return st;
}

ia_status ia_knn_lh_errors(ia_ctx *ctx, const knn_drawing *d, const ia_knn *knn,
                           const knn_steadying *s, ia_knn_lh *lh)
{
    rdf_blocks blocks = {0};
    curves c = {.base = &s->base, .blocks = &blocks};
    ia_status st = ia_rdf_blocks_build(ctx, d->set.xyz, d->set.n, &blocks);
    lh->sigma_area = lh->sigma_nearer = lh->sigma_farther = NAN;
    if (st == IA_OK && blocks.n >= IA_DRAWING_BLOCKS &&
        (st = count(ctx, d, knn, &c)) == IA_OK)
        st = draw_again(ctx, &c, s->seed, lh);
    free(c.counts);
    free(c.from);
    free(c.to);
    ia_rdf_blocks_clear(&blocks);
    return st;
}
