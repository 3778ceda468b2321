// src/spectrum/flight.c: m/n from times of flight, straight paths.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/flight.h>

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_flight_params, flight_path, "mm", 0, 0, 1e4,
             "specimen to detector, for files without m/n; 0: not known"),
    IA_FIELD(IA_F64, ia_flight_params, t0, "ns", 0, -1e5, 1e5,
             "time of flight at which an ion starts"),
    IA_FIELD(IA_F64, ia_flight_params, alpha, "", 1.015, 0.5, 2,
             "voltage pulsing: energy over that of the summed voltage"),
    IA_FIELD(IA_F64, ia_flight_params, beta, "", 0.7, 0, 2,
             "voltage pulsing: share of the pulse that the ion feels"),
};
const ia_method ia_flight_method =
    IA_METHOD("flight", "m/n from times of flight", ia_flight_params, fields);

ia_flight_params ia_flight_defaults(void)
{
    ia_flight_params params;
    ia_method_defaults(&ia_flight_method, &params);
    return params;
}

// 2 e / u in Da mm^2 V^-1 ns^-2 (CODATA 2018: e = 1.602176634e-19 C, u
// = 1.66053906660e-27 kg).
static const double two_e_over_u = 2 * 1.602176634e-19 / 1.66053906660e-27 * 1e-12;

typedef struct {
    const ia_ions *ions;
    ia_flight_params params;
    float *mass;
} flight;

static const float *rows_of(const ia_ions *ions, ia_column_id id, size_t begin, size_t n,
                            float *buffer)
{
    return ia_ions_has(ions, id) ? ia_column_rows(&ions->columns[id], begin, n, buffer)
                                 : NULL;
}

static double voltage_of(const ia_flight_params *p, float v_dc, float v_pulse)
{
    double v = v_dc;
    return v_pulse > 0 ? p->alpha * (v + p->beta * (double)v_pulse) : v;
}

static void compute_block(void *user, size_t block, size_t worker)
{
    const flight *f = user;
    const ia_flight_params *p = &f->params;
    float tofs[IA_COLUMN_BLOCK], dcs[IA_COLUMN_BLOCK], pulses[IA_COLUMN_BLOCK];
    float hits[2 * IA_COLUMN_BLOCK];
    size_t begin, end;
    (void)worker;
    ia_block(f->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    size_t n = end - begin;
    const float *tof = rows_of(f->ions, IA_TOF, begin, n, tofs);
    const float *dc = rows_of(f->ions, IA_V_DC, begin, n, dcs);
    const float *pulse = rows_of(f->ions, IA_V_PULSE, begin, n, pulses);
    const float *xy = rows_of(f->ions, IA_DET_XY, begin, n, hits);
    for (size_t i = 0; i < n; i++) {
        double t = (double)tof[i] - p->t0, v = voltage_of(p, dc[i], pulse ? pulse[i] : 0);
        double x = xy ? xy[2 * i] : 0, y = xy ? xy[2 * i + 1] : 0;
        double l2 = p->flight_path * p->flight_path + x * x + y * y;
        double m = t > 0 && v > 0 ? two_e_over_u * v * t * t / l2 : 0;
        f->mass[begin + i] = isfinite(m) ? (float)m : 0;
    }
}

ia_status ia_flight_mass(ia_ctx *ctx, const ia_ions *ions, const ia_flight_params *params,
                         float *mass)
{
    flight f = {ions, params ? *params : ia_flight_defaults(), mass};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_flight_method, &f.params)) != IA_OK ||
        (st = ia_ions_need(ctx, ions, IA_TOF)) != IA_OK ||
        (st = ia_ions_need(ctx, ions, IA_V_DC)) != IA_OK)
        return st;
    if (f.params.flight_path == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "m/n from times of flight needs --flight-path");
    return ia_for(ctx, "m/n", ia_block_count(ions->n, IA_COLUMN_BLOCK), compute_block,
                  &f);
}
