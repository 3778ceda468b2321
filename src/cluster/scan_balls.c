// src/cluster/scan_balls.c: likelihood ratios of balls around solute ions.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/scan.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Balls that hold more solute ions than these on average are tried around every so
// many-th ion only.
enum { MANY = 60, TICKS = 2048 };

typedef struct {
    const ia_scan_null *null;
    const float *xyz;        // (n, 3) solute ions, nm
    uint8_t step[TICKS + 1]; // first radius that holds a squared distance
    double scale;            // ticks per nm^2
    double least;
    size_t stride;      // queries are every so many-th solute ion
    size_t first, last; // radii that are looked at
    double *best;       // (n) largest ratio so far of each solute ion
    uint32_t *place;    // (n) its radius and count
    uint32_t *k;
    double *expected;
} scan;

static double log_part(double a, double b)
{
    return a > 0 ? a * log(a / b) : 0;
}

double ia_scan_ratio(double k, double n, double K, double N)
{
    n = fmax(n, k);
    if (!(n < N) || K < k || !(k * (N - n) > (K - k) * n) || K >= N)
        return 0;
    double outside = N - n;
    return log_part(k, n) + log_part(n - k, n) + log_part(K - k, outside) +
           log_part(outside - K + k, outside) - log_part(K, N) - log_part(N - K, N);
}

// The largest ratio of a solute ion over the radii, from counts by radius.
static void try_radii(scan *s, size_t ion, const uint32_t *in_shell)
{
    float counts[SCAN_RADII];
    const ia_scan_null *null = s->null;
    double N = null->share * (double)null->density->n, K = (double)null->n;
    double share = K / N;
    uint32_t k = 0;
    ia_scan_density_at(null->density, s->xyz + 3 * ion, counts);
    for (size_t r = 0; r <= s->last; r++) {
        k += in_shell[r];
        if (r < s->first)
            continue;
        double n = null->share * (double)counts[r], expected = n * share;
        // An upper bound, but for the little that the rest of the specimen adds.
        if (k < 3 || (double)k <= expected ||
            (double)k * log((double)k / expected) < s->least)
            continue;
        double ratio = ia_scan_ratio(k, n, K, N);
        if (ratio <= s->best[ion])
            continue;
        s->best[ion] = ratio;
        s->place[ion] = (uint32_t)r;
        s->k[ion] = k;
        s->expected[ion] = expected;
    }
}

static void count_near(void *user, size_t worker, size_t query, const uint32_t *points,
                       const float *d2, size_t n)
{
    scan *s = user;
    uint32_t in_shell[SCAN_RADII + 1] = {0};
    (void)worker;
    (void)points;
    for (size_t i = 0; i < n; i++)
        in_shell[s->step[(size_t)((double)d2[i] * s->scale)]]++;
    try_radii(s, query * s->stride, in_shell);
}

static void init_steps(scan *s)
{
    double most = ia_scan_radii[SCAN_RADII - 1];
    size_t r = 0;
    s->scale = TICKS / (most * most);
    for (size_t tick = 0; tick <= TICKS; tick++) {
        double d2 = ((double)tick + 0.5) / s->scale;
        while (r < SCAN_RADII && d2 > ia_scan_radii[r] * ia_scan_radii[r])
            r++;
        s->step[tick] = (uint8_t)r;
    }
}

// Balls of the radii first to last around every stride-th ion.
static ia_status look(ia_ctx *ctx, scan *s, const ia_index *index)
{
    size_t n = ia_block_count(s->null->n, s->stride);
    float *own = NULL;
    ia_points queries = {s->xyz, n};
    if (s->first > s->last)
        return IA_OK;
    if (s->stride > 1) {
        if (!(own = ia_array(ctx, 3 * n, sizeof *own)))
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < n; i++)
            memcpy(own + 3 * i, s->xyz + 3 * i * s->stride, 3 * sizeof *own);
        queries.xyz = own;
    }
    ia_status st =
        ia_index_each_within(ctx, index, &queries, ia_scan_radii[s->last], count_near, s);
    free(own);
    return st;
}

static int compare(const void *a, const void *b)
{
    const ia_scan_ball *x = a, *y = b;
    if (x->ratio != y->ratio)
        return x->ratio > y->ratio ? -1 : 1;
    return (x->centre > y->centre) - (x->centre < y->centre);
}

static ia_status collect(ia_ctx *ctx, const scan *s, ia_scan_balls *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->null->n; i++)
        n += s->best[i] >= s->least;
    if (!(out->balls = ia_array(ctx, n, sizeof *out->balls)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->null->n; i++)
        if (s->best[i] >= s->least)
            out->balls[out->n++] = (ia_scan_ball){s->best[i], (uint32_t)i, s->place[i],
                                                  s->k[i], s->expected[i]};
    qsort(out->balls, out->n, sizeof *out->balls, compare);
    return IA_OK;
}

// Up to which radius every ion is a centre, and how many ions for one centre beyond it.
static size_t split(const ia_scan_null *null, size_t *stride)
{
    const ia_scan_density *d = null->density;
    double volume = pow(d->edge, 3) * (double)(d->size[0] * d->size[1] * d->size[2]);
    double per_nm3 = (double)null->n / volume;
    size_t near = SCAN_RADII - 1;
    double held = 4.18879 * per_nm3 * pow(ia_scan_radii[near], 3);
    *stride = (size_t)fmax(1, held / MANY);
    for (; near > 5 && 4.18879 * per_nm3 * pow(ia_scan_radii[near], 3) > MANY; near--)
        ;
    return near;
}

ia_status ia_scan_balls_find(ia_ctx *ctx, const ia_scan_null *null, const float *xyz,
                             double least, ia_scan_balls *out)
{
    scan s = {.null = null, .xyz = xyz, .least = least, .stride = 1};
    ia_points points = {xyz, null->n};
    ia_index *index = NULL;
    ia_scan_balls balls = {0};
    size_t stride;
    ia_status st = IA_ERR_MEMORY;

    init_steps(&s);
    if (!(s.best = ia_array(ctx, null->n, sizeof *s.best)) ||
        !(s.place = ia_array(ctx, null->n, sizeof *s.place)) ||
        !(s.expected = ia_array(ctx, null->n, sizeof *s.expected)) ||
        !(s.k = ia_array(ctx, null->n, sizeof *s.k)) ||
        (st = ia_index_build(ctx, &points, NULL, &index)) != IA_OK)
        goto done;
    s.last = split(null, &stride);
    if ((st = look(ctx, &s, index)) != IA_OK)
        goto done;
    s.first = s.last + 1;
    s.last = SCAN_RADII - 1;
    s.stride = stride;
    if ((st = look(ctx, &s, index)) == IA_OK &&
        (st = collect(ctx, &s, &balls)) == IA_OK) {
        *out = balls;
        balls = (ia_scan_balls){0};
    }
done:
    ia_scan_balls_clear(&balls);
    ia_index_free(index);
    free(s.k);
    free(s.expected);
    free(s.place);
    free(s.best);
    return st;
}

void ia_scan_balls_clear(ia_scan_balls *balls)
{
    free(balls->balls);
    *balls = (ia_scan_balls){0};
}
