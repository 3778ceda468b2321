// src/spatial/volume.c: the volume of a specimen, by its surface or by cubes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/edge.h>
#include <ionatlas/extent.h>

#include <math.h>

enum { CUBES_ARE_ENOUGH = 50000 }; // ions: both are right within 0.4 %

static ia_status by_cubes(ia_ctx *ctx, const ia_points *points, double *out)
{
    ia_extent extent = {.volume = NAN};
    ia_status st = ia_extent_build(ctx, points, &extent);
    *out = extent.volume;
    ia_extent_clear(&extent);
    return st;
}

// Of few ions cubes have few whole ones, whose counts scatter; a surface has all of them.
static ia_status by_surface(ia_ctx *ctx, const ia_points *points, double *out)
{
    const double near = 0.01; // nm: distances are not asked for
    ia_edge_params p = ia_edge_defaults();
    ia_edge edge = {.volume = NAN};
    p.most = near;
    ia_status st = ia_edge_compute(NULL, points, &p, &edge);
    if (st == IA_ERR_MEMORY)
        return ia_fail(ctx, st, "memory ran out for the surface of %zu ions", points->n);
    if (st == IA_OK && edge.volume > 0)
        *out = edge.volume;
    ia_edge_clear(&edge);
    return st;
}

ia_status ia_volume_measure(ia_ctx *ctx, const ia_points *points, double *out)
{
    double volume = NAN;
    ia_status st = by_cubes(ctx, points, &volume);
    if (st == IA_OK && points->n > 0 &&
        (points->n < CUBES_ARE_ENOUGH || !isfinite(volume)))
        st = by_surface(ctx, points, &volume);
    if (st == IA_OK)
        *out = volume;
    return st;
}
