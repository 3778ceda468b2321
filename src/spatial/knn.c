// src/spatial/knn.c: the k nearest points of each query.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Cells per block of work, and queries per block where there is a tree.
enum { CELLS = 512, QUERIES = 1024 };

typedef struct {
    ia_gather gather;
    int64_t *keys;   // (k) nearest so far, ascending
    int64_t *sorted; // (n_sorted) scratch
    size_t n_sorted;
} workspace;

typedef struct {
    const ia_index *index;
    const ia_points *queries;
    const ia_knn_request *request;
    const uint32_t *order,
        *start; // queries by cell; the index's own when they are its points
    workspace *workspaces;
    ia_knn *out;
    atomic_bool starved; // memory ran out in a worker
} search;

// Of up to `width` values, write the places of the k smallest in rising order. Ranks by
// counting need no branches. False when two values are equal: their ranks would be too.
enum { RANKED_FEW = 32, RANKED_SOME = 64, RANKED = 128 };
__attribute__((always_inline)) static inline bool rank_among(size_t width,
                                                             const float *restrict d2,
                                                             size_t n, size_t k,
                                                             int32_t *restrict out)
{
    float value[RANKED];
    int32_t place[RANKED] = {0}, order[RANKED];
    for (size_t i = 0; i < width; i++)
        value[i] = i < n ? d2[i] : INFINITY;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < width; i++)
            place[i] += value[j] < value[i];
    for (size_t i = 0; i < width; i++)
        order[i] = -1;
    for (size_t i = 0; i < n; i++)
        order[place[i]] = (int32_t)i;
    bool distinct = true;
    for (size_t i = 0; i < k && i < n; i++) {
        out[i] = order[i];
        distinct &= order[i] >= 0;
    }
    return distinct;
}

IA_VECTOR static bool rank_few(const float *d2, size_t n, size_t k, int32_t *out)
{
    return rank_among(RANKED_FEW, d2, n, k, out);
}

IA_VECTOR static bool rank_some(const float *d2, size_t n, size_t k, int32_t *out)
{
    return rank_among(RANKED_SOME, d2, n, k, out);
}

IA_VECTOR static bool rank_many(const float *d2, size_t n, size_t k, int32_t *out)
{
    return rank_among(RANKED, d2, n, k, out);
}

static bool rank(const float *d2, size_t n, size_t k, int32_t *out)
{
    return n <= RANKED_FEW    ? rank_few(d2, n, k, out)
           : n <= RANKED_SOME ? rank_some(d2, n, k, out)
                              : rank_many(d2, n, k, out);
}

static int compare_keys(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_keys(workspace *w, size_t n, size_t k)
{
    const ia_gather *g = &w->gather;
    for (size_t i = 0; i < n; i++)
        w->sorted[i] = ia_near_key(g->near_d2[i], g->near[i]);
    qsort(w->sorted, n, sizeof *w->sorted, compare_keys);
    memcpy(w->keys, w->sorted, (n < k ? n : k) * sizeof *w->keys);
}

// Keys of the k nearest of the n that were kept, in rising order. False when memory ran
// out.
static bool take_nearest(workspace *w, size_t n, size_t k)
{
    const ia_gather *g = &w->gather;
    int32_t places[RANKED];
    if (n <= RANKED && rank(g->near_d2, n, k, places)) {
        for (size_t i = 0; i < k && i < n; i++)
            w->keys[i] = ia_near_key(g->near_d2[places[i]], g->near[places[i]]);
        return true;
    }
    if (n > w->n_sorted) {
        int64_t *sorted = realloc(w->sorted, 2 * n * sizeof *sorted);
        if (!sorted)
            return false;
        w->sorted = sorted;
        w->n_sorted = 2 * n;
    }
    sort_keys(w, n, k);
    return true;
}

// The guess grows by factors: it must not be nothing where distances are.
static const float least_guess2 = 1e-37f;

// Squared radius that should hold some more than k of the gathered points, were they
// even.
static float guess2(const ia_gather *g, const ia_grid *grid, size_t k)
{
    double volume = grid->cell * grid->cell * grid->cell;
    for (int d = 0; d < 3; d++)
        volume *= g->high[d] - g->low[d] + 1;
    double wanted = (double)k + 2.5 * sqrt((double)k) + 3;
    double r3 = 0.238732 * wanted * volume / (double)(g->n + 1);
    return fmaxf((float)pow(r3, 2.0 / 3), least_guess2);
}

// Of those kept, so many that ranking is quick, where the block is denser than its mean:
// a smaller limit that keeps k or more, were density even, then what lies between.
static size_t keep_fewer(ia_gather *g, float limit, size_t n, size_t k)
{
    enum { TRIES = 6 };
    double wanted = (double)k + 2.5 * sqrt((double)k) + 3;
    float low = 0, high = limit, kept = limit;
    size_t n_high = n;
    for (int i = 0; i < TRIES && n_high > RANKED && k < RANKED; i++) {
        float at = high * (float)pow(wanted / (double)n_high, 2.0 / 3);
        kept = at > low && at < high ? at : (low + high) / 2;
        n = ia_gather_keep(g, kept);
        low = n < k ? kept : low;
        high = n < k ? high : kept;
        n_high = n < k ? n_high : n;
    }
    return kept == high ? n_high : ia_gather_keep(g, high);
}

typedef enum { FOUND, BEYOND, STARVED } outcome;

// The k nearest of the gathered points; BEYOND when others may be nearer. `self` is left
// out.
static outcome search_block(workspace *w, const float query[3], size_t self, size_t k,
                            float guess)
{
    ia_gather *g = &w->gather;
    float most = ia_gather_bound2(g, query);
    ia_gather_measure(g, query);
    if (self < g->n)
        g->d2[self] = INFINITY;
    for (float limit = guess;; limit *= 2.5f) {
        limit = limit < most ? limit : most;
        size_t n = ia_gather_keep(g, limit);
        if (n > RANKED)
            n = keep_fewer(g, limit, n, k);
        if (n >= k || limit == INFINITY)
            return take_nearest(w, n, k) ? FOUND : STARVED;
        if (limit == most)
            return BEYOND;
    }
}

static void write_nearest(const search *s, const workspace *w, size_t query)
{
    const ia_index *index = s->index;
    const float *q = s->queries->xyz + 3 * query;
    size_t k = s->request->k;
    float *distance = s->out->distance + query * k;
    for (size_t i = 0; i < k; i++) {
        bool found = w->keys[i] != INT64_MAX;
        uint32_t low = (uint32_t)w->keys[i];
        uint32_t at = found ? (index->tree ? low : w->gather.sorted[low]) : 0;
        distance[i] = INFINITY;
        if (found && index->tree) {
            distance[i] = sqrtf(ia_near_d2(w->keys[i]));
        } else if (found) {
            double dx = (double)index->x[at] - q[0], dy = (double)index->y[at] - q[1];
            double dz = (double)index->z[at] - q[2];
            distance[i] = (float)sqrt(dx * dx + dy * dy + dz * dz);
        }
        if (s->out->neighbour)
            s->out->neighbour[query * k + i] =
                found ? (int32_t)(index->tree ? at : index->point[at]) : -1;
    }
}

static void reset_keys(const search *s, workspace *w)
{
    for (size_t i = 0; i < s->request->k; i++)
        w->keys[i] = INT64_MAX;
}

static size_t self_of(const search *s, const ia_gather *g, size_t sorted)
{
    if (!s->request->same)
        return SIZE_MAX;
    // Rows of the block are in rising order: the point lies in one of them.
    size_t low = 0, high = g->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (g->sorted[middle] < sorted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// A query whose neighbours lie beyond the block of its cell: widen the block until they
// do not.
static bool search_wider(const search *s, workspace *w, const int32_t cell[3],
                         int32_t reach, size_t sorted, size_t query)
{
    const ia_grid *grid = &s->index->grid;
    outcome got = BEYOND;
    while (got == BEYOND) {
        reach += 1 + reach / 4;
        if (!ia_gather_fill(&w->gather, s->index, cell, reach))
            return false;
        got = search_block(w, s->queries->xyz + 3 * query, self_of(s, &w->gather, sorted),
                           s->request->k, guess2(&w->gather, grid, s->request->k));
    }
    return got == FOUND;
}

static int32_t reach_for(const search *s)
{
    // Points expected within one cell's edge, at the mean filling of the cells.
    const ia_grid *grid = &s->index->grid;
    double per_cell = (double)s->index->n / (double)grid->n_cells;
    double wanted = (double)s->request->k + 2 * sqrt((double)s->request->k) + 1;
    int32_t reach = 1;
    while (4.19 * reach * reach * reach * per_cell < wanted && reach < 32)
        reach++;
    return per_cell < 1 ? 1 : reach;
}

// All queries of a cell share one block. False when memory ran out.
static bool search_cell(const search *s, workspace *w, size_t number, int32_t reach)
{
    const ia_grid *grid = &s->index->grid;
    uint32_t begin = s->start[number], end = s->start[number + 1];
    size_t row = number / (size_t)grid->size[0], self = SIZE_MAX;
    int32_t cell[3] = {(int32_t)(number % (size_t)grid->size[0]),
                       (int32_t)(row % (size_t)grid->size[1]),
                       (int32_t)(row / (size_t)grid->size[1])};
    bool gathered = false;
    float guess = 0;
    for (uint32_t i = begin; i < end; i++, self += s->request->same) {
        size_t query = s->order[i];
        if (!gathered) {
            if (!ia_gather_fill(&w->gather, s->index, cell, reach))
                return false;
            guess = guess2(&w->gather, grid, s->request->k);
            self = self_of(s, &w->gather, i);
            gathered = true;
        }
        reset_keys(s, w);
        outcome got =
            search_block(w, s->queries->xyz + 3 * query, self, s->request->k, guess);
        if (got == BEYOND) {
            gathered = false; // a wider block replaces this one
            got = search_wider(s, w, cell, reach, i, query) ? FOUND : STARVED;
        }
        if (got == STARVED)
            return false;
        write_nearest(s, w, query);
    }
    return true;
}

static void search_cells(void *user, size_t block, size_t worker)
{
    search *s = user;
    size_t begin, end;
    int32_t reach = reach_for(s);
    ia_block(s->index->grid.n_cells, CELLS, block, &begin, &end);
    for (size_t c = begin; c < end && !atomic_load(&s->starved); c++)
        if (!search_cell(s, &s->workspaces[worker], c, reach))
            atomic_store(&s->starved, true);
}

static void search_tree(void *user, size_t block, size_t worker)
{
    search *s = user;
    workspace *w = &s->workspaces[worker];
    size_t begin, end;
    ia_block(s->queries->n, QUERIES, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        reset_keys(s, w);
        ia_tree_nearest(s->index->tree, s->queries->xyz + 3 * i, s->request->k,
                        s->request->same ? (int64_t)i : -1, w->keys);
        write_nearest(s, w, i);
    }
}

static ia_status run_tree(ia_ctx *ctx, search *s)
{
    return ia_for(ctx, "neighbours", ia_block_count(s->queries->n, QUERIES), search_tree,
                  s);
}

static ia_status run_cells(ia_ctx *ctx, search *s)
{
    const ia_index *index = s->index;
    uint32_t *order = NULL, *start = NULL;
    ia_status st = IA_OK;
    s->order = index->point;
    s->start = index->start;
    if (!s->request->same) {
        order = ia_array(ctx, s->queries->n, sizeof *order);
        start = order ? ia_array(ctx, index->grid.n_cells + 1, sizeof *start) : NULL;
        st = start ? ia_grid_sort(ctx, &index->grid, s->queries, order, start)
                   : IA_ERR_MEMORY;
        s->order = order;
        s->start = start;
    }
    if (st == IA_OK)
        st = ia_for(ctx, "neighbours", ia_block_count(index->grid.n_cells, CELLS),
                    search_cells, s);
    if (st == IA_OK && atomic_load(&s->starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while searching neighbours");
    free(order);
    free(start);
    return st;
}

static void free_workspaces(workspace *workspaces, size_t n)
{
    for (size_t i = 0; workspaces && i < n; i++) {
        ia_gather_clear(&workspaces[i].gather);
        free(workspaces[i].keys);
        free(workspaces[i].sorted);
    }
    free(workspaces);
}

static ia_status make_workspaces(ia_ctx *ctx, search *s, size_t n)
{
    if (!(s->workspaces = ia_array(ctx, n, sizeof *s->workspaces)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (ia_gather_init(ctx, &s->workspaces[i].gather, 1024) != IA_OK ||
            !(s->workspaces[i].keys = ia_array(ctx, s->request->k, sizeof(int64_t))))
            return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_knn_compute(ia_ctx *ctx, const ia_index *index, const ia_points *queries,
                         const ia_knn_request *request, ia_knn *out)
{
    ia_knn knn = {.n = queries->n, .k = request->k};
    search s = {.index = index, .queries = queries, .request = request, .out = &knn};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_status st = IA_OK;
    if (request->k == 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "k = 0: at least one neighbour must be asked for");
    if (!(knn.distance = ia_array(ctx, queries->n * request->k, sizeof *knn.distance)) ||
        (request->neighbours && !(knn.neighbour = ia_array(ctx, queries->n * request->k,
                                                           sizeof *knn.neighbour))))
        st = IA_ERR_MEMORY;
    if (st != IA_OK || (st = make_workspaces(ctx, &s, n_workers)) != IA_OK ||
        (st = index->tree ? run_tree(ctx, &s) : run_cells(ctx, &s)) != IA_OK)
        goto done;
    *out = knn;
    knn = (ia_knn){0};
done:
    free_workspaces(s.workspaces, n_workers);
    ia_knn_clear(&knn);
    return st;
}

void ia_knn_clear(ia_knn *knn)
{
    free(knn->distance);
    free(knn->neighbour);
    *knn = (ia_knn){0};
}
