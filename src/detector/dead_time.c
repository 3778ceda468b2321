// src/detector/dead_time.c: find the detector's dead zone and what was lost in it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/dead.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_dead_time_params, dead_time, "auto", "auto|off|on",
                    "put lost ions back into the composition; auto: where they are sure"),
    IA_FIELD(IA_F64, ia_dead_time_params, t_far, "ns", 100, 1, 1e5,
             "two hits so far apart in time never hide each other"),
    IA_FIELD(
        IA_F64, ia_dead_time_params, r_far, "mm", 0, 0, 1e3,
        "nor two hits so far apart on the detector; 0: 10, less where hits of a pulse "
        "are nearer"),
    IA_FIELD(IA_F64, ia_dead_time_params, dead_level, "", 1e-4, 1e-12, 0.5,
             "chance of finding a dead zone where there is none"),
};
const ia_method ia_dead_time_method = IA_METHOD(
    "dead_time", "Ions lost while the detector was dead", ia_dead_time_params, fields);

ia_dead_time_params ia_dead_time_defaults(void)
{
    ia_dead_time_params params;
    ia_method_defaults(&ia_dead_time_method, &params);
    return params;
}

// Edges of the slices as shares of the whole.
static void lay_slices(dead_job *j)
{
    static const double times[IA_DEAD_TIMES + 1] = {0,    0.005, 0.01, 0.015, 0.02, 0.03,
                                                    0.04, 0.06,  0.08, 0.12,  0.16, 0.24,
                                                    0.32, 0.48,  0.64, 1};
    static const double radii[IA_DEAD_RADII + 1] = {0,   0.05, 0.1, 0.15, 0.2, 0.3,
                                                    0.4, 0.5,  0.6, 0.8,  1};
    double r_far = j->params.r_far > 0 ? j->params.r_far : dead_reach(j);
    for (size_t k = 0; k <= IA_DEAD_TIMES; k++)
        j->t_edge[k] = times[k] * j->params.t_far;
    for (size_t l = 0; l <= IA_DEAD_RADII; l++)
        j->r_edge[l] = radii[l] * r_far;
}

static ia_status name_ranges(ia_ctx *ctx, dead_job *j)
{
    if (!(j->range = ia_array(ctx, j->m->n, sizeof *j->range)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < j->m->n; i++)
        j->range[i] = ia_ranger_find(j->in->ranger, (double)j->m->mass[i]);
    return IA_OK;
}

static void say(ia_dead_time *out, const char *text)
{
    snprintf(out->reason, sizeof out->reason, "%s", text);
}

// Whether there is anything to tell from.
static bool is_answerable(const ia_multiples *m, ia_dead_time *out)
{
    if (!m->tof)
        say(out, "the input has no times of flight");
    else if (!m->hit)
        say(out, "the input has no detector positions");
    else if (m->n_events == 0)
        say(out, "no two ions came in one pulse");
    return !out->reason[0];
}

// Correct only what is sure and what the isotopes do not speak against.
static void decide(const dead_job *j)
{
    const double worse = 13.8; // in chi-squared: 1,000 times less likely
    ia_dead_time *out = j->out;
    bool against = out->degrees > 0 && out->chi2_corrected > out->chi2_raw + worse;
    out->is_applied = false;
    if (out->blind > 0)
        snprintf(out->reason, sizeof out->reason,
                 "within %.3g ns of an ion hardly a second one was seen wherever it hit: "
                 "how many were lost cannot be told",
                 out->blind);
    else if (!out->is_significant)
        say(out, "no dead zone is seen");
    else if (j->params.dead_time == IA_DEAD_OFF)
        say(out, "not asked for");
    else if (j->params.dead_time == IA_DEAD_AUTO && against)
        say(out, "isotope ratios would be further from nature than they are");
    else
        out->is_applied = true;
}

static ia_status answer(ia_ctx *ctx, dead_job *j)
{
    ia_status st;
    lay_slices(j);
    dead_count(j);
    dead_find_zone(j);
    if ((st = name_ranges(ctx, j)) != IA_OK || (st = dead_find_blind(ctx, j)) != IA_OK)
        return st;
    if (j->out->blind > 0)
        j->out->is_significant = false;
    if (j->out->is_significant &&
        ((st = dead_losses(ctx, j)) != IA_OK || (st = dead_isotopes(ctx, j)) != IA_OK))
        return st;
    j->out->is_known = true;
    decide(j);
    return IA_OK;
}

// Ions of one kind come together in time: a detector that is dead for long loses pairs of
// them, without a word of where and when they hit. What is lost is missing from the ions
// that exchange partners, too: the share told is a least one.
static ia_status look_at_same(ia_ctx *ctx, dead_job *j)
{
    const double noticed =
        0.02; // of the pairs: below, large runs show what matters little
    ia_same_pairs *same = &j->out->same;
    ia_multihit_input input = {j->m, j->in->ranges, j->in->ranger, j->in->widths};
    ia_status st;
    *same = (ia_same_pairs){0, NAN, NAN, NAN};
    // Where ions were left out of the file or mixed, pairs are lost there.
    if (j->m->n_events == 0 || j->in->ranges->n_ions == 0 ||
        (double)j->m->unlike > noticed * (double)j->m->n_events)
        return IA_OK;
    st = ia_same_pairs_count(ctx, &input, j->params.dead_level, same);
    j->out->lacks_same = ia_same_pairs_are_few(same, j->params.dead_level) &&
                         (double)same->pairs < (1 - noticed) * same->expected;
    return st;
}

static void tell_same(ia_ctx *ctx, const ia_dead_time *dead)
{
    const ia_same_pairs *s = &dead->same;
    if (!dead->lacks_same || dead->is_applied)
        return;
    ia_warn(
        ctx,
        "the detector was saturated: two ions of one kind came in a pulse %llu times, "
        "%.0f +- %.0f times by chance; at least %.0f %% of such pairs are lost, and with "
        "them ions of the commonest isotopes, which the composition lacks",
        (unsigned long long)s->pairs, s->expected, s->sigma,
        100 * (1 - (double)s->pairs / s->expected));
}

static void tell(ia_ctx *ctx, const ia_dead_time *dead)
{
    tell_same(ctx, dead);
    if (dead->blind > 0)
        ia_warn(ctx, "detector: %s", dead->reason);
    else if (dead->is_significant)
        ia_warn(
            ctx,
            "the detector lost %s%.0f +- %.0f ions that came within %.3g ns and %.3g mm "
            "of another%s: %s%s",
            dead->reaches_far ? "at least " : "", dead->lost, dead->sigma_lost,
            dead->time, dead->radius,
            dead->reaches_far ? ", as far as two hits of a pulse come apart" : "",
            dead->is_applied ? "the corrected composition holds them"
                             : "the composition is not corrected, ",
            dead->is_applied ? "" : dead->reason);
}

ia_status ia_dead_time_compute(ia_ctx *ctx, const ia_dead_time_input *input,
                               const ia_dead_time_params *params, ia_dead_time *out)
{
    ia_dead_time dead = {.lost = NAN, .sigma_lost = NAN, .p = NAN, .shortest = NAN};
    dead_job j = {.in = input,
                  .m = input->multiples,
                  .params = params ? *params : ia_dead_time_defaults(),
                  .out = &dead};
    ia_status st = ia_method_check(ctx, &ia_dead_time_method, &j.params);
    if (st == IA_OK && is_answerable(j.m, &dead))
        st = answer(ctx, &j);
    if (st == IA_OK)
        st = look_at_same(ctx, &j);
    if (st == IA_OK) {
        tell(ctx, &dead);
        *out = dead;
        dead = (ia_dead_time){0}; // the caller's now
    }
    free(j.range);
    ia_dead_time_clear(&dead);
    return st;
}

ia_status ia_dead_time_apply(ia_ctx *ctx, const ia_dead_time *dead,
                             ia_range_counts *counts)
{
    free(counts->lost);
    free(counts->sigma_lost);
    counts->lost = counts->sigma_lost = NULL;
    if (!dead->is_applied)
        return IA_OK;
    double *lost = ia_array(ctx, counts->n, sizeof *lost);
    double *sigma = ia_array(ctx, counts->n, sizeof *sigma);
    if (!lost || !sigma) {
        free(lost);
        free(sigma);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < counts->n; i++) {
        lost[i] = dead->ranges[i].lost;
        sigma[i] = dead->ranges[i].sigma_lost;
    }
    counts->lost = lost;
    counts->sigma_lost = sigma;
    return IA_OK;
}

void ia_dead_time_clear(ia_dead_time *dead)
{
    free(dead->kinds);
    free(dead->ranges);
    free(dead->isotopes);
    *dead = (ia_dead_time){0};
}
