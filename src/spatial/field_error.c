// src/spatial/field_error.c: the standard error of each voxel of a field.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/field_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIFTHS = 5 };

// How much more an atom's kind scatters than one drawn for itself does: atoms of a
// molecule come together. Of all atoms, which have no kind, their number.
static double scatter_of(const ia_volume_work *w)
{
    double q = w->percent / 100, sum = 0, atoms = 0, squares = 0;
    for (size_t i = 0; i < w->ranged.n; i++) {
        double of = (double)w->weights[0][w->ranged.kind[i]];
        double all = (double)w->weights[1][w->ranged.kind[i]];
        sum += (of - q * all) * (of - q * all);
        atoms += all;
        squares += all * all;
    }
    double plain = q * (1 - q) * atoms;
    return plain > 0 ? sum / plain : atoms > 0 ? squares / atoms : 1;
}

// Sum of the squares of a kernel along an axis, and its square as a kernel of sum 1.
static ia_status square_taps(ia_ctx *ctx, const ia_kernel *k, double edge, size_t axis,
                             ia_taps *taps, double *squares)
{
    ia_status st = IA_OK;
    if (k->kind == IA_KERNEL_NONE)
        st = ia_taps_gauss(ctx, 0, edge, 0, 0, taps);
    else
        st = ia_taps_gauss(ctx, k->sigma[axis], edge, k->cut, k->reach, taps);
    if (st != IA_OK)
        return st;
    *squares *= ia_spread_squares(k->spread, taps);
    double sum = 0;
    for (size_t i = 0; i <= taps->reach; i++)
        sum += (i == 0 ? 1 : 2) * (double)taps->taps[i] * (double)taps->taps[i];
    for (size_t i = 0; i <= taps->reach; i++)
        taps->taps[i] = (float)((double)taps->taps[i] * (double)taps->taps[i] / sum);
    return IA_OK;
}

// Squared weights of the atoms that a voxel sees, (voxels) in `out`.
static ia_status sum_squares(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                             float **out)
{
    ia_taps taps[3] = {{0}};
    float *counts[2] = {NULL, NULL};
    double squares = 1;
    ia_status st = ia_volume_count(ctx, w, k->spread, IA_EVERY_PART, NULL, counts);
    for (size_t axis = 0; axis < 3 && st == IA_OK; axis++)
        st = square_taps(ctx, k, w->voxels.edge, axis, &taps[axis], &squares);
    if (st == IA_OK)
        st = ia_blur(ctx, &w->voxels, taps, counts[1]);
    for (size_t i = 0; i < ia_voxels_count(&w->voxels) && st == IA_OK; i++)
        counts[1][i] *= (float)squares;
    for (size_t axis = 0; axis < 3; axis++)
        ia_taps_clear(&taps[axis]);
    free(counts[0]);
    if (st == IA_OK)
        *out = counts[1];
    else
        free(counts[1]);
    return st;
}

// One kernel for all voxels: q (1 - q)/(n - 1), where n = (sum of weights)^2/(sum of
// their squares) is the effective number of atoms, at least 2.
static ia_status by_counting(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                             const ia_volume_grids *g)
{
    const double fewest = 2;
    float *squares = NULL;
    double scatter = scatter_of(w), half_atom = ia_volume_half_atom(w, k);
    ia_status st = sum_squares(ctx, w, k, &squares);
    for (size_t i = 0; i < ia_voxels_count(&w->voxels) && st == IA_OK; i++) {
        double q = ia_clip_share((double)g->share[i]);
        double all = (double)g->atoms[i] + half_atom;
        double n = all * all / fmax((double)squares[i], 1e-30) / scatter;
        g->sigma[i] = (float)sqrt(q * (1 - q) / (fmax(n, fewest) - 1));
    }
    free(squares);
    return st;
}

// Kernels that differ from voxel to voxel: the field without each fifth of the ions in
// turn (jackknife), its variance smoothed over neighbours, since five say little.
static ia_status by_leaving_out(ia_ctx *ctx, const ia_volume_work *w, const ia_kernel *k,
                                const ia_volume_grids *g)
{
    size_t n = ia_voxels_count(&w->voxels);
    float *share = ia_array(ctx, n, sizeof *share), *mean = NULL;
    ia_taps taps = {0};
    ia_status st = IA_ERR_MEMORY;
    if (!share || !(mean = ia_array(ctx, n, sizeof *mean)))
        goto done;
    memset(g->sigma, 0, n * sizeof *g->sigma);
    st = ia_taps_gauss(ctx, 1, 1, 3, 0, &taps);
    for (unsigned part = 0; part < FIFTHS && st == IA_OK; part++) {
        unsigned left_out = 1u << part | 1u << (part + FIFTHS);
        const ia_volume_grids one = {.share = share};
        st = ia_volume_share(ctx, w, k, IA_EVERY_PART & ~left_out, &one);
        // Mean and squared distances from it, as they come.
        for (size_t i = 0; i < n && st == IA_OK; i++) {
            float off = share[i] - mean[i];
            mean[i] += off / (float)(part + 1);
            g->sigma[i] += off * (share[i] - mean[i]);
        }
    }
    if (st == IA_OK)
        st = ia_blur(ctx, &w->voxels, (const ia_taps[3]){taps, taps, taps}, g->sigma);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        g->sigma[i] = sqrtf(fmaxf(0, g->sigma[i]) * (FIFTHS - 1) / FIFTHS);
done:
    ia_taps_clear(&taps);
    free(share);
    free(mean);
    return st;
}

ia_status ia_volume_sigma(ia_ctx *ctx, const ia_volume_work *work,
                          const ia_kernel *kernel, const ia_volume_grids *grids)
{
    bool varies = kernel->kind == IA_KERNEL_ADAPTIVE || kernel->kind == IA_KERNEL_MIXTURE;
    return varies ? by_leaving_out(ctx, work, kernel, grids)
                  : by_counting(ctx, work, kernel, grids);
}
