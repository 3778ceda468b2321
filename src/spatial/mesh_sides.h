// src/spatial/mesh_sides.h: the sides of a mesh's triangles, those in one place together.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_SIDES_H
#define IONATLAS_SRC_MESH_SIDES_H

#include <ionatlas/surface.h>

typedef struct {
    uint64_t ends; // vertices, the lower in front
    uint32_t at;   // 3 triangle + side
    bool falls;    // runs from the higher end to the lower one
} ia_mesh_side;

// The (3 triangles) sides by their ends, then by their place. Freed with free(). O(n log
// n), 16 B each.
ia_status ia_mesh_sides_list(ia_ctx *ctx, const ia_mesh *mesh, ia_mesh_side **out);

#endif
