// src/spatial/edge.c: the surface of the specimen, and how deep below it each ion lies.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/edge.h>

#include "spatial/closing.h"
#include "spatial/mesh_distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 1024, FEWEST = 1000, SAMPLE = 4096 };
static const double least_gap = 0.1;   // of the length
static const double thinner = 1000;    // than most ions: strays, no specimen
static const double tail_share = 0.05; // of the ions at either end: perhaps strays

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

// Before distances are known: `most` where the cube is more than half full.
static void tell_sides(const ia_points *points, const ia_extent *extent, ia_edge *out)
{
    for (size_t i = 0; i < out->n; i++) {
        const float *at = points->xyz + 3 * i;
        float most = (float)out->most;
        out->distance[i] = !is_finite(at)                    ? NAN
                           : ia_extent_is_inside(extent, at) ? most
                                                             : -most;
    }
}

// How a part is looked at.
typedef struct {
    bool is_bulk;    // what is far off is cut away already
    double sparsest; // nm^3 per ion; more: strays
} part_rule;

// The surface of ions that hang together.
static ia_status find_whole(ia_ctx *ctx, const ia_points *points, const part_rule *rule,
                            ia_edge *out)
{
    ia_extent extent = {0};
    ia_status st = ia_extent_build(ctx, points, &extent);
    for (size_t i = 0; i < out->n; i++)
        out->distance[i] = NAN;
    out->volume = NAN;
    if (st != IA_OK || !extent.counts || !isfinite(extent.volume) ||
        extent.volume > rule->sparsest * (double)points->n)
        goto done;
    out->cube = extent.edge;
    if ((st = ia_closing_build(ctx, points, &extent, &out->mesh)) != IA_OK)
        goto done;
    measure(out);
    if (out->mesh.n_triangles > 0)
        tell_sides(points, &extent, out);
done:
    for (size_t i = 0; i < out->n && !(out->volume > 0); i++)
        out->n_stray += is_finite(points->xyz + 3 * i); // unless all are
    ia_extent_clear(&extent);
    return st;
}

// Points within a box are one side of a cut, all others the other one. Where nothing lies
// between two values of a coordinate, `share` of the length along its axis is empty.
typedef struct {
    double lo[3], hi[3]; // nm
    double share;
} cut;

static cut cut_nothing(void)
{
    return (cut){{-INFINITY, -INFINITY, -INFINITY}, {INFINITY, INFINITY, INFINITY}, 0};
}

static bool is_within(const float *xyz, const cut *c)
{
    bool within = true;
    for (size_t k = 0; k < 3; k++)
        within &= (double)xyz[k] > c->lo[k] && (double)xyz[k] <= c->hi[k];
    return within;
}

static cut gap_along(const ia_points *points, size_t axis)
{
    bool filled[SLICES] = {false};
    double low = INFINITY, high = -INFINITY;
    cut widest = cut_nothing();
    for (size_t i = 0; i < points->n; i++) {
        double at = (double)points->xyz[3 * i + axis];
        if (!is_finite(points->xyz + 3 * i))
            continue;
        low = fmin(low, at);
        high = fmax(high, at);
    }
    for (size_t i = 0; i < points->n; i++) {
        double at = ((double)points->xyz[3 * i + axis] - low) / (high - low);
        if (is_finite(points->xyz + 3 * i) && high > low)
            filled[(size_t)fmin(at * SLICES, SLICES - 1)] = true;
    }
    for (size_t i = 0, empty = 0; i < SLICES; i++) {
        empty = filled[i] ? 0 : empty + 1;
        double share = (double)empty / SLICES;
        if (share <= widest.share)
            continue;
        widest.share = share;
        widest.lo[axis] = low + (high - low) * ((double)(i + 1) / SLICES - share / 2);
    }
    return widest;
}

// More space between than ions at random leave, and than a ball could close.
static bool find_gap(const ia_points *points, cut *out)
{
    *out = cut_nothing();
    for (size_t axis = 0; axis < 3 && points->n >= FEWEST; axis++) {
        cut c = gap_along(points, axis);
        *out = c.share > out->share ? c : *out;
    }
    return out->share > least_gap && out->share < 1;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The middle of most points, and as much again to either side; of every so many-th point.
// False where all are within.
static bool find_bulk(const ia_points *points, cut *out)
{
    float sorted[SAMPLE];
    bool all = true;
    *out = cut_nothing();
    for (size_t axis = 0; axis < 3 && points->n >= FEWEST; axis++) {
        size_t n = 0, step = (points->n + SAMPLE - 1) / SAMPLE;
        for (size_t i = 0; i < points->n; i += step)
            if (is_finite(points->xyz + 3 * i))
                sorted[n++] = points->xyz[3 * i + axis];
        if (n == 0)
            continue;
        qsort(sorted, n, sizeof *sorted, compare);
        size_t tail = (size_t)(tail_share * (double)n);
        double lo = (double)sorted[tail], hi = (double)sorted[n - 1 - tail];
        if (!(hi > lo))
            continue;
        out->lo[axis] = lo - (hi - lo);
        out->hi[axis] = hi + (hi - lo);
    }
    for (size_t i = 0; i < points->n; i++)
        all &= !is_finite(points->xyz + 3 * i) || is_within(points->xyz + 3 * i, out);
    return !all;
}

static ia_status append_mesh(ia_ctx *ctx, const ia_mesh *more, ia_mesh *m)
{
    size_t n_vertices = m->n_vertices + more->n_vertices;
    size_t n_triangles = m->n_triangles + more->n_triangles;
    ia_mesh sum = {n_vertices, n_triangles,
                   ia_array(ctx, n_vertices, 3 * sizeof *sum.xyz),
                   ia_array(ctx, n_triangles, 3 * sizeof *sum.triangles),
                   ia_array(ctx, n_triangles, sizeof *sum.labels)};
    if (!sum.xyz || !sum.triangles || !sum.labels) {
        ia_mesh_clear(&sum);
        return IA_ERR_MEMORY;
    }
    const ia_mesh *parts[2] = {m, more};
    for (size_t p = 0, vertex = 0, triangle = 0; p < 2; p++) {
        for (size_t i = 0; i < 3 * parts[p]->n_vertices; i++)
            sum.xyz[3 * vertex + i] = parts[p]->xyz[i];
        for (size_t i = 0; i < 3 * parts[p]->n_triangles; i++)
            sum.triangles[3 * triangle + i] = parts[p]->triangles[i] + (uint32_t)vertex;
        for (size_t i = 0; i < parts[p]->n_triangles; i++)
            sum.labels[triangle + i] = parts[p]->labels[i];
        vertex += parts[p]->n_vertices;
        triangle += parts[p]->n_triangles;
    }
    ia_mesh_clear(m);
    *m = sum;
    return IA_OK;
}

static ia_status find(ia_ctx *ctx, const ia_points *points, const part_rule *rule,
                      ia_edge *out);

static ia_status add_edge(ia_ctx *ctx, const ia_edge *side, ia_edge *out)
{
    out->n_stray += side->n_stray;
    if (!(side->volume > 0))
        return IA_OK;
    out->volume = side->volume + (out->volume > 0 ? out->volume : 0);
    out->area += side->area;
    out->cube = fmax(out->cube, side->cube);
    return append_mesh(ctx, &side->mesh, &out->mesh);
}

// One side of a cut on its own, added to what is known.
static ia_status add_side(ia_ctx *ctx, const ia_points *points, const cut *c, bool within,
                          const part_rule *rule, ia_edge *out)
{
    ia_edge side = {.most = out->most};
    float *xyz;
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++)
        side.n += is_within(points->xyz + 3 * i, c) == within;
    side.distance = ia_array(ctx, side.n, sizeof *side.distance);
    xyz = ia_array(ctx, side.n, 3 * sizeof *xyz);
    ia_status st = side.distance && xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < points->n && st == IA_OK; i++)
        if (is_within(points->xyz + 3 * i, c) == within)
            memcpy(xyz + 3 * n++, points->xyz + 3 * i, 3 * sizeof *xyz);
    if (st == IA_OK && (st = find(ctx, &(ia_points){xyz, side.n}, rule, &side)) == IA_OK)
        st = add_edge(ctx, &side, out);
    for (size_t i = 0, at = 0; i < points->n && st == IA_OK; i++)
        if (is_within(points->xyz + 3 * i, c) == within)
            out->distance[i] = side.distance[at++];
    free(xyz);
    ia_edge_clear(&side);
    return st;
}

// Parts far apart one by one: no grid could be laid over all.
static ia_status find_parts(ia_ctx *ctx, const ia_points *points, const part_rule *rule,
                            ia_edge *out)
{
    cut gap;
    if (!find_gap(points, &gap))
        return find_whole(ctx, points, rule, out);
    out->volume = NAN;
    ia_status st = add_side(ctx, points, &gap, false, rule, out);
    return st == IA_OK ? add_side(ctx, points, &gap, true, rule, out) : st;
}

// What is far off most ions first: strays, however many, leave no gap along an axis.
static ia_status find(ia_ctx *ctx, const ia_points *points, const part_rule *rule,
                      ia_edge *out)
{
    part_rule of_bulk = {true, rule->sparsest}, of_rest = *rule;
    cut bulk;
    if (rule->is_bulk || !find_bulk(points, &bulk))
        return find_parts(ctx, points, rule, out);
    out->volume = NAN;
    ia_status st = add_side(ctx, points, &bulk, true, &of_bulk, out);
    if (out->volume > 0)
        of_rest.sparsest =
            fmin(rule->sparsest, thinner * out->volume / (double)points->n);
    return st == IA_OK ? add_side(ctx, points, &bulk, false, &of_rest, out) : st;
}

static ia_status find_distances(ia_ctx *ctx, const ia_points *points, ia_edge *out)
{
    float most = (float)out->most, *distance = ia_array(ctx, out->n, sizeof *distance);
    ia_mesh_index *index = NULL;
    ia_status st = distance ? ia_mesh_index_build(ctx, &out->mesh, out->most, &index)
                            : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_mesh_distances(ctx, index, points->xyz, out->n, distance);
    for (size_t i = 0; i < out->n && st == IA_OK; i++) {
        float *d = &out->distance[i];
        if (!isnan(distance[i]))
            *d = fmaxf(-most, fminf(most, distance[i]));
        else if (isnan(*d) && is_finite(points->xyz + 3 * i))
            *d = -most; // of a part too small to have a surface
    }
    ia_mesh_index_free(index);
    free(distance);
    return st;
}

ia_status ia_edge_compute(ia_ctx *ctx, const ia_points *points,
                          const ia_edge_params *params, ia_edge *out)
{
    ia_edge_params p = params ? *params : ia_edge_defaults();
    ia_edge e = {.n = points->n, .most = p.most};
    const part_rule whole = {false, INFINITY};
    ia_status st = ia_method_check(ctx, &ia_edge_method, &p);
    if (st != IA_OK)
        return st;
    st = (e.distance = ia_array(ctx, e.n, sizeof *e.distance))
             ? find(ctx, points, &whole, &e)
             : IA_ERR_MEMORY;
    if (st == IA_OK && e.mesh.n_triangles > 0)
        st = find_distances(ctx, points, &e);
    if (st == IA_OK && e.n > 0 && !(e.volume > 0))
        ia_warn(ctx, "the ions fill no volume that can be measured: there is no surface, "
                     "and no ion has a distance to it");
    if (!(e.volume > 0))
        e.n_stray = 0;
    if (st == IA_OK && e.n_stray > 0)
        ia_warn(
            ctx,
            "%zu ion%s far off all others, in parts too few or thin to have a surface: "
            "they are strays, told as outside",
            e.n_stray, e.n_stray == 1 ? " lies" : "s lie");
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
