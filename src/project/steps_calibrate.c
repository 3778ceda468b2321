// src/project/steps_calibrate.c: the step that finds m/n in raw data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <ionatlas/random.h>

#include <stdlib.h>
#include <string.h>

// Kept for the record: without it the calibration could not be repeated.
static ia_status keep_before(ia_ctx *ctx, ia_state *state)
{
    const ia_ions *ions = &state->ions;
    float room[IA_COLUMN_BLOCK];
    free(state->mass_before);
    state->mass_before = NULL;
    if (!ia_ions_has(ions, IA_MASS))
        return IA_OK;
    if (!(state->mass_before = ia_array(ctx, ions->n, sizeof *state->mass_before)))
        return IA_ERR_MEMORY;
    for (size_t at = 0; at < ions->n; at += IA_COLUMN_BLOCK) {
        size_t n = ions->n - at < IA_COLUMN_BLOCK ? ions->n - at : IA_COLUMN_BLOCK;
        memcpy(state->mass_before + at,
               ia_column_rows(&ions->columns[IA_MASS], at, n, room), n * sizeof room[0]);
    }
    return IA_OK;
}

static ia_column masses_before(const ia_state *state, const char **name)
{
    *name = "mass_before";
    return state->mass_before ? ia_column_of(IA_F32, 1, state->ions.n, state->mass_before)
                              : (ia_column){0};
}

// Rounded m/n, and those of bins, lie on a grid that is no longer one of round numbers:
// they are spread evenly over their steps.
static void spread(ia_ions *ions, float *mass)
{
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; ions->mass_bin > 0 && i < ions->n; i++)
        if (mass[i] > 0)
            mass[i] += (float)(ions->mass_bin * (ia_random_uniform(&random) - 0.5));
    ions->mass_bin = ions->mass_edge = 0;
}

static ia_status apply(ia_ctx *ctx, ia_state *state)
{
    ia_ions *ions = &state->ions;
    float *mass = ia_array(ctx, ions->n, sizeof *mass);
    ia_status st = mass ? keep_before(ctx, state) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_calibration_mass(ctx, &state->calibration, ions, mass);
    if (st != IA_OK) {
        free(mass);
        return st;
    }
    spread(ions, mass);
    ions->columns[IA_MASS] = ia_column_of(IA_F32, 1, ions->n, mass);
    free(state->mass);
    state->mass = mass;
    return ia_ions_survey(ctx, ions, &state->survey);
}

// What cannot be calibrated keeps the m/n it had, or none: a warning says why.
static ia_status run_calibrate(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    ia_calibration_clear(&state->calibration);
    ia_status st = ia_calibrate_compute(ctx, &state->ions, params, &state->calibration);
    if (st == IA_OK)
        st = ia_calibration_tables(ctx, &state->calibration, result);
    if (st != IA_OK)
        return st;
    if (state->calibration.verdict == IA_CALIBRATED)
        return apply(ctx, state);
    ia_warn(ctx, "%s", state->calibration.reason);
    return IA_OK;
}

ia_status ia_look_for_scale_drift(ia_ctx *ctx, ia_state *state)
{
    ia_scale_drift *drift = &state->scale_drift;
    *drift = (ia_scale_drift){.rms = 0};
    if (state->calibration.model)
        return IA_OK;
    ia_status st = ia_scale_drift_look(ctx, &state->ions, &state->peaks.widths, drift);
    if (st == IA_OK && drift->matters)
        ia_warn(ctx,
                "the mass scale drifts over the run by %.2g %% (root mean square), %.1f "
                "widths of a peak, as of an insulator that charges up: --calibrate takes "
                "that off",
                100 * drift->rms, drift->widths);
    return st;
}

const ia_step_kind ia_step_calibrate = {&ia_calibrate_method, run_calibrate,
                                        masses_before};
