// src/spatial/mesh_within.h: how much of a mesh lies among the ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_WITHIN_H
#define IONATLAS_SRC_MESH_WITHIN_H

#include <ionatlas/extent.h>
#include <ionatlas/surface.h>

// Area of the triangles, nm^2: all of it, and what lies inside the volume that the points
// fill, triangles in pieces of half an edge of its cubes at most, each by the share of
// its cube that is filled. Where no hundredth of it lies in cubes without points, or the
// volume is not known, all of it is inside: a mesh that ends where the specimen does.
// O(points + area).
typedef struct {
    double all, inside;
} ia_mesh_area;
ia_status ia_mesh_area_within(ia_ctx *ctx, const ia_mesh *mesh, const ia_points *points,
                              ia_mesh_area *out);

#endif
