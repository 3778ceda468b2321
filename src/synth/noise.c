// src/synth/noise.c: which atoms are recorded, where, and in which order.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ia_simulate_params *params;
    const ia_sites *sites;
    const ia_placed *placed;
    bool *kept;     // (sites) detected
    size_t *begin;  // (blocks + 1) first recorded ion of each block of sites
    size_t n_atoms; // recorded
    ia_recorded recorded;
} recording;

ia_status ia_recorded_new(ia_ctx *ctx, size_t n, ia_recorded *out)
{
    ia_recorded recorded = {.n = n};

    recorded.xyz = ia_array(ctx, n, 3 * sizeof *recorded.xyz);
    recorded.true_xyz = ia_array(ctx, n, 3 * sizeof *recorded.true_xyz);
    recorded.element = ia_array(ctx, n, sizeof *recorded.element);
    recorded.object = ia_array(ctx, n, sizeof *recorded.object);
    if (!recorded.xyz || !recorded.true_xyz || !recorded.element || !recorded.object) {
        ia_recorded_clear(&recorded);
        return IA_ERR_MEMORY;
    }
    *out = recorded;
    return IA_OK;
}

// Share of the efficiency at a place: a pole is poor, the ring around it rich.
static double richness(const ia_simulate_params *p, const float xyz[3])
{
    double width = p->size_x < p->size_y ? p->size_x : p->size_y;
    double r = hypot((double)xyz[0], (double)xyz[1]);
    return (1 - p->modulation * cos(4 * M_PI * r / width)) / (1 + p->modulation);
}

// Bernoulli thinning: each atom is detected with the efficiency, whatever its neighbours.
static void thin_block(void *user, size_t block, size_t worker)
{
    recording *job = user;
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_THINNING, block);
    size_t begin, end, n = 0;

    (void)worker;
    ia_block(job->sites->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double chance = job->params->efficiency;
        if (job->params->modulation > 0)
            chance *= richness(job->params, job->sites->xyz + 3 * i);
        job->kept[i] = ia_random_uniform(&random) < chance;
        n += job->kept[i];
    }
    job->begin[block + 1] = n;
}

static void displace_block(void *user, size_t block, size_t worker)
{
    recording *job = user;
    ia_recorded *out = &job->recorded;
    const double sigma[3] = {job->params->sigma_xy, job->params->sigma_xy,
                             job->params->sigma_z};
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_NOISE, block);
    size_t at = job->begin[block], begin, end;

    (void)worker;
    ia_block(job->sites->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        if (!job->kept[i])
            continue;
        for (size_t c = 0; c < 3; c++) {
            float place = job->sites->xyz[3 * i + c];
            out->true_xyz[3 * at + c] = place;
            out->xyz[3 * at + c] =
                (float)((double)place + sigma[c] * ia_random_normal(&random));
        }
        out->element[at] = job->placed->element[i];
        out->object[at] = job->placed->object[i];
        at++;
    }
}

// Molecular and background ions, uniform over the box.
static void scatter_block(void *user, size_t block, size_t worker)
{
    recording *job = user;
    ia_recorded *out = &job->recorded;
    const ia_simulate_params *p = job->params;
    const double size[3] = {p->size_x, p->size_y, p->size_z};
    const double low[3] = {-p->size_x / 2, -p->size_y / 2, 0};
    ia_random random = ia_draw_new(p->seed, IA_DRAW_EXTRAS, block);
    size_t begin, end;

    (void)worker;
    ia_block(out->n - job->n_atoms, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = job->n_atoms + begin; i < job->n_atoms + end; i++) {
        for (size_t c = 0; c < 3; c++) {
            out->xyz[3 * i + c] = (float)(low[c] + size[c] * ia_random_uniform(&random));
            out->true_xyz[3 * i + c] = out->xyz[3 * i + c];
        }
        out->element[i] = IA_MIX_EXTRA;
        out->object[i] = -1;
    }
}

static ia_status detect(ia_ctx *ctx, recording *job)
{
    size_t n_blocks = ia_block_count(job->sites->n, IA_SYNTH_BLOCK);
    ia_status st;

    job->kept = ia_array(ctx, job->sites->n, sizeof *job->kept);
    job->begin = ia_array(ctx, n_blocks + 1, sizeof *job->begin);
    if (!job->kept || !job->begin)
        return IA_ERR_MEMORY;
    if ((st = ia_for(ctx, "thinning", n_blocks, thin_block, job)) != IA_OK)
        return st;
    for (size_t b = 0; b < n_blocks; b++)
        job->begin[b + 1] += job->begin[b];
    job->n_atoms = job->begin[n_blocks];
    if (job->n_atoms == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "none of the %zu atoms in the box was detected; make it larger",
                       job->sites->n);
    return IA_OK;
}

typedef struct {
    ia_recorded from, to;
    const uint32_t *order;
} reordering;

static void reorder_block(void *user, size_t block, size_t worker)
{
    reordering *job = user;
    size_t begin, end;

    (void)worker;
    ia_block(job->to.n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        size_t from = job->order[i];
        memcpy(&job->to.xyz[3 * i], &job->from.xyz[3 * from], 3 * sizeof(float));
        memcpy(&job->to.true_xyz[3 * i], &job->from.true_xyz[3 * from],
               3 * sizeof(float));
        job->to.element[i] = job->from.element[from];
        job->to.object[i] = job->from.object[from];
    }
}

// Evaporation order: by recorded depth, at random within a layer.
static ia_status sort_by_depth(ia_ctx *ctx, uint64_t seed, ia_recorded *recorded)
{
    reordering job = {.from = *recorded};
    uint32_t *order = ia_array(ctx, recorded->n, sizeof *order);
    ia_status st = IA_ERR_MEMORY;

    if (!order ||
        (st = ia_depth_order(ctx, recorded->xyz, recorded->n, seed, order)) != IA_OK ||
        (st = ia_recorded_new(ctx, recorded->n, &job.to)) != IA_OK)
        goto done;
    job.order = order;
    st = ia_for(ctx, "evaporation order", ia_block_count(recorded->n, IA_SYNTH_BLOCK),
                reorder_block, &job);
    if (st != IA_OK)
        goto done;
    *recorded = job.to;
    job.to = job.from;
done:
    ia_recorded_clear(&job.to);
    free(order);
    return st;
}

ia_status ia_record(ia_ctx *ctx, const ia_simulate_params *params, const ia_sites *sites,
                    const ia_placed *placed, double extra_share, ia_recorded *out)
{
    recording job = {.params = params, .sites = sites, .placed = placed};
    ia_status st;

    if ((st = detect(ctx, &job)) != IA_OK)
        goto done;
    double extras = (double)job.n_atoms * extra_share / (1 - extra_share);
    size_t n_extras = (size_t)floor(extras + 0.5);
    if ((st = ia_recorded_new(ctx, job.n_atoms + n_extras, &job.recorded)) != IA_OK ||
        (st = ia_for(ctx, "noise", ia_block_count(sites->n, IA_SYNTH_BLOCK),
                     displace_block, &job)) != IA_OK ||
        (st = ia_for(ctx, "noise", ia_block_count(n_extras, IA_SYNTH_BLOCK),
                     scatter_block, &job)) != IA_OK ||
        (st = sort_by_depth(ctx, params->seed, &job.recorded)) != IA_OK)
        goto done;
    *out = job.recorded;
    job.recorded = (ia_recorded){0};
done:
    ia_recorded_clear(&job.recorded);
    free(job.begin);
    free(job.kept);
    return st;
}

void ia_recorded_clear(ia_recorded *recorded)
{
    free(recorded->object);
    free(recorded->element);
    free(recorded->true_xyz);
    free(recorded->xyz);
    *recorded = (ia_recorded){0};
}
