// src/spatial/mesh_within.c: how much of a mesh lies among the ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/mesh_within.h"

#include <math.h>
#include <stdlib.h>

enum { PIECES_MOST = 2000 }; // along a side of a triangle
static const double overhang = 0.01;

typedef struct {
    const ia_extent *extent;
    float *fill; // (cubes)
    double all, filled, empty;
} sum;

// Share of the cube at a place that is filled; 0 outside of all.
static double fill_at(const sum *s, const double at[3])
{
    const ia_extent *e = s->extent;
    size_t cube = 0;
    for (size_t k = 3; k-- > 0;) {
        double place = floor((at[k] - e->origin[k]) / e->edge);
        if (!(place >= 0 && place < (double)e->size[k]))
            return 0;
        cube = cube * (size_t)e->size[k] + (size_t)place;
    }
    return (double)s->fill[cube];
}

// n^2 alike pieces: each row of n - i has as many standing as it has, and one fewer
// upside down.
static void add_triangle(sum *s, const double corner[3][3])
{
    double u[3], w[3], longest = 0, normal[3];
    for (size_t k = 0; k < 3; k++) {
        u[k] = corner[1][k] - corner[0][k];
        w[k] = corner[2][k] - corner[0][k];
    }
    for (size_t k = 0; k < 3; k++)
        normal[k] = u[(k + 1) % 3] * w[(k + 2) % 3] - u[(k + 2) % 3] * w[(k + 1) % 3];
    longest = fmax(fmax(hypot(hypot(u[0], u[1]), u[2]), hypot(hypot(w[0], w[1]), w[2])),
                   hypot(hypot(u[0] - w[0], u[1] - w[1]), u[2] - w[2]));
    size_t n = (size_t)fmin(PIECES_MOST, ceil(longest / (s->extent->edge / 2)));
    n = n ? n : 1;
    double area = hypot(hypot(normal[0], normal[1]), normal[2]) / 2;
    double piece = area / ((double)n * (double)n);
    s->all += area;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < 2 * (n - i) - 1; j++) {
            double third = j % 2 ? 2.0 / 3 : 1.0 / 3, at[3];
            double a = ((double)i + third) / (double)n;
            double b = ((double)(j / 2) + third) / (double)n;
            for (size_t k = 0; k < 3; k++)
                at[k] = corner[0][k] + a * u[k] + b * w[k];
            double fill = fill_at(s, at);
            s->filled += piece * fill;
            s->empty += fill > 0 ? 0 : piece;
        }
}

ia_status ia_mesh_area_within(ia_ctx *ctx, const ia_mesh *mesh, const ia_points *points,
                              ia_mesh_area *out)
{
    ia_extent extent = {0};
    ia_status st = ia_extent_build(ctx, points, &extent);
    bool is_known = st == IA_OK && isfinite(extent.volume);
    size_t cubes = is_known ? (size_t)extent.size[0] * (size_t)extent.size[1] *
                                  (size_t)extent.size[2]
                            : 0;
    sum s = {.extent = &extent};
    if (is_known && !(s.fill = ia_array(ctx, cubes, sizeof *s.fill)))
        st = IA_ERR_MEMORY;
    *out = (ia_mesh_area){NAN, NAN};
    if (st == IA_OK && is_known) {
        ia_extent_fill(&extent, s.fill);
        for (size_t t = 0; t < mesh->n_triangles; t++) {
            double corner[3][3];
            for (size_t c = 0; c < 3; c++)
                for (size_t k = 0; k < 3; k++)
                    corner[c][k] =
                        (double)mesh->xyz[3 * (size_t)mesh->triangles[3 * t + c] + k];
            add_triangle(&s, (const double(*)[3])corner);
        }
        *out = (ia_mesh_area){s.all, s.empty > overhang * s.all ? s.filled : s.all};
    }
    free(s.fill);
    ia_extent_clear(&extent);
    return st;
}
