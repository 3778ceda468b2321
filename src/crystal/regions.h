// src/crystal/regions.h: overlapping cubes over the specimen, each with its ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CRYSTAL_REGIONS_H
#define IONATLAS_SRC_CRYSTAL_REGIONS_H

#include <ionatlas/neighbours.h>

// Cells of half a cube's edge, x fastest; a cube is 2 x 2 x 2 of them, cubes overlap by
// half.
typedef struct {
    double origin[3], cell;   // nm
    int32_t size[3];          // cells along each axis, at least 2
    size_t *start;            // (cells + 1)
    float *xyz;               // (n, 3) by cells, in the caller's order within one
    uint32_t (*low)[3];       // (n_cubes) first cell of each cube
    uint64_t *ions;           // (n_cubes)
    size_t n_cubes, n_filled; // used, and there would be
} ia_regions;

// The cubes that hold at least half as many ions as the fullest tenth, and 50; of more
// than n_most so many, evenly spread. None is no error. IA_ERR_PARAM for positions that
// are not finite or too far apart. O(n) time, 12 B per ion.
ia_status ia_regions_build(ia_ctx *ctx, const ia_points *points, double edge,
                           size_t n_most, ia_regions *out);
void ia_regions_clear(ia_regions *regions);
void ia_regions_centre(const ia_regions *regions, size_t cube, double centre[3]);

// The eight cells of a cube: ions [begin, end) of xyz, and the cells' numbers.
enum { IA_REGION_CELLS = 8 };
typedef struct {
    size_t begin, end, number;
} ia_region_cell;
void ia_regions_cells(const ia_regions *regions, size_t cube,
                      ia_region_cell cells[IA_REGION_CELLS]);

#endif
