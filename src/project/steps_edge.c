// src/project/steps_edge.c: the step that finds the surface of the specimen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdlib.h>

static ia_status run_edge(ia_ctx *ctx, ia_state *state, const void *params,
                          ia_result *result)
{
    float *xyz = NULL;
    ia_status st = ia_ions_positions(ctx, &state->ions, &xyz);
    ia_points points = {xyz, state->ions.n};
    ia_edge_clear(&state->edge);
    if (st == IA_OK)
        st = ia_edge_compute(ctx, &points, params, &state->edge);
    if (st == IA_OK)
        st = ia_edge_tables(ctx, &state->edge, result);
    free(xyz);
    return st;
}

static ia_column depths(const ia_state *state, const char **name)
{
    *name = "depth";
    return ia_column_of(IA_F32, 1, state->edge.n, state->edge.distance);
}

const ia_step_kind ia_step_edge = {&ia_edge_method, run_edge, depths};
