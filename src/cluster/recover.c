// src/cluster/recover.c: how many clusters are missed: planted ones are looked for.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/recover.h"
#include "cluster/scan.h"

#include <ionatlas/honest.h>
#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 64, TRIES = 100, FEWEST = 10 };
static const double smallest = 0.35, largest = 1.7;  // of a found radius
static const double smaller = 0.7, larger = 1.2;     // while looks are compared
static const double planted_share = 0.02;            // of the solute, at a time
static const double blur_reach = 4, match_reach = 1; // sigma; radii

typedef struct {
    ia_scan_object object;
    double ions; // solute ions of its own
} plant;

// What clusters look like to who finds them, large ones counting for more.
typedef struct {
    double solute, ions; // inside, by volume
    double sigma_xy, n;  // sum over clusters
} looks;

typedef struct {
    const ia_cluster_find *find;
    const ia_cluster_test *test; // that found the clusters
    const ia_cluster *found;     // (n_found) whose like is planted
    size_t n_found, n_round;     // n_round: planted at a time
    double share;                // of solute in the matrix
    double inside, sigma_xy;     // planted: share of solute; nm
    double factors[2];           // of radii
    looks looks;                 // of planted ones that were found
    ia_scan_blur *blur;
    ia_index *index; // of the cloud
    ia_cloud cloud;  // kinds are its own: 1 for the solute
    uint64_t *bits, counts[2];
    plant *plants; // (n_round)
    size_t n_plants, round;
    ia_random random;
    ia_cluster_planted *trials; // (room)
    size_t n_trials, room;
} trial;

static double distance2(const double *a, const double *b)
{
    double d2 = 0;
    for (size_t k = 0; k < 3; k++)
        d2 += (a[k] - b[k]) * (a[k] - b[k]);
    return d2;
}

static double reach_of(const trial *t, const plant *p)
{
    return p->object.radius + blur_reach * t->sigma_xy;
}

static bool is_free(const trial *t, const plant *p)
{
    for (size_t i = 0; i < t->n_plants; i++) {
        double reach = reach_of(t, p) + reach_of(t, &t->plants[i]) + p->object.radius;
        if (distance2(p->object.centre, t->plants[i].object.centre) < reach * reach)
            return false;
    }
    return true;
}

static double inside_of(const ia_cluster *c)
{
    double inside = isfinite(c->inside_percent)
                        ? c->inside_percent / 100
                        : (double)c->solute_ions / (double)c->ions;
    return fmin(fmax(inside, 0.01), 1);
}

static void add_looks(const ia_cluster *c, double sigma_xy, looks *sum)
{
    double volume = pow(c->radius, 3);
    if (!(volume > 0))
        return;
    sum->ions += volume;
    sum->solute += inside_of(c) * volume;
    sum->sigma_xy += sigma_xy;
    sum->n++;
}

// One like a cluster that was found, of as many solute ions but for a factor of its
// radius, at an ion away from the others.
static void place(trial *t)
{
    const ia_cluster *like = &t->found[ia_random_below(&t->random, t->n_found)];
    double factor =
        t->factors[0] * pow(t->factors[1] / t->factors[0], ia_random_uniform(&t->random));
    double radius = like->radius * cbrt(inside_of(like) / t->inside);
    plant p = {.object = {.blur = t->blur, .radius = factor * radius}};
    p.object.sigma_xy = t->sigma_xy;
    p.object.inside = t->inside;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        const float *at = t->cloud.xyz + 3 * ia_random_below(&t->random, t->cloud.n);
        for (size_t k = 0; k < 3; k++)
            p.object.centre[k] = (double)at[k];
        if (is_free(t, &p)) {
            t->plants[t->n_plants++] = p;
            return;
        }
    }
}

// Ions that come from inside a planted cluster. Each has chances of its own, so that the
// result is the same on any number of threads.
static void fill(void *user, size_t worker, size_t query, const uint32_t *points,
                 const float *d2, size_t n)
{
    trial *t = user;
    plant *p = &t->plants[query];
    double reach = reach_of(t, p);
    ia_random random =
        ia_random_new(t->find->params->seed, (t->round + 1) * 1000000 + query);
    (void)worker;
    for (size_t i = 0; i < n; i++) {
        double u = ia_random_uniform(&random), v = ia_random_uniform(&random);
        if ((double)d2[i] > reach * reach ||
            u >= ia_scan_inside(&p->object, t->cloud.xyz + 3 * (size_t)points[i]))
            continue;
        t->cloud.kind[points[i]] = v < p->object.inside;
        p->ions += v < p->object.inside;
    }
}

static ia_status plant_round(ia_ctx *ctx, trial *t)
{
    size_t n = t->cloud.n, n_solute = (size_t)(t->share * (double)n);
    float *at = ia_array(ctx, 3 * t->n_round, sizeof *at);
    double widest = 0;
    if (!at)
        return IA_ERR_MEMORY;
    t->random = ia_random_new(t->find->params->seed, 500000 + t->round);
    ia_select(&t->random, n_solute, n, t->bits);
    for (size_t i = 0; i < n; i++)
        t->cloud.kind[i] = ia_is_selected(t->bits, i);
    t->n_plants = 0;
    for (size_t i = 0; i < t->n_round; i++)
        place(t);
    for (size_t i = 0; i < t->n_plants; i++) {
        widest = fmax(widest, reach_of(t, &t->plants[i]));
        for (size_t k = 0; k < 3; k++)
            at[3 * i + k] = (float)t->plants[i].object.centre[k];
    }
    ia_status st = ia_index_each_within(ctx, t->index, &(ia_points){at, t->n_plants},
                                        widest, fill, t);
    t->counts[0] = t->counts[1] = 0;
    for (size_t i = 0; i < n; i++)
        t->counts[t->cloud.kind[i]]++;
    free(at);
    return st;
}

// The cluster nearest to where one was planted, if near enough; each but once.
static void match(trial *t, const ia_clustering *out)
{
    for (size_t i = 0; i < t->n_plants && t->n_trials < t->room; i++) {
        const plant *p = &t->plants[i];
        double nearest = pow(match_reach * p->object.radius + t->sigma_xy, 2);
        const ia_cluster *found = NULL;
        for (size_t c = 0; c < out->n_clusters; c++) {
            double d2 = distance2(p->object.centre, out->clusters[c].centre);
            if (d2 >= nearest)
                continue;
            nearest = d2;
            found = &out->clusters[c];
        }
        if (p->ions > 0)
            t->trials[t->n_trials++] =
                (ia_cluster_planted){p->ions, found ? (double)found->solute_ions : 0};
        if (found && isfinite(found->inside_percent))
            add_looks(found, out->tests[0].sigma_xy, &t->looks);
    }
}

static ia_status look(ia_ctx *ctx, trial *t)
{
    static const bool has[2] = {false, true};
    bool own_has[2];
    ia_clustering out = {.n_ions = t->cloud.n_ions, .n_tests = 1};
    ia_cluster_test test = *t->test;
    memcpy(own_has, has, sizeof has);
    ia_solute_set solute = {&t->cloud, own_has, t->counts[1]};
    uint64_t *near = ia_array(ctx, ia_select_words(t->cloud.n), sizeof *near);
    ia_status st = IA_ERR_MEMORY;
    test.peaks = NULL;
    out.has_probability = true;
    out.tests = &test;
    if (near && (out.labels = ia_array(ctx, out.n_ions, sizeof *out.labels)) &&
        (out.probability = ia_array(ctx, out.n_ions, sizeof *out.probability))) {
        for (size_t i = 0; i < out.n_ions; i++)
            out.labels[i] = -1;
        st = ia_clusters_find(ctx, &(ia_cluster_find){&solute, t->find->params, 0}, near,
                              &out);
    }
    if (st == IA_OK)
        match(t, &out);
    free(near);
    out.tests = NULL; // not its own
    out.n_tests = 0;
    ia_clustering_clear(&out);
    return st;
}

static ia_status begin(ia_ctx *ctx, const ia_clustering *c, size_t first, trial *t)
{
    const ia_cloud *cloud = t->find->solute->cloud;
    double clustered = 0, solute = 0;
    t->test = &c->tests[t->find->test];
    t->found = c->clusters + first;
    t->n_found = c->n_clusters - first;
    t->room = t->find->params->n_planted;
    t->sigma_xy = isfinite(t->test->sigma_xy) ? t->test->sigma_xy : 0;
    for (size_t i = 0; i < t->n_found; i++) {
        clustered += (double)t->found[i].ions;
        solute += (double)t->found[i].solute_ions;
    }
    t->share = ((double)t->find->solute->n - solute) / ((double)cloud->n - clustered);
    // As many at a time as were found, or as change the solute's share by a little.
    double few = planted_share * (double)t->find->solute->n * (double)t->n_found / solute;
    t->n_round = (size_t)fmax(fmax((double)t->n_found, FEWEST), few);
    t->n_round = t->n_round < t->room ? t->n_round : t->room;
    t->cloud = *cloud;
    t->cloud.kind = NULL;
    t->cloud.counts = t->counts;
    t->cloud.n_kinds = 2;
    ia_points points = {cloud->xyz, cloud->n};
    if (!(t->cloud.kind = ia_array(ctx, cloud->n, sizeof *t->cloud.kind)) ||
        !(t->bits = ia_array(ctx, ia_select_words(cloud->n), sizeof *t->bits)) ||
        !(t->plants = ia_array(ctx, t->n_round, sizeof *t->plants)) ||
        !(t->trials = ia_array(ctx, t->room, sizeof *t->trials)) ||
        !(t->blur = ia_scan_blur_new(ctx)))
        return IA_ERR_MEMORY;
    return ia_index_build(ctx, &points, NULL, &t->index);
}

static ia_status conclude(ia_ctx *ctx, const trial *t, ia_cluster_recovery *out)
{
    double *sizes = ia_array(ctx, t->n_found, sizeof *sizes);
    if (!sizes)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < t->n_found; i++)
        sizes[i] = (double)t->found[i].solute_ions;
    ia_cluster_trial trials = {t->trials, t->n_trials, sizes, t->n_found};
    ia_status st = ia_cluster_recovery_fit(ctx, &trials, out);
    free(sizes);
    return st;
}

// Plant and look for as many as there is room for.
static ia_status try_all(ia_ctx *ctx, trial *t)
{
    ia_status st = IA_OK;
    size_t last = t->round + ROUNDS;
    t->n_trials = 0;
    t->looks = (looks){0};
    for (; st == IA_OK && t->round < last && t->n_trials < t->room; t->round++)
        if ((st = plant_round(ctx, t)) == IA_OK)
            st = look(ctx, t);
    return st;
}

// Of small clusters those are found that happen to look rich and narrow. So others like
// those found are planted first: as they look richer or narrower than they are, so do
// those of the specimen.
static ia_status settle(ia_ctx *ctx, trial *t)
{
    looks seen = {0}, *own = &t->looks;
    for (size_t i = 0; i < t->n_found; i++)
        add_looks(&t->found[i], t->sigma_xy, &seen);
    t->inside = seen.ions > 0 ? seen.solute / seen.ions : inside_of(&t->found[0]);
    t->factors[0] = smaller;
    t->factors[1] = larger;
    ia_status st = try_all(ctx, t);
    if (st == IA_OK && own->n >= FEWEST && seen.ions > 0) {
        double inside = t->inside * (seen.solute / seen.ions) / (own->solute / own->ions);
        t->inside = fmin(fmax(inside, 0.01), 1);
        t->sigma_xy += seen.sigma_xy / seen.n - own->sigma_xy / own->n;
        t->sigma_xy = fmax(t->sigma_xy, 0);
    }
    t->factors[0] = smallest;
    t->factors[1] = largest;
    return st;
}

ia_status ia_clusters_recover(ia_ctx *ctx, const ia_cluster_find *find, size_t first,
                              ia_clustering *c)
{
    trial t = {.find = find};
    ia_status st = IA_OK;
    if (find->params->n_planted == 0 || c->n_clusters == first)
        return IA_OK;
    if ((st = begin(ctx, c, first, &t)) == IA_OK && (st = settle(ctx, &t)) == IA_OK)
        st = try_all(ctx, &t);
    if (st == IA_OK)
        st = conclude(ctx, &t, &c->tests[find->test].recovery);
    ia_index_free(t.index);
    free(t.blur);
    free(t.cloud.kind);
    free(t.bits);
    free(t.plants);
    free(t.trials);
    return st;
}
