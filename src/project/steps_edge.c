// src/project/steps_edge.c: the step that finds the surface of the specimen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdlib.h>

// Positions of all ions side by side.
static ia_status gather(ia_ctx *ctx, const ia_ions *ions, float **out)
{
    ia_status st = ia_ions_need(ctx, ions, IA_XYZ);
    if (st != IA_OK)
        return st;
    if (!(*out = ia_array(ctx, ions->n, 3 * sizeof **out)))
        return IA_ERR_MEMORY;
    for (size_t begin = 0; begin < ions->n; begin += IA_COLUMN_BLOCK) {
        size_t left = ions->n - begin,
               n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        float *to = *out + 3 * begin;
        const float *rows = ia_column_rows(&ions->columns[IA_XYZ], begin, n, to);
        for (size_t i = 0; rows != to && i < 3 * n; i++)
            to[i] = rows[i];
    }
    return IA_OK;
}

static ia_status run_edge(ia_ctx *ctx, ia_state *state, const void *params,
                          ia_result *result)
{
    float *xyz = NULL;
    ia_status st = gather(ctx, &state->ions, &xyz);
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
