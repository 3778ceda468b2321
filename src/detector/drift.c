// src/detector/drift.c: how far the pattern of poles moves on the detector during a run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <ionatlas/map_combine.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_drift_params, n_windows, "", 4, 0, 100,
             "parts of the run whose patterns are compared; 0: none"),
    IA_FIELD(IA_F64, ia_drift_params, most_shift, "", 0.15, 0.01, 0.5,
             "greatest shift that is looked for, as a share of the map's radius"),
};
const ia_method ia_drift_method =
    IA_METHOD("drift", "Drift of the pattern on the detector", ia_drift_params, fields);

ia_drift_params ia_drift_defaults(void)
{
    ia_drift_params params;
    ia_method_defaults(&ia_drift_method, &params);
    return params;
}

enum { PARTS = 4 };                       // of the map, for the error
static const double pattern_scale = 0.04; // of the radius

// The pattern of a map: how much darker each place is than around it.
static ia_status pattern_of(ia_ctx *ctx, const ia_hitmap *map, double *out)
{
    ia_pole_params params = ia_pole_defaults();
    poles_grid grid = {0};
    poles_room room = {0};
    size_t n = map->cells * map->cells;
    params.least_scale = params.most_scale = pattern_scale;
    ia_status st = poles_grid_new(ctx, map, &params, &(ia_half){0}, &grid);
    if (st == IA_OK && (st = poles_room_new(ctx, &grid, &room)) == IA_OK) {
        for (size_t i = 0; i < n; i++)
            room.counts[i] = grid.mask[i] * map->counts[i];
        poles_respond(&grid, grid.n_scales, &room);
        memcpy(out, room.z, n * sizeof *out);
    }
    poles_room_clear(&room);
    poles_grid_clear(&grid);
    return st;
}

// Correlation of b, moved by (x, y) cells, with a; in one part of the map or all (PARTS).
static double correlate(const double *a, const double *b, size_t n, const long by[2],
                        size_t part)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n * n; i++) {
        long x = (long)(i % n), y = (long)(i / n), u = x + by[0], v = y + by[1];
        size_t here = (size_t)(2 * y >= (long)n) * 2 + (size_t)(2 * x >= (long)n);
        if ((part < PARTS && here != part) || u < 0 || v < 0 || u >= (long)n ||
            v >= (long)n)
            continue;
        double other = b[(size_t)v * n + (size_t)u];
        ab += a[i] * other;
        aa += a[i] * a[i];
        bb += other * other;
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static double summit(double before, double at, double after)
{
    double curvature = before + after - 2 * at;
    return curvature < 0 ? fmax(-0.5, fmin(0.5, 0.5 * (before - after) / curvature)) : 0;
}

// The shift with the highest correlation, cells; that correlation.
static double find_shift(const double *a, const double *b, size_t n, long most,
                         size_t part, double out[2])
{
    long best[2] = {0, 0};
    double highest = -INFINITY, beside[2][2];
    for (long y = -most; y <= most; y++)
        for (long x = -most; x <= most; x++) {
            const long by[2] = {x, y};
            double value = correlate(a, b, n, by, part);
            if (value > highest) {
                highest = value;
                memcpy(best, by, sizeof best);
            }
        }
    for (size_t axis = 0; axis < 2; axis++) {
        for (size_t side = 0; side < 2; side++) {
            long by[2] = {best[0], best[1]};
            by[axis] += side == 0 ? -1 : 1;
            beside[axis][side] = correlate(a, b, n, by, part);
        }
        out[axis] =
            (double)best[axis] + summit(beside[axis][0], highest, beside[axis][1]);
    }
    return highest;
}

static void compare_window(const ia_hitmap *first, const ia_hitmap *map,
                           const double *patterns[2], long most, ia_drift_window *out)
{
    double shift[2], spread = 0, parts[PARTS][2];
    out->correlation =
        find_shift(patterns[0], patterns[1], first->cells, most, PARTS, shift);
    for (size_t axis = 0; axis < 2; axis++)
        out->shift[axis] =
            shift[axis] * first->cell + map->centre[axis] - first->centre[axis];
    for (size_t p = 0; p < PARTS; p++) {
        find_shift(patterns[0], patterns[1], first->cells, most, p, parts[p]);
        for (size_t axis = 0; axis < 2; axis++)
            spread += (parts[p][axis] - shift[axis]) * (parts[p][axis] - shift[axis]);
    }
    out->sigma = sqrt(spread / (2 * (PARTS - 1) * PARTS)) * first->cell;
}

ia_status ia_drift_compute(ia_ctx *ctx, const ia_hitmap_input *input,
                           const ia_hitmap_params *maps, const ia_drift_params *params,
                           ia_drift *out)
{
    ia_drift_params p = params ? *params : ia_drift_defaults();
    ia_hitmap_params window = maps ? *maps : ia_hitmap_defaults();
    ia_drift drift = {0};
    ia_hitmap whole = {0}, first_map = {0}, map = {0};
    double *patterns = NULL;
    ia_status st = ia_method_check(ctx, &ia_drift_method, &p);
    if (st != IA_OK || (st = ia_hitmap_compute(ctx, input, &window, &whole)) != IA_OK)
        return st;
    size_t n = whole.cells * whole.cells;
    uint64_t first = window.first_ion, all = (uint64_t)input->ions->n - first;
    all = window.n_ions > 0 && window.n_ions < all ? window.n_ions : all;
    if (!(drift.windows = ia_array(ctx, p.n_windows, sizeof *drift.windows)) ||
        !(patterns = ia_array(ctx, 2 * n, sizeof *patterns))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    window.map_radius = whole.radius;
    window.hit_unit = whole.hit_unit;
    for (size_t w = 0; w < p.n_windows && st == IA_OK; w++) {
        window.first_ion = first + all * w / p.n_windows;
        window.n_ions = first + all * (w + 1) / p.n_windows - window.first_ion;
        ia_hitmap *to = w == 0 ? &first_map : &map;
        if (window.n_ions == 0 ||
            (st = ia_hitmap_compute(ctx, input, &window, to)) != IA_OK ||
            (st = pattern_of(ctx, to, patterns + (w == 0 ? 0 : n))) != IA_OK)
            break;
        if (w == 0)
            memcpy(patterns + n, patterns, n * sizeof *patterns);
        const double *both[2] = {patterns, patterns + n};
        long most = (long)ceil(p.most_shift * to->radius / to->cell);
        ia_drift_window *row = &drift.windows[drift.n++];
        row->from = to->depth_share[0];
        row->to = to->depth_share[1];
        compare_window(&first_map, to, both, most, row);
        ia_hitmap_clear(&map);
    }
    if (st == IA_OK) {
        *out = drift;
        drift = (ia_drift){0};
    }
done:
    free(patterns);
    ia_hitmap_clear(&map);
    ia_hitmap_clear(&first_map);
    ia_hitmap_clear(&whole);
    ia_drift_clear(&drift);
    return st;
}

void ia_drift_clear(ia_drift *drift)
{
    free(drift->windows);
    *drift = (ia_drift){0};
}

ia_status ia_drift_tables(ia_ctx *ctx, const ia_drift *drift, ia_result *result)
{
    static const ia_table_member members[] = {
        {"from_share", IA_F64, offsetof(ia_drift_window, from)},
        {"to_share", IA_F64, offsetof(ia_drift_window, to)},
        {"dx_mm", IA_F64, offsetof(ia_drift_window, shift[0])},
        {"dy_mm", IA_F64, offsetof(ia_drift_window, shift[1])},
        {"sigma_mm", IA_F64, offsetof(ia_drift_window, sigma)},
        {"correlation", IA_F64, offsetof(ia_drift_window, correlation)},
    };
    ia_table *table = ia_result_add(ctx, result, "drift", IA_ROWS, drift->n);
    return table ? ia_table_add_members(ctx, table, drift->windows,
                                        sizeof *drift->windows, members, 6)
                 : IA_ERR_MEMORY;
}
