// src/spectrum/deconvolve_complete.c: ions that the spectrum needs and the list lacks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"
#include "spectrum/element_prior.h"

#include <math.h>
#include <stdlib.h>

ia_status ia_completed_new(ia_ctx *ctx, const ia_deconvolve_input *input,
                           ia_completed *out)
{
    size_t n = input->n_ions, all = n + input->n_rivals;

    out->input = *input;
    out->ions = ia_array(ctx, all, sizeof *out->ions);
    out->probability = ia_array(ctx, all, sizeof *out->probability);
    out->rivals = ia_array(ctx, input->n_rivals, sizeof *out->rivals);
    out->refused = ia_array(ctx, input->n_rivals, sizeof *out->refused);
    if (!out->ions || !out->probability || !out->rivals || !out->refused)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++) {
        out->ions[k] = input->ions[k];
        out->probability[k] = input->probability ? input->probability[k] : 1;
    }
    for (size_t r = 0; r < input->n_rivals; r++)
        out->rivals[r] = input->rivals[r];
    out->input.ions = out->ions;
    out->input.probability = out->probability;
    out->input.rivals = out->rivals;
    return IA_OK;
}

void ia_completed_clear(ia_completed *completed)
{
    free(completed->ions);
    free(completed->probability);
    free(completed->rivals);
    free(completed->refused);
}

// Is each element shown by another ion, or H, C, N or O, which are everywhere?
static bool has_elements(const ia_completed *c, const ia_ion *ion, bool *shown)
{
    *shown = true;
    for (size_t i = 0; i < ion->n_parts; i++) {
        bool found = false;
        for (size_t k = 0; k < c->input.n_ions && !found; k++)
            found = ia_ion_count(&c->ions[k], ion->parts[i].z) > 0;
        if (!found && !ia_element_is_gas_former(ion->parts[i].z))
            return false;
        *shown = *shown && found;
    }
    return true;
}

static bool is_refused(const ia_completed *c, const ia_ion *ion)
{
    for (size_t i = 0; i < c->n_refused; i++)
        if (ia_ion_is_equal(&c->refused[i].ion, ion))
            return true;
    return false;
}

// Ions solved for that lie at a peak, of which they must make some to explain it.
static bool is_explained(const ia_deconvolution *d, const ia_peak *peak)
{
    const double near = 2, some = 0.05; // widths, of the peak's ions
    double sum = 0;

    for (size_t i = 0; i < d->n_lines; i++)
        if (fabs(d->lines[i].mass - peak->mass) < near * peak->width)
            sum += d->lines[i].share * fmax(0, d->ions[d->lines[i].ion].counts);
    return sum > some * peak->counts;
}

// Has a line of the ion, of so many ions, the place and the counts of a peak?
static bool is_as_large(const ia_omitted *o, const ia_solved_line *line,
                        const ia_peak *peak)
{
    const double near = 0.5, sure = 4, fair = 0.25; // widths, deviations, of its counts
    double expected = line->share * o->counts;
    double sigma = hypot(sqrt(peak->counts + peak->background), line->share * o->sigma);

    return fabs(line->mass - peak->mass) < near * peak->width &&
           fabs(peak->counts - expected) < sure * sigma + fair * expected;
}

// An atom whose element no ion shows, but a peak that no ion explains: one of its
// isotopes has that peak's place and counts.
static bool is_shown_by_peak(const ia_completed *c, const ia_deconvolution *d,
                             const ia_omitted *o)
{
    const ia_peaks *peaks = c->input.peaks;
    ia_placed_lines lines = {0};
    bool shown = false;

    if (ia_ion_atoms(&o->ion) != 1 ||
        ia_lines_scaled(NULL, &o->ion, 1, &peaks->widths, &d->scale, &lines) != IA_OK)
        return false;
    for (size_t i = 0; i < lines.n && !shown; i++) {
        int32_t at = ia_peaks_nearest(peaks, lines.list[i].mass);
        shown = at >= 0 && is_as_large(o, &lines.list[i], &peaks->list[at]) &&
                !is_explained(d, &peaks->list[at]);
    }
    ia_lines_clear(&lines);
    return shown;
}

// Twenty to one by the cores alone, and as much with the odds before: what these speak
// for must show. Residual gas needs no element of the specimen; H, C, N and O that
// nothing else shows ask for more, other elements for most, and for a peak of their own.
static bool is_needed(const ia_completed *c, const ia_deconvolution *solved,
                      const ia_omitted *o)
{
    bool shown, allowed = has_elements(c, &o->ion, &shown);
    if (!allowed)
        return o->log_evidence > 10 && o->probability > 0.999 &&
               is_shown_by_peak(c, solved, o);
    bool usual = shown || ia_ion_is_residual_gas(&o->ion);

    return o->log_evidence > (usual ? 3 : 5) && o->probability > (usual ? 0.95 : 0.99);
}

// It, and not another that the spectrum asks for at the same place.
static double probability_among(const ia_completed *c, const ia_deconvolution *solved,
                                const ia_omitted *it)
{
    const double near = 2; // widths
    double width = ia_peak_width(&c->input.peaks->widths, it->mass);
    double sum = exp(-it->log_odds); // of odds, in those of its own

    for (size_t i = 0; i < solved->n_omitted; i++) {
        const ia_omitted *o = &solved->omitted[i];
        if (is_needed(c, solved, o) && fabs(o->mass - it->mass) < near * width)
            sum += exp(o->log_odds - it->log_odds);
    }
    return 1 / sum;
}

bool ia_completed_take(ia_completed *c, const ia_deconvolution *solved)
{
    const ia_omitted *best = NULL;

    for (size_t i = 0; i < solved->n_omitted; i++) {
        const ia_omitted *o = &solved->omitted[i];
        if (is_needed(c, solved, o) && !is_refused(c, &o->ion) &&
            (!best || o->log_odds > best->log_odds))
            best = o;
    }
    for (size_t r = 0; best && r < c->input.n_rivals; r++) {
        if (!ia_ion_is_equal(&c->rivals[r].ion, &best->ion))
            continue;
        c->ions[c->input.n_ions] = best->ion;
        c->probability[c->input.n_ions++] = probability_among(c, solved, best);
        c->taken = c->rivals[r];
        c->rivals[r] = c->rivals[--c->input.n_rivals];
        return true;
    }
    return false;
}

bool ia_completed_spoils(const ia_deconvolution *before, const ia_deconvolution *after)
{
    const double sure = 0.999, seen = 5, lost = 2; // standard deviations

    for (size_t k = 0; k < before->n_ions; k++) {
        const ia_solved *was = &before->ions[k], *is = &after->ions[k];
        if (was->probability > sure && was->counts > seen * was->sigma_all &&
            is->counts < lost * is->sigma_all)
            return true;
    }
    return false;
}

bool ia_completed_outgrows(const ia_completed *c, const ia_deconvolution *after)
{
    const ia_ion *taken = &c->taken.ion;
    double own = 0, bare = 0;

    if (taken->n_parts != 2 || ia_ion_count(taken, 1) == 0)
        return false;
    unsigned z = taken->parts[taken->parts[0].z == 1].z;
    if (ia_element_is_gas_former(z))
        return false;
    for (size_t k = 0; k < after->n_ions; k++) {
        const ia_solved *s = &after->ions[k];
        if (ia_ion_is_equal(&s->ion, taken))
            own += s->counts;
        else if (ia_ion_count(&s->ion, z) > 0 && ia_ion_count(&s->ion, 1) == 0)
            bare += fmax(0, s->counts);
    }
    return own > bare;
}

void ia_completed_refuse(ia_completed *c)
{
    c->input.n_ions--;
    c->rivals[c->input.n_rivals++] = c->taken;
    c->refused[c->n_refused++] = c->taken;
}
