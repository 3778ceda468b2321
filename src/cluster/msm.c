// src/cluster/msm.c: maximum separation: solute ions nearer than d_max are linked.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    ia_settings_distances(params, spacing, out);
    ia_settings_sizes(params, out);
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_linkage_grid grid = {s->d, s->n_d, s->n_min, s->n_n, NULL};
    uint64_t solutes[SETTINGS_MAX], clusters[SETTINGS_MAX];
    ia_status st = ia_linkage_count(ctx, xyz, n, &grid, solutes, clusters);
    for (size_t j = 0; st == IA_OK && j < s->n; j++) {
        out[j] = (double)clusters[j];
        out[s->n + j] = (double)solutes[j];
    }
    return st;
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    return ia_linkage_groups(ctx, task->xyz, task->n, task->test->d_max, task->group);
}

const ia_finder ia_finder_msm = {.name = "msm",
                                 .title = "maximum separation",
                                 .is_linking = true,
                                 .lay_out = lay_out,
                                 .tally = tally,
                                 .group = group};
