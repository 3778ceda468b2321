// src/spatial/proxigram_mesh.c: composition against the distance to a mesh made
// elsewhere.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/proxigram_internal.h"

#include "spatial/mesh_distance.h"
#include "spatial/mesh_pieces.h"
#include "spatial/mesh_within.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Some of the triangles of the mesh that was given; its vertices are borrowed.
static ia_status copy_mesh(ia_ctx *ctx, const ia_mesh *given, ia_mesh *out)
{
    size_t n = given->n_triangles;
    *out = *given;
    out->triangles = ia_array(ctx, n, 3 * sizeof *out->triangles);
    out->labels = ia_array(ctx, n, sizeof *out->labels);
    if (!out->triangles || !out->labels)
        return IA_ERR_MEMORY;
    memcpy(out->triangles, given->triangles, 3 * n * sizeof *out->triangles);
    return IA_OK;
}

static void tell_sides(ia_ctx *ctx, const ia_mesh_pieces *p)
{
    if (p->n_border > 0)
        ia_warn(ctx,
                "%zu sides of the mesh are those of one triangle: it ends there, and "
                "ions nearest to them have no distance",
                p->n_border);
    if (p->n_turned > 0)
        ia_warn(ctx,
                "%zu sides of the mesh join triangles that face to either side: what is "
                "inside cannot be told there",
                p->n_turned);
}

// As with objects of a surface: those that end go, unless there are no others.
static void keep_pieces(ia_ctx *ctx, const ia_mesh_pieces *p, int edge_objects,
                        ia_mesh *m, proxigram_given *out)
{
    size_t n = 0, n_closed = 0;
    double volume = 0;
    for (size_t i = 0; i < p->n; i++) {
        n_closed += p->pieces[i].is_closed;
        volume += p->pieces[i].is_closed ? p->pieces[i].volume : 0;
    }
    out->edge_included = edge_objects == IA_EDGE_INCLUDE ||
                         (edge_objects == IA_EDGE_AUTO && n_closed == 0);
    for (size_t i = 0; i < p->n; i++) {
        bool kept = out->edge_included || p->pieces[i].is_closed;
        out->n_objects += kept;
        out->n_excluded += !kept;
        out->area += kept ? p->pieces[i].area : 0;
    }
    for (size_t t = 0; t < m->n_triangles; t++) {
        if (!out->edge_included && !p->pieces[m->labels[t]].is_closed)
            continue;
        memmove(m->triangles + 3 * n++, m->triangles + 3 * t, 3 * sizeof *m->triangles);
    }
    m->n_triangles = n;
    if (volume < 0)
        ia_warn(ctx,
                "the triangles of the mesh run clockwise seen from outside: what it "
                "encloses (%.4g nm^3) has distances below 0, as outside",
                -volume);
}

static ia_status fail_apart(ia_ctx *ctx, const ia_ranged *ranged, const ia_mesh *m)
{
    double lo[3], hi[3];
    for (size_t k = 0; k < 3; k++) {
        lo[k] = INFINITY;
        hi[k] = -INFINITY;
    }
    for (size_t i = 0; i < 3 * m->n_triangles; i++)
        for (size_t k = 0; k < 3; k++) {
            double at = (double)m->xyz[3 * (size_t)m->triangles[i] + k];
            lo[k] = fmin(lo[k], at);
            hi[k] = fmax(hi[k], at);
        }
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "no ion has a distance to the mesh, which lies from (%.4g, %.4g, "
                   "%.4g) to (%.4g, %.4g, %.4g) nm; ions from (%.4g, %.4g, %.4g) to "
                   "(%.4g, %.4g, %.4g)",
                   lo[0], lo[1], lo[2], hi[0], hi[1], hi[2], ranged->lo[0], ranged->lo[1],
                   ranged->lo[2], ranged->hi[0], ranged->hi[1], ranged->hi[2]);
}

static ia_status measure(ia_ctx *ctx, const ia_ranged *ranged, const ia_mesh *m,
                         double most, float *distance)
{
    ia_mesh_index *index = NULL;
    size_t n = 0;
    ia_status st = ia_mesh_index_build(ctx, m, most, &index);
    if (st == IA_OK)
        st = ia_mesh_distances(ctx, index, ranged->xyz, ranged->n, distance);
    ia_mesh_index_free(index);
    for (size_t i = 0; i < ranged->n && st == IA_OK; i++)
        n += isnan(distance[i]) ? 0 : 1;
    return st == IA_OK && n == 0 ? fail_apart(ctx, ranged, m) : st;
}

// An excess is one per area where ions are.
static ia_status keep_within(ia_ctx *ctx, const ia_ranged *ranged, const ia_mesh *m,
                             proxigram_given *out)
{
    const ia_points points = {ranged->xyz, ranged->n};
    ia_mesh_area area;
    ia_status st = ia_mesh_area_within(ctx, m, &points, &area);
    if (st != IA_OK || !(area.inside < area.all))
        return st;
    ia_warn(ctx,
            "%.0f %% of the mesh lies outside of the ions: its area is that among them, "
            "%.4g of %.4g nm^2",
            100 * (1 - area.inside / area.all), area.inside, area.all);
    out->area = area.inside;
    return st;
}

// Distances of all ions; what is inside is what the mesh says.
static ia_status take_mesh(ia_ctx *ctx, const ia_mesh *mesh, const ia_ranged *ranged,
                           const ia_proxigram_params *p, proxigram_given *out)
{
    ia_mesh own;
    ia_mesh_pieces pieces = {.n = 0};
    ia_status st = copy_mesh(ctx, mesh, &own);
    if (st == IA_OK && !(out->distance = ia_array(ctx, ranged->n, sizeof(float))))
        st = IA_ERR_MEMORY;
    if (st == IA_OK && (st = ia_mesh_pieces_find(ctx, &own, &pieces)) == IA_OK) {
        tell_sides(ctx, &pieces);
        keep_pieces(ctx, &pieces, p->edge_objects, &own, out);
        st = out->n_objects == 0
                 ? ia_fail(ctx, IA_ERR_EMPTY,
                           "no piece of the mesh is closed, and others are left out")
                 : measure(ctx, ranged, &own, p->distance_max, out->distance);
        if (st == IA_OK)
            st = keep_within(ctx, ranged, &own, out);
    }
    ia_mesh_pieces_clear(&pieces);
    free(own.triangles);
    free(own.labels);
    return st;
}

ia_status ia_mesh_proxigram_compute(ia_ctx *ctx, const ia_share_input *input,
                                    const ia_mesh *mesh,
                                    const ia_proxigram_params *params, ia_proxigram *out)
{
    ia_proxigram_params p = params ? *params : ia_proxigram_defaults();
    ia_volume_work w = {.n_kinds = 0};
    ia_shares shares = {0};
    proxigram_given given = {.distance = NULL};
    ia_proxigram result = {.n_bins = 0};
    const proxigram_source source = {
        .w = &w, .shares = &shares, .given = &given, .p = &p, .threshold = NAN};
    ia_status st = ia_method_check(ctx, &ia_proxigram_method, &p);
    if (st == IA_OK && mesh->n_triangles == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "the mesh has no triangles");
    if (st == IA_OK && (st = ia_volume_work_divide(ctx, input, p.seed, &w)) == IA_OK &&
        (st = ia_shares_build(ctx, input, &w.ranged, p.species, &shares)) == IA_OK &&
        (st = take_mesh(ctx, mesh, &w.ranged, &p, &given)) == IA_OK &&
        (st = ia_proxigram_run(ctx, &source, &result)) == IA_OK) {
        ia_ranged_tell_reach(ctx, &w.ranged, "distance_max", p.distance_max);
        *out = result;
        result = (ia_proxigram){.n_bins = 0};
    }
    ia_proxigram_clear(&result);
    free(given.distance);
    ia_shares_clear(&shares);
    ia_volume_work_clear(&w);
    return st;
}
