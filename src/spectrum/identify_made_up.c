// src/spectrum/identify_made_up.c: are ions told for the excess over a line that has lost
// some? Tells them as if it held all, where that is the likelier account.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_job.h"
#include "spectrum/identify_saturation.h"
#include "spectrum/ion_prior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Natural units: a loss is not to be expected.
static const double LOSS = 5;

// The spectrum with as many ions in one peak as would be there without the loss.
static ia_status make_up(ia_ctx *ctx, const ia_spectrum *spectrum, const ia_peak *peak,
                         double part, ia_spectrum *out)
{
    *out = *spectrum;
    if (!(out->counts = ia_array(ctx, out->n_bins, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n_bins; i++) {
        double middle = out->m_min + ((double)i + 0.5) * out->bin;
        bool is_lossy = middle >= peak->lo && middle < peak->hi;
        double n = (double)spectrum->counts[i];
        out->counts[i] = is_lossy ? (uint64_t)llround(n / part) : spectrum->counts[i];
    }
    return IA_OK;
}

typedef ia_status (*tell_fn)(const identifying *, const ia_identify_params *,
                             const ia_spectrum *, const ia_peaks *, ia_assignment *);

typedef struct {
    int32_t peak;
    double part; // of its ions that are there
    tell_fn tell;
} loss;

// All ions as they would be told without the loss, but for what the peak holds.
static ia_status tell_without(const identifying *job, const ia_identify_params *params,
                              const loss *l, ia_assignment *out)
{
    ia_peaks peaks = job->out.peaks; // borrowed but for its list
    ia_spectrum whole = {.counts = NULL};
    ia_status st;

    if (!(peaks.list = ia_array(job->ctx, peaks.n, sizeof *peaks.list)))
        return IA_ERR_MEMORY;
    memcpy(peaks.list, job->out.peaks.list, peaks.n * sizeof *peaks.list);
    peaks.list[l->peak].counts /= l->part;
    if ((st = make_up(job->ctx, job->spectrum, &peaks.list[l->peak], l->part, &whole)) ==
        IA_OK)
        st = l->tell(job, params, &whole, &peaks, out);
    for (size_t i = 0; st == IA_OK && i < out->n_isotopes; i++)
        if (out->isotopes[i].peak == l->peak)
            out->isotopes[i].observed *= l->part;
    free(whole.counts);
    free(peaks.list);
    return st;
}

static void keep(identifying *job, ia_assignment *again)
{
    ia_assignment_clear(&job->out.assignment);
    job->out.assignment = *again;
    *again = (ia_assignment){0};
}

// Ions told for the excess of isotopes over a saturated peak are not there.
static ia_status look_unsaturated(identifying *job, const ia_identify_params *params)
{
    ia_assignment again = {0};
    ia_saturation s;

    if (!ia_is_saturated(&job->out.assignment, &job->out.peaks, &s))
        return IA_OK;
    const loss l = {s.peak, s.part, ia_identify_tell_from};
    ia_status st = tell_without(job, params, &l, &again);
    if (st == IA_OK && again.gain > job->out.assignment.gain + LOSS) {
        job->lost = (ia_lost_line){*s.ion, 0, s.peak, s.mass, s.part};
        job->is_made_up = true;
        keep(job, &again);
        job->out.assignment.lossy = s.mass;
    }
    ia_assignment_clear(&again);
    return st;
}

// Is the ion told, with most of the line that it is to have lost ions of?
static bool is_told_at(const ia_assignment *a, const ia_lost_line *line)
{
    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        if (e->peak == line->peak && e->share > 0.5 &&
            ia_ion_is_equal(&a->ions[e->ion].ion, &line->ion))
            return true;
    }
    return false;
}

// Any line may have lost ions, and what was told in its place may have bent the scale and
// hidden its ion: all is told from the beginning. Which line, and how much of it, cost
// like other things that are free: one in as many as there are peaks, and an intensity.
static ia_status look_for_losses(identifying *job, const ia_identify_params *params)
{
    double least = job->out.assignment.gain + LOSS + ia_intensity_cost +
                   log((double)job->out.peaks.n);
    ia_lost_lines lost;
    ia_status st = ia_lost_lines_find(job->ctx, &job->out.peaks, params, &lost);

    for (size_t i = 0; st == IA_OK && i < lost.n; i++) {
        const ia_lost_line *line = &lost.list[i];
        const loss l = {line->peak, line->part, ia_identify_tell};
        ia_assignment again = {0};
        st = tell_without(job, params, &l, &again);
        ia_log(job->ctx, IA_LOG_DEBUG,
               "a loss of %s at %.3f Da, %.3g left, n %g: %g over %g", line->ion.name,
               line->mass, line->part, line->ions, again.gain, least);
        if (st == IA_OK && again.gain > least && is_told_at(&again, line)) {
            least = again.gain;
            keep(job, &again);
            job->out.assignment.lossy = line->mass;
            job->lost = *line;
        }
        ia_assignment_clear(&again);
    }
    return st;
}

ia_status ia_identify_make_up(identifying *job, const ia_identify_params *params)
{
    if (params->way == IA_WAY_GUIDED || params->way == IA_WAY_TREE) // no gain to compare
        return IA_OK;
    ia_status st = look_unsaturated(job, params);
    return st == IA_OK && !job->is_made_up ? look_for_losses(job, params) : st;
}
