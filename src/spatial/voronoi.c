// src/spatial/voronoi.c: the room that each point has to itself.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/voronoi.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef IA_VORONOI
#include "shim/voronoi.h"

enum { BESIDE = 16 }; // faces of a cell, about

// Points at different places, and which of them each point is at.
typedef struct {
    ia_ctx *ctx;
    const float *xyz;
    uint32_t *order; // (n) by place, then number
    uint32_t *place; // (n) of each point
    size_t n, n_places;
    double *at;         // (n_places, 3) nm
    uint32_t *first;    // (n_places + 1) in the order
    double *volume;     // (n_places)
    size_t *start;      // (n_places) into `beside`
    uint32_t *n_beside; // (n_places)
    uint32_t *beside;   // places
    size_t used, room;
    bool is_starved;
} places;

static int compare(const void *a, const void *b)
{
    const float *x = *(const float *const *)a, *y = *(const float *const *)b;
    for (size_t k = 0; k < 3; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return (x > y) - (x < y);
}

static ia_status sort(places *p)
{
    const float **sorted = ia_array(p->ctx, p->n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < p->n; i++)
        sorted[i] = p->xyz + 3 * i;
    qsort(sorted, p->n, sizeof *sorted, compare);
    for (size_t i = 0; i < p->n; i++) {
        const float *last = i > 0 ? sorted[i - 1] : NULL, *own = sorted[i];
        bool is_new =
            !last || last[0] != own[0] || last[1] != own[1] || last[2] != own[2];
        p->order[i] = (uint32_t)((size_t)(own - p->xyz) / 3);
        if (is_new) {
            p->first[p->n_places] = (uint32_t)i;
            for (size_t k = 0; k < 3; k++)
                p->at[3 * p->n_places + k] = (double)own[k];
            p->n_places++;
        }
        p->place[p->order[i]] = (uint32_t)(p->n_places - 1);
    }
    p->first[p->n_places] = (uint32_t)p->n;
    free(sorted);
    return IA_OK;
}

static bool make_room(places *p, size_t n)
{
    if (p->used + n <= p->room)
        return true;
    size_t room = 2 * p->room + n;
    uint32_t *beside = ia_array(p->ctx, room, sizeof *beside);
    if (!beside)
        return false;
    memcpy(beside, p->beside, p->used * sizeof *beside);
    free(p->beside);
    p->beside = beside;
    p->room = room;
    return true;
}

static void take_cell(void *user, size_t place, double volume, const int *beside,
                      size_t n)
{
    places *p = user;
    if (p->is_starved || !make_room(p, n)) {
        p->is_starved = true;
        return;
    }
    p->volume[place] = volume;
    p->start[place] = p->used;
    for (size_t i = 0; i < n; i++)
        if (beside[i] >= 0)
            p->beside[p->used++] = (uint32_t)beside[i];
    p->n_beside[place] = (uint32_t)(p->used - p->start[place]);
}

static ia_status compute(places *p, double margin)
{
    ia_shim_cells cells = {p->at,
                           p->n_places,
                           {INFINITY, INFINITY, INFINITY},
                           {-INFINITY, -INFINITY, -INFINITY},
                           take_cell,
                           p};
    for (size_t i = 0; i < p->n_places; i++)
        for (size_t k = 0; k < 3; k++) {
            cells.low[k] = fmin(cells.low[k], p->at[3 * i + k] - margin);
            cells.high[k] = fmax(cells.high[k], p->at[3 * i + k] + margin);
        }
    if (p->n_places > 0 && (!ia_shim_voronoi(&cells) || p->is_starved))
        return ia_fail(p->ctx, IA_ERR_MEMORY, "memory ran out for %zu cells", p->n);
    return IA_OK;
}

// From places to points.
static ia_status spread(const places *p, ia_voronoi *out)
{
    for (size_t i = 0; i < p->n; i++) {
        uint32_t own = p->place[i];
        size_t sum = p->first[own + 1] - p->first[own] - 1;
        out->volume[i] = (float)(p->volume[own] / (double)(sum + 1));
        for (size_t b = 0; b < p->n_beside[own]; b++) {
            uint32_t other = p->beside[p->start[own] + b];
            sum += p->first[other + 1] - p->first[other];
        }
        out->start[i + 1] = out->start[i] + sum;
    }
    if (!(out->beside = ia_array(p->ctx, out->start[p->n], sizeof *out->beside)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < p->n; i++) {
        uint32_t own = p->place[i];
        size_t to = out->start[i];
        for (uint32_t j = p->first[own]; j < p->first[own + 1]; j++)
            if (p->order[j] != i)
                out->beside[to++] = p->order[j];
        for (size_t b = 0; b < p->n_beside[own]; b++) {
            uint32_t other = p->beside[p->start[own] + b];
            for (uint32_t j = p->first[other]; j < p->first[other + 1]; j++)
                out->beside[to++] = p->order[j];
        }
    }
    return IA_OK;
}

static ia_status find(ia_ctx *ctx, const ia_points *points, double margin,
                      ia_voronoi *out)
{
    size_t n = points->n;
    places p = {.ctx = ctx, .xyz = points->xyz, .n = n, .room = BESIDE * n};
    ia_status st = IA_ERR_MEMORY;
    if ((p.order = ia_array(ctx, n, sizeof *p.order)) &&
        (p.place = ia_array(ctx, n, sizeof *p.place)) &&
        (p.at = ia_array(ctx, 3 * n, sizeof *p.at)) &&
        (p.first = ia_array(ctx, n + 1, sizeof *p.first)) &&
        (p.volume = ia_array(ctx, n, sizeof *p.volume)) &&
        (p.start = ia_array(ctx, n, sizeof *p.start)) &&
        (p.n_beside = ia_array(ctx, n, sizeof *p.n_beside)) &&
        (p.beside = ia_array(ctx, p.room, sizeof *p.beside)) &&
        (st = sort(&p)) == IA_OK && (st = compute(&p, margin)) == IA_OK)
        st = spread(&p, out);
    free(p.order);
    free(p.place);
    free(p.at);
    free(p.first);
    free(p.volume);
    free(p.start);
    free(p.n_beside);
    free(p.beside);
    return st;
}

bool ia_voronoi_is_built(void)
{
    return true;
}
#else
static ia_status find(ia_ctx *ctx, const ia_points *points, double margin,
                      ia_voronoi *out)
{
    (void)points;
    (void)margin;
    (void)out;
    return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                   "this ionatlas was built without voro++ (Debian: voro++-dev, g++)");
}

bool ia_voronoi_is_built(void)
{
    return false;
}
#endif

static ia_status check(ia_ctx *ctx, const ia_points *points)
{
    if (points->n >= INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu points: less than 2^31 were expected", points->n);
    for (size_t i = 0; i < 3 * points->n; i++)
        if (!isfinite(points->xyz[i]))
            return ia_fail(ctx, IA_ERR_PARAM, "point %zu has no finite place", i / 3);
    return IA_OK;
}

ia_status ia_voronoi_compute(ia_ctx *ctx, const ia_points *points, double margin,
                             ia_voronoi *out)
{
    ia_voronoi v = {.n = points->n};
    ia_status st = check(ctx, points);
    if (st != IA_OK)
        return st;
    if (!(margin > 0 && isfinite(margin)))
        return ia_fail(ctx, IA_ERR_PARAM, "margin = %g nm: more than 0 was expected",
                       margin);
    st = IA_ERR_MEMORY;
    if ((v.volume = ia_array(ctx, v.n, sizeof *v.volume)) &&
        (v.start = ia_array(ctx, v.n + 1, sizeof *v.start)) &&
        (st = find(ctx, points, margin, &v)) == IA_OK) {
        *out = v;
        v = (ia_voronoi){0};
    }
    ia_voronoi_clear(&v);
    return st;
}

void ia_voronoi_clear(ia_voronoi *voronoi)
{
    free(voronoi->volume);
    free(voronoi->start);
    free(voronoi->beside);
    *voronoi = (ia_voronoi){0};
}
