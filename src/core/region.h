// src/core/region.h: boxes, spheres and cylinders that select ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_REGION_H
#define IONATLAS_SRC_REGION_H

#include <ionatlas/context.h>

typedef enum {
    IA_REGION_ALL,
    IA_REGION_BOX,
    IA_REGION_SPHERE,
    IA_REGION_CYLINDER
} ia_region_shape;

// box: x0, x1, y0, y1, z0, z1. sphere: x, y, z, r. cylinder: its centre x, y, z, axis ux,
// uy, uz (any length), radius r, height h. All nm.
typedef struct {
    ia_region_shape shape;
    double v[8];
} ia_region;

// Read "box:...", "sphere:...", "cylinder:..." or "" (everything). IA_ERR_PARAM.
ia_status ia_region_read(ia_ctx *ctx, const char *text, ia_region *out);
// Lower faces belong to a box, upper ones do not; surfaces of the others do.
bool ia_region_contains(const ia_region *region, const float xyz[3]);

#endif
