// src/spectrum/identify_scale.c: would another mass scale explain the spectrum better?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_scale.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// Files whose scale is off by more than the tolerance that is looked for anyway: by a
// factor up to 2.4 % to either side, or by a start time up to 0.06 Da^1/2, in steps that
// leave no place further from a scale than that.
enum { FACTORS = 12, DELAYS = 12, STEPS = 2 * (FACTORS + DELAYS) + 1 };
static const double FACTOR_STEP = 0.002, DELAY_STEP = 0.005;

static const double FAR_BETTER = 15; // by which a score has to be higher
static const double BY_CHANCE =
    0.04; // a scale of which chance finds more is no better one

// m/n become (sqrt(m/n) + delay)^2 times the factor.
typedef struct {
    double factor, delay;
} scale;

typedef struct {
    const ia_scale_input *input;
    size_t first; // step of those tried together
    double score[STEPS], by_chance[STEPS];
    ia_status st[STEPS];
} trying;

static scale scale_of(size_t step)
{
    long k = (long)step - FACTORS;
    if (k <= FACTORS)
        return (scale){.factor = 1 + FACTOR_STEP * (double)k};
    k -= FACTORS + DELAYS + 1;
    return (scale){.factor = 1, .delay = DELAY_STEP * (double)(k < 0 ? k : k + 1)};
}

static double moved(const scale *s, double mass)
{
    double root = fmax(0, sqrt(fmax(0, mass)) + s->delay);
    return s->factor * root * root;
}

static ia_status scale_peaks(const ia_peaks *peaks, const scale *s, ia_peaks *out)
{
    *out = *peaks;
    if (!(out->list = ia_array(NULL, peaks->n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    out->widths.bin *= s->factor;
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *from = &peaks->list[i];
        ia_peak *p = &out->list[i];
        *p = *from;
        p->mass = moved(s, from->mass);
        p->lo = moved(s, from->lo);
        p->hi = moved(s, from->hi);
        double wider = s->factor * fmax(0.1, 1 + s->delay / sqrt(fmax(0.1, from->mass)));
        p->sigma_mass *= wider;
        p->width *= wider;
    }
    return IA_OK;
}

// Whole bins move: by a factor all bins grow, by a start time the ions of each go to the
// bin where its middle comes to lie.
static ia_status scale_spectrum(const ia_spectrum *from, const scale *s, ia_spectrum *out)
{
    *out = *from;
    if (!(out->counts = ia_array(NULL, from->n_bins, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    out->bin *= s->factor;
    out->m_min *= s->factor;
    for (size_t i = 0; i < from->n_bins; i++) {
        double middle = from->m_min + ((double)i + 0.5) * from->bin;
        double to = s->delay == 0 ? (double)i
                                  : floor((moved(s, middle) - from->m_min) / from->bin);
        if (to >= 0 && to < (double)from->n_bins)
            out->counts[(size_t)to] += from->counts[i];
    }
    return IA_OK;
}

static void try_step(void *user, size_t index, size_t worker)
{
    trying *t = user;
    size_t step = t->first + index;
    const ia_scale_input *in = t->input;
    scale s = scale_of(step);
    ia_spectrum spectrum = {.counts = NULL};
    ia_assignment found = {0};
    ia_peaks peaks = {0};
    (void)worker;

    t->score[step] = -INFINITY;
    if ((t->st[step] = scale_spectrum(in->spectrum, &s, &spectrum)) == IA_OK &&
        (t->st[step] = scale_peaks(in->peaks, &s, &peaks)) == IA_OK &&
        (t->st[step] = ia_assign_compute(NULL, &spectrum, in->background, &peaks,
                                         in->params, &found)) == IA_OK)
        t->score[step] = found.score;
    t->by_chance[step] = found.by_chance;
    ia_assignment_clear(&found);
    ia_spectrum_clear(&spectrum);
    free(peaks.list);
}

// What comes of the steps [from, to) of the list.
static ia_status try_steps(ia_ctx *ctx, trying *t, size_t from, size_t to,
                           ia_scale_found *out)
{
    t->first = from;
    ia_status st = ia_for(ctx, "identify", to - from, try_step, t);

    for (size_t i = from; st == IA_OK && i < to; i++) {
        scale s = scale_of(i);
        if (t->st[i] != IA_OK)
            return ia_fail(ctx, t->st[i], "another mass scale cannot be tried");
        if (i == FACTORS)
            out->here = t->score[i];
        if (t->by_chance[i] <= BY_CHANCE && t->score[i] > out->best) {
            out->factor = s.factor;
            out->delay = s.delay;
            out->best = t->score[i];
        }
    }
    return st;
}

// Of scales that explain about as much the one that chance explains less is believed.
static double find_other(const trying *t)
{
    const double far = 0.006, least = 0.01, less = 0.5;
    double here = t->score[FACTORS], by_chance = t->by_chance[FACTORS];
    double best = here - 2 * FAR_BETTER, factor = NAN;

    for (size_t i = 0; i < 2 * FACTORS + 1 && by_chance > least; i++) {
        scale s = scale_of(i);
        if (fabs(s.factor - 1) < far || t->by_chance[i] > less * by_chance ||
            t->score[i] < best)
            continue;
        best = t->score[i];
        factor = s.factor;
    }
    return factor;
}

ia_status ia_scale_try(ia_ctx *ctx, const ia_scale_input *input, ia_scale_found *out)
{
    const size_t n_factors = 2 * FACTORS + 1;
    trying *t = ia_array(ctx, 1, sizeof *t);
    ia_status st = IA_ERR_MEMORY;

    if (!t)
        return st;
    t->input = input;
    *out = (ia_scale_found){1, 0, -INFINITY, -INFINITY, NAN};
    if ((st = try_steps(ctx, t, 0, n_factors, out)) == IA_OK)
        out->other = find_other(t);
    if (st == IA_OK && isnan(out->other) && out->best < out->here + FAR_BETTER)
        st = try_steps(ctx, t, n_factors, STEPS, out);
    free(t);
    return st;
}

bool ia_scale_is_doubtful(const ia_scale_found *found, char *text, size_t n)
{
    const double apart = 0.001; // factors nearer to 1 are the same scale
    const char better[] = "another mass scale explains the spectrum far better";
    bool other = fabs(found->factor - 1) >= apart || found->delay != 0;

    if (found->best < found->here + FAR_BETTER || !other) {
        snprintf(text, n,
                 "m/n times %.3f explains the spectrum as well, with ions that chance "
                 "finds less often: the mass scale is not sure",
                 found->other);
        return !isnan(found->other);
    }
    if (found->delay != 0)
        snprintf(text, n,
                 "%s, with %.3f Da^1/2 %s sqrt(m/n): the start time of this one is off",
                 better, fabs(found->delay),
                 found->delay > 0 ? "added to" : "taken from");
    else
        snprintf(text, n, "%s, m/n times %.3f: this one is off by about %.1f %%", better,
                 found->factor, 100 * fabs(1 / found->factor - 1));
    return true;
}
