// include/ionatlas/voronoi.h: the room that each point has to itself.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_VORONOI_H
#define IONATLAS_VORONOI_H

#include <ionatlas/neighbours.h>

IA_BEGIN

typedef struct {
    size_t n;
    float *volume;    // (n) of each point's cell, nm^3
    size_t *start;    // (n + 1) those that it touches are start[i] to start[i + 1] - 1
    uint32_t *beside; // (start[n]) in the order of the cell's faces
} ia_voronoi;

// Cells of points in their box, which is `margin` (nm) wider on each side: what is nearer
// to one point than to any other. Points at one place share a cell evenly and touch. 20
// microseconds and 0.3 kB per point; one thread, as voro++ does it (Rycroft 2009,
// doi:10.1063/1.3215722). IA_ERR_PARAM for a place that is not finite, IA_ERR_UNSUPPORTED
// for 2^31 points or more, and in a build without voro++.
IA_API ia_status ia_voronoi_compute(ia_ctx *ctx, const ia_points *points, double margin,
                                    ia_voronoi *out);
IA_API void ia_voronoi_clear(ia_voronoi *voronoi);
// False in a build without voro++.
IA_API bool ia_voronoi_is_built(void);

IA_END
#endif
