// src/spatial/pairs.c: pairs of ions counted by their distance, cell by cell.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/pairs.h>

#include "spatial/pairs_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Cells per block of work; bins are tallied in COPIES histograms by turns, so that one
// counter is rarely wanted twice in a row; a list of bins is tallied at FULL.
enum { CELLS = 128, COPIES = 4, VECTOR = 16 };
static const double per_cell = 5; // others in a cell, where r_max allows it

// A row of cells along x beside a cell: (dy, dz) away, from -reach to reach.
typedef struct {
    int32_t dy, dz, reach;
} beside;

typedef struct {
    float *x, *y, *z; // (room) points about a cell, side by side
    uint16_t *found;  // (room) bins
    size_t room;
    uint64_t *tally;  // (COPIES, n_bins)
    uint64_t *counts; // (rows, n_bins)
} workspace;

typedef struct {
    const ia_pairs_request *request;
    const ia_points *centres, *others; // the same: pairs within one list
    bool half;                         // every pair once
    ia_pair_bins bins;
    ia_grid grid;
    uint32_t *order, *start; // others by cell
    float *x, *y, *z;        // (others) in that order
    uint32_t *centre_order, *centre_start;
    beside *rows;
    size_t n_rows;
    workspace *workspaces;
    size_t n_workers;
    atomic_bool starved;
} counting;

static ia_status check(ia_ctx *ctx, const ia_points *points)
{
    for (size_t i = 0; i < 3 * points->n; i++)
        if (!isfinite(points->xyz[i]))
            return ia_fail(ctx, IA_ERR_PARAM, "position of ion %zu is not finite", i / 3);
    if (points->n > INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu ions: at most %d were expected",
                       points->n, INT32_MAX);
    return IA_OK;
}

// Cells of a few others; no wider than r_max, and not many more cells than others.
static void lay_out(counting *c)
{
    double low[3], high[3], volume = 1, n = (double)c->others->n;
    double r_max = c->request->r_max, cell, n_cells = INFINITY;
    for (size_t k = 0; k < 3; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
        for (size_t i = 0; i < c->others->n; i++) {
            low[k] = fmin(low[k], (double)c->others->xyz[3 * i + k]);
            high[k] = fmax(high[k], (double)c->others->xyz[3 * i + k]);
        }
        volume *= fmax(high[k] - low[k], r_max);
    }
    cell = fmin(fmax(cbrt(per_cell * volume / n), r_max / 8), r_max);
    for (; n_cells > 4 * n + 64; cell *= 1.26) {
        n_cells = 1;
        for (size_t k = 0; k < 3; k++)
            n_cells *= floor((high[k] - low[k]) / cell) + 1;
        if (n_cells <= 4 * n + 64)
            break;
    }
    c->grid = (ia_grid){.cell = cell, .inverse = 1 / cell, .n_cells = 1};
    for (size_t k = 0; k < 3; k++) {
        c->grid.origin[k] = low[k];
        c->grid.size[k] = (int32_t)floor((high[k] - low[k]) / cell) + 1;
        c->grid.n_cells *= (size_t)c->grid.size[k];
    }
}

// Least distance of two cells so many cells apart, in cells.
static double apart(int32_t d)
{
    return d > 1 ? d - 1 : d < -1 ? -d - 1 : 0;
}

// Rows whose cells may hold points nearer than r_max, a hair more: cells are found with
// rounded numbers. With `half` those that come after the cell itself.
static ia_status list_rows(ia_ctx *ctx, counting *c)
{
    double reach = c->request->r_max * c->grid.inverse * (1 + 1e-6) + 1e-6;
    int32_t most[2];
    for (int k = 0; k < 2; k++)
        most[k] = (int32_t)fmin(ceil(reach) + 1, c->grid.size[k + 1]);
    size_t n = (size_t)(2 * most[0] + 1) * (size_t)(2 * most[1] + 1);
    if (!(c->rows = ia_array(ctx, n, sizeof *c->rows)))
        return IA_ERR_MEMORY;
    for (int32_t dz = c->half ? 0 : -most[1]; dz <= most[1]; dz++)
        for (int32_t dy = c->half && dz == 0 ? 0 : -most[0]; dy <= most[0]; dy++) {
            double left = reach * reach - apart(dy) * apart(dy) - apart(dz) * apart(dz);
            if (left >= 0)
                c->rows[c->n_rows++] =
                    (beside){dy, dz, (int32_t)fmin(sqrt(left) + 1, c->grid.size[0])};
        }
    return IA_OK;
}

static ia_status sort_points(ia_ctx *ctx, counting *c)
{
    size_t n = c->others->n;
    ia_status st;
    if (!(c->order = ia_array(ctx, n, sizeof *c->order)) ||
        !(c->start = ia_array(ctx, c->grid.n_cells + 1, sizeof *c->start)) ||
        !(c->x = ia_array(ctx, n, sizeof *c->x)) ||
        !(c->y = ia_array(ctx, n, sizeof *c->y)) ||
        !(c->z = ia_array(ctx, n, sizeof *c->z)))
        return IA_ERR_MEMORY;
    if ((st = ia_grid_sort(ctx, &c->grid, c->others, c->order, c->start)) != IA_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        const float *at = c->others->xyz + 3 * (size_t)c->order[i];
        c->x[i] = at[0];
        c->y[i] = at[1];
        c->z[i] = at[2];
    }
    c->centre_order = c->order;
    c->centre_start = c->start;
    if (c->centres == c->others)
        return IA_OK;
    c->centre_order = ia_array(ctx, c->centres->n, sizeof *c->centre_order);
    c->centre_start = ia_array(ctx, c->grid.n_cells + 1, sizeof *c->centre_start);
    if (!c->centre_order || !c->centre_start)
        return IA_ERR_MEMORY;
    return ia_grid_sort(ctx, &c->grid, c->centres, c->centre_order, c->centre_start);
}

static size_t n_rows_of(const counting *c)
{
    return c->request->group ? c->request->n_groups : 1;
}

static ia_status make_workspaces(ia_ctx *ctx, counting *c)
{
    c->n_workers = ia_for_workers(ctx, SIZE_MAX);
    if (!(c->workspaces = ia_array(ctx, c->n_workers, sizeof *c->workspaces)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < c->n_workers; w++) {
        workspace *own = &c->workspaces[w];
        if (!(own->tally = ia_array(ctx, COPIES * c->bins.n, sizeof *own->tally)) ||
            !(own->counts = ia_array(ctx, n_rows_of(c) * c->bins.n, sizeof *own->counts)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static void clear_workspace(workspace *w)
{
    free(w->x);
    free(w->y);
    free(w->z);
    free(w->found);
    free(w->tally);
    free(w->counts);
}

static bool make_room(workspace *w, size_t n)
{
    if (n + VECTOR <= w->room)
        return true;
    size_t room = n + n / 2 + VECTOR;
    free(w->x);
    free(w->y);
    free(w->z);
    free(w->found);
    w->x = ia_array(NULL, room, sizeof *w->x);
    w->y = ia_array(NULL, room, sizeof *w->y);
    w->z = ia_array(NULL, room, sizeof *w->z);
    w->found = ia_array(NULL, room, sizeof *w->found);
    w->room = w->x && w->y && w->z && w->found ? room : 0;
    return w->room > 0;
}

// First and last of the others in the cells of a row beside a cell; false where there is
// no such row.
static bool row_span(const counting *c, const int32_t cell[3], const beside *row,
                     uint32_t *begin, uint32_t *end)
{
    const int32_t *size = c->grid.size;
    int32_t y = cell[1] + row->dy, z = cell[2] + row->dz;
    int32_t low = cell[0] - row->reach, high = cell[0] + row->reach;
    if (y < 0 || y >= size[1] || z < 0 || z >= size[2])
        return false;
    if (c->half && row->dy == 0 && row->dz == 0)
        low = cell[0];
    low = low > 0 ? low : 0;
    high = high < size[0] - 1 ? high : size[0] - 1;
    *begin = c->start[ia_grid_number(&c->grid, (const int32_t[]){low, y, z})];
    *end = c->start[ia_grid_number(&c->grid, (const int32_t[]){high, y, z}) + 1];
    return *end > *begin;
}

// The others about a cell, those of the cell first with `half`. False when memory ran
// out.
static bool gather(const counting *c, const int32_t cell[3], workspace *w, size_t *n)
{
    uint32_t begin, end;
    *n = 0;
    for (size_t i = 0; i < c->n_rows; i++)
        if (row_span(c, cell, &c->rows[i], &begin, &end))
            *n += end - begin;
    if (!make_room(w, *n))
        return false;
    *n = 0;
    for (size_t i = 0; i < c->n_rows; i++)
        if (row_span(c, cell, &c->rows[i], &begin, &end)) {
            memcpy(w->x + *n, c->x + begin, (end - begin) * sizeof(float));
            memcpy(w->y + *n, c->y + begin, (end - begin) * sizeof(float));
            memcpy(w->z + *n, c->z + begin, (end - begin) * sizeof(float));
            *n += end - begin;
        }
    return true;
}

static void tally(workspace *w, size_t n_bins, size_t n)
{
    uint64_t *a = w->tally, *b = a + n_bins, *c = b + n_bins, *d = c + n_bins;
    const uint16_t *found = w->found;
    size_t i = 0;
    for (; i + COPIES <= n; i += COPIES) {
        a[found[i]]++;
        b[found[i + 1]]++;
        c[found[i + 2]]++;
        d[found[i + 3]]++;
    }
    for (; i < n; i++)
        a[found[i]]++;
}

// Pairs of one centre; `nth` of its cell.
static void count_centre(const counting *c, workspace *w, size_t centre, size_t nth,
                         size_t n)
{
    size_t skip = c->half ? nth + 1 : 0;
    ia_pair_row row = {w->x + skip, w->y + skip, w->z + skip, n - skip};
    size_t n_found =
        ia_pair_bins_find(&c->bins, &row, c->centres->xyz + 3 * centre, w->found);
    if (!c->request->group) {
        tally(w, c->bins.n, n_found);
        return;
    }
    uint64_t *counts = w->counts + (size_t)c->request->group[centre] * c->bins.n;
    for (size_t i = 0; i < n_found; i++)
        counts[w->found[i]]++;
    if (c->centres == c->others)
        counts[0]--; // itself
}

static void count_cells(void *user, size_t block, size_t worker)
{
    counting *c = user;
    workspace *w = &c->workspaces[worker];
    size_t begin, end, n;
    ia_block(c->grid.n_cells, CELLS, block, &begin, &end);
    for (size_t i = begin; i < end && !atomic_load(&c->starved); i++) {
        uint32_t first = c->centre_start[i], last = c->centre_start[i + 1];
        size_t row = i / (size_t)c->grid.size[0];
        int32_t cell[3] = {(int32_t)(i % (size_t)c->grid.size[0]),
                           (int32_t)(row % (size_t)c->grid.size[1]),
                           (int32_t)(row / (size_t)c->grid.size[1])};
        if (first == last)
            continue;
        if (!gather(c, cell, w, &n)) {
            atomic_store(&c->starved, true);
            return;
        }
        for (uint32_t k = first; k < last; k++)
            count_centre(c, w, c->centre_order[k], k - first, n);
    }
}

static void add_up(const counting *c, uint64_t *counts)
{
    size_t n_bins = c->bins.n, n = n_rows_of(c) * n_bins;
    memset(counts, 0, n * sizeof *counts);
    for (size_t w = 0; w < c->n_workers; w++) {
        for (size_t i = 0; i < n; i++)
            counts[i] += c->workspaces[w].counts[i];
        for (size_t i = 0; i < COPIES * n_bins; i++)
            counts[i % n_bins] += c->workspaces[w].tally[i];
    }
}

static void clear(counting *c)
{
    for (size_t w = 0; c->workspaces && w < c->n_workers; w++)
        clear_workspace(&c->workspaces[w]);
    free(c->workspaces);
    if (c->centre_order != c->order) {
        free(c->centre_order);
        free(c->centre_start);
    }
    free(c->order);
    free(c->start);
    free(c->x);
    free(c->y);
    free(c->z);
    free(c->rows);
    ia_pair_bins_clear(&c->bins);
}

static ia_status check_all(ia_ctx *ctx, const counting *c)
{
    const ia_pairs_request *request = c->request;
    ia_status st;
    if (!(request->r_max > 0) || !isfinite(request->r_max * request->r_max))
        return ia_fail(ctx, IA_ERR_PARAM, "r_max = %g nm: a positive number was expected",
                       request->r_max);
    if (request->n_bins == 0 || request->n_bins > IA_PAIR_BINS_MAX)
        return ia_fail(ctx, IA_ERR_PARAM, "%zu bins: 1 to %d were expected",
                       request->n_bins, (int)IA_PAIR_BINS_MAX);
    if ((st = check(ctx, c->centres)) == IA_OK && c->others != c->centres)
        st = check(ctx, c->others);
    return st;
}

static ia_status run(ia_ctx *ctx, counting *c)
{
    ia_status st;
    lay_out(c);
    if ((st = list_rows(ctx, c)) == IA_OK && (st = sort_points(ctx, c)) == IA_OK)
        st = ia_for(ctx, "pairs", ia_block_count(c->grid.n_cells, CELLS), count_cells, c);
    if (st == IA_OK && atomic_load(&c->starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while counting pairs");
    return st;
}

ia_status ia_pairs_count(ia_ctx *ctx, const ia_points *centres, const ia_points *others,
                         const ia_pairs_request *request, uint64_t *counts)
{
    counting c = {.request = request,
                  .centres = centres,
                  .others = others ? others : centres,
                  .half = (!others || others == centres) && !request->group};
    ia_status st;
    if ((st = check_all(ctx, &c)) != IA_OK ||
        (st = ia_pair_bins_new(ctx, request->r_max, request->n_bins, &c.bins)) != IA_OK ||
        (st = make_workspaces(ctx, &c)) != IA_OK)
        goto done;
    if (c.centres->n > 0 && c.others->n > 0 && (st = run(ctx, &c)) != IA_OK)
        goto done;
    add_up(&c, counts);
done:
    clear(&c);
    return st;
}
