// src/spatial/gaps.c: empty room between parts of a specimen that lie far apart.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/gaps.h"

#include <ionatlas/extent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 1 << 16, CUBES = 12, ROUNDS = 4 };
static const double least_gap =
    0.1; // of the length: less is no reason for a grid to fail

// Slices along an axis that hold ions.
typedef struct {
    double low, width; // nm
    uint8_t *filled;   // (SLICES)
} axis_slices;

static size_t slice_of(const axis_slices *s, float place)
{
    double at = ((double)place - s->low) / s->width;
    return at < SLICES - 1 ? (size_t)fmax(at, 0) : SLICES - 1;
}

static void fill_slices(const float *xyz, size_t n, size_t axis, axis_slices *s)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, (double)xyz[3 * i + axis]);
        high = fmax(high, (double)xyz[3 * i + axis]);
    }
    s->low = low;
    s->width = (high - low) / SLICES;
    memset(s->filled, 0, SLICES);
    for (size_t i = 0; i < n && s->width > 0; i++)
        s->filled[slice_of(s, xyz[3 * i + axis])] = 1;
}

// How far each slice moves down when empty runs are cut to `kept` nm, those that are
// longer and a good part of the length; false where there is none.
static bool find_moves(const axis_slices *s, double kept, double *move)
{
    double sum = 0;
    size_t run = 0;
    for (size_t i = 0; i < SLICES && s->width > 0; i++) {
        run = s->filled[i] ? 0 : run + 1;
        bool ends = run > 0 && s->filled[i + 1]; // the last slice is never empty
        double gap = s->width * (double)run;
        if (ends && gap > kept && gap > least_gap * s->width * SLICES)
            sum += gap - kept;
        if (i + 1 < SLICES)
            move[i + 1] = sum;
    }
    return sum > 0;
}

typedef struct {
    axis_slices slices;
    double *move; // (SLICES) nm
} room;

// A gap of many lengths leaves the parts in few slices: once more, until none is found.
static bool close_all(room *r, float *xyz, size_t n, double kept)
{
    bool closed = false;
    for (size_t axis = 0; axis < 3; axis++)
        for (int round = 0; round < ROUNDS; round++) {
            fill_slices(xyz, n, axis, &r->slices);
            if (!find_moves(&r->slices, kept, r->move))
                break;
            closed = true;
            for (size_t i = 0; i < n; i++) {
                float *at = &xyz[3 * i + axis];
                *at = (float)((double)*at - r->move[slice_of(&r->slices, *at)]);
            }
        }
    return closed;
}

static void set_box(ia_ranged *ranged)
{
    for (size_t k = 0; k < 3; k++) {
        ranged->lo[k] = INFINITY;
        ranged->hi[k] = -INFINITY;
        for (size_t i = 0; i < ranged->n; i++) {
            ranged->lo[k] = fmin(ranged->lo[k], (double)ranged->xyz[3 * i + k]);
            ranged->hi[k] = fmax(ranged->hi[k], (double)ranged->xyz[3 * i + k]);
        }
    }
}

// The edge of the cubes; NAN where no volume can be measured.
static ia_status measure(ia_ctx *ctx, const float *xyz, size_t n, double *edge)
{
    const ia_points points = {xyz, n};
    ia_extent extent = {0};
    ia_status st = ia_extent_build(ctx, &points, &extent);
    *edge = st == IA_OK && isfinite(extent.volume) ? extent.edge : NAN;
    ia_extent_clear(&extent);
    return st;
}

// Nearer for a first look at how large the cubes are, then as far apart as these ask for.
static ia_status move_parts(ia_ctx *ctx, ia_ranged *ranged, double reach, room *r)
{
    size_t n = ranged->n;
    double edge;
    float *xyz = ia_array(ctx, n, 3 * sizeof *xyz);
    ia_status st = xyz ? measure(ctx, ranged->xyz, n, &edge) : IA_ERR_MEMORY;
    if (st != IA_OK || isfinite(edge))
        goto done;
    double kept = 3 * reach;
    for (int look = 0; look < 2 && st == IA_OK; look++) {
        memcpy(xyz, ranged->xyz, 3 * n * sizeof *xyz);
        if (!close_all(r, xyz, n, kept) || (st = measure(ctx, xyz, n, &edge)) != IA_OK ||
            !isfinite(edge))
            goto done;
        kept += CUBES * edge;
    }
    memcpy(ranged->xyz, xyz, 3 * n * sizeof *xyz);
    set_box(ranged);
    ia_warn(ctx, "the ions lie in parts far apart: the room between them is left out");
done:
    free(xyz);
    return st;
}

ia_status ia_gaps_close(ia_ctx *ctx, ia_ranged *ranged, double reach)
{
    room r = {.move = ia_array(ctx, SLICES, sizeof *r.move)};
    bool is_parted = false;
    r.slices.filled = ia_array(ctx, SLICES, 1);
    ia_status st = r.move && r.slices.filled ? IA_OK : IA_ERR_MEMORY;
    for (size_t axis = 0; axis < 3 && st == IA_OK && ranged->n > 0; axis++) {
        fill_slices(ranged->xyz, ranged->n, axis, &r.slices);
        is_parted = is_parted || find_moves(&r.slices, 3 * reach, r.move);
    }
    if (is_parted)
        st = move_parts(ctx, ranged, reach, &r);
    free(r.move);
    free(r.slices.filled);
    return st;
}
