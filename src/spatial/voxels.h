// src/spatial/voxels.h: grids of voxels, and ions counted in them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_VOXELS_H
#define IONATLAS_SRC_VOXELS_H

#include "spatial/ranged.h"

// Cubes; x runs fastest.
typedef struct {
    double origin[3]; // centre of the first voxel, nm
    double edge;      // nm
    size_t n[3];
} ia_voxels;

// Place along an axis in voxels from the centre of the first.
static inline double ia_voxels_place(const ia_voxels *v, const float *xyz, size_t k)
{
    return ((double)xyz[k] - v->origin[k]) / v->edge;
}

// floor of what a long holds, without a call.
static inline long ia_floor(double x)
{
    long whole = (long)x;
    return whole - (x < (double)whole);
}

static inline size_t ia_voxels_count(const ia_voxels *v)
{
    return v->n[0] * v->n[1] * v->n[2];
}

// Voxels that hold every position, and `margin` more on all sides; centres at multiples
// of the edge. IA_ERR_MEMORY, with the most that fit, when `bytes` for each are more than
// the machine has.
ia_status ia_voxels_lay_out(ia_ctx *ctx, const ia_ranged *ranged, double edge,
                            size_t margin, double bytes, ia_voxels *out);

// Ions in the order of the planes of a grid (along z), within a plane in file order.
typedef struct {
    const ia_ranged *ranged; // borrowed
    uint32_t *order;         // (ranged->n)
    uint32_t *start;         // (n[2] + 1) first of a plane in `order`
} ia_plane_order;
// O(n) time, 4 B per ion.
ia_status ia_plane_order_build(ia_ctx *ctx, const ia_voxels *voxels,
                               const ia_ranged *ranged, ia_plane_order *out);
void ia_plane_order_clear(ia_plane_order *order);

// How an ion is spread: in its voxel alone; between the eight nearest centres, linearly;
// as a Gaussian of 3 sigma = half an edge over its voxel and those beside it.
typedef enum { IA_SPREAD_NEAREST, IA_SPREAD_LINEAR, IA_SPREAD_GAUSS } ia_spread;

// What to count: for each kind of ion a weight in either grid.
typedef struct {
    const ia_voxels *voxels;
    const ia_plane_order *order;
    ia_spread spread;
    const float *weights[2]; // (n_kinds) each
    const uint16_t *kind;    // (ranged->n) NULL: as ranged
    const uint8_t *part;     // (ranged->n) part of each ion; NULL: all are counted
    unsigned parts;          // bit p: ions of part p are counted
} ia_deposit;
// Add to `grids`, (n[2], n[1], n[0]) each. Ions in a voxel are added in one order: same
// bits on any number of threads. O(n).
ia_status ia_deposit_run(ia_ctx *ctx, const ia_deposit *deposit, float *const grids[2]);

// Linear interpolation of a grid at a place; at the nearest border beyond it.
double ia_voxels_sample(const ia_voxels *voxels, const float *grid, const float *xyz);

// A symmetric kernel along one axis: taps[0] in the middle.
typedef struct {
    size_t reach;
    float *taps; // (reach + 1)
} ia_taps;
// A Gaussian cut at `cut` standard deviations, or at so many voxels where `reach` is not
// 0, whose sum over all taps is 1. sigma = 0 leaves things as they are.
ia_status ia_taps_gauss(ia_ctx *ctx, double sigma, double edge, double cut, size_t reach,
                        ia_taps *out);
void ia_taps_clear(ia_taps *taps);
// Sum of the squared weights that an ion has in the voxels of an axis once it was spread
// and smoothed; the mean over places in a voxel.
double ia_spread_squares(ia_spread spread, const ia_taps *taps);
// Convolve along x, y and z with kernels of their own, 0 beyond the borders. In place;
// O(voxels x taps), a plane of room per thread.
ia_status ia_blur(ia_ctx *ctx, const ia_voxels *voxels, const ia_taps taps[3],
                  float *grid);

#endif
