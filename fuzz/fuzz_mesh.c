// fuzz/fuzz_mesh.c: any bytes as a mesh, the first of them choosing the ending of its
// name; a mesh that was read has its corners.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_tell.h"

#include <ionatlas/ionatlas.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char names[3][8] = {"a.obj", "a.ply", "a.stl"};
    if (n < 2)
        return 0;
    ia_ctx *ctx = ia_ctx_new();
    ia_mesh mesh = {.n_vertices = 0};
    ia_source source = ia_source_of(bytes + 1, n - 1);
    source.path = names[bytes[0] % 3];
    ia_status st = ia_mesh_parse(ctx, &source, &mesh);
    if (st != IA_OK && ia_ctx_message(ctx)[0] == '\0')
        abort();
    for (size_t i = 0; i < 3 * mesh.n_triangles; i++)
        if (mesh.triangles[i] >= mesh.n_vertices)
            abort();
    if (is_telling())
        tell(ctx, st,
             sum_of(mesh.n_vertices, mesh.triangles,
                    3 * mesh.n_triangles * sizeof *mesh.triangles));
    ia_mesh_clear(&mesh);
    ia_ctx_free(ctx);
    return 0;
}
