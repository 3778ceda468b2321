// src/cluster/cores.c: distances to the k-th nearest other point.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cores.h"

#include <string.h>

enum { QUERIES = 1 << 17 };

// The point itself is among those that were found, unless it shares its place with many.
static void take_others(const ia_cores *c, const ia_knn *found, size_t row, uint32_t self)
{
    const float *distance = found->distance + row * found->k;
    const int32_t *neighbour = found->neighbour + row * found->k;
    size_t n = 0;
    for (size_t i = 0; i < found->k && n < c->k; i++) {
        if (neighbour[i] == (int32_t)self)
            continue;
        if (n < c->n_near)
            c->near[self * c->n_near + n] = (uint32_t)neighbour[i];
        c->core[self] = distance[i];
        n++;
    }
}

ia_status ia_cores_find(ia_ctx *ctx, const ia_points *points, const ia_cores *out)
{
    ia_index *index = NULL;
    ia_knn_request request = {.k = out->k + 1, .neighbours = true};
    if (out->k == 0) {
        memset(out->core, 0, points->n * sizeof *out->core);
        return IA_OK;
    }
    ia_status st = ia_index_build(ctx, points, NULL, &index);
    for (size_t begin = 0; begin < points->n && st == IA_OK; begin += QUERIES) {
        ia_points queries = {points->xyz + 3 * begin, points->n - begin};
        ia_knn found = {0};
        queries.n = queries.n < QUERIES ? queries.n : QUERIES;
        if ((st = ia_knn_compute(ctx, index, &queries, &request, &found)) != IA_OK)
            break;
        for (size_t i = 0; i < queries.n; i++)
            take_others(out, &found, i, (uint32_t)(begin + i));
        ia_knn_clear(&found);
    }
    ia_index_free(index);
    return st;
}
