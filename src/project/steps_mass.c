// src/project/steps_mass.c: the steps from ions to composition.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"
#include "core/kind_list.h"
#include "spectrum/deuterium.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field range_fields[] = {
    IA_FIELD_CHOICE(
        ia_range_params, source, "best", "best|file|auto",
        "where ranges come from: a range file where there is one, or the spectrum"),
    IA_FIELD_TEXT(ia_range_params, edits, "",
                  "changes by hand: \"add Fe++ 27.9 28.1; remove Si+@28; split 29\""),
};
const ia_method ia_range_method =
    IA_METHOD("range", "Assign ions to mass ranges", ia_range_params, range_fields);

ia_range_params ia_range_defaults(void)
{
    ia_range_params params;
    ia_method_defaults(&ia_range_method, &params);
    return params;
}

// Ions of a project are as they were read: another selection of them would hide the first
// from the record.
static ia_status read_stored(ia_ctx *ctx, ia_state *state, const ia_read_params *params)
{
    const ia_read_params usual = ia_read_defaults();
    if (ia_read_is_same(params, &state->read) || ia_read_is_same(params, &usual))
        return ia_ions_survey(ctx, &state->ions, &state->survey);
    if (ia_read_is_same(&state->read, &usual))
        return ia_ions_prepare(ctx, params, &state->ions, &state->survey);
    return ia_fail(ctx, IA_ERR_PARAM,
                   "%s: its ions were read with %s%s%s%s before; read the original input "
                   "with other ones",
                   state->ions.path ? state->ions.path : "project",
                   state->read.drop_invalid ? "--drop-invalid " : "",
                   state->read.flip_x ? "--flip-x " : "",
                   state->read.region[0] ? "--region " : "", state->read.region);
}

// Files of a layout that demands m/n hold zeros where it was not measured.
static void leave_out_zeros(ia_ctx *ctx, ia_state *state)
{
    const double *range = state->survey.mass_range;
    enum { FEWEST = 2 };
    if (!ia_ions_has(&state->ions, IA_MASS) || state->ions.n < FEWEST || range[1] != 0)
        return;
    ia_warn(ctx, "every m/n is 0: taken as not measured");
    state->ions.columns[IA_MASS] = (ia_column){0};
    state->survey.mass_range[0] = state->survey.mass_range[1] = NAN;
}

// What is no file of ions may pass for one that has nothing but numbers.
static void tell_far(ia_ctx *ctx, const ia_state *state)
{
    const double far = 1e7; // nm: a centimetre
    double most = 0;
    for (size_t k = 0; k < 3; k++)
        most = fmax(most, fmax(fabs(state->survey.bounds[k][0]),
                               fabs(state->survey.bounds[k][1])));
    if (most > far)
        ia_warn(ctx, "positions reach %.3g nm: is this a file of ions (%s)?", most,
                state->ions.format);
}

bool ia_has_list(const ia_state *state)
{
    return strcmp(state->ions.format, "spectrum") != 0;
}

static ia_status run_read(ia_ctx *ctx, ia_state *state, const void *params,
                          ia_result *result)
{
    ia_multiples_clear(&state->multiples);
    state->is_place_told = false;
    ia_status st = state->is_stored
                       ? read_stored(ctx, state, params)
                       : ia_ions_prepare(ctx, params, &state->ions, &state->survey);
    if (st != IA_OK)
        return st;
    if (!state->is_stored)
        state->read = *(const ia_read_params *)params;
    leave_out_zeros(ctx, state);
    tell_far(ctx, state);
    if (ia_has_list(state) && (st = ia_rounding_find(ctx, &state->ions)) != IA_OK)
        return st;
    return ia_survey_tables(ctx, &state->ions, &state->survey, result);
}

// For files without m/n: the column is the state's own.
static ia_status run_flight(ia_ctx *ctx, ia_state *state, const void *params,
                            ia_result *result)
{
    ia_ions *ions = &state->ions;
    float *mass = ia_array(ctx, ions->n, sizeof *mass);
    ia_status st = mass ? ia_flight_mass(ctx, ions, params, mass) : IA_ERR_MEMORY;
    if (st != IA_OK) {
        free(mass);
        return st;
    }
    free(state->mass);
    state->mass = mass;
    ions->columns[IA_MASS] = ia_column_of(IA_F32, 1, ions->n, mass);
    ia_multiples_clear(&state->multiples);
    if ((st = ia_ions_survey(ctx, ions, &state->survey)) != IA_OK)
        return st;
    return ia_survey_tables(ctx, ions, &state->survey, result);
}

const ia_range_evidence *ia_evidence_of(const ia_state *state, const ia_ion *ion,
                                        double lo)
{
    const ia_identification *found = &state->identification;
    if (strcmp(state->ranges.format, "auto") != 0)
        return NULL;
    for (size_t i = 0; i < found->ranges.n_ranges; i++) {
        const ia_range *range = &found->ranges.ranges[i];
        if (lo >= range->lo && lo < range->hi &&
            ia_ion_is_equal(ion, &found->ranges.ions[range->ion]))
            return &found->evidence[i];
    }
    return NULL;
}

// The place of a peak is known to half a bin: a range may be narrower, as of a label.
static bool is_in_range(const ia_state *state, double mass)
{
    const ia_ranger *r = &state->ranger;
    double half = state->spectrum.bin / 2;
    for (size_t i = 0; i < r->n; i++)
        if (r->lo[i] <= mass + half && r->hi[i] > mass - half)
            return true;
    return false;
}

static bool is_unexplained(const ia_state *state, const ia_peaks *peaks, size_t i)
{
    if (strcmp(state->ranges.format, "auto") == 0 && !state->ranging.edits[0])
        return !state->identification.assignment.explained[i];
    return !is_in_range(state, peaks->list[i].mass);
}

// Peaks that no ion of the account (or no range of the file) stands for.
static ia_status unexplained_table(ia_ctx *ctx, ia_state *state, ia_result *result)
{
    bool automatic = strcmp(state->ranges.format, "auto") == 0;
    const ia_peaks *peaks = automatic ? &state->identification.peaks : &state->peaks;
    size_t n = 0, row = 0;
    for (size_t i = 0; i < peaks->n; i++)
        n += is_unexplained(state, peaks, i);
    ia_table *table = ia_result_add(ctx, result, "unexplained_peaks", IA_ROWS, n);
    double *mass = table ? ia_table_add(ctx, table, "mass_da", IA_F64) : NULL;
    double *counts = mass ? ia_table_add(ctx, table, "counts", IA_F64) : NULL;
    double *significance =
        counts ? ia_table_add(ctx, table, "significance", IA_F64) : NULL;
    if (!significance)
        return IA_ERR_MEMORY;
    state->n_unexplained = n;
    state->unexplained_counts = 0;
    for (size_t i = 0; i < peaks->n; i++) {
        if (!is_unexplained(state, peaks, i))
            continue;
        mass[row] = peaks->list[i].mass;
        counts[row] = peaks->list[i].counts - peaks->list[i].background;
        state->unexplained_counts += counts[row];
        significance[row++] = peaks->list[i].significance;
    }
    return IA_OK;
}

// Of one of a pair whose ions are shared, as these were: identification knew only where
// they lie together.
static double range_probability(const ia_range_evidence *evidence, const ia_ion *ion,
                                const ia_deconvolution *solved)
{
    for (size_t i = 0; solved && evidence && i < solved->n_ions; i++)
        if (solved->ions[i].is_shared && ia_ion_is_equal(&solved->ions[i].ion, ion))
            return solved->ions[i].probability;
    return evidence ? evidence->probability : NAN;
}

// Merged ranges with their counts; with the background's share, and with what overlaps
// tell, once these are known: NULL before.
static ia_status range_tables(ia_ctx *ctx, const ia_state *state,
                              const ia_background *background,
                              const ia_deconvolution *solved, ia_result *result)
{
    size_t n = state->ranger.n;
    ia_table *totals = ia_result_add(ctx, result, "totals", IA_SCALARS, 1);
    if (!totals ||
        ia_table_add_u64(ctx, totals, "ranged", state->counts.ranged) != IA_OK ||
        ia_table_add_u64(ctx, totals, "unranged", state->counts.unranged) != IA_OK)
        return IA_ERR_MEMORY;
    ia_table *table = ia_result_add(ctx, result, "ranges", IA_ROWS, n);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    char **elements = ion ? ia_table_add(ctx, table, "elements", IA_TALLY) : NULL;
    int32_t *charge = elements ? ia_table_add(ctx, table, "charge", IA_I32) : NULL;
    double *lo = charge ? ia_table_add(ctx, table, "lo_da", IA_F64) : NULL;
    double *hi = lo ? ia_table_add(ctx, table, "hi_da", IA_F64) : NULL;
    uint64_t *counts = hi ? ia_table_add(ctx, table, "counts", IA_U64) : NULL;
    double *probability = counts ? ia_table_add(ctx, table, "probability", IA_F64) : NULL;
    double *share = probability ? ia_table_add(ctx, table, "share", IA_F64) : NULL;
    double *inside = share ? ia_table_add(ctx, table, "share_inside", IA_F64) : NULL;
    double *noise = inside && background
                        ? ia_table_add(ctx, table, "background_counts", IA_F64)
                        : NULL;
    double *sigma =
        noise ? ia_table_add(ctx, table, "sigma_background_counts", IA_F64) : NULL;
    if (!inside || (background && !sigma))
        return IA_ERR_MEMORY;
    const ia_nuclide_list own = ia_ranges_own(&state->ranges);
    for (size_t i = 0; i < n; i++) {
        const ia_ion *kind = &state->ranges.ions[state->ranger.ion[i]];
        char tally[IA_FIELD_TEXT_MAX];
        ia_atom_kind_tally(&own, kind, tally, sizeof tally);
        if (!(ion[i] = ia_text(ctx, kind->name)) || !(elements[i] = ia_text(ctx, tally)))
            return IA_ERR_MEMORY;
        charge[i] = kind->charge;
        lo[i] = state->ranger.lo[i];
        hi[i] = state->ranger.hi[i];
        counts[i] = state->counts.counts[i];
        const ia_range_evidence *evidence = ia_evidence_of(state, kind, lo[i]);
        probability[i] = range_probability(evidence, kind, solved);
        share[i] = evidence ? evidence->share : NAN;
        inside[i] = state->ranger.inside[i] > 0 ? state->ranger.inside[i] : NAN;
        if (!background)
            continue;
        noise[i] = ia_background_counts(background, lo[i], hi[i]);
        sigma[i] = ia_background_sigma(background, lo[i], hi[i]);
    }
    return ia_add_range_words(ctx, state, table);
}

static void warn_outside(ia_ctx *ctx, const ia_state *state)
{
    size_t n = 0;
    for (size_t i = 0; i < state->ranges.n_ranges; i++)
        n += state->ranges.ranges[i].lo > state->survey.mass_range[1] ||
             state->ranges.ranges[i].hi <= state->survey.mass_range[0];
    if (n > 0)
        ia_warn(ctx, "%zu of %zu ranges lie outside the data (m/n %g to %g Da)", n,
                state->ranges.n_ranges, state->survey.mass_range[0],
                state->survey.mass_range[1]);
}

static bool uses_file(const ia_state *state, const ia_range_params *params)
{
    return params->source == IA_RANGES_FILE ||
           (params->source == IA_RANGES_BEST && state->ranges_file.n > 0);
}

static ia_status take_file(ia_ctx *ctx, ia_state *state)
{
    if (state->ranges_file.n == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "no ranges: give a range file with --ranges");
    return ia_ranges_parse_source(ctx, &state->ranges_file, &state->ranges);
}

static ia_status take_identified(ia_ctx *ctx, ia_state *state)
{
    const ia_ranges *from = &state->identification.ranges;
    ia_status st = IA_OK;
    uint32_t index;
    for (size_t i = 0; i < from->n_ions && st == IA_OK; i++)
        st = ia_ranges_add_ion(ctx, &state->ranges, &from->ions[i], &index);
    for (size_t i = 0; i < from->n_ranges && st == IA_OK; i++)
        st = ia_ranges_add(ctx, &state->ranges, &from->ranges[i]);
    state->ranges.n_ions_written = from->n_ions;
    state->ranges.n_ranges_written = from->n_ranges;
    strcpy(state->ranges.format, "auto");
    return st;
}

// A range file does not say what the specimen was charged with: the person does.
static ia_status take_enriched(ia_ctx *ctx, ia_state *state)
{
    ia_nuclide_list list = {.n = 0};

    strcpy(state->ranges.enriched, state->identify_params.enriched);
    return ia_nuclide_list_read(ctx, "enriched", state->ranges.enriched, &list);
}

static ia_status run_range(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    const ia_range_params *p = params;
    ia_status st;
    state->ranging = *p;
    ia_range_counts_clear(&state->counts);
    ia_ranger_clear(&state->ranger);
    ia_ranges_clear(&state->ranges);
    if ((st = uses_file(state, p) ? take_file(ctx, state)
                                  : take_identified(ctx, state)) != IA_OK ||
        (st = take_enriched(ctx, state)) != IA_OK ||
        (st = ia_ranges_edit(ctx, p->edits, &state->ranges, result)) != IA_OK ||
        (st = ia_ranger_build(ctx, &state->ranges, &state->ranger)) != IA_OK ||
        (st = ia_range_counts_compute(ctx, &state->ions, &state->ranger,
                                      &state->counts)) != IA_OK)
        return st;
    state->label_source = (ia_label_source){&state->ions, &state->ranger};
    warn_outside(ctx, state);
    if (uses_file(state, p))
        ia_tell_labels(ctx, &state->ranges);
    st = range_tables(ctx, state, NULL, NULL, result);
    return st == IA_OK ? unexplained_table(ctx, state, result) : st;
}

static ia_column range_labels(const ia_state *state, const char **name)
{
    *name = "labels";
    return ia_label_column(&state->label_source);
}

static ia_status run_spectrum(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    ia_spectrum_clear(&state->spectrum);
    ia_status st = ia_spectrum_compute(ctx, &state->ions, params, &state->spectrum);
    return st == IA_OK ? ia_spectrum_tables(ctx, &state->spectrum, result) : st;
}

static ia_status run_background(ia_ctx *ctx, ia_state *state, const void *params,
                                ia_result *result)
{
    const ia_background_input input = {.spectrum = &state->spectrum,
                                       .ranger = &state->ranger,
                                       .ions = &state->ions,
                                       .peaks = &state->peaks,
                                       .shape =
                                           state->shape.n > 0 ? &state->shape : NULL};
    ia_background_clear(&state->background);
    ia_peak_shape_clear(&state->solved_shape);
    ia_status st = ia_background_fit(ctx, &input, params, &state->background);
    if (st == IA_OK)
        st = ia_background_tables(ctx, &state->background, result);
    if (st == IA_OK)
        st = ia_background_tails_table(ctx, &state->background, &state->ranges,
                                       &state->ranger, result);
    return st == IA_OK ? range_tables(ctx, state, &state->background, NULL, result) : st;
}

static bool is_automatic(const ia_state *state)
{
    return strcmp(state->ranges.format, "auto") == 0;
}

typedef struct {
    ia_ion *ions;
    double *probability; // NULL: not told
    size_t n;
} ion_list;

// Ions that the spectrum tells, with their chances.
static ia_status take_found(ia_ctx *ctx, const ia_state *state, ion_list *list)
{
    const ia_assignment *found = &state->identification.assignment;
    ia_nuclide_list enriched = {.n = 0};
    ia_status st =
        ia_nuclide_list_read(ctx, "enriched", state->identify_params.enriched, &enriched);
    if (st != IA_OK)
        return st;
    list->n = found->n_ions;
    list->ions = ia_array(ctx, list->n + IA_LIGHT_PAIRS, sizeof *list->ions);
    list->probability =
        ia_array(ctx, list->n + IA_LIGHT_PAIRS, sizeof *list->probability);
    if (!list->ions || !list->probability)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < list->n; i++) {
        list->ions[i] = found->ions[i].ion;
        list->probability[i] = found->ions[i].probability;
    }
    if (ia_nuclide_list_has(&enriched, 1, 2))
        ia_deuterium_add(found, list->ions, list->probability, &list->n);
    return IA_OK;
}

// Those that a person names go before those of the spectrum or of the range file.
static ia_status take_ions(ia_ctx *ctx, const ia_state *state, const char *named,
                           ion_list *list)
{
    if (*named)
        return ia_deconvolve_named(ctx, named, &list->ions, &list->n);
    if (is_automatic(state))
        return take_found(ctx, state, list);
    return ia_deconvolve_ions(ctx, &state->ranges, &list->ions, &list->n);
}

const ia_peak_shape *ia_state_shape(const ia_state *state)
{
    return state->solved_shape.n > 0 ? &state->solved_shape : &state->shape;
}

// Learnt without a word: where too few ions tell it, an analytic shape serves.
static ia_status learn_shape(ia_ctx *ctx, ia_state *state, const ia_peaks *peaks,
                             const ia_assignment *told)
{
    ia_peak_shape_clear(&state->solved_shape);
    if (ia_peak_shape_told(NULL, &state->spectrum, &state->background, peaks, told,
                           &state->solved_shape) != IA_OK)
        return ia_fail(ctx, IA_ERR_MEMORY, "the shape of the peaks cannot be learnt");
    return IA_OK;
}

static ia_status run_deconvolve(ia_ctx *ctx, ia_state *state, const void *params,
                                ia_result *result)
{
    const ia_deconvolve_params *p = params;
    bool automatic = is_automatic(state);
    ia_deconvolve_input input = {
        .spectrum = &state->spectrum,
        .background = &state->background,
        .peaks = automatic ? &state->identification.peaks : &state->peaks,
        .shape = &state->solved_shape,
        .scale = automatic ? &state->identification.assignment.scale : NULL,
        .lossy = automatic ? state->identification.assignment.lossy : 0};
    ion_list list = {0};
    ia_deconvolution_clear(&state->deconvolution);
    ia_status st = learn_shape(ctx, state, input.peaks,
                               automatic ? &state->identification.assignment : NULL);
    if (st == IA_OK)
        st = take_ions(ctx, state, p->ions, &list);
    if (automatic && !*p->ions) {
        input.rivals = state->identification.assignment.rivals;
        input.n_rivals = state->identification.assignment.n_rivals;
    }
    input.ions = list.ions;
    input.probability = list.probability;
    input.n_ions = list.n;
    if (st == IA_OK)
        st = ia_deconvolve_compute(ctx, &input, p, &state->deconvolution);
    if (st == IA_OK)
        st = ia_share_deuterium(ctx, state, &state->deconvolution);
    if (st == IA_OK && state->deconvolution.n_shared > 0)
        st = range_tables(ctx, state, &state->background, &state->deconvolution, result);
    free(list.ions);
    free(list.probability);
    return st == IA_OK ? ia_deconvolution_tables(ctx, &state->deconvolution, result) : st;
}

// Labels of a range file stand unless someone asks for more.
static bool wants_solved(const ia_state *state, const ia_composition_params *params)
{
    return params->overlaps == IA_OVERLAPS_SOLVE ||
           (params->overlaps == IA_OVERLAPS_BEST && is_automatic(state));
}

static ia_status run_composition(ia_ctx *ctx, ia_state *state, const void *params,
                                 ia_result *result)
{
    ia_composition_clear(&state->composition);
    ia_status st =
        ia_composition_compute(ctx, &state->ranges, &state->ranger, &state->counts,
                               &state->background, &state->composition);
    if (st == IA_OK && wants_solved(state, params))
        st = ia_composition_solve(ctx, &state->deconvolution, &state->ranges,
                                  &state->ranger, &state->counts, &state->composition);
    else if (st == IA_OK)
        ia_composition_tell_losses(ctx, &state->deconvolution, &state->counts);
    if (st == IA_OK) {
        ia_tell_deuterium(ctx, state);
        ia_tell_enriched(ctx, &state->identification);
    }
    return st == IA_OK ? ia_composition_tables(ctx, &state->composition, params, result)
                       : st;
}

static ia_status run_charge_states(ia_ctx *ctx, ia_state *state, const void *params,
                                   ia_result *result)
{
    ia_charge_states_input input = {&state->ranges, &state->ranger, &state->counts,
                                    &state->background};
    ia_charge_states_clear(&state->charge_states);
    ia_status st = ia_charge_states_compute(ctx, &input, params, &state->charge_states);
    return st == IA_OK ? ia_charge_states_tables(ctx, &state->charge_states, result) : st;
}

static ia_status run_peaks(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    ia_status st;
    ia_peaks_clear(&state->peaks);
    ia_background_clear(&state->blind);
    state->peaks_params = *(const ia_peaks_params *)params;
    // Fitted blind, for the peaks alone: what it warns of is told when the ranges are
    // known.
    if (ia_background_compute(NULL, &state->spectrum, NULL, NULL, &state->blind) != IA_OK)
        return ia_fail(ctx, IA_ERR_MEMORY,
                       "the background under the peaks cannot be fitted");
    if ((st = ia_peaks_compute(ctx, &state->spectrum, &state->blind, &state->peaks_params,
                               &state->peaks)) != IA_OK)
        return st;
    st = ia_peaks_tables(ctx, &state->peaks, result);
    return st == IA_OK ? ia_look_for_scale_drift(ctx, state) : st;
}

static ia_status run_peak_shape(ia_ctx *ctx, ia_state *state, const void *params,
                                ia_result *result)
{
    ia_peak_shape_clear(&state->shape);
    ia_status st = ia_peak_shape_compute(ctx, &state->spectrum, &state->blind,
                                         &state->peaks, params, &state->shape);
    return st == IA_OK ? ia_peak_shape_tables(ctx, &state->shape, result) : st;
}

// What a person says goes before what the file says, not silently.
static void tell_polarity(ia_ctx *ctx, const ia_state *state)
{
    int asked = state->identify_params.polarity, file = state->ions.polarity;
    if ((asked == IA_POLARITY_POSITIVE && file < 0) ||
        (asked == IA_POLARITY_NEGATIVE && file > 0))
        ia_warn(ctx, "the file says that its ions are %s, --polarity that they are %s",
                file < 0 ? "negative" : "positive", file < 0 ? "positive" : "negative");
}

// An atom probe's file has no polarity: this is another instrument's.
static void tell_technique(ia_ctx *ctx, const ia_state *state)
{
    if (state->ions.polarity > 0 &&
        state->identify_params.technique == IA_TECHNIQUE_APT &&
        state->identify_params.polarity != IA_POLARITY_NEGATIVE)
        ia_warn(ctx, "the file tells a polarity, as those of atom probes do not, but its "
                     "ions are looked for as an atom probe's: --technique sims or maldi "
                     "is for other instruments");
}

static ia_status run_identify(ia_ctx *ctx, ia_state *state, const void *params,
                              ia_result *result)
{
    ia_identification_clear(&state->identification);
    state->identify_params = *(const ia_identify_params *)params;
    if (state->identify_params.polarity == IA_POLARITY_AUTO && state->ions.polarity < 0)
        state->identify_params.polarity = IA_POLARITY_NEGATIVE;
    tell_polarity(ctx, state);
    tell_technique(ctx, state);
    ia_status st = ia_identify_compute(ctx, &state->spectrum, &state->identify_params,
                                       &state->peaks_params, &state->identification);
    return st == IA_OK ? ia_identification_tables(ctx, &state->identification, result)
                       : st;
}

const ia_step_kind ia_step_read = {&ia_read_method, run_read, NULL};
const ia_step_kind ia_step_flight = {&ia_flight_method, run_flight, NULL};
const ia_step_kind ia_step_spectrum = {&ia_spectrum_method, run_spectrum, NULL};
const ia_step_kind ia_step_peaks = {&ia_peaks_method, run_peaks, NULL};
const ia_step_kind ia_step_peak_shape = {&ia_peak_shape_method, run_peak_shape, NULL};
const ia_step_kind ia_step_identify = {&ia_identify_method, run_identify, NULL};
const ia_step_kind ia_step_range = {&ia_range_method, run_range, range_labels};
const ia_step_kind ia_step_background = {&ia_background_method, run_background, NULL};
const ia_step_kind ia_step_deconvolve = {&ia_deconvolve_method, run_deconvolve, NULL};
const ia_step_kind ia_step_charge_states = {&ia_charge_states_method, run_charge_states,
                                            NULL};
// Atoms that ppm are of: those in ranges, background taken off where it is known.
static double count_atoms(const ia_composition *c)
{
    double raw = 0, corrected = 0;
    for (size_t i = 0; i < c->n_elements; i++) {
        raw += c->elements[i].counts;
        corrected += c->elements[i].corrected_counts;
    }
    return corrected > 0 ? corrected : raw;
}

static ia_status run_limits(ia_ctx *ctx, ia_state *state, const void *params,
                            ia_result *result)
{
    const ia_limits_input input = {.spectrum = &state->spectrum,
                                   .background = &state->background,
                                   .peaks = &state->peaks,
                                   .shape = ia_state_shape(state),
                                   .solved = &state->deconvolution,
                                   .atoms = count_atoms(&state->composition),
                                   .field = state->charge_states.field,
                                   .sigma_field = state->charge_states.sigma,
                                   .enriched = state->ranges.enriched};
    ia_limits_clear(&state->limits);
    ia_status st = ia_limits_compute(ctx, &input, params, &state->limits);
    if (st != IA_OK)
        return st;
    ia_tell_missing(ctx, state);
    return ia_limits_tables(ctx, &state->limits, result);
}

const ia_step_kind ia_step_limits = {&ia_limits_method, run_limits, NULL};
const ia_step_kind ia_step_composition = {&ia_composition_method, run_composition, NULL};
