// src/synth/tip_record.c: from atoms that leave a tip to hits on a detector and voltages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <ionatlas/parallel.h>
#include <ionatlas/projection.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pulse_fraction = 0.2; // pulse over standing voltage

typedef struct {
    const ia_simulate_params *params;
    const ia_tip_shape *shape;
    const ia_tip_flight *flight;
    const ia_placed *placed;
    float *xyz;    // (atoms, 3) with noise, nm
    float *hit;    // (atoms, 2) mm; NAN for those that are not recorded
    size_t *n_hit; // (blocks)
    ia_recorded recorded;
    ia_tip_hits hits;
} recording;

// One atom: noise of its place moves its hit along.
static bool fly(recording *job, size_t i, ia_random *random)
{
    const ia_simulate_params *p = job->params;
    const float *from = &job->flight->direction[3 * i];
    double r = ia_tip_radius(job->shape, (double)job->flight->apex[i]);
    double noise[3] = {p->sigma_xy * ia_random_normal(random),
                       p->sigma_xy * ia_random_normal(random),
                       p->sigma_z * ia_random_normal(random)};
    double direction[3] = {from[0] + noise[0] / r, from[1] + noise[1] / r, from[2]};
    double hit[2];
    const ia_projection projection =
        ia_tip_projection(p, (double)job->flight->apex[i] / job->shape->depth);
    bool seen =
        ia_random_uniform(random) < p->efficiency &&
        ia_projection_hit(&projection, direction, hit) &&
        hit[0] * hit[0] + hit[1] * hit[1] <= p->detector_radius * p->detector_radius;

    for (size_t c = 0; c < 3; c++)
        job->xyz[3 * i + c] =
            (float)((double)job->flight->sites.xyz[3 * i + c] + noise[c]);
    for (size_t c = 0; c < 2; c++)
        job->hit[2 * i + c] = seen ? (float)hit[c] : NAN;
    return seen;
}

static void fly_block(void *user, size_t block, size_t worker)
{
    recording *job = user;
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_THINNING, block);
    size_t begin, end;

    (void)worker;
    ia_block(job->flight->sites.n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        job->n_hit[block] += fly(job, i, &random);
}

static ia_status fly_all(ia_ctx *ctx, recording *job, size_t *n)
{
    size_t atoms = job->flight->sites.n;
    size_t n_blocks = ia_block_count(atoms, IA_SYNTH_BLOCK);
    ia_status st;

    job->xyz = ia_array(ctx, atoms, 3 * sizeof *job->xyz);
    job->hit = ia_array(ctx, atoms, 2 * sizeof *job->hit);
    job->n_hit = ia_array(ctx, n_blocks, sizeof *job->n_hit);
    if (!job->xyz || !job->hit || !job->n_hit)
        return IA_ERR_MEMORY;
    if ((st = ia_for(ctx, "flight", n_blocks, fly_block, job)) != IA_OK)
        return st;
    *n = 0;
    for (size_t b = 0; b < n_blocks; b++)
        *n += job->n_hit[b];
    return IA_OK;
}

static void keep_atom(recording *job, size_t from, size_t to)
{
    memcpy(&job->recorded.xyz[3 * to], &job->xyz[3 * from], 3 * sizeof(float));
    memcpy(&job->recorded.true_xyz[3 * to], &job->flight->sites.xyz[3 * from],
           3 * sizeof(float));
    memcpy(&job->hits.hit[2 * to], &job->hit[2 * from], 2 * sizeof(float));
    job->recorded.element[to] = job->placed->element[from];
    job->recorded.object[to] = job->placed->object[from];
    job->hits.grain[to] = job->flight->grain[from];
    job->hits.apex[to] = job->flight->apex[from];
}

// A molecular or background ion: anywhere on the detector, so from anywhere on the cap.
static void add_extra(recording *job, double apex, size_t to, ia_random *random)
{
    const double turn = 2 * acos(-1.0);
    double r = job->params->detector_radius * sqrt(ia_random_uniform(random));
    double phi = turn * ia_random_uniform(random);
    double hit[2] = {r * cos(phi), r * sin(phi)}, direction[3];
    double radius = ia_tip_radius(job->shape, apex);
    const ia_projection projection =
        ia_tip_projection(job->params, apex / job->shape->depth);

    ia_projection_direction(&projection, hit, direction);
    double place[3] = {radius * direction[0], radius * direction[1],
                       apex + radius * (1 - direction[2])};
    for (size_t c = 0; c < 3; c++)
        job->recorded.xyz[3 * to + c] = job->recorded.true_xyz[3 * to + c] =
            (float)place[c];
    for (size_t c = 0; c < 2; c++)
        job->hits.hit[2 * to + c] = (float)hit[c];
    job->recorded.element[to] = IA_MIX_EXTRA;
    job->recorded.object[to] = -1;
    job->hits.grain[to] = -1;
    job->hits.apex[to] = (float)apex;
}

// All in the order in which they came, those that are no atoms of the crystal anywhere
// among them.
static void merge(recording *job, size_t n_extras)
{
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_EXTRAS, 0);
    double apex = 0;

    for (size_t to = 0, from = 0; to < job->recorded.n; to++) {
        if (ia_random_below(&random, job->recorded.n - to) < n_extras) {
            add_extra(job, apex, to, &random);
            n_extras--;
            continue;
        }
        while (isnan(job->hit[2 * from]))
            from++;
        keep_atom(job, from, to);
        apex = (double)job->flight->apex[from++];
    }
}

static ia_status record(ia_ctx *ctx, recording *job, double extra_share)
{
    ia_status st;
    size_t n_atoms;

    if ((st = fly_all(ctx, job, &n_atoms)) != IA_OK)
        return st;
    if (n_atoms == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "none of the %zu atoms that left the tip was detected; make "
                       "size_z larger",
                       job->flight->sites.n);
    size_t n_extras =
        (size_t)floor((double)n_atoms * extra_share / (1 - extra_share) + 0.5);
    size_t n = n_atoms + n_extras;
    if ((st = ia_recorded_new(ctx, n, &job->recorded)) != IA_OK)
        return st;
    job->hits.hit = ia_array(ctx, n, 2 * sizeof(float));
    job->hits.apex = ia_array(ctx, n, sizeof(float));
    job->hits.grain = ia_array(ctx, n, sizeof(int32_t));
    if (!job->hits.hit || !job->hits.apex || !job->hits.grain)
        return IA_ERR_MEMORY;
    merge(job, n_extras);
    return IA_OK;
}

ia_status ia_tip_record(ia_ctx *ctx, const ia_simulate_params *params, const ia_mix *mix,
                        double extra_share, ia_tip_hits *hits, ia_recorded *out)
{
    const ia_simulate_params *p = params;
    ia_tip_shape shape = ia_tip_shape_of(p);
    ia_tip_flight flight = {0};
    ia_placed placed = {0};
    recording job = {.params = p, .shape = &shape, .flight = &flight, .placed = &placed};
    ia_status st;

    if ((st = ia_tip_evaporate(ctx, p, &shape, &flight)) != IA_OK ||
        (st = ia_place(ctx, p, mix, &flight.sites, &placed)) != IA_OK ||
        (st = record(ctx, &job, extra_share)) != IA_OK)
        goto done;
    *out = job.recorded;
    *hits = job.hits;
    hits->objects = placed.objects;
    hits->n_objects = placed.n_objects;
    placed.objects = NULL;
    job.recorded = (ia_recorded){0};
    job.hits = (ia_tip_hits){0};
done:
    ia_tip_hits_clear(&job.hits);
    ia_recorded_clear(&job.recorded);
    free(job.n_hit);
    free(job.hit);
    free(job.xyz);
    ia_placed_clear(&placed);
    ia_tip_flight_clear(&flight);
    return st;
}

void ia_tip_hits_fill(const ia_simulate_params *params, const ia_tip_hits *hits,
                      ia_ions *ions)
{
    ia_tip_shape shape = ia_tip_shape_of(params);
    float *v_dc = ia_ions_values(ions, IA_V_DC);
    float *v_pulse = ia_ions_values(ions, IA_V_PULSE);

    memcpy(ia_ions_values(ions, IA_DET_XY), hits->hit, ions->n * 2 * sizeof(float));
    for (size_t i = 0; i < ions->n; i++) {
        double apex = (double)hits->apex[i];
        double kf = params->kf * (1 + params->kf_drift * (apex / shape.depth - 0.5));
        double v = kf * params->evaporation_field * ia_tip_radius(&shape, apex);
        v_dc[i] = (float)(v / (1 + pulse_fraction));
        v_pulse[i] = (float)(v - (double)v_dc[i]);
    }
}

void ia_tip_hits_clear(ia_tip_hits *hits)
{
    free(hits->objects);
    free(hits->grain);
    free(hits->apex);
    free(hits->hit);
    *hits = (ia_tip_hits){0};
}
