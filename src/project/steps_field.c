// src/project/steps_field.c: the steps that map composition in space.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

static ia_share_input input_of(const ia_state *state)
{
    return (ia_share_input){&state->ions, &state->ranges, &state->ranger,
                            &state->background};
}

static ia_status run_profile(ia_ctx *ctx, ia_state *state, const void *params,
                             ia_result *result)
{
    const ia_share_input input = input_of(state);
    ia_axis_profile_clear(&state->profile);
    ia_status st = ia_axis_profile_compute(ctx, &input, params, &state->profile);
    return st == IA_OK ? ia_axis_profile_tables(ctx, &state->profile, result) : st;
}

static ia_status run_field(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    const ia_share_input input = input_of(state);
    ia_volume_clear(&state->volume);
    ia_status st = ia_volume_compute(ctx, &input, params, &state->volume);
    return st == IA_OK ? ia_volume_tables(ctx, &state->volume, result) : st;
}

static ia_status run_isosurface(ia_ctx *ctx, ia_state *state, const void *params,
                                ia_result *result)
{
    const ia_share_input input = input_of(state);
    ia_surface_clear(&state->surface);
    ia_status st =
        ia_surface_compute(ctx, &input, &state->volume, params, &state->surface);
    return st == IA_OK ? ia_surface_tables(ctx, &state->surface, result) : st;
}

// Distances to the mesh of a file.
static ia_status run_mesh(ia_ctx *ctx, ia_state *state, const void *params)
{
    const ia_share_input input = input_of(state);
    ia_mesh mesh = {.n_vertices = 0};
    ia_status st = ia_mesh_parse(ctx, &state->mesh_file, &mesh);
    if (st == IA_OK)
        st = ia_mesh_proxigram_compute(ctx, &input, &mesh, params, &state->proxigram);
    ia_mesh_clear(&mesh);
    return st;
}

static ia_status run_proxigram(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    const ia_share_input input = input_of(state);
    ia_proxigram_clear(&state->proxigram);
    ia_status st = state->mesh_file.n > 0
                       ? run_mesh(ctx, state, params)
                       : ia_proxigram_compute(ctx, &input, &state->volume,
                                              &state->surface, params, &state->proxigram);
    return st == IA_OK ? ia_proxigram_tables(ctx, &state->proxigram, result) : st;
}

const ia_step_kind ia_step_proxigram = {&ia_proxigram_method, run_proxigram, NULL};
const ia_step_kind ia_step_isosurface = {&ia_surface_method, run_isosurface, NULL};
const ia_step_kind ia_step_field = {&ia_volume_method, run_field, NULL};
const ia_step_kind ia_step_profile = {&ia_axis_profile_method, run_profile, NULL};
