// src/spatial/proxigram_patches.c: errors of an excess from patches of its surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/proxigram_patches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Halvings, patches, nodes of the tree of halvings.
enum { DEPTH = 5, PATCHES = 1 << DEPTH };
// Ions that tell where to halve, and the fewest of them.
enum { MOST = 100000, FEWEST = 20 * PATCHES };

typedef struct {
    int axis[PATCHES]; // of node 1, 2 and 3 below it, ...
    float at[PATCHES];
} halvings;

typedef struct {
    float x[3];
} place;

#define COMPARE(axis)                                                                    \
    static int compare_##axis(const void *a, const void *b)                              \
    {                                                                                    \
        float u = ((const place *)a)->x[axis], v = ((const place *)b)->x[axis];          \
        return (u > v) - (u < v);                                                        \
    }
COMPARE(0)
COMPARE(1)
COMPARE(2)

static int longest_axis(const place *places, size_t n)
{
    double longest = -1;
    int axis = 0;
    for (int k = 0; k < 3; k++) {
        float lo = INFINITY, hi = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            lo = fminf(lo, places[i].x[k]);
            hi = fmaxf(hi, places[i].x[k]);
        }
        if ((double)(hi - lo) > longest) {
            longest = (double)(hi - lo);
            axis = k;
        }
    }
    return axis;
}

static void halve(halvings *h, size_t node, place *places, size_t n)
{
    static int (*const by[3])(const void *, const void *) = {compare_0, compare_1,
                                                             compare_2};
    if (node >= PATCHES)
        return;
    h->axis[node] = longest_axis(places, n);
    qsort(places, n, sizeof *places, by[h->axis[node]]);
    h->at[node] = places[n / 2].x[h->axis[node]];
    halve(h, 2 * node, places, n / 2);
    halve(h, 2 * node + 1, places + n / 2, n - n / 2);
}

static size_t patch_of(const halvings *h, const float *x)
{
    size_t node = 1;
    while (node < PATCHES)
        node = 2 * node + (x[h->axis[node]] >= h->at[node]);
    return node - PATCHES;
}

static bool is_near(const proxigram_tally *t, float distance)
{
    return fabs((double)distance) < t->reach / 4;
}

// False with too few ions near the surface.
static ia_status find_halvings(ia_ctx *ctx, const proxigram_tally *t,
                               const proxigram_ions *ions, halvings *h, bool *found)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < ions->n; i++)
        n += is_near(t, ions->distance[i]);
    *found = n >= FEWEST;
    if (!*found)
        return IA_OK;
    size_t every = (n + MOST - 1) / MOST;
    place *places = ia_array(ctx, n / every + 1, sizeof *places);
    if (!places)
        return IA_ERR_MEMORY;
    n = 0;
    for (size_t i = 0; i < ions->n; i++)
        if (is_near(t, ions->distance[i]) && n++ % every == 0)
            memcpy(places[at++].x, ions->xyz + 3 * i, 3 * sizeof(float));
    halve(h, 1, places, at);
    free(places);
    return IA_OK;
}

ia_status ia_proxigram_patches_count(ia_ctx *ctx, const proxigram_tally *t,
                                     const proxigram_ions *ions, proxigram_patches *out)
{
    halvings h;
    bool found;
    *out = (proxigram_patches){.n_bins = t->n_bins, .n_kinds = t->n_kinds};
    ia_status st = find_halvings(ctx, t, ions, &h, &found);
    if (st != IA_OK || !found)
        return st;
    size_t size = t->n_bins * t->n_kinds;
    if (!(out->counts = ia_array(ctx, PATCHES * size, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    out->n = PATCHES;
    for (size_t i = 0; i < ions->n; i++) {
        size_t bin = ia_proxigram_bin(t->bin, t->n_bins, ions->distance[i]);
        if (bin < t->n_bins)
            out->counts[patch_of(&h, ions->xyz + 3 * i) * size + bin * t->n_kinds +
                        ions->kind[i]]++;
    }
    return IA_OK;
}

void ia_proxigram_patches_clear(proxigram_patches *patches)
{
    free(patches->counts);
    *patches = (proxigram_patches){.n = 0};
}

ia_status ia_proxigram_patches_errors(ia_ctx *ctx, const proxigram_patches *patches,
                                      const proxigram_tally *tally, size_t element,
                                      const proxigram_step *step,
                                      ia_proxigram_element *out)
{
    size_t size = patches->n_bins * patches->n_kinds, n = patches->n;
    double values[PATCHES][PROXIGRAM_AGAIN], sigma[PROXIGRAM_AGAIN];
    uint64_t *left = ia_array(ctx, size, sizeof *left);
    if (!left)
        return IA_ERR_MEMORY;
    proxigram_tally own = *tally;
    own.counts = left;
    own.area *= 1 - 1 / (double)n;
    for (size_t p = 0; p < n; p++) {
        for (size_t i = 0; i < size; i++)
            left[i] = tally->counts[i] - patches->counts[p * size + i];
        ia_proxigram_step_again(&own, element, step, values[p]);
    }
    for (size_t v = 0; v < PROXIGRAM_AGAIN; v++) {
        double mean = 0, squares = 0;
        for (size_t p = 0; p < n; p++)
            mean += values[p][v] / (double)n;
        for (size_t p = 0; p < n; p++)
            squares += pow(values[p][v] - mean, 2);
        sigma[v] = sqrt(squares * (double)(n - 1) / (double)n);
    }
    free(left);
    if (step->found)
        out->sigma_middle = sigma[PROXIGRAM_MIDDLE];
    out->sigma_excess = sigma[PROXIGRAM_EXCESS];
    out->sigma_surface_excess = sigma[PROXIGRAM_AT_SURFACE];
    return IA_OK;
}
