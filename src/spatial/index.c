// src/spatial/index.c: points sorted into cells, fine enough that a few cells hold a
// neighbourhood.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_index_params, points_per_cell, "", 6, 0.1, 1000,
             "mean number of points in a cell that holds any"),
};
const ia_method ia_index_method =
    IA_METHOD("index_points", "Sort points into cells", ia_index_params, fields);

ia_index_params ia_index_defaults(void)
{
    ia_index_params params;
    ia_method_defaults(&ia_index_method, &params);
    return params;
}

void ia_grid_place(const ia_grid *grid, const float xyz[3], int32_t cell[3])
{
    for (int k = 0; k < 3; k++) {
        double at = (xyz[k] - grid->origin[k]) * grid->inverse;
        double last = grid->size[k] - 1;
        cell[k] = (int32_t)(at > 0 ? (at < last ? at : last) : 0);
    }
}

// Cells are dealt out in shares so that each point is written by the share of its cell:
// no locks, and the caller's order within a cell whatever the number of threads.
enum { SHARES = 16 };

typedef struct {
    const ia_grid *grid;
    const ia_points *points;
    uint32_t *cells; // (n) number of the cell of each point
    uint32_t *start, *order;
} sorting;

static void place_block(void *user, size_t block, size_t worker)
{
    sorting *s = user;
    size_t begin, end;
    (void)worker;
    ia_block(s->points->n, IA_COLUMN_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        int32_t cell[3];
        ia_grid_place(s->grid, s->points->xyz + 3 * i, cell);
        s->cells[i] = (uint32_t)ia_grid_number(s->grid, cell);
    }
}

static void share_of(const sorting *s, size_t share, uint32_t *low, uint32_t *width)
{
    size_t begin = s->grid->n_cells * share / SHARES;
    size_t end = s->grid->n_cells * (share + 1) / SHARES;
    *low = (uint32_t)begin;
    *width = (uint32_t)(end - begin);
}

static void count_share(void *user, size_t share, size_t worker)
{
    sorting *s = user;
    uint32_t low, width;
    (void)worker;
    share_of(s, share, &low, &width);
    for (size_t i = 0; i < s->points->n; i++)
        if (s->cells[i] - low < width)
            s->start[s->cells[i] + 1]++;
}

static void deal_share(void *user, size_t share, size_t worker)
{
    sorting *s = user;
    uint32_t low, width;
    (void)worker;
    share_of(s, share, &low, &width);
    // start[c] moves to the end of cell c while its points are dealt.
    for (size_t i = 0; i < s->points->n; i++)
        if (s->cells[i] - low < width)
            s->order[s->start[s->cells[i]]++] = (uint32_t)i;
}

static ia_status count(ia_ctx *ctx, sorting *s)
{
    ia_status st;
    memset(s->start, 0, (s->grid->n_cells + 1) * sizeof *s->start);
    if ((st = ia_for(ctx, NULL, ia_block_count(s->points->n, IA_COLUMN_BLOCK),
                     place_block, s)) != IA_OK)
        return st;
    return ia_for(ctx, NULL, SHARES, count_share, s);
}

static ia_status deal(ia_ctx *ctx, sorting *s)
{
    size_t n_cells = s->grid->n_cells;
    for (size_t c = 0; c < n_cells; c++)
        s->start[c + 1] += s->start[c];
    ia_status st = ia_for(ctx, NULL, SHARES, deal_share, s);
    // Each start has moved to the next one's place: shift them back.
    memmove(s->start + 1, s->start, n_cells * sizeof *s->start);
    s->start[0] = 0;
    return st;
}

ia_status ia_grid_sort(ia_ctx *ctx, const ia_grid *grid, const ia_points *points,
                       uint32_t *order, uint32_t *start)
{
    sorting s = {.grid = grid, .points = points, .start = start, .order = order};
    if (!(s.cells = ia_array(ctx, points->n, sizeof *s.cells)))
        return IA_ERR_MEMORY;
    ia_status st = count(ctx, &s);
    if (st == IA_OK)
        st = deal(ctx, &s);
    free(s.cells);
    return st;
}

static void bound(const ia_points *points, double low[3], double high[3])
{
    for (int k = 0; k < 3; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
    }
    for (size_t i = 0; i < points->n; i++)
        for (size_t k = 0; k < 3; k++) {
            double v = points->xyz[3 * i + k];
            low[k] = v < low[k] ? v : low[k];
            high[k] = v > high[k] ? v : high[k];
        }
}

ia_status ia_index_check_box(ia_ctx *ctx, const double low[3], const double high[3])
{
    const double most = 1e18; // nm: the square of three such edges is a float
    for (int k = 0; k < 3; k++)
        if (high[k] - low[k] > most)
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "positions from %.3g to %.3g nm along %c: distances up to %g "
                           "nm can be compared; a region leaves ions far off out",
                           low[k], high[k], "xyz"[k], most);
    return IA_OK;
}

// Cells of edge `cell` over the box; coarser where there would be more than 4 n of them.
static ia_grid grid_of(const double low[3], const double high[3], double cell, size_t n)
{
    ia_grid grid = {.origin = {low[0], low[1], low[2]}};
    double n_most = 4.0 * (double)n + 64;
    for (;; cell *= 1.26) {
        double n_cells = 1;
        for (int k = 0; k < 3; k++)
            n_cells *= floor((high[k] - low[k]) / cell) + 1;
        if (n_cells <= n_most)
            break;
    }
    grid.cell = cell;
    grid.inverse = 1 / cell;
    grid.n_cells = 1;
    for (int k = 0; k < 3; k++) {
        grid.size[k] = (int32_t)floor((high[k] - low[k]) / cell) + 1;
        grid.n_cells *= (size_t)grid.size[k];
    }
    return grid;
}

// First guess: the points fill their box evenly. Flat boxes count as one cell thick.
static double first_cell(const double low[3], const double high[3], double per_cell,
                         size_t n)
{
    double extent = fmax(high[0] - low[0], fmax(high[1] - low[1], high[2] - low[2]));
    if (extent == 0)
        return 1;
    double cell = extent;
    for (int round = 0; round < 4; round++) {
        double volume = 1;
        for (int k = 0; k < 3; k++)
            volume *= fmax(high[k] - low[k], cell);
        cell = cbrt(volume * per_cell / (double)n);
    }
    return fmax(cell, extent * 1e-6);
}

static size_t count_filled(const ia_grid *grid, const uint32_t *start)
{
    size_t n = 0;
    for (size_t c = 0; c < grid->n_cells; c++)
        n += start[c + 1] > 0;
    return n;
}

// Pairs that a search over neighbouring cells would look at, from the counts per cell.
static double expected_pairs(const ia_grid *grid, const uint32_t *start)
{
    double pairs = 0;
    for (size_t c = 0; c < grid->n_cells; c++)
        pairs += (double)start[c + 1] * (double)start[c + 1];
    return 27 * pairs;
}

// Refine the cells until those that hold points hold as many as wanted: a needle fills
// only a part of its box. False when no size of cell makes searches cheap.
static ia_status choose_grid(ia_ctx *ctx, const ia_points *points, double per_cell,
                             sorting *s, ia_grid *grid, bool *even)
{
    double low[3], high[3];
    bound(points, low, high);
    if (!(low[0] <= high[0] && low[1] <= high[1] && low[2] <= high[2]))
        return ia_fail(ctx, IA_ERR_PARAM, "no point has a position that is a number");
    ia_status st = ia_index_check_box(ctx, low, high);
    if (st != IA_OK)
        return st;
    double cell = first_cell(low, high, per_cell, points->n);
    s->grid = grid;
    for (int round = 0; round < 3 && st == IA_OK; round++) {
        *grid = grid_of(low, high, cell, points->n);
        free(s->start);
        if (!(s->start = ia_array(ctx, grid->n_cells + 1, sizeof *s->start)))
            return IA_ERR_MEMORY;
        if ((st = count(ctx, s)) != IA_OK)
            break;
        double filling = (double)points->n / (double)count_filled(grid, s->start);
        // Cells that hold a Poisson number are filled a little above the mean when filled
        // at all.
        if (filling < 1.4 * per_cell + 1)
            break;
        cell = grid->cell * fmax(cbrt(per_cell / filling), 0.3);
    }
    *even = expected_pairs(grid, s->start) < 27 * 20 * (per_cell + 1) * (double)points->n;
    return st;
}

typedef struct {
    ia_index *index;
    const ia_points *points;
} filling;

static void fill_block(void *user, size_t block, size_t worker)
{
    filling *f = user;
    ia_index *index = f->index;
    size_t begin, end;
    (void)worker;
    ia_block(index->n, IA_COLUMN_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *xyz = f->points->xyz + 3 * (size_t)index->point[i];
        index->x[i] = xyz[0];
        index->y[i] = xyz[1];
        index->z[i] = xyz[2];
    }
}

static ia_status fill_cells(ia_ctx *ctx, const ia_points *points, sorting *s,
                            ia_index *index)
{
    size_t n = points->n;
    ia_status st;
    if (!(index->point = ia_array(ctx, n, sizeof *index->point)) ||
        !(index->x = ia_array(ctx, n, sizeof *index->x)) ||
        !(index->y = ia_array(ctx, n, sizeof *index->y)) ||
        !(index->z = ia_array(ctx, n, sizeof *index->z)))
        return IA_ERR_MEMORY;
    s->order = index->point;
    if ((st = deal(ctx, s)) != IA_OK)
        return st;
    index->start = s->start;
    s->start = NULL;
    return ia_for(ctx, NULL, ia_block_count(n, IA_COLUMN_BLOCK), fill_block,
                  &(filling){index, points});
}

static ia_status build(ia_ctx *ctx, const ia_points *points, double per_cell,
                       ia_index *index)
{
    sorting s = {.points = points};
    bool even = false;
    ia_status st = IA_ERR_MEMORY;
    index->n = points->n;
    if (!(s.cells = ia_array(ctx, points->n, sizeof *s.cells)) ||
        (st = choose_grid(ctx, points, per_cell, &s, &index->grid, &even)) != IA_OK)
        goto done;
    st = even ? fill_cells(ctx, points, &s, index)
              : ia_tree_build(ctx, points, &index->tree);
done:
    free(s.cells);
    free(s.start);
    return st;
}

ia_status ia_index_build(ia_ctx *ctx, const ia_points *points,
                         const ia_index_params *params, ia_index **out)
{
    ia_index_params p = params ? *params : ia_index_defaults();
    ia_status st = ia_method_check(ctx, &ia_index_method, &p);
    if (st != IA_OK)
        return st;
    if (points->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no points to search among");
    if (points->n > INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu points: one index holds 2147483647",
                       points->n);
    ia_index *index = ia_array(ctx, 1, sizeof *index);
    if (!index)
        return IA_ERR_MEMORY;
    if ((st = build(ctx, points, p.points_per_cell, index)) != IA_OK) {
        ia_index_free(index);
        return st;
    }
    *out = index;
    return IA_OK;
}

void ia_index_free(ia_index *index)
{
    if (!index)
        return;
    free(index->start);
    free(index->x);
    free(index->y);
    free(index->z);
    free(index->point);
    ia_tree_free(index->tree);
    free(index);
}

size_t ia_index_size(const ia_index *index)
{
    return index->n;
}
