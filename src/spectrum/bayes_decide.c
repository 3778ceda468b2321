// src/spectrum/bayes_decide.c: judges group after group, each by what the others hold.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 3 };

typedef struct {
    ia_judge *judge;
    ia_group *groups;
    size_t n_groups;
    double *said; // (n_groups, IA_Z_MAX + 1) of elements, log of a ratio of likelihoods
    double *posterior, *probability; // room
} deciding;

static double *said_by(const deciding *job, size_t group)
{
    return job->said + group * (IA_Z_MAX + 1);
}

// What is known but for what one group says.
static void look_elsewhere(deciding *job, uint32_t group)
{
    ia_judge *judge = job->judge;
    const ia_candidates *all = judge->candidates;
    ia_elsewhere *e = &judge->elsewhere;

    for (unsigned z = 0; z <= IA_Z_MAX; z++) {
        e->element[z] = all->element[z] + all->bound[z];
        for (size_t number = 0; number < job->n_groups; number++)
            e->element[z] += number == group ? 0 : said_by(job, number)[z];
    }
    for (size_t m = 0; m <= all->n_matters; m++)
        e->absence[m] = 1;
    for (size_t k = 0; k < all->n; k++)
        if (judge->ions[k].group != group)
            e->absence[judge->ions[k].candidate->matter] *=
                1 - judge->ions[k].probability;
}

// Before it is judged, what is told is believed.
static void believe_told(deciding *job)
{
    const double sure = 30;

    for (size_t k = 0; k < job->judge->candidates->n; k++) {
        const ia_judged *ion = &job->judge->ions[k];
        if (ion->intensity <= 0 || ion->group == IA_NO_GROUP || ion->candidate->is_gas)
            continue;
        for (size_t i = 0; i < ion->candidate->ion.n_parts; i++)
            said_by(job, ion->group)[ion->candidate->ion.parts[i].z] = sure;
    }
}

// The same before there are groups.
static void look_at_told(ia_judge *judge)
{
    const ia_candidates *all = judge->candidates;
    ia_elsewhere *e = &judge->elsewhere;

    for (unsigned z = 0; z <= IA_Z_MAX; z++)
        e->element[z] = all->element[z] + all->bound[z];
    for (size_t k = 0; k < all->n; k++) {
        ia_judged *ion = &judge->ions[k];
        ion->probability = ion->intensity > 0;
        for (size_t i = 0; ion->intensity > 0 && i < ion->candidate->ion.n_parts; i++)
            e->element[ion->candidate->ion.parts[i].z] = INFINITY;
    }
}

static ia_status build(deciding *job, uint32_t number, ia_mask *first)
{
    ia_judge *judge = job->judge;
    size_t members[IA_GROUP_MOST], n = 0;

    memset(first, 0, sizeof *first);
    for (size_t k = 0; k < judge->n_ions; k++) {
        if (judge->ions[k].group != number)
            continue;
        if (judge->ions[k].intensity > 0)
            ia_mask_flip(first, n);
        members[n++] = k;
    }
    return ia_group_build(judge, members, n, &job->groups[number]);
}

static void apply(deciding *job, ia_group *g, const double *probability)
{
    for (size_t k = 0; k < g->n; k++) {
        ia_judged *ion = &job->judge->ions[g->member[k]];
        if (ion->intensity > 0)
            ia_judge_add(job->judge, ion, -1);
        ion->intensity = g->intensity[k];
        ion->sigma = g->sigma[k];
        ion->probability = probability[k];
        if (ion->intensity > 0)
            ia_judge_add(job->judge, ion, 1);
    }
}

static ia_status make_room(deciding *job, const ia_group *g)
{
    free(job->posterior);
    free(job->probability);
    job->posterior = ia_array(job->judge->ctx, g->n_models, sizeof *job->posterior);
    job->probability = ia_array(job->judge->ctx, g->n, sizeof *job->probability);
    return job->posterior && job->probability ? IA_OK : IA_ERR_MEMORY;
}

// Ions that are likelier there than not, whether or not the likeliest account has them.
static void fit_likely(ia_group *g, const double *probability, double least)
{
    ia_mask likely = {{0}};
    double likelihood;

    for (size_t k = 0; k < g->n; k++)
        if (probability[k] >= least)
            ia_mask_flip(&likely, k);
    ia_group_fit(g, &likely, &likelihood);
}

static char *spell(const ia_group *g, const ia_mask *mask)
{
    char text[2048] = "";
    size_t used = 0;

    for (size_t k = 0; k < g->n; k++) {
        const ia_candidate *c = g->judge->ions[g->member[k]].candidate;
        if (!ia_mask_has(mask, k) || used + IA_ION_NAME + 16 > sizeof text)
            continue;
        int n = c ? snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "",
                             c->ion.name)
                  : snprintf(text + used, sizeof text - used, "%sunknown:%.3f",
                             used ? " " : "",
                             g->judge->lines[g->judge->ions[g->member[k]].first].place);
        used += (size_t)n;
    }
    return ia_text(g->judge->ctx, text);
}

static int by_posterior(const void *a, const void *b)
{
    const ia_account *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->probability != y->probability)
        return x->probability > y->probability ? -1 : 1;
    return strcmp(x->ions, y->ions);
}

// Accounts that are not too unlikely, group by group.
static ia_status tell_accounts(deciding *job, ia_assignment *out)
{
    const double least = 0.01;
    ia_judge *judge = job->judge;
    size_t room = 0;

    for (size_t number = 0; number < job->n_groups; number++)
        room += job->groups[number].n_models;
    if (!(out->accounts = ia_array(judge->ctx, room, sizeof *out->accounts)))
        return IA_ERR_MEMORY;
    for (size_t number = 0; number < job->n_groups; number++) {
        ia_group *g = &job->groups[number];
        ia_mask best;
        ia_status st = make_room(job, g);
        if (st != IA_OK)
            return st;
        look_elsewhere(job, (uint32_t)number);
        ia_group_weigh(g, job->posterior, job->probability, said_by(job, number), &best);
        for (size_t i = 0; i < g->n_models; i++) {
            if (job->posterior[i] < least)
                continue;
            char *text = spell(g, &g->models[i].mask);
            if (!text)
                return IA_ERR_MEMORY;
            out->accounts[out->n_accounts++] =
                (ia_account){(uint32_t)number, job->posterior[i], text};
        }
    }
    qsort(out->accounts, out->n_accounts, sizeof *out->accounts, by_posterior);
    return IA_OK;
}

static ia_status sweep(deciding *job, int round, double least)
{
    for (size_t number = 0; number < job->n_groups; number++) {
        ia_group *g = &job->groups[number];
        ia_mask first, best;
        ia_status st =
            ia_step(job->judge->ctx, "identify", (double)number / (double)job->n_groups);
        if (st != IA_OK)
            return st;
        look_elsewhere(job, (uint32_t)number);
        if (round == 0 && ((st = build(job, (uint32_t)number, &first)) != IA_OK ||
                           (st = ia_group_search(g, &first, &best)) != IA_OK))
            return st;
        if ((st = make_room(job, g)) != IA_OK)
            return st;
        ia_group_weigh(g, job->posterior, job->probability, said_by(job, number), &best);
        if (round == SWEEPS - 1)
            fit_likely(g, job->probability, least);
        apply(job, g, job->probability);
    }
    return IA_OK;
}

ia_status ia_judge_decide(ia_judge *judge, double least, ia_assignment *out)
{
    deciding job = {.judge = judge};
    bool *worth = ia_array(judge->ctx, judge->n_ions, sizeof *worth);
    ia_status st = IA_ERR_MEMORY;

    if (!worth)
        return IA_ERR_MEMORY;
    look_at_told(judge);
    if ((st = ia_judge_mark(judge, worth)) != IA_OK ||
        (st = ia_judge_group(judge, worth, &job.n_groups)) != IA_OK)
        goto done;
    job.groups = ia_array(judge->ctx, job.n_groups, sizeof *job.groups);
    job.said = ia_array(judge->ctx, job.n_groups, (IA_Z_MAX + 1) * sizeof *job.said);
    if (!job.groups || !job.said) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    believe_told(&job);
    for (int round = 0; st == IA_OK && round < SWEEPS; round++)
        st = sweep(&job, round, least);
    if (st == IA_OK)
        st = tell_accounts(&job, out);
done:
    for (size_t i = 0; job.groups && i < job.n_groups; i++)
        ia_group_clear(&job.groups[i]);
    free(job.groups);
    free(job.said);
    free(job.posterior);
    free(job.probability);
    free(worth);
    return st;
}
