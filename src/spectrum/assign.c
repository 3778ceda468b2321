// src/spectrum/assign.c: from peaks to ions: candidates, mass scale, choice, evidence.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/bayes.h>

#include "spectrum/assign_job.h"
#include "spectrum/element_prior.h"
#include "spectrum/bayes_internal.h"
#include "spectrum/tof_told.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 3,      // elements alone, then with molecules, then on the corrected scale
    ROUNDS_MOST = 5, // as long as each finds an element more
    COPIES = 8,      // ions invented for each that exists
};

ia_status ia_assign_candidates(assigning *job)
{
    const ia_candidate_rules rules = {
        .params = job->params,
        .found = job->found,
        .m_lo = job->spectrum->m_min,
        .m_hi = ia_counts_end(&job->counts),
        .widths = &job->peaks->widths,
        .prior = &job->prior,
        .copies = job->copies,
    };
    ia_status st;

    ia_model_clear(&job->model);
    ia_candidates_clear(&job->candidates);
    if ((st = ia_candidates_build(job->ctx, &rules, &job->candidates)) != IA_OK)
        return st;
    return ia_model_build(job->ctx, &job->counts, job->peaks, &job->candidates,
                          &job->scale, &job->model);
}

// Where a rich spectrum's search is cut off, ions are told that are not the best, and too
// surely: so much more work than where scales are compared.
static const double THOROUGH = 5;

static ia_status choose(assigning *job)
{
    ia_status st = ia_assign_candidates(job);
    job->model.work_most *= job->quick ? 1 : THOROUGH;
    return st == IA_OK ? ia_model_search(job->ctx, &job->model) : st;
}

static bool is_main_line(const ia_link *line)
{
    return line->share > 0.5;
}

// Atoms with one charge that have the place of a peak which a gas of the chamber has
// taken: F+ where OH3+ is told. Only with its molecules may such an element be likelier.
static void note_beneath(assigning *job, const ia_link *line)
{
    const double near = 3; // standard deviations
    const ia_model *m = &job->model;
    const ia_site *site = &m->sites[line->site];

    for (uint32_t u = m->first[line->site]; u < m->first[line->site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        const ia_ion *ion = &sp->candidate->ion;
        if (sp->candidate->invented || ia_ion_atoms(ion) != 1 || ion->charge != 1)
            continue;
        for (size_t i = 0; i < sp->n_links; i++)
            if (sp->links[i].site == line->site && is_main_line(&sp->links[i]) &&
                fabs(sp->links[i].mass - site->mass) < near * site->sigma)
                job->found[ion->parts[0].z] = true;
    }
}

static void note_mistaken(assigning *job)
{
    const ia_model *m = &job->model;

    for (size_t g = 0; g < m->n_gases; g++) {
        const ia_species *gas = &m->species[m->gases[g]];
        for (size_t i = 0; i < gas->n_links && gas->intensity > 0; i++)
            if (is_main_line(&gas->links[i]) && m->sites[gas->links[i].site].peak >= 0)
                note_beneath(job, &gas->links[i]);
    }
}

// Elements that the choice holds may form molecules in the next round, unless chance
// makes them as readily: without invented rivals an element may be surer than among them.
static ia_status note_found(assigning *job, bool *any)
{
    ia_chance *chance = &job->chance;
    ia_status st = IA_OK;

    if (chance->limits && !job->copies)
        st = ia_model_sure(job->ctx, &job->model, chance);
    *any = false;
    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++) {
        bool is_held = job->model.atoms[z] > 0 || job->model.molecules[z] > 0;
        if (job->found[z] || !is_held || (chance->limits && !chance->sure[z]))
            continue;
        job->found[z] = *any = true;
    }
    if (st == IA_OK)
        note_mistaken(job);
    return st;
}

// On the scale that the ions told have, or, where their lines have several, on that on
// which more can be told: nickel at the places of silicon's hydrides has a line of its
// own.
static ia_status fit_scale(assigning *job)
{
    ia_mass_scales scales = {.n = 0};
    double best = -INFINITY;
    size_t kept = 0;
    ia_status st = ia_mass_scale_fit(job->ctx, &job->model, &scales);

    bool quick = job->quick;

    job->quick = true; // to compare
    for (size_t k = 0; st == IA_OK && scales.n > 1 && k < scales.n; k++) {
        job->scale = scales.list[k];
        st = choose(job);
        double gain = st == IA_OK ? ia_model_gain(&job->model) : 0;
        if (gain > best + 1e-6) {
            best = gain;
            kept = k;
        }
    }
    job->quick = quick;
    if (st == IA_OK)
        job->scale = scales.list[kept];
    return st;
}

static ia_status choose_in_rounds(assigning *job)
{
    ia_status st = IA_OK;

    memset(job->found, 0, sizeof job->found);
    for (size_t i = 0; job->told && i < job->told->n_ions; i++) {
        const ia_ion *ion = &job->told->ions[i].ion;
        for (size_t k = 0; k < ion->n_parts && !ia_ion_is_of_chamber(ion); k++)
            job->found[ion->parts[k].z] = true;
    }
    job->scale =
        job->start ? *job->start : (ia_mass_scale){.sigma = job->params->tolerance};
    for (int round = 0, last = ROUNDS; st == IA_OK && round < last; round++) {
        bool any = false;
        if ((st = choose(job)) != IA_OK ||
            (job->copies && (st = ia_model_chance(job->ctx, &job->model, job->copies,
                                                  &job->chance)) != IA_OK) ||
            job->chance.least == INFINITY || (st = note_found(job, &any)) != IA_OK)
            break;
        last = any ? ROUNDS_MOST : ROUNDS;
        if (round + 1 < last)
            st = fit_scale(job);
    }
    return st;
}

// What chance finds in this spectrum: the same choice between the ions that exist and
// others that do not.
static ia_status try_chance(assigning *job)
{
    job->copies = COPIES;
    ia_status st = choose_in_rounds(job);
    job->copies = 0;
    return st;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Odds that divide the less likely half of those below `least` from the rest; -INFINITY
// when there is none.
static double worse_half(const assigning *job, double least, double *room)
{
    size_t n = 0;

    for (size_t k = 0; k < job->model.n_species; k++)
        if (job->model.species[k].intensity > 0 && job->odds[k] < least)
            room[n++] = job->odds[k];
    if (n == 0)
        return -INFINITY;
    qsort(room, n, sizeof *room, by_value);
    return room[(n - 1) / 2];
}

// Drop what falls short of the probability asked for, the less likely half at a time:
// without it the others may be surer.
static ia_status drop_unlikely(assigning *job)
{
    double least = log(job->params->probability / (1 - job->params->probability));
    double *room = ia_array(job->ctx, job->model.n_species, sizeof *room);
    ia_status st = IA_ERR_MEMORY;

    job->odds = ia_array(job->ctx, job->model.n_species, sizeof *job->odds);
    if (!job->odds || !room)
        goto done;
    while ((st = ia_model_odds(job->ctx, &job->model, job->odds)) == IA_OK) {
        double limit = worse_half(job, least, room);
        bool dropped = false;
        for (size_t k = 0; k < job->model.n_species; k++) {
            ia_species *sp = &job->model.species[k];
            if (sp->intensity <= 0 || !(job->odds[k] <= limit))
                continue;
            ia_species_set(&job->model, sp, 0);
            dropped = true;
        }
        if (!dropped)
            break;
        ia_model_polish(&job->model, 4);
    }
done:
    free(room);
    return st;
}

// Drop what is no surer than what chance finds in this spectrum.
static void drop_chance(assigning *job)
{
    for (size_t k = 0; k < job->model.n_species; k++) {
        ia_species *sp = &job->model.species[k];
        if (sp->intensity <= 0 || job->odds[k] > job->chance.least)
            continue;
        ia_species_set(&job->model, sp, 0);
        job->out.n_withheld++;
    }
    ia_model_polish(&job->model, 4);
}

// What the hint leaves out explains its peaks best, but is not told. The others keep
// their intensities: they have not become better explanations of those peaks.
static void drop_left_out(assigning *job)
{
    for (size_t k = 0; k < job->model.n_species; k++) {
        ia_species *sp = &job->model.species[k];
        const ia_ion *ion = &sp->candidate->ion;
        if (sp->intensity <= 0 || !sp->candidate->left_out)
            continue;
        for (size_t i = 0; i < ion->n_parts; i++) {
            unsigned z = ion->parts[i].z;
            job->out.left_out[z] = job->out.left_out[z] || !job->candidates.hinted[z];
        }
        ia_species_set(&job->model, sp, 0);
    }
}

static ia_status read_prior(assigning *job)
{
    bool negative = job->params->polarity == IA_POLARITY_NEGATIVE;
    ia_status st = ia_ion_prior_read(job->ctx, job->params->prior, &job->prior);
    if (st == IA_OK && (job->params->technique != IA_TECHNIQUE_APT || negative))
        st = ia_ion_prior_single(job->ctx, &job->prior, negative);
    return st;
}

static ia_status begin(assigning *job, const ia_background *background)
{
    ia_status st;

    if ((st = ia_method_check(job->ctx, &ia_identify_method, job->params)) != IA_OK ||
        (st = read_prior(job)) != IA_OK ||
        (st = ia_counts_build(job->ctx, job->spectrum, background, &job->counts)) !=
            IA_OK ||
        (st = try_chance(job)) != IA_OK)
        return st;
    return job->chance.least < INFINITY ? choose_in_rounds(job) : IA_OK;
}

static void finish(assigning *job)
{
    ia_counts_clear(&job->counts);
    ia_candidates_clear(&job->candidates);
    ia_model_clear(&job->model);
    ia_ion_prior_clear(&job->prior);
    ia_assignment_clear(&job->out);
    free(job->odds);
}

static void hand_over(assigning *job, ia_assignment *out)
{
    job->out.scale = job->scale;
    job->out.score = ia_model_score(&job->model);
    job->out.gain = ia_model_gain(&job->model);
    job->out.by_chance = job->chance.share;
    *out = job->out;
    job->out = (ia_assignment){0}; // the caller's now
}

ia_status ia_assign_from(ia_ctx *ctx, const ia_assign_input *input, ia_assignment *out)
{
    assigning job = {.ctx = ctx,
                     .spectrum = input->spectrum,
                     .peaks = input->peaks,
                     .params = input->params,
                     .start = input->start,
                     .quick = input->quick,
                     .told = input->told};
    const ia_background *background = input->background;
    ia_status st;

    if ((st = begin(&job, background)) != IA_OK || (st = drop_unlikely(&job)) != IA_OK)
        goto done;
    drop_chance(&job);
    job.out.n_unconfirmed = ia_model_drop_unconfirmed(&job.model);
    drop_left_out(&job);
    if ((st = ia_assign_tell(&job)) != IA_OK ||
        (st = ia_assign_hidden(&job, background)) != IA_OK)
        goto done;
    hand_over(&job, out);
done:
    finish(&job);
    return st;
}

ia_status ia_assign_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                            const ia_background *background, const ia_peaks *peaks,
                            const ia_identify_params *params, ia_assignment *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    const ia_assign_input input = {
        .spectrum = spectrum, .background = background, .peaks = peaks, .params = &p};
    return ia_assign_from(ctx, &input, out);
}

// Ions of each candidate by the choice.
static ia_status list_told(const assigning *job, double **out)
{
    double *told = ia_array(job->ctx, job->candidates.n, sizeof *told);

    if (!told)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < job->model.n_species; k++) {
        const ia_species *sp = &job->model.species[k];
        if (sp->intensity > 0)
            told[sp->candidate - job->candidates.list] = sp->intensity;
    }
    *out = told;
    return IA_OK;
}

// Give up what is judged to be there, but is no surer than what chance finds, that other
// lines do not confirm, or that the hint leaves out.
static void give_up(assigning *job, ia_judge *judge)
{
    ia_model *m = &job->model;

    for (size_t k = 0; k < job->candidates.n; k++) {
        ia_judged *ion = &judge->ions[k];
        double odds = log(ion->probability / (1 - ion->probability));
        if (ion->intensity <= 0 || odds > job->chance.least)
            continue;
        ia_judge_give_up(judge, ion);
        job->out.n_withheld++;
    }
    for (size_t k = 0; k < m->n_species; k++)
        ia_species_set(
            m, &m->species[k],
            judge->ions[m->species[k].candidate - job->candidates.list].intensity);
    job->out.n_unconfirmed = ia_model_drop_unconfirmed(m);
    drop_left_out(job);
    for (size_t k = 0; k < m->n_species; k++) {
        ia_judged *ion = &judge->ions[m->species[k].candidate - job->candidates.list];
        if (m->species[k].intensity <= 0 && ion->intensity > 0)
            ia_judge_give_up(judge, ion);
    }
}

static bool is_candidate(const ia_candidates *all, const ia_ion *ion, size_t *which)
{
    for (size_t k = 0; k < all->n; k++)
        if (ia_ion_is_equal(&all->list[k].ion, ion)) {
            *which = k;
            return true;
        }
    return false;
}

// Mark what trees propose. Elements of molecules that are no candidates form molecules
// in another round.
static ia_status mark_proposed(assigning *job, const ia_assignment *trees, bool **out)
{
    bool lacking = false;
    size_t which;
    ia_status st = IA_OK;

    for (size_t i = 0; i < trees->n_ions; i++) {
        const ia_ion *ion = &trees->ions[i].ion;
        if (is_candidate(&job->candidates, ion, &which))
            continue;
        for (size_t k = 0; k < ion->n_parts; k++) {
            lacking = lacking || !job->found[ion->parts[k].z];
            job->found[ion->parts[k].z] = true;
        }
    }
    if (lacking && (st = choose(job)) != IA_OK)
        return st;
    if (!(*out = ia_array(job->ctx, job->candidates.n, sizeof **out)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < trees->n_ions; i++)
        if (is_candidate(&job->candidates, &trees->ions[i].ion, &which))
            (*out)[which] = true;
    return IA_OK;
}

// The choice serves to learn the profile and as the first account of each group.
static ia_status judge(assigning *job, const ia_assignment *trees)
{
    ia_judge judge = {.n_ions = 0};
    ia_judge_input input = {.counts = &job->counts,
                            .peaks = job->peaks,
                            .candidates = &job->candidates,
                            .scale = &job->scale};
    double *told = NULL;
    bool *proposed = NULL;
    ia_status st;

    if ((st = mark_proposed(job, trees, &proposed)) != IA_OK ||
        (st = list_told(job, &told)) != IA_OK)
        goto done;
    input.told = told;
    input.proposed = proposed;
    if ((st = ia_judge_build(job->ctx, &input, &judge)) != IA_OK ||
        (job->chance.least < INFINITY &&
         (st = ia_judge_decide(&judge, job->params->probability, &job->out)) != IA_OK))
        goto done;
    give_up(job, &judge);
    if ((st = ia_judge_tell(&judge, &job->out)) == IA_OK)
        st = ia_assign_rivals(job);
done:
    ia_judge_clear(&judge);
    free(told);
    free(proposed);
    return st;
}

// `propose` may be NULL.
static ia_status decide(assigning *job, const ia_background *background,
                        ia_assign_fn propose, ia_assignment *out)
{
    ia_assignment trees = {0};
    ia_status st;

    if ((st = begin(job, background)) != IA_OK ||
        (propose && job->chance.least < INFINITY &&
         (st = propose(job->ctx, job->spectrum, background, job->peaks, job->params,
                       &trees)) != IA_OK) ||
        (st = judge(job, &trees)) != IA_OK)
        goto done;
    hand_over(job, out);
done:
    ia_assignment_clear(&trees);
    finish(job);
    return st;
}

ia_status ia_bayes_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_background *background, const ia_peaks *peaks,
                           const ia_identify_params *params, ia_assignment *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    assigning job = {.ctx = ctx, .spectrum = spectrum, .peaks = peaks, .params = &p};
    return decide(&job, background, NULL, out);
}

// Trees have learnt cations of field evaporation.
ia_status ia_joint_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_background *background, const ia_peaks *peaks,
                           const ia_identify_params *params, ia_assignment *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    assigning job = {.ctx = ctx, .spectrum = spectrum, .peaks = peaks, .params = &p};
    bool learnt = p.technique == IA_TECHNIQUE_APT && p.polarity != IA_POLARITY_NEGATIVE;
    return decide(&job, background, learnt ? ia_tree_propose : NULL, out);
}
