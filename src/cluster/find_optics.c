// src/cluster/find_optics.c: OPTICS as a way to find clusters: valleys of reachability
// that are denser than those of chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/optics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 5, LEAST_SIZE = 2, COLUMNS = 4000 };

static size_t points_of(const ia_cluster_params *params)
{
    return params->min_points > 1 ? params->min_points : POINTS;
}

static ia_optics_params params_of(const ia_cluster_params *params, size_t size)
{
    ia_optics_params p = ia_optics_defaults();
    p.min_size = size > LEAST_SIZE ? size : LEAST_SIZE;
    p.min_points = points_of(params);
    return p;
}

static void measure_valley(const ia_optics *o, ia_valley *v)
{
    float left = o->reachability[v->begin];
    float right = v->end < o->n ? o->reachability[v->end] : INFINITY;
    v->rim = (double)(left < right ? left : right);
    if (!isfinite(v->rim))
        v->rim = o->reach;
    for (size_t i = v->begin + 1; i < v->end; i++) {
        double r = (double)o->reachability[i];
        if (r < v->rim && r > 0)
            v->depth += log(v->rim / r);
    }
}

static int compare(const void *a, const void *b)
{
    const ia_valley *x = a, *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->begin > y->begin ? -1 : x->begin < y->begin;
}

// Excess of mass: a valley is chosen where its own depth, down to the rims of those
// within it, is larger than the best of those together. Inner ones come first, each
// followed by the one around it; all points together are no cluster.
static ia_status choose(ia_ctx *ctx, const ia_optics *o, ia_valley **out)
{
    size_t n = o->n_clusters, n_open = 0;
    ia_valley *v = ia_array(ctx, n, sizeof *v);
    size_t *open = ia_array(ctx, n, sizeof *open);
    double *best = ia_array(ctx, n, sizeof *best); // of any choice within
    for (size_t c = 0; v && c < n; c++)
        v[c] = (ia_valley){.begin = o->clusters[c].begin,
                           .end = o->clusters[c].end,
                           .parent = -1,
                           .cluster = -1};
    if (v && open && best) {
        qsort(v, n, sizeof *v, compare);
        for (size_t c = 0; c < n; c++) {
            double within = 0;
            size_t first = c;
            measure_valley(o, &v[c]);
            double own = v[c].depth; // less what belongs to the valleys in it
            for (; n_open > 0 && v[open[n_open - 1]].begin >= v[c].begin; n_open--) {
                within += best[open[n_open - 1]];
                own -= v[open[n_open - 1]].depth;
                v[open[n_open - 1]].parent = (int32_t)c;
            }
            while (first > 0 && v[first - 1].begin >= v[c].begin)
                first--;
            v[c].is_chosen = own >= within && v[c].end - v[c].begin < o->n;
            best[c] = v[c].is_chosen ? own : within;
            for (size_t i = first; v[c].is_chosen && i < c; i++)
                v[i].is_chosen = false;
            open[n_open++] = c;
        }
    }
    ia_status st = v && open && best ? IA_OK : IA_ERR_MEMORY;
    free(best);
    free(open);
    *out = v;
    return st;
}

// Chosen valleys as groups, and densities: inverse reachabilities.
static ia_status label(ia_ctx *ctx, const ia_optics *o, int32_t *group, float *density,
                       size_t *n_groups)
{
    ia_valley *v = NULL;
    ia_status st = choose(ctx, o, &v);
    *n_groups = 0;
    for (size_t i = 0; st == IA_OK && i < o->n; i++) {
        group[o->order[i]] = -1;
        density[o->order[i]] = o->reachability[i] > 0 ? 1 / o->reachability[i] : INFINITY;
    }
    for (size_t c = 0; st == IA_OK && c < o->n_clusters; c++) {
        for (size_t i = v[c].begin; v[c].is_chosen && i < v[c].end; i++)
            group[o->order[i]] = (int32_t)*n_groups;
        *n_groups += v[c].is_chosen;
    }
    free(v);
    return st;
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_points points = {xyz, n};
    int32_t *own = ia_array(ctx, n, sizeof *own);
    float *density = ia_array(ctx, n, sizeof *density);
    ia_status st = own && density ? IA_OK : IA_ERR_MEMORY;
    memset(out, 0, 2 * s->n * sizeof *out);
    for (size_t number = 0; st == IA_OK && number < s->n_n; number++) {
        ia_optics_params p = params_of(s->params, s->n_min[number]);
        ia_optics o = {0};
        ia_dense dense = {own, density, n, 0};
        if ((st = ia_optics_compute(ctx, &points, &p, &o)) == IA_OK &&
            (st = label(ctx, &o, own, density, &dense.n_groups)) == IA_OK)
            st = ia_settings_tally_dense(ctx, s, &dense, number, out);
        ia_optics_clear(&o);
    }
    free(own);
    free(density);
    return st;
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    ia_points points = {task->xyz, task->n};
    ia_optics_params p = params_of(task->params, task->test->n_min);
    double least = isfinite(task->test->density) ? task->test->density : 0;
    int32_t *own = ia_array(ctx, task->n, sizeof *own);
    float *density = ia_array(ctx, task->n, sizeof *density);
    ia_optics o = {0};
    ia_dense dense = {own, density, task->n, 0};
    ia_status st = IA_ERR_MEMORY;
    if (!own || !density || (st = ia_optics_compute(ctx, &points, &p, &o)) != IA_OK)
        goto done;
    if ((st = label(ctx, &o, own, density, &dense.n_groups)) == IA_OK)
        st = ia_dense_group(ctx, &dense, least, task->group);
done:
    ia_optics_clear(&o);
    free(own);
    free(density);
    return st;
}

static ia_status make_columns(ia_ctx *ctx, size_t n, ia_reachability *out)
{
    if (!(out->place = ia_array(ctx, n, sizeof *out->place)) ||
        !(out->least = ia_array(ctx, n, sizeof *out->least)) ||
        !(out->most = ia_array(ctx, n, sizeof *out->most)) ||
        !(out->cluster = ia_array(ctx, n, sizeof *out->cluster)))
        return IA_ERR_MEMORY;
    out->n = n;
    return IA_OK;
}

// `row`: place in the file of each point.
static void fill_columns(const ia_optics *o, const uint32_t *row, const int32_t *labels,
                         ia_reachability *out)
{
    size_t width = (o->n + COLUMNS - 1) / COLUMNS;
    for (size_t c = 0; c < out->n; c++) {
        float least = INFINITY, most = -INFINITY;
        out->place[c] = (double)(c * width);
        out->cluster[c] = -1;
        for (size_t i = c * width; i < (c + 1) * width && i < o->n; i++) {
            float r = o->reachability[i];
            if (!isfinite(r))
                continue;
            most = fmaxf(most, r);
            if (r >= least)
                continue;
            least = r;
            out->cluster[c] = labels[row[o->order[i]]];
        }
        out->least[c] = isfinite(least) ? (double)least : NAN;
        out->most[c] = isfinite(least) ? (double)most : NAN;
    }
}

// The cluster of a chosen valley is that of its densest ion.
static ia_status keep_valleys(ia_ctx *ctx, const ia_optics *o, const uint32_t *row,
                              ia_clustering *out)
{
    ia_status st = choose(ctx, o, &out->valleys);
    out->n_valleys = st == IA_OK ? o->n_clusters : 0;
    for (size_t c = 0; c < out->n_valleys; c++) {
        ia_valley *v = &out->valleys[c];
        size_t densest = v->begin;
        for (size_t i = v->begin; i < v->end; i++)
            if (o->reachability[i] < o->reachability[densest])
                densest = i;
        if (v->is_chosen)
            v->cluster = out->labels[row[o->order[densest]]];
    }
    return st;
}

static ia_status trace(ia_ctx *ctx, const ia_cluster_find *find, ia_clustering *out)
{
    size_t n = find->solute->n, width = (n + COLUMNS - 1) / COLUMNS;
    ia_optics_params p = params_of(find->params, out->tests[find->test].n_min);
    float *xyz = NULL;
    uint32_t *row = NULL;
    ia_optics o = {0};
    if (out->reachability.n > 0) // of another solute
        return IA_OK;
    ia_status st = ia_solute_points(ctx, find->solute, &xyz, &row);
    ia_points points = {xyz, n};
    if (st == IA_OK && (st = ia_optics_compute(ctx, &points, &p, &o)) == IA_OK &&
        (st = make_columns(ctx, (n + width - 1) / width, &out->reachability)) == IA_OK) {
        fill_columns(&o, row, out->labels, &out->reachability);
        st = keep_valleys(ctx, &o, row, out);
    }
    ia_optics_clear(&o);
    free(row);
    free(xyz);
    return st;
}

const ia_finder ia_finder_optics = {.name = "optics",
                                    .title = "OPTICS",
                                    .by_density = true,
                                    .points = points_of,
                                    .lay_out = ia_settings_lay_out_dense,
                                    .tally = tally,
                                    .group = group,
                                    .trace = trace};
