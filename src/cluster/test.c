// src/cluster/test.c: is a solute clustered? The excess at its best setting against
// shuffles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include "core/bounds.h"

#include <ionatlas/honest.h>
#include <float.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_SHUFFLES = 99,
    REFERENCES = 20,
    STOP = 10,
    LEAST_IONS = 1000,
    LEAST_SOLUTE = 50
};

typedef struct {
    const ia_sample *sample;
    ia_settings settings;
    bool is_measured; // settings.means
    uint64_t **bits;  // per worker
    float **xyz;      // per worker
} chooser;

// Values of a draw: the largest excess of its settings, then its tally.
static ia_status measure(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                         double *values)
{
    chooser *c = user;
    const ia_sample *sample = c->sample;
    const uint64_t *bits = sample->bits;
    if (draw->number > 0) {
        ia_random random = draw->random;
        ia_sample_draw(sample, &random, c->bits[worker]);
        bits = c->bits[worker];
    }
    ia_sample_gather(sample, bits, c->xyz[worker]);
    ia_status st = ia_settings_tally(ctx, &c->settings, c->xyz[worker], sample->n_solute,
                                     values + 1);
    if (st == IA_OK)
        values[0] = c->is_measured ? ia_settings_largest(&c->settings, values + 1) : 0;
    return st;
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
    ia_status st = ia_null_test(ctx, question, &params, &null);
    if (st != IA_OK)
        return st;
    memcpy(c->settings.means, null.mean + 1,
           ia_settings_tally_size(&c->settings) * sizeof(double));
    c->is_measured = true;
    ia_null_clear(&null);
    return IA_OK;
}

static void set_settings(const ia_cluster_params *params, const ia_settings *s,
                         size_t best, ia_cluster_test *test)
{
    if (best == s->n)
        return;
    ia_setting setting = ia_settings_at(s, best);
    if (s->finder->by_peak) {
        test->n_min = params->n_min;
        return;
    }
    if (s->finder->by_density)
        test->density = setting.d;
    else if (s->finder->by_volume)
        test->cell_volume = setting.d;
    else
        test->d_max = setting.d;
    test->n_min = s->finder->has_points ? params->n_min : setting.n_min;
    test->min_points = s->finder->has_points ? setting.n_min
                       : s->finder->points   ? s->finder->points(params)
                                             : setting.k;
}

static int compare_falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// The largest score of each shuffle.
static ia_status keep_peaks(ia_ctx *ctx, const ia_null *null, ia_cluster_test *test)
{
    if (!(test->peaks = ia_array(ctx, null->n_shuffles, sizeof *test->peaks)))
        return IA_ERR_MEMORY;
    test->n_peaks = null->n_shuffles;
    for (size_t i = 0; i < null->n_shuffles; i++)
        test->peaks[i] = null->nulls[i * null->n_values];
    qsort(test->peaks, test->n_peaks, sizeof *test->peaks, compare_falling);
    return IA_OK;
}

// The diagonal of the box around positions, nm.
static double span_of(const float *xyz, size_t n)
{
    double lo[3], hi[3];
    ia_bounds(xyz, n, lo, hi);
    return sqrt(pow(hi[0] - lo[0], 2) + pow(hi[1] - lo[1], 2) + pow(hi[2] - lo[2], 2));
}

// The score that chance exceeds anywhere in the whole with a chance of `level`.
static double threshold_of(const ia_cluster_test *test, double level)
{
    double least = 0, most = SCORE_MOST;
    while (most - least > 1e-6) {
        double middle = (least + most) / 2;
        *(ia_cluster_test_p(test, middle) <= level ? &most : &least) = middle;
    }
    return most;
}

// By the extremes of the part that was tested. A whole that is larger has more places:
// from Gumbel's distribution with the mean and spread of the shuffles, which no less bear
// out than 1 in n + 1.
double ia_cluster_test_p(const ia_cluster_test *test, double score)
{
    size_t n = test->n_peaks, reached = 0;
    double sum = 0, squares = 0;
    double scale = (double)test->ions / (double)test->tested_ions;
    for (size_t i = 0; i < n; i++) {
        reached += test->peaks[i] >= score;
        sum += test->peaks[i];
        squares += test->peaks[i] * test->peaks[i];
    }
    if (n == 0 || isnan(score))
        return NAN;
    if (scale < 1.01)
        return (double)(1 + reached) / (double)(n + 1);
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    double least = 1 / (double)(n + 1);
    double width = sqrt(6 * fmax(variance, 0)) / M_PI, at = mean - M_EULER * width;
    return width > 0 ? fmax(-expm1(-scale * exp(-(score - at) / width)), least) : 1;
}

// The last score of the grid at or below the threshold.
static size_t step_below(const ia_settings *s, double threshold)
{
    size_t j = 0;
    while (j + 1 < s->n_d && s->d[j + 1] <= threshold)
        j++;
    return j;
}

static void conclude(const ia_cluster_params *params, const chooser *c,
                     const ia_null *null, ia_cluster_test *test)
{
    const ia_settings *s = &c->settings;
    const double *tally = null->observed + 1;
    double scale = (double)test->ions / (double)c->sample->n_solute;
    bool by_peak = s->finder->by_peak;
    test->p = null->p[0];
    test->n_shuffles = null->n_shuffles;
    if (by_peak)
        test->threshold = threshold_of(test, params->level);
    size_t best = by_peak ? step_below(s, test->threshold) : ia_settings_choose(s, tally);
    bool is_found = best < s->n && (!by_peak || tally[best] > 0);
    test->excess_ions = is_found ? ia_settings_excess(s, tally, best) * scale : 0;
    test->effect = test->excess_ions / (double)test->ions;
    set_settings(params, s, best, test);
    test->envelope = params->envelope > 0 ? params->envelope : test->d_max;
    test->erosion = params->erosion > 0 ? params->erosion : test->d_max;
    test->expected_false_clusters = is_found ? null->mean[1 + best] * scale : NAN;
    if (by_peak && is_found) // Poisson, with none at a chance of 1 - level
        test->expected_false_clusters = -log1p(-params->level);
}

// Solute ions of the largest cluster of a draw at the settings chosen.
typedef struct {
    chooser *chooser;
    const ia_cluster_params *params;
    const ia_cluster_test *test;
} sizing;

static ia_status measure_largest(ia_ctx *ctx, void *user, const ia_draw *draw,
                                 size_t worker, double *values)
{
    sizing *s = user;
    const ia_sample *sample = s->chooser->sample;
    size_t n = sample->n_solute;
    const uint64_t *bits = sample->bits;
    float *xyz = s->chooser->xyz[worker];
    uint32_t *group = ia_array(ctx, 2 * n, sizeof *group);
    float *probability = ia_array(ctx, n, sizeof *probability);
    ia_group_fit *fit = ia_array(ctx, n, sizeof *fit);
    if (draw->number > 0) {
        ia_random random = draw->random;
        ia_sample_draw(sample, &random, s->chooser->bits[worker]);
        bits = s->chooser->bits[worker];
    }
    ia_sample_gather(sample, bits, xyz);
    ia_group_task task = {NULL, s->params, s->test, xyz, n, group, probability, fit};
    ia_status st = group && probability && fit
                       ? s->chooser->settings.finder->group(ctx, &task)
                       : IA_ERR_MEMORY;
    values[0] = 0;
    for (size_t i = 0; st == IA_OK && i < n; i++)
        if (group[i] != IA_NO_GROUP)
            values[0] = fmax(values[0], (double)++group[n + group[i]]);
    free(group);
    free(probability);
    free(fit);
    return st;
}

// Shuffles of their own, so that the settings were not chosen by them.
static ia_status keep_sizes(ia_ctx *ctx, const ia_cluster_params *params, chooser *c,
                            ia_cluster_test *test)
{
    sizing own = {c, params, test};
    ia_question question = {measure_largest, &own, 1, "sizes"};
    ia_random random = ia_random_new(params->seed, UINT64_MAX - 2);
    ia_null_params null_params = {SIZE_SHUFFLES, 0, ia_random_u64(&random), 0.95};
    ia_null null = {0};
    ia_status st = ia_null_test(ctx, &question, &null_params, &null);
    if (st == IA_OK)
        st = keep_peaks(ctx, &null, test);
    ia_null_clear(&null);
    return st;
}

static ia_status run_test(ia_ctx *ctx, const ia_cluster_params *params, size_t n_shuffles,
                          chooser *c, ia_cluster_test *test)
{
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    ia_question question = {measure, c, 1 + ia_settings_tally_size(&c->settings),
                            "clusters"};
    ia_null_params null_params = {n_shuffles, STOP, params->seed, 0.95};
    ia_null null = {0};
    ia_status st;

    if ((st = make_room(ctx, c, n_workers)) == IA_OK &&
        (st = measure_means(ctx, &question, params->seed, c)) == IA_OK &&
        (st = ia_null_test(ctx, &question, &null_params, &null)) == IA_OK &&
        (!c->settings.finder->by_peak || (st = keep_peaks(ctx, &null, test)) == IA_OK))
        conclude(params, c, &null, test);
    if (st == IA_OK && !c->settings.finder->by_peak && test->excess_ions > 0 &&
        test->p <= params->level)
        st = keep_sizes(ctx, params, c, test);
    ia_null_clear(&null);
    clear(c, n_workers);
    return st;
}

// Whether solute ions lie so close that squared distances vanish as float.
static bool is_one_place(const ia_sample *sample)
{
    return !((float)(sample->spacing * sample->spacing) >= FLT_MIN);
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
                                  const ia_cluster_params *params,
                                  const ia_cluster_null *null, ia_cluster_test *test)
{
    const ia_finder *finder = ia_finder_of(params->method);
    ia_sample sample = {0};
    chooser c = {.sample = &sample};
    float *xyz = NULL;
    ia_status st;

    test->ions = solute->n;
    test->envelope = test->erosion = NAN;
    test->d_max = test->excess_ions = test->effect = test->expected_false_clusters = NAN;
    test->p = test->p_holm = 1;
    test->threshold = test->density = test->cell_volume = test->sigma_xy = NAN;
    test->p_beside = test->p_local = test->half_effect = test->half_difference = NAN;
    test->thinned_effect = test->thinned_sd = NAN;
    test->sigma_effect = test->sigma_n_clusters = NAN;
    if (refuse(solute, test))
        return IA_OK;
    if ((st = ia_sample_build(ctx, solute, params, null->left_out, &sample)) != IA_OK)
        return st;
    test->tested_ions = sample.n_solute;
    if (null->is_local &&
        ((st = ia_sample_follow_drift(ctx, &sample, finder->slow_edge)) != IA_OK ||
         !sample.rate)) {
        test->p = NAN; // nothing to ask
        goto done;
    }
    if (sample.n_solute < LEAST_SOLUTE) {
        snprintf(test->reason, sizeof test->reason,
                 "%zu ions are too few to tell clusters from chance", sample.n_solute);
        goto done;
    }
    ia_settings_init(params, sample.spacing, &c.settings);
    if (!(xyz = ia_array(ctx, 3 * sample.n_solute, sizeof *xyz))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    ia_sample_gather(&sample, sample.bits, xyz);
    double span = span_of(xyz, sample.n_solute);
    bool crowded = ia_is_crowded(xyz, sample.n_solute, c.settings.reach);
    if (finder->is_linking && span > 0 && params->d_max >= span)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "d_max = %g nm links every ion to every other: the farthest two are "
                     "at most %.3g nm apart",
                     params->d_max, span);
    else if (params->d_max > 0 && crowded)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "d_max = %g nm links thousands of ions to each; they are %.3g nm "
                     "apart",
                     params->d_max, sample.spacing);
    else if (crowded || is_one_place(&sample) || sample.n_solute == sample.n)
        snprintf(test->reason, sizeof test->reason,
                 "too many ions lie at the same place to tell clusters from chance");
    else if ((st = ia_settings_prepare(ctx, &sample, &c.settings)) == IA_OK)
        st = run_test(ctx, params, null->n_shuffles, &c, test);
done:
    ia_settings_release(&c.settings);
    free(xyz);
    ia_sample_clear(&sample);
    return st;
}
