// src/project/steps_spatial.c: the steps that ask where ions lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

static ia_status run_knn(ia_ctx *ctx, ia_state *state, const void *params,
                         ia_result *result)
{
    ia_knn_input input = {&state->ions, &state->ranges, &state->ranger,
                          &state->composition};
    ia_knn_tests_clear(&state->knn);
    ia_status st = ia_knn_tests_compute(ctx, &input, params, &state->knn);
    return st == IA_OK ? ia_knn_tests_tables(ctx, &state->knn, result) : st;
}

const ia_step_kind ia_step_knn = {&ia_knn_method, run_knn, NULL};

static ia_status run_rdf(ia_ctx *ctx, ia_state *state, const void *params,
                         ia_result *result)
{
    ia_knn_input input = {&state->ions, &state->ranges, &state->ranger,
                          &state->composition};
    ia_rdfs_clear(&state->rdf);
    ia_status st = ia_rdfs_compute(ctx, &input, params, &state->rdf);
    return st == IA_OK ? ia_rdfs_tables(ctx, &state->rdf, result) : st;
}

static ia_status run_frequency(ia_ctx *ctx, ia_state *state, const void *params,
                               ia_result *result)
{
    ia_knn_input input = {&state->ions, &state->ranges, &state->ranger,
                          &state->composition};
    ia_frequency_clear(&state->frequency);
    ia_status st = ia_frequency_compute(ctx, &input, params, &state->frequency);
    return st == IA_OK ? ia_frequency_tables(ctx, &state->frequency, result) : st;
}

const ia_step_kind ia_step_frequency = {&ia_frequency_method, run_frequency, NULL};

static ia_status run_correlation(ia_ctx *ctx, ia_state *state, const void *params,
                                 ia_result *result)
{
    ia_knn_input input = {&state->ions, &state->ranges, &state->ranger,
                          &state->composition};
    ia_correlations_clear(&state->correlation);
    ia_status st = ia_correlations_compute(ctx, &input, params, &state->correlation);
    return st == IA_OK ? ia_correlations_tables(ctx, &state->correlation, result) : st;
}

const ia_step_kind ia_step_correlation = {&ia_correlation_method, run_correlation, NULL};

const ia_step_kind ia_step_rdf = {&ia_rdf_method, run_rdf, NULL};

static ia_status run_cluster(ia_ctx *ctx, ia_state *state, const void *params,
                             ia_result *result)
{
    ia_clustering_clear(&state->clustering);
    ia_cluster_input input = {&state->ions, &state->ranges, &state->ranger,
                              &state->background};
    ia_status st = ia_clustering_compute(ctx, &input, params, &state->clustering);
    return st == IA_OK
               ? ia_clustering_tables(ctx, &state->clustering, &state->ranges, result)
               : st;
}

static ia_column cluster_labels(const ia_state *state, const char **name)
{
    *name = "cluster";
    return ia_column_of(IA_I32, 1, state->clustering.n_ions, state->clustering.labels);
}

const ia_step_kind ia_step_cluster = {&ia_cluster_method, run_cluster, cluster_labels};
