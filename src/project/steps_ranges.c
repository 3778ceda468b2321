// src/project/steps_ranges.c: the steps that judge and set the bounds of found ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdlib.h>
#include <string.h>

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
    state->autorange_params = *(const ia_autorange_params *)params;
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

// The files of other people, each as it stands, whatever ranges are in use.
static ia_status read_people(ia_ctx *ctx, const ia_state *state, ia_ranges *people,
                             const char **names)
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < state->n_people && st == IA_OK; i++) {
        const char *path = state->people[i].path ? state->people[i].path : "";
        const char *slash = strrchr(path, '/');
        names[i] = slash ? slash + 1 : path;
        st = ia_ranges_parse_source(ctx, &state->people[i], &people[i]);
    }
    return st;
}

// Departs from the settings that the ions were identified with, where they were.
static ia_status run_agreement(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    ia_ranges people[IA_PEOPLE_MAX] = {{0}};
    const char *names[IA_PEOPLE_MAX];
    ia_agreement agreement = {.n_draws = 0};
    bool told = state->identification.notes != NULL;
    ia_agreement_input input = {
        .spectrum = &state->spectrum,
        .ions = &state->ions,
        .identify = told ? &state->identify_params : NULL,
        .peaks = told ? &state->peaks_params : NULL,
        .autorange =
            state->autorange_params.range_width > 0 ? &state->autorange_params : NULL,
        .people = people,
        .n_people = state->n_people,
    };
    ia_status st = read_people(ctx, state, people, names);
    if (st == IA_OK)
        st = ia_agreement_compute(ctx, &input, params, &agreement);
    if (st == IA_OK)
        st = ia_agreement_tables(ctx, &agreement, names, result);
    ia_agreement_clear(&agreement);
    for (size_t i = 0; i < state->n_people; i++)
        ia_ranges_clear(&people[i]);
    return st;
}

const ia_step_kind ia_step_agreement = {&ia_agreement_method, run_agreement, NULL};
