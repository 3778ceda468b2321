// src/spatial/marching.h: the surface at which a grid takes one value.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MARCHING_H
#define IONATLAS_SRC_MARCHING_H

#include "spatial/voxels.h"

#include <ionatlas/surface.h>

// Triangles between values above `level` (inside) and not above it. Cubes with a corner
// that is not finite are left out: the surface is open there. Vertices lie on the lines
// between voxel centres, each once, in the order of the voxels; triangles run
// counter-clockwise seen from outside. `labels` NULL or (voxels): each triangle gets that
// of its inside corner. O(voxels); 8 B per voxel plane and thread beside the result. Same
// bits on any number of threads.
ia_status ia_marching_cubes(ia_ctx *ctx, const ia_voxels *voxels, const float *values,
                            double level, const int32_t *labels, ia_mesh *out);

// Inside voxels that hang together by faces: label of each, -1 outside; the number of
// labels. Labels in the order of their first voxels. O(voxels).
ia_status ia_voxels_label(ia_ctx *ctx, const ia_voxels *voxels, const float *values,
                          double level, int32_t *labels, size_t *n);

#endif
