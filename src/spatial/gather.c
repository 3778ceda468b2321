// src/spatial/gather.c: the points of a block of cells side by side, and their distances.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef IA_VECTOR_X86
#include <immintrin.h>
#endif

enum { VECTOR = 16 };

static bool make_room(ia_ctx *ctx, ia_gather *g, size_t room)
{
    if (room <= g->room)
        return true;
    ia_gather bigger = {.room = room + room / 2};
    size_t n = bigger.room + VECTOR;
    bigger.x = ia_array(ctx, n, sizeof *g->x);
    bigger.y = ia_array(ctx, n, sizeof *g->y);
    bigger.z = ia_array(ctx, n, sizeof *g->z);
    bigger.d2 = ia_array(ctx, n, sizeof *g->d2);
    bigger.sorted = ia_array(ctx, n, sizeof *g->sorted);
    bigger.near_d2 = ia_array(ctx, n, sizeof *g->near_d2);
    bigger.near = ia_array(ctx, n, sizeof *g->near);
    if (!bigger.x || !bigger.y || !bigger.z || !bigger.d2 || !bigger.sorted ||
        !bigger.near_d2 || !bigger.near) {
        ia_gather_clear(&bigger);
        return false;
    }
    ia_gather_clear(g);
    *g = bigger;
    return true;
}

ia_status ia_gather_init(ia_ctx *ctx, ia_gather *gather, size_t room)
{
    return make_room(ctx, gather, room) ? IA_OK : IA_ERR_MEMORY;
}

void ia_gather_clear(ia_gather *gather)
{
    free(gather->x);
    free(gather->y);
    free(gather->z);
    free(gather->d2);
    free(gather->sorted);
    free(gather->near_d2);
    free(gather->near);
    *gather = (ia_gather){0};
}

static void set_block(ia_gather *g, const ia_grid *grid, const int32_t cell[3],
                      int32_t reach)
{
    for (int k = 0; k < 3; k++) {
        g->low[k] = cell[k] > reach ? cell[k] - reach : 0;
        g->high[k] =
            cell[k] < grid->size[k] - reach ? cell[k] + reach : grid->size[k] - 1;
    }
}

// Faces beyond which there are points, a hair inside: cells are found with rounded
// numbers. A face on the grid's own border has nothing beyond.
static void set_faces(ia_gather *g, const ia_grid *grid)
{
    for (int k = 0; k < 3; k++) {
        double low = grid->origin[k] + g->low[k] * grid->cell;
        double high = grid->origin[k] + (g->high[k] + 1) * grid->cell;
        double hair = 1e-6 * (grid->cell + fabs(low) + fabs(high));
        g->face[k][0] = g->low[k] > 0 ? (float)(low + hair) : -INFINITY;
        g->face[k][1] = g->high[k] < grid->size[k] - 1 ? (float)(high - hair) : INFINITY;
    }
}

// First and last point of the cells of the block in one row along x: they lie side by
// side.
static void row_of(const ia_gather *g, const ia_index *index, int32_t y, int32_t z,
                   uint32_t *begin, uint32_t *end)
{
    size_t first = ia_grid_number(&index->grid, (const int32_t[3]){g->low[0], y, z});
    *begin = index->start[first];
    *end = index->start[first + (size_t)(g->high[0] - g->low[0]) + 1];
}

static size_t count_block(const ia_gather *g, const ia_index *index)
{
    size_t n = 0;
    for (int32_t z = g->low[2]; z <= g->high[2]; z++)
        for (int32_t y = g->low[1]; y <= g->high[1]; y++) {
            uint32_t begin, end;
            row_of(g, index, y, z, &begin, &end);
            n += end - begin;
        }
    return n;
}

static void append(ia_gather *g, const ia_index *index, uint32_t begin, uint32_t end)
{
    size_t n = end - begin;
    if (n == 0) // there may be no room yet
        return;
    memcpy(g->x + g->n, index->x + begin, n * sizeof(float));
    memcpy(g->y + g->n, index->y + begin, n * sizeof(float));
    memcpy(g->z + g->n, index->z + begin, n * sizeof(float));
    for (size_t i = 0; i < n; i++)
        g->sorted[g->n + i] = begin + (uint32_t)i;
    g->n += n;
}

bool ia_gather_fill(ia_gather *gather, const ia_index *index, const int32_t cell[3],
                    int32_t reach)
{
    ia_gather *g = gather;
    set_block(g, &index->grid, cell, reach);
    size_t n = count_block(g, index);
    ia_gather block = *g;
    if (!make_room(NULL, g, n))
        return false;
    memcpy(g->low, block.low, sizeof g->low);
    memcpy(g->high, block.high, sizeof g->high);
    set_faces(g, &index->grid);
    g->n = 0;
    for (int32_t z = g->low[2]; z <= g->high[2]; z++)
        for (int32_t y = g->low[1]; y <= g->high[1]; y++) {
            uint32_t begin, end;
            row_of(g, index, y, z, &begin, &end);
            append(g, index, begin, end);
        }
    return true;
}

float ia_gather_bound2(const ia_gather *gather, const float query[3])
{
    float bound = INFINITY;
    for (int k = 0; k < 3; k++) {
        float below = query[k] - gather->face[k][0],
              above = gather->face[k][1] - query[k];
        bound = below < bound ? below : bound;
        bound = above < bound ? above : bound;
    }
    return bound > 0 ? bound * bound : 0;
}

IA_VECTOR static void measure(const float *restrict x, const float *restrict y,
                              const float *restrict z, const float query[3],
                              float *restrict d2, size_t n)
{
    float qx = query[0], qy = query[1], qz = query[2];
    for (size_t i = 0; i < n; i++) {
        float dx = x[i] - qx, dy = y[i] - qy, dz = z[i] - qz;
        d2[i] = dx * dx + dy * dy + dz * dz;
    }
}

void ia_gather_measure(ia_gather *gather, const float query[3])
{
    measure(gather->x, gather->y, gather->z, query, gather->d2, gather->n);
}

static size_t keep_plain(ia_gather *g, float limit)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        g->near_d2[n] = g->d2[i];
        g->near[n] = (uint32_t)i;
        n += g->d2[i] < limit;
    }
    return n;
}

#ifdef IA_VECTOR_X86
// Sixteen at a time: compare, close the gaps, store. The lists have room for a vector
// more.
__attribute__((target("avx512f"))) static size_t keep_wide(ia_gather *g, float limit)
{
    __m512 most = _mm512_set1_ps(limit);
    __m512i place =
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t n = 0;
    for (size_t i = 0; i < g->n; i += VECTOR) {
        __m512 d2 = _mm512_loadu_ps(g->d2 + i);
        __mmask16 in = _mm512_cmp_ps_mask(d2, most, _CMP_LT_OQ);
        if (g->n - i < VECTOR)
            in &= (__mmask16)((1u << (g->n - i)) - 1);
        _mm512_storeu_ps(g->near_d2 + n, _mm512_maskz_compress_ps(in, d2));
        _mm512_storeu_si512(g->near + n, _mm512_maskz_compress_epi32(in, place));
        n += (size_t)__builtin_popcount(in);
        place = _mm512_add_epi32(place, _mm512_set1_epi32(VECTOR));
    }
    return n;
}
#endif

size_t ia_gather_keep(ia_gather *gather, float limit)
{
#ifdef IA_VECTOR_X86
    if (__builtin_cpu_supports("avx512f"))
        return keep_wide(gather, limit);
#endif
    return keep_plain(gather, limit);
}
