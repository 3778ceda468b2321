// src/spatial/voxels.c: laying out voxels and counting ions in them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/voxels.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { PLANES = 16, TRANSFER = 1024 };

static double memory_there(void)
{
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

ia_status ia_voxels_lay_out(ia_ctx *ctx, const ia_ranged *ranged, double edge,
                            size_t margin, double bytes, ia_voxels *out)
{
    const double most_each = 1e6;
    double lo[3], hi[3], n[3], count = 1, there = memory_there();
    ia_voxels v = {.edge = edge};
    if (ranged->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion has a position here");
    ia_ranged_bound(ranged, lo, hi);
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

// Place along an axis in voxels from the centre of the first.
static inline double place(const ia_voxels *v, const float *xyz, size_t k)
{
    return ((double)xyz[k] - v->origin[k]) / v->edge;
}

static size_t plane_of(const ia_voxels *v, const float *xyz)
{
    double at = floor(place(v, xyz, 2) + 0.5);
    double most = (double)(v->n[2] - 1);
    return (size_t)(at < 0 ? 0 : at > most ? most : at);
}

ia_status ia_plane_order_build(ia_ctx *ctx, const ia_voxels *voxels,
                               const ia_ranged *ranged, ia_plane_order *out)
{
    size_t n_planes = voxels->n[2];
    ia_plane_order o = {.ranged = ranged};
    if (!(o.order = ia_array(ctx, ranged->n, sizeof *o.order)) ||
        !(o.start = ia_array(ctx, n_planes + 2, sizeof *o.start))) {
        ia_plane_order_clear(&o);
        return IA_ERR_MEMORY;
    }
    // Counts two places up, so that filling leaves the starts in their places.
    for (size_t i = 0; i < ranged->n; i++)
        o.start[plane_of(voxels, ranged->xyz + 3 * i) + 2]++;
    for (size_t p = 2; p < n_planes + 2; p++)
        o.start[p] += o.start[p - 1];
    for (size_t i = 0; i < ranged->n; i++)
        o.order[o.start[plane_of(voxels, ranged->xyz + 3 * i) + 1]++] = (uint32_t)i;
    *out = o;
    return IA_OK;
}

void ia_plane_order_clear(ia_plane_order *order)
{
    free(order->order);
    free(order->start);
    *order = (ia_plane_order){0};
}

typedef struct {
    const ia_deposit *d;
    float *const *grids;
    float beyond[TRANSFER + 1]; // share of the Gaussian beyond the upper face, by offset
} job;

// First voxel along an axis that an ion reaches, and its shares of three in a row.
typedef struct {
    long first;
    float share[3];
} reach;

static inline reach reach_linear(double at)
{
    double first = floor(at), part = at - first;
    return (reach){(long)first, {(float)(1 - part), (float)part, 0}};
}

static inline float look_up(const job *j, double offset)
{
    double at = (offset + 0.5) * TRANSFER, whole = floor(at), part = at - whole;
    size_t i = whole < 0 ? 0 : whole >= TRANSFER ? TRANSFER - 1 : (size_t)whole;
    return j->beyond[i] + (float)part * (j->beyond[i + 1] - j->beyond[i]);
}

static inline reach reach_gauss(const job *j, double at)
{
    double nearest = floor(at + 0.5), offset = at - nearest;
    float above = look_up(j, offset), below = look_up(j, -offset);
    return (reach){(long)nearest - 1, {below, 1 - above - below, above}};
}

static inline reach reach_of(const job *j, double at)
{
    switch (j->d->spread) {
    case IA_SPREAD_LINEAR:
        return reach_linear(at);
    case IA_SPREAD_GAUSS:
        return reach_gauss(j, at);
    default:
        return (reach){(long)floor(at + 0.5), {1, 0, 0}};
    }
}

// Three voxels side by side.
static inline void add_three(float *grid, const float share[3], float weight)
{
    grid[0] += share[0] * weight;
    grid[1] += share[1] * weight;
    grid[2] += share[2] * weight;
}

// Where nothing reaches over a border along x and y: the most frequent case by far.
static void put_within(const job *j, const reach r[3], const float weights[2],
                       const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    for (long c = 0; c < 3; c++) {
        long z = r[2].first + c;
        if (r[2].share[c] == 0 || z < planes[0] || z >= planes[1])
            continue;
        for (long b = 0; b < 3; b++) {
            float yz = r[2].share[c] * r[1].share[b];
            if (yz == 0)
                continue;
            size_t at = (size_t)(((r[2].first + c) * (long)v->n[1] + r[1].first + b) *
                                     (long)v->n[0] +
                                 r[0].first);
            for (int g = 0; g < 2; g++)
                if (weights[g] != 0)
                    add_three(j->grids[g] + at, r[0].share, yz * weights[g]);
        }
    }
}

// As far as it lies in the planes [low, high) and in the grid.
static void put_clipped(const job *j, const reach r[3], const float weights[2],
                        const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    for (long c = 0; c < 27; c++) {
        long x = r[0].first + c % 3, y = r[1].first + c / 3 % 3, z = r[2].first + c / 9;
        float share = r[2].share[c / 9] * r[1].share[c / 3 % 3] * r[0].share[c % 3];
        if (share == 0 || z < planes[0] || z >= planes[1] || y < 0 || x < 0 ||
            y >= (long)v->n[1] || x >= (long)v->n[0])
            continue;
        size_t at = (size_t)((z * (long)v->n[1] + y) * (long)v->n[0] + x);
        for (int g = 0; g < 2; g++)
            j->grids[g][at] += r[2].share[c / 9] * r[1].share[c / 3 % 3] * weights[g] *
                               r[0].share[c % 3];
    }
}

// An ion into the planes [low, high) of the grids.
static void put_ion(const job *j, size_t ion, uint16_t kind, const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    const float *xyz = j->d->order->ranged->xyz + 3 * ion;
    const float weights[2] = {j->d->weights[0][kind], j->d->weights[1][kind]};
    reach r[3];
    bool within = true;
    for (size_t k = 0; k < 3; k++) {
        r[k] = reach_of(j, place(v, xyz, k));
        within &= k == 2 || (r[k].first >= 0 && r[k].first + 3 <= (long)v->n[k]);
    }
    if (within)
        put_within(j, r, weights, planes);
    else
        put_clipped(j, r, weights, planes);
}

static void put_planes(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const ia_deposit *d = j->d;
    const uint16_t *kinds = d->kind ? d->kind : d->order->ranged->kind;
    size_t low, high, n_planes = d->voxels->n[2];
    (void)worker;
    ia_block(n_planes, PLANES, block, &low, &high);
    const long planes[2] = {(long)low, (long)high};
    // Ions of the planes beside reach into these.
    uint32_t begin = d->order->start[low > 0 ? low - 1 : 0];
    uint32_t end = d->order->start[high < n_planes ? high + 1 : n_planes];
    for (uint32_t i = begin; i < end; i++) {
        size_t ion = d->order->order[i];
        if (!d->part || d->parts >> d->part[ion] & 1)
            put_ion(j, ion, kinds[ion], planes);
    }
}

ia_status ia_deposit_run(ia_ctx *ctx, const ia_deposit *deposit, float *const grids[2])
{
    job j = {.d = deposit, .grids = grids};
    const double sigma = 1.0 / 6; // of an edge
    for (size_t i = 0; i <= TRANSFER; i++) {
        double offset = (double)i / TRANSFER - 0.5;
        j.beyond[i] = (float)(0.5 * erfc((0.5 - offset) / (sigma * sqrt(2))));
    }
    return ia_for(ctx, "counting by voxel", ia_block_count(deposit->voxels->n[2], PLANES),
                  put_planes, &j);
}

double ia_voxels_sample(const ia_voxels *v, const float *grid, const float *xyz)
{
    size_t first[3], step[3];
    double part[3];
    for (size_t k = 0; k < 3; k++) {
        double at = place(v, xyz, k), most = (double)(v->n[k] - 1);
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
