// src/cluster/linkage.c: single linkage of points, at one distance or at many in one go.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/linkage.h"

#include <ionatlas/neighbours.h>
#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A pair of points.
typedef struct {
    uint32_t a, b;
} pair;

// First distance of the grid above d.
static size_t step_of(const ia_linkage_grid *grid, const float *d2, float squared)
{
    size_t low = 0, high = grid->n_d;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (squared < d2[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// Both must take part, and be near.
static float reach_of(const float *core, size_t a, size_t b, float d2)
{
    if (!core)
        return d2;
    float larger = core[a] > core[b] ? core[a] : core[b];
    return d2 > larger * larger ? d2 : larger * larger;
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

// Pairs by rising step.
static ia_status sort_pairs(ia_ctx *ctx, const ia_near_list *near,
                            const ia_linkage_grid *grid, pair **out, size_t *start)
{
    float d2[LINKAGE_STEPS];
    size_t n_steps = grid->n_d, next[LINKAGE_STEPS + 1];
    uint8_t *step = ia_array(ctx, near->start[near->n], sizeof *step);
    pair *sorted = NULL;
    if (!step)
        return IA_ERR_MEMORY;
    for (size_t j = 0; j < n_steps; j++)
        d2[j] = (float)(grid->d[j] * grid->d[j]);
    memset(start, 0, (n_steps + 1) * sizeof *start);
    for (size_t i = 0; i < near->n; i++)
        for (size_t k = near->start[i]; k < near->start[i + 1]; k++) {
            size_t other = near->point[k];
            step[k] = (uint8_t)n_steps;
            if (other > i)
                continue;
            float reach = reach_of(grid->core, i, other, near->d2[k]);
            if (!(reach < d2[n_steps - 1]))
                continue;
            step[k] = (uint8_t)step_of(grid, d2, reach);
            start[step[k] + 1]++;
        }
    for (size_t j = 0; j < n_steps; j++)
        next[j] = start[j + 1] += start[j];
    if ((sorted = ia_array(ctx, start[n_steps], sizeof *sorted)))
        for (size_t i = 0; i < near->n; i++)
            for (size_t k = near->start[i]; k < near->start[i + 1]; k++)
                if (step[k] < n_steps)
                    sorted[--next[step[k]]] = (pair){(uint32_t)i, near->point[k]};
    free(step);
    *out = sorted;
    return sorted ? IA_OK : IA_ERR_MEMORY;
}

// Points that take part from this distance of the grid on.
static uint64_t count_new(const ia_linkage_grid *grid, size_t n, size_t j)
{
    if (!grid->core)
        return j == 0 ? n : 0;
    uint64_t n_new = 0;
    float before = j > 0 ? (float)grid->d[j - 1] : 0, d = (float)grid->d[j];
    for (size_t i = 0; i < n; i++)
        n_new += grid->core[i] < d && (j == 0 || !(grid->core[i] < before));
    return n_new;
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
    for (size_t j = 0; j < grid->n_d; j++) {
        uint64_t singles = count_new(grid, n, j);
        for (size_t k = 0; k < grid->n_n && grid->n_min[k] <= 1; k++) {
            solutes[k] += singles;
            clusters[k] += singles;
        }
        for (size_t i = start[j]; i < start[j + 1]; i++)
            merge(f, pairs[i]);
        memcpy(all_solutes + j * grid->n_n, solutes, grid->n_n * sizeof *solutes);
        memcpy(all_clusters + j * grid->n_n, clusters, grid->n_n * sizeof *clusters);
    }
    return IA_OK;
}

ia_status ia_linkage_tally(ia_ctx *ctx, const ia_near_list *near,
                           const ia_linkage_grid *grid, uint64_t *solutes,
                           uint64_t *clusters)
{
    size_t start[LINKAGE_STEPS + 1];
    forest f = {.grid = grid, .solutes = solutes, .clusters = clusters};
    pair *pairs = NULL;
    ia_status st = sort_pairs(ctx, near, grid, &pairs, start);
    if (st == IA_OK)
        st = grow(ctx, near->n, pairs, start, &f);
    free(f.parent);
    free(f.size);
    free(pairs);
    return st;
}

ia_status ia_linkage_count(ia_ctx *ctx, const float *xyz, size_t n,
                           const ia_linkage_grid *grid, uint64_t *solutes,
                           uint64_t *clusters)
{
    ia_points points = {xyz, n};
    ia_near_list near = {0};
    ia_status st = ia_near_list_build(ctx, &points, grid->d[grid->n_d - 1], &near);
    if (st == IA_OK)
        st = ia_linkage_tally(ctx, &near, grid, solutes, clusters);
    ia_near_list_clear(&near);
    return st;
}

// Linking from many threads: a root is only ever linked to a smaller number, so that the
// groups, and the least number that names each, do not depend on who comes first.
uint32_t ia_link_root(_Atomic uint32_t *parent, uint32_t i)
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

void ia_link_two(_Atomic uint32_t *parent, uint32_t a, uint32_t b)
{
    for (;;) {
        a = ia_link_root(parent, a);
        b = ia_link_root(parent, b);
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
            ia_link_two(user, (uint32_t)query, points[i]);
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
        group[i] = ia_link_root(parent, (uint32_t)i);
done:
    ia_index_free(index);
    free(parent);
    return st;
}
