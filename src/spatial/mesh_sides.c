// src/spatial/mesh_sides.c: the sides of a mesh's triangles, those in one place together.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/mesh_sides.h"

#include <stdlib.h>

static int compare_sides(const void *a, const void *b)
{
    const ia_mesh_side *x = a, *y = b;
    if (x->ends != y->ends)
        return x->ends > y->ends ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

ia_status ia_mesh_sides_list(ia_ctx *ctx, const ia_mesh *mesh, ia_mesh_side **out)
{
    size_t n = 3 * mesh->n_triangles;
    ia_mesh_side *sides = ia_array(ctx, n, sizeof *sides);
    if (!sides)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint64_t a = mesh->triangles[i], b = mesh->triangles[i / 3 * 3 + (i + 1) % 3];
        sides[i] = (ia_mesh_side){a < b ? a << 32 | b : b << 32 | a, (uint32_t)i, a > b};
    }
    qsort(sides, n, sizeof *sides, compare_sides);
    *out = sides;
    return IA_OK;
}
