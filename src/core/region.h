// src/core/region.h: boxes, spheres, cylinders and slabs that select ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_REGION_H
#define IONATLAS_SRC_REGION_H

#include <ionatlas/context.h>

typedef enum {
    IA_REGION_ALL,
    IA_REGION_BOX,
    IA_REGION_SPHERE,
    IA_REGION_CYLINDER,
    IA_REGION_TURNED, // a box of any orientation
    IA_REGION_SLAB    // what lies between two planes
} ia_region_shape;

// box: x0, x1, y0, y1, z0, z1. sphere: x, y, z, r. cylinder: its centre x, y, z, axis ux,
// uy, uz (any length), radius r, height h. turned: centre x, y, z, direction of its edge
// a, direction towards its edge b (what is not at right angles to a is taken off), edges
// a, b, c. slab: a point x, y, z of the middle plane, its normal, thickness. All nm.
typedef struct {
    ia_region_shape shape;
    double v[12];
} ia_region;

// Read "box:...", "sphere:...", ... or "" (everything). IA_ERR_PARAM.
ia_status ia_region_read(ia_ctx *ctx, const char *text, ia_region *out);
// Lower faces belong to a box, upper ones do not; surfaces of the others do.
bool ia_region_contains(const ia_region *region, const float xyz[3]);
// The middle of a region and the direction it has (axis of a cylinder, edge a of a turned
// box, normal of a slab), else z. False for everything, whose middle is the origin.
bool ia_region_frame(const ia_region *region, double centre[3], double direction[3]);

#endif
