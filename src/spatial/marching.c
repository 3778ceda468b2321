// src/spatial/marching.c: marching cubes, layer by layer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/marching.h"

#include "spatial/cubes.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A layer owns the edges along x and y of its plane of voxels and those along z to the
// next one, and the cubes between both.
typedef struct {
    uint32_t n_flat, n_upright, n_triangles;
    uint64_t first_vertex, first_triangle;
} layer;

typedef struct {
    const ia_voxels *v;
    const float *values;
    float level;
    const int32_t *labels;
    ia_cubes cubes;
    layer *layers;   // (n[2])
    uint32_t **room; // of each worker: (5, n[0] n[1]) vertices of edges
    ia_mesh *out;
} job;

static inline bool is_inside(const job *j, float value)
{
    return value > j->level;
}

// An edge between both sides of the level, neither end being unknown.
static inline bool is_cut(const job *j, float a, float b)
{
    return is_inside(j, a) != is_inside(j, b) && !isnan(a) && !isnan(b);
}

static inline const float *plane_of(const job *j, size_t z)
{
    return j->values + z * j->v->n[0] * j->v->n[1];
}

// Corners inside as bits; -1 where one is unknown.
static inline int case_of(const job *j, const float *low, const float *high, size_t at)
{
    size_t nx = j->v->n[0];
    const float c[8] = {low[at],  low[at + 1],  low[at + nx],  low[at + nx + 1],
                        high[at], high[at + 1], high[at + nx], high[at + nx + 1]};
    int set = 0;
    bool unknown = false;
    for (int i = 0; i < 8; i++) {
        set |= (c[i] > j->level) << i;
        unknown |= isnan(c[i]);
    }
    return unknown ? -1 : set;
}

static uint32_t count_flat(const job *j, const float *plane)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    uint32_t n = 0;
    for (size_t y = 0; y < ny; y++) {
        const float *row = plane + y * nx;
        for (size_t x = 0; x + 1 < nx; x++)
            n += is_cut(j, row[x], row[x + 1]);
        for (size_t x = 0; x < nx && y + 1 < ny; x++)
            n += is_cut(j, row[x], row[x + nx]);
    }
    return n;
}

static void count_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    layer *l = &j->layers[z];
    const float *low = plane_of(j, z);
    size_t nx = j->v->n[0], ny = j->v->n[1];
    (void)worker;
    l->n_flat = count_flat(j, low);
    if (z + 1 == j->v->n[2])
        return;
    const float *high = plane_of(j, z + 1);
    for (size_t i = 0; i < nx * ny; i++)
        l->n_upright += is_cut(j, low[i], high[i]);
    for (size_t y = 0; y + 1 < ny; y++)
        for (size_t x = 0; x + 1 < nx; x++) {
            int set = case_of(j, low, high, y * nx + x);
            l->n_triangles += set > 0 ? j->cubes.n[set] : 0;
        }
}

// Numbers of the vertices on the edges of a plane, along x and along y.
static uint32_t number_flat(const job *j, const float *plane, uint32_t first,
                            uint32_t *along_x, uint32_t *along_y)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    for (size_t y = 0; y < ny; y++) {
        const float *row = plane + y * nx;
        for (size_t x = 0; x + 1 < nx; x++)
            if (is_cut(j, row[x], row[x + 1]))
                along_x[y * nx + x] = first++;
        for (size_t x = 0; x < nx && y + 1 < ny; x++)
            if (is_cut(j, row[x], row[x + nx]))
                along_y[y * nx + x] = first++;
    }
    return first;
}

// Where the line from voxel (x, y, z) to the next one along an axis crosses the level.
static void put_vertex(const job *j, uint32_t number, const size_t at[3], int axis,
                       const float ends[2])
{
    const ia_voxels *v = j->v;
    float *xyz = j->out->xyz + 3 * (size_t)number;
    double part =
        ((double)j->level - (double)ends[0]) / ((double)ends[1] - (double)ends[0]);
    for (int k = 0; k < 3; k++)
        xyz[k] =
            (float)(v->origin[k] + v->edge * ((double)at[k] + (k == axis ? part : 0)));
}

static void put_flat(const job *j, size_t z, const uint32_t *along_x,
                     const uint32_t *along_y)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    const float *plane = plane_of(j, z);
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            const size_t at[3] = {x, y, z}, i = y * nx + x;
            if (x + 1 < nx && is_cut(j, plane[i], plane[i + 1]))
                put_vertex(j, along_x[i], at, 0, (float[]){plane[i], plane[i + 1]});
            if (y + 1 < ny && is_cut(j, plane[i], plane[i + nx]))
                put_vertex(j, along_y[i], at, 1, (float[]){plane[i], plane[i + nx]});
        }
}

static void put_upright(const job *j, size_t z, uint32_t first, uint32_t *upright)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    const float *low = plane_of(j, z), *high = plane_of(j, z + 1);
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            const size_t at[3] = {x, y, z}, i = y * nx + x;
            if (!is_cut(j, low[i], high[i]))
                continue;
            upright[i] = first++;
            put_vertex(j, upright[i], at, 2, (float[]){low[i], high[i]});
        }
}

// Vertices of the twelve edges of a cube, as far as they are cut.
static void gather(const job *j, uint32_t *const maps[5], size_t i,
                   uint32_t vertex[IA_CUBE_EDGES])
{
    size_t nx = j->v->n[0];
    const uint32_t all[IA_CUBE_EDGES] = {
        maps[0][i], maps[0][i + nx], maps[3][i],      maps[3][i + nx],
        maps[1][i], maps[1][i + 1],  maps[4][i],      maps[4][i + 1],
        maps[2][i], maps[2][i + 1],  maps[2][i + nx], maps[2][i + nx + 1]};
    memcpy(vertex, all, sizeof all);
}

static int32_t label_of(const job *j, int set, size_t z, size_t i, uint8_t edge)
{
    uint8_t corner = ia_cube_edges[edge][set >> ia_cube_edges[edge][0] & 1 ? 0 : 1];
    size_t nx = j->v->n[0], ny = j->v->n[1];
    size_t at = z * nx * ny + i + (corner & 1) + (corner >> 1 & 1) * nx +
                (size_t)(corner >> 2 & 1) * nx * ny;
    return j->labels ? j->labels[at] : 0;
}

static void put_triangles(const job *j, size_t z, uint32_t *const maps[5])
{
    const float *low = plane_of(j, z), *high = plane_of(j, z + 1);
    size_t nx = j->v->n[0], ny = j->v->n[1], at = j->layers[z].first_triangle;
    for (size_t y = 0; y + 1 < ny; y++)
        for (size_t x = 0; x + 1 < nx; x++) {
            int set = case_of(j, low, high, y * nx + x);
            if (set <= 0 || j->cubes.n[set] == 0)
                continue;
            uint32_t vertex[IA_CUBE_EDGES];
            gather(j, maps, y * nx + x, vertex);
            for (uint8_t t = 0; t < j->cubes.n[set]; t++, at++) {
                const uint8_t *edges = j->cubes.edges[set][t];
                for (int c = 0; c < 3; c++)
                    j->out->triangles[3 * at + (size_t)c] = vertex[edges[c]];
                j->out->labels[at] = label_of(j, set, z, y * nx + x, edges[0]);
            }
        }
}

static void put_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    const layer *l = &j->layers[z];
    size_t n = j->v->n[0] * j->v->n[1];
    uint32_t *maps[5]; // along x, y of this plane, z, x, y of the next
    if (l->n_flat + l->n_upright == 0)
        return;
    for (size_t m = 0; m < 5; m++)
        maps[m] = j->room[worker] + m * n;
    uint32_t first = (uint32_t)l->first_vertex;
    first = number_flat(j, plane_of(j, z), first, maps[0], maps[1]);
    put_flat(j, z, maps[0], maps[1]);
    if (z + 1 == j->v->n[2])
        return;
    put_upright(j, z, first, maps[2]);
    number_flat(j, plane_of(j, z + 1), (uint32_t)l[1].first_vertex, maps[3], maps[4]);
    if (l->n_triangles > 0)
        put_triangles(j, z, maps);
}

static ia_status make_room(ia_ctx *ctx, job *j, size_t n_workers)
{
    uint64_t vertices = 0, triangles = 0;
    for (size_t z = 0; z < j->v->n[2]; z++) {
        layer *l = &j->layers[z];
        l->first_vertex = vertices;
        l->first_triangle = triangles;
        vertices += l->n_flat + l->n_upright;
        triangles += l->n_triangles;
    }
    if (vertices > UINT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "a surface of %llu vertices: larger voxels or a smoother field "
                       "were expected",
                       (unsigned long long)vertices);
    j->out->n_vertices = (size_t)vertices;
    j->out->n_triangles = (size_t)triangles;
    if (!(j->out->xyz = ia_array(ctx, (size_t)vertices, 3 * sizeof *j->out->xyz)) ||
        !(j->out->triangles =
              ia_array(ctx, (size_t)triangles, 3 * sizeof *j->out->triangles)) ||
        !(j->out->labels = ia_array(ctx, (size_t)triangles, sizeof *j->out->labels)) ||
        !(j->room = ia_array(ctx, n_workers, sizeof *j->room)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++)
        if (!(j->room[w] =
                  ia_array(ctx, 5 * j->v->n[0] * j->v->n[1], sizeof *j->room[w])))
            return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_marching_cubes(ia_ctx *ctx, const ia_voxels *voxels, const float *values,
                            double level, const int32_t *labels, ia_mesh *out)
{
    ia_mesh mesh = {.n_vertices = 0};
    job *j = ia_array(ctx, 1, sizeof *j);
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX), n_layers = voxels->n[2];
    ia_status st = IA_ERR_MEMORY;
    if (!j)
        return st;
    j->v = voxels;
    j->values = values;
    j->level = (float)level;
    j->labels = labels;
    j->out = &mesh;
    if (!ia_cubes_make(&j->cubes) ||
        !(j->layers = ia_array(ctx, n_layers, sizeof *j->layers)) ||
        (st = ia_for(ctx, "surface", n_layers, count_layer, j)) != IA_OK ||
        (st = make_room(ctx, j, n_workers)) != IA_OK ||
        (st = ia_for(ctx, "surface", n_layers, put_layer, j)) != IA_OK)
        goto done;
    *out = mesh;
    mesh = (ia_mesh){.n_vertices = 0};
done:
    for (size_t w = 0; j->room && w < n_workers; w++)
        free(j->room[w]);
    free(j->room);
    free(j->layers);
    free(j);
    ia_mesh_clear(&mesh);
    return st;
}

static size_t root_of(uint32_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

// The earlier voxel stays the root.
static void join(uint32_t *parent, size_t a, size_t b)
{
    size_t x = root_of(parent, a), y = root_of(parent, b);
    if (x < y)
        parent[y] = (uint32_t)x;
    else
        parent[x] = (uint32_t)y;
}

ia_status ia_voxels_label(ia_ctx *ctx, const ia_voxels *v, const float *values,
                          double level, int32_t *labels, size_t *n_labels)
{
    size_t nx = v->n[0], ny = v->n[1], n = ia_voxels_count(v);
    float least = (float)level;
    if (n > INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu voxels: at most %d can be told apart as objects", n,
                       INT32_MAX);
    uint32_t *parent = ia_array(ctx, n, sizeof *parent);
    if (!parent)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        parent[i] = (uint32_t)i;
        if (!(values[i] > least))
            continue;
        if (i % nx > 0 && values[i - 1] > least)
            join(parent, i - 1, i);
        if (i / nx % ny > 0 && values[i - nx] > least)
            join(parent, i - nx, i);
        if (i >= nx * ny && values[i - nx * ny] > least)
            join(parent, i - nx * ny, i);
    }
    *n_labels = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > least))
            labels[i] = -1;
        else if (parent[i] == i)
            labels[i] = (int32_t)(*n_labels)++;
        else
            labels[i] = labels[root_of(parent, i)];
    }
    free(parent);
    return IA_OK;
}
