// src/cluster/cloud.c: ranged ions with their positions, and which of them hold a solute.
// Uses the ranged ions of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"
#include "core/kind_list.h"
#include "spatial/ranged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status tally(ia_ctx *ctx, ia_cloud *cloud)
{
    if (!(cloud->counts = ia_array(ctx, cloud->n_kinds, sizeof *cloud->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        double z = (double)cloud->xyz[3 * i + 2];
        cloud->counts[cloud->kind[i]]++;
        cloud->z_least = fmin(cloud->z_least, z);
        cloud->z_most = fmax(cloud->z_most, z);
    }
    return IA_OK;
}

ia_status ia_cloud_sort(ia_ctx *ctx, ia_cloud *cloud)
{
    ia_ranged ranged = {
        .n = cloud->n, .xyz = cloud->xyz, .kind = cloud->kind, .row = cloud->row};
    ia_status st = ia_ranged_sort(ctx, &ranged);
    cloud->xyz = ranged.xyz;
    cloud->kind = ranged.kind;
    cloud->row = ranged.row;
    return st;
}

ia_status ia_cloud_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranges *ranges,
                         const ia_ranger *ranger, ia_cloud *out)
{
    ia_ranged ranged = {0};
    ia_status st;
    if ((st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK ||
        (st = ia_ranged_build(ctx, ions, ranger, &ranged)) != IA_OK)
        return st;
    if ((st = ia_ranged_need(ctx, &ranged)) != IA_OK) {
        ia_ranged_clear(&ranged);
        return st;
    }
    ia_cloud cloud = {.xyz = ranged.xyz,
                      .kind = ranged.kind,
                      .row = ranged.row,
                      .n = ranged.n,
                      .n_kinds = ranges->n_ions,
                      .n_ions = ions->n,
                      .z_least = INFINITY,
                      .z_most = -INFINITY};
    if ((st = tally(ctx, &cloud)) == IA_OK)
        *out = cloud;
    else
        ia_cloud_clear(&cloud);
    return st;
}

void ia_cloud_clear(ia_cloud *cloud)
{
    free(cloud->xyz);
    free(cloud->kind);
    free(cloud->row);
    free(cloud->counts);
    *cloud = (ia_cloud){0};
}

ia_status ia_solute_set_build(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const char *words, ia_solute_set *out)
{
    ia_solute_set solute = {.cloud = cloud};
    ia_kind_list kinds = {.n = 0};
    ia_status st;
    if (!(solute.has = ia_array(ctx, cloud->n_kinds, sizeof *solute.has)))
        return IA_ERR_MEMORY;
    st = ia_kind_list_read(ctx, "solute", words, ranges, &kinds);
    for (size_t k = 0; k < ranges->n_ions; k++)
        solute.has[k] = ia_kind_list_sum(&kinds, &ranges->ions[k]) > 0;
    for (size_t k = 0; k < cloud->n_kinds; k++)
        solute.n += solute.has[k] ? cloud->counts[k] : 0;
    if (st == IA_OK && solute.n == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion holds the solute '%s'", words);
    if (st == IA_OK)
        *out = solute;
    else
        free(solute.has);
    return st;
}

void ia_solute_set_clear(ia_solute_set *solute)
{
    free(solute->has);
    *solute = (ia_solute_set){0};
}
