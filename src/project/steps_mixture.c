// src/project/steps_mixture.c: the step that weighs what each ion is likely to be.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <math.h>

// Bins as fine as asked for where each ion's m/n is known, not that of a bin of a
// spectrum, which has no positions.
static ia_status take_spectrum(ia_ctx *ctx, const ia_state *state,
                               const ia_ion_mixture_params *params, ia_spectrum *fine)
{
    const ia_spectrum *s = &state->spectrum;
    const ia_spectrum_params p = {.bin = fmin(params->fine_bin, s->bin),
                                  .m_min = s->m_min,
                                  .m_max = s->m_min + (double)s->n_bins * s->bin};

    return ia_spectrum_compute(ctx, &state->ions, &p, fine);
}

static ia_status run_mixture(ia_ctx *ctx, ia_state *state, const void *params,
                             ia_result *result)
{
    const ia_ion_mixture_params *p = params;
    bool single = ia_ions_has(&state->ions, IA_XYZ);
    ia_spectrum fine = {0};
    ia_status st = IA_OK;

    ia_ion_mixture_clear(&state->mixture);
    if (state->deconvolution.n_ions == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no ion was told: there is no mixture of them");
    if (single && (st = take_spectrum(ctx, state, p, &fine)) != IA_OK)
        return st;
    const ia_ion_mixture_input input = {.spectrum = single ? &fine : &state->spectrum,
                                        .background = &state->background,
                                        .shape = ia_state_shape(state),
                                        .solved = &state->deconvolution};
    if ((st = ia_ion_mixture_compute(ctx, &input, p, &state->mixture)) != IA_OK ||
        (p->local > 0 &&
         (st = ia_ion_mixture_localize(ctx, &state->ions, p, &state->mixture)) != IA_OK))
        goto done;
    state->mixture_source = (ia_ion_mixture_source){&state->ions, &state->mixture};
    st = ia_ion_mixture_tables(ctx, &state->mixture, result);
done:
    ia_spectrum_clear(&fine);
    return st;
}

const ia_step_kind ia_step_mixture = {&ia_ion_mixture_method, run_mixture, NULL};
