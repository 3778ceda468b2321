// src/project/steps_crystal.c: the steps that ask for lattice planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdlib.h>

static ia_status run_fourier(ia_ctx *ctx, ia_state *state, const void *params,
                             ia_result *result)
{
    float *xyz = NULL;
    ia_status st = ia_ions_positions(ctx, &state->ions, &xyz);
    ia_points points = {xyz, state->ions.n};
    ia_fourier_clear(&state->fourier);
    if (st == IA_OK)
        st = ia_fourier_compute(ctx, &points, params, &state->fourier);
    if (st == IA_OK)
        st = ia_fourier_tables(ctx, &state->fourier, result);
    free(xyz);
    return st;
}

const ia_step_kind ia_step_fourier = {&ia_fourier_method, run_fourier, NULL};

static ia_status run_planes(ia_ctx *ctx, ia_state *state, const void *params,
                            ia_result *result)
{
    float *xyz = NULL;
    ia_status st = ia_ions_positions(ctx, &state->ions, &xyz);
    ia_points points = {xyz, state->ions.n};
    ia_planes_clear(&state->planes);
    if (st == IA_OK)
        st = ia_planes_compute(ctx, &points, params, &state->planes);
    if (st == IA_OK)
        st = ia_planes_tables(ctx, &state->planes, result);
    free(xyz);
    return st;
}

const ia_step_kind ia_step_planes = {&ia_planes_method, run_planes, NULL};

static ia_status run_sdm(ia_ctx *ctx, ia_state *state, const void *params,
                         ia_result *result)
{
    ia_knn_input ions = {&state->ions, &state->ranges, &state->ranger,
                         &state->composition};
    ia_sdm_input input = {0};
    ia_status st = ia_sdm_input_build(ctx, &ions, params, &input);
    ia_sdm_clear(&state->sdm);
    if (st == IA_OK)
        st = ia_sdm_compute(ctx, &input, params, &state->sdm);
    if (st == IA_OK)
        st = ia_sdm_tables(ctx, &state->sdm, result);
    ia_sdm_input_clear(&input);
    return st;
}

const ia_step_kind ia_step_sdm = {&ia_sdm_method, run_sdm, NULL};
