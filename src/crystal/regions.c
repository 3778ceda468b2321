// src/crystal/regions.c: overlapping cubes over the specimen, each with its ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/regions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IONS_LEAST = 50 };
static const double cells_most = 1 << 26;

static size_t number_of(const ia_regions *r, const int32_t cell[3])
{
    return ((size_t)cell[2] * (size_t)r->size[1] + (size_t)cell[1]) * (size_t)r->size[0] +
           (size_t)cell[0];
}

static size_t cell_of(const ia_regions *r, const float *xyz)
{
    int32_t cell[3];
    for (size_t k = 0; k < 3; k++) {
        double at = floor(((double)xyz[k] - r->origin[k]) / r->cell);
        double last = r->size[k] - 1;
        cell[k] = (int32_t)(at < 0 ? 0 : at > last ? last : at);
    }
    return number_of(r, cell);
}

static size_t count_cells(const ia_regions *r)
{
    return (size_t)r->size[0] * (size_t)r->size[1] * (size_t)r->size[2];
}

// Cells in the middle of the ions' box: what is left over is outside on either side.
static ia_status lay_cells(ia_ctx *ctx, const ia_points *points, ia_regions *r)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3], n_cells = 1;
    for (size_t k = 0; k < 3; k++)
        high[k] = -INFINITY;
    for (size_t i = 0; i < 3 * points->n; i++) {
        double at = points->xyz[i];
        if (!isfinite(at))
            return ia_fail(ctx, IA_ERR_PARAM, "ion %zu has no finite position", i / 3);
        low[i % 3] = fmin(low[i % 3], at);
        high[i % 3] = fmax(high[i % 3], at);
    }
    for (size_t k = 0; k < 3; k++) {
        double n = points->n ? floor((high[k] - low[k]) / r->cell) : 0;
        n = fmax(n, 2);
        n_cells *= n;
        if (n_cells > cells_most)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "regions of %g nm: the ions lie %g nm apart, too far for so "
                           "small ones; larger regions were expected",
                           2 * r->cell, high[k] - low[k]);
        r->size[k] = (int32_t)n;
        r->origin[k] = points->n ? (low[k] + high[k] - n * r->cell) / 2 : 0;
    }
    return IA_OK;
}

static ia_status sort_ions(ia_ctx *ctx, const ia_points *points, ia_regions *r)
{
    size_t n_cells = count_cells(r);
    if (!(r->start = ia_array(ctx, n_cells + 2, sizeof *r->start)) ||
        !(r->xyz = ia_array(ctx, points->n, 3 * sizeof *r->xyz)))
        return IA_ERR_MEMORY;
    size_t *next = r->start + 1; // becomes the start of each cell while it is filled
    for (size_t i = 0; i < points->n; i++)
        next[cell_of(r, points->xyz + 3 * i) + 1]++;
    for (size_t c = 0; c < n_cells; c++)
        next[c + 1] += next[c];
    for (size_t i = 0; i < points->n; i++) {
        const float *from = points->xyz + 3 * i;
        memcpy(r->xyz + 3 * next[cell_of(r, from)]++, from, 3 * sizeof *from);
    }
    return IA_OK;
}

static uint64_t count_ions(const ia_regions *r, size_t cube)
{
    ia_region_cell cells[IA_REGION_CELLS];
    uint64_t n = 0;
    ia_regions_cells(r, cube, cells);
    for (size_t i = 0; i < IA_REGION_CELLS; i++)
        n += cells[i].end - cells[i].begin;
    return n;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Leave out cubes that are hardly filled, then some of the rest where there are many.
static ia_status choose(ia_ctx *ctx, size_t n_most, ia_regions *r)
{
    size_t n = r->n_cubes, kept = 0;
    uint64_t *sorted = ia_array(ctx, n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    memcpy(sorted, r->ions, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    uint64_t least = sorted[n - 1 - n / 10] / 2;
    free(sorted);
    for (size_t i = 0; i < n; i++)
        if (r->ions[i] >= least && r->ions[i] >= IONS_LEAST) {
            memmove(r->low[kept], r->low[i], sizeof r->low[i]);
            r->ions[kept++] = r->ions[i];
        }
    r->n_filled = kept;
    r->n_cubes = kept < n_most ? kept : n_most;
    for (size_t i = 0; i < r->n_cubes; i++) {
        size_t from = i * kept / r->n_cubes;
        memmove(r->low[i], r->low[from], sizeof r->low[i]);
        r->ions[i] = r->ions[from];
    }
    return IA_OK;
}

static ia_status list_cubes(ia_ctx *ctx, size_t n_most, ia_regions *r)
{
    uint32_t size[3] = {(uint32_t)r->size[0] - 1, (uint32_t)r->size[1] - 1,
                        (uint32_t)r->size[2] - 1};
    size_t n = (size_t)size[0] * size[1] * size[2];
    if (!(r->low = ia_array(ctx, n, sizeof *r->low)) ||
        !(r->ions = ia_array(ctx, n, sizeof *r->ions)))
        return IA_ERR_MEMORY;
    for (r->n_cubes = 0; r->n_cubes < n; r->n_cubes++) {
        size_t i = r->n_cubes, row = i / size[0];
        r->low[i][0] = (uint32_t)(i % size[0]);
        r->low[i][1] = (uint32_t)(row % size[1]);
        r->low[i][2] = (uint32_t)(row / size[1]);
        r->ions[i] = count_ions(r, i);
    }
    return choose(ctx, n_most, r);
}

ia_status ia_regions_build(ia_ctx *ctx, const ia_points *points, double edge,
                           size_t n_most, ia_regions *out)
{
    ia_regions r = {.cell = edge / 2};
    ia_status st;
    if ((st = lay_cells(ctx, points, &r)) == IA_OK &&
        (st = sort_ions(ctx, points, &r)) == IA_OK &&
        (st = list_cubes(ctx, n_most, &r)) == IA_OK) {
        *out = r;
        return IA_OK;
    }
    ia_regions_clear(&r);
    return st;
}

void ia_regions_clear(ia_regions *regions)
{
    free(regions->start);
    free(regions->xyz);
    free(regions->low);
    free(regions->ions);
    *regions = (ia_regions){0};
}

void ia_regions_centre(const ia_regions *regions, size_t cube, double centre[3])
{
    for (size_t k = 0; k < 3; k++)
        centre[k] =
            regions->origin[k] + regions->cell * ((double)regions->low[cube][k] + 1);
}

void ia_regions_cells(const ia_regions *regions, size_t cube,
                      ia_region_cell cells[IA_REGION_CELLS])
{
    const uint32_t *low = regions->low[cube];
    for (size_t i = 0; i < IA_REGION_CELLS; i++) {
        int32_t cell[3] = {(int32_t)(low[0] + i % 2), (int32_t)(low[1] + i / 2 % 2),
                           (int32_t)(low[2] + i / 4)};
        size_t number = number_of(regions, cell);
        cells[i] =
            (ia_region_cell){regions->start[number], regions->start[number + 1], number};
    }
}
