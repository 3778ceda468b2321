// include/ionatlas/extent.h: the volume a set of ions fills, and where its surface is.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_EXTENT_H
#define IONATLAS_EXTENT_H

#include <ionatlas/neighbours.h>

IA_BEGIN

// Cubes of some 50 ions each. A cube with less than a tenth of the mean of the filled
// ones is outside; one with all six neighbours inside is interior.
typedef struct {
    double origin[3], edge; // nm
    int32_t size[3];        // cubes along each axis; x runs fastest
    uint32_t *counts;       // ions per cube
    double least;           // fewer: outside
    double volume; // nm^3; interior cubes with ions in all 26 about them whole (any where
                   // there is none), others by their ions over the mean of the whole ones
                   // beside them; NAN where none is interior
} ia_extent;

// Positions that are not finite are passed over. All at one place, on a line or a plane:
// no cubes, volume NAN. O(n) time, up to 4 B per ion. The volume of convex shapes is
// right within 2 % from 20,000 ions on.
IA_API ia_status ia_extent_build(ia_ctx *ctx, const ia_points *points, ia_extent *out);
IA_API void ia_extent_clear(ia_extent *extent);
// Not in an interior cube: nearer than one or two edges to the surface.
IA_API bool ia_extent_is_edge(const ia_extent *extent, const float xyz[3]);
// In a cube that is not outside.
IA_API bool ia_extent_is_inside(const ia_extent *extent, const float xyz[3]);
// Share of each cube that lies inside, (cubes); where the volume is known.
IA_API void ia_extent_fill(const ia_extent *extent, float *fill);

// Of points of the volume, the share that has a point at distance r in a random direction
// inside too: 1 - a r + b r^2 - c r^3 (set covariance over volume; exact for a box and
// for a ball). It makes counts of pairs free of the surface.
typedef struct {
    double a, b, c; // nm^-1, nm^-2, nm^-3; NAN where volume is NAN
    double reach;   // holds up to this distance, nm
} ia_covariance;
// For distances up to r_max, nm. O(cubes) time.
IA_API ia_status ia_extent_covariance(ia_ctx *ctx, const ia_extent *extent, double r_max,
                                      ia_covariance *out);
// Its value, at least 0; NAN beyond its reach.
IA_API double ia_covariance_at(const ia_covariance *covariance, double r);

IA_END
#endif
