// src/project/steps_ranges.c: the steps that judge and set the bounds of found ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <ionatlas/autorange.h>

#include <stdlib.h>

// The ranges that the identification came with give way to those by the rule asked for.
static ia_status run_autorange(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    ia_identification *found = &state->identification;
    ia_autorange_input input = {&state->spectrum, &found->background, &found->peaks,
                                &found->assignment, &state->ions};
    ia_rule_comparison rules = {.by_rule = {{0}}};
    ia_autoranges ranges = {.evidence = NULL};
    ia_status st;
    if ((st = ia_autorange_compute(ctx, &input, params, &ranges)) != IA_OK)
        return st;
    ia_ranges_clear(&found->ranges);
    free(found->evidence);
    found->ranges = ranges.ranges;
    found->evidence = ranges.evidence;
    if ((st = ia_rules_compute(ctx, &input, params, &rules)) == IA_OK)
        st = ia_rules_tables(ctx, &rules, result);
    ia_rule_comparison_clear(&rules);
    return st;
}

const ia_step_kind ia_step_autorange = {&ia_autorange_method, run_autorange, NULL};
