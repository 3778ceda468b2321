// src/cluster/blobs.c: round clusters in a background, as a mixture of Gaussians and one
// even part. Uses boxes of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/blobs.h>

#include "cluster/blob_fit.h"
#include "spatial/boxes.h"
#include "cluster/cores.h"

#include <ionatlas/edge.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_blobs_params, min_points, "", 10, 4, 10000,
             "points of the smallest blob"),
    IA_FIELD(IA_F64, ia_blobs_params, volume, "nm^3", 0, 0, 1e12,
             "of the specimen; 0: measured"),
    IA_FIELD(IA_F64, ia_blobs_params, evidence, "", 6, 0, 1e6,
             "log-likelihood that a blob must add beyond that of its numbers"),
};
const ia_method ia_blobs_method = IA_METHOD(
    "blobs", "Gaussian mixture with an even background", ia_blobs_params, fields);

ia_blobs_params ia_blobs_defaults(void)
{
    ia_blobs_params params;
    ia_method_defaults(&ia_blobs_method, &params);
    return params;
}

enum { NUMBERS = 5, NEAR = 12 };
static const double start_width = 0.6; // of the core distance
static const double least_width = 0.02;
static const double least_contrast = 1.5; // of a start's density over the mean

static bool is_start(const ia_cores *c, size_t i, double mean_density)
{
    double r = c->core[i];
    double density = (double)c->k / (4 * M_PI / 3 * r * r * r);
    if (!(r > 0) || density < least_contrast * mean_density)
        return false;
    for (size_t m = 0; m < c->n_near; m++) {
        uint32_t j = c->near[i * c->n_near + m];
        if (c->core[j] < c->core[i] || (c->core[j] == c->core[i] && j < i))
            return false;
    }
    return true;
}

static ia_status add_starts(ia_ctx *ctx, const ia_points *points, const ia_cores *c,
                            ia_blobs *out)
{
    double mean = (double)out->n / out->volume;
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++)
        n += is_start(c, i, mean);
    if (!(out->blobs = ia_array(ctx, n, sizeof *out->blobs)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n; i++) {
        if (!is_start(c, i, mean))
            continue;
        ia_blob *blob = &out->blobs[out->n_blobs++];
        for (size_t k = 0; k < 3; k++)
            blob->centre[k] = points->xyz[3 * i + k];
        blob->width = fmax(start_width * c->core[i], least_width);
        blob->points = (double)c->k;
    }
    return IA_OK;
}

static ia_status start(ia_ctx *ctx, const ia_points *points, size_t min_points,
                       ia_blobs *out)
{
    ia_cores c = {.k = min_points - 1};
    ia_status st = IA_ERR_MEMORY;
    c.n_near = c.k < NEAR ? c.k : NEAR;
    if ((c.core = ia_array(ctx, out->n, sizeof *c.core)) &&
        (c.near = ia_array(ctx, out->n * c.n_near, sizeof *c.near)) &&
        (st = ia_cores_find(ctx, points, &c)) == IA_OK)
        st = add_starts(ctx, points, &c, out);
    free(c.core);
    free(c.near);
    return st;
}

static ia_status measure(ia_ctx *ctx, const ia_points *points, ia_blobs *out)
{
    out->volume = NAN;
    return ia_volume_measure(ctx, points, &out->volume);
}

static ia_status find(ia_ctx *ctx, const ia_points *points, const ia_blobs_params *p,
                      ia_blobs *out)
{
    ia_blob_rules rules = {(double)p->min_points,
                           0.5 * NUMBERS * log((double)out->n) + p->evidence, least_width,
                           NULL, NULL};
    ia_status st = IA_OK;
    out->volume = p->volume;
    out->even = 1;
    for (size_t i = 0; i < out->n; i++)
        out->label[i] = -1;
    if (out->n <= p->min_points)
        return IA_OK;
    if (out->volume == 0 && (st = measure(ctx, points, out)) != IA_OK)
        return st;
    if (!(out->volume > 0)) // flat, or few: no density to compare with
        return IA_OK;
    st = start(ctx, points, p->min_points, out);
    return st == IA_OK ? ia_blobs_settle(ctx, points, &rules, out) : st;
}

ia_status ia_blobs_compute(ia_ctx *ctx, const ia_points *points,
                           const ia_blobs_params *params, ia_blobs *out)
{
    ia_blobs_params p = params ? *params : ia_blobs_defaults();
    ia_blobs b = {.n = points->n};
    ia_status st = ia_method_check(ctx, &ia_blobs_method, &p);
    if (st != IA_OK || (st = ia_boxes_check(ctx, points)) != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    if ((b.label = ia_array(ctx, b.n, sizeof *b.label)) &&
        (b.probability = ia_array(ctx, b.n, sizeof *b.probability)) &&
        (st = find(ctx, points, &p, &b)) == IA_OK) {
        *out = b;
        b = (ia_blobs){0};
    }
    ia_blobs_clear(&b);
    return st;
}

void ia_blobs_clear(ia_blobs *blobs)
{
    free(blobs->blobs);
    free(blobs->label);
    free(blobs->probability);
    *blobs = (ia_blobs){0};
}
