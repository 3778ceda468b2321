// src/synth/tip_amorphous.c: a tip without a crystal: atoms at random, each of which
// leaves when the smooth surface passes it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <ionatlas/parallel.h>

#include <math.h>

typedef struct {
    const ia_simulate_params *params;
    const ia_tip_shape *shape;
    ia_tip_flight *out;
} amorphous;

// Per unit of the centre's depth the cap of radius r sweeps 2 pi r^2 (c - sine) dc at the
// cosine c of the cap angle. Depth of the centre below its start when a share of all that
// is swept is gone:
static double depth_of(const ia_tip_shape *shape, double share)
{
    double s = shape->sine, most = shape->depth / (1 - s);
    double first = shape->radius, last = ia_tip_radius(shape, shape->depth);

    if (last - first < 1e-6 * first)
        return share * most;
    double cube = first * first * first;
    return (cbrt(cube + share * (last * last * last - cube)) - first) / s;
}

// The share of the cap within the cosine c, inverted.
static double cosine_of(const ia_tip_shape *shape, double share)
{
    double s = shape->sine, inside = shape->cosine - s;

    return s + sqrt((1 - s) * (1 - s) - share * ((1 - s) * (1 - s) - inside * inside));
}

static void place_block(void *user, size_t block, size_t worker)
{
    const amorphous *job = user;
    const ia_tip_shape *shape = job->shape;
    ia_tip_flight *out = job->out;
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_SITES, block);
    size_t begin, end, n = out->sites.n;

    (void)worker;
    ia_block(n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double gone = ((double)i + ia_random_uniform(&random)) / (double)n;
        double u = depth_of(shape, gone), r = shape->radius + shape->sine * u;
        double c = cosine_of(shape, ia_random_uniform(&random));
        double turn = 2 * acos(-1.0) * ia_random_uniform(&random);
        double across = sqrt(fmax(0, 1 - c * c));
        double direction[3] = {across * cos(turn), across * sin(turn), c};
        double place[3] = {r * direction[0], r * direction[1],
                           shape->radius + u - r * direction[2]};
        for (size_t k = 0; k < 3; k++) {
            out->sites.xyz[3 * i + k] = (float)place[k];
            out->direction[3 * i + k] = (float)direction[k];
        }
        out->apex[i] = (float)(u * (1 - shape->sine));
    }
}

size_t ia_tip_amorphous_count(const ia_simulate_params *params, const ia_tip_shape *shape)
{
    double s = shape->sine, c = shape->cosine;
    double first = shape->radius, last = ia_tip_radius(shape, shape->depth);
    double squares = (first * first + first * last + last * last) / 3;
    double volume =
        acos(-1.0) * ((1 - c * c) - 2 * s * (1 - c)) * squares * shape->depth / (1 - s);

    return (size_t)floor(params->density * volume + 0.5);
}

ia_status ia_tip_amorphous_fill(ia_ctx *ctx, const ia_simulate_params *params,
                                const ia_tip_shape *shape, ia_tip_flight *out)
{
    amorphous job = {params, shape, out};

    return ia_for(ctx, "evaporation", ia_block_count(out->sites.n, IA_SYNTH_BLOCK),
                  place_block, &job);
}
