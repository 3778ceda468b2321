// src/cluster/find_isosurface.c: objects within surfaces of one composition as a way to
// find clusters, every composition being tried at once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/level_tree.h"
#include "cluster/owners.h"
#include "cluster/scan_null.h"

#include <ionatlas/honest.h>
#include <ionatlas/parallel.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCES = 20 };
static const double weakest = 3, growth = 1.12; // scores that are tallied
static const double narrowest = 1; // chance makes ratios rarer by exp(-1) for each more

// All ions on a grid, and what chance makes of as many solute ions.
typedef struct {
    ia_level_grid grid;
    ia_level_chance chance;
} aid;

static void lay_out(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    (void)params;
    (void)spacing;
    out->n_d = SETTING_STEPS;
    out->n_n = 1;
    for (size_t j = 0; j < out->n_d; j++)
        out->d[j] = weakest * pow(growth, (double)j);
    out->reach = 1e-3; // nothing is linked by a distance
}

static ia_status build_grid(ia_ctx *ctx, const ia_sample *sample, ia_level_grid *out)
{
    ia_points points = {sample->xyz, sample->n};
    float *weight = NULL;
    ia_status st = ia_scan_null_weigh(ctx, sample, &weight);
    if (st == IA_OK)
        st = ia_level_grid_build(ctx, &points, weight, out);
    free(weight);
    return st;
}

// Shuffles of their own: (REFERENCES, LEVEL_CLASSES) largest ratios.
typedef struct {
    const ia_sample *sample;
    const ia_level_grid *grid;
    uint64_t seed;
    double *largest;
    atomic_bool is_starved;
} references;

static void refer(void *user, size_t block, size_t worker)
{
    references *r = user;
    const ia_sample *s = r->sample;
    uint64_t *bits = ia_array(NULL, ia_select_words(s->n), sizeof *bits);
    float *xyz = ia_array(NULL, 3 * s->n_solute, sizeof *xyz);
    ia_level_objects objects = {.peak = 0};
    (void)worker;
    if (bits && xyz) {
        ia_random random = ia_random_new(r->seed, UINT64_MAX - 16 - block);
        ia_sample_draw(s, &random, bits);
        ia_sample_gather(s, bits, xyz);
        ia_level_task task = {r->grid, 1, xyz, s->n_solute, NULL, 0};
        if (ia_level_tree_cut(NULL, &task, &objects) == IA_OK)
            memcpy(r->largest + block * LEVEL_CLASSES, objects.largest,
                   sizeof objects.largest);
    }
    if (!objects.value)
        atomic_store(&r->is_starved, true);
    ia_level_objects_clear(&objects);
    free(bits);
    free(xyz);
}

// Gumbel's law with the mean and spread of the references.
static void fit_chance(const double *largest, ia_level_chance *out)
{
    for (size_t c = 0; c < LEVEL_CLASSES; c++) {
        double sum = 0, squares = 0;
        for (size_t r = 0; r < REFERENCES; r++) {
            double ratio = largest[r * LEVEL_CLASSES + c];
            sum += ratio;
            squares += ratio * ratio;
        }
        double mean = sum / REFERENCES;
        double variance = (squares - sum * mean) / (REFERENCES - 1);
        out->width[c] = fmax(narrowest, sqrt(6 * fmax(variance, 0)) / M_PI);
        out->place[c] = mean - M_EULER * out->width[c];
    }
}

static ia_status measure_chance(ia_ctx *ctx, const ia_sample *sample, uint64_t seed,
                                aid *a)
{
    double *largest = ia_array(ctx, REFERENCES * LEVEL_CLASSES, sizeof *largest);
    if (!largest)
        return IA_ERR_MEMORY;
    references r = {.sample = sample, .grid = &a->grid, .seed = seed, .largest = largest};
    ia_status st = ia_for(ctx, "surfaces of chance", REFERENCES, refer, &r);
    if (st == IA_OK && atomic_load(&r.is_starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while enclosing clusters");
    if (st == IA_OK)
        fit_chance(largest, &a->chance);
    free(largest);
    return st;
}

static void release(ia_settings *settings)
{
    aid *a = settings->aid;
    if (a)
        ia_level_grid_clear(&a->grid);
    free(a);
    settings->aid = NULL;
}

static ia_status prepare(ia_ctx *ctx, const ia_sample *sample, ia_settings *settings)
{
    aid *a = ia_array(ctx, 1, sizeof *a);
    if (!a)
        return IA_ERR_MEMORY;
    settings->aid = a;
    ia_status st = build_grid(ctx, sample, &a->grid);
    uint64_t seed = settings->params ? settings->params->seed : 1;
    return st == IA_OK ? measure_chance(ctx, sample, seed, a) : st;
}

static ia_status tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                       double *out)
{
    const aid *a = s->aid;
    ia_level_task task = {&a->grid, s->share, xyz, n, &a->chance, weakest};
    ia_level_objects objects = {.peak = 0};
    memset(out, 0, (2 * s->n + 1) * sizeof *out);
    ia_status st = ia_level_tree_cut(ctx, &task, &objects);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < objects.n; i++) {
        const ia_level_object *o = &objects.objects[i];
        for (size_t j = 0; j < s->n_d && s->d[j] <= o->score; j++) {
            out[j]++;
            out[s->n + j] += o->k - o->expected;
        }
    }
    out[2 * s->n] = objects.peak;
    ia_level_objects_clear(&objects);
    return IA_OK;
}

// What chance makes, from the same part of the specimen as the test; the grid of the
// whole.
static ia_status prepare_whole(ia_ctx *ctx, const ia_cluster_find *find,
                               const ia_cluster_test *test, aid *a)
{
    ia_cluster_params all = *find->params;
    ia_sample sample = {0};
    bool is_local = !isnan(test->p_local);
    ia_status st = ia_sample_build(ctx, find->solute, find->params, NULL, &sample);
    if (st == IA_OK && is_local)
        st = ia_sample_follow_drift(ctx, &sample, IA_SCAN_SLOW_EDGE);
    if (st == IA_OK && (st = build_grid(ctx, &sample, &a->grid)) == IA_OK)
        st = measure_chance(ctx, &sample, find->params->seed, a);
    bool is_whole = sample.n == find->solute->cloud->n;
    ia_sample_clear(&sample);
    if (st != IA_OK || is_whole)
        return st;
    all.test_ions = SIZE_MAX;
    ia_level_grid_clear(&a->grid);
    if ((st = ia_sample_build(ctx, find->solute, &all, NULL, &sample)) == IA_OK &&
        is_local)
        st = ia_sample_follow_drift(ctx, &sample, IA_SCAN_SLOW_EDGE);
    if (st == IA_OK)
        st = build_grid(ctx, &sample, &a->grid);
    ia_sample_clear(&sample);
    return st;
}

// The score is what tells how strong an object is.
static void describe(const ia_level_objects *objects, const int32_t *number, size_t first,
                     ia_clustering *out)
{
    for (size_t i = 0; i < objects->n; i++)
        if (number[i] >= 0)
            out->clusters[first + (size_t)number[i]].ratio = objects->objects[i].score;
}

static void own_ions(const ia_cloud *cloud, const ia_level_grid *grid,
                     const ia_level_objects *objects, int32_t *owner, uint64_t *near)
{
    for (size_t i = 0; i < cloud->n; i++) {
        const float *at = cloud->xyz + 3 * i;
        owner[i] = ia_level_object_at(grid, objects, at);
        bool is_near = objects->label[ia_level_voxel(&grid->voxels, at)] >= 0;
        if (is_near || owner[i] >= 0)
            near[i / 64] |= (uint64_t)1 << (i % 64);
    }
}

static ia_status find_objects(ia_ctx *ctx, const ia_cluster_find *find, const float *xyz,
                              uint64_t *near, ia_clustering *out)
{
    const ia_cloud *cloud = find->solute->cloud;
    const ia_cluster_test *test = &out->tests[find->test];
    size_t first = out->n_clusters;
    aid a = {0};
    ia_level_objects objects = {.peak = 0};
    int32_t *owner = NULL, *number = NULL;
    ia_status st = prepare_whole(ctx, find, test, &a);
    ia_level_task task = {&a.grid, 1, xyz, find->solute->n, &a.chance, test->threshold};
    if (st != IA_OK || (st = ia_level_tree_cut(ctx, &task, &objects)) != IA_OK)
        goto done;
    if (!(owner = ia_array(ctx, cloud->n, sizeof *owner)) ||
        !(number = ia_array(ctx, objects.n, sizeof *number))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    own_ions(cloud, &a.grid, &objects, owner, near);
    ia_owners owners = {owner, NULL, objects.n};
    if ((st = ia_owners_append(ctx, find, &owners, number, out)) == IA_OK)
        describe(&objects, number, first, out);
done:
    free(number);
    free(owner);
    ia_level_objects_clear(&objects);
    ia_level_grid_clear(&a.grid);
    return st;
}

const ia_finder ia_finder_isosurface = {.name = "isosurface",
                                        .title = "objects of iso-surfaces",
                                        .needs_solvent = true,
                                        .by_peak = true,
                                        .knows_chance = true,
                                        .slow_edge = IA_SCAN_SLOW_EDGE,
                                        .lay_out = lay_out,
                                        .prepare = prepare,
                                        .release = release,
                                        .tally = tally,
                                        .find = find_objects};
