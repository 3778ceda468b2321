// src/spatial/voxel_labels.c: inside voxels that hang together by faces.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/marching.h"

#include <stdlib.h>

static size_t root_of(uint32_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

// The earlier voxel stays the root.
static void join(uint32_t *parent, size_t a, size_t b)
{
    size_t x = root_of(parent, a), y = root_of(parent, b);
    if (x < y)
        parent[y] = (uint32_t)x;
    else
        parent[x] = (uint32_t)y;
}

ia_status ia_voxels_label(ia_ctx *ctx, const ia_voxels *v, const float *values,
                          double level, int32_t *labels, size_t *n_labels)
{
    size_t nx = v->n[0], ny = v->n[1], n = ia_voxels_count(v);
    float least = (float)level;
    if (n > INT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu voxels: at most %d can be told apart as objects", n,
                       INT32_MAX);
    uint32_t *parent = ia_array(ctx, n, sizeof *parent);
    if (!parent)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        parent[i] = (uint32_t)i;
        if (!(values[i] > least))
            continue;
        if (i % nx > 0 && values[i - 1] > least)
            join(parent, i - 1, i);
        if (i / nx % ny > 0 && values[i - nx] > least)
            join(parent, i - nx, i);
        if (i >= nx * ny && values[i - nx * ny] > least)
            join(parent, i - nx * ny, i);
    }
    *n_labels = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > least))
            labels[i] = -1;
        else if (parent[i] == i)
            labels[i] = (int32_t)(*n_labels)++;
        else
            labels[i] = labels[root_of(parent, i)];
    }
    free(parent);
    return IA_OK;
}
