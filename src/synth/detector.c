// src/synth/detector.c: what a voltage-pulsed instrument would have measured of each ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <math.h>

// The imagined instrument: a straight flight path, m = 2 e (V_dc + V_pulse) (t - t0)^2 /
// L^2 with L^2 = path^2 + x^2 + y^2.
static const double box_path = 100; // mm
static const double t0 = 50;        // ns
static const double v_first = 3000,
                    v_last = 9000;         // V, standing voltage, first to last ion
static const double pulse_fraction = 0.2;  // pulse over standing voltage
static const double detector_radius = 38;  // mm, at the corners of the box
static const double detection_rate = 0.01; // events per pulse
static const double two_e_over_u = 1.9297066431e-4; // Da mm^2 V^-1 ns^-2, CODATA 2018

// Chance of an event of one, two, three and four ions.
static const double multiple[] = {0.85, 0.11, 0.03, 0.01};

typedef struct {
    const ia_simulate_params *params;
    size_t n;
    double path; // mm
    const float *xyz, *mass;
    float *tof, *v_dc, *v_pulse, *det_xy;
    uint32_t *pulses_since, *multiplicity;
} detecting;

// Of a box: an even ramp of voltage, and the box magnified onto the detector.
static void hit(const detecting *job, size_t i)
{
    const ia_simulate_params *p = job->params;
    double magnification = 2 * detector_radius / hypot(p->size_x, p->size_y); // mm per nm
    double along = job->n > 1 ? (double)i / (double)(job->n - 1) : 0;

    job->v_dc[i] = (float)(v_first + (v_last - v_first) * along);
    job->v_pulse[i] = (float)pulse_fraction * job->v_dc[i];
    for (size_t c = 0; c < 2; c++)
        job->det_xy[2 * i + c] = (float)(magnification * (double)job->xyz[3 * i + c]);
}

static void fly(const detecting *job, size_t i)
{
    if (job->params->specimen != IA_SPECIMEN_TIP)
        hit(job, i);
    double x = job->det_xy[2 * i], y = job->det_xy[2 * i + 1];
    double v = (double)job->v_dc[i] + (double)job->v_pulse[i];
    double l2 = job->path * job->path + x * x + y * y;
    job->tof[i] = (float)(t0 + sqrt((double)job->mass[i] * l2 / (two_e_over_u * v)));
}

static uint32_t draw_event_size(ia_random *random)
{
    double u = ia_random_uniform(random);
    uint32_t size = 1;

    while (size < sizeof multiple / sizeof multiple[0] && u >= multiple[size - 1])
        u -= multiple[size++ - 1];
    return size;
}

static void detect_block(void *user, size_t block, size_t worker)
{
    detecting *job = user;
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_PULSES, block);
    size_t begin, end;
    uint32_t left = 0; // ions still to come of the current event

    (void)worker;
    ia_block(job->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        fly(job, i);
        if (left == 0) {
            left = draw_event_size(&random);
            if (left > end - i)
                left = (uint32_t)(end - i);
            double waited = ia_random_exponential(&random) / -log1p(-detection_rate);
            job->multiplicity[i] = left;
            job->pulses_since[i] = 1 + (uint32_t)waited;
        }
        left--;
    }
}

ia_status ia_detector_fill(ia_ctx *ctx, const ia_simulate_params *params, ia_ions *ions)
{
    bool is_tip = params->specimen == IA_SPECIMEN_TIP;
    detecting job = {.params = params,
                     .n = ions->n,
                     .path = is_tip ? params->flight_path : box_path,
                     .xyz = ia_ions_values(ions, IA_XYZ),
                     .mass = ia_ions_values(ions, IA_MASS),
                     .tof = ia_ions_values(ions, IA_TOF),
                     .v_dc = ia_ions_values(ions, IA_V_DC),
                     .v_pulse = ia_ions_values(ions, IA_V_PULSE),
                     .det_xy = ia_ions_values(ions, IA_DET_XY),
                     .pulses_since = ia_ions_values(ions, IA_PULSES_SINCE),
                     .multiplicity = ia_ions_values(ions, IA_MULTIPLICITY)};

    return ia_for(ctx, "detector", ia_block_count(ions->n, IA_SYNTH_BLOCK), detect_block,
                  &job);
}
