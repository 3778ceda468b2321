// src/project/tell_missing.c: says that counts speak for an element that no ion told
// holds, where it matters.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

// Far beyond what a hundred elements in a thousand spectra show by chance; and an amount
// that a composition would miss.
static const double CHANCE_MOST = 1e-9, MATTERS = 5000; // ppm

void ia_tell_missing(ia_ctx *ctx, const ia_state *state)
{
    const ia_limits *limits = &state->limits;
    const bool *left_out = state->identification.assignment.left_out;
    const ia_limit *most = NULL;

    for (size_t i = 0; i < limits->n; i++) {
        const ia_limit *l = &limits->list[i];
        if (l->verdict == IA_LIMIT_ABOVE && l->chance < CHANCE_MOST &&
            l->upper > MATTERS && !left_out[l->z] && (!most || l->chance < most->chance))
            most = l;
    }
    if (!most)
        return;
    ia_warn(ctx,
            "no ion told holds %s, but %.4g ions lie where it would show and %.3g are "
            "expected without it (chance %.1g): up to %.2g at.%%; see --limits and "
            "ionatlas label",
            most->name, most->counts, most->expected, most->chance, 1e-4 * most->upper);
}
