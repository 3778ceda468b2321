/* shim/voronoi.h: Voronoi cells in a box, for C. */
/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef IONATLAS_SHIM_VORONOI_H
#define IONATLAS_SHIM_VORONOI_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Points, no two at one place, all inside the box. `visit` gets the cell of each: its
   volume, nm^3, and the points that it touches, negative for a side of the box. */
typedef struct {
    const double *xyz; /* (n, 3) nm */
    size_t n;
    double low[3], high[3]; /* nm */
    void (*visit)(void *user, size_t point, double volume, const int *beside, size_t n);
    void *user;
} ia_shim_cells;
/* False when memory ran out. */
bool ia_shim_voronoi(const ia_shim_cells *cells);

#ifdef __cplusplus
}
#endif
#endif
