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
// What a chamber gives of each of its gases on average: a share of the ions in peaks, and
// a part of the other gases told, for where there is much water carbon monoxide is no
// wonder.
static const double CHAMBER = 0.002, ALONG = 0.3;

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double misfit(const ia_site *s, double mu)
{
    double d = s->n > 0 ? s->n * log(s->n / mu) - (s->n - mu) : mu;
    return s->weight * larger(0, d);
}

static double cap_of(const ia_site *s, double mu)
{
    if (s->n <= mu)
        return INFINITY;
    if (s->bound)
        return 0;
    return s->peak >= 0 ? UNKNOWN : EXCESS;
}

// Is the misfit above the cap? Where more ions are there than expected it lies between
// half the square of the excess over n and the square over mu, which saves most of the
// logarithms.
static bool is_given_up(const ia_site *s, double mu)
{
    double cap = cap_of(s, mu), excess = s->n - mu;

    if (excess <= 0 || s->weight * excess * excess < cap * mu)
        return false;
    return s->weight * excess * excess > 2 * cap * s->n || misfit(s, mu) > cap;
}

// At most 0.
static double score_at(const ia_site *s, double mu, double moment)
{
    double score = is_given_up(s, mu) ? -cap_of(s, mu) : -misfit(s, mu);
    double signal = mu - s->b;

    if (s->peak < 0 || signal <= 1e-9)
        return score;
    // The ions' mean place against the peak's, as far as they account for it. Student's
    // t: a few peaks of measured spectra lie much farther off than the rest.
    const double freedom = 4;
    double off = (s->mass - moment / signal) / s->sigma;
    double accounted = smaller(1, signal / larger(1, s->n - s->b));
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

static bool is_atom(const ia_ion *ion)
{
    return ion->n_parts == 1 && ion->parts[0].count == 1;
}

// Residual gas says nothing of the specimen's elements.
static void count_elements(ia_model *model, const ia_ion *ion, bool is_gas, int change)
{
    bool single = is_atom(ion);
    unsigned like = ion->n_parts == 1 ? ia_ion_atom_like(ion) : 0;

    for (size_t i = 0; i < ion->n_parts && !is_gas; i++) {
        unsigned z = ion->parts[i].z;
        count(single ? &model->atoms[z] : &model->molecules[z], change);
    }
    if (single && ion->charge == 1)
        count(&model->singles[ion->parts[0].z], change);
    if (like)
        count(&model->atom_like[like], change);
}

// What the elements of an ion would cost more if it were chosen.
static double new_elements_cost(ia_model *model, const ia_ion *ion, bool is_gas)
{
    double without = elements_cost(model, ion);

    count_elements(model, ion, is_gas, 1);
    double with = elements_cost(model, ion);
    count_elements(model, ion, is_gas, -1);
    return with - without;
}

double ia_species_prior(ia_model *model, const ia_species *species)
{
    const ia_ion *ion = &species->candidate->ion;
    bool again = !is_atom(ion) && model->matters[species->candidate->matter] > 0;
    bool fragile = !again && ion->charge > 1 && ia_ion_is_light(ion);

    return species->candidate->log_prior -
           new_elements_cost(model, ion, species->candidate->is_gas) +
           (again ? ia_prior_known : 0) - (fragile ? ia_prior_bursts : 0);
}

double ia_candidate_prior_most(const ia_model *model, const ia_candidate *candidate)
{
    double most = candidate->log_prior + ia_prior_known;

    for (size_t i = 0; i < candidate->ion.n_parts; i++) {
        double cost = model->cost[candidate->ion.parts[i].z];
        most += ia_prior_atom_like + larger(0, -cost);
    }
    return most;
}

static double supply_of(const ia_model *model, const ia_ion *ion)
{
    const unsigned oxygen = 8;
    double others = 0;

    for (size_t i = 0; i < model->n_gases; i++) {
        const ia_species *gas = &model->species[model->gases[i]];
        if (gas->intensity > 0 && ia_ion_count(&gas->candidate->ion, oxygen) > 0 &&
            !ia_ion_is_equal(&gas->candidate->ion, ion))
            others += gas->intensity;
    }
    return CHAMBER * model->n_ions + ALONG * others;
}

// What a gas of the chamber costs beyond what that gives, and at most: its elements.
static void set_supply(ia_model *model, const ia_candidate *candidate, ia_rival *rival)
{
    rival->supply = supply_of(model, &candidate->ion);
    rival->dear = larger(0, new_elements_cost(model, &candidate->ion, false));
}

// Atoms of an element in the ions told.
static double atoms_told(const ia_model *model, unsigned z)
{
    double sum = 0;

    for (size_t k = 0; k < model->n_species; k++)
        if (model->species[k].intensity > 0)
            sum += model->species[k].intensity *
                   ia_ion_count(&model->species[k].candidate->ion, z);
    return sum;
}

// Molecules hold of an element about as much as its other ions do: of the scarcest, for
// hydrogen comes from the chamber as well.
static double molecules_of(const ia_model *model, const ia_ion *ion)
{
    double least = INFINITY;

    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].z != 1)
            least = fmin(least, atoms_told(model, ion->parts[i].z));
    return least;
}

// What more molecules cost than their elements lead one to expect.
static void set_molecules(ia_model *model, ia_rival *rival)
{
    const double times = 3, most = 6; // natural units: it happens, once in 400
    double usual = times * molecules_of(model, &rival->ion);

    if (ia_ion_atoms(&rival->ion) < 2 || !(usual > 0 && usual < INFINITY))
        return;
    rival->dear = usual > rival->supply ? most : fmax(rival->dear, most);
    rival->supply = fmax(rival->supply, usual);
}

ia_rival ia_species_rival(ia_model *model, const ia_candidate *candidate)
{
    const ia_species alone = {.candidate = candidate};
    ia_rival rival = {.ion = candidate->ion,
                      .log_odds = ia_species_prior(model, &alone) + ia_intensity_cost};

    if (candidate->is_gas)
        set_supply(model, candidate, &rival);
    set_molecules(model, &rival);
    return rival;
}

double ia_rival_cost(const ia_rival *rival, double ions)
{
    return rival->supply > 0 && ions > 0 ? fmin(ions / rival->supply, rival->dear) : 0;
}

double ia_species_supply(ia_model *model, const ia_species *species, double ions)
{
    ia_rival rival = {.supply = 0};

    if (!species->candidate->is_gas || ions <= 0)
        return 0;
    set_supply(model, species->candidate, &rival);
    return ia_rival_cost(&rival, ions);
}

double ia_model_gain(ia_model *model)
{
    double kept = ia_model_score(model);

    for (size_t k = 0; k < model->n_species; k++)
        if (model->species[k].intensity > 0)
            ia_species_set(model, &model->species[k], 0);
    return kept - ia_model_score(model);
}

// Take up or give up a species.
static void choose(ia_model *model, const ia_species *species, bool on)
{
    if (on)
        model->prior += ia_species_prior(model, species);
    count_elements(model, &species->candidate->ion, species->candidate->is_gas,
                   on ? 1 : -1);
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
        s->mu = larger(s->b, s->mu + change * l->share);
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

// Score of the species' sites if its intensity were changed by so much; any that is not
// above `least` once it cannot be.
static double score_with(const ia_model *model, const ia_species *sp, double change,
                         double least)
{
    double score = 0;

    for (size_t i = 0; i < sp->n_links && (i == 0 || score > least); i++) {
        const ia_link *l = &sp->links[i];
        const ia_site *s = &model->sites[l->site];
        double add = change * l->share;
        score += score_at(s, larger(s->b, s->mu + add), s->moment + add * l->mass);
    }
    return score;
}

// The same as it stands.
static double score_now(const ia_model *model, const ia_species *sp)
{
    double score = 0;

    for (size_t i = 0; i < sp->n_links; i++)
        score += model->sites[sp->links[i].site].score;
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
            double mu = larger(s->b, s->mu + change * l->share);
            if (is_given_up(s, mu))
                continue;
            slope += s->weight * l->share * (s->n / mu - 1);
            curve += s->weight * l->share * l->share * larger(s->n, 1) / (mu * mu);
        }
        if (curve <= 0)
            break;
        double step = slope / curve;
        double total = sp->intensity + change;
        step = smaller(larger(step, -0.6 * total), 1.5 * total);
        change += step;
        if (fabs(step) < 1e-4 * (total + 1))
            break;
    }
    return change;
}

// As much as each of its sites has left; the best of these changes raises *score.
static double fill_a_site(const ia_model *model, const ia_species *sp, double *score)
{
    double best = 0;

    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_site *s = &model->sites[sp->links[i].site];
        double change = (s->n - s->mu) / sp->links[i].share;
        if (sp->links[i].share < 0.01 || sp->intensity + change <= 0)
            continue;
        double tried = score_with(model, sp, change, *score);
        if (tried > *score) {
            *score = tried;
            best = change;
        }
    }
    return best;
}

// Change of intensity that scores best: what Newton's method makes of none or, with
// `leap`, of the best that fills a site.
static double best_change(ia_model *model, const ia_species *sp, bool leap, double *score)
{
    double best_score = score_now(model, sp);
    double n = (double)sp->n_links;

    model->work += n * (n + 8);
    double best = leap ? fill_a_site(model, sp, &best_score) : 0;
    if (sp->intensity + best > 0) {
        double moved = improve(model, sp, best);
        double tried = score_with(model, sp, moved, best_score);
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
    return -score_now(model, species);
}

void ia_species_try(ia_model *model, ia_species *species)
{
    double with;
    double change = best_change(model, species, true, &with);

    ia_journal_species(model, species);
    species->trial = change;
    species->gain = with - score_now(model, species);
    species->dirty = false;
}

static void settle(ia_model *model, int rounds, bool leap)
{
    const double enough = 1e-3; // relative change worth following

    for (int round = 0; round < rounds; round++) {
        bool moved = false;
        for (size_t k = 0; k < model->n_species; k++) {
            ia_species *sp = &model->species[k];
            double score;
            if (sp->intensity <= 0 || !sp->dirty || (sp->held && !leap))
                continue;
            double change = best_change(model, sp, leap, &score);
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

void ia_model_polish(ia_model *model, int rounds)
{
    settle(model, rounds, true);
}

void ia_model_yield(ia_model *model, int rounds)
{
    settle(model, rounds, false);
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

double ia_model_score(ia_model *model)
{
    double supply = 0;

    for (size_t i = 0; i < model->n_gases; i++) {
        const ia_species *gas = &model->species[model->gases[i]];
        supply += ia_species_supply(model, gas, gas->intensity);
    }
    return model->score + model->prior - supply;
}
