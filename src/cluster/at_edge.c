// src/cluster/at_edge.c: which clusters the specimen's surface may cut, and how many
// there are per volume. Uses the distances to a mesh of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"
#include "spatial/mesh_distance.h"

#include <ionatlas/edge.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The surface of so many ions is found: of more, of every so many-th.
enum { SURFACE_IONS = 1000000 };

static ia_status find_surface(ia_ctx *ctx, const ia_cloud *cloud, ia_edge *out)
{
    size_t step = cloud->n / SURFACE_IONS + 1, n = (cloud->n + step - 1) / step;
    ia_edge_params params = {.most = 0.01}; // distances of these ions are not asked for
    float *xyz = step > 1 ? ia_array(ctx, 3 * n, sizeof *xyz) : NULL;
    if (step > 1 && !xyz)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n && step > 1; i++)
        memcpy(xyz + 3 * i, cloud->xyz + 3 * i * step, 3 * sizeof *xyz);
    ia_points points = {step > 1 ? xyz : cloud->xyz, n};
    ia_status st = ia_edge_compute(ctx, &points, &params, out);
    free(xyz);
    return st;
}

// Ions that a cluster lost lie as far beyond the surface as its solute ions lie from each
// other, or nearer: one mean spacing, of all ions at least.
static double reach_of(const ia_clustering *c, const ia_cluster *cluster)
{
    const double *s = cluster->semi_axes;
    double own = 4 * 3.14159265358979323846 / 3 * s[0] * s[1] * s[2];
    double all = c->volume / (double)c->ranged;
    return cbrt(fmax(own / (double)cluster->solute_ions, all));
}

// (n_tests, n_kinds) whether a kind holds the solute of a test that has clusters.
static ia_status list_kinds(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                            const ia_clustering *c, bool **out)
{
    bool *has = ia_array(ctx, c->n_tests * cloud->n_kinds, sizeof *has);
    ia_status st = has ? IA_OK : IA_ERR_MEMORY;
    for (size_t t = 0; t < c->n_tests && st == IA_OK; t++) {
        ia_solute_set solute = {0};
        if (c->tests[t].n_clusters == 0)
            continue;
        if (ia_solute_is_all(c->tests[t].solute))
            memset(has + t * cloud->n_kinds, true, cloud->n_kinds * sizeof *has);
        else if ((st = ia_solute_set_build(ctx, cloud, ranges, c->tests[t].solute,
                                           &solute)) == IA_OK)
            memcpy(has + t * cloud->n_kinds, solute.has, cloud->n_kinds * sizeof *has);
        ia_solute_set_clear(&solute);
    }
    *out = has;
    return st;
}

// Solute ions of clusters, and the cluster of each.
typedef struct {
    float *xyz; // (n, 3) nm
    int32_t *cluster;
    float *depth; // (n) nm
    size_t n;
} members;

static ia_status gather(ia_ctx *ctx, const ia_cloud *cloud, const ia_clustering *c,
                        const bool *has, members *m)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_clusters; i++)
        n += c->clusters[i].solute_ions;
    if (!(m->xyz = ia_array(ctx, 3 * n, sizeof *m->xyz)) ||
        !(m->cluster = ia_array(ctx, n, sizeof *m->cluster)) ||
        !(m->depth = ia_array(ctx, n, sizeof *m->depth)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t label = c->labels[cloud->row[i]];
        if (label < 0 ||
            !has[c->clusters[label].test * cloud->n_kinds + cloud->kind[i]] || m->n == n)
            continue;
        memcpy(m->xyz + 3 * m->n, cloud->xyz + 3 * i, 3 * sizeof *m->xyz);
        m->cluster[m->n++] = label;
    }
    return IA_OK;
}

// How deep the centre of a cluster must lie so that nothing of it can be cut: its
// farthest solute ion and a reach beyond.
static void measure_reach(const members *m, const ia_clustering *c, double *reach)
{
    for (size_t i = 0; i < m->n; i++) {
        const double *centre = c->clusters[m->cluster[i]].centre;
        double r2 = 0;
        for (size_t k = 0; k < 3; k++)
            r2 += pow((double)m->xyz[3 * i + k] - centre[k], 2);
        reach[m->cluster[i]] = fmax(reach[m->cluster[i]], sqrt(r2));
    }
    for (size_t i = 0; i < c->n_clusters; i++)
        reach[i] += reach_of(c, &c->clusters[i]);
}

// Those with a solute ion within their reach of the surface, or outside of it; then the
// number of all.
static ia_status measure(ia_ctx *ctx, const ia_mesh *mesh, const members *m,
                         ia_clusters_within *in, ia_clustering *out)
{
    ia_mesh_index *index = NULL;
    double most = 0, *reach = ia_array(ctx, out->n_clusters, sizeof *reach);
    if (!reach)
        return IA_ERR_MEMORY;
    measure_reach(m, out, reach);
    for (size_t c = 0; c < out->n_clusters; c++)
        most = fmax(most, reach[c]);
    ia_status st = ia_mesh_index_build(ctx, mesh, most, &index);
    if (st == IA_OK)
        st = ia_mesh_distances(ctx, index, m->xyz, m->n, m->depth);
    for (size_t i = 0; i < m->n && st == IA_OK; i++) {
        ia_cluster *cluster = &out->clusters[m->cluster[i]];
        if ((double)m->depth[i] < reach_of(out, cluster)) // false where it is far: NAN
            cluster->at_edge = true;
    }
    in->index = index;
    if (st == IA_OK)
        st = ia_clusters_number(ctx, in, reach, out);
    ia_mesh_index_free(index);
    free(reach);
    return st;
}

// Without a surface every cluster may be cut.
ia_status ia_clusters_at_edge(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const ia_extent *extent, ia_clustering *out)
{
    ia_clusters_within within = {cloud, extent, NULL};
    bool *has = NULL;
    ia_edge edge = {0};
    members m = {0};
    ia_status st = IA_OK;
    if (out->n_clusters == 0)
        return IA_OK;
    if (isfinite(out->volume) && (st = find_surface(ctx, cloud, &edge)) != IA_OK)
        goto done;
    for (size_t c = 0; c < out->n_clusters; c++)
        out->clusters[c].at_edge = edge.mesh.n_triangles == 0;
    if (edge.mesh.n_triangles == 0 ||
        (st = list_kinds(ctx, cloud, ranges, out, &has)) != IA_OK ||
        (st = gather(ctx, cloud, out, has, &m)) != IA_OK)
        goto done;
    st = measure(ctx, &edge.mesh, &m, &within, out);
done:
    ia_edge_clear(&edge);
    free(has);
    free(m.xyz);
    free(m.cluster);
    free(m.depth);
    return st;
}
