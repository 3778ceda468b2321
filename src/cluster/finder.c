// src/cluster/finder.c: the ways to find clusters, and what those that link share.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/neighbours.h>
#include <stdlib.h>
#include <string.h>

// In the order of the words of the parameter `method`.
static const ia_finder *const finders[] = {
    &ia_finder_scan, &ia_finder_msm, &ia_finder_core, &ia_finder_dbscan, &ia_finder_scan};

const ia_finder *ia_finder_of(int method)
{
    return finders[method];
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

bool ia_core_distances(ia_ctx *ctx, const float *xyz, size_t n, size_t k, float *core)
{
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    ia_knn knn = {0};
    memset(core, 0, n * sizeof *core);
    if (k == 0 || n == 0)
        return true;
    bool is_done = ia_index_build(ctx, &points, NULL, &index) == IA_OK &&
                   ia_knn_compute(ctx, index, &points, &(ia_knn_request){k, true, false},
                                  &knn) == IA_OK;
    for (size_t i = 0; is_done && i < n; i++)
        core[i] = knn.distance[i * k + k - 1];
    ia_knn_clear(&knn);
    ia_index_free(index);
    return is_done;
}
