// src/project/steps_hydrogen.c: the step that looks at hydrogen and deuterium.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/hydrogen_checklist.h"
#include "project/steps.h"
#include "spectrum/deuterium.h"

#include <math.h>
#include <string.h>

static const double fine_bin = 0.001, light_bin = 0.0005, heaviest = 100; // Da

// What the steps before have not made: the step stands on a spectrum alone.
typedef struct {
    ia_identification found; // where the ions were ranged by a file
    ia_peak_shape shape;     // of finer bins, or where no overlaps were solved for
    ia_spectrum light;       // fine bins of the lightest ions
} own_parts;

static void clear(own_parts *own)
{
    ia_identification_clear(&own->found);
    ia_peak_shape_clear(&own->shape);
    ia_spectrum_clear(&own->light);
}

// A spectrum that was read has no ions but its bins; m/n rounded as coarsely as those are
// wide tell no more.
static bool has_ions(const ia_state *state)
{
    return ia_has_list(state) && state->ions.mass_bin < state->spectrum.bin;
}

// Bins not narrower than m/n were rounded: a peak would be a comb.
static ia_status fine_spectrum(ia_ctx *ctx, const ia_state *state, ia_spectrum_params p,
                               ia_spectrum *out)
{
    ia_status st = ia_spectrum_settle(NULL, &state->ions, &p);
    return st == IA_OK ? ia_spectrum_compute(ctx, &state->ions, &p, out) : st;
}

// The shape of peaks in bins as fine as light ions need: those of the spectrum may be as
// wide as the peaks, which the lightest ions, the narrowest, would inherit.
static ia_status learn_shape(ia_ctx *ctx, const ia_state *state, ia_peak_shape *out)
{
    const ia_spectrum *s = &state->spectrum;
    const ia_spectrum_params p = {
        .bin = fmin(fine_bin, s->bin),
        .m_min = s->m_min,
        .m_max = fmin(s->m_min + (double)s->n_bins * s->bin, heaviest)};
    ia_spectrum fine = {0};
    ia_background background = {0};
    ia_peaks peaks = {0};
    ia_status st = fine_spectrum(ctx, state, p, &fine);
    if (st == IA_OK &&
        ((st = ia_background_compute(NULL, &fine, NULL, NULL, &background)) != IA_OK ||
         (st = ia_peaks_compute(NULL, &fine, &background, &state->peaks_params,
                                &peaks)) != IA_OK ||
         (st = ia_peak_shape_compute(NULL, &fine, &background, &peaks, NULL, out)) !=
             IA_OK))
        st = ia_fail(ctx, IA_ERR_MEMORY, "the shape of a peak cannot be learnt");
    ia_peaks_clear(&peaks);
    ia_background_clear(&background);
    ia_spectrum_clear(&fine);
    return st;
}

// That of fine bins; where too few ions tell it, or there are bins alone, the one that
// the steps before learnt, or one of the spectrum as it is.
static ia_status choose_shape(ia_ctx *ctx, const ia_state *state,
                              const ia_identification *id, own_parts *own,
                              const ia_peak_shape **out)
{
    ia_status st = has_ions(state) ? learn_shape(ctx, state, &own->shape) : IA_OK;
    *out = &own->shape;
    if (st != IA_OK || own->shape.n_peaks > 0)
        return st;
    ia_peak_shape_clear(&own->shape);
    if (ia_state_shape(state)->n > 0)
        *out = ia_state_shape(state);
    else if (ia_peak_shape_told(NULL, &state->spectrum, &id->background, &id->peaks,
                                &id->assignment, &own->shape) != IA_OK)
        st = ia_fail(ctx, IA_ERR_MEMORY, "the shape of a peak cannot be learnt");
    return st;
}

static ia_status make_parts(ia_ctx *ctx, const ia_state *state, own_parts *own,
                            ia_hydrogen_input *in)
{
    const ia_identification *id = &state->identification;
    const ia_spectrum_params light = {.bin = light_bin, .m_min = 0.2, .m_max = 7};
    ia_status st;

    // What it warns of is of no matter here: the ranges in use are another's.
    if (!id->notes) {
        if (ia_identify_compute(NULL, &state->spectrum, NULL, &state->peaks_params,
                                &own->found) != IA_OK)
            return ia_fail(ctx, IA_ERR_MEMORY, "the ions cannot be identified");
        id = &own->found;
    }
    *in = (ia_hydrogen_input){.spectrum = &state->spectrum,
                              .background = &id->background,
                              .peaks = &id->peaks,
                              .assignment = &id->assignment,
                              .light = &state->spectrum};
    if ((st = choose_shape(ctx, state, id, own, &in->shape)) != IA_OK || !has_ions(state))
        return st;
    if ((st = fine_spectrum(ctx, state, light, &own->light)) != IA_OK)
        return st;
    if (own->light.below + own->light.above == state->ions.n)
        ia_warn(ctx,
                "no ion lies between %g and %g Da: the file was cut, or holds no "
                "hydrogen; of hydrogen and deuterium nothing can be said",
                light.m_min, light.m_max);
    in->light = &own->light;
    in->ions = &state->ions;
    in->ranges = state->ranger.n > 0 ? &state->ranges : NULL;
    in->ranger = state->ranger.n > 0 ? &state->ranger : NULL;
    return IA_OK;
}

ia_status ia_share_deuterium(ia_ctx *ctx, const ia_state *state, ia_deconvolution *solved)
{
    own_parts own = {.found = {.notes = NULL}};
    ia_hydrogen_input input;
    ia_hydrogen light = {.n_hydrides = 0};

    if (!ia_deuterium_is_open(solved))
        return IA_OK;
    ia_status st = make_parts(ctx, state, &own, &input);
    input.ions = NULL; // nothing of the run is asked for
    if (st == IA_OK && (st = ia_hydrogen_compute(ctx, &input, NULL, &light)) == IA_OK)
        ia_deuterium_share(&light, solved);
    ia_hydrogen_clear(&light);
    clear(&own);
    return st;
}

static ia_status run_hydrogen(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    own_parts own = {.found = {.notes = NULL}};
    ia_hydrogen_input input;
    ia_hydrogen hydrogen = {.n_hydrides = 0};
    ia_status st;

    if ((st = make_parts(ctx, state, &own, &input)) == IA_OK &&
        (st = ia_hydrogen_compute(ctx, &input, params, &hydrogen)) == IA_OK &&
        (st = ia_hydrogen_tables(ctx, &hydrogen, result)) == IA_OK)
        st = project_hydrogen_checklist(ctx, state, params, &hydrogen, result);
    if (st == IA_OK) {
        ia_hydrogen_clear(&state->hydrogen);
        state->hydrogen = hydrogen;
        hydrogen = (ia_hydrogen){.n_hydrides = 0}; // the state's now
    }
    ia_hydrogen_clear(&hydrogen);
    clear(&own);
    return st;
}

const ia_step_kind ia_step_hydrogen = {&ia_hydrogen_method, run_hydrogen, NULL};
