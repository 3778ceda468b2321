// src/cluster/optics.c: points in the order in which density reaches them.
// Uses the boxes of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/optics.h>

#include "spatial/boxes.h"
#include "cluster/cores.h"
#include "cluster/valleys.h"
#include "core/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_optics_params, min_points, "", 10, 2, 10000,
             "points within the core distance, the point itself counted"),
    IA_FIELD(IA_F64, ia_optics_params, reach, "nm", 0, 0, 1000,
             "nothing farther is reached; 0: chosen from the core distances"),
    IA_FIELD(IA_F64, ia_optics_params, xi, "", 0.05, 0.001, 0.999,
             "share by which reachability falls and rises at the ends of a cluster"),
    IA_FIELD(IA_SIZE, ia_optics_params, min_size, "", 0, 0, 1e9,
             "points of the smallest cluster; 0: as min_points"),
};
const ia_method ia_optics_method =
    IA_METHOD("optics", "Order of density (OPTICS)", ia_optics_params, fields);

ia_optics_params ia_optics_defaults(void)
{
    ia_optics_params params;
    ia_method_defaults(&ia_optics_method, &params);
    return params;
}

static const uint32_t NOBODY = UINT32_MAX;
static const float TAKEN = -1;

// By place in the boxes. Points that wait are in a heap, the next on top.
typedef struct {
    ia_boxes boxes;
    size_t n, n_order, n_heap;
    float *best;                   // (n, and up to whole boxes) reachability; TAKEN
    uint32_t *before;              // (n) place it is reached from
    uint32_t *heap, *slot;         // (n) places, and where in the heap a place is
    uint32_t *left[IA_BOX_LEVELS]; // points of each box that are not taken
    float reach;
    ia_optics *out;
} ordering;

// The heap
// ---------------------------------------------------------------------------------------

enum { FAN = 4 };

static bool is_before(const ordering *o, uint32_t a, uint32_t b)
{
    if (o->best[a] != o->best[b])
        return o->best[a] < o->best[b];
    return o->boxes.point[a] < o->boxes.point[b];
}

static void put(ordering *o, size_t at, uint32_t place)
{
    o->heap[at] = place;
    o->slot[place] = (uint32_t)at;
}

static void rise(ordering *o, size_t at, uint32_t place)
{
    for (; at > 0 && is_before(o, place, o->heap[(at - 1) / FAN]); at = (at - 1) / FAN)
        put(o, at, o->heap[(at - 1) / FAN]);
    put(o, at, place);
}

static uint32_t take_first(ordering *o)
{
    uint32_t first = o->heap[0], last = o->heap[--o->n_heap];
    size_t at = 0;
    for (;;) {
        size_t child = FAN * at + 1, end = child + FAN, next = child;
        end = end < o->n_heap ? end : o->n_heap;
        if (child >= end)
            break;
        for (size_t i = child + 1; i < end; i++)
            next = is_before(o, o->heap[i], o->heap[next]) ? i : next;
        if (!is_before(o, o->heap[next], last))
            break;
        put(o, at, o->heap[next]);
        at = next;
    }
    if (o->n_heap > 0)
        put(o, at, last);
    return first;
}

// Reaching
// ---------------------------------------------------------------------------------------

typedef struct {
    ordering *o;
    uint32_t place;
    float at[3], core;
} center;

// Points of a box that may be nearer in reachability than they were.
IA_VECTOR static int32_t look_at(const center *c, size_t begin,
                                 int32_t may[IA_BOX_POINTS])
{
    const ordering *o = c->o;
    const float *x = o->boxes.x + begin, *y = o->boxes.y + begin, *z = o->boxes.z + begin;
    const float *best = o->best + begin;
    float most = o->reach * o->reach * (1 + 1e-6F);
    float at_x = c->at[0], at_y = c->at[1], at_z = c->at[2], core = c->core;
    int32_t any = 0;
    for (int i = 0; i < IA_BOX_POINTS; i++) {
        float dx = x[i] - at_x, dy = y[i] - at_y, dz = z[i] - at_z;
        float d2 = dx * dx + dy * dy + dz * dz;
        may[i] =
            (d2 <= most) & (d2 * (1 - 1e-6F) <= best[i] * best[i]) & (core < best[i]);
        any |= may[i];
    }
    return any;
}

static void reach_points(const center *c, size_t begin)
{
    ordering *o = c->o;
    const ia_boxes *b = &o->boxes;
    int32_t may[IA_BOX_POINTS];
    if (!look_at(c, begin, may))
        return;
    for (size_t k = 0; k < IA_BOX_POINTS; k++) {
        size_t i = begin + k;
        if (!may[k] || i >= o->n)
            continue;
        double dx = (double)b->x[i] - c->at[0], dy = (double)b->y[i] - c->at[1],
               dz = (double)b->z[i] - c->at[2];
        float d = (float)sqrt(dx * dx + dy * dy + dz * dz), best = fmaxf(d, c->core);
        if (d > o->reach || !(best < o->best[i]))
            continue;
        bool waits = isfinite(o->best[i]);
        o->best[i] = best;
        o->before[i] = c->place;
        rise(o, waits ? o->slot[i] : o->n_heap++, (uint32_t)i);
    }
}

// Boxes in a row that have points to reach.
IA_VECTOR static int32_t look_at_row(const center *c, size_t level, size_t row,
                                     int32_t *restrict may)
{
    const ia_box_row *r = &c->o->boxes.rows[level][row];
    const uint32_t *left = c->o->left[level] + row * IA_BOX_FAN;
    float most = c->o->reach * c->o->reach;
    float at_x = c->at[0], at_y = c->at[1], at_z = c->at[2];
    int32_t any = 0;
    for (int i = 0; i < IA_BOX_FAN; i++) {
        float x = ia_box_off(r->low[0][i] - at_x, at_x - r->high[0][i]);
        float y = ia_box_off(r->low[1][i] - at_y, at_y - r->high[1][i]);
        float z = ia_box_off(r->low[2][i] - at_z, at_z - r->high[2][i]);
        may[i] = ((x * x + y * y + z * z) * (1 - 1e-6F) <= most) & (left[i] > 0);
        any |= may[i];
    }
    return any;
}

static void reach_box(const center *c, size_t level, size_t box)
{
    int32_t may[IA_BOX_FAN];
    if (level == 0) {
        reach_points(c, box * IA_BOX_POINTS);
        return;
    }
    if (!look_at_row(c, level - 1, box, may))
        return;
    for (size_t i = 0; i < IA_BOX_FAN; i++)
        if (may[i])
            reach_box(c, level - 1, box * IA_BOX_FAN + i);
}

static void take(ordering *o, uint32_t place)
{
    const ia_boxes *b = &o->boxes;
    ia_optics *out = o->out;
    uint32_t before = o->before[place];
    out->order[o->n_order] = b->point[place];
    out->reachability[o->n_order] = o->best[place];
    out->before[o->n_order++] = before == NOBODY ? NOBODY : b->point[before];
    o->best[place] = TAKEN;
    size_t box = place / IA_BOX_POINTS;
    for (size_t level = 0; level < b->n_levels; level++, box /= IA_BOX_FAN)
        o->left[level][box]--;
    center c = {
        o, place, {b->x[place], b->y[place], b->z[place]}, out->core[b->point[place]]};
    if (c.core <= o->reach)
        reach_box(&c, b->n_levels - 1, 0);
}

static ia_status run(ia_ctx *ctx, ordering *o, const uint32_t *place)
{
    enum { STEP = 1 << 16 };
    ia_status st = IA_OK;
    for (size_t number = 0; number < o->n && st == IA_OK; number++) {
        if (o->best[place[number]] == TAKEN)
            continue;
        take(o, place[number]);
        while (o->n_heap > 0 && st == IA_OK) {
            take(o, take_first(o));
            if (o->n_order % STEP == 0)
                st = ia_step(ctx, "order of density", (double)o->n_order / (double)o->n);
        }
    }
    return st;
}

// Making ready
// -----------------------------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Three times what most core distances do not exceed: looser points are noise.
static ia_status choose_reach(ia_ctx *ctx, const float *core, size_t n, double *reach)
{
    static const double most = 0.99, times = 3;
    float *sorted = ia_array(ctx, n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    memcpy(sorted, core, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    *reach = times * sorted[(size_t)(most * (double)(n - 1))];
    free(sorted);
    return IA_OK;
}

static ia_status count_left(ia_ctx *ctx, ordering *o)
{
    const ia_boxes *b = &o->boxes;
    for (size_t level = 0; level < b->n_levels; level++) {
        size_t n = ia_boxes_room(b->n_boxes[level], IA_BOX_FAN);
        if (!(o->left[level] = ia_array(ctx, n, sizeof *o->left[level])))
            return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < o->n; i++) {
        size_t box = i / IA_BOX_POINTS;
        for (size_t level = 0; level < b->n_levels; level++, box /= IA_BOX_FAN)
            o->left[level][box]++;
    }
    return IA_OK;
}

static ia_status make_room(ia_ctx *ctx, ordering *o)
{
    size_t room = ia_boxes_room(o->n, IA_BOX_POINTS);
    if (!(o->best = ia_array(ctx, room, sizeof *o->best)) ||
        !(o->before = ia_array(ctx, o->n, sizeof *o->before)) ||
        !(o->heap = ia_array(ctx, o->n, sizeof *o->heap)) ||
        !(o->slot = ia_array(ctx, o->n, sizeof *o->slot)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < room; i++)
        o->best[i] = i < o->n ? INFINITY : TAKEN;
    for (size_t i = 0; i < o->n; i++)
        o->before[i] = NOBODY;
    return count_left(ctx, o);
}

static void clear(ordering *o)
{
    ia_boxes_clear(&o->boxes);
    free(o->best);
    free(o->before);
    free(o->heap);
    free(o->slot);
    for (size_t level = 0; level < IA_BOX_LEVELS; level++)
        free(o->left[level]);
}

static ia_status order_points(ia_ctx *ctx, const ia_points *points, ia_optics *out)
{
    ordering o = {.n = points->n, .reach = (float)out->reach, .out = out};
    uint32_t *place = NULL;
    ia_status st = ia_boxes_build(ctx, points, &o.boxes);
    if (st == IA_OK && (st = make_room(ctx, &o)) == IA_OK &&
        !(place = ia_array(ctx, o.n, sizeof *place)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < o.n && st == IA_OK; i++)
        place[o.boxes.point[i]] = (uint32_t)i;
    if (st == IA_OK)
        st = run(ctx, &o, place);
    free(place);
    clear(&o);
    return st;
}

// Points that have too few others are in no cluster and reach nothing.
static ia_status order_few(ia_ctx *ctx, ia_optics *out)
{
    if (!(out->label = ia_array(ctx, out->n, sizeof *out->label)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n; i++) {
        out->order[i] = (uint32_t)i;
        out->reachability[i] = out->core[i] = INFINITY;
        out->before[i] = NOBODY;
        out->label[i] = -1;
    }
    return IA_OK;
}

static ia_status compute(ia_ctx *ctx, const ia_points *points, const ia_optics_params *p,
                         ia_optics *out)
{
    const ia_cores cores = {.k = p->min_points - 1, .core = out->core};
    ia_status st;
    out->reach = p->reach;
    if (out->n < p->min_points)
        return order_few(ctx, out);
    if ((st = ia_cores_find(ctx, points, &cores)) != IA_OK ||
        (p->reach == 0 &&
         (st = choose_reach(ctx, out->core, out->n, &out->reach)) != IA_OK))
        return st;
    for (size_t i = 0; i < out->n; i++)
        out->core[i] = out->core[i] <= (float)out->reach ? out->core[i] : INFINITY;
    if ((st = order_points(ctx, points, out)) != IA_OK)
        return st;
    if (!(out->label = ia_array(ctx, out->n, sizeof *out->label))) // not before
        return IA_ERR_MEMORY;
    return ia_valleys_find(ctx, p, out);
}

ia_status ia_optics_compute(ia_ctx *ctx, const ia_points *points,
                            const ia_optics_params *params, ia_optics *out)
{
    ia_optics_params p = params ? *params : ia_optics_defaults();
    ia_optics o = {.n = points->n};
    ia_status st = ia_method_check(ctx, &ia_optics_method, &p);
    if (st != IA_OK || (st = ia_boxes_check(ctx, points)) != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    if ((o.order = ia_array(ctx, o.n, sizeof *o.order)) &&
        (o.reachability = ia_array(ctx, o.n, sizeof *o.reachability)) &&
        (o.before = ia_array(ctx, o.n, sizeof *o.before)) &&
        (o.core = ia_array(ctx, o.n, sizeof *o.core)) &&
        (st = compute(ctx, points, &p, &o)) == IA_OK) {
        *out = o;
        o = (ia_optics){0};
    }
    ia_optics_clear(&o);
    return st;
}

void ia_optics_clear(ia_optics *optics)
{
    free(optics->order);
    free(optics->reachability);
    free(optics->before);
    free(optics->core);
    free(optics->clusters);
    free(optics->label);
    *optics = (ia_optics){0};
}
