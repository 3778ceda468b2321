// src/synth/specimen.c: a synthetic specimen, step by step: crystal, species, detection,
// masses.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaporation.h"
#include "tip.h"

#include <stdlib.h>
#include <string.h>

// Masses alone: every ion is drawn from the whole spectrum.
static ia_status draw_spectrum(ia_ctx *ctx, const ia_mass_plan *plan,
                               ia_specimen *specimen)
{
    size_t n = specimen->params.n_ions;
    ia_status st = ia_ions_new(ctx, n, 1u << IA_MASS, &specimen->ions);

    if (st != IA_OK)
        return st;
    specimen->species = ia_array(ctx, n, sizeof *specimen->species);
    specimen->object = ia_array(ctx, n, sizeof *specimen->object);
    if (!specimen->species || !specimen->object)
        return IA_ERR_MEMORY;
    memset(specimen->object, 0xff, n * sizeof *specimen->object);
    ia_masses masses = {ia_ions_values(&specimen->ions, IA_MASS), specimen->species, n};
    return ia_mass_draw(ctx, plan, specimen->params.seed, NULL, &masses);
}

// Atoms on sites, species on atoms, then what is recorded of them.
static ia_status grow(ia_ctx *ctx, const ia_mix *mix, double extra_share,
                      ia_specimen *specimen, ia_recorded *recorded)
{
    const ia_simulate_params *params = &specimen->params;
    ia_sites sites = {0};
    ia_placed placed = {0};
    ia_status st;

    if ((st = ia_sites_compute(ctx, params, &sites)) != IA_OK ||
        (st = ia_place(ctx, params, mix, &sites, &placed)) != IA_OK ||
        (st = ia_record(ctx, params, &sites, &placed, extra_share, recorded)) != IA_OK)
        goto done;
    specimen->objects = placed.objects;
    specimen->n_objects = placed.n_objects;
    placed.objects = NULL;
done:
    ia_placed_clear(&placed);
    ia_sites_clear(&sites);
    return st;
}

static void count_objects(const ia_mix *mix, const ia_recorded *recorded,
                          ia_specimen *specimen)
{
    for (size_t i = 0; i < recorded->n; i++) {
        if (recorded->object[i] < 0)
            continue;
        ia_object *object = &specimen->objects[recorded->object[i]];
        object->atoms++;
        object->solutes += recorded->element[i] == mix->solute;
    }
}

// The table of ions: positions as recorded, then masses and what the detector saw.
static ia_status fill_ions(ia_ctx *ctx, const ia_mass_plan *plan,
                           const ia_recorded *recorded, const ia_tip_hits *hits,
                           ia_specimen *specimen)
{
    const unsigned columns = 1u << IA_XYZ | 1u << IA_MASS | 1u << IA_TOF | 1u << IA_V_DC |
                             1u << IA_V_PULSE | 1u << IA_DET_XY | 1u << IA_PULSES_SINCE |
                             1u << IA_MULTIPLICITY;
    ia_ions *ions = &specimen->ions;
    ia_status st = ia_ions_new(ctx, recorded->n, columns, ions);

    if (st != IA_OK)
        return st;
    memcpy(ia_ions_values(ions, IA_XYZ), recorded->xyz,
           recorded->n * 3 * sizeof *recorded->xyz);
    specimen->species = ia_array(ctx, recorded->n, sizeof *specimen->species);
    if (!specimen->species)
        return IA_ERR_MEMORY;
    ia_masses masses = {ia_ions_values(ions, IA_MASS), specimen->species, recorded->n};
    if ((st = ia_mass_draw(ctx, plan, specimen->params.seed, recorded->element,
                           &masses)) != IA_OK)
        return st;
    if (hits->hit)
        ia_tip_hits_fill(&specimen->params, hits, ions);
    return ia_detector_fill(ctx, &specimen->params, ions);
}

// A tip is evaporated first: species change nothing in the order.
static ia_status evaporate(ia_ctx *ctx, const ia_mix *mix, double extra_share,
                           ia_specimen *specimen, ia_recorded *recorded,
                           ia_tip_hits *hits)
{
    ia_status st =
        ia_tip_record(ctx, &specimen->params, mix, extra_share, hits, recorded);

    if (st != IA_OK)
        return st;
    specimen->objects = hits->objects;
    specimen->n_objects = hits->n_objects;
    specimen->grain = hits->grain;
    specimen->last_apex = (double)hits->apex[recorded->n - 1];
    hits->objects = NULL;
    hits->grain = NULL;
    return IA_OK;
}

static ia_status make_solid(ia_ctx *ctx, const ia_mix *mix, const ia_mass_plan *plan,
                            ia_specimen *specimen)
{
    ia_recorded recorded = {0};
    ia_tip_hits hits = {0};
    ia_status st;

    if (specimen->params.specimen == IA_SPECIMEN_TIP)
        st = evaporate(ctx, mix, plan->extra_share, specimen, &recorded, &hits);
    else
        st = grow(ctx, mix, plan->extra_share, specimen, &recorded);
    if (st != IA_OK || (st = fill_ions(ctx, plan, &recorded, &hits, specimen)) != IA_OK)
        goto done;
    count_objects(mix, &recorded, specimen);
    specimen->object = recorded.object;
    specimen->true_xyz = recorded.true_xyz;
    recorded.object = NULL;
    recorded.true_xyz = NULL;
done:
    ia_tip_hits_clear(&hits);
    ia_recorded_clear(&recorded);
    return st;
}

static ia_status range_ions(ia_ctx *ctx, const ia_mass_plan *plan, ia_specimen *specimen)
{
    uint64_t *counts = ia_array(ctx, specimen->n_species, sizeof *counts);
    ia_status st;

    if (!counts)
        return IA_ERR_MEMORY;
    ia_species_count(specimen, counts);
    st = ia_truth_ranges(ctx, &specimen->params, plan, counts, specimen->ions.n,
                         &specimen->ranges);
    free(counts);
    return st;
}

// Copies of what the plan knows of the ions.
static ia_status keep_plan(ia_ctx *ctx, const ia_mass_plan *plan, ia_specimen *specimen)
{
    size_t n = plan->n_species;

    specimen->ions_of = ia_array(ctx, n, sizeof *specimen->ions_of);
    specimen->probability = ia_array(ctx, n, sizeof *specimen->probability);
    if (!specimen->ions_of || !specimen->probability)
        return IA_ERR_MEMORY;
    memcpy(specimen->ions_of, plan->ions, n * sizeof *plan->ions);
    memcpy(specimen->probability, plan->probability, n * sizeof *plan->probability);
    specimen->n_species = n;
    return IA_OK;
}

// A tip whose field nobody told has that of its most abundant element; iron's where that
// is not known, as a reconstruction assumes it.
static void settle_field(const ia_mix *mix, ia_simulate_params *params)
{
    const char *symbol = ia_element_of(mix->z[mix->solvent])->symbol;
    const ia_evaporation *known = ia_evaporation_find(symbol);

    if (params->specimen == IA_SPECIMEN_TIP && !(params->evaporation_field > 0))
        params->evaporation_field = (known ? known : ia_evaporation_find("Fe"))->field;
}

ia_status ia_specimen_compute(ia_ctx *ctx, const ia_simulate_params *params,
                              ia_specimen *out)
{
    ia_specimen specimen = {.params = params ? *params : ia_simulate_defaults()};
    ia_mix mix = {0};
    ia_mass_plan plan = {0};
    ia_status st;

    if ((st = ia_simulate_check(ctx, &specimen.params, &mix)) != IA_OK ||
        (st = ia_mass_plan_compute(ctx, &specimen.params, &mix, &plan)) != IA_OK ||
        (st = keep_plan(ctx, &plan, &specimen)) != IA_OK)
        goto done;
    settle_field(&mix, &specimen.params);
    if (specimen.params.specimen == IA_SPECIMEN_SPECTRUM)
        st = draw_spectrum(ctx, &plan, &specimen);
    else
        st = make_solid(ctx, &mix, &plan, &specimen);
    if (st != IA_OK || (st = range_ions(ctx, &plan, &specimen)) != IA_OK)
        goto done;
    *out = specimen;
    specimen = (ia_specimen){0};
done:
    ia_specimen_clear(&specimen);
    ia_mass_plan_clear(&plan);
    return st;
}

void ia_specimen_clear(ia_specimen *specimen)
{
    free(specimen->probability);
    free(specimen->ions_of);
    free(specimen->objects);
    free(specimen->grain);
    free(specimen->true_xyz);
    free(specimen->species);
    free(specimen->object);
    ia_ranges_clear(&specimen->ranges);
    ia_ions_clear(&specimen->ions);
    *specimen = (ia_specimen){0};
}
