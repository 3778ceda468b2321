// src/spatial/boxes.c: points along a curve that fills space, and boxes around runs of
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/boxes.h"

#include "core/radix.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// 16 bits of each axis taken in turn: nearby places have nearby numbers (Morton 1966).
enum { AXIS_BITS = 16, BLOCK = 65536 };

// Around nothing.
static const ia_box no_box = {{INFINITY, INFINITY, INFINITY},
                              {-INFINITY, -INFINITY, -INFINITY}};

static uint64_t spread(uint64_t v)
{
    v = (v | v << 16) & 0x0000ff0000ff;
    v = (v | v << 8) & 0x00f00f00f00f;
    v = (v | v << 4) & 0x0c30c30c30c3;
    return (v | v << 2) & 0x249249249249;
}

typedef struct {
    uint64_t *keys; // (n)
    const ia_points *points;
    float low[3];
    double scale;
} sorting;

static void measure(const ia_points *points, sorting *s)
{
    double extent = 0;
    for (size_t k = 0; k < 3; k++) {
        float low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < points->n; i++) {
            float v = points->xyz[3 * i + k];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        s->low[k] = low;
        extent = fmax(extent, (double)high - low);
    }
    s->scale = extent > 0 ? ((1 << AXIS_BITS) - 1) / extent : 0;
}

static void number_block(void *user, size_t block, size_t worker)
{
    sorting *s = user;
    size_t begin, end;
    (void)worker;
    ia_block(s->points->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *at = s->points->xyz + 3 * i;
        uint64_t key = 0;
        for (size_t k = 0; k < 3; k++)
            key |= spread((uint64_t)(((double)at[k] - s->low[k]) * s->scale)) << k;
        s->keys[i] = key;
    }
}

static ia_status sort_points(ia_ctx *ctx, const ia_points *points, ia_boxes *b)
{
    size_t n = points->n;
    sorting s = {.points = points};
    ia_status st = IA_ERR_MEMORY;
    if (!(s.keys = ia_array(ctx, n, sizeof *s.keys)) ||
        !(b->point = ia_array(ctx, n, sizeof *b->point)))
        goto done;
    measure(points, &s);
    if ((st = ia_for(ctx, NULL, ia_block_count(n, BLOCK), number_block, &s)) == IA_OK)
        st = ia_radix_sort(ctx, s.keys, n, 3 * AXIS_BITS, b->point);
done:
    free(s.keys);
    return st;
}

typedef struct {
    ia_boxes *boxes;
    const ia_points *points;
    size_t level;
} filling;

static void place_block(void *user, size_t block, size_t worker)
{
    filling *f = user;
    ia_boxes *b = f->boxes;
    size_t begin, end;
    (void)worker;
    ia_block(b->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *at = f->points->xyz + 3 * (size_t)b->point[i];
        b->x[i] = at[0];
        b->y[i] = at[1];
        b->z[i] = at[2];
    }
}

static void widen(ia_box *box, const float low[3], const float high[3])
{
    for (int k = 0; k < 3; k++) {
        box->low[k] = low[k] < box->low[k] ? low[k] : box->low[k];
        box->high[k] = high[k] > box->high[k] ? high[k] : box->high[k];
    }
}

static void put_box(ia_box_row *rows, size_t i, const ia_box *box)
{
    ia_box_row *row = &rows[i / IA_BOX_FAN];
    for (int k = 0; k < 3; k++) {
        row->low[k][i % IA_BOX_FAN] = box->low[k];
        row->high[k][i % IA_BOX_FAN] = box->high[k];
    }
}

static void box_block(void *user, size_t block, size_t worker)
{
    filling *f = user;
    ia_boxes *b = f->boxes;
    size_t first, last, begin, end;
    (void)worker;
    ia_block(b->n_boxes[f->level], BLOCK / IA_BOX_POINTS, block, &first, &last);
    for (size_t i = first; i < last; i++) {
        ia_box box = no_box;
        ia_box_children(b, f->level, i, &begin, &end);
        for (size_t j = begin; j < end; j++) {
            if (f->level == 0) {
                const float at[3] = {b->x[j], b->y[j], b->z[j]};
                widen(&box, at, at);
            } else {
                ia_box below = ia_box_of(b, f->level - 1, j);
                widen(&box, below.low, below.high);
            }
        }
        put_box(b->rows[f->level], i, &box);
    }
}

static ia_status make_rows(ia_ctx *ctx, ia_boxes *b, size_t level)
{
    size_t n_rows = ia_block_count(b->n_boxes[level], IA_BOX_FAN);
    if (!(b->rows[level] = ia_array(ctx, n_rows, sizeof *b->rows[level])))
        return IA_ERR_MEMORY;
    for (size_t i = b->n_boxes[level]; i < n_rows * IA_BOX_FAN; i++)
        put_box(b->rows[level], i, &no_box);
    return IA_OK;
}

static ia_status fill_boxes(ia_ctx *ctx, const ia_points *points, ia_boxes *b)
{
    filling f = {b, points, 0};
    size_t n = b->n, fan = IA_BOX_POINTS;
    ia_status st = ia_for(ctx, NULL, ia_block_count(n, BLOCK), place_block, &f);
    do {
        n = ia_block_count(n, fan);
        fan = IA_BOX_FAN;
        f.level = b->n_levels++;
        b->n_boxes[f.level] = n;
        if (st == IA_OK && (st = make_rows(ctx, b, f.level)) == IA_OK)
            st = ia_for(ctx, NULL, ia_block_count(n, BLOCK / IA_BOX_POINTS), box_block,
                        &f);
    } while (st == IA_OK && n > 1);
    return st;
}

ia_status ia_boxes_build(ia_ctx *ctx, const ia_points *points, ia_boxes *out)
{
    ia_boxes b = {.n = points->n};
    size_t room = ia_boxes_room(b.n, IA_BOX_POINTS);
    ia_status st = sort_points(ctx, points, &b);
    if (st == IA_OK && (!(b.x = ia_array(ctx, room, sizeof *b.x)) ||
                        !(b.y = ia_array(ctx, room, sizeof *b.y)) ||
                        !(b.z = ia_array(ctx, room, sizeof *b.z))))
        st = IA_ERR_MEMORY;
    for (size_t i = b.n; i < room && st == IA_OK; i++)
        b.x[i] = b.y[i] = b.z[i] = INFINITY;
    if (st == IA_OK)
        st = fill_boxes(ctx, points, &b);
    if (st != IA_OK) {
        ia_boxes_clear(&b);
        return st;
    }
    *out = b;
    return IA_OK;
}

ia_status ia_boxes_check(ia_ctx *ctx, const ia_points *points)
{
    if (points->n > INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu points: at most 2147483647",
                       points->n);
    for (size_t i = 0; i < 3 * points->n; i++)
        if (!isfinite(points->xyz[i]))
            return ia_fail(ctx, IA_ERR_PARAM, "point %zu has no finite position", i / 3);
    return IA_OK;
}

void ia_boxes_clear(ia_boxes *boxes)
{
    free(boxes->x);
    free(boxes->y);
    free(boxes->z);
    free(boxes->point);
    for (size_t level = 0; level < boxes->n_levels; level++)
        free(boxes->rows[level]);
    *boxes = (ia_boxes){0};
}
