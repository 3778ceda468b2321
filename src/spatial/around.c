// src/spatial/around.c: every point in a cylinder or slab about each query.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/around_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 256, QUERIES = 1024 };

// Cells of a row along x beside a query's cell: (dy, dz) away, from low to high.
typedef struct {
    int32_t dy, dz, low, high;
} beside;

typedef struct {
    const ia_index *index;
    const ia_points *queries;
    const ia_around_request *request;
    double frame[3][3];
    double reach[3]; // half of the box about the shape, nm, a hair more
    ia_around_shape shape;
    beside *rows;
    size_t n_rows;
    uint32_t *order, *start; // queries by cell
    ia_around_list *lists;   // of each worker
    ia_visit_around visit;
    void *user;
    atomic_bool starved;
} search;

bool ia_around_frame(const double axis[3], double frame[3][3])
{
    double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
    double *u = frame[0], *v = frame[1], *w = frame[2], across = 0;
    if (!(length > 0) || !isfinite(length))
        return false;
    for (size_t k = 0; k < 3; k++)
        w[k] = axis[k] / length;
    // u is the edge of the box least along the axis (x of equals), made perpendicular.
    size_t least = 0;
    for (size_t k = 1; k < 3; k++)
        if (fabs(w[k]) < fabs(w[least]))
            least = k;
    for (size_t k = 0; k < 3; k++) {
        u[k] = (k == least ? 1 : 0) - w[least] * w[k];
        across += u[k] * u[k];
    }
    for (size_t k = 0; k < 3; k++)
        u[k] /= sqrt(across);
    for (size_t k = 0; k < 3; k++)
        v[k] = w[(k + 1) % 3] * u[(k + 2) % 3] - w[(k + 2) % 3] * u[(k + 1) % 3];
    return true;
}

static ia_status set_shape(ia_ctx *ctx, search *s)
{
    const ia_around_request *r = s->request;
    if (!ia_around_frame(r->axis, s->frame))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "axis = %g, %g, %g: a direction other than zero was expected",
                       r->axis[0], r->axis[1], r->axis[2]);
    if (!(r->radius > 0) || !isfinite(r->radius * r->radius))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "radius = %g nm: a positive number was expected", r->radius);
    if (!(r->half_height > 0) || !isfinite(r->half_height))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "half_height = %g nm: a positive number was expected",
                       r->half_height);
    s->shape = (ia_around_shape){.r2 = (float)(r->radius * r->radius),
                                 .half = (float)r->half_height,
                                 .by_distance = r->shape == IA_AROUND_SLAB,
                                 .same = r->same};
    for (size_t k = 0; k < 3; k++) {
        double along = fabs(s->frame[2][k]), across = sqrt(fmax(0, 1 - along * along));
        double box = r->half_height * along + r->radius * across;
        s->reach[k] = (s->shape.by_distance ? fmin(box, r->radius) : box) * (1 + 1e-5);
        for (size_t i = 0; i < 3; i++)
            s->shape.frame[i][k] = (float)s->frame[i][k];
    }
    return IA_OK;
}

// Cells so far apart may hold a query and a point of its shape: the offset of two points
// is that of the cells' middles within a cube of two edges.
static bool may_hold(const search *s, const double cells[3])
{
    const double hair = 1e-5;
    double edge = s->index->grid.cell, slack = sqrt(3) * edge, along = 0, all = 0,
           height = 0;
    for (size_t k = 0; k < 3; k++) {
        along += cells[k] * edge * s->frame[2][k];
        all += cells[k] * edge * cells[k] * edge;
        height += edge * fabs(s->frame[2][k]);
    }
    double across = s->shape.by_distance ? sqrt(all) : sqrt(fmax(0, all - along * along));
    return fabs(along) < (s->request->half_height + height) * (1 + hair) &&
           across < (s->request->radius + slack) * (1 + hair);
}

// Rows of cells that may hold points of a shape about a query in the middle one: the
// shape is convex, so that its cells of a row lie side by side.
static ia_status list_rows(ia_ctx *ctx, search *s)
{
    const ia_grid *grid = &s->index->grid;
    int32_t most[3];
    for (size_t k = 0; k < 3; k++)
        most[k] = (int32_t)fmin(ceil(s->reach[k] * grid->inverse) + 1, grid->size[k]);
    size_t n = (size_t)(2 * most[1] + 1) * (size_t)(2 * most[2] + 1);
    if (!(s->rows = ia_array(ctx, n, sizeof *s->rows)))
        return IA_ERR_MEMORY;
    for (int32_t dz = -most[2]; dz <= most[2]; dz++)
        for (int32_t dy = -most[1]; dy <= most[1]; dy++) {
            beside row = {dy, dz, -most[0], most[0]};
            while (row.low <= row.high && !may_hold(s, (double[]){row.low, dy, dz}))
                row.low++;
            while (row.high >= row.low && !may_hold(s, (double[]){row.high, dy, dz}))
                row.high--;
            if (row.low <= row.high)
                s->rows[s->n_rows++] = row;
        }
    return IA_OK;
}

static int32_t clip(double at, int32_t size)
{
    return at < 0 ? 0 : at > size - 1 ? size - 1 : (int32_t)at;
}

// Points of the cells [low, high] of a row, those that are taken.
static void append(const search *s, ia_around_list *list, int32_t low,
                   const int32_t row[2], int32_t high)
{
    const ia_index *index = s->index;
    uint32_t begin =
        index->start[ia_grid_number(&index->grid, (int32_t[]){low, row[0], row[1]})];
    uint32_t end =
        index->start[ia_grid_number(&index->grid, (int32_t[]){high, row[0], row[1]}) + 1];
    const uint8_t *take = s->request->take;
    size_t n = list->n;
    for (uint32_t i = begin; i < end; i++) {
        list->x[n] = index->x[i];
        list->y[n] = index->y[i];
        list->z[n] = index->z[i];
        list->point[n] = index->point[i];
        n += !take || take[index->point[i]];
    }
    list->n = n;
}

static bool row_of(const search *s, const int32_t cell[3], const beside *row,
                   int32_t at[2], int32_t span[2])
{
    const int32_t *size = s->index->grid.size;
    at[0] = cell[1] + row->dy;
    at[1] = cell[2] + row->dz;
    span[0] = cell[0] + row->low > 0 ? cell[0] + row->low : 0;
    span[1] = cell[0] + row->high < size[0] - 1 ? cell[0] + row->high : size[0] - 1;
    return at[0] >= 0 && at[0] < size[1] && at[1] >= 0 && at[1] < size[2] &&
           span[0] <= span[1];
}

// The points about a cell. False when memory ran out.
static bool gather(const search *s, const int32_t cell[3], ia_around_list *list)
{
    const ia_index *index = s->index;
    int32_t at[2], span[2];
    size_t n = 0;
    for (size_t i = 0; i < s->n_rows; i++)
        if (row_of(s, cell, &s->rows[i], at, span)) {
            size_t first =
                ia_grid_number(&index->grid, (int32_t[]){span[0], at[0], at[1]});
            n += index->start[first + (size_t)(span[1] - span[0]) + 1] -
                 index->start[first];
        }
    if (!ia_around_make_room(list, n))
        return false;
    list->n = 0;
    for (size_t i = 0; i < s->n_rows; i++)
        if (row_of(s, cell, &s->rows[i], at, span))
            append(s, list, span[0], at, span[1]);
    return true;
}

// The points in the box about a query that lies outside all cells.
static bool gather_box(const search *s, const float *query, ia_around_list *list)
{
    const ia_grid *grid = &s->index->grid;
    int32_t low[3], high[3];
    list->n = 0;
    for (size_t k = 0; k < 3; k++) {
        double from = (double)query[k] - grid->origin[k] - s->reach[k];
        double to = (double)query[k] - grid->origin[k] + s->reach[k];
        low[k] = clip(floor(from * grid->inverse) - 1, grid->size[k]);
        high[k] = clip(floor(to * grid->inverse) + 1, grid->size[k]);
    }
    size_t n = 0;
    for (int32_t z = low[2]; z <= high[2]; z++)
        for (int32_t y = low[1]; y <= high[1]; y++) {
            size_t first = ia_grid_number(grid, (int32_t[]){low[0], y, z});
            n += s->index->start[first + (size_t)(high[0] - low[0]) + 1] -
                 s->index->start[first];
        }
    if (!ia_around_make_room(list, n))
        return false;
    for (int32_t z = low[2]; z <= high[2]; z++)
        for (int32_t y = low[1]; y <= high[1]; y++)
            append(s, list, low[0], (int32_t[]){y, z}, high[0]);
    return true;
}

static bool is_outside(const ia_grid *grid, const float *query)
{
    for (size_t k = 0; k < 3; k++) {
        double at = ((double)query[k] - grid->origin[k]) * grid->inverse;
        if (!(at >= 0 && at <= (double)grid->size[k]))
            return true;
    }
    return false;
}

static void tell(const search *s, ia_around_list *list, size_t worker, size_t query)
{
    uint32_t skip = s->shape.same ? (uint32_t)query : UINT32_MAX;
    size_t n = ia_around_keep(&s->shape, list, s->queries->xyz + 3 * query, skip);
    const ia_around found = {n, list->found, list->u, list->v, list->w};
    s->visit(s->user, worker, query, &found);
}

static bool search_cell(const search *s, size_t worker, size_t number)
{
    const ia_grid *grid = &s->index->grid;
    ia_around_list *list = &s->lists[worker];
    uint32_t begin = s->start[number], end = s->start[number + 1];
    size_t row = number / (size_t)grid->size[0], n_outside = 0;
    const int32_t cell[3] = {(int32_t)(number % (size_t)grid->size[0]),
                             (int32_t)(row % (size_t)grid->size[1]),
                             (int32_t)(row / (size_t)grid->size[1])};
    if (begin == end)
        return true;
    if (!gather(s, cell, list))
        return false;
    for (uint32_t i = begin; i < end; i++)
        if (is_outside(grid, s->queries->xyz + 3 * (size_t)s->order[i]))
            n_outside++;
        else
            tell(s, list, worker, s->order[i]);
    for (uint32_t i = begin; i < end && n_outside > 0; i++) {
        const float *query = s->queries->xyz + 3 * (size_t)s->order[i];
        if (!is_outside(grid, query))
            continue;
        if (!gather_box(s, query, list))
            return false;
        tell(s, list, worker, s->order[i]);
    }
    return true;
}

static void search_cells(void *user, size_t block, size_t worker)
{
    search *s = user;
    size_t begin, end;
    ia_block(s->index->grid.n_cells, CELLS, block, &begin, &end);
    for (size_t c = begin; c < end && !atomic_load(&s->starved); c++)
        if (!search_cell(s, worker, c))
            atomic_store(&s->starved, true);
}

static void use_room(const ia_around_list *list, ia_tree_box *box)
{
    box->x = list->x;
    box->y = list->y;
    box->z = list->z;
    box->point = list->point;
    box->room = list->room > IA_AROUND_SPARE ? list->room - IA_AROUND_SPARE : 0;
}

// Where the index is a tree: the points of the box about the shape.
static bool search_query(const search *s, size_t worker, size_t query)
{
    ia_around_list *list = &s->lists[worker];
    const float *at = s->queries->xyz + 3 * query;
    ia_tree_box box = {.take = s->request->take};
    use_room(list, &box);
    for (size_t k = 0; k < 3; k++) {
        box.low[k] = (double)at[k] - s->reach[k];
        box.high[k] = (double)at[k] + s->reach[k];
    }
    size_t n = ia_tree_in_box(s->index->tree, &box);
    if (n > box.room) {
        if (!ia_around_make_room(list, n))
            return false;
        use_room(list, &box);
        n = ia_tree_in_box(s->index->tree, &box);
    }
    list->n = n;
    tell(s, list, worker, query);
    return true;
}

static void search_tree(void *user, size_t block, size_t worker)
{
    search *s = user;
    size_t begin, end;
    ia_block(s->queries->n, QUERIES, block, &begin, &end);
    for (size_t i = begin; i < end && !atomic_load(&s->starved); i++)
        if (!search_query(s, worker, i))
            atomic_store(&s->starved, true);
}

static ia_status run_cells(ia_ctx *ctx, search *s)
{
    const ia_grid *grid = &s->index->grid;
    ia_status st;
    if (!(s->order = ia_array(ctx, s->queries->n, sizeof *s->order)) ||
        !(s->start = ia_array(ctx, grid->n_cells + 1, sizeof *s->start)))
        return IA_ERR_MEMORY;
    if ((st = list_rows(ctx, s)) != IA_OK ||
        (st = ia_grid_sort(ctx, grid, s->queries, s->order, s->start)) != IA_OK)
        return st;
    return ia_for(ctx, "neighbours", ia_block_count(grid->n_cells, CELLS), search_cells,
                  s);
}

ia_status ia_index_each_around(ia_ctx *ctx, const ia_index *index,
                               const ia_points *queries, const ia_around_request *request,
                               ia_visit_around visit, void *user)
{
    search s = {.index = index,
                .queries = queries,
                .request = request,
                .visit = visit,
                .user = user};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_status st = set_shape(ctx, &s);
    if (st != IA_OK)
        return st;
    if (!(s.lists = ia_array(ctx, n_workers, sizeof *s.lists)))
        return IA_ERR_MEMORY;
    st = index->tree ? ia_for(ctx, "neighbours", ia_block_count(queries->n, QUERIES),
                              search_tree, &s)
                     : run_cells(ctx, &s);
    if (st == IA_OK && atomic_load(&s.starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while searching neighbours");
    for (size_t i = 0; i < n_workers; i++)
        ia_around_list_clear(&s.lists[i]);
    free(s.lists);
    free(s.rows);
    free(s.order);
    free(s.start);
    return st;
}
