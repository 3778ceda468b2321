// src/project/quality.c: marks that tell how far an analysis can be trusted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/halves.h"
#include "project/steps.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_U64, ia_quality_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the random halves"),
};
const ia_method ia_quality_method = IA_METHOD(
    "quality", "Marks for how far to trust the result", ia_quality_params, fields);

ia_quality_params ia_quality_defaults(void)
{
    ia_quality_params params;
    ia_method_defaults(&ia_quality_method, &params);
    return params;
}

// A figure, the bounds that make it good or fair, and what it says.
typedef struct {
    const char *mark, *unit;
    double value; // NAN: unknown
    double good, fair;
    bool more_is_better;
    char sentence[240];
    bool is_empty; // looked for, and there is nothing to mark
} mark;

static const char *verdict_of(const mark *m)
{
    if (isnan(m->value))
        return m->is_empty ? "none" : "unknown";
    double sign = m->more_is_better ? 1 : -1;
    if (sign * m->value >= sign * m->good)
        return "good";
    return sign * m->value >= sign * m->fair ? "fair" : "poor";
}

// Numbers in the place of m/n, one for each kind of ion, have no peaks and no background.
static bool is_measured(const ia_state *state, mark *m)
{
    if (state->spectrum.spiked == 0)
        return true;
    snprintf(m->sentence, sizeof m->sentence,
             "m/n of most ions is one exact number for each kind: not measured");
    return false;
}

// m / dm at half height of the peak with the most ions. The half-content width of a
// Gaussian is 0.573 of its full width at half maximum.
static mark resolving_power(const ia_state *state)
{
    mark m = {"resolving_power",
              "",
              NAN,
              700,
              300,
              true,
              "no peak stands for a named ion",
              false};
    const ia_peak *best = NULL;
    if (!is_measured(state, &m))
        return m;
    for (size_t i = 0; i < state->peaks.n; i++)
        if (!best || state->peaks.list[i].counts > best->counts)
            best = &state->peaks.list[i];
    // Peaks that stand for no ion are perhaps none: labels in the place of m/n make the
    // sharpest.
    if (best && best->width > 0 && state->ranger.n > 0) {
        m.value = best->mass * 0.573 / best->width;
        snprintf(m.sentence, sizeof m.sentence,
                 "m/dm at half height of the peak at %.2f Da", best->mass);
    }
    return m;
}

static mark background_share(const ia_state *state)
{
    mark m = {"background_share", "%", NAN, 2, 10, false, "nothing was ranged", false};
    const ia_background *b = &state->background;
    double share = 0;
    for (size_t i = 0; i < state->ranger.n; i++)
        share += ia_background_counts(b, state->ranger.lo[i], state->ranger.hi[i]);
    if (state->counts.ranged == 0 || !is_measured(state, &m))
        return m;
    snprintf(m.sentence, sizeof m.sentence, "no background could be fitted");
    if (b->n_used > 0 && isfinite(share)) {
        m.value = 100 * share / (double)state->counts.ranged;
        snprintf(m.sentence, sizeof m.sentence,
                 "share of the ranged ions that is noise flat in time of flight");
    }
    return m;
}

static mark unranged_share(const ia_state *state)
{
    mark m = {"unranged_share", "%", NAN, 5, 20, false, "nothing was ranged", false};
    uint64_t n = state->counts.ranged + state->counts.unranged;
    if (n > 0 && state->ranger.n > 0) {
        m.value = 100 * (double)state->counts.unranged / (double)n;
        snprintf(m.sentence, sizeof m.sentence, "share of all ions outside every range");
    }
    return m;
}

static mark unexplained_share(const ia_state *state)
{
    mark m = {"unexplained_share",
              "%",
              NAN,
              1,
              5,
              false,
              "no peak stands above the background",
              false};
    if (state->survey.n == 0 || state->peaks.n + state->identification.peaks.n == 0)
        return m;
    m.value = 100 * state->unexplained_counts / (double)state->survey.n;
    snprintf(m.sentence, sizeof m.sentence,
             "share of all ions in %zu peak%s left unexplained", state->n_unexplained,
             state->n_unexplained == 1 ? "" : "s");
    return m;
}

// Sums over blocks are whole numbers: the same on any number of threads.
typedef struct {
    const ia_state *state;
    uint64_t *counts; // (workers) ions of multiple hits
} census;

static void count_multiple(void *user, size_t block, size_t worker)
{
    census *c = user;
    const ia_column *column = &c->state->ions.columns[IA_MULTIPLICITY];
    uint32_t buffer[IA_COLUMN_BLOCK];
    size_t begin, end;
    ia_block(column->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const uint32_t *hits = ia_column_rows(column, begin, end - begin, buffer);
    // The first ion of a pulse carries the number of ions in it, the others 0.
    for (size_t i = 0; i < end - begin; i++)
        c->counts[worker] += hits[i] > 1 ? hits[i] : 0;
}

static ia_status run_census(ia_ctx *ctx, census *c)
{
    size_t n_blocks = ia_block_count(c->state->ions.n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    if (!(c->counts = ia_array(ctx, n_workers, sizeof *c->counts)))
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, "quality", n_blocks, count_multiple, c);
    for (size_t w = 1; w < n_workers; w++)
        c->counts[0] += c->counts[w];
    return st;
}

static ia_status multiple_hits(ia_ctx *ctx, const ia_state *state, mark *out)
{
    mark m = {"multiple_hit_share",
              "%",
              NAN,
              20,
              40,
              false,
              "the input has no multiplicity",
              false};
    census c = {.state = state};
    ia_status st = IA_OK;
    if (ia_ions_has(&state->ions, IA_MULTIPLICITY)) {
        st = run_census(ctx, &c);
        if (st == IA_OK) {
            m.value = 100 * (double)c.counts[0] / (double)state->ions.n;
            snprintf(m.sentence, sizeof m.sentence,
                     "share of the ions that came with others in one pulse");
        }
    }
    free(c.counts);
    *out = m;
    return st;
}

static ia_status split_halves(ia_ctx *ctx, const ia_state *state, uint64_t seed,
                              mark *out)
{
    mark m = {"split_half_difference", "at.%", NAN, 1, 5, false,
              "nothing was ranged",    false};
    bool automatic = strcmp(state->ranges.format, "auto") == 0;
    ia_half_agreement halves = {.difference = NAN};
    ia_status st = IA_OK;
    if (state->counts.ranged > 0 && state->spectrum.n_bins > 0)
        st = ia_halves_compare(ctx, state, seed, &halves);
    if (st == IA_OK && isfinite(halves.difference)) {
        m.value = halves.difference;
        int n = snprintf(m.sentence, sizeof m.sentence,
                         "sum of differences of the compositions of two random halves%s; "
                         "%.2g of counting alone",
                         automatic ? ", each ranged by itself" : "", halves.expected);
        if (automatic)
            snprintf(m.sentence + n, sizeof m.sentence - (size_t)n,
                     "; %zu of %zu kinds of ion named in one half only", halves.n_once,
                     halves.n_ions);
    }
    *out = m;
    return st;
}

// Corrected chances of tests: the least, and the largest of those that passed.
typedef struct {
    size_t n_tested, n_passed;
    double least, largest;
} chances;

static void add_chance(chances *c, double p, bool passed)
{
    c->least = c->n_tested++ == 0 ? p : fmin(c->least, p);
    if (passed)
        c->largest = c->n_passed++ == 0 ? p : fmax(c->largest, p);
}

// What is reported at its least sure; where nothing is, tests were made and came to
// nothing, or there were none.
static mark chance_mark(const char *name, const chances *c, const char *passed)
{
    mark m = {name,
              "",
              NAN,
              0.025,
              0.05,
              false,
              "not tested: no solute is common enough, or there is no volume",
              false};
    m.is_empty = c->n_tested > 0 && c->n_passed == 0;
    if (c->n_passed > 0) {
        m.value = c->largest;
        snprintf(m.sentence, sizeof m.sentence, "largest corrected p among %s", passed);
    } else if (c->n_tested > 0) {
        snprintf(m.sentence, sizeof m.sentence,
                 "%zu tested, nothing told from chance; least corrected p %.2g",
                 c->n_tested, c->least);
    }
    return m;
}

static mark neighbours_null(const ia_state *state)
{
    chances c = {0};
    for (size_t i = 0; i < state->knn.n; i++)
        add_chance(&c, state->knn.tests[i].p_holm,
                   state->knn.tests[i].p_holm <= ia_told_level);
    return chance_mark("neighbour_p", &c, "the species that do not lie at random");
}

static mark clusters_null(const ia_state *state)
{
    chances c = {0};
    for (size_t i = 0; i < state->clustering.n_tests; i++) {
        const ia_cluster_test *t = &state->clustering.tests[i];
        if (!t->reason[0])
            add_chance(&c, t->p_holm, t->is_significant);
    }
    return chance_mark("cluster_p", &c, "the solutes reported as clustered");
}

static mark false_clusters(const ia_state *state)
{
    mark m = {"false_cluster_share",      "%",  NAN, 5, 20, false,
              "no clusters are reported", false};
    double expected = 0;
    for (size_t i = 0; i < state->clustering.n_tests; i++)
        if (state->clustering.tests[i].is_significant)
            expected += state->clustering.tests[i].expected_false_clusters;
    if (state->clustering.n_clusters > 0) {
        m.value = 100 * expected / (double)state->clustering.n_clusters;
        snprintf(m.sentence, sizeof m.sentence,
                 "share of the clusters reported that shuffled labels make too");
    }
    return m;
}

// With fewer ions less is seen; what is there in plenty stays.
static mark thinned_clusters(const ia_state *state)
{
    mark m = {"thinned_cluster_ratio",    "",   NAN, 0.8, 0.5, true,
              "no clusters are reported", false};
    for (size_t i = 0; i < state->clustering.n_tests; i++) {
        const ia_cluster_test *t = &state->clustering.tests[i];
        if (t->is_significant && isfinite(t->thinned_effect))
            m.value =
                fmin(isnan(m.value) ? INFINITY : m.value, t->thinned_effect / t->effect);
    }
    if (isfinite(m.value))
        snprintf(m.sentence, sizeof m.sentence,
                 "share of the clustered solute still found with 70 %% of the ions, "
                 "least of all solutes");
    return m;
}

static ia_status put_marks(ia_ctx *ctx, const mark *marks, size_t n, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "quality", IA_KEYED, n);
    char **name = table ? ia_table_add(ctx, table, "mark", IA_TEXT) : NULL;
    double *value = name ? ia_table_add(ctx, table, "value", IA_F64) : NULL;
    char **unit = value ? ia_table_add(ctx, table, "unit", IA_TEXT) : NULL;
    char **verdict = unit ? ia_table_add(ctx, table, "verdict", IA_TEXT) : NULL;
    double *good = verdict ? ia_table_add(ctx, table, "good", IA_F64) : NULL;
    double *fair = good ? ia_table_add(ctx, table, "fair", IA_F64) : NULL;
    char **sentence = fair ? ia_table_add(ctx, table, "sentence", IA_TEXT) : NULL;
    if (!sentence)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        value[i] = marks[i].value;
        good[i] = marks[i].good;
        fair[i] = marks[i].fair;
        if (!(name[i] = ia_text(ctx, marks[i].mark)) ||
            !(unit[i] = ia_text(ctx, marks[i].unit)) ||
            !(verdict[i] = ia_text(ctx, verdict_of(&marks[i]))) ||
            !(sentence[i] = ia_text(ctx, marks[i].sentence)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status run_quality(ia_ctx *ctx, ia_state *state, const void *params,
                             ia_result *result)
{
    const ia_quality_params *p = params;
    mark marks[10] = {resolving_power(state), background_share(state),
                      unranged_share(state),  unexplained_share(state),
                      {.mark = NULL},         {.mark = NULL},
                      neighbours_null(state), clusters_null(state),
                      false_clusters(state),  thinned_clusters(state)};
    ia_status st;
    if ((st = multiple_hits(ctx, state, &marks[4])) != IA_OK ||
        (st = split_halves(ctx, state, p->seed, &marks[5])) != IA_OK)
        return st;
    return put_marks(ctx, marks, sizeof marks / sizeof marks[0], result);
}

const ia_step_kind ia_step_quality = {&ia_quality_method, run_quality, NULL};
