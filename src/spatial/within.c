// src/spatial/within.c: every point nearer than a radius to each query.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CELLS = 256, QUERIES = 1024 };

typedef struct {
    ia_gather gather;
    uint32_t *points; // (room) found
    float *d2;
    size_t room;
} workspace;

typedef struct {
    const ia_index *index;
    const ia_points *queries;
    const uint32_t *order, *start; // queries by cell
    float r2;
    int32_t reach;
    workspace *workspaces;
    ia_visit visit;
    void *user;
    atomic_bool starved;
} search;

static bool make_room(workspace *w, size_t n)
{
    if (n <= w->room)
        return true;
    size_t room = n + n / 2;
    uint32_t *points = realloc(w->points, room * sizeof *points);
    if (!points)
        return false;
    w->points = points;
    float *d2 = realloc(w->d2, room * sizeof *d2);
    if (!d2)
        return false;
    w->d2 = d2;
    w->room = room;
    return true;
}

static void search_query(const search *s, workspace *w, size_t worker, size_t query)
{
    ia_gather *g = &w->gather;
    ia_gather_measure(g, s->queries->xyz + 3 * query);
    size_t n = ia_gather_keep(g, s->r2);
    for (size_t i = 0; i < n; i++)
        w->points[i] = s->index->point[g->sorted[g->near[i]]];
    s->visit(s->user, worker, query, w->points, g->near_d2, n);
}

static bool search_cell(const search *s, size_t worker, size_t number)
{
    const ia_grid *grid = &s->index->grid;
    workspace *w = &s->workspaces[worker];
    uint32_t begin = s->start[number], end = s->start[number + 1];
    if (begin == end)
        return true;
    size_t row = number / (size_t)grid->size[0];
    int32_t cell[3] = {(int32_t)(number % (size_t)grid->size[0]),
                       (int32_t)(row % (size_t)grid->size[1]),
                       (int32_t)(row / (size_t)grid->size[1])};
    // One place more: the loop writes before it knows whether a point stays.
    if (!ia_gather_fill(&w->gather, s->index, cell, s->reach) ||
        !make_room(w, w->gather.n + 1))
        return false;
    for (uint32_t i = begin; i < end; i++)
        search_query(s, w, worker, s->order[i]);
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

static void search_tree(void *user, size_t block, size_t worker)
{
    search *s = user;
    workspace *w = &s->workspaces[worker];
    size_t begin, end;
    ia_block(s->queries->n, QUERIES, block, &begin, &end);
    for (size_t i = begin; i < end && !atomic_load(&s->starved); i++) {
        const float *query = s->queries->xyz + 3 * i;
        size_t n =
            ia_tree_within(s->index->tree, query, s->r2, w->points, w->d2, w->room);
        if (n > w->room) {
            if (!make_room(w, n)) {
                atomic_store(&s->starved, true);
                return;
            }
            ia_tree_within(s->index->tree, query, s->r2, w->points, w->d2, w->room);
        }
        s->visit(s->user, worker, i, w->points, w->d2, n);
    }
}

static ia_status run_cells(ia_ctx *ctx, search *s)
{
    const ia_grid *grid = &s->index->grid;
    uint32_t *order = NULL, *start = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!(order = ia_array(ctx, s->queries->n, sizeof *order)) ||
        !(start = ia_array(ctx, grid->n_cells + 1, sizeof *start)) ||
        (st = ia_grid_sort(ctx, grid, s->queries, order, start)) != IA_OK)
        goto done;
    s->order = order;
    s->start = start;
    // Queries outside the grid lie in border cells: their points may be farther than the
    // reach says, but never nearer than the radius and beyond it at once, since nothing
    // is outside the grid.
    double cells = ceil(sqrt((double)s->r2) * grid->inverse * (1 + 1e-6) + 1e-6);
    int32_t most = grid->size[0] > grid->size[1] ? grid->size[0] : grid->size[1];
    most = most > grid->size[2] ? most : grid->size[2];
    s->reach = cells < most ? (int32_t)cells : most;
    st = ia_for(ctx, "neighbours", ia_block_count(grid->n_cells, CELLS), search_cells, s);
done:
    free(order);
    free(start);
    return st;
}

ia_status ia_index_each_within(ia_ctx *ctx, const ia_index *index,
                               const ia_points *queries, double radius, ia_visit visit,
                               void *user)
{
    search s = {.index = index, .queries = queries, .visit = visit, .user = user};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_status st = IA_ERR_MEMORY;
    if (!(radius > 0) || !isfinite(radius))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "radius = %g nm: a positive number was expected", radius);
    s.r2 = (float)(radius * radius);
    if (!(s.workspaces = ia_array(ctx, n_workers, sizeof *s.workspaces)))
        return IA_ERR_MEMORY;
    st = index->tree ? ia_for(ctx, "neighbours", ia_block_count(queries->n, QUERIES),
                              search_tree, &s)
                     : run_cells(ctx, &s);
    if (st == IA_OK && atomic_load(&s.starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while searching neighbours");
    for (size_t i = 0; i < n_workers; i++) {
        ia_gather_clear(&s.workspaces[i].gather);
        free(s.workspaces[i].points);
        free(s.workspaces[i].d2);
    }
    free(s.workspaces);
    return st;
}
