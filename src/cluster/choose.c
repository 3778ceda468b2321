// src/cluster/choose.c: settings chosen against shuffled labels, and the test of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sample.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REFERENCES = 20,
    STOP = 10,
    STEPS = 24,
    VALUES_MAX = 1 + 2 * STEPS * LINKAGE_SIZES
};
enum { LEAST_IONS = 1000, LEAST_SOLUTE = 50 };

static const size_t group_sizes[] = {5, 7, 10, 15, 20, 30, 50, 70, 100};
enum { N_SIZES = sizeof group_sizes / sizeof group_sizes[0] };

// Beyond 0.87 spacings random points hang together (percolation); well below, groups are
// few. Farther than 2 nm apart ions are in no cluster, however dilute they are.
static const double widest_spacings = 0.75, widest = 2.0, narrowest_share = 0.25;
// Of the clusters of a setting chance may make so many.
static const double chance_share = 0.05;
// Excesses at least this large, as a share of the largest, are as good as it.
static const double near_share = 0.97;

typedef struct {
    const ia_sample *sample;
    ia_linkage_grid grid;
    double d[STEPS];
    size_t n_min[N_SIZES];
    bool is_given;   // one setting only, given by the user
    double *means;   // (2, n_d, n_n) clusters and their solute ions under the null; NULL
                     // while they are being measured
    uint64_t **bits; // per worker
    float **xyz;     // per worker
} chooser;

static void set_grid(const ia_cluster_params *params, chooser *c)
{
    double top = fmin(widest_spacings * c->sample->spacing, widest);
    size_t n_d = params->d_max > 0 ? 1 : STEPS, n_n = params->n_min > 0 ? 1 : N_SIZES;
    for (size_t j = 0; j < n_d; j++)
        c->d[j] =
            top * (narrowest_share + (1 - narrowest_share) * (double)(j + 1) / STEPS);
    if (params->d_max > 0)
        c->d[0] = params->d_max;
    memcpy(c->n_min, group_sizes, sizeof group_sizes);
    if (params->n_min > 0)
        c->n_min[0] = params->n_min;
    c->grid = (ia_linkage_grid){c->d, n_d, c->n_min, n_n};
    c->is_given = n_d * n_n == 1;
}

static size_t n_settings(const chooser *c)
{
    return c->grid.n_d * c->grid.n_n;
}

// Clustered solute ions beyond those of chance; 0 where chance makes too many clusters.
static double excess_at(const chooser *c, const double *clusters, size_t j)
{
    size_t n = n_settings(c);
    bool stands_out = c->is_given || c->means[j] <= chance_share * clusters[j];
    return stands_out ? fmax(0, clusters[n + j] - c->means[n + j]) : 0;
}

static double largest_excess(const chooser *c, const double *clusters)
{
    double largest = 0;
    for (size_t j = 0; j < n_settings(c); j++)
        largest = fmax(largest, excess_at(c, clusters, j));
    return largest;
}

// The smallest groups that come near the largest excess, and the links that do best with
// them: of equal excesses, the one with large groups joins matrix ions and neighbouring
// clusters and leaves small clusters out. n_settings when nothing stands out.
static size_t choose(const chooser *c, const double *clusters)
{
    double least = near_share * largest_excess(c, clusters);
    size_t n_n = c->grid.n_n, best = n_settings(c);
    for (size_t k = 0; k < n_n && best == n_settings(c); k++) {
        double largest = 0;
        for (size_t j = k; j < n_settings(c); j += n_n) {
            double excess = excess_at(c, clusters, j);
            if (excess > largest && excess >= least) {
                largest = excess;
                best = j;
            }
        }
    }
    return best;
}

// Values of a draw: the largest excess of its settings, then clusters and
// clustered solute ions at every setting.
static bool measure(void *user, const ia_draw *draw, size_t worker, double *values)
{
    chooser *c = user;
    const ia_sample *sample = c->sample;
    const uint64_t *bits = sample->bits;
    uint64_t solutes[STEPS * N_SIZES], clusters[STEPS * N_SIZES];
    if (draw->number > 0) {
        ia_random random = draw->random;
        ia_select(&random, sample->n_solute, sample->n, c->bits[worker]);
        bits = c->bits[worker];
    }
    ia_sample_gather(sample, bits, c->xyz[worker]);
    if (ia_linkage_count(NULL, c->xyz[worker], sample->n_solute, &c->grid, solutes,
                         clusters) != IA_OK)
        return false;
    size_t n = n_settings(c);
    for (size_t j = 0; j < n; j++) {
        values[1 + j] = (double)clusters[j];
        values[1 + n + j] = (double)solutes[j];
    }
    values[0] = c->means ? largest_excess(c, values + 1) : 0;
    return true;
}

static ia_status make_room(ia_ctx *ctx, chooser *c, size_t n_workers)
{
    if (!(c->bits = ia_array(ctx, n_workers, sizeof *c->bits)) ||
        !(c->xyz = ia_array(ctx, n_workers, sizeof *c->xyz)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++)
        if (!(c->bits[w] =
                  ia_array(ctx, ia_select_words(c->sample->n), sizeof **c->bits)) ||
            !(c->xyz[w] = ia_array(ctx, 3 * c->sample->n_solute, sizeof **c->xyz)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static void clear(chooser *c, size_t n_workers)
{
    for (size_t w = 0; w < n_workers && c->bits && c->xyz; w++) {
        free(c->bits[w]);
        free(c->xyz[w]);
    }
    free(c->bits);
    free(c->xyz);
    free(c->means);
}

// Means under the null, from shuffles of their own: with these fixed the excess is the
// same function of the labels for the data and for every shuffle, which is what makes p
// hold.
static ia_status measure_means(ia_ctx *ctx, const ia_question *question, uint64_t seed,
                               chooser *c)
{
    ia_random random = ia_random_new(seed, UINT64_MAX - 1);
    ia_null_params params = {REFERENCES, 0, ia_random_u64(&random), 0.95};
    ia_null null = {0};
    size_t n = 2 * n_settings(c);
    double *means = ia_array(ctx, n, sizeof *means);
    ia_status st = means ? ia_null_test(ctx, question, &params, &null) : IA_ERR_MEMORY;
    if (st != IA_OK) {
        free(means);
        return st;
    }
    memcpy(means, null.mean + 1, n * sizeof *means);
    c->means = means;
    ia_null_clear(&null);
    return IA_OK;
}

static void conclude(const ia_cluster_params *params, const chooser *c,
                     const ia_null *null, ia_cluster_test *test)
{
    size_t n = n_settings(c);
    double scale = (double)test->ions / (double)c->sample->n_solute;
    size_t best = choose(c, null->observed + 1);
    test->p = null->p[0];
    test->n_shuffles = null->n_shuffles;
    test->excess_ions = best < n ? excess_at(c, null->observed + 1, best) * scale : 0;
    test->effect = test->excess_ions / (double)test->ions;
    test->d_max = best < n ? c->d[best / c->grid.n_n] : NAN;
    test->n_min = best < n ? c->n_min[best % c->grid.n_n] : 0;
    test->envelope = params->envelope > 0 ? params->envelope : test->d_max;
    test->erosion = params->erosion > 0 ? params->erosion : test->d_max;
    test->expected_false_clusters = best < n ? null->mean[1 + best] * scale : NAN;
}

static ia_status run_test(ia_ctx *ctx, const ia_cluster_params *params, size_t n_shuffles,
                          chooser *c, ia_cluster_test *test)
{
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_question question = {measure, c, 1 + 2 * n_settings(c), "clusters"};
    ia_null_params null_params = {n_shuffles, STOP, params->seed, 0.95};
    ia_null null = {0};
    ia_status st;

    if ((st = make_room(ctx, c, n_workers)) == IA_OK &&
        (st = measure_means(ctx, &question, params->seed, c)) == IA_OK &&
        (st = ia_null_test(ctx, &question, &null_params, &null)) == IA_OK)
        conclude(params, c, &null, test);
    ia_null_clear(&null);
    clear(c, n_workers);
    return st;
}

// Why there is nothing to test; false when there is.
static bool refuse(const ia_solute_set *solute, ia_cluster_test *test)
{
    char *reason = test->reason;
    size_t room = sizeof test->reason;
    if (solute->cloud->n < LEAST_IONS)
        snprintf(reason, room, "%zu ranged ions are too few to tell clusters from chance",
                 solute->cloud->n);
    else if (solute->n < LEAST_SOLUTE)
        snprintf(reason, room, "%llu ions are too few to tell clusters from chance",
                 (unsigned long long)solute->n);
    else if (solute->n == solute->cloud->n)
        snprintf(reason, room, "every ranged ion holds it: there is nothing to compare");
    return reason[0] != 0;
}

ia_status ia_cluster_test_compute(ia_ctx *ctx, const ia_solute_set *solute,
                                  const ia_cluster_params *params, size_t n_shuffles,
                                  ia_cluster_test *test)
{
    ia_sample sample = {0};
    chooser c = {.sample = &sample};
    ia_status st;

    test->ions = solute->n;
    test->envelope = test->erosion = NAN;
    test->d_max = test->excess_ions = test->effect = test->expected_false_clusters = NAN;
    test->p = test->p_holm = 1;
    if (refuse(solute, test))
        return IA_OK;
    if ((st = ia_sample_build(ctx, solute, params, &sample)) != IA_OK)
        return st;
    test->tested_ions = sample.n_solute;
    set_grid(params, &c);
    float *xyz = ia_array(ctx, 3 * sample.n_solute, sizeof *xyz);
    if (!xyz) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    ia_sample_gather(&sample, sample.bits, xyz);
    bool crowded = ia_is_crowded(xyz, sample.n_solute, c.d[c.grid.n_d - 1]);
    if (params->d_max > 0 && crowded)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "d_max = %g nm links thousands of ions to each; they are %.3g nm "
                     "apart",
                     params->d_max, sample.spacing);
    else if (crowded || !(sample.spacing > 0) || sample.n_solute == sample.n)
        snprintf(test->reason, sizeof test->reason,
                 "too many ions lie at the same place to tell clusters from chance");
    else
        st = run_test(ctx, params, n_shuffles, &c, test);
done:
    free(xyz);
    ia_sample_clear(&sample);
    return st;
}
