// src/spectrum/calibrate_apply.c: m/n of every ion by a calibration.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_result.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double cal_mass(const struct ia_calibration_model *m, const cal_ion *ion)
{
    double reduced = cal_reduced_time(&m->model, ion);
    double root = reduced > 0 ? m->a * m->root * reduced + m->b : 0;
    double mass = root > 0 ? root * root : 0;
    return isfinite(mass) ? mass : 0;
}

typedef struct {
    const ia_calibration *calibration;
    const ia_ions *ions;
    float *mass;
} applying;

static const float *rows_of(const ia_ions *ions, ia_column_id id, size_t begin, size_t n,
                            float *buffer)
{
    return ia_ions_has(ions, id) ? ia_column_rows(&ions->columns[id], begin, n, buffer)
                                 : NULL;
}

static void apply_block(void *user, size_t block, size_t worker)
{
    const applying *job = user;
    const ia_ions *ions = job->ions;
    bool times = job->calibration->from_times;
    float ts[IA_COLUMN_BLOCK], vs[IA_COLUMN_BLOCK], ps[IA_COLUMN_BLOCK];
    float hits[2 * IA_COLUMN_BLOCK];
    size_t begin, end;
    (void)worker;
    ia_block(ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    size_t n = end - begin;
    const float *t = rows_of(ions, times ? IA_TOF : IA_MASS, begin, n, ts);
    const float *v = rows_of(ions, IA_V_DC, begin, n, vs);
    const float *p = rows_of(ions, IA_V_PULSE, begin, n, ps);
    const float *xy = rows_of(ions, IA_DET_XY, begin, n, hits);
    if (job->calibration->model->nothing) {
        memcpy(job->mass + begin, t, n * sizeof *t);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double time = times ? t[i] : sqrt(fmax(0, (double)t[i]));
        cal_ion ion = {time,
                       v ? v[i] : 1,
                       p ? p[i] : 0,
                       xy ? xy[2 * i] : 0,
                       xy ? xy[2 * i + 1] : 0,
                       ((double)(begin + i) + 0.5) / (double)ions->n};
        job->mass[begin + i] = (float)cal_mass(job->calibration->model, &ion);
    }
}

// No ion is so heavy: such times are of another unit, or of hits that belong to no pulse.
static void tell_beyond(ia_ctx *ctx, const float *mass, size_t n)
{
    const float heaviest = 1000; // Da
    const double noticed = 0.01; // of all ions
    size_t beyond = 0;
    for (size_t i = 0; i < n; i++)
        beyond += mass[i] > heaviest;
    if ((double)beyond > noticed * (double)n)
        ia_warn(ctx,
                "%zu of %zu ions lie above %g Da by the scale found: are their times of "
                "flight in the unit of the others?",
                beyond, n, (double)heaviest);
}

ia_status ia_calibration_mass(ia_ctx *ctx, const ia_calibration *calibration,
                              const ia_ions *ions, float *mass)
{
    applying job = {calibration, ions, mass};
    ia_status st;
    if (calibration->verdict != IA_CALIBRATED)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%s", calibration->reason);
    if ((st = ia_ions_need(ctx, ions, calibration->from_times ? IA_TOF : IA_MASS)) !=
            IA_OK ||
        (calibration->from_times && (st = ia_ions_need(ctx, ions, IA_V_DC)) != IA_OK))
        return st;
    st = ia_for(ctx, "m/n", ia_block_count(ions->n, IA_COLUMN_BLOCK), apply_block, &job);
    if (st == IA_OK && calibration->from_times)
        tell_beyond(ctx, mass, ions->n);
    return st;
}

const ia_calibrated_peak *ia_calibration_largest(const ia_calibration *c)
{
    const ia_calibrated_peak *most = NULL;
    for (size_t i = 0; i < c->n_peaks; i++)
        if (!most || c->peaks[i].counts > most->counts)
            most = &c->peaks[i];
    return most;
}

void ia_calibration_clear(ia_calibration *c)
{
    if (c->model)
        free(c->model->model.drift);
    free(c->model);
    free(c->coefficients);
    free(c->sigma_coefficients);
    free(c->voltage.at);
    free(c->voltage.factor);
    free(c->voltage.sigma);
    free(c->drift.at);
    free(c->drift.factor);
    free(c->drift.sigma);
    free(c->bowl.psi);
    free(c->peaks);
    ia_spectrum_clear(&c->before);
    ia_spectrum_clear(&c->after);
    *c = (ia_calibration){0};
}
