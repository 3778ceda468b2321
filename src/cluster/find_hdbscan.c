// src/cluster/find_hdbscan.c: HDBSCAN as a way to find clusters: branches that are denser
// than those of chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/hdbscan.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 5, LEAST_SIZE = 2 };

static size_t samples_of(const ia_cluster_params *params)
{
    return params->min_points > 0 ? params->min_points : SAMPLES;
}

static ia_hdbscan_params params_of(const ia_cluster_params *params, size_t size)
{
    ia_hdbscan_params p = ia_hdbscan_defaults();
    p.min_size = size > LEAST_SIZE ? size : LEAST_SIZE;
    p.min_samples = samples_of(params);
    return p;
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_points points = {xyz, n};
    ia_status st = IA_OK;
    memset(out, 0, 2 * s->n * sizeof *out);
    for (size_t number = 0; st == IA_OK && number < s->n_n; number++) {
        ia_hdbscan_params p = params_of(s->params, s->n_min[number]);
        ia_hdbscan h = {0};
        st = ia_hdbscan_compute(ctx, &points, &p, &h);
        ia_dense dense = {h.label, h.density, h.n, h.n_clusters};
        if (st == IA_OK)
            st = ia_settings_tally_dense(ctx, s, &dense, number, out);
        ia_hdbscan_clear(&h);
    }
    return st;
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    ia_points points = {task->xyz, task->n};
    ia_hdbscan_params p = params_of(task->params, task->test->n_min);
    double least = isfinite(task->test->density) ? task->test->density : 0;
    ia_hdbscan h = {0};
    ia_status st = ia_hdbscan_compute(ctx, &points, &p, &h);
    if (st == IA_OK)
        st = ia_dense_group(ctx, &(ia_dense){h.label, h.density, h.n, h.n_clusters},
                            least, task->group);
    ia_hdbscan_clear(&h);
    return st;
}

// The cluster that most points of each selected branch are in; -1 for none.
static ia_status elect(ia_ctx *ctx, const ia_hdbscan *h, const uint32_t *row,
                       const int32_t *labels, int32_t **out)
{
    int32_t *elected = ia_array(ctx, h->n_clusters, sizeof *elected);
    size_t *votes = ia_array(ctx, h->n_clusters, sizeof *votes);
    for (size_t i = 0; elected && votes && i < h->n; i++) {
        int32_t own = h->label[i];
        if (own < 0)
            continue;
        if (votes[own] == 0)
            elected[own] = labels[row[i]];
        // Boyer and Moore: what more than half are outlives all others.
        votes[own] += elected[own] == labels[row[i]] ? (size_t)1 : (size_t)-1;
    }
    ia_status st = elected && votes ? IA_OK : IA_ERR_MEMORY;
    free(votes);
    *out = elected;
    return st;
}

static ia_status make_tree(ia_ctx *ctx, const ia_hdbscan *h, ia_condensed_tree *tree)
{
    if (!(tree->branches = ia_array(ctx, h->n_branches, sizeof *tree->branches)) ||
        !(tree->branch = ia_array(ctx, h->n, sizeof *tree->branch)) ||
        !(tree->density = ia_array(ctx, h->n, sizeof *tree->density)))
        return IA_ERR_MEMORY;
    tree->n = h->n;
    tree->n_branches = h->n_branches;
    memcpy(tree->branch, h->branch, h->n * sizeof *tree->branch);
    memcpy(tree->density, h->density, h->n * sizeof *tree->density);
    return IA_OK;
}

static ia_status trace(ia_ctx *ctx, const ia_cluster_find *find, ia_clustering *out)
{
    ia_hdbscan_params p = params_of(find->params, out->tests[find->test].n_min);
    ia_condensed_tree *tree = &out->condensed_tree;
    float *xyz = NULL;
    int32_t *cluster = NULL;
    ia_hdbscan h = {0};
    if (tree->n > 0) // of another solute
        return IA_OK;
    ia_status st = ia_solute_points(ctx, find->solute, &xyz, &tree->ion);
    ia_points points = {xyz, find->solute->n};
    if (st != IA_OK || (st = ia_hdbscan_compute(ctx, &points, &p, &h)) != IA_OK ||
        (st = elect(ctx, &h, tree->ion, out->labels, &cluster)) != IA_OK ||
        (st = make_tree(ctx, &h, tree)) != IA_OK)
        goto done;
    for (size_t b = 0; b < h.n_branches; b++) {
        const ia_hdbscan_branch *own = &h.branches[b];
        int32_t label = own->label < 0 ? -1 : cluster[own->label];
        bool is_own = label >= 0 && out->clusters[label].test == find->test;
        tree->branches[b] = (ia_condensed_branch){own->parent, own->size, own->birth,
                                                  own->stability, is_own ? label : -1};
    }
done:
    ia_hdbscan_clear(&h);
    free(cluster);
    free(xyz);
    return st;
}

const ia_finder ia_finder_hdbscan = {.name = "hdbscan",
                                     .title = "HDBSCAN",
                                     .by_density = true,
                                     .points = samples_of,
                                     .lay_out = ia_settings_lay_out_dense,
                                     .tally = tally,
                                     .group = group,
                                     .trace = trace};
