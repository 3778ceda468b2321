// src/cluster/steady.c: how steady a finding is: random halves, thinning and block
// bootstrap.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCES = 10, RESAMPLES = 200, BLOCKS = 125, LEAST_BLOCKS = 20 };
static const double thinned_share = 0.7;

// Buffers of a worker.
typedef struct {
    uint64_t *chosen; // bits, of the ions of a part
    float *xyz;       // (n_solute, 3)
    float *all;       // (n, 3) ions of a part, where it is prepared for itself
} room;

typedef struct {
    const ia_sample *sample;
    const ia_cluster_params *params;
    double share;     // of the ions in a part
    room *rooms;      // per worker
    double threshold; // score of the whole's clusters
    void *aid;        // of the finder, of all ions of the sample; NULL: parts have theirs
} parting;

static size_t count_bits(const uint64_t *bits, size_t n_words)
{
    size_t n = 0;
    for (size_t w = 0; w < n_words; w++)
        n += (size_t)__builtin_popcountll(bits[w]);
    return n;
}

// Solute ions of the part.
static size_t gather_solute(const parting *p, const uint64_t *part, float *xyz)
{
    const ia_sample *s = p->sample;
    size_t n = 0;
    for (size_t w = 0; w < ia_select_words(s->n); w++)
        for (uint64_t left = part[w] & s->bits[w]; left; left &= left - 1) {
            size_t i = 64 * w + (size_t)__builtin_ctzll(left);
            memcpy(xyz + 3 * n++, s->xyz + 3 * i, 3 * sizeof *xyz);
        }
    return n;
}

// As many ions of the part at random.
static void gather_chosen(const parting *p, const uint64_t *part, const uint64_t *chosen,
                          float *xyz)
{
    const ia_sample *s = p->sample;
    size_t n = 0, n_part = 0;
    for (size_t w = 0; w < ia_select_words(s->n); w++)
        for (uint64_t left = part[w]; left; left &= left - 1) {
            size_t i = 64 * w + (size_t)__builtin_ctzll(left);
            if (ia_is_selected(chosen, n_part++))
                memcpy(xyz + 3 * n++, s->xyz + 3 * i, 3 * sizeof *xyz);
        }
}

static ia_status measure_means(ia_ctx *ctx, const parting *p, const uint64_t *part,
                               size_t m, room *own, ia_settings *settings)
{
    double tally[2 * SETTINGS_MAX + 1];
    size_t n_part = count_bits(part, ia_select_words(p->sample->n));
    ia_random random = ia_random_new(p->params->seed, UINT64_MAX - 2);
    ia_status st = IA_OK;
    for (size_t r = 0; r < REFERENCES && st == IA_OK; r++) {
        ia_select(&random, m, n_part, own->chosen);
        gather_chosen(p, part, own->chosen, own->xyz);
        st = ia_settings_tally(ctx, settings, own->xyz, m, tally);
        for (size_t j = 0; st == IA_OK && j < ia_settings_tally_size(settings); j++)
            settings->means[j] += tally[j] / REFERENCES;
    }
    return st;
}

// What chance makes of the ions of a part alone.
static ia_status prepare_part(ia_ctx *ctx, const parting *p, const uint64_t *part,
                              size_t n_solute, float *xyz, ia_settings *settings)
{
    size_t n = count_bits(part, ia_select_words(p->sample->n));
    ia_sample sample = {.xyz = xyz, .n = n, .n_solute = n_solute};
    ia_sample_gather(p->sample, part, xyz);
    return ia_settings_prepare(ctx, &sample, settings);
}

// A score keeps its meaning in a part: the setting is the one of the whole.
static size_t choose(const parting *p, const ia_settings *s, const double *tally)
{
    size_t j = 0;
    if (!s->finder->by_peak)
        return ia_settings_choose(s, tally);
    while (j + 1 < s->n && s->d[j + 1] <= p->threshold)
        j++;
    return tally[j] > 0 ? j : s->n;
}

// Value: the effect in a part, settings chosen anew.
static ia_status measure_part(ia_ctx *ctx, void *user, const uint64_t *part,
                              size_t worker, double *values)
{
    const parting *p = user;
    room *own = &p->rooms[worker];
    double tally[2 * SETTINGS_MAX + 1];
    ia_settings settings;
    size_t m = gather_solute(p, part, own->xyz);
    values[0] = 0;
    if (m == 0)
        return IA_OK;
    ia_settings_init(p->params, p->sample->spacing / cbrt(p->share), &settings);
    ia_status st = IA_OK;
    if (own->all) {
        st = prepare_part(ctx, p, part, m, own->all, &settings);
    } else {
        settings.aid = p->aid;
        settings.share = p->share;
    }
    if (st == IA_OK)
        st = ia_settings_tally(ctx, &settings, own->xyz, m, tally);
    if (st == IA_OK)
        st = measure_means(ctx, p, part, m, own, &settings);
    size_t best = st == IA_OK ? choose(p, &settings, tally) : settings.n;
    if (best < settings.n)
        values[0] = ia_settings_excess(&settings, tally, best) / (double)m;
    if (own->all)
        ia_settings_release(&settings);
    return st;
}

static ia_status make_rooms(ia_ctx *ctx, parting *p, size_t n_workers)
{
    const ia_sample *s = p->sample;
    bool alone = ia_finder_of(p->params->method)->knows_chance;
    if (!(p->rooms = ia_array(ctx, n_workers, sizeof *p->rooms)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++) {
        room *own = &p->rooms[w];
        if (!(own->chosen = ia_array(ctx, ia_select_words(s->n), sizeof *own->chosen)) ||
            !(own->xyz = ia_array(ctx, 3 * s->n_solute, sizeof *own->xyz)) ||
            (alone && !(own->all = ia_array(ctx, 3 * s->n, sizeof *own->all))))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static void clear_rooms(parting *p, size_t n_workers)
{
    for (size_t w = 0; p->rooms && w < n_workers; w++) {
        free(p->rooms[w].chosen);
        free(p->rooms[w].xyz);
        free(p->rooms[w].all);
    }
    free(p->rooms);
}

static ia_status divide(ia_ctx *ctx, parting *p, double share, bool both, ia_parts *parts)
{
    ia_part_question question = {measure_part, p, 1, "clusters in parts"};
    ia_part_params params = {share, both, p->params->divisions, p->params->seed};
    p->share = share;
    return ia_parts_compute(ctx, &question, p->sample->n, &params, parts);
}

static ia_status measure_parts(ia_ctx *ctx, const ia_solute_set *solute,
                               const ia_cluster_params *params, ia_cluster_test *test)
{
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_sample sample = {0};
    parting p = {.sample = &sample, .params = params, .threshold = test->threshold};
    ia_settings settings = {.finder = ia_finder_of(params->method)};
    ia_parts halves = {0}, thinned = {0};
    ia_status st;

    if ((st = ia_sample_build(ctx, solute, params, NULL, &sample)) != IA_OK ||
        (!settings.finder->knows_chance &&
         (st = ia_settings_prepare(ctx, &sample, &settings)) != IA_OK))
        goto done;
    p.aid = settings.aid;
    if ((st = make_rooms(ctx, &p, n_workers)) != IA_OK ||
        (st = divide(ctx, &p, 0.5, true, &halves)) != IA_OK ||
        (st = divide(ctx, &p, thinned_share, false, &thinned)) != IA_OK)
        goto done;
    test->half_effect = halves.mean[0];
    test->half_difference = halves.rms_difference[0];
    test->thinned_effect = thinned.mean[0];
    test->thinned_sd = thinned.sd[0];
done:
    ia_parts_clear(&halves);
    ia_parts_clear(&thinned);
    clear_rooms(&p, n_workers);
    ia_settings_release(&settings);
    ia_sample_clear(&sample);
    return st;
}

// Sums over the ions of a block. A cluster is counted whole, where the middle one of its
// solute ions lies in the order of the file: in fractions the blocks of a cluster would
// make up for each other.
typedef struct {
    double ions, solute, clustered, clusters;
} block_sums;

typedef struct {
    block_sums *sums;
    size_t n;
    double ions; // of all blocks
} blocks;

// Values: share of solute ions in clusters, clusters in a specimen of as many ions.
static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const blocks *b = user;
    block_sums sum = {0};
    (void)ctx;
    (void)worker;
    for (size_t i = 0; i < b->n; i++) {
        double w = (double)weight[i];
        sum.ions += w * b->sums[i].ions;
        sum.solute += w * b->sums[i].solute;
        sum.clustered += w * b->sums[i].clustered;
        sum.clusters += w * b->sums[i].clusters;
    }
    values[0] = sum.solute > 0 ? sum.clustered / sum.solute : 0;
    values[1] = sum.ions > 0 ? sum.clusters * b->ions / sum.ions : 0;
    return IA_OK;
}

// Volume of the box about the ions, nm^3.
static double box_of(const ia_cloud *cloud)
{
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};

    for (size_t i = 0; i < cloud->n; i++)
        for (size_t k = 0; k < 2; k++) {
            lo[k] = fmin(lo[k], (double)cloud->xyz[3 * i + k]);
            hi[k] = fmax(hi[k], (double)cloud->xyz[3 * i + k]);
        }
    return (hi[0] - lo[0]) * (hi[1] - lo[1]) * (cloud->z_most - cloud->z_least);
}

static void add_ions(const ia_solute_set *solute, size_t first,
                     const ia_clustering *clustering, const uint32_t *block,
                     block_sums *sums, uint64_t *met)
{
    const ia_cloud *cloud = solute->cloud;

    for (size_t i = 0; i < cloud->n; i++) {
        block_sums *sum = &sums[block[i]];
        sum->ions++;
        if (!solute->has[cloud->kind[i]])
            continue;
        sum->solute++;
        int32_t label = clustering->labels[cloud->row[i]];
        if (label < (int32_t)first)
            continue;
        sum->clustered++;
        sum->clusters += met[label]++ == clustering->clusters[label].solute_ions / 2;
    }
}

static ia_status sum_blocks(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                            const ia_clustering *clustering, blocks *out)
{
    const ia_cloud *cloud = solute->cloud;
    uint32_t *block = ia_array(ctx, cloud->n, sizeof *block);
    uint64_t *met = ia_array(ctx, clustering->n_clusters, sizeof *met);
    double volume = box_of(cloud);
    ia_status st = block && met ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK && volume > 0)
        st = ia_blocks_build(ctx, cloud->xyz, cloud->n, cbrt(volume / BLOCKS), block,
                             &out->n);
    if (st == IA_OK && !(out->sums = ia_array(ctx, out->n, sizeof *out->sums)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK && out->n > 0)
        add_ions(solute, first, clustering, block, out->sums, met);
    out->ions = (double)cloud->n;
    free(block);
    free(met);
    return st;
}

static ia_status measure_errors(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                                const ia_clustering *clustering, uint64_t seed,
                                ia_cluster_test *test)
{
    blocks b = {0};
    ia_bootstrap bootstrap = {0};
    ia_bootstrap_question question = {resample, &b, 2, "errors of clusters"};
    ia_bootstrap_params params = {RESAMPLES, seed, 0.95};
    ia_status st = sum_blocks(ctx, solute, first, clustering, &b);
    if (st == IA_OK && b.n >= LEAST_BLOCKS &&
        (st = ia_bootstrap_compute(ctx, &question, b.n, &params, &bootstrap)) == IA_OK) {
        test->sigma_effect = bootstrap.sd[0];
        test->sigma_n_clusters = bootstrap.sd[1];
    }
    ia_bootstrap_clear(&bootstrap);
    free(b.sums);
    return st;
}

ia_status ia_cluster_steady_compute(ia_ctx *ctx, const ia_solute_set *solute,
                                    const ia_cluster_params *params, size_t first,
                                    const ia_clustering *clustering,
                                    ia_cluster_test *test)
{
    ia_status st =
        params->divisions > 0 ? measure_parts(ctx, solute, params, test) : IA_OK;
    return st == IA_OK
               ? measure_errors(ctx, solute, first, clustering, params->seed, test)
               : st;
}
