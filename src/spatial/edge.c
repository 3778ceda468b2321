// src/spatial/edge.c: the surface of the specimen, and how deep below it each ion lies.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/edge.h>

#include "spatial/closing.h"
#include "spatial/mesh_distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_edge_params, most, "nm", 5, 0.01, 1000,
             "distances are told up to this"),
};
const ia_method ia_edge_method =
    IA_METHOD("edge", "Surface of the specimen", ia_edge_params, fields);

ia_edge_params ia_edge_defaults(void)
{
    ia_edge_params params;
    ia_method_defaults(&ia_edge_method, &params);
    return params;
}

// Volume by the sum of tetrahedra to the first vertex, area by that of triangles.
static void measure(ia_edge *e)
{
    const ia_mesh *m = &e->mesh;
    const float *from = m->xyz;
    double volume = 0, area = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double side[3][3], cross[3];
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                side[c][k] = (double)m->xyz[3 * m->triangles[3 * t + c] + k] - from[k];
        for (size_t k = 0; k < 3; k++) {
            size_t i = (k + 1) % 3, j = (k + 2) % 3;
            cross[k] = (side[1][i] - side[0][i]) * (side[2][j] - side[0][j]) -
                       (side[1][j] - side[0][j]) * (side[2][i] - side[0][i]);
            volume += side[0][k] * cross[k] / 6;
        }
        area +=
            0.5 * sqrt(cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]);
    }
    e->volume = m->n_triangles > 0 ? volume : NAN;
    e->area = area;
}

static bool is_finite(const float *xyz)
{
    return isfinite(xyz[0]) && isfinite(xyz[1]) && isfinite(xyz[2]);
}

// What is farther than `most` is inside where its cube is more than half full.
static void fill_far(const ia_points *points, const ia_extent *extent, ia_edge *out)
{
    for (size_t i = 0; i < out->n; i++) {
        const float *at = points->xyz + 3 * i;
        float most = (float)out->most, *d = &out->distance[i];
        if (!is_finite(at))
            *d = NAN;
        else if (isnan(*d))
            *d = ia_extent_is_inside(extent, at) ? most : -most;
        else
            *d = *d < -most ? -most : *d > most ? most : *d;
    }
}

static ia_status find_distances(ia_ctx *ctx, const ia_points *points,
                                const ia_extent *extent, ia_edge *out)
{
    ia_mesh_index *index = NULL;
    ia_status st = ia_mesh_index_build(ctx, &out->mesh, out->most, &index);
    if (st == IA_OK &&
        (st = ia_mesh_distances(ctx, index, points->xyz, out->n, out->distance)) == IA_OK)
        fill_far(points, extent, out);
    ia_mesh_index_free(index);
    return st;
}

static ia_status find(ia_ctx *ctx, const ia_points *points, ia_edge *out)
{
    ia_extent extent = {0};
    ia_status st = ia_extent_build(ctx, points, &extent);
    for (size_t i = 0; i < out->n; i++)
        out->distance[i] = NAN;
    out->volume = NAN;
    if (st != IA_OK || !extent.counts || !isfinite(extent.volume))
        goto done;
    out->cube = extent.edge;
    if ((st = ia_closing_build(ctx, points, &extent, &out->mesh)) != IA_OK)
        goto done;
    measure(out);
    if (out->mesh.n_triangles > 0)
        st = find_distances(ctx, points, &extent, out);
done:
    if (st == IA_OK && out->n > 0 && !(out->volume > 0))
        ia_warn(ctx, "the ions fill no volume that can be measured: there is no surface, "
                     "and no ion has a distance to it");
    ia_extent_clear(&extent);
    return st;
}

ia_status ia_edge_compute(ia_ctx *ctx, const ia_points *points,
                          const ia_edge_params *params, ia_edge *out)
{
    ia_edge_params p = params ? *params : ia_edge_defaults();
    ia_edge e = {.n = points->n, .most = p.most};
    ia_status st = ia_method_check(ctx, &ia_edge_method, &p);
    if (st != IA_OK)
        return st;
    st = (e.distance = ia_array(ctx, e.n, sizeof *e.distance)) ? find(ctx, points, &e)
                                                               : IA_ERR_MEMORY;
    if (st == IA_OK) {
        *out = e;
        e = (ia_edge){0};
    }
    ia_edge_clear(&e);
    return st;
}

void ia_edge_clear(ia_edge *edge)
{
    ia_mesh_clear(&edge->mesh);
    free(edge->distance);
    *edge = (ia_edge){0};
}
