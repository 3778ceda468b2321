// src/cluster/number.c: clusters per volume from those that the surface does not reach.
// Uses the extent and the distances to a mesh of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"
#include "spatial/mesh_distance.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLE = 50000 }; // ions that the volume below a depth is measured by

// An ion and the volume that it stands for.
typedef struct {
    float depth; // nm; NAN: deeper than any reach
    double volume;
} place;

static int rise(const void *a, const void *b)
{
    const place *x = a, *y = b;
    float p = isnan(x->depth) ? INFINITY : x->depth;
    float q = isnan(y->depth) ? INFINITY : y->depth;
    return (p > q) - (p < q);
}

// The share of its cube that lies inside over its ions: where they are dense each stands
// for less. Parts too far apart for cubes: all alike.
static double volume_of(const ia_extent *e, const float *fill, const float *xyz)
{
    size_t at = 0;
    if (!isfinite(e->volume))
        return 1;
    for (size_t k = 3; k-- > 0;) {
        double cube = floor(((double)xyz[k] - e->origin[k]) / e->edge);
        if (!(cube >= 0 && cube < (double)e->size[k]))
            return 0;
        at = at * (size_t)e->size[k] + (size_t)cube;
    }
    return e->counts[at] > 0 ? (double)fill[at] / e->counts[at] : 0;
}

// Every so many-th ion, from the surface inwards; `volume` sums up from the deepest on,
// in parts of the whole.
static ia_status sound(ia_ctx *ctx, const ia_clusters_within *in, place **out, size_t *n)
{
    const ia_cloud *cloud = in->cloud;
    const ia_extent *e = in->extent;
    size_t step = cloud->n / SAMPLE + 1;
    *n = (cloud->n + step - 1) / step;
    float *fill = ia_array(
        ctx, (size_t)e->size[0] * (size_t)e->size[1] * (size_t)e->size[2], sizeof *fill);
    float *xyz = ia_array(ctx, 3 * *n, sizeof *xyz),
          *depth = ia_array(ctx, *n, sizeof *depth);
    place *places = ia_array(ctx, *n, sizeof *places);
    ia_status st = fill && xyz && depth && places ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * *n && st == IA_OK; i++)
        xyz[i] = cloud->xyz[3 * (i / 3) * step + i % 3];
    if (st == IA_OK &&
        (st = ia_mesh_distances(ctx, in->index, xyz, *n, depth)) == IA_OK) {
        double deeper = 0;
        ia_extent_fill(e, fill);
        for (size_t i = 0; i < *n; i++)
            places[i] = (place){depth[i], volume_of(e, fill, xyz + 3 * i)};
        qsort(places, *n, sizeof *places, rise);
        for (size_t i = *n; i-- > 0;)
            places[i].volume = deeper += places[i].volume;
        for (size_t i = *n; i-- > 0 && deeper > 0;)
            places[i].volume /= deeper;
        *out = places;
        places = NULL;
    }
    free(fill);
    free(xyz);
    free(depth);
    free(places);
    return st;
}

// Share of the volume that lies deeper than a reach.
static double share_below(const place *places, size_t n, double reach)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if ((double)places[middle].depth <= reach)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < n ? places[lo].volume : 0;
}

ia_status ia_clusters_number(ia_ctx *ctx, const ia_clusters_within *in,
                             const double *reach, ia_clustering *out)
{
    size_t n = 0;
    place *places = NULL;
    float *xyz = ia_array(ctx, 3 * out->n_clusters, sizeof *xyz);
    float *depth = ia_array(ctx, out->n_clusters, sizeof *depth);
    ia_status st = xyz && depth ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * out->n_clusters && st == IA_OK; i++)
        xyz[i] = (float)out->clusters[i / 3].centre[i % 3];
    if (st == IA_OK &&
        (st = ia_mesh_distances(ctx, in->index, xyz, out->n_clusters, depth)) == IA_OK)
        st = sound(ctx, in, &places, &n);
    for (size_t c = 0; c < out->n_clusters && st == IA_OK; c++) {
        double share = share_below(places, n, reach[c]);
        if ((double)depth[c] <= reach[c] || !(share > 0)) // false where it is deep: NAN
            continue;
        double density = 1 / (share * out->volume);
        out->n_clear++;
        out->density += density;
        out->sigma_density += density * density;
    }
    out->sigma_density = sqrt(out->sigma_density);
    free(xyz);
    free(depth);
    free(places);
    return st;
}

double ia_clustering_density(const ia_clustering *c)
{
    if (!ia_clustering_is_tested(c))
        return NAN;
    if (c->n_clusters == 0)
        return 0 / c->volume;
    return c->n_clear > 0 ? 1e27 * c->density : NAN;
}
