// src/project/steps_detector.c: the step that looks at what the detector recorded.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include "detector/hit_cover.h"

#include <ionatlas/quadrilateral.h>
#include <ionatlas/projection_fit.h>
#include <ionatlas/tip_angles.h>

#include <math.h>
#include <stdlib.h>

static ia_status run_detector(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    ia_detector_clear(&state->detector);
    ia_status st = ia_detector_compute(ctx, &state->ions, params, &state->detector);
    return st == IA_OK ? ia_detector_tables(ctx, &state->detector, result) : st;
}

// Two steps look at the ions of multiples: they are gathered once.
static ia_status gather(ia_ctx *ctx, ia_state *state, size_t most)
{
    if (state->multiples.is_known && state->multiples.most == most)
        return IA_OK;
    ia_multiples_clear(&state->multiples);
    return ia_multiples_gather(ctx, &state->ions, most, &state->multiples);
}

static ia_status run_dead_time(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    enum { MOST = 32 }; // as multihit has it
    const ia_peaks *peaks = &state->identification.peaks;
    ia_dead_time_input input = {
        &state->multiples,  &state->ranges,
        &state->ranger,     &state->counts,
        &state->background, peaks->n > 0 ? &peaks->widths : &state->peaks.widths};
    ia_status st;
    ia_dead_time_clear(&state->dead_time);
    if ((st = gather(ctx, state, MOST)) != IA_OK ||
        (st = ia_dead_time_compute(ctx, &input, params, &state->dead_time)) != IA_OK ||
        (st = ia_dead_time_apply(ctx, &state->dead_time, &state->counts)) != IA_OK)
        return st;
    return ia_dead_time_tables(ctx, &state->dead_time, &state->ranges, result);
}

static ia_status run_multihit(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    const ia_multihit_params *p = params;
    const ia_peaks *peaks = &state->identification.peaks;
    ia_multihit_input input = {&state->multiples, &state->ranges, &state->ranger,
                               peaks->n > 0 ? &peaks->widths : &state->peaks.widths};
    ia_status st = gather(ctx, state, p->most_hits);
    ia_multihit_clear(&state->multihit);
    if (st == IA_OK)
        st = ia_multihit_compute(ctx, &input, p, &state->multihit);
    return st == IA_OK ? ia_multihit_tables(ctx, &state->multihit, &state->ranges, result)
                       : st;
}

// What the hits of the window cannot mean, and those that are no place.
static ia_status doubt_hits(ia_ctx *ctx, const ia_ions *ions, const ia_hitmap *map,
                            const ia_hitmap_params *params)
{
    size_t first = (size_t)params->first_ion, n = ions->n - first;
    ia_hit_sample sample;
    n = params->n_ions > 0 && params->n_ions < n ? (size_t)params->n_ions : n;
    ia_status st = ia_hit_sample_read(ctx, ions, first, n, &sample);
    if (st != IA_OK)
        return st;
    sample.mm = map->mm;
    if ((st = ia_hits_doubt(ctx, &sample)) == IA_OK) {
        ia_hit_cover cover;
        ia_hit_cover_count(&sample, map->centre, fmax(map->reach[0], map->reach[1]),
                           &cover);
        st = ia_hits_doubt_cover(ctx, &sample, &cover);
    }
    free((void *)sample.hits);
    if (st == IA_OK && map->n_no_place > 0)
        ia_warn(ctx,
                "%llu of %zu ions have a hit that is no finite number: they are on no "
                "map",
                (unsigned long long)map->n_no_place, n);
    return st;
}

// A column of zeros is what a converter writes where nothing was recorded.
static void tell_left_out(ia_ctx *ctx, const ia_ions *ions, const ia_hitmap *map)
{
    bool multiples = ia_ions_has(ions, IA_MULTIPLICITY) && !map->values[IA_MAP_MULTIPLES];
    bool pulses = ia_ions_has(ions, IA_PULSES_SINCE) && !map->values[IA_MAP_FEW];
    if (multiples && pulses)
        ia_warn(ctx, "no maps 'multiples', 'few_pulses' and 'many_pulses': the columns "
                     "of hits per pulse and of pulses hold zeros alone");
    else if (multiples)
        ia_warn(ctx,
                "no map 'multiples': the column of hits per pulse holds zeros alone");
    else if (pulses)
        ia_warn(ctx, "no maps 'few_pulses' and 'many_pulses': the column of pulses holds "
                     "zeros alone");
}

// Poles are told by their angles from the axis: the origin, where nobody said else.
static void doubt_origin(ia_ctx *ctx, const ia_hitmap *map, double x, double y)
{
    const ia_hit_extent extent = {{map->centre[0], map->centre[1]},
                                  {map->reach[0], map->reach[1]}};
    ia_hits_doubt_origin(ctx, &extent, (double[2]){x, y});
}

static ia_status run_hitmap(ia_ctx *ctx, ia_state *state, const void *params,
                            ia_result *result)
{
    ia_hitmap_input input = {&state->ions, &state->ranges, &state->ranger};
    state->hitmap_params = *(const ia_hitmap_params *)params;
    ia_hitmap_clear(&state->hitmap);
    ia_combined_map_clear(&state->combined); // of the map before
    ia_status st = ia_hitmap_compute(ctx, &input, params, &state->hitmap);
    state->hitmap_params.hit_unit = state->hitmap.hit_unit; // as found
    if (st == IA_OK)
        st = doubt_hits(ctx, &state->ions, &state->hitmap, &state->hitmap_params);
    if (st == IA_OK && state->hitmap_params.signal_ions > 0)
        st = ia_hitmap_add_signal(ctx, &input, params, &state->hitmap);
    return st == IA_OK ? ia_hitmap_tables(ctx, &state->hitmap, result) : st;
}

static ia_status run_poles(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    ia_found_poles_clear(&state->found_poles);
    ia_status st = ia_poles_find(ctx, &state->hitmap, params, &state->found_poles);
    if (st != IA_OK ||
        (st = ia_found_poles_tables(ctx, &state->found_poles, result)) != IA_OK)
        return st;
    ia_combined_map_clear(&state->combined);
    st = ia_map_combine(ctx, &state->hitmap, &state->found_poles, &state->combined);
    return st == IA_OK ? ia_combined_map_tables(ctx, &state->combined, result) : st;
}

static ia_status run_drift(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    ia_hitmap_input input = {&state->ions, &state->ranges, &state->ranger};
    ia_drift_clear(&state->drift);
    doubt_origin(ctx, &state->hitmap, 0, 0);
    tell_left_out(ctx, &state->ions, &state->hitmap); // here: `index` shows none of them
    ia_status st =
        ia_drift_compute(ctx, &input, &state->hitmap_params, params, &state->drift);
    return st == IA_OK ? ia_drift_tables(ctx, &state->drift, result) : st;
}

const ia_step_kind ia_step_drift = {&ia_drift_method, run_drift, NULL};

// Where hits alone show the axis by each projection: with the image compression factor
// that names the poles best while the axis stays where it was told.
static ia_status see_axis(ia_ctx *ctx, const ia_hitmap *map,
                          const ia_orientation_params *params, ia_pole_list *list)
{
    ia_orientation_params held = *params;
    ia_pole_list poles = *list;
    ia_orientation found = {0};
    if (!(params->projection_length > 0) || params->axis_doubt == 0)
        return IA_OK;
    held.axis_doubt = 0;
    held.n_grains = 1;
    poles.n_lines = 0;
    double *no_null = ia_array(ctx, held.n_random, sizeof *no_null);
    if (!no_null)
        return IA_ERR_MEMORY;
    ia_status st = ia_orientation_compute_with(NULL, &poles, &held, no_null, &found);
    double icf = st == IA_OK ? found.grains[0].icf : NAN;
    ia_orientation_clear(&found);
    free(no_null);
    if (!isfinite(icf)) // the indexing itself says why
        return IA_OK;
    const ia_projection projection = {
        params->projection,
        params->projection_length,
        icf,
        {list->centre[0] + params->axis_x, list->centre[1] + params->axis_y}};
    for (int kind = 0; kind < IA_N_PROJECTIONS && st == IA_OK; kind++) {
        const ia_projection alike = ia_projection_alike(&projection, kind, list->radius);
        st = ia_hit_axis(ctx, map, &alike, list->axis[kind], &list->axis_seen[kind]);
    }
    return st;
}

// Hits about another place than the origin are a detector's whose corner that is: the
// view is about their middle, and so is the axis, unless it was told.
static void find_middle(ia_ctx *ctx, const ia_hitmap *map, ia_orientation_params *params,
                        ia_pole_list *list)
{
    const ia_hit_extent extent = {{map->centre[0], map->centre[1]},
                                  {map->reach[0], map->reach[1]}};
    bool is_told = params->axis_x != 0 || params->axis_y != 0;
    if (!ia_hits_doubt_origin(ctx, &extent, (double[2]){params->axis_x, params->axis_y}))
        return;
    for (size_t k = 0; k < 2; k++)
        list->centre[k] = map->centre[k];
    params->axis_x -= is_told ? map->centre[0] : 0;
    params->axis_y -= is_told ? map->centre[1] : 0;
}

static ia_status run_orientation(ia_ctx *ctx, ia_state *state, const void *params,
                                 ia_result *result)
{
    const ia_hitmap *map = &state->hitmap;
    const ia_found_poles *found = &state->found_poles;
    ia_orientation_params p = *(const ia_orientation_params *)params;
    ia_pole_list list = {.n = found->n,
                         .radius = map->radius,
                         .on_map = true,
                         .lines = found->lines,
                         .n_lines = found->n_lines};
    ia_pole *poles = ia_array(ctx, found->n, sizeof *poles);
    if (!poles)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < found->n; i++)
        poles[i] = found->poles[i].at;
    list.poles = poles;
    ia_orientation_clear(&state->orientation);
    find_middle(ctx, map, &p, &list);
    ia_status st = see_axis(ctx, map, &p, &list);
    if (st == IA_OK)
        st = ia_orientation_map(ctx, map, NULL, &list, &p, &state->orientation);
    free(poles);
    return st == IA_OK ? ia_orientation_tables(ctx, &state->orientation, result) : st;
}

static ia_status run_quadrilateral(ia_ctx *ctx, ia_state *state, const void *params,
                                   ia_result *result)
{
    ia_quadrilateral found = {0};
    ia_status st = ia_quadrilateral_compute(ctx, &state->hitmap, params, &found);
    return st == IA_OK ? ia_quadrilateral_tables(ctx, &found, result) : st;
}

static ia_status run_turn(ia_ctx *ctx, ia_state *state, const void *params,
                          ia_result *result)
{
    ia_learned_turn turn = {0};
    ia_status st = ia_learned_turn_compute(ctx, &state->hitmap, params, &turn);
    return st == IA_OK ? ia_learned_turn_tables(ctx, &turn, result) : st;
}

const ia_step_kind ia_step_turn = {&ia_learned_turn_method, run_turn, NULL};
const ia_step_kind ia_step_quadrilateral = {&ia_quadrilateral_method, run_quadrilateral,
                                            NULL};
const ia_step_kind ia_step_hitmap = {&ia_hitmap_method, run_hitmap, NULL};
const ia_step_kind ia_step_poles = {&ia_pole_method, run_poles, NULL};
const ia_step_kind ia_step_orientation = {&ia_orientation_method, run_orientation, NULL};
const ia_step_kind ia_step_dead_time = {&ia_dead_time_method, run_dead_time, NULL};
const ia_step_kind ia_step_multihit = {&ia_multihit_method, run_multihit, NULL};
const ia_step_kind ia_step_detector = {&ia_detector_method, run_detector, NULL};
