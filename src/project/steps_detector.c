// src/project/steps_detector.c: the step that looks at what the detector recorded.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

static ia_status run_detector(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    ia_detector_clear(&state->detector);
    ia_status st = ia_detector_compute(ctx, &state->ions, params, &state->detector);
    return st == IA_OK ? ia_detector_tables(ctx, &state->detector, result) : st;
}

const ia_step_kind ia_step_detector = {&ia_detector_method, run_detector, NULL};
