// src/project/tell_places.c: says where ions lie at exactly the place of another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

ia_status ia_tell_places(ia_ctx *ctx, ia_state *state, const ia_method *method)
{
    static const ia_method *const spatial[] = {
        &ia_knn_method,       &ia_rdf_method,     &ia_correlation_method,
        &ia_frequency_method, &ia_cluster_method, &ia_axis_profile_method,
        &ia_volume_method,    &ia_surface_method, &ia_edge_method,
        &ia_proxigram_method, &ia_fourier_method, &ia_sdm_method,
        &ia_planes_method};
    bool asks = false;
    for (size_t i = 0; i < sizeof spatial / sizeof *spatial; i++)
        asks |= spatial[i] == method;
    if (!asks || state->is_place_told)
        return IA_OK;
    state->is_place_told = true;
    return ia_ions_tell_coincident(ctx, &state->ions);
}
