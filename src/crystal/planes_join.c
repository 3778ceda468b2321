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

// Regions that touch, or where not all are used, would on average.
static bool are_neighbours(const ia_regions *regions, size_t a, size_t b)
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

// Flood from each region that has no grain yet.
static void flood(const ia_regions *regions, const ia_planes_params *params, ia_planes *p,
                  size_t *list, size_t *seeds)
{
    int32_t n_grains = 0;
    for (size_t seed = 0; seed < p->n_regions; seed++) {
        if (p->regions[seed].grain >= 0 || p->regions[seed].n == 0)
            continue;
        size_t n = 1;
        list[0] = seed;
        p->regions[seed].grain = n_grains;
        for (size_t i = 0; i < n; i++)
            for (size_t other = 0; other < p->n_regions; other++)
                if (p->regions[other].grain < 0 && p->regions[other].n > 0 &&
                    are_neighbours(regions, list[i], other) &&
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
static void merge(const ia_planes_params *params, ia_planes *p, const size_t *seeds)
{
    const double enough = 0.35;
    enum { GRAINS_MOST = 200 };
    size_t n = p->n_grains < GRAINS_MOST ? p->n_grains : GRAINS_MOST;
    for (size_t a = 0; a < n; a++)
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
} size_of;

static int by_size(const void *a, const void *b)
{
    const size_of *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

// Large grains first; those of too few regions are none.
static ia_status sort_grains(ia_ctx *ctx, ia_planes *p)
{
    size_of *sizes = ia_array(ctx, p->n_grains, sizeof *sizes);
    int32_t *place = ia_array(ctx, p->n_grains, sizeof *place);
    size_t n = 0, least = p->n_regions < REGIONS_LEAST ? 1 : REGIONS_LEAST;
    ia_status st = sizes && place ? IA_OK : IA_ERR_MEMORY;
    for (size_t g = 0; st == IA_OK && g < p->n_grains; g++)
        sizes[g] = (size_of){0, g};
    for (size_t r = 0; st == IA_OK && r < p->n_regions; r++)
        if (p->regions[r].grain >= 0)
            sizes[p->regions[r].grain].n++;
    if (st == IA_OK) {
        qsort(sizes, p->n_grains, sizeof *sizes, by_size);
        for (; n < p->n_grains && sizes[n].n >= least; n++)
            place[sizes[n].number] = (int32_t)n;
        for (size_t g = n; g < p->n_grains; g++)
            place[sizes[g].number] = -1;
        for (size_t r = 0; r < p->n_regions; r++)
            if (p->regions[r].grain >= 0)
                p->regions[r].grain = place[p->regions[r].grain];
        p->n_grains = n;
        st = (p->grains = ia_array(ctx, n, sizeof *p->grains)) ? IA_OK : IA_ERR_MEMORY;
    }
    for (size_t g = 0; st == IA_OK && g < n; g++)
        p->grains[g].n_regions = sizes[g].n;
    free(sizes);
    free(place);
    return st;
}

// Sums over the regions of a grain that show the same planes.
typedef struct {
    double k[3], squares[9], intensity;
    size_t n;
} common;

static int by_intensity(const void *a, const void *b)
{
    const ia_plane *const *x = a, *const *y = b;
    if ((*x)->at.intensity != (*y)->at.intensity)
        return (*x)->at.intensity < (*y)->at.intensity ? 1 : -1;
    return (*x > *y) - (*x < *y);
}

static void add(common *c, const ia_reflection *r, double sign)
{
    for (size_t a = 0; a < 3; a++)
        c->k[a] += sign * r->k[a];
    for (size_t a = 0; a < 9; a++)
        c->squares[a] += r->k[a / 3] * r->k[a % 3];
    c->intensity += r->intensity;
    c->n++;
}

// Each plane joins those whose mean is nearest, if the angle allows.
static size_t gather(const ia_plane *const *list, size_t n_list,
                     const ia_planes_params *params, common *sets)
{
    size_t n = 0;
    for (size_t i = 0; i < n_list; i++) {
        const ia_reflection *r = &list[i]->at;
        double best = params->grain_deg;
        size_t to = n;
        for (size_t s = 0; s < n; s++) {
            double length = sqrt(ia_plane_dot(sets[s].k, sets[s].k)) / (double)sets[s].n;
            double angle = ia_plane_angle(sets[s].k, r->k);
            if (fabs(length * r->spacing - 1) < params->tolerance && angle < best) {
                best = angle;
                to = s;
            }
        }
        if (to == n)
            sets[n++] = (common){0};
        add(&sets[to], r, ia_plane_dot(sets[to].k, r->k) < 0 ? -1 : 1);
    }
    return n;
}

// Regions overlap by half: eight share as much data as one. The error of a mean is that
// of its scatter, or of a single region where it is the only one.
static void tell(const common *c, const ia_reflection *first, ia_grain_planes *out)
{
    double n = (double)c->n, k2 = 0, along = 0, trace = 0, spread[9];
    double apart = fmax(1, n / 8);
    for (size_t a = 0; a < 3; a++) {
        out->k[a] = c->k[a] / n;
        k2 += out->k[a] * out->k[a];
    }
    for (size_t a = 0; a < 9; a++)
        spread[a] = n < 4 ? first->covariance[a]
                          : (c->squares[a] / n - out->k[a / 3] * out->k[a % 3]) * n /
                                (n - 1) / apart;
    for (size_t a = 0; a < 9; a++) {
        along += spread[a] * out->k[a / 3] * out->k[a % 3] / k2;
        trace += a % 4 == 0 ? spread[a] : 0;
    }
    out->spacing = 1 / sqrt(k2);
    out->sigma_spacing = sqrt(fmax(along, 0)) / k2;
    out->sigma_deg = sqrt(fmax(trace - along, 0) / k2) * 57.29577951308232;
    out->intensity = c->intensity / n;
    out->n_regions = c->n;
    out->off_deg = out->ratio = NAN;
}

// Planes that a tenth of the grain's regions show.
static ia_status list_planes(ia_ctx *ctx, const ia_planes *p, size_t g,
                             const ia_planes_params *params, ia_plane_grain *grain)
{
    size_t n = 0;
    const ia_plane **list = ia_array(ctx, p->n_planes, sizeof *list);
    common *sets = NULL;
    ia_status st = IA_ERR_MEMORY;
    for (size_t i = 0; list && i < p->n_planes; i++)
        if (p->regions[p->planes[i].region].grain == (int32_t)g)
            list[n++] = &p->planes[i];
    if (list && (sets = ia_array(ctx, n, sizeof *sets)) &&
        (grain->planes = ia_array(ctx, n, sizeof *grain->planes)))
        st = IA_OK;
    if (st == IA_OK) {
        qsort(list, n, sizeof *list, by_intensity);
        size_t n_sets = gather(list, n, params, sets);
        for (size_t s = 0; s < n_sets; s++)
            if (10 * sets[s].n >= grain->n_regions)
                tell(&sets[s], &list[0]->at, &grain->planes[grain->n_planes++]);
    }
    grain->sigma_deg = grain->ratio = grain->sigma_ratio = NAN;
    free(list);
    free(sets);
    return st;
}

ia_status ia_planes_join(ia_ctx *ctx, const ia_regions *regions,
                         const ia_planes_params *params, ia_planes *planes)
{
    size_t *list = ia_array(ctx, 2 * planes->n_regions, sizeof *list);
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        flood(regions, params, planes, list, list + planes->n_regions);
        merge(params, planes, list + planes->n_regions);
        st = sort_grains(ctx, planes);
        if (st != IA_OK)
            planes->n_grains = 0;
    }
    for (size_t g = 0; st == IA_OK && g < planes->n_grains; g++)
        st = list_planes(ctx, planes, g, params, &planes->grains[g]);
    free(list);
    return st;
}
