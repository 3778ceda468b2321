// src/spatial/closing.c: the surface of a cloud of points, closed by a ball.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/closing.h"

#include "spatial/marching.h"
#include "spatial/mesh_distance.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK = 1 << 16, NTH = 2, STEPS = 2 };
static const double ball_ions = 26; // of a full ball
// Spacings that what the ball reaches lies below the surface of ions at random: 0.65 on
// flat faces (tests/physics/test_edge_known.c), where it comes farther in at edges and
// corners than it is held off elsewhere. 0.70 is right for the volume of 5,000 to a
// million ions.
static const double offset = 0.70;

// Where a grid point lies.
typedef enum { FAR, NEAR, DEEP } region;

typedef struct {
    const ia_points *points;
    const ia_extent *extent;
    uint8_t *regions; // (cubes and one more on all sides)
    ia_voxels voxels;
    float *values;        // (voxels)
    double ball, smaller; // radii, nm
} closing;

static size_t cubes_of(const ia_extent *e, size_t k)
{
    return (size_t)e->size[k] + 2;
}

static bool is_interior(const ia_extent *e, const int32_t cube[3])
{
    float at[3];
    for (size_t k = 0; k < 3; k++)
        at[k] = (float)(e->origin[k] + e->edge * ((double)cube[k] + 0.5));
    return !ia_extent_is_edge(e, at);
}

static bool holds_ions(const ia_extent *e, const int32_t cube[3])
{
    for (size_t k = 0; k < 3; k++)
        if (cube[k] < 0 || cube[k] >= e->size[k])
            return false;
    size_t x = (size_t)cube[0], y = (size_t)cube[1], z = (size_t)cube[2];
    return e->counts[(z * (size_t)e->size[1] + y) * (size_t)e->size[0] + x] > 0;
}

// By the cube and those around it.
static region region_of(const ia_extent *e, const int32_t middle[3])
{
    bool any = false, all = true;
    for (int i = 0; i < 27; i++) {
        const int32_t cube[3] = {middle[0] + i % 3 - 1, middle[1] + i / 3 % 3 - 1,
                                 middle[2] + i / 9 - 1};
        any = any || holds_ions(e, cube);
        all = all && is_interior(e, cube);
    }
    return all ? DEEP : any ? NEAR : FAR;
}

static ia_status find_regions(ia_ctx *ctx, closing *c)
{
    const ia_extent *e = c->extent;
    size_t n[3] = {cubes_of(e, 0), cubes_of(e, 1), cubes_of(e, 2)}, at = 0;
    if (!(c->regions = ia_array(ctx, n[0] * n[1] * n[2], sizeof *c->regions)))
        return IA_ERR_MEMORY;
    for (size_t z = 0; z < n[2]; z++)
        for (size_t y = 0; y < n[1]; y++)
            for (size_t x = 0; x < n[0]; x++)
                c->regions[at++] = (uint8_t)region_of(
                    e, (int32_t[]){(int32_t)x - 1, (int32_t)y - 1, (int32_t)z - 1});
    return IA_OK;
}

// Around the cubes that are inside: a few ions far off must not make the grid large.
static ia_status lay_out(ia_ctx *ctx, closing *c)
{
    const ia_extent *e = c->extent;
    double spacing = cbrt(e->volume / (double)c->points->n);
    int32_t lo[3] = {INT32_MAX, INT32_MAX, INT32_MAX}, hi[3] = {0, 0, 0};
    size_t n = 0;
    c->ball = cbrt(ball_ions * 3 / (4 * M_PI)) * spacing;
    c->smaller = c->ball - offset * spacing;
    for (int32_t z = 0; z < e->size[2]; z++)
        for (int32_t y = 0; y < e->size[1]; y++)
            for (int32_t x = 0; x < e->size[0]; x++) {
                const int32_t cube[3] = {x, y, z};
                if ((double)e->counts[n++] <= e->least)
                    continue;
                for (size_t k = 0; k < 3; k++) {
                    lo[k] = cube[k] < lo[k] ? cube[k] : lo[k];
                    hi[k] = cube[k] > hi[k] ? cube[k] : hi[k];
                }
            }
    c->voxels.edge = c->ball / STEPS;
    for (size_t k = 0; k < 3; k++) {
        double size = e->edge * (double)(hi[k] - lo[k] + 1) + 2 * c->ball;
        c->voxels.origin[k] = e->origin[k] + e->edge * (double)lo[k] - c->ball;
        c->voxels.origin[k] -= c->voxels.edge;
        c->voxels.n[k] = (size_t)ceil(size / c->voxels.edge) + 3;
    }
    c->values = ia_array(ctx, ia_voxels_count(&c->voxels), sizeof *c->values);
    return c->values ? IA_OK : IA_ERR_MEMORY;
}

static void place(const ia_voxels *v, size_t voxel, float at[3])
{
    const size_t n[3] = {voxel % v->n[0], voxel / v->n[0] % v->n[1],
                         voxel / v->n[0] / v->n[1]};
    for (size_t k = 0; k < 3; k++)
        at[k] = (float)(v->origin[k] + v->edge * (double)n[k]);
}

// Far at the border of the grid: the surface must close.
static region region_at(const closing *c, const float at[3])
{
    const ia_extent *e = c->extent;
    size_t cube[3];
    for (size_t k = 0; k < 3; k++) {
        double place = floor(((double)at[k] - e->origin[k]) / e->edge) + 1;
        double voxel = ((double)at[k] - c->voxels.origin[k]) / c->voxels.edge;
        if (!(place >= 0 && place < (double)cubes_of(e, k)) || voxel < 0.5 ||
            voxel > (double)c->voxels.n[k] - 1.5)
            return FAR;
        cube[k] = (size_t)place;
    }
    size_t row = cube[2] * cubes_of(e, 1) + cube[1];
    return (region)c->regions[row * cubes_of(e, 0) + cube[0]];
}

// What is asked of grid points near the surface, many at a time: results (n).
typedef ia_status (*ask)(ia_ctx *ctx, void *user, const float *xyz, size_t n, float *out);

// Asked of points near the surface with values above `above`; the answer NAN means
// `deep`.
typedef struct {
    ask ask;
    void *user;
    float above, far, deep;
} question;

static bool is_asked(const closing *c, const question *q, size_t voxel, float at[3])
{
    place(&c->voxels, voxel, at);
    return region_at(c, at) == NEAR && c->values[voxel] > q->above;
}

static ia_status fill_chunk(ia_ctx *ctx, closing *c, const question *q, size_t begin,
                            float *room)
{
    size_t n_voxels = ia_voxels_count(&c->voxels), n = 0, at = 0;
    size_t end = begin + CHUNK < n_voxels ? begin + CHUNK : n_voxels;
    float *xyz = room, *out = room + 3 * CHUNK, here[3];
    for (size_t v = begin; v < end; v++)
        n += is_asked(c, q, v, xyz + 3 * n);
    ia_status st = n > 0 ? q->ask(ctx, q->user, xyz, n, out) : IA_OK;
    for (size_t v = begin; v < end && st == IA_OK; v++) {
        bool asked = is_asked(c, q, v, here);
        float told = asked ? out[at++] : region_at(c, here) == DEEP ? q->deep : q->far;
        c->values[v] = isnan(told) ? q->deep : told;
    }
    return st;
}

static ia_status fill(ia_ctx *ctx, closing *c, const question *q)
{
    float *room = ia_array(ctx, 4 * CHUNK, sizeof *room);
    ia_status st = room ? IA_OK : IA_ERR_MEMORY;
    for (size_t v = 0; v < ia_voxels_count(&c->voxels) && st == IA_OK; v += CHUNK)
        st = fill_chunk(ctx, c, q, v, room);
    free(room);
    return st;
}

typedef struct {
    ia_index *index;
    float most; // nm
} ion_question;

// Minus the distance to the second nearest ion.
static ia_status ask_ions(ia_ctx *ctx, void *user, const float *xyz, size_t n, float *out)
{
    const ion_question *q = user;
    ia_knn found = {.n = 0};
    ia_status st = ia_knn_compute(ctx, q->index, &(ia_points){xyz, n},
                                  &(ia_knn_request){.k = NTH}, &found);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        out[i] = -fminf(found.distance[NTH * i + NTH - 1], q->most);
    ia_knn_clear(&found);
    return st;
}

static ia_status ask_surface(ia_ctx *ctx, void *user, const float *xyz, size_t n,
                             float *out)
{
    return ia_mesh_distances(ctx, user, xyz, n, out);
}

static ia_status widen(ia_ctx *ctx, closing *c, ia_mesh *out)
{
    ion_question ions = {NULL, (float)(2 * c->ball)};
    ia_status st = ia_index_build(ctx, c->points, NULL, &ions.index);
    question q = {ask_ions, &ions, -INFINITY, -ions.most, 0};
    if (st == IA_OK && (st = fill(ctx, c, &q)) == IA_OK)
        st = ia_marching_cubes(ctx, &c->voxels, c->values, -c->ball, NULL, out);
    ia_index_free(ions.index);
    return st;
}

static ia_status narrow(ia_ctx *ctx, closing *c, const ia_mesh *wide, ia_mesh *out)
{
    double reach = c->smaller + 1.5 * c->voxels.edge; // beside the surface, and a bit
    ia_mesh_index *index = NULL;
    ia_status st = ia_mesh_index_build(ctx, wide, reach, &index);
    question q = {ask_surface, index, (float)-c->ball, (float)-reach, (float)reach};
    if (st == IA_OK && (st = fill(ctx, c, &q)) == IA_OK)
        st = ia_marching_cubes(ctx, &c->voxels, c->values, c->smaller, NULL, out);
    ia_mesh_index_free(index);
    return st;
}

ia_status ia_closing_build(ia_ctx *ctx, const ia_points *points, const ia_extent *extent,
                           ia_mesh *out)
{
    closing c = {.points = points, .extent = extent};
    ia_mesh wide = {.n_vertices = 0}, mesh = {.n_vertices = 0};
    ia_status st = IA_OK;
    if (!extent->counts || !isfinite(extent->volume))
        goto done;
    if ((st = find_regions(ctx, &c)) != IA_OK || (st = lay_out(ctx, &c)) != IA_OK ||
        (st = widen(ctx, &c, &wide)) != IA_OK ||
        (st = narrow(ctx, &c, &wide, &mesh)) != IA_OK)
        goto done;
    *out = mesh;
    mesh = (ia_mesh){.n_vertices = 0};
done:
    ia_mesh_clear(&wide);
    ia_mesh_clear(&mesh);
    free(c.values);
    free(c.regions);
    return st;
}
