// src/spatial/mesh_pieces.h: the pieces of a mesh, and whether each is closed.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_PIECES_H
#define IONATLAS_SRC_MESH_PIECES_H

#include <ionatlas/surface.h>

typedef struct {
    bool is_closed;      // every side of it is one of two triangles or more
    double area, volume; // nm^2, nm^3; the volume below 0 where it is inside out
} ia_mesh_piece;

typedef struct {
    ia_mesh_piece *pieces; // (n)
    size_t n;
    size_t n_border; // sides that one triangle has
    size_t n_turned; // sides that two triangles have in the same direction
} ia_mesh_pieces;

// Triangles that hang together by corners are a piece: in the order of their first
// triangles, which mesh->labels gets. O(triangles log triangles), 48 B each and 4 B per
// vertex while it looks.
ia_status ia_mesh_pieces_find(ia_ctx *ctx, ia_mesh *mesh, ia_mesh_pieces *out);
void ia_mesh_pieces_clear(ia_mesh_pieces *pieces);

#endif
