// src/spatial/deposit.c: ions counted in voxels, planes dealt to threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"
#include "spatial/voxels.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

enum { PLANES = 16, TRANSFER = 1024 };

typedef struct {
    const ia_deposit *d;
    float *const *grids;
    float beyond[TRANSFER + 1]; // share of the Gaussian beyond the upper face, by offset
} job;

// First voxel along an axis that an ion reaches, and its shares of three in a row; the
// fourth is 0.
typedef struct {
    long first;
    float share[4];
} reach;

static inline reach reach_linear(double at)
{
    long first = ia_floor(at);
    double part = at - (double)first;
    return (reach){first, {(float)(1 - part), (float)part, 0, 0}};
}

static inline float look_up(const job *j, double offset)
{
    double at = (offset + 0.5) * TRANSFER;
    long whole = ia_floor(at);
    float part = (float)(at - (double)whole);
    long i = whole < 0 ? 0 : whole >= TRANSFER ? TRANSFER - 1 : whole;
    return j->beyond[i] + part * (j->beyond[i + 1] - j->beyond[i]);
}

static inline reach reach_gauss(const job *j, double at)
{
    long nearest = ia_floor(at + 0.5);
    double offset = at - (double)nearest;
    float above = look_up(j, offset), below = look_up(j, -offset);
    return (reach){nearest - 1, {below, 1 - above - below, above, 0}};
}

// Four voxels side by side.
static inline void add_four(float *restrict grid, const float share[4], float weight)
{
    for (int i = 0; i < 4; i++)
        grid[i] += share[i] * weight;
}

// Where nothing reaches over a border along x and y: the most frequent case by far.
static inline void put_within(const job *j, const reach r[3], const float weights[2],
                              const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    for (long c = 0; c < 3; c++) {
        long z = r[2].first + c;
        if (r[2].share[c] == 0 || z < planes[0] || z >= planes[1])
            continue;
        size_t at =
            (size_t)((z * (long)v->n[1] + r[1].first) * (long)v->n[0] + r[0].first);
        for (long b = 0; b < 3; b++, at += v->n[0]) {
            float yz = r[2].share[c] * r[1].share[b];
            for (int g = 0; g < 2; g++)
                if (weights[g] != 0)
                    add_four(j->grids[g] + at, r[0].share, yz * weights[g]);
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
static inline void put_ion(const job *j, size_t ion, const float weights[2],
                           const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    const float *xyz = j->d->order->ranged->xyz + 3 * ion;
    reach r[3];
    bool within = true;
    for (size_t k = 0; k < 3; k++) {
        double at = ia_voxels_place(v, xyz, k);
        r[k] = j->d->spread == IA_SPREAD_LINEAR ? reach_linear(at) : reach_gauss(j, at);
        within &= k == 2 || (r[k].first >= 0 && r[k].first + 4 <= (long)v->n[k]);
    }
    if (within)
        put_within(j, r, weights, planes);
    else
        put_clipped(j, r, weights, planes);
}

// An ion into its own voxel.
static inline void put_nearest(const job *j, size_t ion, const float weights[2],
                               const long planes[2])
{
    const ia_voxels *v = j->d->voxels;
    const float *xyz = j->d->order->ranged->xyz + 3 * ion;
    long x = ia_floor(ia_voxels_place(v, xyz, 0) + 0.5);
    long y = ia_floor(ia_voxels_place(v, xyz, 1) + 0.5);
    long z = ia_floor(ia_voxels_place(v, xyz, 2) + 0.5);
    if (z < planes[0] || z >= planes[1] || y < 0 || x < 0 || y >= (long)v->n[1] ||
        x >= (long)v->n[0])
        return;
    size_t at = (size_t)((z * (long)v->n[1] + y) * (long)v->n[0] + x);
    for (int g = 0; g < 2; g++)
        j->grids[g][at] += weights[g];
}

IA_VECTOR static void put_planes(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const ia_deposit *d = j->d;
    const uint16_t *kinds = d->kind ? d->kind : d->order->ranged->kind;
    size_t low, high, n_planes = d->voxels->n[2];
    bool nearest = d->spread == IA_SPREAD_NEAREST;
    (void)worker;
    ia_block(n_planes, PLANES, block, &low, &high);
    const long planes[2] = {(long)low, (long)high};
    // Ions of the planes beside reach into these.
    size_t beside = nearest ? 0 : 1;
    uint32_t begin = d->order->start[low > beside ? low - beside : 0];
    uint32_t end = d->order->start[high + beside < n_planes ? high + beside : n_planes];
    for (uint32_t i = begin; i < end; i++) {
        size_t ion = d->order->order[i];
        if (d->part && !(d->parts >> d->part[ion] & 1))
            continue;
        const float weights[2] = {d->weights[0][kinds[ion]], d->weights[1][kinds[ion]]};
        if (nearest)
            put_nearest(j, ion, weights, planes);
        else
            put_ion(j, ion, weights, planes);
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

// Shares of the voxel before, its own and the one behind of an ion that lies `offset`
// voxels from the middle of its own.
static void share_out(ia_spread spread, double offset, double share[3])
{
    const double sigma = 1.0 / 6; // of an edge
    share[0] = share[2] = 0;
    if (spread == IA_SPREAD_LINEAR) {
        share[0] = fmax(0, -offset);
        share[2] = fmax(0, offset);
    } else if (spread == IA_SPREAD_GAUSS) {
        share[0] = 0.5 * erfc((0.5 + offset) / (sigma * sqrt(2)));
        share[2] = 0.5 * erfc((0.5 - offset) / (sigma * sqrt(2)));
    }
    share[1] = 1 - share[0] - share[2];
}

double ia_spread_squares(ia_spread spread, const ia_taps *taps)
{
    enum { OFFSETS = 64 };
    long far = (long)taps->reach;
    double sum = 0;
    for (int i = 0; i < OFFSETS; i++) {
        double share[3];
        share_out(spread, (i + 0.5) / OFFSETS - 0.5, share);
        for (long at = -far - 1; at <= far + 1; at++) {
            double weight = 0;
            for (long k = 0; k < 3; k++)
                if (labs(at - k + 1) <= far)
                    weight += share[k] * (double)taps->taps[labs(at - k + 1)];
            sum += weight * weight;
        }
    }
    return sum / OFFSETS;
}
