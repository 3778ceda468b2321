// src/cluster/plain.c: groups of all ions, whatever they are: positions without a solute.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ia_solute_is_all(const char *words)
{
    return strcmp(words, "all") == 0;
}

static void copy_ions(const ia_ions *ions, ia_cloud *cloud)
{
    float room[3 * IA_COLUMN_BLOCK];
    const ia_column *column = &ions->columns[IA_XYZ];
    for (size_t begin = 0; begin < ions->n; begin += IA_COLUMN_BLOCK) {
        size_t left = ions->n - begin,
               n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        const float *xyz = ia_column_rows(column, begin, n, room);
        memcpy(cloud->xyz + 3 * begin, xyz, 3 * n * sizeof *xyz);
    }
    for (size_t i = 0; i < ions->n; i++) {
        double z = (double)cloud->xyz[3 * i + 2];
        cloud->row[i] = (uint32_t)i;
        cloud->z_least = fmin(cloud->z_least, z);
        cloud->z_most = fmax(cloud->z_most, z);
    }
}

ia_status ia_cloud_build_all(ia_ctx *ctx, const ia_ions *ions, ia_cloud *out)
{
    ia_cloud cloud = {.n = ions->n,
                      .n_kinds = 1,
                      .n_ions = ions->n,
                      .z_least = INFINITY,
                      .z_most = -INFINITY};
    ia_status st = ia_ions_need(ctx, ions, IA_XYZ);
    if (st != IA_OK)
        return st;
    if (ions->n == 0 || ions->n >= IA_NO_GROUP)
        return ia_fail(ctx, IA_ERR_EMPTY, "%zu ions: 1 to %u were expected", ions->n,
                       IA_NO_GROUP - 1);
    if (!(cloud.xyz = ia_array(ctx, 3 * cloud.n, sizeof *cloud.xyz)) ||
        !(cloud.kind = ia_array(ctx, cloud.n, sizeof *cloud.kind)) ||
        !(cloud.row = ia_array(ctx, cloud.n, sizeof *cloud.row)) ||
        !(cloud.counts = ia_array(ctx, 1, sizeof *cloud.counts))) {
        ia_cloud_clear(&cloud);
        return IA_ERR_MEMORY;
    }
    cloud.counts[0] = cloud.n;
    copy_ions(ions, &cloud);
    *out = cloud;
    return IA_OK;
}

// There is no null to choose settings from.
static ia_status check_given(ia_ctx *ctx, const ia_cluster_params *p)
{
    const ia_finder *finder = ia_finder_of(p->method);
    bool is_given = !finder->is_linking || p->d_max > 0;
    is_given &= p->n_min > 0 || finder->has_points;
    is_given &= !finder->by_volume || p->cell_volume > 0;
    is_given &= p->min_points > 0 || !finder->needs_points;
    if (finder->needs_solvent)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "method %s compares a solute with the other ions: solute 'all' "
                       "leaves none",
                       finder->name);
    if (is_given)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_PARAM,
                   "solute 'all' has no shuffled labels to choose settings from: give %s",
                   finder->by_volume      ? "cell_volume and n_min"
                   : !finder->is_linking  ? "n_min"
                   : finder->has_points   ? "d_max and min_points"
                   : finder->needs_points ? "d_max, n_min and min_points"
                                          : "d_max and n_min");
}

static void fill_test(const ia_cloud *cloud, const ia_cluster_params *p,
                      ia_cluster_test *test)
{
    *test = (ia_cluster_test){.ions = cloud->n,
                              .tested_ions = cloud->n,
                              .d_max = p->d_max > 0 ? p->d_max : NAN,
                              .n_min = p->n_min,
                              .min_points = ia_finder_points(ia_finder_of(p->method), p),
                              .at_percent = 100};
    test->excess_ions = test->effect = test->p = test->p_holm = test->p_beside = NAN;
    test->p_local = test->expected_false_clusters = test->half_effect = NAN;
    test->half_difference = test->thinned_effect = test->thinned_sd = NAN;
    test->threshold = test->density = test->sigma_xy = NAN;
    test->cell_volume = p->cell_volume > 0 ? p->cell_volume : NAN;
    test->sigma_effect = test->sigma_n_clusters = NAN;
    snprintf(test->solute, sizeof test->solute, "all");
    snprintf(test->reason, sizeof test->reason,
             "every ion is taken: there are no labels to shuffle");
}

ia_status ia_clustering_plain(ia_ctx *ctx, const ia_cloud *cloud,
                              const ia_cluster_params *params, ia_clustering *out)
{
    bool has = true;
    ia_solute_set solute = {cloud, &has, cloud->n};
    const ia_finder *finder = ia_finder_of(params->method);
    ia_status st = check_given(ctx, params);
    if (st != IA_OK)
        return st;
    uint64_t *near = ia_array(ctx, ia_select_words(cloud->n), sizeof *near);
    out->tests = ia_array(ctx, 1, sizeof *out->tests);
    if (!near || !out->tests) {
        free(near);
        return IA_ERR_MEMORY;
    }
    out->n_tests = 1;
    fill_test(cloud, params, out->tests);
    const ia_cluster_find find = {&solute, params, 0};
    st = ia_clusters_find(ctx, &find, near, out);
    if (st == IA_OK && finder->trace)
        st = finder->trace(ctx, &find, out);
    out->tests[0].n_clusters = out->n_clusters;
    for (size_t c = 0; c < out->n_clusters; c++)
        out->clusters[c].solute_percent = 100;
    snprintf(out->verdict, sizeof out->verdict,
             "%zu group%s of all ions with the settings given, without a test: there are "
             "no labels to shuffle",
             out->n_clusters, out->n_clusters == 1 ? "" : "s");
    free(near);
    return st;
}
