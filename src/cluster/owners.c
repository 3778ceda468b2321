// src/cluster/owners.c: clusters from which ion is whose.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/owners.h"

#include <stdlib.h>

static float chance_of(const ia_owners *owners, size_t i)
{
    return owners->belongs ? owners->belongs[i] : 1;
}

// Objects with n_min solute ions or more of their own, numbered; -1 for the others and
// for those that are clusters of another solute already.
static size_t number_objects(const ia_solute_set *solute, const ia_owners *owners,
                             size_t n_min, uint32_t *size, int32_t *number,
                             ia_clustering *out)
{
    const ia_cloud *cloud = solute->cloud;
    uint32_t *taken = size + owners->n;
    size_t n = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t owner = owners->owner[i];
        if (owner < 0 || chance_of(owners, i) < 0.5f || !solute->has[cloud->kind[i]])
            continue;
        size[owner]++;
        taken[owner] += out->labels[cloud->row[i]] >= 0;
    }
    for (size_t o = 0; o < owners->n; o++) {
        bool is_large = size[o] > 0 && size[o] >= n_min;
        bool is_same = is_large && 2 * (uint64_t)taken[o] > size[o];
        out->n_same += is_same;
        number[o] = is_large && !is_same ? (int32_t)n++ : -1;
    }
    return n;
}

static void label_ions(const ia_cloud *cloud, const ia_owners *owners,
                       const int32_t *number, size_t first, ia_clustering *out)
{
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t owner = owners->owner[i];
        size_t row = cloud->row[i];
        if (owner < 0 || number[owner] < 0 || out->labels[row] >= 0)
            continue;
        float chance = chance_of(owners, i);
        if (out->has_probability && chance > out->probability[row])
            out->probability[row] = chance;
        if (chance >= 0.5f)
            out->labels[row] = (int32_t)first + number[owner];
    }
}

ia_status ia_owners_append(ia_ctx *ctx, const ia_cluster_find *find,
                           const ia_owners *owners, int32_t *number, ia_clustering *out)
{
    const ia_solute_set *solute = find->solute;
    size_t first = out->n_clusters, n_min = out->tests[find->test].n_min;
    uint32_t *size = ia_array(ctx, 2 * owners->n, sizeof *size);
    if (!size)
        return IA_ERR_MEMORY;
    size_t n = number_objects(solute, owners, n_min, size, number, out);
    ia_status st = ia_clusters_append(ctx, n, solute->cloud->n_kinds, find->test, out);
    if (st == IA_OK)
        label_ions(solute->cloud, owners, number, first, out);
    free(size);
    return st;
}
