// src/cluster/find_hdbscan.c: HDBSCAN as a way to find clusters: branches that are denser
// than those of chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/hdbscan.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 5, LEAST_SIZE = 2 };

static ia_hdbscan_params params_of(const ia_cluster_params *params, size_t size)
{
    ia_hdbscan_params p = ia_hdbscan_defaults();
    p.min_size = size > LEAST_SIZE ? size : LEAST_SIZE;
    p.min_samples = params->min_points > 0 ? params->min_points : SAMPLES;
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

const ia_finder ia_finder_hdbscan = {.name = "hdbscan",
                                     .title = "HDBSCAN",
                                     .by_density = true,
                                     .lay_out = ia_settings_lay_out_dense,
                                     .tally = tally,
                                     .group = group};
