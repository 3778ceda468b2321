// src/cluster/core_linkage.c: core linkage: solute ions with k others within d_max are
// cores, and cores are linked.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cores.h"
#include "cluster/finder.h"
#include "cluster/linkage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 16 };

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    static const size_t neighbours[SETTING_POINTS] = {2, 4, 8};
    ia_settings_distances(params, spacing, out);
    ia_settings_sizes(params, out);
    // Every other distance: the neighbours are tried too.
    for (size_t j = 0; out->n_d > 1 && j < STEPS; j++)
        out->d[j] = out->reach * (0.25 + 0.75 * (double)(j + 1) / STEPS);
    out->n_d = out->n_d > 1 ? STEPS : 1;
    out->n_k = params->min_points > 0 ? 1 : SETTING_POINTS;
    memcpy(out->k, neighbours, sizeof neighbours);
    if (params->min_points > 0)
        out->k[0] = params->min_points;
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    uint64_t solutes[SETTINGS_MAX], clusters[SETTINGS_MAX];
    size_t part = s->n_d * s->n_n;
    ia_points points = {xyz, n};
    ia_near_list near = {0};
    float *core = ia_array(ctx, n, sizeof *core);
    ia_status st =
        core ? ia_near_list_build(ctx, &points, s->reach, &near) : IA_ERR_MEMORY;
    for (size_t k = 0; st == IA_OK && k < s->n_k; k++) {
        ia_linkage_grid grid = {s->d, s->n_d, s->n_min, s->n_n, core};
        ia_near_list_core(&near, s->k[k], core);
        st = ia_linkage_tally(ctx, &near, &grid, solutes + k * part, clusters + k * part);
    }
    for (size_t j = 0; st == IA_OK && j < s->n; j++) {
        out[j] = (double)clusters[j];
        out[s->n + j] = (double)solutes[j];
    }
    ia_near_list_clear(&near);
    free(core);
    return st;
}

// Links of cores alone: the others come in by the envelope.
static ia_status link_cores(ia_ctx *ctx, const ia_group_task *task, const float *core)
{
    double d = task->test->d_max;
    size_t n_cores = 0;
    float *xyz = ia_array(ctx, 3 * task->n, sizeof *xyz);
    uint32_t *point = ia_array(ctx, task->n, sizeof *point);
    uint32_t *group = ia_array(ctx, task->n, sizeof *group);
    ia_status st = xyz && point && group ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < task->n; i++) {
        task->group[i] = IA_NO_GROUP;
        if (!((double)core[i] < d))
            continue;
        memcpy(xyz + 3 * n_cores, task->xyz + 3 * i, 3 * sizeof *xyz);
        point[n_cores++] = (uint32_t)i;
    }
    if (st == IA_OK && n_cores > 0)
        st = ia_linkage_groups(ctx, xyz, n_cores, d, group);
    for (size_t i = 0; st == IA_OK && i < n_cores; i++)
        task->group[point[i]] = point[group[i]];
    free(group);
    free(point);
    free(xyz);
    return st;
}

static ia_status find_groups(ia_ctx *ctx, const ia_group_task *task)
{
    ia_cores cores = {.k = task->test->min_points};
    ia_points points = {task->xyz, task->n};
    ia_status st = IA_OK;
    if (!(cores.core = ia_array(ctx, task->n, sizeof *cores.core)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < task->n; i++)
        cores.core[i] = INFINITY; // too few others
    if (task->n > cores.k)
        st = ia_cores_find(ctx, &points, &cores);
    if (st == IA_OK)
        st = link_cores(ctx, task, cores.core);
    free(cores.core);
    return st;
}

const ia_finder ia_finder_core = {.name = "core",
                                  .title = "core linkage",
                                  .is_linking = true,
                                  .takes_narrowest = true,
                                  .needs_points = true,
                                  .lay_out = lay_out,
                                  .tally = tally,
                                  .group = find_groups};
