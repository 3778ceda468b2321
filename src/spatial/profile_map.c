// src/spatial/profile_map.c: composition in the squares of a plane.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/profile_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void cross(const double a[3], const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

// Two directions at right angles to u and to each other; x and y for u = z.
static void across(const double u[3], double v[3], double w[3])
{
    // The axis that u has least of, the earlier of equal ones.
    int least = 0;
    for (int k = 1; k < 3; k++)
        if (fabs(u[k]) < fabs(u[least]))
            least = k;
    double length2 = 1 - u[least] * u[least];
    for (int k = 0; k < 3; k++)
        v[k] = ((k == least) - u[least] * u[k]) / sqrt(length2);
    cross(u, v, w);
}

static void set_directions(const ia_axis_profile *p, int map, ia_axis_profile_map *out)
{
    static const int axes[][2] = {
        [IA_MAP_XY] = {0, 1}, [IA_MAP_XZ] = {0, 2}, [IA_MAP_YZ] = {1, 2}};
    double v[3], w[3];
    across(p->direction, v, w);
    if (map == IA_MAP_ALONG || map == IA_MAP_ACROSS) {
        memcpy(out->direction[0], v, sizeof v);
        memcpy(out->direction[1], map == IA_MAP_ALONG ? p->direction : w, sizeof w);
        return;
    }
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 3; k++)
            out->direction[side][k] = k == axes[map][side];
}

static ia_status lay_out(ia_ctx *ctx, const ia_ranged *ranged, const double origin[3],
                         size_t n_numbers, ia_axis_profile_map *map)
{
    const double most = 4e6;
    double n[2], extent[2];
    for (int side = 0; side < 2; side++) {
        double range[2];
        ia_axis_profile_range(ranged, origin, map->direction[side], range);
        double first = floor(range[0] / map->bin);
        map->lo[side] = first * map->bin;
        n[side] = floor(range[1] / map->bin) - first + 1;
        extent[side] = range[1] - range[0];
    }
    double fit = most / (double)n_numbers;
    if (!(n[0] * n[1] <= fit))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "a map of %.4g by %.4g squares of %g nm: at most %.4g squares "
                       "were expected, an edge of %.3g nm or more",
                       n[0], n[1], map->bin, floor(fit),
                       sqrt((extent[0] + 1) * (extent[1] + 1) / fit));
    map->n[0] = (size_t)n[0];
    map->n[1] = (size_t)n[1];
    return IA_OK;
}

static size_t square_of(const ia_axis_profile_map *map, const double origin[3],
                        const float *xyz)
{
    size_t at[2];
    for (int side = 0; side < 2; side++) {
        double s = ia_axis_profile_place(origin, map->direction[side], xyz);
        double i = floor(s / map->bin) - floor(map->lo[side] / map->bin + 0.5);
        at[side] = i < 0 ? 0 : (size_t)i;
        at[side] = at[side] < map->n[side] ? at[side] : map->n[side] - 1;
    }
    return at[1] * map->n[0] + at[0];
}

ia_status ia_axis_profile_map_fill(ia_ctx *ctx, const ia_ranged *ranged,
                                   const ia_shares *shares,
                                   const ia_axis_profile_params *params,
                                   ia_axis_profile *out)
{
    ia_axis_profile_map map = {.bin = params->map_bin};
    double origin[3] = {0};
    uint64_t *counts = NULL;
    ia_status st;
    if (params->map == IA_MAP_NONE)
        return IA_OK;
    if (params->map == IA_MAP_ALONG || params->map == IA_MAP_ACROSS)
        memcpy(origin, out->origin, sizeof origin);
    set_directions(out, params->map, &map);
    if ((st = lay_out(ctx, ranged, origin, shares->n_kinds + shares->n_elements, &map)) !=
        IA_OK)
        return st;
    size_t n = map.n[0] * map.n[1];
    if (!(counts = ia_array(ctx, n * shares->n_kinds, sizeof *counts)) ||
        !(map.ions = ia_array(ctx, n, sizeof *map.ions)) ||
        !(map.shares = ia_array(ctx, n * shares->n_elements, sizeof *map.shares))) {
        free(counts);
        free(map.ions);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < ranged->n; i++) {
        size_t square = square_of(&map, origin, ranged->xyz + 3 * i);
        map.ions[square]++;
        counts[square * shares->n_kinds + ranged->kind[i]]++;
    }
    for (size_t e = 0; e < shares->n_elements; e++)
        for (size_t i = 0; i < n; i++)
            map.shares[e * n + i] = ia_share_of(shares, e, counts + i * shares->n_kinds);
    free(counts);
    out->map = map;
    return IA_OK;
}
