// src/cluster/finder.c: the ways to find clusters, and what those that link share.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <stdlib.h>
#include <string.h>

// In the order of the words of the parameter `method`.
static const ia_finder *const finders[] = {
    &ia_finder_scan,    &ia_finder_msm,       &ia_finder_core,   &ia_finder_dbscan,
    &ia_finder_scan,    &ia_finder_hdbscan,   &ia_finder_optics, &ia_finder_gmm,
    &ia_finder_voronoi, &ia_finder_isosurface};

const ia_finder *ia_finder_of(int method)
{
    return finders[method];
}

size_t ia_finder_points(const ia_finder *finder, const ia_cluster_params *params)
{
    if (finder->points)
        return finder->points(params);
    return finder->needs_points ? params->min_points : 0;
}

bool ia_cluster_has_probability(int method)
{
    return finders[method]->has_probability;
}

ia_status ia_settings_prepare(ia_ctx *ctx, const struct ia_sample *sample,
                              ia_settings *settings)
{
    const ia_finder *finder = settings->finder;
    return finder->prepare ? finder->prepare(ctx, sample, settings) : IA_OK;
}

void ia_settings_release(ia_settings *settings)
{
    if (settings->finder && settings->finder->release)
        settings->finder->release(settings);
}

// (n_groups, n_d + 1) members by the number of densities that they reach; sizes last.
static uint32_t *count_dense(ia_ctx *ctx, const ia_dense *groups, const double *d,
                             size_t n_d)
{
    size_t width = n_d + 1;
    uint32_t *counts = ia_array(ctx, groups->n_groups * width, sizeof *counts);
    for (size_t i = 0; counts && i < groups->n; i++) {
        if (groups->group[i] < 0)
            continue;
        uint32_t *own = counts + (size_t)groups->group[i] * width;
        own[n_d]++;
        for (size_t j = 0; j < n_d && (double)groups->density[i] >= d[j]; j++)
            own[j]++;
    }
    return counts;
}

ia_status ia_settings_tally_dense(ia_ctx *ctx, const ia_settings *s,
                                  const ia_dense *groups, size_t number, double *tally)
{
    uint32_t *counts = count_dense(ctx, groups, s->d, s->n_d);
    for (size_t g = 0; counts && g < groups->n_groups; g++) {
        const uint32_t *own = counts + g * (s->n_d + 1);
        for (size_t j = 0; j < s->n_d && 2 * own[j] >= own[s->n_d]; j++) {
            tally[j * s->n_n + number]++;
            tally[s->n + j * s->n_n + number] += own[s->n_d];
        }
    }
    free(counts);
    return counts ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_dense_group(ia_ctx *ctx, const ia_dense *groups, double density,
                         uint32_t *group)
{
    uint32_t *first = ia_array(ctx, groups->n_groups, sizeof *first);
    uint32_t *counts = count_dense(ctx, groups, &density, 1);
    ia_status st = first && counts ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        memset(first, 0xff, groups->n_groups * sizeof *first); // IA_NO_GROUP
        for (size_t i = groups->n; i-- > 0;)
            if (groups->group[i] >= 0)
                first[groups->group[i]] = (uint32_t)i;
        for (size_t g = 0; g < groups->n_groups; g++)
            if (2 * counts[2 * g] < counts[2 * g + 1])
                first[g] = IA_NO_GROUP;
        for (size_t i = 0; i < groups->n; i++)
            group[i] = groups->group[i] < 0 ? IA_NO_GROUP : first[groups->group[i]];
    }
    free(counts);
    free(first);
    return st;
}

ia_status ia_solute_points(ia_ctx *ctx, const ia_solute_set *solute, float **xyz,
                           uint32_t **row)
{
    const ia_cloud *cloud = solute->cloud;
    size_t n = solute->n, at = 0;
    *xyz = ia_array(ctx, 3 * n, sizeof **xyz);
    *row = ia_array(ctx, n, sizeof **row);
    for (size_t i = 0; *xyz && *row && i < cloud->n; i++) {
        if (!solute->has[cloud->kind[i]])
            continue;
        memcpy(*xyz + 3 * at, cloud->xyz + 3 * i, 3 * sizeof **xyz);
        (*row)[at++] = cloud->row[i];
    }
    return *xyz && *row ? IA_OK : IA_ERR_MEMORY;
}
