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

// Sides of 64 voxels of a row, the first in the lowest bit; beyond the row all are
// unknown.
typedef struct {
    uint64_t inside, unknown;
} sides;

typedef struct {
    const ia_voxels *v;
    const float *values;
    float level;
    const int32_t *labels;
    ia_cubes cubes;
    size_t n_words;  // of a row
    sides *sides;    // (n[2], n[1], n_words) and one more
    layer *layers;   // (n[2])
    uint32_t **room; // of each worker: (5, n[0] n[1]) vertices of edges
    ia_mesh *out;
} job;

enum { WORD = 64 };

// Bit k of byte k for eight bytes that are 0 or 1, the first byte lowest.
static inline uint64_t pack(uint64_t bytes)
{
    return (bytes * 0x0102040810204080u) >> 56;
}

// Eight bytes as a word, the first lowest.
static inline uint64_t word_of(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline sides sides_of(const float *values, float level, size_t n)
{
    uint8_t inside[WORD], unknown[WORD];
    sides s = {0, 0};
    memset(inside, 0, sizeof inside);
    memset(unknown, 1, sizeof unknown);
    for (size_t i = 0; i < n; i++) {
        inside[i] = values[i] > level;
        unknown[i] = values[i] != values[i];
    }
    for (int k = 0; k < WORD; k += 8) {
        s.inside |= pack(word_of(inside + k)) << k;
        s.unknown |= pack(word_of(unknown + k)) << k;
    }
    return s;
}

IA_VECTOR static void sort_row(const float *values, float level, size_t n, sides *out)
{
    for (; n >= WORD; n -= WORD, values += WORD)
        *out++ = sides_of(values, level, WORD);
    if (n > 0)
        *out = sides_of(values, level, n);
}

static void sort_plane(void *user, size_t z, size_t worker)
{
    const job *j = user;
    size_t nx = j->v->n[0], ny = j->v->n[1];
    (void)worker;
    for (size_t row = z * ny; row < (z + 1) * ny; row++)
        sort_row(j->values + row * nx, j->level, nx, j->sides + row * j->n_words);
}

static const sides *row_of(const job *j, size_t y, size_t z)
{
    return j->sides + (z * j->v->n[1] + y) * j->n_words;
}

// The same, each voxel in the place of the one before it.
static inline sides next_of(const sides *s)
{
    return (sides){s[0].inside >> 1 | s[1].inside << (WORD - 1),
                   s[0].unknown >> 1 | s[1].unknown << (WORD - 1)};
}

// Places of a word that have a next voxel in their row.
static inline uint64_t with_next(const job *j, size_t word)
{
    size_t n = j->v->n[0] - 1, begin = word * WORD;
    return n >= begin + WORD ? ~(uint64_t)0 : ((uint64_t)1 << (n - begin)) - 1;
}

static inline uint64_t cuts_between(sides a, sides b)
{
    return (a.inside ^ b.inside) & ~(a.unknown | b.unknown);
}

// Edges cut from the voxels of a word to the next ones along an axis.
static inline uint64_t cuts_of(const job *j, const sides *row, size_t word, int axis)
{
    const sides *s = row + word;
    if (axis == 0)
        return cuts_between(*s, next_of(s)) & with_next(j, word);
    size_t step = axis == 1 ? j->n_words : j->n_words * j->v->n[1];
    return cuts_between(*s, s[step]);
}

// Corners of 64 cubes between four rows.
typedef struct {
    uint64_t corners[8], mixed; // mixed: all are known, not all on one side
} cubes_word;

static inline cubes_word cubes_of(const job *j, size_t y, size_t z, size_t word)
{
    const sides *const rows[4] = {row_of(j, y, z) + word, row_of(j, y + 1, z) + word,
                                  row_of(j, y, z + 1) + word,
                                  row_of(j, y + 1, z + 1) + word};
    cubes_word c;
    uint64_t any = 0, all = ~(uint64_t)0, unknown = 0;
    for (int r = 0; r < 4; r++) {
        sides next = next_of(rows[r]);
        c.corners[2 * r] = rows[r]->inside;
        c.corners[2 * r + 1] = next.inside;
        any |= rows[r]->inside | next.inside;
        all &= rows[r]->inside & next.inside;
        unknown |= rows[r]->unknown | next.unknown;
    }
    c.mixed = any & ~all & ~unknown & with_next(j, word);
    return c;
}

static inline unsigned case_of(const cubes_word *c, int bit)
{
    unsigned set = 0;
    for (int k = 0; k < 8; k++)
        set |= (unsigned)(c->corners[k] >> bit & 1) << k;
    return set;
}

static inline uint32_t count_triangles(const job *j, size_t y, size_t z, size_t word)
{
    cubes_word c = cubes_of(j, y, z, word);
    uint32_t n = 0;
    for (; c.mixed; c.mixed &= c.mixed - 1)
        n += j->cubes.n[case_of(&c, __builtin_ctzll(c.mixed))];
    return n;
}

IA_VECTOR static void count_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    layer l = {0};
    size_t ny = j->v->n[1];
    bool last = z + 1 == j->v->n[2];
    (void)worker;
    for (size_t y = 0; y < ny; y++) {
        const sides *row = row_of(j, y, z);
        for (size_t w = 0; w < j->n_words; w++) {
            l.n_flat += (uint32_t)__builtin_popcountll(cuts_of(j, row, w, 0));
            if (y + 1 < ny)
                l.n_flat += (uint32_t)__builtin_popcountll(cuts_of(j, row, w, 1));
            if (!last)
                l.n_upright += (uint32_t)__builtin_popcountll(cuts_of(j, row, w, 2));
            if (!last && y + 1 < ny)
                l.n_triangles += count_triangles(j, y, z, w);
        }
    }
    j->layers[z] = l;
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

// Numbers of the vertices on the edges of a row along an axis, from `first` on, into a
// map; the vertices themselves where asked for. The next free number.
static uint32_t number_row(const job *j, const size_t row[2], int axis, uint32_t first,
                           uint32_t *map, bool put)
{
    size_t nx = j->v->n[0], y = row[0], z = row[1];
    size_t step = axis == 0 ? 1 : axis == 1 ? nx : nx * j->v->n[1];
    const sides *s = row_of(j, y, z);
    for (size_t w = 0; w < j->n_words; w++) {
        uint64_t cuts = cuts_of(j, s, w, axis);
        for (; cuts; cuts &= cuts - 1) {
            const size_t at[3] = {w * WORD + (size_t)__builtin_ctzll(cuts), y, z};
            map[y * nx + at[0]] = first;
            if (put)
                put_vertex(j, first, at, axis, step);
            first++;
        }
    }
    return first;
}

// Those of the edges of a plane along x and y.
static uint32_t number_flat(const job *j, size_t z, uint32_t first, uint32_t *const *maps,
                            bool put)
{
    for (size_t y = 0; y < j->v->n[1]; y++) {
        const size_t row[2] = {y, z};
        first = number_row(j, row, 0, first, maps[0], put);
        if (y + 1 < j->v->n[1])
            first = number_row(j, row, 1, first, maps[1], put);
    }
    return first;
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

static int32_t label_of(const job *j, unsigned set, size_t z, size_t i, uint8_t edge)
{
    uint8_t corner = ia_cube_edges[edge][set >> ia_cube_edges[edge][0] & 1 ? 0 : 1];
    size_t nx = j->v->n[0], ny = j->v->n[1];
    size_t at = z * nx * ny + i + (corner & 1) + (corner >> 1 & 1) * nx +
                (size_t)(corner >> 2 & 1) * nx * ny;
    return j->labels ? j->labels[at] : 0;
}

// Triangles of the cube at place i of layer z, from number `at` on.
static size_t put_cube(const job *j, uint32_t *const maps[5], unsigned set,
                       const size_t place[2], size_t at)
{
    uint32_t vertex[IA_CUBE_EDGES];
    size_t z = place[0], i = place[1];
    gather(j, maps, i, vertex);
    for (uint8_t t = 0; t < j->cubes.n[set]; t++, at++) {
        const uint8_t *edges = j->cubes.edges[set][t];
        for (size_t c = 0; c < 3; c++)
            j->out->triangles[3 * at + c] = vertex[edges[c]];
        j->out->labels[at] = label_of(j, set, z, i, edges[0]);
    }
    return at;
}

static size_t put_cubes(const job *j, uint32_t *const maps[5], size_t y, size_t z,
                        size_t at)
{
    for (size_t w = 0; w < j->n_words; w++) {
        cubes_word c = cubes_of(j, y, z, w);
        for (; c.mixed; c.mixed &= c.mixed - 1) {
            int bit = __builtin_ctzll(c.mixed);
            const size_t place[2] = {z, y * j->v->n[0] + w * WORD + (size_t)bit};
            at = put_cube(j, maps, case_of(&c, bit), place, at);
        }
    }
    return at;
}

static void put_layer(void *user, size_t z, size_t worker)
{
    const job *j = user;
    const layer *l = &j->layers[z];
    size_t n = j->v->n[0] * j->v->n[1], at = l->first_triangle;
    // Edges along x, y of this plane, along z, along x, y of the next plane.
    uint32_t *maps[5];
    if (l->n_flat + l->n_upright == 0)
        return;
    for (size_t m = 0; m < 5; m++)
        maps[m] = j->room[worker] + m * n;
    uint32_t first = number_flat(j, z, (uint32_t)l->first_vertex, maps, true);
    if (z + 1 == j->v->n[2])
        return;
    for (size_t y = 0; y < j->v->n[1]; y++)
        first = number_row(j, (size_t[]){y, z}, 2, first, maps[2], true);
    if (l->n_triangles == 0)
        return;
    number_flat(j, z + 1, (uint32_t)l[1].first_vertex, maps + 3, false);
    for (size_t y = 0; y + 1 < j->v->n[1]; y++)
        at = put_cubes(j, maps, y, z, at);
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
                  ia_array(ctx, 5 * j->v->n[1] * j->v->n[0], sizeof *j->room[w])))
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
    j->n_words = ia_block_count(voxels->n[0], WORD);
    j->values = values;
    j->level = (float)level;
    j->labels = labels;
    j->out = &mesh;
    if (!ia_cubes_make(&j->cubes) ||
        !(j->sides = ia_array(ctx, n_layers * voxels->n[1] * j->n_words + 1,
                              sizeof *j->sides)) ||
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
