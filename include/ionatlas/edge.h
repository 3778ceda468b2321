// include/ionatlas/edge.h: the surface of the specimen, and how deep below it each ion
// lies.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_EDGE_H
#define IONATLAS_EDGE_H

#include <ionatlas/neighbours.h>
#include <ionatlas/surface.h>

IA_BEGIN

typedef struct {
    double most; // distances are told up to this, nm
} ia_edge_params;
IA_API extern const ia_method ia_edge_method;
IA_API ia_edge_params ia_edge_defaults(void);

typedef struct {
    ia_mesh mesh; // closed; empty where there is no volume
    size_t n;
    float *distance; // (n) nm below the surface; `most` where it is farther, negative
                     // outside, NAN: no position or no volume
    double volume;   // inside the mesh, nm^3; NAN: none
    double area;     // nm^2
    double cube;     // edge of the cubes it was found from, nm
    double most;     // nm
    size_t
        n_stray; // ions far off in parts too few or thin for a surface: told as outside
} ia_edge;

// The surface is what a ball of 26 ions that rolls around the specimen cannot reach,
// moved outwards by 0.7 mean spacings of ions, by marching cubes. Volume within 2 % from
// 5,000 ions on; flat faces within a fifth of a spacing, edges of right angles are cut by
// one or two. Parts with a gap of more than a tenth of the length between them have a
// surface each. Of ions farther from the middle nine tenths along an axis than these are
// wide no grid is laid over all: they are parts of their own, or strays, of which a
// warning tells. Distances are exact for these surfaces. O(n) time; 12 B per ion, 4 B per
// grid point (one or two per ion, more where the specimen fills little of its box) and
// 170 B per triangle. Same bits on any number of threads.
IA_API ia_status ia_edge_compute(ia_ctx *ctx, const ia_points *points,
                                 const ia_edge_params *params, ia_edge *out);
IA_API void ia_edge_clear(ia_edge *edge);
// Volume of the specimen, nm^3: inside that surface for fewer than 50,000 ions, and where
// parts lie too far apart for cubes; by cubes (ia_extent) for more, which is then as good
// and faster. NAN: none that could be measured. Of 500 ions 7 % too small, of 1,000 4, of
// 2,000 2; from 5,000 on within 1 % (rms). Without a word. O(n) time; 40 B per ion.
IA_API ia_status ia_volume_measure(ia_ctx *ctx, const ia_points *points, double *out);
// "edge": volume, area, ions; "edge_shells": ions by depth.
IA_API ia_status ia_edge_tables(ia_ctx *ctx, const ia_edge *edge, ia_result *result);

IA_END
#endif
