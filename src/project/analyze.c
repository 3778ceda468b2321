// src/project/analyze.c: which steps an analysis takes, in which order, and which it must
// leave out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdio.h>
#include <string.h>

// What a step cannot do without, beside what its neighbours leave in the state.
enum {
    NEEDS_MASS = 1,
    NEEDS_XYZ = 2,
    NEEDS_RANGED = 4,
    NEEDS_NO_FILE = 8,
    NEEDS_FLIGHT = 16,
    NEEDS_DETECTOR = 32,
    NEEDS_MULTIPLES = 64,
    NEEDS_RAW = 128
};

typedef struct {
    const ia_step_kind *kind;
    ia_analysis_end from; // part of analyses that go at least so far
    unsigned needs;
} plan_row;

static const plan_row plan[] = {
    {&ia_step_read, IA_TO_RANGE, 0},
    {&ia_step_detector, IA_TO_END, NEEDS_DETECTOR},
    {&ia_step_flight, IA_TO_RANGE, NEEDS_FLIGHT},
    {&ia_step_calibrate, IA_TO_RANGE, NEEDS_RAW},
    {&ia_step_spectrum, IA_TO_RANGE, NEEDS_MASS},
    {&ia_step_peaks, IA_TO_RANGE, NEEDS_MASS},
    {&ia_step_peak_shape, IA_TO_RANGE, NEEDS_MASS},
    {&ia_step_identify, IA_TO_RANGE, NEEDS_MASS | NEEDS_NO_FILE},
    {&ia_step_autorange, IA_TO_RANGE, NEEDS_MASS | NEEDS_NO_FILE},
    {&ia_step_range, IA_TO_RANGE, NEEDS_MASS},
    {&ia_step_background, IA_TO_COMPOSITION, NEEDS_MASS},
    {&ia_step_dead_time, IA_TO_COMPOSITION, NEEDS_MASS | NEEDS_MULTIPLES},
    {&ia_step_deconvolve, IA_TO_COMPOSITION, NEEDS_MASS},
    {&ia_step_composition, IA_TO_COMPOSITION, NEEDS_MASS},
    {&ia_step_charge_states, IA_TO_COMPOSITION, NEEDS_MASS | NEEDS_RANGED},
    {&ia_step_limits, IA_TO_COMPOSITION, NEEDS_MASS | NEEDS_RANGED},
    {&ia_step_label, IA_TO_RECORD, NEEDS_MASS | NEEDS_NO_FILE},
    {&ia_step_hydrogen, IA_TO_END, NEEDS_MASS | NEEDS_NO_FILE | NEEDS_RANGED},
    {&ia_step_multihit, IA_TO_END, NEEDS_MASS | NEEDS_MULTIPLES},
    {&ia_step_knn, IA_TO_END, NEEDS_MASS | NEEDS_XYZ | NEEDS_RANGED},
    {&ia_step_cluster, IA_TO_END, NEEDS_MASS | NEEDS_XYZ | NEEDS_RANGED},
    {&ia_step_quality, IA_TO_END, 0},
};
enum { N_PLAN = sizeof plan / sizeof plan[0] };

// Ions of a project were read before: the record repeats how.
static const void *read_params(const ia_state *state, ia_params_of params_of, void *user)
{
    const ia_read_params *given = params_of ? params_of(user, &ia_read_method) : NULL;
    const ia_read_params usual = ia_read_defaults();
    bool asked = given && !ia_read_is_same(given, &usual);
    return state->is_stored && !asked ? &state->read : given;
}

// Of steps that do not go by what was given alone.
typedef struct {
    ia_range_params ranges;
    ia_label_params candidates;
    ia_identify_params identify;
} own_params;

// What else each peak could be: enough to judge a name by, in little time.
static ia_label_params candidate_params(void)
{
    ia_label_params params = ia_label_defaults();
    params.atoms_max = 3;
    params.most = 5;
    return params;
}

// The record says where the ranges came from, not that it was left open.
static const void *params_for(const plan_row *row, const ia_state *state,
                              const own_params *own, ia_params_of params_of, void *user)
{
    if (row->kind == &ia_step_read)
        return read_params(state, params_of, user);
    if (row->kind == &ia_step_range)
        return &own->ranges;
    if (row->kind == &ia_step_label)
        return &own->candidates;
    if (row->kind == &ia_step_identify)
        return &own->identify;
    return params_of ? params_of(user, row->kind->method) : NULL;
}

// What the specimen was charged with stays with a project unless something else is given.
static ia_identify_params resolve_identify(const ia_state *state,
                                           const ia_identify_params *given)
{
    ia_identify_params p = given ? *given : ia_identify_defaults();

    if (!p.enriched[0] && state->is_stored)
        memcpy(p.enriched, state->identify_params.enriched, sizeof p.enriched);
    return p;
}

// Edits asked for now come after those of the project, which go with its ranges; "none"
// in front drops those.
static ia_status resolve_edits(ia_ctx *ctx, const ia_state *state, const char *given,
                               ia_range_params *out)
{
    static const char none[] = "none";
    bool drop = strncmp(given, none, strlen(none)) == 0 &&
                (!given[strlen(none)] || strchr("; \n", given[strlen(none)]));
    bool keep = !drop && state->is_stored && state->ranging.source == out->source;
    const char *before = keep ? state->ranging.edits : "";
    if (drop)
        given += strlen(none);
    given += strspn(given, "; \n");
    int n = snprintf(out->edits, sizeof out->edits, "%s%s%s", before,
                     *before && *given ? "; " : "", given);
    if (n >= 0 && (size_t)n < sizeof out->edits)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_PARAM,
                   "more than %zu characters of edits to the ranges: write the edited "
                   "ranges to a file and give that with --ranges",
                   sizeof out->edits - 1);
}

// Ranges come from a file when one is there and nobody asked otherwise.
static bool has_file(const ia_state *state, ia_params_of params_of, void *user)
{
    const ia_range_params *params = params_of ? params_of(user, &ia_range_method) : NULL;
    int source = params ? params->source : IA_RANGES_BEST;
    return source == IA_RANGES_FILE ||
           (source == IA_RANGES_BEST && state->ranges_file.n > 0);
}

// m/n is computed only where the input lacks it and someone knows the flight path.
static bool wants_flight(const ia_state *state, ia_params_of params_of, void *user)
{
    const ia_flight_params *params =
        params_of ? params_of(user, &ia_flight_method) : NULL;
    return params && params->flight_path > 0 && !ia_ions_has(&state->ions, IA_MASS);
}

// m/n is found blind where there is none and nobody knows the flight path, or where it is
// asked for.
static bool wants_calibration(const ia_state *state, ia_params_of params_of, void *user)
{
    const ia_calibrate_params *params =
        params_of ? params_of(user, &ia_calibrate_method) : NULL;
    bool times = ia_ions_has(&state->ions, IA_TOF) && ia_ions_has(&state->ions, IA_V_DC);
    if (params && params->calibrate)
        return times || ia_ions_has(&state->ions, IA_MASS);
    return times && !ia_ions_has(&state->ions, IA_MASS);
}

// A flight path that was given and did not serve.
static void tell_flight(ia_ctx *ctx, const ia_chain *chain, ia_params_of params_of,
                        void *user)
{
    const ia_flight_params *params =
        params_of ? params_of(user, &ia_flight_method) : NULL;
    if (params && params->flight_path > 0 && !ia_chain_find(chain, "flight"))
        ia_warn(ctx, "--flight-path is not used: m/n is taken from the file, or times of "
                     "flight and voltages are missing");
}

static bool has_detector(const ia_ions *ions)
{
    return ia_ions_has(ions, IA_TOF) || ia_ions_has(ions, IA_DET_XY) ||
           ia_ions_has(ions, IA_MULTIPLICITY);
}

// Which ions came together.
static bool has_multiples(const ia_ions *ions)
{
    return ia_ions_has(ions, IA_MULTIPLICITY) || ia_ions_has(ions, IA_PULSES_SINCE);
}

static bool is_possible(const ia_state *state, unsigned needs, bool file, bool flight,
                        bool raw)
{
    return !(needs & NEEDS_MASS && !ia_ions_has(&state->ions, IA_MASS)) &&
           !(needs & NEEDS_XYZ && !ia_ions_has(&state->ions, IA_XYZ)) &&
           !(needs & NEEDS_RANGED && state->counts.ranged == 0) &&
           !(needs & NEEDS_NO_FILE && file) && !(needs & NEEDS_RAW && !raw) &&
           !(needs & NEEDS_DETECTOR && !has_detector(&state->ions)) &&
           !(needs & NEEDS_MULTIPLES && !has_multiples(&state->ions)) &&
           !(needs & NEEDS_FLIGHT && !(flight && ia_ions_has(&state->ions, IA_TOF) &&
                                       ia_ions_has(&state->ions, IA_V_DC)));
}

// Neighbours and clusters are of a volume.
static void tell_flat(ia_ctx *ctx, const ia_survey *survey)
{
    static const char *const shapes[] = {"", "in a plane", "on a line", "at one place"};
    size_t n_flat = 0;
    for (size_t k = 0; k < 3; k++)
        n_flat += survey->bounds[k][1] <= survey->bounds[k][0];
    if (n_flat > 0)
        ia_warn(ctx, "all ions lie %s: what is said of space is not of a volume",
                shapes[n_flat]);
}

static void tell_missing(ia_ctx *ctx, const ia_state *state)
{
    if (!ia_ions_has(&state->ions, IA_MASS))
        ia_warn(ctx, "the input has no m/n: no mass spectrum, no ranges, no composition "
                     "(--flight-path and --t0 would give m/n)");
    else if (state->counts.ranged == 0)
        ia_warn(ctx, "no ion is ranged: no composition, no neighbours, no clusters");
    if (!ia_ions_has(&state->ions, IA_XYZ))
        ia_warn(ctx,
                "the input has no positions: no projections and no spatial analysis");
    else
        tell_flat(ctx, &state->survey);
}

// Why there is none, where that is known.
static ia_status need_mass(ia_ctx *ctx, const ia_state *state)
{
    if (!ia_ions_has(&state->ions, IA_MASS) && state->calibration.reason[0])
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%s", state->calibration.reason);
    return ia_ions_need(ctx, &state->ions, IA_MASS);
}

static void tell_scale(ia_ctx *ctx, const ia_calibration *found, const char *why)
{
    if (found->from_times)
        ia_warn(ctx,
                "the mass scale was found anew from times of flight (t0 = %.4g ns, "
                "flight path %.5g mm), for %s",
                found->t0.value, found->flight_path.value, why);
    else
        ia_warn(
            ctx,
            "the mass scale was found anew, sqrt(m/n) = %.6g sqrt(m/n of the file) %+.3g "
            "Da^1/2, for %s",
            found->a.value, found->b.value, why);
}

// An analysis on its way.
typedef struct {
    ia_ctx *ctx;
    ia_chain *chain;
    ia_state *state;
    ia_params_of params_of;
    void *user;
    bool file;                  // ranges come from one
    size_t n_steps, n_warnings; // before the spectrum
} analysis;

// Once, where it would look for a scale, of an atom probe; ranges of a person go with the
// m/n that they were made on.
static bool may_calibrate(const analysis *a, const ia_calibrate_params *params)
{
    const ia_identify_params *given =
        a->params_of ? a->params_of(a->user, &ia_identify_method) : NULL;
    const ia_identify_params told = given ? *given : ia_identify_defaults();
    bool times = ia_ions_has(&a->state->ions, IA_TOF);
    return !a->file && !ia_chain_find(a->chain, "calibrate") && !params->keep_scale &&
           (params->calibrate_from != IA_CALIBRATE_TIMES || times) &&
           told.technique == IA_TECHNIQUE_APT && told.polarity != IA_POLARITY_NEGATIVE &&
           a->state->ions.polarity >= 0;
}

// Why the scale of the file does not serve, known after `row`; "" where it does.
static void blame_scale(const ia_state *state, const plan_row *row, char *why, size_t n)
{
    const ia_scale_drift *drift = &state->scale_drift;
    why[0] = 0;
    if (row->kind == &ia_step_peaks && drift->spoils)
        snprintf(why, n,
                 "those of the file drift over the run by %.2g %% (root mean square), "
                 "%.1f widths of a peak",
                 100 * drift->rms, drift->widths);
    if (row->kind == &ia_step_identify && state->identification.blames_scale)
        snprintf(why, n, "with those of the file no ion could be told");
}

// Where the scale of the file does not serve, it is found anew. What went by the old one
// is forgotten then: `again`, it is to be done once more.
static ia_status look_for_scale(const analysis *a, const char *why, bool *again)
{
    const ia_calibrate_params *given =
        a->params_of ? a->params_of(a->user, &ia_calibrate_method) : NULL;
    ia_calibrate_params params = given ? *given : ia_calibrate_defaults();
    const ia_calibration *found = &a->state->calibration;

    if (!may_calibrate(a, &params))
        return IA_OK;
    params.calibrate = true;                        // as a person would have asked for it
    if (params.calibrate_from == IA_CALIBRATE_BEST) // theirs is the scale that is wrong
        params.calibrate_from = IA_CALIBRATE_MASS;
    ia_log(a->ctx, IA_LOG_INFO, "%s", ia_calibrate_method.title);
    ia_status st = ia_chain_run(a->ctx, a->chain, a->state, "calibrate", &params);
    if (st != IA_OK || found->verdict != IA_CALIBRATED)
        return st;
    ia_chain_forget(a->chain, a->n_steps, a->chain->n - 1 - a->n_steps);
    ia_ctx_forget_warnings(a->ctx, a->n_warnings);
    tell_scale(a->ctx, found, why);
    *again = true;
    return ia_chain_keep_warnings(a->ctx, a->n_warnings, a->chain);
}

// Of the spectrum nothing is said before its scale is settled.
static ia_status run_row(analysis *a, const plan_row *row, const own_params *own,
                         bool *again)
{
    char why[128];
    if (row->kind == &ia_step_spectrum) {
        a->n_steps = a->chain->n;
        a->n_warnings = ia_ctx_n_warnings(a->ctx);
        ia_ctx_hold_warnings(a->ctx, true);
    }
    ia_log(a->ctx, IA_LOG_INFO, "%s", row->kind->method->title);
    ia_status st = ia_chain_run(a->ctx, a->chain, a->state, row->kind->method->name,
                                params_for(row, a->state, own, a->params_of, a->user));
    blame_scale(a->state, row, why, sizeof why);
    *again = false;
    if (st == IA_OK && why[0])
        st = look_for_scale(a, why, again);
    if (st != IA_OK || *again || row->kind == &ia_step_range)
        ia_ctx_hold_warnings(a->ctx, false);
    return st;
}

static size_t row_of(const ia_step_kind *kind)
{
    size_t i = 0;
    while (plan[i].kind != kind)
        i++;
    return i;
}

ia_status ia_chain_analyze(ia_ctx *ctx, ia_chain *chain, ia_state *state,
                           ia_analysis_end end, ia_params_of params_of, void *user)
{
    bool file = has_file(state, params_of, user);
    const ia_range_params *given = params_of ? params_of(user, &ia_range_method) : NULL;
    own_params own = {
        .ranges = {.source = file ? IA_RANGES_FILE : IA_RANGES_AUTO},
        .candidates = candidate_params(),
        .identify = resolve_identify(
            state, params_of ? params_of(user, &ia_identify_method) : NULL)};
    analysis a = {ctx, chain, state, params_of, user, file, 0, 0};
    bool again;
    ia_status st = resolve_edits(ctx, state, given ? given->edits : "", &own.ranges);
    if (file) // ions are not told, but a nuclide that is named has a row
        memcpy(state->identify_params.enriched, own.identify.enriched,
               sizeof own.identify.enriched);
    if (st == IA_OK && end < IA_TO_END && !wants_flight(state, params_of, user) &&
        !wants_calibration(state, params_of, user))
        st = ia_ions_need(ctx, &state->ions, IA_MASS);
    for (size_t i = 0; i < N_PLAN && st == IA_OK; i++) {
        bool flight = wants_flight(state, params_of, user);
        bool raw = wants_calibration(state, params_of, user);
        if (plan[i].from > end || !is_possible(state, plan[i].needs, file, flight, raw))
            continue;
        st = run_row(&a, &plan[i], &own, &again);
        if (again)
            i = row_of(&ia_step_spectrum) - 1;
    }
    ia_ctx_hold_warnings(ctx, false);
    if (st == IA_OK && end < IA_TO_END) // zeros in its place are none
        st = need_mass(ctx, state);
    if (st == IA_OK && end == IA_TO_END) {
        tell_missing(ctx, state);
        tell_flight(ctx, chain, params_of, user);
    }
    return st;
}
