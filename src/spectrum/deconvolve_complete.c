// src/spectrum/deconvolve_complete.c: ions that the spectrum needs and the list lacks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <stdlib.h>

ia_status ia_completed_new(ia_ctx *ctx, const ia_deconvolve_input *input,
                           ia_completed *out)
{
    size_t n = input->n_ions, all = n + input->n_rivals;

    out->input = *input;
    out->ions = ia_array(ctx, all, sizeof *out->ions);
    out->probability = ia_array(ctx, all, sizeof *out->probability);
    out->rivals = ia_array(ctx, input->n_rivals, sizeof *out->rivals);
    if (!out->ions || !out->probability || !out->rivals)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++) {
        out->ions[k] = input->ions[k];
        out->probability[k] = input->probability ? input->probability[k] : 1;
    }
    for (size_t r = 0; r < input->n_rivals; r++)
        out->rivals[r] = input->rivals[r];
    out->input.ions = out->ions;
    out->input.probability = out->probability;
    out->input.rivals = out->rivals;
    return IA_OK;
}

void ia_completed_clear(ia_completed *completed)
{
    free(completed->ions);
    free(completed->probability);
    free(completed->rivals);
}

static bool has_elements(const ia_completed *c, const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++) {
        bool found = false;
        for (size_t k = 0; k < c->input.n_ions && !found; k++)
            found = ia_ion_count(&c->ions[k], ion->parts[i].z) > 0;
        if (!found)
            return false;
    }
    return true;
}

// Odds of 20,000 to 1 by the cores alone: what the odds before speak for must show.
static const double EVIDENCE_LEAST = 10;

bool ia_completed_take(ia_completed *c, const ia_deconvolution *solved)
{
    const ia_omitted *best = NULL;

    for (size_t i = 0; i < solved->n_omitted; i++) {
        const ia_omitted *o = &solved->omitted[i];
        if (o->probability > 0.5 && o->log_evidence > EVIDENCE_LEAST &&
            has_elements(c, &o->ion) && (!best || o->log_evidence > best->log_evidence))
            best = o;
    }
    for (size_t r = 0; best && r < c->input.n_rivals; r++) {
        if (!ia_ion_is_equal(&c->rivals[r].ion, &best->ion))
            continue;
        c->ions[c->input.n_ions] = best->ion;
        c->probability[c->input.n_ions++] = best->probability;
        c->rivals[r] = c->rivals[--c->input.n_rivals];
        return true;
    }
    return false;
}
