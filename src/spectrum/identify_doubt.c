// src/spectrum/identify_doubt.c: may what was told be believed, or is the mass scale
// another, or two, or the spectrum none of this kind?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_job.h"
#include "spectrum/identify_scale.h"
#include "spectrum/identify_twice.h"

#include <math.h>
#include <stdio.h>

double ia_identify_left(const ia_peaks *peaks, const ia_assignment *a, size_t *n_left)
{
    double left = 0, all = 0;

    *n_left = 0;
    for (size_t i = 0; i < a->n_peaks; i++) {
        const ia_peak *p = &peaks->list[i];
        all += fmax(0, p->counts - p->background);
        *n_left += !a->explained[i];
        left += a->explained[i] ? 0 : a->unexplained[i];
    }
    return left / fmax(1, all);
}

// On a wrong scale chance explains as much, lines scatter about their places, or peaks
// stay without an explanation.
static bool is_suspicious(const ia_peaks *peaks, const ia_assignment *a)
{
    const double by_chance = 0.04, scatter = 0.0125, part = 0.02; // scatter: Da at 28 Da
    size_t n_left;

    return a->by_chance > by_chance || a->scale.sigma > scatter ||
           ia_identify_left(peaks, a, &n_left) > part;
}

// What the default way makes of the spectrum tells of its scale, whatever way was asked
// for. A hint leaves peaks without an explanation on purpose: the scale is judged
// without it.
static ia_status suspect(const identifying *job, const ia_identify_params *params,
                         const ia_identify_params *unhinted, bool *suspicious)
{
    ia_assignment usual = {0};
    ia_status st = IA_OK;

    if (params->way == IA_WAY_GLOBAL && !params->elements[0]) {
        *suspicious = is_suspicious(&job->out.peaks, &job->out.assignment);
        return IA_OK;
    }
    if ((st = ia_assign_compute(job->ctx, job->spectrum, &job->out.background,
                                &job->out.peaks, unhinted, &usual)) == IA_OK)
        *suspicious = is_suspicious(&job->out.peaks, &usual);
    ia_assignment_clear(&usual);
    return st;
}

// Tells nothing, for the reason given.
static ia_status tell_nothing(identifying *job)
{
    ia_assignment_clear(&job->out.assignment);
    job->lost = (ia_lost_line){.part = 0};
    return ia_identify_nothing(job);
}

// Chooses again, from a scale with which the choice does not end too early.
static ia_status begin_from(identifying *job, const ia_identify_params *params,
                            const ia_mass_scale *start)
{
    const ia_assign_input input = {.spectrum = job->spectrum,
                                   .background = &job->out.background,
                                   .peaks = &job->out.peaks,
                                   .params = params,
                                   .start = start};
    ia_assignment again = {0};

    if (params->way != IA_WAY_GLOBAL)
        return IA_OK;
    ia_status st = ia_assign_from(job->ctx, &input, &again);
    if (st == IA_OK && again.score > job->out.assignment.score) {
        ia_assignment_clear(&job->out.assignment);
        job->out.assignment = again;
        again = (ia_assignment){0};
    }
    ia_assignment_clear(&again);
    return st;
}

// Tells nothing where another mass scale explains the spectrum far better.
static ia_status try_scales(identifying *job, const ia_identify_params *params)
{
    ia_identify_params unhinted = *params;
    const ia_assign_input input = {.spectrum = job->spectrum,
                                   .background = &job->out.background,
                                   .peaks = &job->out.peaks,
                                   .params = &unhinted,
                                   .quick = true};
    ia_scale_found found;
    char doubt[256];
    bool suspicious = false;
    ia_status st;

    if (job->out.assignment.n_ions == 0)
        return IA_OK;
    unhinted.elements[0] = 0;
    if ((st = suspect(job, params, &unhinted, &suspicious)) != IA_OK || !suspicious ||
        (st = ia_scale_try(job->ctx, &input, &found)) != IA_OK)
        return st;
    if (!ia_scale_is_doubtful(&found, doubt, sizeof doubt))
        return ia_scale_is_the_same(&found) ? begin_from(job, params, &found.from)
                                            : IA_OK;
    ia_identify_note(job, "%s; nothing is identified", doubt);
    job->out.blames_scale = true;
    return tell_nothing(job);
}

// Tells nothing where the scale jumps within the run: the ions told would be those of a
// part, and their counts too.
static ia_status look_for_jump(identifying *job)
{
    const double little = 0.05; // of the ions in peaks
    ia_twice t;

    if (job->out.assignment.n_ions == 0 ||
        !ia_is_twice(&job->out.peaks, &job->out.assignment, &t))
        return IA_OK;
    bool tell = t.part < little;
    char where[64];
    if (t.delay != 0)
        snprintf(where, sizeof where, "sqrt(m/n) %c %.4f Da^1/2: flights begin twice",
                 t.delay < 0 ? '-' : '+', fabs(t.delay));
    else
        snprintf(where, sizeof where,
                 "m/n times %.4f: the mass scale jumps within the run", t.factor);
    ia_identify_note(
        job,
        "%zu of %zu peaks without an explanation, %.2g %% of the ions in peaks, repeat "
        "those with one at %s; %s (--calibrate takes off what changes within the run)",
        t.n, t.n_unexplained, 100 * t.part, where,
        tell ? "the composition is that of the larger part" : "nothing is identified");
    job->out.blames_scale = !tell;
    return tell ? IA_OK : tell_nothing(job);
}

// Ions that leave most of the spectrum without an explanation are there by coincidence:
// of a spectrum that is read rightly they leave a fiftieth at most. A hint leaves out
// more on purpose, and other ways of telling ions miss some.
static ia_status look_for_misfit(identifying *job, const ia_identify_params *params)
{
    const double most = 0.5; // of the ions in peaks
    size_t n_left;

    if (job->out.assignment.n_ions == 0 || params->way != IA_WAY_GLOBAL ||
        params->elements[0])
        return IA_OK;
    double left = ia_identify_left(&job->out.peaks, &job->out.assignment, &n_left);
    if (left <= most)
        return IA_OK;
    ia_identify_note(
        job,
        "ions were found for %.3g %% of the ions in peaks alone: the spectrum does not "
        "fit, by its mass scale, `technique` or `polarity`, or by ions that are not "
        "looked for; nothing is identified",
        100 * (1 - left));
    job->out.blames_scale = true;
    return tell_nothing(job);
}

ia_status ia_identify_doubt(identifying *job, const ia_identify_params *params)
{
    ia_status st = look_for_jump(job);

    if (st == IA_OK)
        st = try_scales(job, params);
    if (st == IA_OK)
        st = look_for_misfit(job, params);
    return st;
}
