// src/cluster/find_voronoi.c: small Voronoi cells that touch as a way to find clusters.
// Uses the cells of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/voronoi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Volumes that are tried, over the mean: of random points one cell in seven is smaller
// than 0.55 and the small ones hang together soon beyond.
static const double smallest = 0.05, largest = 0.7;
static const double widths =
    1.5;                        // of a ball of the volume: as far as cells so small reach
static const double margin = 1; // nm

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    double mean = pow(spacing, 3);
    ia_settings_sizes(params, out);
    out->n_d = params->cell_volume > 0 ? 1 : SETTING_STEPS;
    for (size_t j = 0; j < out->n_d; j++)
        out->d[j] =
            mean * smallest * pow(largest / smallest, (double)j / (SETTING_STEPS - 1));
    if (params->cell_volume > 0)
        out->d[0] = params->cell_volume;
    out->reach = 1e-3; // nothing is linked by a distance
}

// Groups of cells while the volume that is still small rises.
typedef struct {
    uint32_t *group; // (n) a member; its own number for a group of one
    uint32_t *size;  // (n) of the group, at its least member
} joining;

static ia_status begin(ia_ctx *ctx, size_t n, joining *j)
{
    *j = (joining){ia_array(ctx, n, sizeof *j->group), ia_array(ctx, n, sizeof *j->size)};
    for (size_t i = 0; j->group && j->size && i < n; i++) {
        j->group[i] = (uint32_t)i;
        j->size[i] = 1;
    }
    return j->group && j->size ? IA_OK : IA_ERR_MEMORY;
}

static void end(joining *j)
{
    free(j->group);
    free(j->size);
}

static uint32_t find(uint32_t *group, uint32_t i)
{
    while (group[i] != i) {
        group[i] = group[group[i]];
        i = group[i];
    }
    return i;
}

// Clusters of each least size, and solute ions in them; groups of one are none.
typedef struct {
    const size_t *n_min;
    size_t n_n;
    double clusters[SETTING_SIZES], solutes[SETTING_SIZES];
} tallies;

static void count(tallies *t, size_t size, double sign)
{
    for (size_t k = 0; t && k < t->n_n; k++) {
        bool is_large = size > 1 && size >= t->n_min[k];
        t->clusters[k] += is_large ? sign : 0;
        t->solutes[k] += is_large ? sign * (double)size : 0;
    }
}

static void join(joining *j, uint32_t one, uint32_t other, tallies *t)
{
    uint32_t a = find(j->group, one), b = find(j->group, other);
    if (a == b)
        return;
    uint32_t least = a < b ? a : b, most = a < b ? b : a;
    count(t, j->size[a], -1);
    count(t, j->size[b], -1);
    j->group[most] = least;
    j->size[least] += j->size[most];
    count(t, j->size[least], 1);
}

// From which volume on two cells that touch are joined: both are smaller then, and they
// are no farther apart than cells so small are wide. (Cells at the surface of a dense
// cluster are narrow and reach far into a void, to those of the next one.)
static double volume_of_pair(const ia_voronoi *cells, const float *xyz, size_t a,
                             size_t b)
{
    double d2 = 0, larger = fmax((double)cells->volume[a], (double)cells->volume[b]);
    for (size_t k = 0; k < 3; k++) {
        double d = (double)xyz[3 * a + k] - (double)xyz[3 * b + k];
        d2 += d * d;
    }
    return fmax(larger, M_PI / 6 * pow(sqrt(d2) / widths, 3));
}

typedef struct {
    uint32_t a, b;
} pair;

// Pairs by the first volume of the grid that joins them: start[j] to start[j + 1] - 1.
typedef struct {
    pair *pairs;
    uint8_t *step; // (pairs of the cells, as they come)
    size_t start[SETTING_STEPS + 2];
} ladder;

static void place_pairs(const ia_voronoi *cells, const ladder *l, size_t *next)
{
    size_t at = 0;
    for (size_t i = 0; i < cells->n; i++)
        for (size_t e = cells->start[i]; e < cells->start[i + 1]; e++)
            if (cells->beside[e] > i)
                l->pairs[next[l->step[at++]]++] = (pair){(uint32_t)i, cells->beside[e]};
}

static ia_status sort_pairs(ia_ctx *ctx, const ia_settings *s, const ia_voronoi *cells,
                            const float *xyz, ladder *l)
{
    size_t room = cells->start[cells->n], at = 0, next[SETTING_STEPS + 2];
    *l = (ladder){
        ia_array(ctx, room, sizeof *l->pairs), ia_array(ctx, room, sizeof *l->step), {0}};
    if (!l->pairs || !l->step)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cells->n; i++)
        for (size_t e = cells->start[i]; e < cells->start[i + 1]; e++) {
            size_t other = cells->beside[e], step = 0;
            if (other <= i)
                continue;
            double volume = volume_of_pair(cells, xyz, i, other);
            while (step < s->n_d && volume >= s->d[step])
                step++;
            l->step[at++] = (uint8_t)step;
            l->start[step + 1]++;
        }
    for (size_t step = 0; step <= s->n_d; step++)
        l->start[step + 1] += l->start[step];
    memcpy(next, l->start, sizeof next);
    place_pairs(cells, l, next);
    return IA_OK;
}

static void climb(const ia_settings *s, const ladder *l, joining *j, double *out)
{
    tallies t = {.n_min = s->n_min, .n_n = s->n_n};
    for (size_t d = 0; d < s->n_d; d++) {
        for (size_t p = l->start[d]; p < l->start[d + 1]; p++)
            join(j, l->pairs[p].a, l->pairs[p].b, &t);
        memcpy(out + d * s->n_n, t.clusters, s->n_n * sizeof *out);
        memcpy(out + s->n + d * s->n_n, t.solutes, s->n_n * sizeof *out);
    }
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    ia_points points = {xyz, n};
    ia_voronoi cells = {0};
    joining j = {0};
    ladder l = {0};
    ia_status st = ia_voronoi_compute(ctx, &points, margin, &cells);
    if (st == IA_OK && (st = begin(ctx, n, &j)) == IA_OK &&
        (st = sort_pairs(ctx, s, &cells, xyz, &l)) == IA_OK)
        climb(s, &l, &j, out);
    free(l.pairs);
    free(l.step);
    end(&j);
    ia_voronoi_clear(&cells);
    return st;
}

static ia_status group(ia_ctx *ctx, const ia_group_task *task)
{
    ia_points points = {task->xyz, task->n};
    ia_voronoi cells = {0};
    joining j = {0};
    ia_status st = ia_voronoi_compute(ctx, &points, margin, &cells);
    if (st == IA_OK)
        st = begin(ctx, task->n, &j);
    for (size_t i = 0; st == IA_OK && i < task->n; i++)
        for (size_t e = cells.start[i]; e < cells.start[i + 1]; e++)
            if (cells.beside[e] > i &&
                volume_of_pair(&cells, task->xyz, i, cells.beside[e]) <
                    task->test->cell_volume)
                join(&j, (uint32_t)i, cells.beside[e], NULL);
    for (size_t i = 0; st == IA_OK && i < task->n; i++) {
        uint32_t own = find(j.group, (uint32_t)i);
        task->group[i] = j.size[own] > 1 ? own : IA_NO_GROUP;
    }
    end(&j);
    ia_voronoi_clear(&cells);
    return st;
}

// Nothing but whether there are cells at all.
static ia_status prepare(ia_ctx *ctx, const ia_sample *sample, ia_settings *settings)
{
    ia_points none = {NULL, 0};
    ia_voronoi cells = {0};
    ia_status st = ia_voronoi_compute(ctx, &none, margin, &cells);
    (void)sample;
    (void)settings;
    ia_voronoi_clear(&cells);
    return st;
}

const ia_finder ia_finder_voronoi = {.name = "voronoi",
                                     .title = "Voronoi cells",
                                     .by_volume = true,
                                     .lay_out = lay_out,
                                     .prepare = prepare,
                                     .tally = tally,
                                     .group = group};
