// src/cluster/describe.c: number, place, size and content of clusters from their labels.
// Uses the extent of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"

#include <ionatlas/edge.h>
#include <ionatlas/extent.h>
#include <math.h>
#include <stdlib.h>

enum { FAIR = 200 }; // ions that a volume is expected of

static void count(const ia_solute_set *solute, const int32_t *labels, size_t first,
                  ia_cluster *clusters)
{
    const ia_cloud *cloud = solute->cloud;
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t label = labels[cloud->row[i]];
        if (label < (int32_t)first)
            continue;
        ia_cluster *c = &clusters[label];
        c->ions++;
        c->kinds[cloud->kind[i]]++;
        if (!solute->has[cloud->kind[i]])
            continue;
        c->solute_ions++;
        for (size_t k = 0; k < 3; k++)
            c->centre[k] += (double)cloud->xyz[3 * i + k];
    }
}

static void measure(const ia_solute_set *solute, const int32_t *labels, size_t first,
                    size_t n, ia_cluster *clusters)
{
    const ia_cloud *cloud = solute->cloud;
    for (size_t c = first; c < n; c++)
        for (size_t k = 0; k < 3; k++)
            clusters[c].centre[k] /= (double)clusters[c].solute_ions;
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t label = labels[cloud->row[i]];
        if (label < (int32_t)first || !solute->has[cloud->kind[i]])
            continue;
        double r2 = 0;
        for (size_t k = 0; k < 3; k++) {
            double d = (double)cloud->xyz[3 * i + k] - clusters[label].centre[k];
            r2 += d * d;
        }
        clusters[label].gyration += r2;
        clusters[label].sigma_gyration += r2 * r2;
    }
    // The mean of r^2 has the variance (<r^4> - <r^2>^2)/n.
    for (size_t c = first; c < n; c++) {
        double ions = (double)clusters[c].solute_ions, r2 = clusters[c].gyration / ions;
        double variance = (clusters[c].sigma_gyration / ions - r2 * r2) / ions;
        clusters[c].gyration = sqrt(r2);
        clusters[c].sigma_gyration = sqrt(fmax(0, variance)) / (2 * clusters[c].gyration);
        if (isnan(clusters[c].radius)) {
            clusters[c].radius = sqrt(5.0 / 3) * clusters[c].gyration;
            clusters[c].sigma_radius = sqrt(5.0 / 3) * clusters[c].sigma_gyration;
        }
    }
}

typedef struct {
    uint64_t solute_ions;
    size_t cluster;
} rank;

static int compare(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    if (x->solute_ions != y->solute_ions)
        return x->solute_ions > y->solute_ions ? -1 : 1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

// Largest first; equal ones in the order of their first ion.
static ia_status sort(ia_ctx *ctx, size_t first, ia_clustering *out)
{
    size_t n = out->n_clusters - first;
    rank *ranks = ia_array(ctx, n, sizeof *ranks);
    ia_cluster *sorted = ia_array(ctx, n, sizeof *sorted);
    int32_t *place = ia_array(ctx, n, sizeof *place);
    ia_status st = ranks && sorted && place ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        ranks[i] = (rank){out->clusters[first + i].solute_ions, i};
    qsort(ranks, n, sizeof *ranks, compare);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = out->clusters[first + ranks[i].cluster];
        place[ranks[i].cluster] = (int32_t)(first + i);
    }
    for (size_t i = 0; i < n; i++)
        out->clusters[first + i] = sorted[i];
    for (size_t i = 0; i < out->n_ions; i++)
        if (out->labels[i] >= (int32_t)first)
            out->labels[i] = place[(size_t)out->labels[i] - first];
done:
    free(place);
    free(sorted);
    free(ranks);
    return st;
}

ia_status ia_clusters_describe(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                               ia_clustering *out)
{
    count(solute, out->labels, first, out->clusters);
    measure(solute, out->labels, first, out->n_clusters, out->clusters);
    ia_status st = ia_clusters_shape(ctx, solute, first, out);
    if (st != IA_OK)
        return st;
    return sort(ctx, first, out);
}

ia_status ia_clusters_place(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                            ia_clustering *out)
{
    ia_points points = {cloud->xyz, cloud->n};
    ia_extent extent = {0};
    ia_status st = ia_volume_measure(ctx, &points, &out->volume);
    if (st == IA_OK)
        st = ia_extent_build(ctx, &points, &extent);
    if (st != IA_OK)
        return st;
    if (!isfinite(out->volume) && cloud->n >= FAIR)
        ia_warn(
            ctx,
            "the volume of the specimen could not be measured (no thickness, or parts "
            "far apart): no number density is told, and clusters count as cut by the "
            "surface; --region takes one part");
    st = ia_clusters_at_edge(ctx, cloud, ranges, &extent, out);
    ia_extent_clear(&extent);
    return st == IA_OK ? ia_clusters_apart(ctx, out) : st;
}
