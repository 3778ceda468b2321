// src/io/mesh_files.h: triangles as files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_FILES_H
#define IONATLAS_SRC_MESH_FILES_H

#include <ionatlas/context.h>

typedef struct {
    size_t n_vertices, n_triangles;
    const float *xyz;          // (n_vertices, 3) nm
    const uint32_t *triangles; // (n_triangles, 3) vertices
    const int32_t *labels;     // (n_triangles) object of each
} ia_mesh_file;

// By the ending, .obj, .ply, .stl or .vtp; IA_ERR_PARAM for another.
ia_status ia_mesh_file_write(ia_ctx *ctx, const ia_mesh_file *mesh, const char *path);

#endif
