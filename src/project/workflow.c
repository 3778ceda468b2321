// src/project/workflow.c: the kinds of step, running them and keeping their records.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/workflow.h>

#include <ionatlas/synth.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const ia_field range_fields[] = {
    IA_FIELD_CHOICE(ia_range_params, source, "file", "file",
                    "where ranges come from: a range file"),
};
const ia_method ia_range_method =
    IA_METHOD("range", "Assign ions to mass ranges", ia_range_params, range_fields);

ia_range_params ia_range_defaults(void)
{
    ia_range_params params;
    ia_method_defaults(&ia_range_method, &params);
    return params;
}

void ia_state_clear(ia_state *state)
{
    ia_composition_clear(&state->composition);
    ia_spectrum_clear(&state->spectrum);
    ia_range_counts_clear(&state->counts);
    ia_ranger_clear(&state->ranger);
    ia_ranges_clear(&state->ranges);
    ia_source_clear(&state->ranges_file);
    ia_ions_clear(&state->ions);
    *state = (ia_state){0};
}

static ia_status run_read(ia_ctx *ctx, ia_state *state, const void *params,
                          ia_result *result)
{
    ia_status st = ia_ions_prepare(ctx, params, &state->ions, &state->survey);
    return st == IA_OK ? ia_survey_tables(ctx, &state->ions, &state->survey, result) : st;
}

// Merged ranges with their counts; with the background's share once there is one.
static ia_status range_tables(ia_ctx *ctx, const ia_state *state,
                              const ia_background *background, ia_result *result)
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
    double *share = counts && background
                        ? ia_table_add(ctx, table, "background_counts", IA_F64)
                        : NULL;
    if (!counts || (background && !share))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const ia_ion *kind = &state->ranges.ions[state->ranger.ion[i]];
        char tally[IA_FIELD_TEXT_MAX];
        ia_ion_tally(kind, tally, sizeof tally);
        if (!(ion[i] = ia_text(ctx, kind->name)) || !(elements[i] = ia_text(ctx, tally)))
            return IA_ERR_MEMORY;
        charge[i] = kind->charge;
        lo[i] = state->ranger.lo[i];
        hi[i] = state->ranger.hi[i];
        counts[i] = state->counts.counts[i];
        if (share)
            share[i] = ia_background_counts(background, lo[i], hi[i]);
    }
    return IA_OK;
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

static ia_status run_range(ia_ctx *ctx, ia_state *state, const void *params,
                           ia_result *result)
{
    (void)params; // one source so far, and it is in the state
    const ia_source *file = &state->ranges_file;
    ia_status st;
    ia_range_counts_clear(&state->counts);
    ia_ranger_clear(&state->ranger);
    ia_ranges_clear(&state->ranges);
    if (file->n == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "no ranges: give a range file with --ranges");
    if ((st = ia_ranges_parse_source(ctx, file, &state->ranges)) != IA_OK ||
        (st = ia_ranger_build(ctx, &state->ranges, &state->ranger)) != IA_OK ||
        (st = ia_range_counts_compute(ctx, &state->ions, &state->ranger,
                                      &state->counts)) != IA_OK)
        return st;
    state->label_source = (ia_label_source){&state->ions, &state->ranger};
    warn_outside(ctx, state);
    return range_tables(ctx, state, NULL, result);
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
    ia_status st = ia_background_compute(ctx, &state->spectrum, &state->ranger, params,
                                         &state->background);
    if (st == IA_OK)
        st = ia_background_tables(ctx, &state->background, result);
    return st == IA_OK ? range_tables(ctx, state, &state->background, result) : st;
}

static ia_status run_composition(ia_ctx *ctx, ia_state *state, const void *params,
                                 ia_result *result)
{
    ia_composition_clear(&state->composition);
    ia_status st =
        ia_composition_compute(ctx, &state->ranges, &state->ranger, &state->counts,
                               &state->background, &state->composition);
    return st == IA_OK ? ia_composition_tables(ctx, &state->composition, params, result)
                       : st;
}

static const ia_step_kind kinds[] = {
    {&ia_read_method, run_read, NULL},
    {&ia_range_method, run_range, range_labels},
    {&ia_spectrum_method, run_spectrum, NULL},
    {&ia_background_method, run_background, NULL},
    {&ia_composition_method, run_composition, NULL},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

const ia_step_kind *ia_step_kinds(size_t *n)
{
    *n = N_KINDS;
    return kinds;
}

const ia_step_kind *ia_step_kind_find(const char *method)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].method->name, method) == 0)
            return &kinds[i];
    return NULL;
}

static const ia_method *const methods[] = {
    &ia_read_method,       &ia_range_method,       &ia_spectrum_method,
    &ia_background_method, &ia_composition_method, &ia_simulate_method,
    &ia_write_method,
};
enum { N_METHODS = sizeof methods / sizeof methods[0] };

const ia_method *const *ia_methods(size_t *n)
{
    *n = N_METHODS;
    return methods;
}

const ia_method *ia_method_named(const char *name)
{
    for (size_t i = 0; i < N_METHODS; i++)
        if (strcmp(methods[i]->name, name) == 0)
            return methods[i];
    return NULL;
}

static void clear_record(ia_step_record *record)
{
    for (size_t i = 0; i < record->n_warnings; i++)
        free(record->warnings[i]);
    free(record->warnings);
    free(record->params);
    ia_result_clear(&record->result);
    *record = (ia_step_record){0};
}

void ia_chain_clear(ia_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        clear_record(&chain->steps[i]);
    free(chain->steps);
    *chain = (ia_chain){0};
}

const ia_step_record *ia_chain_find(const ia_chain *chain, const char *method)
{
    for (size_t i = chain->n; i > 0; i--)
        if (strcmp(chain->steps[i - 1].kind->method->name, method) == 0)
            return &chain->steps[i - 1];
    return NULL;
}

static ia_status keep_warnings(ia_ctx *ctx, size_t before, ia_step_record *record)
{
    size_t n = ia_ctx_n_warnings(ctx) - before;
    if (!(record->warnings = ia_array(ctx, n, sizeof *record->warnings)))
        return IA_ERR_MEMORY;
    for (; record->n_warnings < n; record->n_warnings++) {
        const char *text = ia_ctx_warning(ctx, before + record->n_warnings);
        if (!(record->warnings[record->n_warnings] = ia_text(ctx, text)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ia_status run(ia_ctx *ctx, ia_state *state, const void *params,
                     ia_step_record *record)
{
    const ia_method *method = record->kind->method;
    size_t n_warnings = ia_ctx_n_warnings(ctx);
    double begin = seconds_now();
    ia_status st;
    if (!(record->params = ia_array(ctx, 1, method->size)))
        return IA_ERR_MEMORY;
    if (params)
        memcpy(record->params, params, method->size);
    else
        ia_method_defaults(method, record->params);
    record->started = (int64_t)time(NULL);
    if ((st = ia_method_check(ctx, method, record->params)) != IA_OK ||
        (st = record->kind->run(ctx, state, record->params, &record->result)) != IA_OK ||
        (st = keep_warnings(ctx, n_warnings, record)) != IA_OK)
        return st;
    record->seconds = seconds_now() - begin;
    return IA_OK;
}

ia_status ia_chain_run(ia_ctx *ctx, ia_chain *chain, ia_state *state, const char *method,
                       const void *params)
{
    ia_step_record record = {.kind = ia_step_kind_find(method)};
    if (!record.kind)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "this version has no step '%s'", method);
    ia_step_record *steps = ia_array(ctx, chain->n + 1, sizeof *steps);
    ia_status st = steps ? run(ctx, state, params, &record) : IA_ERR_MEMORY;
    if (st != IA_OK) {
        clear_record(&record);
        free(steps);
        return st;
    }
    if (chain->n > 0)
        memcpy(steps, chain->steps, chain->n * sizeof *steps);
    steps[chain->n] = record;
    free(chain->steps);
    chain->steps = steps;
    chain->n++;
    return IA_OK;
}
