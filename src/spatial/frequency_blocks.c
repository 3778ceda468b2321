// src/spatial/frequency_blocks.c: ions sorted into blocks of so many.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"

#include "core/radix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Cells of a regular grid over the box of the ions.
typedef struct {
    double low[3], edge;
    size_t size[3];
} grid;

static grid lay_out(const frequency_cloud *cloud, size_t size, bool columns)
{
    grid g = {.edge = cbrt(cloud->volume * (double)size / (double)cloud->n)};
    for (size_t k = 0; k < 3; k++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < cloud->n; i++) {
            low = fmin(low, (double)cloud->xyz[3 * i + k]);
            high = fmax(high, (double)cloud->xyz[3 * i + k]);
        }
        g.low[k] = low;
        g.size[k] = columns && k == 2 ? 1 : (size_t)floor((high - low) / g.edge) + 1;
    }
    return g;
}

static size_t cell_of(const grid *g, const float *xyz)
{
    size_t at[3];
    for (size_t k = 0; k < 3; k++) {
        double place = ((double)xyz[k] - g->low[k]) / g->edge;
        at[k] = (size_t)fmin(fmax(place, 0), (double)(g->size[k] - 1));
    }
    return (at[2] * g->size[1] + at[1]) * g->size[0] + at[0];
}

// 2^32 cells are not needed where each holds an ion or more: a cloud with a few ions far
// off its volume.
static ia_status count_cells(ia_ctx *ctx, const grid *g, size_t *n)
{
    double cells = (double)g->size[0] * (double)g->size[1] * (double)g->size[2];
    if (!(cells < 1e9))
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "the ions lie too far apart to be sorted into blocks");
    *n = (size_t)cells;
    return IA_OK;
}

// Numbers in the order of the values, 0 and -0 alike.
static uint32_t rising(float value)
{
    const uint32_t sign = 0x80000000u;
    float sum = value + 0.0f;
    uint32_t bits;
    memcpy(&bits, &sum, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

static int count_bits(size_t n)
{
    int bits = 0;
    while (bits < 32 && n >> bits)
        bits++;
    return bits;
}

// Runs of `size` ions of one column, which the upper half of a key tells.
static void cut(const uint64_t *keys, const uint32_t *order, size_t n,
                frequency_blocks *out)
{
    for (size_t first = 0; first < n;) {
        size_t last = first;
        while (last < n && keys[last] >> 32 == keys[first] >> 32 &&
               last - first < out->size)
            last++;
        bool whole = last - first == out->size;
        for (size_t i = first; i < last; i++)
            out->block[order[i]] = whole ? (uint32_t)out->n : UINT32_MAX;
        if (whole)
            out->ions[out->n++] = (uint32_t)out->size;
        first = last;
    }
}

ia_status ia_frequency_columns(ia_ctx *ctx, const frequency_cloud *cloud, size_t size,
                               frequency_blocks *out)
{
    frequency_blocks blocks = {.size = size};
    grid g = lay_out(cloud, size, true);
    uint64_t *keys = NULL;
    uint32_t *order = NULL;
    size_t n_columns = 0;
    ia_status st = count_cells(ctx, &g, &n_columns);
    if (st != IA_OK)
        return st;
    if (!(keys = ia_array(ctx, cloud->n, sizeof *keys)) ||
        !(order = ia_array(ctx, cloud->n, sizeof *order)) ||
        !(blocks.block = ia_array(ctx, cloud->n, sizeof *blocks.block)) ||
        !(blocks.ions = ia_array(ctx, cloud->n / size + 1, sizeof *blocks.ions))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < cloud->n; i++) {
        const float *at = cloud->xyz + 3 * i;
        keys[i] = (uint64_t)cell_of(&g, at) << 32 | rising(at[2]);
    }
    if ((st = ia_radix_sort(ctx, keys, cloud->n, 32 + count_bits(n_columns), order)) ==
        IA_OK) {
        cut(keys, order, cloud->n, &blocks);
        *out = blocks;
        blocks = (frequency_blocks){0};
    }
done:
    free(keys);
    free(order);
    ia_frequency_blocks_clear(&blocks);
    return st;
}

ia_status ia_frequency_cubes(ia_ctx *ctx, const frequency_cloud *cloud, size_t size,
                             frequency_blocks *out)
{
    frequency_blocks blocks = {.size = size};
    grid g = lay_out(cloud, size, false);
    uint32_t *number = NULL;
    size_t n_cells = 0;
    ia_status st = count_cells(ctx, &g, &n_cells);
    if (st == IA_OK && (!(number = ia_array(ctx, n_cells, sizeof *number)) ||
                        !(blocks.block = ia_array(ctx, cloud->n, sizeof *blocks.block)) ||
                        !(blocks.ions = ia_array(ctx, n_cells, sizeof *blocks.ions))))
        st = IA_ERR_MEMORY;
    if (st == IA_OK) {
        for (size_t i = 0; i < cloud->n; i++)
            number[blocks.block[i] = (uint32_t)cell_of(&g, cloud->xyz + 3 * i)]++;
        for (size_t c = 0; c < n_cells; c++) {
            uint32_t ions = number[c];
            bool enough = 2 * (size_t)ions >= size;
            number[c] = enough ? (uint32_t)blocks.n : UINT32_MAX;
            if (enough)
                blocks.ions[blocks.n++] = ions;
        }
        for (size_t i = 0; i < cloud->n; i++)
            blocks.block[i] = number[blocks.block[i]];
        *out = blocks;
        blocks = (frequency_blocks){0};
    }
    free(number);
    ia_frequency_blocks_clear(&blocks);
    return st;
}

void ia_frequency_blocks_clear(frequency_blocks *blocks)
{
    free(blocks->block);
    free(blocks->ions);
    *blocks = (frequency_blocks){0};
}
