// src/spatial/mesh_distance.h: signed distance of points to a surface of triangles.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_DISTANCE_H
#define IONATLAS_SRC_MESH_DISTANCE_H

#include <ionatlas/surface.h>

typedef struct ia_mesh_index ia_mesh_index;

// Triangles in boxes, with the normals of their sides and corners. Distances up to
// `reach` can be asked for. O(triangles), 110 B each, 46 B more while they are put in
// order. The mesh is borrowed.
ia_status ia_mesh_index_build(ia_ctx *ctx, const ia_mesh *mesh, double reach,
                              ia_mesh_index **out);
void ia_mesh_index_free(ia_mesh_index *index);

// Distance of each point to the nearest triangle, nm: positive inside, negative outside
// (the side that normals point to), by the angle-weighted normal of what is nearest
// (Baerentzen and Aanaes 2005, doi:10.1109/TVCG.2005.49). NAN: farther than the reach, or
// nearest to a side that only one triangle has, where the surface ends.
ia_status ia_mesh_distances(ia_ctx *ctx, const ia_mesh_index *index, const float *xyz,
                            size_t n, float *out);

#endif
