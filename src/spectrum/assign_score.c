// src/spectrum/assign_score.c: how well the chosen ions account for the spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_journal.h"
#include "spectrum/ion_prior.h"

#include <math.h>

// A peak may be something that is no candidate at all, at this cost. It bounds what any
// ion can gain by accounting for one peak, however large the peak.
static const double UNKNOWN = 12;
// An excess where no peak was found proves little.
static const double EXCESS = 2;

static double misfit(const ia_site *s, double mu)
{
    double d = s->n > 0 ? s->n * log(s->n / mu) - (s->n - mu) : mu;
    return s->weight * fmax(0, d);
}

static double cap_of(const ia_site *s, double mu)
{
    if (s->n <= mu)
        return INFINITY;
    if (s->bound)
        return 0;
    return s->peak >= 0 ? UNKNOWN : EXCESS;
}

static double score_at(const ia_site *s, double mu, double moment)
{
    double score = -fmin(misfit(s, mu), cap_of(s, mu));
    double signal = mu - s->b;

    if (s->peak < 0 || signal <= 1e-9)
        return score;
    // The ions' mean place against the peak's, as far as they account for it. Student's
    // t: a few peaks of measured spectra lie much farther off than the rest.
    const double freedom = 4;
    double off = (s->mass - moment / signal) / s->sigma;
    double accounted = fmin(1, signal / fmax(1, s->n - s->b));
    return score - 0.5 * (freedom + 1) * log1p(off * off / freedom) * accounted;
}

// Once for all its ions: that it is there at all, and, since each charge that it shows
// has the odds of showing it, that it shows none; and that what lies where its atom with
// one charge does is no such atom.
static double element_cost(const ia_model *model, unsigned z)
{
    bool replaced = model->atom_like[z] && !model->singles[z];

    return (model->atoms[z] || model->molecules[z] ? model->cost[z] : 0) +
           (replaced ? ia_prior_atom_like : 0);
}

static double elements_cost(const ia_model *model, const ia_ion *ion)
{
    double cost = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        cost += element_cost(model, ion->parts[i].z);
    return cost;
}

static void count(unsigned *n, int change)
{
    *n = (unsigned)((int)*n + change);
}

// Residual gas says nothing of the specimen's elements.
static void count_elements(ia_model *model, const ia_candidate *candidate, int change)
{
    const ia_ion *ion = &candidate->ion;
    bool single = ia_ion_atoms(ion) == 1;
    unsigned like = ia_ion_atom_like(ion);

    for (size_t i = 0; i < ion->n_parts && !candidate->is_gas; i++) {
        unsigned z = ion->parts[i].z;
        count(single ? &model->atoms[z] : &model->molecules[z], change);
    }
    if (single && ion->charge == 1)
        count(&model->singles[ion->parts[0].z], change);
    if (like)
        count(&model->atom_like[like], change);
}

double ia_species_prior(ia_model *model, const ia_species *species)
{
    const ia_ion *ion = &species->candidate->ion;
    bool again = ia_ion_atoms(ion) > 1 && model->matters[species->candidate->matter] > 0;
    bool fragile = !again && ion->charge > 1 && ia_ion_is_light(ion);
    double without = elements_cost(model, ion);

    count_elements(model, species->candidate, 1);
    double with = elements_cost(model, ion);
    count_elements(model, species->candidate, -1);
    return species->candidate->log_prior + without - with + (again ? ia_prior_known : 0) -
           (fragile ? ia_prior_bursts : 0);
}

// Take up or give up a species.
static void choose(ia_model *model, const ia_species *species, bool on)
{
    if (on)
        model->prior += ia_species_prior(model, species);
    count_elements(model, species->candidate, on ? 1 : -1);
    ia_journal_matter(model, species->candidate->matter);
    model->matters[species->candidate->matter] += on ? 1U : -1U;
    if (!on)
        model->prior -= ia_species_prior(model, species);
}

static void mark_users(ia_model *model, uint32_t site)
{
    for (uint32_t u = model->first[site]; u < model->first[site + 1]; u++) {
        ia_species *sp = &model->species[model->users[u]];
        if (sp->dirty)
            continue;
        ia_journal_species(model, sp);
        sp->dirty = true;
    }
}

void ia_species_set(ia_model *model, ia_species *species, double intensity)
{
    double change = intensity - species->intensity;

    ia_journal_species(model, species);
    for (size_t i = 0; i < species->n_links; i++) {
        const ia_link *l = &species->links[i];
        ia_site *s = &model->sites[l->site];
        ia_journal_site(model, l->site);
        s->mu = fmax(s->b, s->mu + change * l->share);
        s->moment = s->mu > s->b ? s->moment + change * l->share * l->mass : 0;
        model->score -= s->score;
        s->score = score_at(s, s->mu, s->moment);
        model->score += s->score;
        mark_users(model, l->site);
    }
    if ((intensity > 0) != (species->intensity > 0))
        choose(model, species, intensity > 0);
    species->intensity = intensity;
}

// Score of the species' sites if its intensity were changed by so much.
static double score_with(const ia_model *model, const ia_species *sp, double change)
{
    double score = 0;

    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_link *l = &sp->links[i];
        const ia_site *s = &model->sites[l->site];
        double add = change * l->share;
        score += score_at(s, fmax(s->b, s->mu + add), s->moment + add * l->mass);
    }
    return score;
}

// Newton's step on the likelihood of those sites that are not given up as unknown.
static double improve(const ia_model *model, const ia_species *sp, double change)
{
    for (int round = 0; round < 6; round++) {
        double slope = 0, curve = 0;
        for (size_t i = 0; i < sp->n_links; i++) {
            const ia_link *l = &sp->links[i];
            const ia_site *s = &model->sites[l->site];
            double mu = fmax(s->b, s->mu + change * l->share);
            if (misfit(s, mu) > cap_of(s, mu))
                continue;
            slope += s->weight * l->share * (s->n / mu - 1);
            curve += s->weight * l->share * l->share * fmax(s->n, 1) / (mu * mu);
        }
        if (curve <= 0)
            break;
        double step = slope / curve;
        double total = sp->intensity + change;
        step = fmin(fmax(step, -0.6 * total), 1.5 * total);
        change += step;
        if (fabs(step) < 1e-4 * (total + 1))
            break;
    }
    return change;
}

// Change of intensity that scores best: as much as each of its sites has left, and what
// Newton's method makes of the best of those.
static double best_change(ia_model *model, const ia_species *sp, double *score)
{
    double best = 0, best_score = score_with(model, sp, 0);
    double n = (double)sp->n_links;

    model->work += n * (n + 8);
    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_site *s = &model->sites[sp->links[i].site];
        double change = (s->n - s->mu) / sp->links[i].share;
        if (sp->links[i].share < 0.01 || sp->intensity + change <= 0)
            continue;
        double tried = score_with(model, sp, change);
        if (tried > best_score) {
            best_score = tried;
            best = change;
        }
    }
    if (sp->intensity + best > 0) {
        double moved = improve(model, sp, best);
        double tried = score_with(model, sp, moved);
        if (tried > best_score && sp->intensity + moved > 0) {
            best_score = tried;
            best = moved;
        }
    }
    *score = best_score;
    return best;
}

double ia_species_hope(const ia_model *model, const ia_species *species)
{
    double hope = 0;

    for (size_t i = 0; i < species->n_links; i++)
        hope -= model->sites[species->links[i].site].score;
    return hope;
}

void ia_species_try(ia_model *model, ia_species *species)
{
    double now = 0, with;
    for (size_t i = 0; i < species->n_links; i++)
        now += model->sites[species->links[i].site].score;
    double change = best_change(model, species, &with);

    ia_journal_species(model, species);
    species->trial = change;
    species->gain = with - now;
    species->dirty = false;
}

void ia_model_polish(ia_model *model, int rounds)
{
    const double enough = 1e-3; // relative change worth following

    for (int round = 0; round < rounds; round++) {
        bool moved = false;
        for (size_t k = 0; k < model->n_species; k++) {
            ia_species *sp = &model->species[k];
            double score;
            if (sp->intensity <= 0 || !sp->dirty)
                continue;
            double change = best_change(model, sp, &score);
            if (fabs(change) > enough * (sp->intensity + 1)) {
                ia_species_set(model, sp, sp->intensity + change);
                moved = true;
            }
            ia_journal_species(model, sp);
            sp->dirty = false;
        }
        if (!moved)
            break;
    }
}

void ia_model_begin(ia_model *model)
{
    model->score = model->prior = 0;
    for (size_t i = 0; i < model->n_sites; i++) {
        ia_site *s = &model->sites[i];
        s->score = score_at(s, s->mu, s->moment);
        model->score += s->score;
    }
}

double ia_model_score(const ia_model *model)
{
    return model->score + model->prior;
}
