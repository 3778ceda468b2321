// src/cluster/find_gmm.c: a mixture of Gaussians as a way to find clusters: those that
// add more likelihood than any of chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/blob_fit.h"
#include "cluster/scan_null.h"

#include <ionatlas/blobs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_POINTS = 5 };
static const double least_ball = 7; // log likelihood ratio of one that a blob begins as
static const double weakest = 5, growth = 1.12; // log-likelihoods that are tallied
static const double ball_step = 0.25, widest_ball = 4.5; // widths
static const double thinnest = 0.01;                     // level of a place without ions
static const double width_of = 0.4472; // sqrt(1/5): of an even ball's radius

static double volume_of(const ia_scan_density *d)
{
    return pow(d->edge, 3) * (double)(d->size[0] * d->size[1] * d->size[2]);
}

static double least_points(const ia_cluster_params *params)
{
    return params->n_min > 0 ? (double)params->n_min : LEAST_POINTS;
}

// Ions in balls around a place over those of the mean density, linear between radii.
static double share_within(const double shares[SCAN_RADII], double radius)
{
    size_t r = 0;
    while (r + 2 < SCAN_RADII && ia_scan_radii[r + 1] < radius)
        r++;
    double step = (radius - ia_scan_radii[r]) / (ia_scan_radii[r + 1] - ia_scan_radii[r]);
    return shares[r] + fmin(fmax(step, 0), 1) * (shares[r + 1] - shares[r]);
}

// A Gaussian is a sum of even balls: with radii of R widths, weighed by R^4 exp(-R^2/2).
static double level_of(const void *user, const ia_blob *blob)
{
    const ia_scan_density *d = user;
    const float at[3] = {(float)blob->centre[0], (float)blob->centre[1],
                         (float)blob->centre[2]};
    double shares[SCAN_RADII], mean = (double)d->n / volume_of(d), sum = 0, weights = 0;
    float counts[SCAN_RADII];
    ia_scan_density_at(d, at, counts);
    for (size_t r = 0; r < SCAN_RADII; r++)
        shares[r] = (double)counts[r] / (4 * M_PI / 3 * pow(ia_scan_radii[r], 3) * mean);
    for (double radius = ball_step / 2; radius < widest_ball; radius += ball_step) {
        double weight = pow(radius, 4) * exp(-radius * radius / 2);
        weights += weight;
        sum += weight * share_within(shares, radius * blob->width);
    }
    return fmax(sum / weights, thinnest);
}

static ia_blob_rules rules_of(const ia_cluster_params *params, double needed,
                              const ia_scan_density *density)
{
    return (ia_blob_rules){least_points(params), needed, width_of * ia_scan_radii[0],
                           level_of, density};
}

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    (void)params;
    (void)spacing;
    out->n_d = SETTING_STEPS;
    out->n_n = 1;
    for (size_t j = 0; j < out->n_d; j++)
        out->d[j] = weakest * pow(growth, (double)j);
    out->reach = ia_scan_radii[0];
}

// Blobs begin as the balls that hold most beyond chance, none with its centre in a
// stronger one.
static void add_starts(const float *xyz, const ia_scan_balls *balls, ia_blobs *out)
{
    for (size_t b = 0; b < balls->n; b++) {
        const ia_scan_ball *ball = &balls->balls[b];
        const float *at = xyz + 3 * (size_t)ball->centre;
        double radius = ia_scan_radii[ball->radius];
        bool is_inside = false;
        for (size_t k = 0; k < out->n_blobs && !is_inside; k++) {
            const ia_blob *other = &out->blobs[k];
            double d2 = 0, r = fmax(other->width / width_of, radius);
            for (size_t i = 0; i < 3; i++)
                d2 += (at[i] - other->centre[i]) * (at[i] - other->centre[i]);
            is_inside = d2 < r * r;
        }
        if (is_inside)
            continue;
        out->blobs[out->n_blobs++] =
            (ia_blob){.centre = {at[0], at[1], at[2]},
                      .width = width_of * radius,
                      .points = (double)ball->k - ball->expected};
    }
}

// A mixture that keeps what adds `needed` or more.
static ia_status fit(ia_ctx *ctx, const ia_scan_null *null, const float *xyz,
                     const ia_blob_rules *rules, ia_blobs *out)
{
    ia_points points = {xyz, null->n};
    ia_scan_balls balls = {0};
    ia_blobs b = {.n = null->n, .volume = volume_of(null->density)};
    ia_status st = ia_scan_balls_find(ctx, null, xyz, least_ball, &balls);
    if (st != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    if ((b.blobs = ia_array(ctx, balls.n, sizeof *b.blobs)) &&
        (b.label = ia_array(ctx, b.n, sizeof *b.label)) &&
        (b.probability = ia_array(ctx, b.n, sizeof *b.probability))) {
        add_starts(xyz, &balls, &b);
        st = ia_blobs_settle(ctx, &points, rules, &b);
    }
    if (st == IA_OK) {
        *out = b;
        b = (ia_blobs){0};
    }
    ia_scan_balls_clear(&balls);
    ia_blobs_clear(&b);
    return st;
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_scan_null null = {s->aid, s->share, n};
    ia_blob_rules rules = rules_of(s->params, weakest, s->aid);
    ia_blobs blobs = {0};
    memset(out, 0, (2 * s->n + 1) * sizeof *out);
    ia_status st = fit(ctx, &null, xyz, &rules, &blobs);
    if (st != IA_OK)
        return st;
    for (size_t b = 0; b < blobs.n_blobs; b++) {
        const ia_blob *blob = &blobs.blobs[b];
        out[2 * s->n] = fmax(out[2 * s->n], blob->gain);
        for (size_t j = 0; j < s->n_d && s->d[j] <= blob->gain; j++) {
            out[j]++;
            out[s->n + j] += blob->points;
        }
    }
    ia_blobs_clear(&blobs);
    return IA_OK;
}

// Positions alone have no null: the rules of blobs decide.
static ia_status fit_plain(ia_ctx *ctx, const ia_group_task *task, ia_blobs *out)
{
    ia_points points = {task->xyz, task->n};
    ia_blobs_params p = ia_blobs_defaults();
    p.min_points = (size_t)fmax(least_points(task->params), 4);
    return ia_blobs_compute(ctx, &points, &p, out);
}

static ia_status fit_whole(ia_ctx *ctx, const ia_group_task *task, ia_blobs *out)
{
    ia_scan_density density = {0};
    ia_blob_rules rules =
        rules_of(task->params, fmax(task->test->threshold, weakest), &density);
    float *weight = NULL;
    ia_status st = ia_scan_null_whole(ctx, task->solute, task->params, task->test,
                                      &weight, &density);
    if (st == IA_OK)
        st = fit(ctx, &(ia_scan_null){&density, 1, task->n}, task->xyz, &rules, out);
    free(weight);
    ia_scan_density_clear(&density);
    return st;
}

// An even ball of radius R spreads its points by R / sqrt(5) along each axis; a width is
// known to a share 1 / sqrt(6 n).
static ia_group_fit describe(const ia_blob *blob)
{
    double radius = blob->width / width_of;
    return (ia_group_fit){radius, radius / sqrt(6 * blob->points), blob->gain};
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    ia_blobs blobs = {0};
    uint32_t *first = NULL;
    bool is_plain = task->solute->n == task->solute->cloud->n;
    ia_status st = is_plain ? fit_plain(ctx, task, &blobs) : fit_whole(ctx, task, &blobs);
    if (st == IA_OK && !(first = ia_array(ctx, blobs.n_blobs, sizeof *first)))
        st = IA_ERR_MEMORY;
    for (size_t i = task->n; st == IA_OK && i-- > 0;)
        if (blobs.label[i] >= 0)
            first[blobs.label[i]] = (uint32_t)i;
    for (size_t i = 0; st == IA_OK && i < task->n; i++) {
        int32_t b = blobs.label[i];
        task->group[i] = b >= 0 ? first[b] : IA_NO_GROUP;
        task->probability[i] = is_plain ? blobs.probability[i] : 0; // fitted later
        if (b >= 0)
            task->fit[first[b]] = describe(&blobs.blobs[b]);
    }
    free(first);
    ia_blobs_clear(&blobs);
    return st;
}

const ia_finder ia_finder_gmm = {.name = "gmm",
                                 .title = "Gaussian mixture",
                                 .slow_edge = IA_SCAN_SLOW_EDGE,
                                 .by_peak = true,
                                 .has_probability = true,
                                 .lay_out = lay_out,
                                 .prepare = ia_scan_null_prepare,
                                 .release = ia_scan_null_release,
                                 .tally = tally,
                                 .group = group};
