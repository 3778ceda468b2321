// src/project/quality.c: marks that tell how far an analysis can be trusted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>
#include <gsl/gsl_cdf.h>
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
    char sentence[160];
} mark;

static const char *verdict_of(const mark *m)
{
    if (isnan(m->value))
        return "unknown";
    double sign = m->more_is_better ? 1 : -1;
    if (sign * m->value >= sign * m->good)
        return "good";
    return sign * m->value >= sign * m->fair ? "fair" : "poor";
}

// m / dm at half height of the peak with the most ions. The half-content width of a
// Gaussian is 0.573 of its full width at half maximum.
static mark resolving_power(const ia_state *state)
{
    mark m = {"resolving_power", "", NAN, 700, 300, true, "no peak to measure it on"};
    const ia_peak *best = NULL;
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
    mark m = {
        "background_share", "%", NAN, 2, 10, false, "no background could be fitted"};
    const ia_background *b = &state->background;
    double share = 0;
    for (size_t i = 0; i < state->ranger.n; i++)
        share += ia_background_counts(b, state->ranger.lo[i], state->ranger.hi[i]);
    if (state->counts.ranged > 0 && b->n_used > 0 && isfinite(share)) {
        m.value = 100 * share / (double)state->counts.ranged;
        snprintf(m.sentence, sizeof m.sentence,
                 "share of the ranged ions that is noise flat in time of flight");
    }
    return m;
}

static mark unranged_share(const ia_state *state)
{
    mark m = {"unranged_share", "%", NAN, 5, 20, false, "nothing was ranged"};
    uint64_t n = state->counts.ranged + state->counts.unranged;
    if (n > 0 && state->ranger.n > 0) {
        m.value = 100 * (double)state->counts.unranged / (double)n;
        snprintf(m.sentence, sizeof m.sentence, "share of all ions outside every range");
    }
    return m;
}

static mark unexplained_share(const ia_state *state)
{
    mark m = {"unexplained_share", "%", NAN, 1, 5, false, "no peaks were looked for"};
    if (state->ranger.n == 0 || state->survey.n == 0)
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
    uint64_t seed;
    uint64_t *counts; // (workers, n) ranged ions of the first half; or (workers, 1) ions
                      // of multiple hits
    size_t n;
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

static void count_half(void *user, size_t block, size_t worker)
{
    census *c = user;
    const ia_column *column = &c->state->ions.columns[IA_MASS];
    float buffer[IA_COLUMN_BLOCK];
    size_t begin, end;
    ia_random random = ia_random_new(c->seed, block);
    ia_block(column->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *mass = ia_column_rows(column, begin, end - begin, buffer);
    for (size_t i = 0; i < end - begin; i++) {
        bool first = ia_random_u64(&random) >> 63;
        int32_t range = first ? ia_ranger_find(&c->state->ranger, (double)mass[i]) : -1;
        if (range >= 0)
            c->counts[worker * c->n + (size_t)range]++;
    }
}

static ia_status run_census(ia_ctx *ctx, census *c, ia_body body, size_t n_rows)
{
    size_t n_blocks = ia_block_count(n_rows, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    if (!(c->counts = ia_array(ctx, n_workers * c->n, sizeof *c->counts)))
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, "quality", n_blocks, body, c);
    for (size_t w = 1; w < n_workers; w++)
        for (size_t i = 0; i < c->n; i++)
            c->counts[i] += c->counts[w * c->n + i];
    return st;
}

static ia_status multiple_hits(ia_ctx *ctx, const ia_state *state, mark *out)
{
    mark m = {"multiple_hit_share",           "%", NAN, 20, 40, false,
              "the input has no multiplicity"};
    census c = {.state = state, .n = 1};
    ia_status st = IA_OK;
    if (ia_ions_has(&state->ions, IA_MULTIPLICITY)) {
        st = run_census(ctx, &c, count_multiple, state->ions.n);
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

// Two random halves must agree range by range: chi-squared of the first half's counts
// against a fair split, ranges with few ions left out.
static ia_status split_halves(ia_ctx *ctx, const ia_state *state, uint64_t seed,
                              mark *out)
{
    enum { FEWEST = 20 };
    mark m = {"split_half_p", "", NAN, 0.01, 0.0001, true, "nothing was ranged"};
    census c = {.state = state, .seed = seed, .n = state->ranger.n};
    double chi2 = 0;
    size_t n_used = 0;
    ia_status st = IA_OK;
    if (c.n > 0)
        st = run_census(ctx, &c, count_half, state->ions.n);
    for (size_t i = 0; st == IA_OK && i < c.n; i++) {
        double n = (double)state->counts.counts[i], d = (double)c.counts[i] - n / 2;
        if (n < FEWEST)
            continue;
        chi2 += d * d / (n / 4);
        n_used++;
    }
    if (st == IA_OK && n_used > 0) {
        m.value = gsl_cdf_chisq_Q(chi2, (double)n_used);
        snprintf(m.sentence, sizeof m.sentence,
                 "chance that two random halves differ so much in %zu ranges", n_used);
    }
    free(c.counts);
    *out = m;
    return st;
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
    mark marks[6] = {resolving_power(state), background_share(state),
                     unranged_share(state), unexplained_share(state)};
    ia_status st;
    if ((st = multiple_hits(ctx, state, &marks[4])) != IA_OK ||
        (st = split_halves(ctx, state, p->seed, &marks[5])) != IA_OK)
        return st;
    return put_marks(ctx, marks, sizeof marks / sizeof marks[0], result);
}

const ia_step_kind ia_step_quality = {&ia_quality_method, run_quality, NULL};
