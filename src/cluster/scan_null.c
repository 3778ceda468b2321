// src/cluster/scan_null.c: what chance puts into balls: the density of all ions, weighted
// where the solute varies slowly.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/scan_null.h"

#include <math.h>
#include <stdlib.h>

// Where the solute varies slowly the null of a ball does: ions count by their chance.
ia_status ia_scan_null_weigh(ia_ctx *ctx, const ia_sample *sample, float **weight)
{
    double sum = 0;
    if (!sample->rate)
        return IA_OK;
    if (!(*weight = ia_array(ctx, sample->n, sizeof **weight)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < sample->n; i++)
        sum += (double)sample->rate[i];
    for (size_t i = 0; i < sample->n; i++)
        (*weight)[i] = (float)((double)sample->rate[i] * (double)sample->n / sum);
    return IA_OK;
}

static ia_status build_density(ia_ctx *ctx, const ia_sample *sample, float **weight,
                               ia_scan_density *out)
{
    ia_points points = {sample->xyz, sample->n};
    ia_status st = ia_scan_null_weigh(ctx, sample, weight);
    return st == IA_OK ? ia_scan_density_build(ctx, &points, *weight, out) : st;
}

ia_status ia_scan_null_prepare(ia_ctx *ctx, const ia_sample *sample,
                               ia_settings *settings)
{
    float *weight = NULL;
    ia_scan_density *density = ia_array(ctx, 1, sizeof *density);
    if (!density)
        return IA_ERR_MEMORY;
    ia_status st = build_density(ctx, sample, &weight, density);
    settings->aid = density;
    free(weight);
    return st;
}

void ia_scan_null_release(ia_settings *settings)
{
    if (settings->aid)
        ia_scan_density_clear(settings->aid);
    free(settings->aid);
    settings->aid = NULL;
}

ia_status ia_scan_null_whole(ia_ctx *ctx, const ia_solute_set *solute,
                             const ia_cluster_params *params, const ia_cluster_test *test,
                             float **weight, ia_scan_density *density)
{
    ia_cluster_params all = *params;
    ia_sample sample = {0};
    all.test_ions = SIZE_MAX;
    ia_status st = ia_sample_build(ctx, solute, &all, NULL, &sample);
    if (st == IA_OK && !isnan(test->p_local))
        st = ia_sample_follow_drift(ctx, &sample, IA_SCAN_SLOW_EDGE);
    if (st == IA_OK)
        st = build_density(ctx, &sample, weight, density);
    ia_sample_clear(&sample);
    return st;
}
