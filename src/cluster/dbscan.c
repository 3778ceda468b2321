// src/cluster/dbscan.c: DBSCAN: dense points are linked, points near them join.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/linkage.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };
// Denser cores than those of maximum separation allow longer distances before random
// points hang together.
static const double wider = 1.25;

typedef struct {
    size_t min_points;
    _Atomic uint32_t *parent; // (n)
    bool *is_core;            // (n)
    uint32_t *first;          // (n) of a border point: the first core of its cluster
} search;

static void count_near(void *user, size_t worker, size_t query, const uint32_t *points,
                       const float *d2, size_t n)
{
    search *s = user;
    (void)worker;
    (void)points;
    (void)d2;
    s->is_core[query] = n >= s->min_points;
}

static void link_cores(void *user, size_t worker, size_t query, const uint32_t *points,
                       const float *d2, size_t n)
{
    search *s = user;
    (void)worker;
    (void)d2;
    for (size_t i = 0; s->is_core[query] && i < n; i++)
        if (points[i] < query && s->is_core[points[i]])
            ia_link_two(s->parent, (uint32_t)query, points[i]);
}

static void join(void *user, size_t worker, size_t query, const uint32_t *points,
                 const float *d2, size_t n)
{
    search *s = user;
    uint32_t first = IA_NO_GROUP;
    (void)worker;
    (void)d2;
    for (size_t i = 0; !s->is_core[query] && i < n; i++) {
        if (!s->is_core[points[i]])
            continue;
        uint32_t root = ia_link_root(s->parent, points[i]);
        first = root < first ? root : first;
    }
    s->first[query] =
        s->is_core[query] ? ia_link_root(s->parent, (uint32_t)query) : first;
}

// group: (n) the first core of each point's cluster, IA_NO_GROUP for noise.
static ia_status find_groups(ia_ctx *ctx, const ia_points *points, double eps,
                             size_t min_points, uint32_t *group)
{
    search s = {.min_points = min_points, .first = group};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!(s.parent = ia_array(ctx, points->n, sizeof *s.parent)) ||
        !(s.is_core = ia_array(ctx, points->n, sizeof *s.is_core)))
        goto done;
    for (size_t i = 0; i < points->n; i++)
        atomic_init(&s.parent[i], (uint32_t)i);
    if ((st = ia_index_build(ctx, points, NULL, &index)) == IA_OK &&
        (st = ia_index_each_within(ctx, index, points, eps, count_near, &s)) == IA_OK &&
        (st = ia_index_each_within(ctx, index, points, eps, link_cores, &s)) == IA_OK)
        st = ia_index_each_within(ctx, index, points, eps, join, &s);
done:
    ia_index_free(index);
    free(s.is_core);
    free(s.parent);
    return st;
}

ia_status ia_dbscan_compute(ia_ctx *ctx, const ia_points *points, double eps,
                            size_t min_points, int32_t *labels)
{
    uint32_t *group = NULL;
    int32_t *number = NULL, n = 0;
    ia_status st = IA_ERR_MEMORY;
    if (!(eps > 0) || !isfinite(eps) || min_points == 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "eps = %g nm, min_points = %zu: positive numbers were expected",
                       eps, min_points);
    if (points->n == 0)
        return IA_OK;
    if (!(group = ia_array(ctx, points->n, sizeof *group)) ||
        !(number = ia_array(ctx, points->n, sizeof *number)) ||
        (st = find_groups(ctx, points, eps, min_points, group)) != IA_OK)
        goto done;
    for (size_t i = 0; i < points->n; i++) // a first core names its own cluster
        number[i] = group[i] == i ? n++ : NONE;
    for (size_t i = 0; i < points->n; i++)
        labels[i] = group[i] == IA_NO_GROUP ? NONE : number[group[i]];
done:
    free(number);
    free(group);
    return st;
}

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    static const size_t points[] = {3, 6, 12, 24};
    ia_settings_distances(params, spacing, out);
    for (size_t j = 0; out->n_d > 1 && j < out->n_d; j++)
        out->d[j] *= wider;
    out->reach = out->d[out->n_d - 1];
    out->n_n = params->min_points > 0 ? 1 : sizeof points / sizeof *points;
    memcpy(out->n_min, points, sizeof points);
    if (params->min_points > 0)
        out->n_min[0] = params->min_points;
}

// Points that are cores or beside one, at every distance.
static void count_joined(const ia_settings *s, const ia_near_list *near,
                         const float *core, size_t number, double *out)
{
    for (size_t i = 0; i < near->n; i++) {
        float least = core[i];
        for (size_t k = near->start[i]; k < near->start[i + 1]; k++) {
            float other = core[near->point[k]], d = sqrtf(near->d2[k]);
            float larger = other > d ? other : d;
            least = larger < least ? larger : least;
        }
        for (size_t j = s->n_d; j-- > 0 && least < (float)s->d[j];)
            out[s->n + j * s->n_n + number]++;
    }
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    static const size_t one = 1;
    uint64_t cores[SETTING_STEPS], clusters[SETTING_STEPS];
    ia_points points = {xyz, n};
    ia_near_list near = {0};
    float *core = ia_array(ctx, n, sizeof *core);
    ia_linkage_grid grid = {s->d, s->n_d, &one, 1, core};
    ia_status st =
        core ? ia_near_list_build(ctx, &points, s->reach, &near) : IA_ERR_MEMORY;
    memset(out, 0, 2 * s->n * sizeof *out);
    for (size_t number = 0; st == IA_OK && number < s->n_n; number++) {
        ia_near_list_core(&near, s->n_min[number] - 1, core);
        st = ia_linkage_tally(ctx, &near, &grid, cores, clusters);
        for (size_t j = 0; st == IA_OK && j < s->n_d; j++)
            out[j * s->n_n + number] = (double)clusters[j];
        if (st == IA_OK)
            count_joined(s, &near, core, number, out);
    }
    ia_near_list_clear(&near);
    free(core);
    return st;
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    ia_points points = {task->xyz, task->n};
    return find_groups(ctx, &points, task->test->d_max, task->test->min_points,
                       task->group);
}

const ia_finder ia_finder_dbscan = {.name = "dbscan",
                                    .title = "DBSCAN",
                                    .is_linking = true,
                                    .has_points = true,
                                    .takes_narrowest = true,
                                    .needs_points = true,
                                    .lay_out = lay_out,
                                    .tally = tally,
                                    .group = group};
