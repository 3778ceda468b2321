// src/detector/multihit.c: ions that came together in one pulse, question by question.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_multihit_params, pair_bin, "Da", 0.1, 0.01, 10,
             "width of the histogram's bins"),
    IA_FIELD(IA_F64, ia_multihit_params, pair_most, "Da", 0, 0, 1000,
             "end of the histogram; 0: where all but one ion in 50 are"),
    IA_FIELD(IA_SIZE, ia_multihit_params, most_hits, "", 32, 2, 1000,
             "pulses with more ions are left out of pairs"),
    IA_FIELD(IA_SIZE, ia_multihit_params, stretch, "", 2000, 0, 1e9,
             "ions of multiples that exchange partners, at least; 0: all"),
    IA_FIELD(IA_F64, ia_multihit_params, level, "", 0.01, 1e-6, 0.5,
             "chance of one or more false pairs, and of one or more false tracks"),
    IA_FIELD(IA_F64, ia_multihit_params, track_width, "", 1.5, 0.1, 100,
             "half-width of a track, in half-content widths of a peak"),
    IA_FIELD(IA_BOOL, ia_multihit_params, histogram, "", 0, 0, 1,
             "report every cell of the histogram that holds pairs"),
};
const ia_method ia_multihit_method =
    IA_METHOD("multihit", "Ions that came in one pulse: pairs and molecules that broke",
              ia_multihit_params, fields);

ia_multihit_params ia_multihit_defaults(void)
{
    ia_multihit_params params;
    ia_method_defaults(&ia_multihit_method, &params);
    return params;
}

// Mean of a Poisson count of which zero is never seen -> its rate, by Newton's method.
static double rate_of_seen(double mean)
{
    enum { STEPS = 60 };
    double rate = fmax(1e-9, 2 * (mean - 1));
    for (size_t i = 0; i < STEPS; i++) {
        double e = exp(-rate), f = rate / (1 - e) - mean;
        rate -= f / ((1 - e - rate * e) / ((1 - e) * (1 - e)));
        rate = fmax(1e-9, rate);
    }
    return rate;
}

static double poisson(size_t k, double rate)
{
    return exp((double)k * log(rate) - rate - gsl_sf_lnfact((unsigned)k));
}

// Were ions independent of each other their number in a pulse would be Poisson's.
static void expect_pulses(ia_multihit *out)
{
    double events = 0, ions = 0;
    for (size_t k = 1; k < IA_MULTIPLES; k++) {
        events += (double)out->pulses[k];
        ions += k < IA_MULTIPLES - 1 ? (double)(k * out->pulses[k]) : (double)out->many;
        out->expected[k] = NAN;
    }
    out->rate = out->p_rate = out->expected[0] = NAN;
    if (events == 0 || (out->fired == 0 && ions <= events))
        return;
    double n = out->fired > 0 ? (double)out->fired : events;
    out->rate = out->fired > 0 ? ions / n : rate_of_seen(ions / n);
    double left = -expm1(-out->rate), seen = out->fired > 0 ? 1 : left;
    for (size_t k = 1; k < IA_MULTIPLES; k++) {
        double share = k < IA_MULTIPLES - 1 ? poisson(k, out->rate) : fmax(0, left);
        out->expected[k] = n * share / seen;
        left -= share;
    }
}

// Chi-squared of pulses by their ions; rows that expect fewer than 5 are joined.
static void judge_pulses(ia_multihit *out)
{
    const double fewest = 5;
    double chi2 = 0, n = 0, e = 0, seen = 0, expected = 0, classes = 0;
    if (!isfinite(out->rate))
        return;
    for (size_t k = 1; k < IA_MULTIPLES; k++) {
        n += (double)out->pulses[k];
        e += out->expected[k];
        double rest = 0;
        for (size_t i = k + 1; i < IA_MULTIPLES; i++)
            rest += out->expected[i];
        if (k + 1 < IA_MULTIPLES && (e < fewest || rest < fewest))
            continue;
        if (e > 0)
            chi2 += (n - e) * (n - e) / e;
        classes++;
        seen += n;
        expected += e;
        n = e = 0;
    }
    if (out->fired > 0) { // empty pulses are a class too
        double empty = (double)out->fired - seen, none = (double)out->fired - expected;
        if (none > 0)
            chi2 += (empty - none) * (empty - none) / none;
        classes++;
    }
    double degrees = classes - 2; // the total and the rate are taken from the data
    out->p_rate = degrees >= 1 ? gsl_cdf_chisq_Q(chi2, degrees) : NAN;
}

static void take_pulses(const ia_multiples *m, ia_multihit *out)
{
    memcpy(out->pulses, m->pulses, sizeof out->pulses);
    out->many = m->many;
    out->n_ions = m->n_ions;
    out->fired = m->fired;
    out->orphans = m->orphans;
    out->bursts = m->bursts;
    for (size_t k = 2; k < IA_MULTIPLES; k++)
        out->multiple_ions += k < IA_MULTIPLES - 1 ? k * m->pulses[k] : m->many;
    expect_pulses(out);
    judge_pulses(out);
}

static ia_status name_ions(ia_ctx *ctx, hits_job *j)
{
    const ia_ranger *ranger = j->in->ranger;
    if (!(j->kind = ia_array(ctx, j->m->n, sizeof *j->kind)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < j->m->n; i++) {
        int32_t range = ia_ranger_find(ranger, (double)j->m->mass[i]);
        j->kind[i] = range < 0 ? -1 : ranger->ion[range];
    }
    return IA_OK;
}

static void job_clear(hits_job *j)
{
    free(j->kind);
    free(j->group);
    free(j->first);
    free(j->broken);
}

ia_status ia_multihit_compute(ia_ctx *ctx, const ia_multihit_input *input,
                              const ia_multihit_params *params, ia_multihit *out)
{
    ia_multihit multihit = {.params = params ? *params : ia_multihit_defaults()};
    hits_job j = {.in = input, .m = input->multiples, .out = &multihit};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_multihit_method, &multihit.params)) != IA_OK)
        return st;
    j.params = multihit.params;
    take_pulses(j.m, &multihit);
    if ((st = name_ions(ctx, &j)) != IA_OK ||
        (st = hits_groups_build(ctx, &j)) != IA_OK ||
        (st = hits_cells_count(ctx, &j)) != IA_OK ||
        (st = hits_cells_test(ctx, &j)) != IA_OK ||
        (st = hits_tracks_test(ctx, &j)) != IA_OK ||
        (st = hits_kinds_test(ctx, &j)) != IA_OK)
        goto done;
    multihit.n_pairs = j.n_pairs;
    if (multihit.bursts > 0)
        ia_warn(ctx, "%llu pulses with more than %zu ions are left out of pairs",
                (unsigned long long)multihit.bursts, multihit.params.most_hits);
    *out = multihit;
    multihit = (ia_multihit){0}; // the caller's now
done:
    job_clear(&j);
    ia_multihit_clear(&multihit);
    return st;
}

bool ia_same_pairs_are_few(const ia_same_pairs *s, double level)
{
    return s->p < level && (double)s->pairs < s->expected;
}

static void take_same(const ia_multihit *m, ia_same_pairs *out)
{
    *out = (ia_same_pairs){m->same, m->same_expected, m->same_sigma, m->same_p};
}

ia_status ia_same_pairs_count(ia_ctx *ctx, const ia_multihit_input *input, double level,
                              ia_same_pairs *out)
{
    ia_multihit plain = {.params = ia_multihit_defaults()}, full = {0};
    hits_job j = {
        .in = input, .m = input->multiples, .params = plain.params, .out = &plain};
    ia_same_pairs same;
    ia_status st;
    if ((st = name_ions(ctx, &j)) != IA_OK ||
        (st = hits_groups_build(ctx, &j)) != IA_OK ||
        (st = hits_kinds_test(ctx, &j)) != IA_OK)
        goto done;
    take_same(&plain, &same);
    if (ia_same_pairs_are_few(&same, level)) {
        if ((st = ia_multihit_compute(NULL, input, NULL, &full)) != IA_OK)
            goto done;
        take_same(&full, &same);
    }
    *out = same;
done:
    job_clear(&j);
    ia_multihit_clear(&plain);
    ia_multihit_clear(&full);
    return st;
}

void ia_multihit_clear(ia_multihit *multihit)
{
    free(multihit->kinds);
    free(multihit->cells);
    free(multihit->in_cell);
    free(multihit->hot);
    free(multihit->groups);
    free(multihit->in_bin);
    free(multihit->tracks);
    *multihit = (ia_multihit){0};
}
