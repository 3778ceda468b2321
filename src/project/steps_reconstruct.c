// src/project/steps_reconstruct.c: the step that gives ions their positions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdlib.h>
#include <string.h>

// Positions of an earlier reconstruction are computed by it: they are kept before it
// goes.
static ia_status keep_computed(ia_ctx *ctx, ia_state *state)
{
    ia_column *old = &state->ions.columns[IA_XYZ];
    float *xyz = ia_array(ctx, old->n, 3 * sizeof *xyz);
    float *room = ia_array(ctx, IA_COLUMN_BLOCK, 3 * sizeof *room);

    for (size_t at = 0; xyz && room && at < old->n; at += IA_COLUMN_BLOCK) {
        size_t n = old->n - at < IA_COLUMN_BLOCK ? old->n - at : IA_COLUMN_BLOCK;
        memcpy(xyz + 3 * at, ia_column_rows(old, at, n, room), n * 3 * sizeof *xyz);
    }
    bool ready = xyz && room;
    free(room);
    if (!ready) {
        free(xyz);
        return IA_ERR_MEMORY;
    }
    *old = ia_column_of(IA_F32, 3, old->n, xyz);
    free(state->xyz);
    state->xyz = xyz;
    return IA_OK;
}

static ia_status run_reconstruct(ia_ctx *ctx, ia_state *state, const void *params,
                                 ia_result *result)
{
    ia_reconstruction reconstruction = {0};
    ia_status st = ia_reconstruct_compute(ctx, &state->ions, params, &reconstruction);

    if (st == IA_OK && state->reconstruction.n_caps > 0)
        st = keep_computed(ctx, state);
    if (st == IA_OK)
        st = ia_reconstruction_tables(ctx, &reconstruction, result);
    if (st != IA_OK) {
        ia_reconstruction_clear(&reconstruction);
        return st;
    }
    ia_reconstruction_clear(&state->reconstruction);
    state->reconstruction = reconstruction;
    state->xyz_before = state->ions.columns[IA_XYZ];
    state->ions.columns[IA_XYZ] = ia_reconstruction_xyz(&state->reconstruction);
    state->is_place_told = false;
    return ia_ions_survey(ctx, &state->ions, &state->survey);
}

// Kept for the record: without them the steps before could not be repeated.
static ia_column places_before(const ia_state *state, const char **name)
{
    *name = "xyz_before";
    return state->xyz_before;
}

const ia_step_kind ia_step_reconstruct = {&ia_reconstruct_method, run_reconstruct,
                                          places_before};
