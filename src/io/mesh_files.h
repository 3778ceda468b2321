// src/io/mesh_files.h: triangles as files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_FILES_H
#define IONATLAS_SRC_MESH_FILES_H

#include <ionatlas/formats.h>

typedef struct {
    size_t n_vertices, n_triangles;
    const float *xyz;          // (n_vertices, 3) nm
    const uint32_t *triangles; // (n_triangles, 3) vertices
    const int32_t *labels;     // (n_triangles) object of each
} ia_mesh_file;

// By the ending, .obj, .ply, .stl or .vtp; IA_ERR_PARAM for another.
ia_status ia_mesh_file_write(ia_ctx *ctx, const ia_mesh_file *mesh, const char *path);

// What was read: corners in one place are one vertex.
typedef struct {
    size_t n_vertices, n_triangles;
    float *xyz;          // (n_vertices, 3) nm
    uint32_t *triangles; // (n_triangles, 3) vertices
    size_t n_flat;       // triangles with two corners in one place, left out
} ia_mesh_parts;

// OBJ, PLY or STL, the latter two as text or as bytes, by its bytes and its ending. Faces
// of more corners are fans from their first. IA_ERR_UNSUPPORTED for other files,
// IA_ERR_EMPTY for no triangles, IA_ERR_FORMAT with the line, face or byte. O(n log n);
// 44 B per vertex and 12 B per triangle while it reads.
ia_status ia_mesh_file_parse(ia_ctx *ctx, const ia_source *source, ia_mesh_parts *out);
void ia_mesh_parts_clear(ia_mesh_parts *parts);

#endif
