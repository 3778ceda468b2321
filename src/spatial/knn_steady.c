// src/spatial/knn_steady.c: how steady mean neighbour distances are: block bootstrap,
// random halves and thinning.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/knn_populations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 200, DIVISIONS = 5, FEWEST = 20 };
static const double thinned_share = 0.7;

// Distances from the centres that the data draw uses.
typedef struct {
    const float *distance; // (n, k) nm
    size_t n, k;
} centres;

static ia_status mean_of_part(ia_ctx *ctx, void *user, const uint64_t *bits,
                              size_t worker, double *values)
{
    const centres *c = user;
    size_t n = 0;
    (void)ctx;
    (void)worker;
    values[0] = 0;
    for (size_t i = 0; i < c->n; i++)
        if (ia_is_selected(bits, i)) {
            values[0] += (double)c->distance[i * c->k];
            n++;
        }
    values[0] /= (double)n;
    return IA_OK;
}

static ia_status compare_halves(ia_ctx *ctx, centres *c, uint64_t seed, ia_knn_test *test)
{
    ia_part_question question = {mean_of_part, c, 1, "neighbours in halves"};
    ia_part_params params = {0.5, true, DIVISIONS, seed};
    ia_parts halves = {0};
    ia_status st = ia_parts_compute(ctx, &question, c->n, &params, &halves);
    if (st == IA_OK)
        test->half_difference = halves.rms_difference[0];
    ia_parts_clear(&halves);
    return st;
}

typedef struct {
    double *sums;   // (n, k) of distances
    double *counts; // (n) centres
    size_t n, k;
} blocks;

static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const blocks *b = user;
    double n = 0;
    (void)ctx;
    (void)worker;
    memset(values, 0, b->k * sizeof *values);
    for (size_t i = 0; i < b->n; i++) {
        double w = (double)weight[i];
        n += w * b->counts[i];
        for (size_t j = 0; j < b->k; j++)
            values[j] += w * b->sums[i * b->k + j];
    }
    for (size_t j = 0; j < b->k; j++)
        values[j] = n > 0 ? values[j] / n : NAN;
    return IA_OK;
}

static ia_status sum_blocks(ia_ctx *ctx, const float *xyz, const centres *c, blocks *out)
{
    uint32_t *block = NULL;
    ia_status st = ia_drawing_blocks(ctx, xyz, c->n, &block, &out->n);
    out->k = c->k;
    if (st == IA_OK && (!(out->sums = ia_array(ctx, out->n * c->k, sizeof *out->sums)) ||
                        !(out->counts = ia_array(ctx, out->n, sizeof *out->counts))))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c->n; i++) {
        out->counts[block[i]]++;
        for (size_t j = 0; j < c->k; j++)
            out->sums[block[i] * c->k + j] += (double)c->distance[i * c->k + j];
    }
    free(block);
    return st;
}

static ia_status measure_errors(ia_ctx *ctx, const float *xyz, const centres *c,
                                uint64_t seed, ia_knn_test *test)
{
    blocks b = {0};
    ia_bootstrap bootstrap = {0};
    ia_bootstrap_question question = {resample, &b, c->k, "errors of neighbours"};
    ia_bootstrap_params params = {RESAMPLES, seed, 0.95};
    ia_status st = sum_blocks(ctx, xyz, c, &b);
    for (size_t j = 0; j < c->k; j++)
        test->sigma_mean[j] = NAN;
    if (st == IA_OK && b.n >= IA_DRAWING_BLOCKS &&
        (st = ia_bootstrap_compute(ctx, &question, b.n, &params, &bootstrap)) == IA_OK)
        memcpy(test->sigma_mean, bootstrap.sd, c->k * sizeof *test->sigma_mean);
    ia_bootstrap_clear(&bootstrap);
    free(b.sums);
    free(b.counts);
    return st;
}

// The mean nearest distance of thinned data over that of as many ions at random.
static ia_status thin(ia_ctx *ctx, const knn_drawing *whole, uint64_t seed,
                      ia_knn_test *test)
{
    knn_drawing d = *whole;
    double sum = 0, squares = 0, *values = NULL;
    ia_status st = IA_OK;
    ia_random seeds = ia_random_new(seed, UINT64_MAX - 3);
    d.set.n_from = (size_t)llround(thinned_share * (double)whole->set.n_from);
    d.set.n_to = (size_t)llround(thinned_share * (double)whole->set.n_to);
    d.n_centres = (size_t)llround(thinned_share * (double)whole->n_centres);
    d.k = 1;
    d.fit_k = 0;
    d.r_kth = 0;
    test->thinned_ratio = test->thinned_sd = NAN;
    if (d.set.n_from < FEWEST || d.set.n_to < FEWEST)
        return IA_OK;
    if (!(values = ia_array(ctx, 1 + KNN_VALUES, sizeof *values)))
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < DIVISIONS && st == IA_OK; r++) {
        double mean[2] = {0, 1};
        for (uint64_t number = 0; number < 2 && st == IA_OK; number++) {
            ia_draw draw = {number, ia_random_new(ia_random_u64(&seeds), number)};
            st = ia_knn_draw(ctx, &d, &draw, 0, values);
            mean[number] = values[0];
        }
        sum += mean[0] / mean[1];
        squares += mean[0] / mean[1] * (mean[0] / mean[1]);
    }
    free(values);
    test->thinned_ratio = sum / DIVISIONS;
    test->thinned_sd =
        sqrt(fmax(0, squares - sum * test->thinned_ratio) / (DIVISIONS - 1));
    return st;
}

// Balls to the neighbour that populations are fitted to, block by block.
typedef struct {
    ia_ball_volumes *volumes; // (n)
    size_t n, k;
    const ia_populations *start;
} balls;

// Values: share of the denser, both densities.
static ia_status fit_resampled(ia_ctx *ctx, void *user, const uint32_t *weight,
                               size_t worker, double *values)
{
    const balls *b = user;
    ia_ball_volumes sum = {{0}, {0}};
    (void)ctx;
    (void)worker;
    for (size_t i = 0; i < b->n; i++)
        for (size_t bin = 0; weight[i] > 0 && bin < IA_VOLUME_BINS; bin++) {
            sum.n[bin] += weight[i] * b->volumes[i].n[bin];
            sum.sum[bin] += weight[i] * b->volumes[i].sum[bin];
        }
    ia_populations p = ia_populations_fit(&sum, b->k, b->start);
    values[0] = p.share;
    values[1] = p.dense;
    values[2] = p.sparse;
    return IA_OK;
}

static ia_status sum_balls(ia_ctx *ctx, const float *xyz, const centres *c, balls *out)
{
    uint32_t *block = NULL;
    ia_status st = ia_drawing_blocks(ctx, xyz, c->n, &block, &out->n);
    if (st == IA_OK && !(out->volumes = ia_array(ctx, out->n, sizeof *out->volumes)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c->n; i++)
        ia_ball_volumes_add(&out->volumes[block[i]],
                            (double)c->distance[i * c->k + out->k - 1], 1);
    free(block);
    return st;
}

static ia_status fit_populations(ia_ctx *ctx, const knn_drawing *d, const centres *c,
                                 uint64_t seed, ia_knn_test *test)
{
    balls b = {.k = d->fit_k};
    ia_bootstrap bootstrap = {0};
    ia_bootstrap_question question = {fit_resampled, &b, 3, "errors of populations"};
    ia_bootstrap_params params = {RESAMPLES, seed, 0.95};
    double values[3] = {0};
    uint32_t *once = NULL;
    ia_status st = sum_balls(ctx, d->set.rooms[0].from, c, &b);
    test->fit_k = d->fit_k;
    if (st == IA_OK && !(once = ia_array(ctx, b.n, sizeof *once)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < b.n; i++)
        once[i] = 1;
    if (st == IA_OK)
        st = fit_resampled(ctx, &b, once, 0, values);
    test->dense = (ia_knn_population){values[0], NAN, values[1], NAN};
    ia_populations start = {values[0], values[1], values[2], 0};
    b.start = &start;
    test->sparse = (ia_knn_population){1 - values[0], NAN, values[2], NAN};
    if (st == IA_OK && b.n >= IA_DRAWING_BLOCKS &&
        (st = ia_bootstrap_compute(ctx, &question, b.n, &params, &bootstrap)) == IA_OK) {
        test->dense.sigma_share = test->sparse.sigma_share = bootstrap.sd[0];
        test->dense.sigma_density = bootstrap.sd[1];
        test->sparse.sigma_density = bootstrap.sd[2];
    }
    ia_bootstrap_clear(&bootstrap);
    free(once);
    free(b.volumes);
    return st;
}

ia_status ia_knn_steady_compute(ia_ctx *ctx, const knn_drawing *drawing,
                                const knn_steadying *s, ia_knn_test *test)
{
    ia_draw data = {.number = 0, .random = ia_random_new(s->seed, 0)};
    const float *from = drawing->set.rooms[0].from;
    ia_knn knn = {0};
    ia_status st;
    if (!(test->sigma_mean = ia_array(ctx, drawing->k, sizeof *test->sigma_mean)))
        return IA_ERR_MEMORY;
    if ((st = ia_knn_draw_search(ctx, drawing, &data, 0, &knn)) == IA_OK) {
        centres c = {knn.distance, knn.n, drawing->k};
        test->thinned_ratio = test->thinned_sd = NAN;
        if ((st = measure_errors(ctx, from, &c, s->seed, test)) == IA_OK &&
            (st = compare_halves(ctx, &c, s->seed, test)) == IA_OK &&
            test->n_shuffles > 0 &&
            (st = ia_knn_lh_errors(ctx, drawing, &knn, s, &test->lh)) == IA_OK &&
            (st = fit_populations(ctx, drawing, &c, s->seed, test)) == IA_OK)
            st = thin(ctx, drawing, s->seed, test);
    }
    ia_knn_clear(&knn);
    return st;
}
