// src/crystal/sdm_count.c: pairs of ions by distance along and across a normal.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/sdm_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void turn(const float *from, const double axes[9], float *to)
{
    for (size_t r = 0; r < 3; r++)
        to[r] =
            (float)(axes[3 * r] * (double)from[0] + axes[3 * r + 1] * (double)from[1] +
                    axes[3 * r + 2] * (double)from[2]);
}

// Of the centres every so many-th, in the order of the data.
ia_status ia_sdm_turn(ia_ctx *ctx, const ia_sdm_input *input, const double axes[9],
                      size_t n_most, ia_sdm_frame *out)
{
    const ia_points *to = input->same ? &input->from : &input->to;
    ia_sdm_frame f = {.n_from = input->from.n < n_most ? input->from.n : n_most,
                      .n_to = to->n,
                      .same = input->same};
    f.to = ia_array(ctx, f.n_to, 3 * sizeof *f.to);
    f.from = ia_array(ctx, f.n_from, 3 * sizeof *f.from);
    f.place = ia_array(ctx, f.n_from, sizeof *f.place);
    if (!f.to || !f.from || !f.place) {
        ia_sdm_frame_clear(&f);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < f.n_to; i++)
        turn(to->xyz + 3 * i, axes, f.to + 3 * i);
    for (size_t i = 0; i < f.n_from; i++) {
        f.place[i] = i * input->from.n / f.n_from;
        turn(input->from.xyz + 3 * f.place[i], axes, f.from + 3 * i);
    }
    *out = f;
    return IA_OK;
}

void ia_sdm_frame_clear(ia_sdm_frame *frame)
{
    free(frame->from);
    free(frame->to);
    free(frame->place);
    *frame = (ia_sdm_frame){0};
}

// A worker's sums, added up as whole numbers: the same in any order.
typedef struct {
    const ia_sdm_frame *frame;
    const ia_sdm_shape *shape;
    float radius2, along; // nm^2, bins per nm
    ia_sdm_pixels pixels;
    uint64_t *sums; // (workers, room): parts of the z-SDM, then the maps
    size_t room;
} job;

static void add_across(const job *j, const float delta[3], uint64_t *maps)
{
    size_t pixel;
    for (size_t r = 0; r < 2; r++)
        if (ia_sdm_pixel(&j->pixels, r, delta, &pixel))
            maps[r * j->pixels.n * j->pixels.n + pixel]++;
}

static void count(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    const job *j = user;
    const ia_sdm_frame *f = j->frame;
    const float *at = f->from + 3 * query, middle = 0.5f * (float)j->shape->n_bins;
    uint64_t *sums = j->sums + worker * j->room;
    uint64_t *part = sums + query * IA_SDM_PARTS / f->n_from * j->shape->n_bins;
    for (size_t i = 0; i < n; i++) {
        const float *other = f->to + 3 * (size_t)points[i];
        float delta[3] = {other[0] - at[0], other[1] - at[1], other[2] - at[2]};
        if (f->same && points[i] == f->place[query])
            continue;
        if (j->shape->cylinder && d2[i] - delta[2] * delta[2] >= j->radius2)
            continue;
        float bin = middle + j->along * delta[2];
        if (bin >= 0 && bin < 2 * middle)
            part[(size_t)bin]++;
        add_across(j, delta, sums + IA_SDM_PARTS * j->shape->n_bins);
    }
}

// Pairs beyond which centres are left out; 4 ns each. Solids have 1e8 at the defaults.
static const double pairs_most = 1e9;
enum { TRIED = 64, KEPT_LEAST = 100 }; // centres

static void add_pairs(void *user, size_t worker, size_t query, const uint32_t *points,
                      const float *d2, size_t n)
{
    uint64_t *sums = user;
    (void)query, (void)points, (void)d2;
    sums[worker] += n;
}

// Pairs of a centre, of some spread over all.
static ia_status mean_pairs(ia_ctx *ctx, const ia_sdm_frame *f, const ia_index *index,
                            double ball, double *out)
{
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX), n = 0;
    uint64_t *sums = ia_array(ctx, n_workers, sizeof *sums), sum = 0;
    float at[3 * TRIED];
    ia_status st = sums ? IA_OK : IA_ERR_MEMORY;
    for (; n < TRIED && n < f->n_from; n++)
        memcpy(at + 3 * n,
               f->from + 3 * (n * f->n_from / (f->n_from < TRIED ? f->n_from : TRIED)),
               3 * sizeof *at);
    ia_points tried = {at, n};
    if (st == IA_OK)
        st = ia_index_each_within(ctx, index, &tried, ball, add_pairs, sums);
    for (size_t i = 0; st == IA_OK && i < n_workers; i++)
        sum += sums[i];
    *out = n > 0 ? (double)sum / (double)n : 0;
    free(sums);
    return st;
}

// Ions of a length in wrong units or all at a few places have pairs without end.
ia_status ia_sdm_thin(ia_ctx *ctx, const ia_index *index, double ball, double most,
                      ia_sdm_frame *f)
{
    double pairs;
    ia_status st = mean_pairs(ctx, f, index, ball, &pairs);
    if (st != IA_OK || !(pairs * (double)f->n_from > most))
        return st;
    size_t kept = (size_t)(most / pairs), all = f->n_from;
    kept = kept > KEPT_LEAST ? kept : KEPT_LEAST;
    if (kept >= all)
        return IA_OK;
    for (size_t i = 0; i < kept; i++) {
        size_t from = i * all / kept;
        memmove(f->from + 3 * i, f->from + 3 * from, 3 * sizeof *f->from);
        f->place[i] = f->place[from];
    }
    f->n_from = kept;
    ia_warn(
        ctx,
        "%.0f ions within %.3g nm of an ion: %zu centres are used instead of %zu; are "
        "positions in nm, and not all at a few places?",
        pairs, ball, kept, all);
    return IA_OK;
}

static ia_status run(ia_ctx *ctx, job *j, ia_sdm_frame *frame)
{
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    const ia_sdm_shape *shape = j->shape;
    double ball = shape->cylinder ? hypot(shape->radius, shape->reach) : shape->radius;
    ia_points to = {frame->to, frame->n_to}, from = {frame->from, frame->n_from};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if ((j->sums = ia_array(ctx, n_workers * j->room, sizeof *j->sums)) &&
        (st = ia_index_build(ctx, &to, NULL, &index)) == IA_OK &&
        (st = ia_sdm_thin(ctx, index, ball, pairs_most, frame)) == IA_OK) {
        from.n = frame->n_from;
        st = ia_index_each_within(ctx, index, &from, ball, count, j);
    }
    for (size_t i = j->room; st == IA_OK && i < n_workers * j->room; i++)
        j->sums[i % j->room] += j->sums[i];
    ia_index_free(index);
    return st;
}

ia_status ia_sdm_count(ia_ctx *ctx, ia_sdm_frame *frame, const ia_sdm_shape *shape,
                       ia_sdm *sdm, uint64_t *parts)
{
    size_t n_parts = IA_SDM_PARTS * shape->n_bins, n_map = sdm->n_pixels * sdm->n_pixels;
    job j = {.frame = frame,
             .shape = shape,
             .radius2 = (float)(shape->radius * shape->radius),
             .along = (float)((double)shape->n_bins / (2 * shape->reach)),
             .pixels = ia_sdm_pixels_of(sdm),
             .room = n_parts + 2 * n_map};
    ia_status st = run(ctx, &j, frame);
    if (st == IA_OK)
        memcpy(parts, j.sums, n_parts * sizeof *parts);
    for (size_t r = 0; r < 2 && st == IA_OK && sdm->across[r]; r++)
        memcpy(sdm->across[r], j.sums + n_parts + r * n_map, n_map * sizeof *j.sums);
    free(j.sums);
    return st;
}
