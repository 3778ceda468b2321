// src/project/nexus_grid.c: ions by voxel, so that a viewer shows the specimen at once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define RECONSTRUCTION PROJECT_ENTRY "/atom_probe1/reconstruction"
#define DISCRETIZATION RECONSTRUCTION "/naive_discretization"

// NXapm asks for voxels of 1 nm; a larger specimen gets coarser ones.
enum { VOXELS_MOST = 1 << 26 };

typedef struct {
    double bounds[3][2]; // nm; of the positions, 0 where there are none
    double edge;         // nm, 1 or the next power of 2 that fits
    double low[3];       // edges of the first voxel, in units of `edge`
    size_t n[3];         // voxels along x, y, z
    uint32_t *counts;    // (n[2], n[1], n[0])
} grid;

static bool is_finite_place(const float *xyz)
{
    return isfinite(xyz[0]) && isfinite(xyz[1]) && isfinite(xyz[2]);
}

// The place of an ion widens the bounds or counts in its voxel.
typedef void (*take)(grid *g, const float *xyz);

static ia_status each_place(ia_ctx *ctx, const ia_column *places, grid *g, take what)
{
    float *room = ia_array(ctx, IA_COLUMN_BLOCK, 3 * sizeof *room);
    ia_status st = room ? IA_OK : IA_ERR_MEMORY;
    for (size_t at = 0; at < places->n && st == IA_OK; at += IA_COLUMN_BLOCK) {
        size_t left = places->n - at;
        size_t n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        const float *xyz = ia_column_rows(places, at, n, room);
        for (size_t i = 0; i < n; i++)
            if (is_finite_place(xyz + 3 * i))
                what(g, xyz + 3 * i);
        st = ia_step(ctx, "counting by voxel", (double)at / (double)places->n);
    }
    free(room);
    return st;
}

static void widen(grid *g, const float *xyz)
{
    for (int k = 0; k < 3; k++) {
        g->bounds[k][0] = fmin(g->bounds[k][0], xyz[k]);
        g->bounds[k][1] = fmax(g->bounds[k][1], xyz[k]);
    }
}

static void count(grid *g, const float *xyz)
{
    size_t at[3];
    for (int k = 0; k < 3; k++)
        at[k] = (size_t)(floor(xyz[k] / g->edge) - g->low[k]);
    g->counts[(at[2] * g->n[1] + at[1]) * g->n[0] + at[0]]++;
}

static ia_status find_bounds(ia_ctx *ctx, const ia_column *places, grid *g)
{
    for (int k = 0; k < 3; k++) {
        g->bounds[k][0] = INFINITY;
        g->bounds[k][1] = -INFINITY;
    }
    ia_status st = each_place(ctx, places, g, widen);
    for (int k = 0; k < 3; k++)
        if (g->bounds[k][0] > g->bounds[k][1])
            g->bounds[k][0] = g->bounds[k][1] = 0;
    return st;
}

static void choose_edge(grid *g)
{
    double n_voxels;
    g->edge = 0.5;
    do {
        g->edge *= 2;
        n_voxels = 1;
        for (int k = 0; k < 3; k++) {
            g->low[k] = floor(g->bounds[k][0] / g->edge);
            double n = floor(g->bounds[k][1] / g->edge) - g->low[k] + 1;
            n_voxels *= n;
            g->n[k] = n_voxels <= VOXELS_MOST ? (size_t)n : 0;
        }
    } while (n_voxels > VOXELS_MOST);
}

ia_status project_put_axis(ia_h5 *h5, const char *data, int k, const project_axis *axis)
{
    static const char *const titles[] = {"x (nm)", "y (nm)", "z (nm)"};
    char name[IA_H5_NAME_MAX], attr[32];
    double *centres = ia_array(h5->ctx, axis->n, sizeof *centres);
    if (!centres)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < axis->n; i++)
        centres[i] = (axis->first + (double)i) * axis->edge;
    ia_h5_array values = {IA_F64, axis->n, 0, centres, "nm"};
    project_name(name, "%s/axis_%c", data, titles[k][0]);
    snprintf(attr, sizeof attr, "axis_%c_indices", titles[k][0]);
    ia_status st = ia_h5_put_array(h5, name, &values);
    if (st == IA_OK)
        st = ia_h5_attr_text(h5, name, "long_name", titles[k]);
    if (st == IA_OK)
        st = ia_h5_attr_u64(h5, data, attr, (uint64_t)(2 - k));
    free(centres);
    return st;
}

// The plot that opens first: a slice through the middle, along the axis.
static ia_status put_plot(ia_h5 *h5, const grid *g)
{
    static const char *const data = DISCRETIZATION "/data";
    static const char *const axes[] = {"axis_z", "axis_y", "axis_x"};
    char title[96], middle[32];
    const char *slice[] = {".", middle, "."};
    snprintf(title, sizeof title, "Ions in voxels of %g nm", g->edge);
    snprintf(middle, sizeof middle, "%zu", g->n[1] / 2);
    ia_h5_grid counts = {{g->n[2], g->n[1], g->n[0]}, g->counts, NULL};
    ia_status st;
    if ((st = ia_h5_put_group(h5, data, "NXdata")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, data, "signal", "intensity")) != IA_OK ||
        (st = ia_h5_attr_names(h5, data, "axes", axes, 3)) != IA_OK ||
        (st = ia_h5_attr_names(h5, data, "default_slice", slice, 3)) != IA_OK ||
        (st = ia_h5_put_text(h5, DISCRETIZATION "/data/title", title)) != IA_OK ||
        (st = ia_h5_put_grid(h5, DISCRETIZATION "/data/intensity", &counts)) != IA_OK)
        return st;
    st = ia_h5_attr_text(h5, DISCRETIZATION "/data/intensity", "long_name",
                         "ions per voxel");
    for (int k = 2; k >= 0 && st == IA_OK; k--)
        st = project_put_axis(h5, data, k,
                              &(project_axis){g->low[k] + 0.5, g->edge, g->n[k]});
    return st;
}

static ia_status put_box(ia_h5 *h5, const grid *g)
{
    static const char *const ends[] = {"min", "max"};
    char name[IA_H5_NAME_MAX];
    ia_status st = ia_h5_put_group(h5, RECONSTRUCTION "/obb", "NXcollection");
    for (int k = 0; k < 6 && st == IA_OK; k++) {
        project_name(name, RECONSTRUCTION "/obb/%c%s", "xyz"[k / 2], ends[k % 2]);
        st = ia_h5_put_f64(h5, name, g->bounds[k / 2][k % 2], "nm");
    }
    return st;
}

static ia_status put_discretization(ia_h5 *h5, const grid *g)
{
    ia_status st;
    if ((st = ia_h5_put_group(h5, DISCRETIZATION, "NXprocess")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, DISCRETIZATION, "default", "data")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, RECONSTRUCTION, "default", "naive_discretization")) !=
            IA_OK ||
        (st = project_put_program(h5, DISCRETIZATION, true)) != IA_OK)
        return st;
    return put_plot(h5, g);
}

ia_status project_put_grid(project_job *job)
{
    const ia_column *places = &job->state->ions.columns[IA_XYZ];
    grid g = {.edge = 1};
    ia_status st;
    if (!ia_ions_has(&job->state->ions, IA_XYZ))
        return IA_OK;
    if ((st = find_bounds(job->ctx, places, &g)) != IA_OK)
        return st;
    choose_edge(&g);
    g.counts = ia_array(job->ctx, g.n[0] * g.n[1] * g.n[2], sizeof *g.counts);
    st = g.counts ? each_place(job->ctx, places, &g, count) : IA_ERR_MEMORY;
    if (st == IA_OK && (st = put_box(&job->h5, &g)) == IA_OK)
        st = put_discretization(&job->h5, &g);
    free(g.counts);
    return st;
}
