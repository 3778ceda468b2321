// src/spatial/surface_steady.c: the objects of a surface in random halves and with fewer
// ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/surface_internal.h"

#include <math.h>
#include <stdlib.h>

// Ions lie in ten parts at random. A window of five parts, and the other five, are two
// halves; a window of seven is 70 % of the ions.
enum { DIVISIONS = 3, HALF = 5, THINNED = 7 };

// What some of the ions show at the threshold of all. Of a density that goes with their
// number.
typedef struct {
    ia_volume volume;
    double threshold, inside_percent, n_objects;
} part_view;

static bool is_inside(const part_view *v, size_t i)
{
    return (double)v->volume.value[i] >= v->threshold; // false for NAN: outside
}

static double inside_percent(const part_view *v)
{
    size_t n = v->volume.n[0] * v->volume.n[1] * v->volume.n[2], n_inside = 0;
    for (size_t i = 0; i < n; i++)
        n_inside += is_inside(v, i);
    return 100 * (double)n_inside / (double)(n - v->volume.n_outside);
}

static ia_status look(ia_ctx *ctx, const ia_volume_work *w, const ia_volume *all,
                      ia_surface_limit limit, unsigned parts, part_view *out)
{
    uint64_t *sizes = NULL;
    size_t n = 0;
    bool density = all->quantity == IA_QUANTITY_DENSITY;
    double share = (double)__builtin_popcount(parts) / IA_PARTS;
    part_view v = {.threshold = limit.threshold * (density ? share : 1)};
    ia_status st = ia_volume_fill(ctx, w, &all->params, all->chosen, parts, &v.volume);
    if (st == IA_OK) {
        limit.threshold = v.threshold;
        st = ia_surface_sizes(ctx, w, v.volume.value, limit, &sizes, &n);
        v.inside_percent = inside_percent(&v);
        v.n_objects = (double)n;
    }
    free(sizes);
    *out = v;
    return st;
}

// Twice the voxels inside in both over the sum of those inside in either (Dice 1945,
// doi:10.2307/1932409).
static double overlap(const part_view *a, const part_view *b)
{
    size_t n = a->volume.n[0] * a->volume.n[1] * a->volume.n[2], both = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        bool in_a = is_inside(a, i), in_b = is_inside(b, i);
        both += in_a && in_b;
        sum += (size_t)in_a + in_b;
    }
    return sum > 0 ? 2 * (double)both / (double)sum : NAN;
}

static void add_halves(const part_view half[2], ia_surface *out)
{
    const double values[2][2] = {{half[0].inside_percent, half[1].inside_percent},
                                 {half[0].n_objects, half[1].n_objects}};
    ia_steadiness *to[] = {&out->steady_inside, &out->steady_objects};
    for (size_t v = 0; v < 2; v++) {
        to[v]->half_mean += (values[v][0] + values[v][1]) / (2 * DIVISIONS);
        to[v]->half_difference += pow(values[v][0] - values[v][1], 2) / DIVISIONS;
    }
    out->half_overlap += overlap(&half[0], &half[1]) / DIVISIONS;
}

static void set_thinned(const double *values, ia_steadiness *out)
{
    double sum = 0, squares = 0;
    for (size_t d = 0; d < DIVISIONS; d++)
        sum += values[d];
    out->thinned_mean = sum / DIVISIONS;
    for (size_t d = 0; d < DIVISIONS; d++)
        squares += pow(values[d] - out->thinned_mean, 2);
    out->thinned_sd = sqrt(squares / (DIVISIONS - 1));
    out->half_difference = sqrt(out->half_difference);
}

ia_status ia_surface_steady(ia_ctx *ctx, const ia_volume_work *work,
                            const ia_volume *volume, const ia_surface_params *params,
                            ia_surface *out)
{
    const ia_surface_limit limit = {out->threshold, params->least_ions};
    double inside[DIVISIONS], objects[DIVISIONS];
    ia_status st = IA_OK;
    out->steady_inside = out->steady_objects = (ia_steadiness){0, 0, 0, 0};
    out->half_overlap = 0;
    for (size_t d = 0; d < DIVISIONS && st == IA_OK; d++) {
        part_view half[2] = {{.threshold = 0}, {.threshold = 0}}, thin = {.threshold = 0};
        unsigned parts = ia_volume_window(d, HALF);
        if ((st = look(ctx, work, volume, limit, parts, &half[0])) == IA_OK &&
            (st = look(ctx, work, volume, limit, IA_EVERY_PART & ~parts, &half[1])) ==
                IA_OK &&
            (st = look(ctx, work, volume, limit, ia_volume_window(3 * d, THINNED),
                       &thin)) == IA_OK) {
            add_halves(half, out);
            inside[d] = thin.inside_percent;
            objects[d] = thin.n_objects;
            st = ia_step(ctx, "parts of the ions", (double)(d + 1) / DIVISIONS);
        }
        ia_volume_clear(&half[0].volume);
        ia_volume_clear(&half[1].volume);
        ia_volume_clear(&thin.volume);
    }
    if (st == IA_OK) {
        set_thinned(inside, &out->steady_inside);
        set_thinned(objects, &out->steady_objects);
    }
    return st;
}
