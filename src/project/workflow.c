// src/project/workflow.c: the kinds of step, running them and keeping their records.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <ionatlas/shape.h>
#include <ionatlas/autorange.h>
#include <ionatlas/blobs.h>
#include <ionatlas/hdbscan.h>
#include <ionatlas/optics.h>
#include <ionatlas/projection_fit.h>
#include <ionatlas/orientation.h>
#include <ionatlas/quadrilateral.h>
#include <ionatlas/synth.h>
#include <ionatlas/tip_angles.h>
#include <ionatlas/tof_trees.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void ia_state_clear(ia_state *state)
{
    ia_clustering_clear(&state->clustering);
    ia_hydrogen_clear(&state->hydrogen);
    ia_knn_tests_clear(&state->knn);
    ia_rdfs_clear(&state->rdf);
    ia_correlations_clear(&state->correlation);
    ia_frequency_clear(&state->frequency);
    ia_axis_profile_clear(&state->profile);
    ia_volume_clear(&state->volume);
    ia_surface_clear(&state->surface);
    ia_edge_clear(&state->edge);
    ia_fourier_clear(&state->fourier);
    ia_sdm_clear(&state->sdm);
    ia_planes_clear(&state->planes);
    ia_proxigram_clear(&state->proxigram);
    ia_orientation_clear(&state->orientation);
    ia_found_poles_clear(&state->found_poles);
    ia_combined_map_clear(&state->combined);
    ia_drift_clear(&state->drift);
    ia_hitmap_clear(&state->hitmap);
    ia_projection_evidence_clear(&state->evidence);
    ia_multihit_clear(&state->multihit);
    ia_dead_time_clear(&state->dead_time);
    ia_multiples_clear(&state->multiples);
    ia_charge_states_clear(&state->charge_states);
    ia_composition_clear(&state->composition);
    ia_limits_clear(&state->limits);
    ia_ion_mixture_clear(&state->mixture);
    ia_deconvolution_clear(&state->deconvolution);
    ia_identification_clear(&state->identification);
    ia_background_clear(&state->background);
    ia_peak_shape_clear(&state->shape);
    ia_peak_shape_clear(&state->solved_shape);
    ia_peaks_clear(&state->peaks);
    ia_background_clear(&state->blind);
    ia_spectrum_clear(&state->spectrum);
    ia_calibration_clear(&state->calibration);
    ia_reconstruction_clear(&state->reconstruction);
    ia_range_counts_clear(&state->counts);
    ia_ranger_clear(&state->ranger);
    ia_ranges_clear(&state->ranges);
    ia_source_clear(&state->ranges_file);
    for (size_t i = 0; i < state->n_people; i++)
        ia_source_clear(&state->people[i]);
    ia_source_clear(&state->mesh_file);
    ia_detector_clear(&state->detector);
    ia_ions_clear(&state->ions);
    free(state->mass);
    free(state->mass_before);
    free(state->xyz);
    *state = (ia_state){0};
}

// In the order of the data path, one a line.
// clang-format off
static const ia_step_kind *const kinds[] = {
    &ia_step_read,
    &ia_step_detector,
    &ia_step_flight,
    &ia_step_calibrate,
    &ia_step_spectrum,
    &ia_step_peaks,
    &ia_step_peak_shape,
    &ia_step_identify,
    &ia_step_autorange,
    &ia_step_label,
    &ia_step_range,
    &ia_step_background,
    &ia_step_dead_time,
    &ia_step_deconvolve,
    &ia_step_mixture,
    &ia_step_composition,
    &ia_step_agreement,
    &ia_step_charge_states,
    &ia_step_limits,
    &ia_step_hydrogen,
    &ia_step_multihit,
    &ia_step_knn,
    &ia_step_cluster,
    &ia_step_profile,
    &ia_step_rdf,
    &ia_step_correlation,
    &ia_step_frequency,
    &ia_step_field,
    &ia_step_isosurface,
    &ia_step_edge,
    &ia_step_proxigram,
    &ia_step_hitmap,
    &ia_step_poles,
    &ia_step_drift,
    &ia_step_orientation,
    &ia_step_quadrilateral,
    &ia_step_turn,
    &ia_step_quality,
    &ia_step_fourier,
    &ia_step_sdm,
    &ia_step_reconstruct,
    &ia_step_planes,
};
// clang-format on
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

const ia_step_kind *const *ia_step_kinds(size_t *n)
{
    *n = N_KINDS;
    return kinds;
}

const ia_step_kind *ia_step_kind_find(const char *method)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i]->method->name, method) == 0)
            return kinds[i];
    return NULL;
}

// clang-format off
static const ia_method *const methods[] = {
    &ia_read_method,
    &ia_detector_method,
    &ia_flight_method,
    &ia_calibrate_method,
    &ia_spectrum_method,
    &ia_peaks_method,
    &ia_peak_shape_method,
    &ia_identify_method,
    &ia_autorange_method,
    &ia_label_method,
    &ia_range_method,
    &ia_background_method,
    &ia_deconvolve_method,
    &ia_ion_mixture_method,
    &ia_composition_method,
    &ia_limits_method,
    &ia_agreement_method,
    &ia_hydrogen_method,
    &ia_index_method,
    &ia_knn_method,
    &ia_cluster_method,
    &ia_quality_method,
    &ia_simulate_method,
    &ia_write_method,
    &ia_multihit_method,
    &ia_dead_time_method,
    &ia_charge_states_method,
    &ia_rdf_method,
    &ia_correlation_method,
    &ia_frequency_method,
    &ia_tof_method,
    &ia_quad_method,
    &ia_tip_angles_method,
    &ia_axis_profile_method,
    &ia_hdbscan_method,
    &ia_optics_method,
    &ia_blobs_method,
    &ia_volume_method,
    &ia_surface_method,
    &ia_edge_method,
    &ia_proxigram_method,
    &ia_hitmap_method,
    &ia_pole_method,
    &ia_drift_method,
    &ia_orientation_method,
    &ia_quadrilateral_method,
    &ia_learned_turn_method,
    &ia_fourier_method,
    &ia_sdm_method,
    &ia_reconstruct_method,
    &ia_planes_method,
    &ia_projection_fit_method,
};
// clang-format on
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

void ia_chain_forget(ia_chain *chain, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        clear_record(&chain->steps[i]);
    memmove(chain->steps + first, chain->steps + first + n,
            (chain->n - first - n) * sizeof *chain->steps);
    chain->n -= n;
}

const ia_step_record *ia_chain_find(const ia_chain *chain, const char *method)
{
    for (size_t i = chain->n; i > 0; i--)
        if (strcmp(chain->steps[i - 1].kind->method->name, method) == 0)
            return &chain->steps[i - 1];
    return NULL;
}

static ia_status keep_warnings(ia_ctx *ctx, size_t first, ia_step_record *record)
{
    size_t n = ia_ctx_n_warnings(ctx);
    char **grown = ia_array(ctx, record->n_warnings + n - first, sizeof *grown);
    if (!grown)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < record->n_warnings; i++)
        grown[i] = record->warnings[i];
    free(record->warnings);
    record->warnings = grown;
    for (size_t i = first; i < n; i++, record->n_warnings++)
        if (!(grown[record->n_warnings] = ia_text(ctx, ia_ctx_warning(ctx, i))))
            return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_chain_keep_warnings(ia_ctx *ctx, size_t first, ia_chain *chain)
{
    return keep_warnings(ctx, first, &chain->steps[chain->n - 1]);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// What the input decides is recorded as it is run: a project repeats without the file.
static ia_status settle(ia_ctx *ctx, const ia_state *state, const ia_method *method,
                        void *params)
{
    if (method == &ia_spectrum_method)
        return ia_spectrum_settle(ctx, &state->ions, params);
    if (method == &ia_axis_profile_method)
        return ia_axis_profile_settle(ctx, &state->read, params);
    return IA_OK;
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
    if ((st = ia_method_check(ctx, method, record->params)) != IA_OK)
        return st;
    if ((st = settle(ctx, state, method, record->params)) != IA_OK ||
        (st = ia_tell_places(ctx, state, method)) != IA_OK ||
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
