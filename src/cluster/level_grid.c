// src/cluster/level_grid.c: all ions on a grid, and whose surface a place is within.
// Uses the voxels of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/level_tree.h"
#include "core/bounds.h"

#include <math.h>
#include <stdlib.h>

static const double finest = 0.5, most_voxels = 4e6; // nm
static const double kernel = 0.7;                    // nm, or a voxel where that is wider
static const double cut = 3;                         // kernel widths
static const double fill = 0.2; // of the density that ions see: less is outside

static bool lay_out(const ia_points *points, ia_voxels *v)
{
    double lo[3], hi[3], volume = 1;
    ia_bounds(points->xyz, points->n, lo, hi);
    for (size_t k = 0; k < 3; k++)
        volume *= hi[k] - lo[k] + finest;
    v->edge = fmax(finest, cbrt(volume / most_voxels));
    for (size_t k = 0; k < 3; k++) {
        v->n[k] = (size_t)((hi[k] - lo[k]) / v->edge) + 4;
        v->origin[k] = lo[k] - v->edge;
    }
    return points->n > 0 && isfinite(volume);
}

static void count(const ia_points *points, const float *weight, ia_level_grid *g)
{
    for (size_t i = 0; i < points->n; i++) {
        float ions = weight ? weight[i] : 1;
        g->ions[ia_level_voxel(&g->voxels, points->xyz + 3 * i)] += ions;
        g->n += (double)ions;
    }
}

// Where ions are few a share means nothing: from the density that ions see on average.
static void leave_out(ia_level_grid *g)
{
    size_t n = ia_voxels_count(&g->voxels);
    double sum = 0;
    for (size_t v = 0; v < n; v++)
        sum += (double)g->ions[v] * (double)g->all[v];
    for (size_t v = 0; v < n; v++)
        if (!((double)g->all[v] >= fill * sum / g->n))
            g->all[v] = 0;
    // The outermost voxels have no ions, though the kernel reaches there.
    const size_t *m = g->voxels.n;
    for (size_t z = 0, v = 0; z < m[2]; z++)
        for (size_t y = 0; y < m[1]; y++)
            for (size_t x = 0; x < m[0]; x++, v++)
                if (x == 0 || y == 0 || z == 0 || x + 1 == m[0] || y + 1 == m[1] ||
                    z + 1 == m[2])
                    g->all[v] = 0;
}

ia_status ia_level_grid_build(ia_ctx *ctx, const ia_points *points, const float *weight,
                              ia_level_grid *out)
{
    ia_level_grid g = {.n = 0};
    ia_status st;
    if (!lay_out(points, &g.voxels))
        return ia_fail(ctx, IA_ERR_EMPTY, "no ions to enclose");
    size_t n = ia_voxels_count(&g.voxels);
    double edge = g.voxels.edge;
    if ((st = ia_taps_gauss(ctx, fmax(kernel, edge), edge, cut, 0, &g.taps)) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    if (!(g.ions = ia_array(ctx, n, sizeof *g.ions)) ||
        !(g.all = ia_array(ctx, n, sizeof *g.all)))
        goto done;
    count(points, weight, &g);
    for (size_t v = 0; v < n; v++)
        g.all[v] = g.ions[v];
    const ia_taps taps[3] = {g.taps, g.taps, g.taps};
    if ((st = ia_blur(ctx, &g.voxels, taps, g.all)) != IA_OK)
        goto done;
    leave_out(&g);
    *out = g;
    g = (ia_level_grid){.n = 0};
done:
    ia_level_grid_clear(&g);
    return st;
}

void ia_level_grid_clear(ia_level_grid *grid)
{
    free(grid->ions);
    free(grid->all);
    ia_taps_clear(&grid->taps);
    *grid = (ia_level_grid){.n = 0};
}

// Of the corners that belong to an object, the nearest tells which.
int32_t ia_level_object_at(const ia_level_grid *grid, const ia_level_objects *objects,
                           const float xyz[3])
{
    const ia_voxels *v = &grid->voxels;
    size_t low = 0, step[3] = {1, v->n[0], v->n[0] * v->n[1]};
    double part[3], sum = 0, nearest = -1;
    int32_t best = -1;
    for (size_t k = 0; k < 3; k++) {
        double at = ia_voxels_place(v, xyz, k);
        double first = fmin(fmax(floor(at), 0), (double)v->n[k] - 2);
        part[k] = fmin(fmax(at - first, 0), 1);
        low += (size_t)first * step[k];
    }
    for (size_t c = 0; c < 8; c++) {
        size_t voxel = low;
        double weight = 1;
        for (size_t k = 0; k < 3; k++) {
            voxel += (c >> k & 1) * step[k];
            weight *= c >> k & 1 ? part[k] : 1 - part[k];
        }
        sum += weight * (double)objects->value[voxel];
        if (objects->label[voxel] >= 0 && weight > nearest) {
            nearest = weight;
            best = objects->label[voxel];
        }
    }
    return best >= 0 && sum >= objects->objects[best].level ? best : -1;
}
