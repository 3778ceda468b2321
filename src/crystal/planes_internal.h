// src/crystal/planes_internal.h: what the parts of the search for planes share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PLANES_INTERNAL_H
#define IONATLAS_SRC_PLANES_INTERNAL_H

#include <math.h>

#include "crystal/fourier_internal.h"

#include <ionatlas/planes.h>

// Planes kept of a region.
enum { IA_REGION_PLANES = 6 };

// Room of a worker for the Hough transform.
typedef struct ia_hough ia_hough;
ia_status ia_hough_new(ia_ctx *ctx, const ia_planes_params *params,
                       const ia_regions *regions, size_t n_workers, ia_hough **out);
void ia_hough_free(ia_hough *hough);
// Periods of the projections of a cube's ions on directions over half a sphere, the
// strongest `room` above `least`; wave vectors as of ia_fourier_tops.
size_t ia_hough_find(const ia_hough *hough, const ia_regions *regions, size_t cube,
                     size_t worker, double least, ia_reflection *out);
// Directions and periods looked at.
size_t ia_hough_tested(const ia_hough *hough);

// Regions with alike planes to grains, and the planes of each grain.
ia_status ia_planes_join(ia_ctx *ctx, const ia_regions *regions,
                         const ia_planes_params *params, ia_planes *planes);
// Names of a grain's planes, and how the crystal stands.
void ia_planes_name(const ia_crystal *crystal, const ia_pole_catalogue *catalogue,
                    const ia_planes_params *params, ia_plane_grain *grain);

static inline double ia_plane_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Angle between two lines, degree.
static inline double ia_plane_angle(const double a[3], const double b[3])
{
    double c = fabs(ia_plane_dot(a, b)) / sqrt(ia_plane_dot(a, a) * ia_plane_dot(b, b));
    return acos(fmin(c, 1)) * 57.29577951308232;
}

#endif
