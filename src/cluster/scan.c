// src/cluster/scan.c: the likelihood-ratio scan as a way to find clusters.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/owners.h"
#include "cluster/scan_find.h"
#include "cluster/scan_null.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Ratios that are tallied: from `weakest` on, each so much larger than the last.
static const double weakest = 5, growth = 1.12;

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

// Balls that do not touch, strongest first: how many, and the ions in them beyond those
// of chance.
static void tally_balls(const ia_settings *s, const ia_scan_balls *balls,
                        const float *xyz, uint32_t *chosen, double *out)
{
    size_t n = 0;
    for (size_t b = 0; b < balls->n; b++) {
        const ia_scan_ball *ball = &balls->balls[b];
        bool touches = false;
        for (size_t i = 0; i < n && !touches; i++) {
            const ia_scan_ball *other = &balls->balls[chosen[i]];
            const float *p = xyz + 3 * (size_t)ball->centre;
            const float *q = xyz + 3 * (size_t)other->centre;
            double reach = ia_scan_radii[ball->radius] + ia_scan_radii[other->radius];
            float x = p[0] - q[0], y = p[1] - q[1], z = p[2] - q[2];
            touches = (double)(x * x + y * y + z * z) < reach * reach;
        }
        if (touches)
            continue;
        chosen[n++] = (uint32_t)b;
        for (size_t j = 0; j < s->n_d && s->d[j] <= ball->ratio; j++) {
            out[j]++;
            out[s->n + j] += (double)ball->k - ball->expected;
        }
    }
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_scan_balls balls = {0};
    ia_scan_null null = {s->aid, s->share, n};
    memset(out, 0, (2 * s->n + 1) * sizeof *out);
    ia_status st = ia_scan_balls_find(ctx, &null, xyz, weakest, &balls);
    if (st != IA_OK)
        return st;
    uint32_t *chosen = ia_array(ctx, balls.n, sizeof *chosen);
    if (chosen)
        tally_balls(s, &balls, xyz, chosen, out);
    out[2 * s->n] = balls.n > 0 ? balls.balls[0].ratio : 0;
    free(chosen);
    ia_scan_balls_clear(&balls);
    return chosen ? IA_OK : IA_ERR_MEMORY;
}

// What a fit knows and the labels do not.
static void describe(const ia_cluster_find *find, const ia_scan_found *found,
                     const int32_t *number, size_t first, ia_clustering *out)
{
    (void)find;
    for (size_t i = 0; i < found->n; i++) {
        const ia_scan_object *o = &found->objects[i];
        if (number[i] < 0)
            continue;
        ia_cluster *c = &out->clusters[first + (size_t)number[i]];
        c->radius = o->radius;
        c->sigma_radius = o->sigma_radius;
        c->inside_percent = 100 * o->inside;
        c->sigma_inside_percent = 100 * o->sigma_inside;
        c->ratio = found->ratio[i];
    }
}

static ia_status find_objects(ia_ctx *ctx, const ia_cluster_find *find, const float *xyz,
                              uint64_t *near, ia_clustering *out)
{
    const ia_solute_set *solute = find->solute;
    const ia_cluster_test *test = &out->tests[find->test];
    ia_scan_density density = {0};
    float *weight = NULL;
    ia_scan_task task = {
        solute, xyz, solute->n, test->threshold, find->params->sigma_xy, &density, NULL};
    ia_scan_found found = {0};
    int32_t *number = NULL;
    size_t first = out->n_clusters;
    ia_status st = ia_scan_null_whole(ctx, solute, find->params, test, &weight, &density);
    task.weight = weight;
    if (st != IA_OK || (st = ia_scan_find(ctx, &task, near, &found)) != IA_OK)
        goto done;
    if (!(number = ia_array(ctx, found.n, sizeof *number))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    ia_owners owners = {found.owner, found.belongs, found.n};
    if ((st = ia_owners_append(ctx, find, &owners, number, out)) != IA_OK)
        goto done;
    describe(find, &found, number, first, out);
    out->tests[find->test].sigma_xy = found.sigma_xy;
done:
    free(number);
    free(weight);
    ia_scan_density_clear(&density);
    ia_scan_found_clear(&found);
    return st;
}

const ia_finder ia_finder_scan = {.name = "scan",
                                  .title = "likelihood-ratio scan",
                                  .needs_solvent = true,
                                  .by_peak = true,
                                  .has_probability = true,
                                  .slow_edge = IA_SCAN_SLOW_EDGE,
                                  .lay_out = lay_out,
                                  .prepare = ia_scan_null_prepare,
                                  .release = ia_scan_null_release,
                                  .tally = tally,
                                  .find = find_objects};
