// src/spatial/marching.c: marching cubes, layer by layer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/marching.h"

#include "spatial/cubes.h"
#include "spatial/index_internal.h"

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
    uint8_t *sides;  // (voxels + 8) OUTSIDE, INSIDE, UNKNOWN
    layer *layers;   // (n[2])
    uint32_t **room; // of each worker: (5, n[0] n[1]) vertices of edges, n[0] places
    ia_mesh *out;
} job;

enum { OUTSIDE = 0, INSIDE = 1, UNKNOWN = 2 };
static const uint64_t ones = 0x0101010101010101u;

IA_VECTOR static void sort_sides(const float *restrict values, float level,
                                 uint8_t *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((values[i] > level) | (values[i] != values[i]) << 1);
}

static void sort_plane(void *user, size_t z, size_t worker)
{
    const job *j = user;
    size_t n = j->v->n[0] * j->v->n[1];
    (void)worker;
    sort_sides(j->values + z * n, j->level, j->sides + z * n, n);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// Bytes that are 1 of a word whose bytes are 0 to 3.
static inline uint64_t cuts_of(uint64_t word)
{
    return word & ~(word >> 1) & ones;
}

// Edges cut between the voxels of two rows of n: eight at a time, most of them none.
static uint32_t count_cuts(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t count = 0;
    size_t x = 0;
    for (; x + 8 <= n; x += 8)
        count += (uint32_t)__builtin_popcountll(cuts_of(word_at(a + x) ^ word_at(b + x)));
    for (; x < n; x++)
        count += (a[x] ^ b[x]) == 1;
    return count;
}

// Where they are; `places` has room for n.
static size_t find_cuts(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *places)
{
    size_t count = 0;
    for (size_t x = 0; x < n;) {
        if (x + 8 <= n && cuts_of(word_at(a + x) ^ word_at(b + x)) == 0) {
            x += 8;
            continue;
        }
        size_t end = x + 8 < n ? x + 8 : n;
        for (; x < end; x++)
            if ((a[x] ^ b[x]) == 1)
                places[count++] = (uint32_t)x;
    }
    return count;
}

static const uint8_t *row_of(const job *j, size_t y, size_t z)
{
    return j->sides + (z * j->v->n[1] + y) * j->v->n[0];
}

static int case_of(const uint8_t *const rows[4], size_t x)
{
    int set = 0, unknown = 0;
    for (int r = 0; r < 4; r++) {
        set |= (rows[r][x] & 1) << (2 * r) | (rows[r][x + 1] & 1) << (2 * r + 1);
        unknown |= rows[r][x] | rows[r][x + 1];
    }
    return unknown & UNKNOWN ? -1 : set;
}

// Cubes with triangles between four rows: their places, and triangles in all.
static size_t find_cubes(const job *j, size_t y, size_t z, uint32_t *places,
                         uint32_t *n_triangles)
{
    const uint8_t *const rows[4] = {row_of(j, y, z), row_of(j, y + 1, z),
                                    row_of(j, y, z + 1), row_of(j, y + 1, z + 1)};
    size_t count = 0, n = j->v->n[0] - 1;
    for (size_t x = 0; x < n;) {
        size_t end = x + 8 < n ? x + 8 : n;
        uint64_t any = 0, all = ~(uint64_t)0;
        for (int r = 0; r < 4; r++) { // eight bytes of room lie behind the last row
            uint64_t near = word_at(rows[r] + x), next = word_at(rows[r] + x + 1);
            any |= near | next;
            all &= near & next;
        }
        if (any == 0 || all == ones) {
            x = end;
            continue;
        }
        for (; x < end; x++) {
            int set = case_of(rows, x);
            if (set <= 0 || j->cubes.n[set] == 0)
                continue;
            *n_triangles += j->cubes.n[set];
            if (places)
                places[count] = (uint32_t)x;
            count++;
        }
    }
    return count;
}

static void count_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    layer *l = &j->layers[z];
    size_t nx = j->v->n[0], ny = j->v->n[1];
    bool last = z + 1 == j->v->n[2];
    (void)worker;
    for (size_t y = 0; y < ny; y++) {
        const uint8_t *row = row_of(j, y, z);
        l->n_flat += count_cuts(row, row + 1, nx - 1);
        if (y + 1 < ny)
            l->n_flat += count_cuts(row, row + nx, nx);
        if (!last)
            l->n_upright += count_cuts(row, row + nx * ny, nx);
        if (!last && y + 1 < ny && nx > 1)
            find_cubes(j, y, z, NULL, &l->n_triangles);
    }
}

// Where the line from voxel (x, y, z) to the next one along an axis crosses the level.
static void put_vertex(const job *j, uint32_t number, const size_t at[3], int axis,
                       size_t step)
{
    const ia_voxels *v = j->v;
    const float *value = j->values + (at[2] * v->n[1] + at[1]) * v->n[0] + at[0];
    float *xyz = j->out->xyz + 3 * (size_t)number;
    double part =
        ((double)j->level - (double)value[0]) / ((double)value[step] - (double)value[0]);
    for (int k = 0; k < 3; k++)
        xyz[k] =
            (float)(v->origin[k] + v->edge * ((double)at[k] + (k == axis ? part : 0)));
}

// Rows of maps from edges to vertices.
typedef struct {
    uint32_t *maps[5]; // edges along x, y of this plane, along z, x, y of the next plane
    uint32_t *places;  // (n[0])
} workspace;

// Numbers of the vertices on the edges of a plane along x and y; the vertices themselves
// where asked for. The next free number.
static uint32_t number_flat(const job *j, size_t z, uint32_t first, const workspace *w,
                            bool next)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    uint32_t *const *maps = next ? w->maps + 3 : w->maps;
    for (size_t y = 0; y < ny; y++) {
        const uint8_t *row = row_of(j, y, z);
        for (int axis = 0; axis < 2; axis++) {
            size_t step = axis == 0 ? 1 : nx, n = 0;
            if (axis == 0 || y + 1 < ny)
                n = find_cuts(row, row + step, axis == 0 ? nx - 1 : nx, w->places);
            for (size_t i = 0; i < n; i++) {
                const size_t at[3] = {w->places[i], y, z};
                maps[axis][y * nx + at[0]] = first;
                if (!next)
                    put_vertex(j, first, at, axis, step);
                first++;
            }
        }
    }
    return first;
}

static void number_upright(const job *j, size_t z, uint32_t first, const workspace *w)
{
    size_t nx = j->v->n[0], ny = j->v->n[1];
    for (size_t y = 0; y < ny; y++) {
        const uint8_t *row = row_of(j, y, z);
        size_t n = find_cuts(row, row + nx * ny, nx, w->places);
        for (size_t i = 0; i < n; i++) {
            const size_t at[3] = {w->places[i], y, z};
            w->maps[2][y * nx + at[0]] = first;
            put_vertex(j, first++, at, 2, nx * ny);
        }
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

static size_t put_cube(const job *j, const workspace *w, size_t z, size_t i, size_t at)
{
    size_t nx = j->v->n[0], y = i / nx;
    const uint8_t *const rows[4] = {row_of(j, y, z), row_of(j, y + 1, z),
                                    row_of(j, y, z + 1), row_of(j, y + 1, z + 1)};
    int set = case_of(rows, i % nx);
    uint32_t vertex[IA_CUBE_EDGES];
    gather(j, w->maps, i, vertex);
    for (uint8_t t = 0; t < j->cubes.n[set]; t++, at++) {
        const uint8_t *edges = j->cubes.edges[set][t];
        for (size_t c = 0; c < 3; c++)
            j->out->triangles[3 * at + c] = vertex[edges[c]];
        j->out->labels[at] = label_of(j, set, z, i, edges[0]);
    }
    return at;
}

static void put_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    const layer *l = &j->layers[z];
    size_t nx = j->v->n[0], n = nx * j->v->n[1], at = l->first_triangle;
    workspace w = {.places = j->room[worker] + 5 * n};
    if (l->n_flat + l->n_upright == 0)
        return;
    for (size_t m = 0; m < 5; m++)
        w.maps[m] = j->room[worker] + m * n;
    uint32_t first = number_flat(j, z, (uint32_t)l->first_vertex, &w, false);
    if (z + 1 == j->v->n[2])
        return;
    number_upright(j, z, first, &w);
    if (l->n_triangles == 0)
        return;
    number_flat(j, z + 1, (uint32_t)l[1].first_vertex, &w, true);
    for (size_t y = 0; y + 1 < j->v->n[1]; y++) {
        uint32_t n_triangles = 0;
        size_t n_cubes = find_cubes(j, y, z, w.places, &n_triangles);
        for (size_t i = 0; i < n_cubes; i++)
            at = put_cube(j, &w, z, y * nx + w.places[i], at);
    }
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
                  ia_array(ctx, (5 * j->v->n[1] + 1) * j->v->n[0], sizeof *j->room[w])))
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
        !(j->sides = ia_array(ctx, ia_voxels_count(voxels) + 16, 1)) ||
        !(j->layers = ia_array(ctx, n_layers, sizeof *j->layers)) ||
        (st = ia_for(ctx, "surface", n_layers, sort_plane, j)) != IA_OK ||
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
    free(j->sides);
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
