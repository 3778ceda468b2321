// src/cluster/linkage.c: single linkage of points, at one distance or at many in one go.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"

#include <ionatlas/neighbours.h>
#include <ionatlas/parallel.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// A pair of points and the first distance of the grid that links them.
typedef struct {
    uint32_t a, b;
} pair;

typedef struct {
    pair *pairs;
    uint8_t *steps;
    size_t n, room;
    bool starved;
} pair_list;

typedef struct {
    const ia_linkage_grid *grid;
    float *d2;        // (n_d) squared distances
    pair_list *lists; // one per worker
} search;

static bool make_room(pair_list *list, size_t more)
{
    if (list->n + more <= list->room)
        return true;
    size_t room = 2 * (list->n + more) + 1024;
    pair *pairs = ia_array(NULL, room, sizeof *pairs);
    uint8_t *steps = ia_array(NULL, room, sizeof *steps);
    if (!pairs || !steps) {
        free(pairs);
        free(steps);
        return false;
    }
    if (list->n > 0) {
        memcpy(pairs, list->pairs, list->n * sizeof *pairs);
        memcpy(steps, list->steps, list->n * sizeof *steps);
    }
    free(list->pairs);
    free(list->steps);
    list->pairs = pairs;
    list->steps = steps;
    list->room = room;
    return true;
}

// First distance of the grid above the root of d2.
static uint8_t step_of(const search *s, float d2)
{
    size_t low = 0, high = s->grid->n_d;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d2 < s->d2[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return (uint8_t)low;
}

static void collect(void *user, size_t worker, size_t query, const uint32_t *points,
                    const float *d2, size_t n)
{
    search *s = user;
    pair_list *list = &s->lists[worker];
    if (list->starved || !make_room(list, n)) {
        list->starved = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (points[i] >= query)
            continue;
        uint8_t step = step_of(s, d2[i]);
        if (step >= s->grid->n_d) // rounding at the largest distance
            continue;
        list->pairs[list->n] = (pair){(uint32_t)query, points[i]};
        list->steps[list->n++] = step;
    }
}

static uint32_t find(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

// Groups while distances grow: how many points are in groups of each least size.
typedef struct {
    uint32_t *parent, *size; // (n)
    const ia_linkage_grid *grid;
    uint64_t *solutes, *clusters; // (n_n) so far
} forest;

static void merge(forest *f, pair p)
{
    uint32_t a = find(f->parent, p.a), b = find(f->parent, p.b);
    if (a == b)
        return;
    if (f->size[a] < f->size[b]) {
        uint32_t c = a;
        a = b;
        b = c;
    }
    uint64_t whole = (uint64_t)f->size[a] + f->size[b];
    for (size_t k = 0; k < f->grid->n_n && f->grid->n_min[k] <= whole; k++) {
        size_t least = f->grid->n_min[k];
        bool has_a = f->size[a] >= least, has_b = f->size[b] >= least;
        f->solutes[k] +=
            whole - has_a * (uint64_t)f->size[a] - has_b * (uint64_t)f->size[b];
        f->clusters[k] = f->clusters[k] + 1 - has_a - has_b;
    }
    f->parent[b] = a;
    f->size[a] = (uint32_t)whole;
}

// Pairs of all workers by rising step; which worker found one does not matter, since the
// groups at a step do not depend on the order of its pairs.
static ia_status sort_pairs(ia_ctx *ctx, const search *s, size_t n_lists, pair **out,
                            size_t *start)
{
    size_t n_steps = s->grid->n_d, n = 0;
    memset(start, 0, (n_steps + 1) * sizeof *start);
    for (size_t l = 0; l < n_lists; l++) {
        if (s->lists[l].starved)
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while linking ions");
        for (size_t i = 0; i < s->lists[l].n; i++)
            start[s->lists[l].steps[i] + 1]++;
        n += s->lists[l].n;
    }
    pair *sorted = ia_array(ctx, n, sizeof *sorted);
    size_t next[LINKAGE_STEPS + 1];
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t j = 0; j < n_steps; j++)
        next[j] = start[j + 1] += start[j];
    for (size_t l = 0; l < n_lists; l++)
        for (size_t i = 0; i < s->lists[l].n; i++)
            sorted[--next[s->lists[l].steps[i]]] = s->lists[l].pairs[i];
    *out = sorted;
    return IA_OK;
}

static ia_status grow(ia_ctx *ctx, size_t n, const pair *pairs, const size_t *start,
                      forest *f)
{
    const ia_linkage_grid *grid = f->grid;
    uint64_t solutes[LINKAGE_SIZES] = {0}, clusters[LINKAGE_SIZES] = {0};
    uint64_t *all_solutes = f->solutes, *all_clusters = f->clusters;
    if (!(f->parent = ia_array(ctx, n, sizeof *f->parent)) ||
        !(f->size = ia_array(ctx, n, sizeof *f->size)))
        return IA_ERR_MEMORY;
    f->solutes = solutes;
    f->clusters = clusters;
    for (size_t i = 0; i < n; i++) {
        f->parent[i] = (uint32_t)i;
        f->size[i] = 1;
    }
    for (size_t k = 0; k < grid->n_n && grid->n_min[k] <= 1; k++)
        solutes[k] = clusters[k] = n;
    for (size_t j = 0; j < grid->n_d; j++) {
        for (size_t i = start[j]; i < start[j + 1]; i++)
            merge(f, pairs[i]);
        memcpy(all_solutes + j * grid->n_n, solutes, grid->n_n * sizeof *solutes);
        memcpy(all_clusters + j * grid->n_n, clusters, grid->n_n * sizeof *clusters);
    }
    return IA_OK;
}

ia_status ia_linkage_count(ia_ctx *ctx, const float *xyz, size_t n,
                           const ia_linkage_grid *grid, uint64_t *solutes,
                           uint64_t *clusters)
{
    size_t n_lists = ia_for_workers(ctx, SIZE_MAX), start[LINKAGE_STEPS + 1];
    float d2[LINKAGE_STEPS];
    search s = {grid, d2, ia_array(ctx, n_lists, sizeof *s.lists)};
    forest f = {.grid = grid, .solutes = solutes, .clusters = clusters};
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    pair *pairs = NULL;
    ia_status st = IA_ERR_MEMORY;

    if (!s.lists)
        return st;
    for (size_t j = 0; j < grid->n_d; j++)
        d2[j] = (float)(grid->d[j] * grid->d[j]);
    if ((st = ia_index_build(ctx, &points, NULL, &index)) != IA_OK ||
        (st = ia_index_each_within(ctx, index, &points, grid->d[grid->n_d - 1], collect,
                                   &s)) != IA_OK ||
        (st = sort_pairs(ctx, &s, n_lists, &pairs, start)) != IA_OK)
        goto done;
    st = grow(ctx, n, pairs, start, &f);
done:
    free(f.parent);
    free(f.size);
    free(pairs);
    ia_index_free(index);
    for (size_t l = 0; l < n_lists; l++) {
        free(s.lists[l].pairs);
        free(s.lists[l].steps);
    }
    free(s.lists);
    return st;
}

// Linking from many threads: a root is only ever linked to a smaller number, so that the
// groups, and the least number that names each, do not depend on who comes first.
static uint32_t root_of(_Atomic uint32_t *parent, uint32_t i)
{
    uint32_t up = atomic_load_explicit(&parent[i], memory_order_relaxed);
    while (up != i) {
        uint32_t above = atomic_load_explicit(&parent[up], memory_order_relaxed);
        if (above != up) // halve the path; losing a race loses nothing
            atomic_compare_exchange_weak_explicit(
                &parent[i], &up, above, memory_order_relaxed, memory_order_relaxed);
        i = above;
        up = atomic_load_explicit(&parent[i], memory_order_relaxed);
    }
    return i;
}

static void link_two(_Atomic uint32_t *parent, uint32_t a, uint32_t b)
{
    for (;;) {
        a = root_of(parent, a);
        b = root_of(parent, b);
        if (a == b)
            return;
        if (a < b) {
            uint32_t c = a;
            a = b;
            b = c;
        }
        uint32_t expected = a;
        if (atomic_compare_exchange_strong_explicit(
                &parent[a], &expected, b, memory_order_relaxed, memory_order_relaxed))
            return;
    }
}

static void link_near(void *user, size_t worker, size_t query, const uint32_t *points,
                      const float *d2, size_t n)
{
    (void)worker;
    (void)d2;
    for (size_t i = 0; i < n; i++)
        if (points[i] < query)
            link_two(user, (uint32_t)query, points[i]);
}

ia_status ia_linkage_groups(ia_ctx *ctx, const float *xyz, size_t n, double d,
                            uint32_t *group)
{
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    _Atomic uint32_t *parent = ia_array(ctx, n, sizeof *parent);
    if (!parent)
        return st;
    for (size_t i = 0; i < n; i++)
        atomic_init(&parent[i], (uint32_t)i);
    if ((st = ia_index_build(ctx, &points, NULL, &index)) != IA_OK ||
        (st = ia_index_each_within(ctx, index, &points, d, link_near, parent)) != IA_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        group[i] = root_of(parent, (uint32_t)i);
done:
    ia_index_free(index);
    free(parent);
    return st;
}
