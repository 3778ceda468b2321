// src/spatial/correlation_groups.c: groups of ions by their ions of the species, those
// beside particles left out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>

// Noise and interfaces put solute among the ions about a particle, less than makes a
// group rich. What another group holds says nothing of a group of the matrix, so that
// leaving out the neighbours of rich ones, and not these themselves, biases nothing.
static const double reach = 2.5; // edges of a group, between middles
static const double least = 0.3; // of the groups are kept, the farthest

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Distance of each group's middle to the nearest rich one but itself.
static ia_status find_distance(ia_ctx *ctx, const correlation_groups *g,
                               const uint32_t *solute, size_t rich_from, float *distance)
{
    size_t n_rich = 0;
    float *rich = ia_array(ctx, g->n, 3 * sizeof *rich);
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_status st = rich ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; rich && i < g->n; i++)
        if (solute[i] >= rich_from) {
            for (size_t k = 0; k < 3; k++)
                rich[3 * n_rich + k] = g->middle[3 * i + k];
            n_rich++;
        }
    for (size_t i = 0; i < g->n; i++)
        distance[i] = INFINITY;
    ia_points points = {rich, n_rich}, queries = {g->middle, g->n};
    ia_knn_request two = {.k = 2};
    if (n_rich > 0 && (st = ia_index_build(ctx, &points, NULL, &index)) == IA_OK)
        st = ia_knn_compute(ctx, index, &queries, &two, &knn);
    for (size_t i = 0; n_rich > 0 && st == IA_OK && i < g->n; i++)
        distance[i] = knn.distance[2 * i + (solute[i] >= rich_from)];
    ia_knn_clear(&knn);
    ia_index_free(index);
    free(rich);
    return st;
}

// How far from rich groups the others count.
static ia_status find_reach(ia_ctx *ctx, const correlation_groups *g,
                            const float *distance, float *out)
{
    float *sorted = ia_array(ctx, g->n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < g->n; i++)
        sorted[i] = distance[i];
    qsort(sorted, g->n, sizeof *sorted, by_value);
    float most = sorted[(size_t)((1 - least) * (double)(g->n - 1))];
    *out = fminf((float)(reach * g->edge), most);
    free(sorted);
    return IA_OK;
}

ia_status ia_correlation_groups(ia_ctx *ctx, const correlation_groups *g,
                                const uint32_t *solute, correlation_counts *c)
{
    size_t width = CORRELATION_BLOCK + 1;
    double all[CORRELATION_BLOCK + 1] = {0};
    float far = 0, *distance = ia_array(ctx, g->n, sizeof *distance);
    c->solute = ia_array(ctx, c->parts.blocks->n * width, sizeof *c->solute);
    ia_status st = distance && c->solute ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < g->n; i++)
        all[solute[i]]++;
    size_t rich_from = ia_matrix_rich_from(all);
    if (st == IA_OK && g->n > 0 &&
        (st = find_distance(ctx, g, solute, rich_from, distance)) == IA_OK)
        st = find_reach(ctx, g, distance, &far);
    for (size_t i = 0; st == IA_OK && i < g->n; i++)
        if (distance[i] >= far)
            c->solute[g->block[i] * width + solute[i]]++;
    free(distance);
    return st;
}
