// src/spatial/index_internal.h: what the index holds, for the searches over it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_INDEX_H
#define IONATLAS_SRC_INDEX_H

#include "core/vector.h"

#include <ionatlas/neighbours.h>
#include <ionatlas/parallel.h>

typedef struct ia_tree ia_tree;

// Cells of one size over the box of the points; x runs fastest.
typedef struct {
    double origin[3], cell, inverse; // nm, nm, 1/nm
    int32_t size[3];                 // cells along each axis
    size_t n_cells;
} ia_grid;

struct ia_index {
    size_t n;
    ia_grid grid;
    uint32_t *start;  // (n_cells + 1) first point of each cell
    float *x, *y, *z; // (n) nm, sorted by cell, in the caller's order within one
    uint32_t *point;  // (n) number of each sorted point in the caller's list
    ia_tree *tree;    // instead of cells where these would fill unevenly; else NULL
};

// Refuses a box of which squared distances leave the range of float: IA_ERR_UNSUPPORTED
// beyond 1e18 nm along an axis. Nothing to refuse in an empty box.
ia_status ia_index_check_box(ia_ctx *ctx, const double low[3], const double high[3]);

// The cell of a position; positions outside belong to the nearest cell.
void ia_grid_place(const ia_grid *grid, const float xyz[3], int32_t cell[3]);

static inline size_t ia_grid_number(const ia_grid *grid, const int32_t cell[3])
{
    return ((size_t)cell[2] * (size_t)grid->size[1] + (size_t)cell[1]) *
               (size_t)grid->size[0] +
           (size_t)cell[0];
}

// Numbers of the queries sorted by the cell they lie in: (n) in `order`, cell c's from
// start[c].
ia_status ia_grid_sort(ia_ctx *ctx, const ia_grid *grid, const ia_points *points,
                       uint32_t *order, uint32_t *start);

// The points in the block of cells within `reach` cells of `cell`, gathered side by side.
typedef struct {
    float *x, *y, *z; // (n) and room for a vector more
    uint32_t *sorted; // (n) place of each in the index
    float *d2;        // (n) scratch: squared distances
    float *near_d2;   // (n) scratch: those below a limit
    uint32_t *near;   // (n) scratch: their places in the gathered list
    size_t n, room;
    int32_t low[3], high[3]; // cells of the block
    float face[3][2];        // its faces, nm; infinite where nothing lies beyond
} ia_gather;
ia_status ia_gather_init(ia_ctx *ctx, ia_gather *gather, size_t room);
void ia_gather_clear(ia_gather *gather);
// False when memory ran out.
bool ia_gather_fill(ia_gather *gather, const ia_index *index, const int32_t cell[3],
                    int32_t reach);
// Every point nearer to the query than the root of this is in the gathered block.
float ia_gather_bound2(const ia_gather *gather, const float query[3]);
// Squared distances from a query to all gathered points into d2.
void ia_gather_measure(ia_gather *gather, const float query[3]);
// Those with d2 < limit into near_d2 and near, in the order of the list; their number.
size_t ia_gather_keep(ia_gather *gather, float limit);

ia_status ia_tree_build(ia_ctx *ctx, const ia_points *points, ia_tree **out);
void ia_tree_free(ia_tree *tree);
// The k nearest by rising (d2, point): keys of d2 bits and point number; the rest stay
// INT64_MAX.
void ia_tree_nearest(const ia_tree *tree, const float query[3], size_t k, int64_t skip,
                     int64_t *keys);
// Points with d2 < r2 in the order of the tree; at most `room` are written, all are
// counted.
size_t ia_tree_within(const ia_tree *tree, const float query[3], float r2,
                      uint32_t *points, float *d2, size_t room);

// Points of a box: coordinates and numbers of those that are taken.
typedef struct {
    double low[3], high[3]; // nm, ends included
    const uint8_t *take;    // by number; NULL: all
    float *x, *y, *z;       // (room) nm
    uint32_t *point;        // (room)
    size_t room, n;
} ia_tree_box;
// In the order of the tree; at most `room` are written, all are counted.
size_t ia_tree_in_box(const ia_tree *tree, ia_tree_box *box);

static inline int64_t ia_near_key(float d2, uint32_t low)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &d2, 4);
    return (int64_t)((uint64_t)bits << 32 | low);
}

static inline float ia_near_d2(int64_t key)
{
    uint32_t bits = (uint32_t)((uint64_t)key >> 32);
    float d2;
    __builtin_memcpy(&d2, &bits, 4);
    return d2;
}

#endif
