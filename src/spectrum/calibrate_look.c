// src/spectrum/calibrate_look.c: does the mass scale of a file drift over the run?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>

enum { LOOKED_AT = 20000 }; // ions: a fifth of a second

// Root of the mean square of the shifts beyond their own errors.
static double rms_of(const cal_drift *drift)
{
    double sum = 0;
    for (size_t i = 0; i < drift->n; i++)
        sum += drift->shift[i] * drift->shift[i] - drift->sigma[i] * drift->sigma[i];
    return drift->n ? sqrt(fmax(0, sum / (double)drift->n)) : 0;
}

// Ions in the order of their m/n are not in that of evaporation.
static bool is_sorted(const cal_sample *sample)
{
    const double most = 0.9;
    size_t rising = 0;
    for (size_t i = 1; i < sample->n; i++)
        rising += sample->t[i] >= sample->t[i - 1];
    return sample->n < 2 || (double)rising > most * (double)(sample->n - 1);
}

ia_status ia_scale_drift_look(ia_ctx *ctx, const ia_ions *ions,
                              const ia_peak_widths *widths, ia_scale_drift *out)
{
    const double at = 28, gauss = 1.349; // Da; half-content width over sigma
    const double noticed = 0.4;          // of that sigma: it widens peaks by 8 %
    const double apart = 1;              // of that width
    ia_calibrate_params params = ia_calibrate_defaults();
    cal_sample sample = {0};
    cal_drift drift = {0};
    cal_model model;
    ia_status st = IA_OK;

    *out = (ia_scale_drift){.rms = 0};
    if (!ia_ions_has(ions, IA_MASS) || !(widths->width > 0) || ions->n == 0)
        return IA_OK;
    double sigma = ia_peak_width(widths, at) / (gauss * at);
    const cal_drift_rules rules = {params.drift, sigma};
    params.n_fit = LOOKED_AT;
    if ((st = cal_sample_take(ctx, ions, &params, false, &sample)) != IA_OK)
        return st;
    cal_model_begin(&sample, false, &model);
    if (!is_sorted(&sample) &&
        (st = cal_drift_find(ctx, &sample, &model, &rules, &drift)) == IA_OK) {
        out->rms = rms_of(&drift);
        out->widths = out->rms / (gauss * sigma);
        out->matters = out->rms > noticed * sigma;
        out->spoils = out->widths > apart;
    }
    cal_drift_clear(&drift);
    cal_sample_clear(&sample);
    return st;
}
