// src/spatial/field_kernel.c: shares of a solute on a grid by one kernel.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/field_internal.h"

#include <ionatlas/neighbours.h>
#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 15, QUERIES = 1 << 16 };

ia_status ia_volume_count(ia_ctx *ctx, const ia_volume_work *w, ia_spread spread,
                          unsigned parts, const uint16_t *kind, float *counts[2])
{
    size_t n = ia_voxels_count(&w->voxels);
    counts[0] = ia_array(ctx, n, sizeof **counts);
    counts[1] = ia_array(ctx, n, sizeof **counts);
    const ia_deposit deposit = {.voxels = &w->voxels,
                                .order = &w->order,
                                .spread = spread,
                                .weights = {w->weights[0], w->weights[1]},
                                .kind = kind,
                                .part = parts == IA_EVERY_PART ? NULL : w->part,
                                .parts = parts};
    ia_status st =
        counts[0] && counts[1] ? ia_deposit_run(ctx, &deposit, counts) : IA_ERR_MEMORY;
    if (st == IA_OK)
        return IA_OK;
    free(counts[0]);
    free(counts[1]);
    counts[0] = counts[1] = NULL;
    return st;
}

typedef struct {
    const float *solute, *total;
    double mean, half_atom;
    size_t n;
    float *share;
} ratio;

static void ratio_block(void *user, size_t block, size_t worker)
{
    const ratio *r = user;
    size_t begin, end;
    (void)worker;
    ia_block(r->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        r->share[i] = (float)(((double)r->solute[i] + r->half_atom * r->mean) /
                              ((double)r->total[i] + r->half_atom));
}

static ia_status smooth(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                        float *const grids[2])
{
    ia_taps taps[3] = {{0}};
    ia_status st = IA_OK;
    for (size_t axis = 0; axis < 3 && st == IA_OK; axis++)
        st = ia_taps_gauss(ctx, k->sigma[axis], w->voxels.edge, k->cut, k->reach,
                           &taps[axis]);
    for (size_t g = 0; g < 2 && st == IA_OK && k->kind != IA_KERNEL_NONE; g++)
        st = ia_blur(ctx, &w->voxels, taps, grids[g]);
    for (size_t axis = 0; axis < 3; axis++)
        ia_taps_clear(&taps[axis]);
    return st;
}

ia_status ia_kernel_variance(ia_ctx *ctx, const ia_kernel *k, size_t axis, double edge,
                             double *out)
{
    // Of a box as wide as a voxel, with a Gaussian of sigma = edge/6, and of a triangle
    // of twice the width.
    static const double spread[] = {[IA_SPREAD_NEAREST] = 1.0 / 12,
                                    [IA_SPREAD_LINEAR] = 1.0 / 6,
                                    [IA_SPREAD_GAUSS] = 1.0 / 12 + 1.0 / 36};
    const double between = 1.0 / 6;
    ia_taps taps = {0};
    double sum = spread[k->spread] + between;
    *out = NAN;
    if (!isfinite(k->sigma[axis]))
        return IA_OK;
    ia_status st = ia_taps_gauss(ctx, k->sigma[axis], edge, k->cut, k->reach, &taps);
    if (st != IA_OK)
        return st;
    for (size_t i = 1; i <= taps.reach; i++)
        sum += 2 * (double)taps.taps[i] * (double)i * (double)i;
    ia_taps_clear(&taps);
    *out = sum * edge * edge;
    return IA_OK;
}

double ia_volume_half_atom(const ia_volume_work *w, const ia_kernel *k)
{
    double voxels = 1;
    for (size_t axis = 0; axis < 3; axis++)
        voxels *= fmax(1, sqrt(4 * M_PI) * k->sigma[axis] / w->voxels.edge);
    return 0.5 / voxels;
}

static ia_status share_by_width(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                                float *const counts[2], float *share)
{
    ia_status st = smooth(ctx, w, k, counts);
    ratio r = {counts[0],
               counts[1],
               w->percent / 100,
               ia_volume_half_atom(w, k),
               ia_voxels_count(&w->voxels),
               share};
    return st == IA_OK ? ia_for(ctx, NULL, ia_block_count(r.n, BLOCK), ratio_block, &r)
                       : st;
}

// Solute ions of these parts.
static ia_status gather_solute(ia_ctx *ctx, const ia_volume_work *w, unsigned parts,
                               float **xyz, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < w->ranged.n; i++)
        *n += w->has[w->ranged.kind[i]] && parts >> w->part[i] & 1;
    if (!(*xyz = ia_array(ctx, *n, 3 * sizeof **xyz)))
        return IA_ERR_MEMORY;
    *n = 0;
    for (size_t i = 0; i < w->ranged.n; i++)
        if (w->has[w->ranged.kind[i]] && parts >> w->part[i] & 1)
            memcpy(*xyz + 3 * (*n)++, w->ranged.xyz + 3 * i, 3 * sizeof **xyz);
    return IA_OK;
}

static void put_centres(const ia_voxels *v, size_t first, size_t n, float *xyz)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = first + i, row = at / v->n[0];
        size_t place[3] = {at % v->n[0], row % v->n[1], row / v->n[1]};
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(v->origin[k] + (double)place[k] * v->edge);
    }
}

static ia_status fill_distances(ia_ctx *ctx, const ia_voxels *v, const ia_index *index,
                                size_t k, float *out)
{
    size_t n = ia_voxels_count(v);
    float *xyz = ia_array(ctx, QUERIES, 3 * sizeof *xyz);
    ia_status st = xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t first = 0; first < n && st == IA_OK; first += QUERIES) {
        size_t here = n - first < QUERIES ? n - first : QUERIES;
        ia_points queries = {xyz, here};
        ia_knn_request request = {.k = k};
        ia_knn knn = {0};
        put_centres(v, first, here, xyz);
        if ((st = ia_knn_compute(ctx, index, &queries, &request, &knn)) == IA_OK)
            for (size_t i = 0; i < here; i++)
                out[first + i] = knn.distance[i * k + k - 1];
        ia_knn_clear(&knn);
    }
    free(xyz);
    return st;
}

ia_status ia_volume_distances(ia_ctx *ctx, const ia_volume_work *w, size_t k,
                              unsigned parts, float *out)
{
    float *xyz = NULL;
    ia_index *index = NULL;
    ia_points solute = {0};
    ia_status st = gather_solute(ctx, w, parts, &xyz, &solute.n);
    solute.xyz = xyz;
    if (st == IA_OK && solute.n == 0)
        st =
            ia_fail(ctx, IA_ERR_EMPTY,
                    "the ions lie in so few places that those set aside leave no solute: "
                    "the adaptive kernel has no distances to it");
    if (st == IA_OK && (st = ia_index_build(ctx, &solute, NULL, &index)) == IA_OK)
        st = fill_distances(ctx, &w->voxels, index, k, out);
    ia_index_free(index);
    free(xyz);
    return st;
}

static ia_status share_adaptive(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                                unsigned parts, const ia_scales *scales, float *share)
{
    float *width = ia_array(ctx, scales->n, sizeof *width);
    ia_status st =
        width ? ia_volume_distances(ctx, w, k->k, parts, width) : IA_ERR_MEMORY;
    for (size_t i = 0; i < scales->n && st == IA_OK; i++)
        width[i] *= (float)k->factor;
    if (st == IA_OK)
        st = ia_scale_share_of_width(ctx, scales, width, share);
    free(width);
    return st;
}

static ia_status share_by_scales(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                                 unsigned parts, float *const counts[2], float *share)
{
    ia_scales scales = {0};
    ia_status st = ia_scales_build(ctx, &w->voxels, k->n_scales, counts, &scales);
    if (st == IA_OK)
        st = k->kind == IA_KERNEL_ADAPTIVE
                 ? share_adaptive(ctx, w, k, parts, &scales, share)
                 : ia_blend_apply(ctx, &scales, &k->blend, share);
    ia_scales_clear(&scales);
    return st;
}

// Atoms per voxel as smooth as a kernel of one voxel's width leaves them: where the
// specimen is.
static ia_status smooth_atoms(ia_ctx *ctx, const ia_volume_work *w, float *total)
{
    const double cut = 3.5;
    ia_taps taps = {0};
    ia_status st = ia_taps_gauss(ctx, w->voxels.edge, w->voxels.edge, cut, 0, &taps);
    if (st == IA_OK)
        st = ia_blur(ctx, &w->voxels, (const ia_taps[3]){taps, taps, taps}, total);
    ia_taps_clear(&taps);
    return st;
}

ia_status ia_volume_share(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                          unsigned parts, const ia_volume_grids *out)
{
    bool many = k->kind == IA_KERNEL_ADAPTIVE || k->kind == IA_KERNEL_MIXTURE;
    float *counts[2] = {NULL, NULL};
    ia_status st = ia_volume_count(ctx, w, k->spread, parts, NULL, counts);
    if (st != IA_OK)
        return st;
    st = many ? share_by_scales(ctx, w, k, parts, counts, out->share)
              : share_by_width(ctx, w, k, counts, out->share);
    if (st == IA_OK && many && out->atoms)
        st = smooth_atoms(ctx, w, counts[1]);
    if (st == IA_OK && out->atoms)
        memcpy(out->atoms, counts[1], ia_voxels_count(&w->voxels) * sizeof *out->atoms);
    free(counts[0]);
    free(counts[1]);
    return st;
}
