// src/crystal/planes_join.c: neighbouring regions with alike planes are a grain.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

enum { REGIONS_LEAST = 3 };

static bool are_same(const ia_planes_params *params, const ia_reflection *a,
                     const ia_reflection *b)
{
    return fabs(a->spacing / b->spacing - 1) < params->tolerance &&
           ia_plane_angle(a->k, b->k) < params->grain_deg;
}

// By their strongest planes alone: a region across a boundary has planes of both sides.
static bool are_alike(const ia_planes *p, const ia_planes_params *params, size_t a,
                      size_t b)
{
    return are_same(params, &p->planes[p->regions[a].first].at,
                    &p->planes[p->regions[b].first].at);
}

bool ia_planes_neighbours(const ia_regions *regions, size_t a, size_t b)
{
    int64_t reach =
        (int64_t)ceil(2 * cbrt((double)regions->n_filled / (double)regions->n_cubes));
    for (size_t k = 0; k < 3; k++) {
        int64_t x = regions->low[a][k], y = regions->low[b][k];
        if (x - y > reach || y - x > reach)
            return false;
    }
    return true;
}

// Flood from each region that has no grain yet; a seed of each grain.
static void flood(const ia_regions *regions, const ia_planes_params *params, ia_planes *p,
                  size_t *list, size_t *seeds)
{
    int32_t n_grains = (int32_t)p->n_grains;
    for (size_t seed = 0; seed < p->n_regions; seed++) {
        if (p->regions[seed].grain >= 0 || p->regions[seed].n == 0)
            continue;
        size_t n = 1;
        list[0] = seed;
        p->regions[seed].grain = n_grains;
        for (size_t i = 0; i < n; i++)
            for (size_t other = 0; other < p->n_regions; other++)
                if (p->regions[other].grain < 0 && p->regions[other].n > 0 &&
                    ia_planes_neighbours(regions, list[i], other) &&
                    are_alike(p, params, list[i], other)) {
                    p->regions[other].grain = n_grains;
                    list[n++] = other;
                }
        seeds[n_grains++] = seed;
    }
    p->n_grains = (size_t)n_grains;
}

// Share of a grain's regions that show these planes.
static double share_with(const ia_planes *p, const ia_planes_params *params,
                         int32_t grain, const ia_reflection *planes)
{
    double n = 0, with = 0;
    for (size_t r = 0; r < p->n_regions; r++) {
        const ia_plane_region *region = &p->regions[r];
        bool found = false;
        if (region->grain != grain)
            continue;
        for (size_t i = 0; i < region->n && !found; i++)
            found = are_same(params, &p->planes[region->first + i].at, planes);
        with += found;
        n++;
    }
    return n > 0 ? with / n : 0;
}

// Where two sets of a crystal take turns at being the strongest, each part shows the
// other's planes too: in far more regions than lie across a boundary.
static void merge(const ia_planes_params *params, ia_planes *p, size_t first,
                  const size_t *seeds)
{
    const double enough = 0.35;
    enum { GRAINS_MOST = 200 };
    size_t n = p->n_grains < first + GRAINS_MOST ? p->n_grains : first + GRAINS_MOST;
    for (size_t a = first; a < n; a++)
        for (size_t b = a + 1; b < n; b++) {
            const ia_reflection *of_a = &p->planes[p->regions[seeds[a]].first].at;
            const ia_reflection *of_b = &p->planes[p->regions[seeds[b]].first].at;
            if (share_with(p, params, (int32_t)a, of_b) < enough ||
                share_with(p, params, (int32_t)b, of_a) < enough)
                continue;
            for (size_t r = 0; r < p->n_regions; r++)
                if (p->regions[r].grain == (int32_t)b)
                    p->regions[r].grain = (int32_t)a;
        }
}

typedef struct {
    size_t n, number;
    bool oriented;
} size_of;

static int by_size(const void *a, const void *b)
{
    const size_of *x = a, *y = b;
    if (x->oriented != y->oriented)
        return x->oriented ? -1 : 1;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

// Large grains first, of those that are oriented and then of the rest; those of too few
// regions are none.
static ia_status sort_grains(ia_ctx *ctx, ia_planes *p, size_t oriented)
{
    ia_plane_grain *grains = NULL;
    size_of *sizes = ia_array(ctx, p->n_grains, sizeof *sizes);
    int32_t *place = ia_array(ctx, p->n_grains, sizeof *place);
    size_t n = 0, least = p->n_regions < REGIONS_LEAST ? 1 : REGIONS_LEAST;
    ia_status st = sizes && place ? IA_OK : IA_ERR_MEMORY;
    for (size_t g = 0; st == IA_OK && g < p->n_grains; g++)
        sizes[g] = (size_of){0, g, g < oriented};
    for (size_t r = 0; st == IA_OK && r < p->n_regions; r++)
        if (p->regions[r].grain >= 0)
            sizes[p->regions[r].grain].n++;
    if (st == IA_OK) {
        qsort(sizes, p->n_grains, sizeof *sizes, by_size);
        for (size_t g = 0; g < p->n_grains; g++)
            place[sizes[g].number] = sizes[g].n >= least ? (int32_t)n++ : -1;
        for (size_t r = 0; r < p->n_regions; r++)
            if (p->regions[r].grain >= 0)
                p->regions[r].grain = place[p->regions[r].grain];
        st = (grains = ia_array(ctx, n, sizeof *grains)) ? IA_OK : IA_ERR_MEMORY;
    }
    for (size_t g = 0; st == IA_OK && g < p->n_grains; g++) {
        int32_t to = place[sizes[g].number];
        if (to < 0)
            continue;
        if (sizes[g].oriented)
            grains[to] = p->grains[sizes[g].number];
        grains[to].n_regions = sizes[g].n;
    }
    if (st == IA_OK) {
        free(p->grains);
        p->grains = grains;
        p->n_grains = n;
    }
    free(sizes);
    free(place);
    return st;
}

ia_status ia_planes_join(ia_ctx *ctx, const ia_regions *regions,
                         const ia_planes_params *params, ia_planes *planes)
{
    size_t *list = ia_array(ctx, planes->n_regions, sizeof *list);
    size_t *seeds = ia_array(ctx, planes->n_regions + planes->n_grains, sizeof *seeds);
    ia_status st = list && seeds ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        size_t oriented = planes->n_grains;
        flood(regions, params, planes, list, seeds);
        merge(params, planes, oriented, seeds);
        st = sort_grains(ctx, planes, oriented);
    }
    free(list);
    free(seeds);
    return st;
}
