// src/project/steps_label.c: the step that asks what could be at an m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

// After "identify", whose mass scale and account of the peaks it uses.
static ia_status run_label(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    const ia_identification *id = &state->identification;
    const ia_label_evidence evidence = {&state->spectrum, &id->background, &id->peaks,
                                        &id->assignment, &state->identify_params};
    ia_labels labels = {0};
    ia_status st = ia_labels_compute(ctx, params, &evidence, &labels);

    if (st == IA_OK)
        st = ia_label_tables(ctx, &labels, result);
    ia_labels_clear(&labels);
    return st;
}

const ia_step_kind ia_step_label = {&ia_label_method, run_label, NULL};
