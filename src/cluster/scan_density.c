// src/cluster/scan_density.c: how many ions of all kinds lie within each radius of a
// place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/scan.h"
#include "core/bounds.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

const double ia_scan_radii[SCAN_RADII] = {0.4, 0.5, 0.63, 0.8, 1.0, 1.26,
                                          1.6, 2.0, 2.5,  3.2, 4.0, 5.0};
static const double finest = 0.5, smoothing = 1.0, most_voxels = 4e6; // nm, nm

typedef struct {
    const ia_scan_density *grid;
    const double *sums; // (rows, width) ions of a row before each voxel
    double *rows;       // (workers, size[0])
    float *counts;
} pass;

static bool lay_out(const ia_points *points, ia_scan_density *grid)
{
    double lo[3], hi[3], volume = 1;
    ia_bounds(points->xyz, points->n, lo, hi);
    for (size_t k = 0; k < 3; k++)
        volume *= hi[k] - lo[k] + finest;
    grid->edge = fmax(finest, cbrt(volume / most_voxels));
    for (size_t k = 0; k < 3; k++) {
        grid->size[k] = (size_t)((hi[k] - lo[k]) / grid->edge) + 1;
        grid->origin[k] = lo[k] + grid->edge / 2;
    }
    return points->n > 0 && isfinite(volume);
}

// Place along an axis in voxels, 0 at the centre of the first.
static double place(const ia_scan_density *grid, const float *xyz, size_t k)
{
    return ((double)xyz[k] - grid->origin[k]) / grid->edge;
}

// Rows have a margin on either side, where nothing is added: balls may reach over the
// surface.
static size_t margin_of(const ia_scan_density *grid)
{
    double widest = fmax(ia_scan_radii[SCAN_RADII - 1], smoothing);
    return (size_t)(widest / grid->edge) + 2;
}

static void sum_rows(const ia_scan_density *grid, const ia_points *points,
                     const float *weight, double *sums)
{
    size_t margin = margin_of(grid), width = grid->size[0] + 2 * margin + 1;
    for (size_t i = 0; i < points->n; i++) {
        size_t at[3];
        for (size_t k = 0; k < 3; k++)
            at[k] = (size_t)fmax(place(grid, points->xyz + 3 * i, k) + 0.5, 0);
        sums[(at[2] * grid->size[1] + at[1]) * width + margin + at[0] + 1] +=
            weight ? (double)weight[i] : 1;
    }
    for (size_t row = 0; row < grid->size[1] * grid->size[2]; row++)
        for (size_t x = 1; x < width; x++)
            sums[row * width + x] += sums[row * width + x - 1];
}

// Add the ions of a row within `half` voxels of each voxel's centre, those of a voxel
// spread evenly over it.
static void add_row(const double *row, size_t margin, size_t size, double half,
                    double *out)
{
    double from = (double)margin + 0.5 - half, to = (double)margin + 0.5 + half;
    size_t i = (size_t)from, j = (size_t)to;
    double f = from - (double)i, g = to - (double)j;
    for (size_t x = 0; x < size; x++) {
        double below = row[i + x] + f * (row[i + x + 1] - row[i + x]);
        double above = row[j + x] + g * (row[j + x + 1] - row[j + x]);
        out[x] += above - below;
    }
}

// One row of voxels and one radius: sum of the rows that a ball cuts, over the ball's
// volume by those cuts.
static void count_row(const pass *p, size_t y, size_t z, size_t r, double *sum)
{
    const ia_scan_density *grid = p->grid;
    size_t margin = margin_of(grid), width = grid->size[0] + 2 * margin + 1;
    double radius = fmax(ia_scan_radii[r], smoothing) / grid->edge, cuts = 0;
    double ball = 4.18879 * pow(ia_scan_radii[r] / grid->edge, 3);
    float *out = p->counts + (z * grid->size[1] + y) * grid->size[0] * SCAN_RADII + r;
    int reach = (int)radius;
    for (size_t x = 0; x < grid->size[0]; x++)
        sum[x] = 0;
    for (int dz = -reach; dz <= reach; dz++)
        for (int dy = -reach; dy <= reach; dy++) {
            double half2 = radius * radius - (double)(dz * dz + dy * dy);
            long row_y = (long)y + dy, row_z = (long)z + dz;
            if (half2 <= 0)
                continue;
            cuts += 2 * sqrt(half2);
            if (row_y < 0 || row_z < 0 || row_y >= (long)grid->size[1] ||
                row_z >= (long)grid->size[2])
                continue;
            size_t row = (size_t)row_z * grid->size[1] + (size_t)row_y;
            add_row(p->sums + row * width, margin, grid->size[0], sqrt(half2), sum);
        }
    for (size_t x = 0; x < grid->size[0]; x++)
        out[x * SCAN_RADII] = (float)(sum[x] * ball / cuts);
}

static void count_rows(void *user, size_t block, size_t worker)
{
    const pass *p = user;
    for (size_t r = 0; r < SCAN_RADII; r++)
        count_row(p, block % p->grid->size[1], block / p->grid->size[1], r,
                  p->rows + worker * p->grid->size[0]);
}

ia_status ia_scan_density_build(ia_ctx *ctx, const ia_points *points, const float *weight,
                                ia_scan_density *out)
{
    ia_scan_density grid = {.n = points->n};
    double *sums = NULL, *rows = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!lay_out(points, &grid))
        return ia_fail(ctx, IA_ERR_EMPTY, "no ions to scan");
    size_t n_rows = grid.size[1] * grid.size[2];
    if ((grid.counts =
             ia_array(ctx, n_rows * grid.size[0], SCAN_RADII * sizeof *grid.counts)) &&
        (rows =
             ia_array(ctx, ia_for_workers(ctx, n_rows) * grid.size[0], sizeof *rows)) &&
        (sums = ia_array(ctx, n_rows * (grid.size[0] + 2 * margin_of(&grid) + 1),
                         sizeof *sums))) {
        pass p = {&grid, sums, rows, grid.counts};
        sum_rows(&grid, points, weight, sums);
        st = ia_for(ctx, "density", n_rows, count_rows, &p);
    }
    free(sums);
    free(rows);
    if (st == IA_OK)
        *out = grid;
    else
        ia_scan_density_clear(&grid);
    return st;
}

void ia_scan_density_clear(ia_scan_density *density)
{
    free(density->counts);
    *density = (ia_scan_density){0};
}

void ia_scan_density_at(const ia_scan_density *density, const float xyz[3],
                        float counts[SCAN_RADII])
{
    size_t low[3], step[3];
    float weight[3];
    for (size_t k = 0; k < 3; k++) {
        double at = place(density, xyz, k), last = (double)density->size[k] - 1;
        step[k] = density->size[k] > 1;
        low[k] = (size_t)fmin(fmax(at, 0), fmax(last - 1, 0));
        // Beyond the outermost centres the line goes on.
        weight[k] = (float)fmin(fmax(at - (double)low[k], -0.5), 1.5);
    }
    for (size_t r = 0; r < SCAN_RADII; r++)
        counts[r] = 0;
    for (size_t corner = 0; corner < 8; corner++) {
        size_t voxel = 0;
        float w = 1;
        for (size_t k = 3; k-- > 0;) {
            size_t upper = corner >> k & 1;
            voxel = voxel * density->size[k] + low[k] + upper * step[k];
            w *= upper ? weight[k] : 1 - weight[k];
        }
        const float *at = density->counts + voxel * SCAN_RADII;
        for (size_t r = 0; r < SCAN_RADII; r++)
            counts[r] += w * at[r];
    }
    for (size_t r = 0; r < SCAN_RADII; r++)
        counts[r] = fmaxf(counts[r], 0);
}
