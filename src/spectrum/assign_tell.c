// src/spectrum/assign_tell.c: the chosen ions with what speaks for them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_job.h"

#include <math.h>
#include <stdlib.h>

// Curvature of the likelihood: the error of an intensity with the others held.
static double sigma_of(const ia_model *m, const ia_species *sp)
{
    double curve = 0;

    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_site *s = &m->sites[sp->links[i].site];
        curve += s->weight * sp->links[i].share * sp->links[i].share / fmax(s->mu, 1);
    }
    return curve > 0 ? 1 / sqrt(curve) : INFINITY;
}

static void add_isotopes(assigning *job, const ia_species *sp, ia_identified *ion)
{
    ia_assignment *out = &job->out;

    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_link *l = &sp->links[i];
        const ia_site *s = &job->model.sites[l->site];
        double expected = sp->intensity * l->share, signal = s->mu - s->b;
        const double detection = 2.71 + 3.29 * sqrt(s->b);
        if (expected > detection) {
            ion->n_isotopes++;
            ion->n_seen += s->peak >= 0;
        }
        out->isotopes[out->n_isotopes++] = (ia_isotope_evidence){
            .ion = (uint32_t)out->n_ions,
            .mass = l->mass,
            .abundance = l->share,
            .expected = expected,
            .observed = s->n - s->b,
            .sigma = sqrt(s->n + s->sigma_b * s->sigma_b),
            .share = signal > 0 ? fmin(1, expected / signal) : 0,
            .peak = s->peak,
        };
    }
}

static ia_status order_chosen(assigning *job, const ia_species ***list, size_t *n)
{
    const ia_species **chosen =
        ia_array(job->ctx, job->model.n_species, sizeof(ia_species *));
    if (!chosen)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < job->model.n_species; k++) {
        const ia_species *sp = &job->model.species[k];
        if (sp->intensity <= 0)
            continue;
        size_t at = (*n)++;
        for (; at > 0 && chosen[at - 1]->intensity < sp->intensity; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = sp;
    }
    *list = chosen;
    return IA_OK;
}

static ia_status tell_ions(assigning *job)
{
    const ia_species **chosen = NULL;
    size_t n = 0, links = 0;
    ia_assignment *out = &job->out;
    ia_status st = order_chosen(job, &chosen, &n);

    if (st != IA_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        links += chosen[i]->n_links;
    out->ions = ia_array(job->ctx, n, sizeof *out->ions);
    out->isotopes = ia_array(job->ctx, links, sizeof *out->isotopes);
    if (!out->ions || !out->isotopes) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        double odds = job->odds[chosen[i] - job->model.species];
        ia_identified ion = {.ion = chosen[i]->candidate->ion,
                             .counts = chosen[i]->intensity,
                             .sigma_counts = sigma_of(&job->model, chosen[i]),
                             .probability = 1 / (1 + exp(-odds)),
                             .log_evidence = odds};
        add_isotopes(job, chosen[i], &ion);
        out->ions[out->n_ions++] = ion;
    }
done:
    free(chosen);
    return st;
}

// A peak is explained when what is left of it is no peak, or a tenth of it.
static ia_status tell_peaks(assigning *job)
{
    ia_assignment *out = &job->out;
    const double part = 0.35;

    out->n_peaks = job->peaks->n;
    out->unexplained = ia_array(job->ctx, out->n_peaks, sizeof *out->unexplained);
    out->explained = ia_array(job->ctx, out->n_peaks, sizeof *out->explained);
    if (!out->unexplained || !out->explained)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n_peaks; i++) {
        const ia_site *s = &job->model.sites[i];
        double left = s->n - s->mu;
        out->unexplained[i] = fmax(0, left);
        out->explained[i] =
            s->mu > s->b && (left < part * (s->n - s->b) || left < 4 * sqrt(s->mu));
    }
    return IA_OK;
}

static bool is_told(const ia_assignment *told, const ia_ion *ion)
{
    for (size_t i = 0; i < told->n_ions; i++)
        if (ia_ion_is_equal(&told->ions[i].ion, ion))
            return true;
    return false;
}

// Has it a main line on a peak, or so near that it may hide in the flank?
static bool is_under_peak(const assigning *job, const ia_candidate *c)
{
    double most = 0;

    for (size_t i = 0; i < c->n_lines; i++)
        most = fmax(most, c->lines[i].share);
    for (size_t i = 0; i < c->n_lines; i++) {
        double mass = ia_scale_measured(&job->model.scale, c->lines[i].mass);
        for (size_t p = 0; c->lines[i].share >= 0.3 * most && p < job->peaks->n; p++)
            if (fabs(job->peaks->list[p].mass - mass) <
                ia_beside_peak * job->peaks->list[p].width)
                return true;
    }
    return false;
}

// Odds of a candidate beforehand, given those told.
static double odds_of(assigning *job, const ia_candidate *c)
{
    return ia_species_rival(&job->model, c).log_odds;
}

static bool may_be_told(const assigning *job, const ia_candidate *c)
{
    return !c->invented && !c->left_out && !is_told(&job->out, &c->ion);
}

ia_status ia_assign_rivals(assigning *job)
{
    const double hopeless = -5; // odds of 1 to 150
    const ia_candidates *all = &job->candidates;
    ia_assignment *out = &job->out;

    if (!(out->rivals = ia_array(job->ctx, all->n, sizeof *out->rivals)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < all->n && out->n_ions > 0; k++) {
        const ia_candidate *c = &all->list[k];
        const ia_rival rival = ia_species_rival(&job->model, c);
        if (rival.log_odds > hopeless && is_under_peak(job, c) && may_be_told(job, c))
            out->rivals[out->n_rivals++] = rival;
    }
    return IA_OK;
}

static double main_line(const ia_candidate *c)
{
    size_t most = 0;

    for (size_t i = 1; i < c->n_lines; i++)
        if (c->lines[i].share > c->lines[most].share)
            most = i;
    return c->n_lines ? c->lines[most].mass : NAN;
}

// Where those that are likely beforehand would show, had they a peak.
static ia_status tell_expected(assigning *job)
{
    const double likely = -1.5; // odds of 1 to 4.5
    const ia_candidates *all = &job->candidates;
    ia_assignment *out = &job->out;

    if (!(out->expected = ia_array(job->ctx, all->n, sizeof *out->expected)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < all->n && out->n_ions > 0; k++) {
        const ia_candidate *c = &all->list[k];
        if (odds_of(job, c) > likely && may_be_told(job, c) && !is_under_peak(job, c))
            out->expected[out->n_expected++] =
                ia_scale_measured(&job->model.scale, main_line(c));
    }
    return IA_OK;
}

ia_status ia_assign_tell(assigning *job)
{
    ia_assignment *out = &job->out;
    ia_status st;

    free(out->ions);
    free(out->isotopes);
    free(out->unexplained);
    free(out->explained);
    free(out->rivals);
    free(out->expected);
    out->ions = NULL;
    out->isotopes = NULL;
    out->unexplained = NULL;
    out->explained = NULL;
    out->rivals = NULL;
    out->expected = NULL;
    out->n_ions = out->n_isotopes = out->n_peaks = 0;
    out->n_rivals = out->n_expected = 0;
    if ((st = tell_ions(job)) != IA_OK || (st = tell_peaks(job)) != IA_OK)
        return st;
    return (st = ia_assign_rivals(job)) == IA_OK ? tell_expected(job) : st;
}
