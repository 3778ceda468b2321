// src/crystal/sdm_map.c: a z-SDM or an xy-SDM for each voxel of a grid.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/sdm_internal.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Voxels overlap by half: pairs are counted once, in steps of half a voxel, of which
// eight make a voxel.
typedef struct {
    const ia_sdm_input *input;
    ia_sdm_frame *frame;
    const ia_sdm_shape *shape;
    const ia_sdm_voxels *voxels;
    size_t size[3];       // steps along each axis
    float radius2, along; // nm^2, bins per nm
    int kind;             // IA_SDM_ALONG ...
    ia_sdm_pixels pixels;
    size_t n_bins;           // of a voxel
    _Atomic uint32_t *steps; // (steps, n_bins)
    uint32_t *rooms;         // (workers, n_bins)
    uint32_t *counts;        // (voxels, n_bins)
} job;

// The step that a centre lies in; false outside the grid.
static bool step_of(const job *j, size_t query, size_t *step)
{
    const float *xyz = j->input->from.xyz + 3 * j->frame->place[query];
    size_t at[3];
    for (size_t k = 0; k < 3; k++) {
        double place =
            floor(2 * ((double)xyz[k] - j->voxels->origin[k]) / j->voxels->voxel);
        if (!(place >= 0 && place < (double)j->size[k]))
            return false;
        at[k] = (size_t)place;
    }
    *step = (at[2] * j->size[1] + at[1]) * j->size[0] + at[0];
    return true;
}

// Pairs across the normal, straight into the step: they are few beside the pixels.
static void count_across(void *user, size_t worker, size_t query, const uint32_t *points,
                         const float *d2, size_t n)
{
    const job *j = user;
    const ia_sdm_frame *f = j->frame;
    const float *at = f->from + 3 * query;
    size_t step, pixel;
    (void)worker;
    if (!step_of(j, query, &step))
        return;
    for (size_t i = 0; i < n; i++) {
        const float *other = f->to + 3 * (size_t)points[i];
        const float delta[3] = {other[0] - at[0], other[1] - at[1], other[2] - at[2]};
        if ((f->same && points[i] == f->place[query]) ||
            (j->shape->cylinder && d2[i] - delta[2] * delta[2] >= j->radius2))
            continue;
        if (ia_sdm_pixel(&j->pixels, j->kind == IA_SDM_NEXT, delta, &pixel))
            atomic_fetch_add_explicit(&j->steps[step * j->n_bins + pixel], 1,
                                      memory_order_relaxed);
    }
}

static void count(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    const job *j = user;
    const ia_sdm_frame *f = j->frame;
    size_t n_bins = j->n_bins, step;
    uint32_t *room = j->rooms + worker * n_bins;
    float z = f->from[3 * query + 2], middle = 0.5f * (float)n_bins;
    if (!step_of(j, query, &step))
        return;
    for (size_t i = 0; i < n; i++) {
        float dz = f->to[3 * (size_t)points[i] + 2] - z;
        if ((f->same && points[i] == f->place[query]) ||
            (j->shape->cylinder && d2[i] - dz * dz >= j->radius2))
            continue;
        float bin = middle + j->along * dz;
        if (bin >= 0 && bin < 2 * middle)
            room[(size_t)bin]++;
    }
    _Atomic uint32_t *to = j->steps + step * n_bins;
    for (size_t b = 0; b < n_bins; b++)
        if (room[b]) {
            atomic_fetch_add_explicit(&to[b], room[b], memory_order_relaxed);
            room[b] = 0;
        }
}

static void sum_row(void *user, size_t row, size_t worker)
{
    const job *j = user;
    const size_t *n = j->voxels->n;
    size_t y = row % n[1], z = row / n[1], n_bins = j->n_bins;
    (void)worker;
    for (size_t x = 0; x < n[0]; x++) {
        uint32_t *to = j->counts + (row * n[0] + x) * n_bins;
        memset(to, 0, n_bins * sizeof *to);
        for (size_t c = 0; c < 8; c++) {
            size_t step =
                ((z + c / 4) * j->size[1] + y + c / 2 % 2) * j->size[0] + x + c % 2;
            const uint32_t *from =
                (const uint32_t *)(const void *)(j->steps + step * n_bins);
            for (size_t b = 0; b < n_bins; b++)
                to[b] += from[b];
        }
    }
}

// Pairs beyond which centres are left out: every ion is one, and solids have some 400
// pairs for each at the defaults.
static double pairs_most(const ia_sdm_frame *f)
{
    return fmax(1e9, 1e3 * (double)f->n_from);
}

static ia_status run(ia_ctx *ctx, job *j)
{
    size_t n_steps = j->size[0] * j->size[1] * j->size[2], n_bins = j->n_bins;
    const ia_sdm_shape *shape = j->shape;
    double ball = shape->cylinder ? hypot(shape->radius, shape->reach) : shape->radius;
    ia_points to = {j->frame->to, j->frame->n_to}, from = {j->frame->from, 0};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    j->steps = ia_array(ctx, n_steps * n_bins, sizeof *j->steps);
    j->rooms = ia_array(ctx, ia_for_workers(ctx, SIZE_MAX) * n_bins, sizeof *j->rooms);
    if (j->steps && j->rooms && (st = ia_index_build(ctx, &to, NULL, &index)) == IA_OK &&
        (st = ia_sdm_thin(ctx, index, ball, pairs_most(j->frame), j->frame)) == IA_OK) {
        from.n = j->frame->n_from;
        st = ia_index_each_within(ctx, index, &from, ball,
                                  j->kind == IA_SDM_ALONG ? count : count_across, j);
    }
    if (st == IA_OK)
        st = ia_for(ctx, "maps", j->voxels->n[1] * j->voxels->n[2], sum_row, j);
    ia_index_free(index);
    free(j->steps);
    free(j->rooms);
    return st;
}

size_t ia_sdm_map_bins(const ia_sdm_params *params, const ia_sdm *sdm)
{
    return params->voxel_map == IA_SDM_ALONG ? sdm->n_bins
                                             : sdm->n_pixels * sdm->n_pixels;
}

ia_status ia_sdm_map(ia_ctx *ctx, const ia_sdm_input *input, const ia_sdm_params *params,
                     const ia_sdm *sdm, const ia_sdm_voxels *voxels, uint32_t *counts)
{
    ia_sdm_params p = params ? *params : ia_sdm_defaults();
    ia_sdm_shape shape = ia_sdm_shape_of(&p);
    ia_sdm_frame frame = {0};
    ia_status st = ia_method_check(ctx, &ia_sdm_method, &p);
    if (st == IA_OK && !(voxels->voxel > 0 && isfinite(voxels->voxel)))
        st = ia_fail(ctx, IA_ERR_PARAM, "voxel = %g nm: a positive edge was expected",
                     voxels->voxel);
    if (st == IA_OK && p.voxel_map != IA_SDM_ALONG && !sdm->found)
        st = ia_fail(ctx, IA_ERR_UNSUPPORTED,
                     "no planes stand out, so that pairs within a plane, or to the next, "
                     "are not known: voxel_map = along was expected");
    if (st == IA_OK &&
        (st = ia_sdm_turn(ctx, input, sdm->axes, SIZE_MAX, &frame)) == IA_OK) {
        job j = {.input = input,
                 .frame = &frame,
                 .shape = &shape,
                 .voxels = voxels,
                 .size = {voxels->n[0] + 1, voxels->n[1] + 1, voxels->n[2] + 1},
                 .radius2 = (float)(shape.radius * shape.radius),
                 .along = (float)((double)shape.n_bins / (2 * shape.reach)),
                 .kind = p.voxel_map,
                 .pixels = ia_sdm_pixels_of(sdm),
                 .n_bins = ia_sdm_map_bins(&p, sdm),
                 .counts = counts};
        st = run(ctx, &j);
    }
    ia_sdm_frame_clear(&frame);
    return st;
}
