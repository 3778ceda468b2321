// src/spatial/voxels.c: laying out voxels, ions in the order of their planes, sampling.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/voxels.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { LEAST_SHARE = 1 << 16 };

static double memory_there(void)
{
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

ia_status ia_voxels_lay_out(ia_ctx *ctx, const ia_ranged *ranged, double edge,
                            size_t margin, double bytes, ia_voxels *out)
{
    const double most_each = 1e6;
    const double *lo = ranged->lo, *hi = ranged->hi;
    double n[3], count = 1, there = memory_there();
    ia_voxels v = {.edge = edge};
    if (ranged->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion has a position here");
    for (size_t k = 0; k < 3; k++) {
        double first = floor(lo[k] / edge + 0.5) - (double)margin;
        n[k] = floor(hi[k] / edge + 0.5) + (double)margin - first + 1;
        v.origin[k] = first * edge;
        count *= n[k];
    }
    double fit = floor(there / bytes);
    if (!(count <= fit) || !(n[0] <= most_each && n[1] <= most_each && n[2] <= most_each))
        return ia_fail(
            ctx, IA_ERR_MEMORY,
            "a grid of %.0f x %.0f x %.0f voxels of %g nm needs %.3g GB of "
            "memory, there are %.3g GB: at most %.3g voxels fit, an edge of "
            "%.3g nm or more",
            n[0], n[1], n[2], edge, 1e-9 * count * bytes, 1e-9 * there, fit,
            edge * fmax(cbrt(count / fit), fmax(n[0], fmax(n[1], n[2])) / most_each));
    for (size_t k = 0; k < 3; k++)
        v.n[k] = (size_t)n[k];
    *out = v;
    return IA_OK;
}

static size_t plane_of(const ia_voxels *v, const float *xyz)
{
    long at = ia_floor(ia_voxels_place(v, xyz, 2) + 0.5), most = (long)v->n[2] - 1;
    return (size_t)(at < 0 ? 0 : at > most ? most : at);
}

// Ions in shares of `size`: each counts its own planes, and fills its own places.
typedef struct {
    const ia_voxels *v;
    const ia_ranged *ranged;
    size_t size;
    uint32_t *next; // (shares, planes): counts, then the next place of each
    uint32_t *order;
} dealing;

static void count_share(void *user, size_t share, size_t worker)
{
    const dealing *d = user;
    uint32_t *next = d->next + share * d->v->n[2];
    size_t begin, end;
    (void)worker;
    ia_block(d->ranged->n, d->size, share, &begin, &end);
    for (size_t i = begin; i < end; i++)
        next[plane_of(d->v, d->ranged->xyz + 3 * i)]++;
}

static void deal_share(void *user, size_t share, size_t worker)
{
    const dealing *d = user;
    uint32_t *next = d->next + share * d->v->n[2];
    size_t begin, end;
    (void)worker;
    ia_block(d->ranged->n, d->size, share, &begin, &end);
    for (size_t i = begin; i < end; i++)
        d->order[next[plane_of(d->v, d->ranged->xyz + 3 * i)]++] = (uint32_t)i;
}

static ia_status deal(ia_ctx *ctx, dealing *d, uint32_t *start)
{
    size_t n_planes = d->v->n[2], n_shares = ia_block_count(d->ranged->n, d->size);
    uint32_t at = 0;
    if (!(d->next = ia_array(ctx, n_shares * n_planes, sizeof *d->next)))
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, NULL, n_shares, count_share, d);
    for (size_t p = 0; p < n_planes; p++) {
        start[p] = at;
        for (size_t s = 0; s < n_shares; s++) {
            uint32_t n = d->next[s * n_planes + p];
            d->next[s * n_planes + p] = at;
            at += n;
        }
    }
    start[n_planes] = at;
    if (st == IA_OK)
        st = ia_for(ctx, NULL, n_shares, deal_share, d);
    free(d->next);
    return st;
}

ia_status ia_plane_order_build(ia_ctx *ctx, const ia_voxels *voxels,
                               const ia_ranged *ranged, ia_plane_order *out)
{
    // No more counts than a fourth of the ions.
    size_t size = 4 * voxels->n[2] > LEAST_SHARE ? 4 * voxels->n[2] : LEAST_SHARE;
    ia_plane_order o = {.ranged = ranged};
    dealing d = {.v = voxels, .ranged = ranged, .size = size};
    ia_status st = IA_ERR_MEMORY;
    if (!(o.order = ia_array(ctx, ranged->n, sizeof *o.order)) ||
        !(o.start = ia_array(ctx, voxels->n[2] + 1, sizeof *o.start)))
        goto done;
    d.order = o.order;
    if ((st = deal(ctx, &d, o.start)) != IA_OK)
        goto done;
    *out = o;
    o = (ia_plane_order){0};
done:
    ia_plane_order_clear(&o);
    return st;
}

void ia_plane_order_clear(ia_plane_order *order)
{
    free(order->order);
    free(order->start);
    *order = (ia_plane_order){0};
}

double ia_voxels_sample(const ia_voxels *v, const float *grid, const float *xyz)
{
    size_t first[3], step[3];
    double part[3];
    for (size_t k = 0; k < 3; k++) {
        double at = ia_voxels_place(v, xyz, k), most = (double)(v->n[k] - 1);
        at = at < 0 ? 0 : at > most ? most : at;
        first[k] = (size_t)at;
        part[k] = at - (double)first[k];
        step[k] = first[k] + 1 < v->n[k];
    }
    const float *low = grid + (first[2] * v->n[1] + first[1]) * v->n[0] + first[0];
    size_t dx = step[0], dy = step[1] * v->n[0], dz = step[2] * v->n[0] * v->n[1];
    double sum = 0;
    for (int corner = 0; corner < 8; corner++) {
        size_t at = (corner & 1 ? dx : 0) + (corner & 2 ? dy : 0) + (corner & 4 ? dz : 0);
        double weight = (corner & 1 ? part[0] : 1 - part[0]) *
                        (corner & 2 ? part[1] : 1 - part[1]) *
                        (corner & 4 ? part[2] : 1 - part[2]);
        sum += weight * (double)low[at];
    }
    return sum;
}
