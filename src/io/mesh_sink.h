// src/io/mesh_sink.h: where readers of meshes put vertices and faces.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MESH_SINK_H
#define IONATLAS_SRC_MESH_SINK_H

#include "io/mesh_files.h"
#include "io/text.h"

// A file is gone through twice: counted, then kept. n_... are those of this time.
typedef struct {
    ia_mesh_parts parts; // room, of the second time; xyz NULL in the first
    size_t n_vertices, n_triangles;
    size_t n_corners;   // of the face that is being put
    uint32_t fan[2];    // its first corner and the last
    size_t line, faces; // for sentences: of the text; faces begun
} ia_mesh_sink;

// A vertex; IA_ERR_FORMAT for what is no place.
ia_status ia_mesh_put_vertex(ia_ctx *ctx, ia_mesh_sink *sink, const double at[3]);
void ia_mesh_begin_face(ia_mesh_sink *sink);
// Another corner of the face: a vertex from 0.
ia_status ia_mesh_put_corner(ia_ctx *ctx, ia_mesh_sink *sink, uint64_t vertex);
// IA_ERR_FORMAT with fewer than three corners.
ia_status ia_mesh_end_face(ia_ctx *ctx, const ia_mesh_sink *sink);
// A text's line that holds something else than was expected.
ia_status ia_mesh_fail_line(ia_ctx *ctx, const ia_mesh_sink *sink, ia_span line,
                            const char *expected);
// Three numbers off the front of a line.
bool ia_mesh_take_place(ia_span *rest, double at[3]);

// mesh_ply.c; the others are in mesh_read.c.
ia_status ia_mesh_read_ply(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *sink);

#endif
