// src/spectrum/bayes_search.c: which sets of ions of a group are worth a look, and what
// their evidence says of each ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"
#include "spectrum/ion_prior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OFFERS = 3,        // members tried at a time
    ROUNDS = 6,        // of exchanges
    VISITS_MOST = 700, // models of a group
    WHOLE_MOST = 7     // members of a group whose sets are all looked at
};
static const double WINDOW = 7; // models less likely than the best by e^WINDOW: left out
static const double HOPELESS = 30; // log likelihood lost that nothing brings back

static const ia_judged *ion_of(const ia_group *g, size_t member)
{
    return &g->judge->ions[g->member[member]];
}

// Elements of the ions in a mask.
static void list_elements(const ia_group *g, const ia_mask *mask, bool *there)
{
    memset(there, 0, (IA_Z_MAX + 1) * sizeof *there);
    for (size_t k = 0; k < g->n; k++) {
        const ia_candidate *c = ion_of(g, k)->candidate;
        if (!c || c->is_gas || !ia_mask_has(mask, k))
            continue;
        for (size_t i = 0; i < c->ion.n_parts; i++)
            there[c->ion.parts[i].z] = true;
    }
}

// Probability that an ion of the same atoms with another charge is not there.
static double absence_of_like(const ia_group *g, const ia_mask *mask, size_t member)
{
    const ia_candidate *c = ion_of(g, member)->candidate;

    for (size_t k = 0; k < g->n; k++)
        if (k != member && ia_mask_has(mask, k) && ion_of(g, k)->candidate &&
            ion_of(g, k)->candidate->matter == c->matter)
            return 0;
    return g->judge->elsewhere.absence[c->matter];
}

// Is it a molecule that lies where its atom with one charge does, which is not there?
static bool replaces_atom(const ia_group *g, const ia_mask *mask, size_t member)
{
    unsigned z = ia_ion_atom_like(&ion_of(g, member)->candidate->ion);

    for (size_t k = 0; z && k < g->n; k++) {
        const ia_candidate *c = ion_of(g, k)->candidate;
        if (c && ia_mask_has(mask, k) && ia_ion_atoms(&c->ion) == 1 &&
            c->ion.charge == 1 && c->ion.parts[0].z == z)
            return false;
    }
    return z != 0;
}

double ia_judge_element_cost(const ia_judge *judge, unsigned z)
{
    double odds = judge->elsewhere.element[z];
    return odds > 0 ? -log1p(exp(-odds)) : odds - log1p(exp(odds));
}

double ia_group_prior(const ia_group *g, const ia_mask *mask)
{
    bool there[IA_Z_MAX + 1];
    double sum = 0;

    for (size_t k = 0; k < g->n; k++) {
        const ia_judged *ion = ion_of(g, k);
        if (!ia_mask_has(mask, k))
            continue;
        sum += ion->log_prior;
        if (!ion->candidate || ia_ion_atoms(&ion->candidate->ion) == 1)
            continue;
        double lone = absence_of_like(g, mask, k);
        sum += ia_prior_known * (1 - lone);
        if (ion->candidate->ion.charge > 1 && ia_ion_is_light(&ion->candidate->ion))
            sum -= ia_prior_bursts * lone;
        sum -= replaces_atom(g, mask, k) ? ia_prior_atom_like : 0;
    }
    list_elements(g, mask, there);
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        if (there[z])
            sum += ia_judge_element_cost(g->judge, z);
    return sum;
}

static uint32_t *slot_of(const ia_group *g, const ia_mask *mask)
{
    uint64_t h =
        mask->bits[0] * 0x9e3779b97f4a7c15U ^ mask->bits[1] * 0xc2b2ae3d27d4eb4fU;
    size_t at = (size_t)(h ^ h >> 29) % g->n_slots;

    while (g->slots[at] &&
           memcmp(&g->models[g->slots[at] - 1].mask, mask, sizeof *mask) != 0)
        at = (at + 1) % g->n_slots;
    return &g->slots[at];
}

static double value_of(const ia_account_model *m)
{
    return m->log_evidence + m->log_prior;
}

// Evidence and prior of a set; the group's means are left as the last fit has them.
static double visit(ia_group *g, const ia_mask *mask)
{
    uint32_t *slot = slot_of(g, mask);

    if (*slot)
        return value_of(&g->models[*slot - 1]);
    if (g->n_models == g->models_room)
        return -INFINITY;
    double likelihood, evidence = ia_group_fit(g, mask, &likelihood);
    ia_account_model *m = &g->models[g->n_models++];
    *m = (ia_account_model){*mask, evidence, ia_group_prior(g, mask)};
    *slot = (uint32_t)g->n_models;
    return value_of(m);
}

typedef struct {
    size_t member;
    double value; // log posterior that it is expected to bring
} offer;

// Members outside the mask that promise most on the means of the model fitted last, best
// first.
static size_t list_offers(ia_group *g, const ia_mask *mask, double least, offer *list,
                          size_t most)
{
    double prior = ia_group_prior(g, mask);
    size_t n = 0;

    for (size_t k = 0; k < g->n; k++) {
        double x;
        if (ia_mask_has(mask, k))
            continue;
        double gain = ia_group_gain(g, k, &x);
        if (!(x > 0))
            continue;
        ia_mask with = *mask;
        ia_mask_flip(&with, k);
        double volume = 0.92 - log(g->judge->log_total) - 0.5 * log(fmax(1, 2 * gain));
        double value = gain + volume + ia_group_prior(g, &with) - prior;
        if (value < least || (n == most && value <= list[n - 1].value))
            continue;
        size_t at = n < most ? n++ : n - 1;
        for (; at > 0 && list[at - 1].value < value; at--)
            list[at] = list[at - 1];
        list[at] = (offer){k, value};
    }
    return n;
}

typedef struct {
    ia_group *g;
    ia_mask best;
    double value;
} searching;

static bool consider(searching *s, const ia_mask *mask)
{
    double value = visit(s->g, mask);

    if (!(value > s->value + 1e-9))
        return false;
    s->best = *mask;
    s->value = value;
    return true;
}

static double refit(ia_group *g, const ia_mask *mask)
{
    double likelihood;
    ia_group_fit(g, mask, &likelihood);
    return likelihood;
}

static bool add_offers(searching *s)
{
    bool changed = false, better = true;

    while (better) {
        offer list[OFFERS];
        refit(s->g, &s->best);
        ia_mask from = s->best;
        size_t n = list_offers(s->g, &from, -3, list, OFFERS);
        better = false;
        for (size_t i = 0; i < n; i++) {
            ia_mask with = from;
            ia_mask_flip(&with, list[i].member);
            better = consider(s, &with) || better;
        }
        changed = changed || better;
    }
    return changed;
}

// The offers without one of the members.
static size_t leave_out(offer *list, size_t n, size_t member)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (list[i].member != member)
            list[kept++] = list[i];
    return kept;
}

// With one member in the place of another, and with two.
static bool replace(searching *s, const ia_mask *without, size_t gone, size_t by)
{
    ia_mask swapped = *without;
    offer list[OFFERS];

    ia_mask_flip(&swapped, by);
    bool better = consider(s, &swapped);
    refit(s->g, &swapped);
    size_t n = leave_out(list, list_offers(s->g, &swapped, -3, list, OFFERS), gone);
    for (size_t i = 0; i < n && i < 2; i++) {
        ia_mask two = swapped;
        ia_mask_flip(&two, list[i].member);
        better = consider(s, &two) || better;
    }
    return better;
}

// Without a member, or with others in its place.
static bool exchange(searching *s, size_t member)
{
    ia_mask from = s->best, without = s->best;
    offer list[OFFERS + 1];

    ia_mask_flip(&without, member);
    double with_it = refit(s->g, &from);
    bool better = consider(s, &without);
    double lost = with_it - refit(s->g, &without);
    size_t n = list_offers(s->g, &without, -4, list, OFFERS + 1);
    n = leave_out(list, n, member);
    if (n == 0 || lost - list[0].value - (n > 1 ? list[1].value : 0) > HOPELESS)
        return better;
    for (size_t i = 0; i < n; i++)
        better = replace(s, &without, member, list[i].member) || better;
    return better;
}

static bool exchange_all(searching *s)
{
    bool changed = false;

    for (size_t k = 0; k < s->g->n; k++)
        if (ia_mask_has(&s->best, k))
            changed = exchange(s, k) || changed;
    return changed;
}

// Without each member, where that is not hopeless; with another in its place.
static void leave_and_replace(searching *s, const ia_mask *from)
{
    ia_group *g = s->g;
    double with_it = refit(g, from);

    for (size_t k = 0; k < g->n; k++) {
        ia_mask without = *from;
        offer list[OFFERS + 1];
        if (!ia_mask_has(from, k))
            continue;
        ia_mask_flip(&without, k);
        double lost = with_it - refit(g, &without);
        // Where a line can move to its peak an ion gains more than is offered.
        double least = fmax(-WINDOW, 0.3 * lost - HOPELESS);
        size_t n = list_offers(g, &without, least, list, OFFERS + 1);
        if (lost < HOPELESS)
            consider(s, &without);
        for (size_t i = 0; i < n; i++) {
            ia_mask swapped = without;
            ia_mask_flip(&swapped, list[i].member);
            consider(s, &swapped);
        }
    }
}

// From each model near the best one member more or less, until no new one is near.
static void look_around(searching *s)
{
    ia_group *g = s->g;

    for (size_t i = 0; i < g->n_models; i++) {
        offer list[8];
        if (value_of(&g->models[i]) < s->value - WINDOW)
            continue;
        ia_mask from = g->models[i].mask;
        refit(g, &from);
        size_t n = list_offers(g, &from, -WINDOW, list, 8);
        for (size_t j = 0; j < n; j++) {
            ia_mask with = from;
            ia_mask_flip(&with, list[j].member);
            consider(s, &with);
        }
        leave_and_replace(s, &from);
    }
}

// Every set of a small group.
static void visit_all(searching *s)
{
    for (uint64_t bits = 0; bits < (uint64_t)1 << s->g->n; bits++)
        consider(s, &(ia_mask){{bits}});
}

ia_status ia_group_search(ia_group *g, const ia_mask *first, ia_mask *best)
{
    searching s = {.g = g, .best = *first};

    g->models_room = VISITS_MOST;
    g->n_slots = 4 * VISITS_MOST + 1;
    g->models = ia_array(g->judge->ctx, g->models_room, sizeof *g->models);
    g->slots = ia_array(g->judge->ctx, g->n_slots, sizeof *g->slots);
    if (!g->models || !g->slots)
        return IA_ERR_MEMORY;
    s.value = visit(g, first);
    if (g->n <= WHOLE_MOST) {
        visit_all(&s);
        *best = s.best;
        return IA_OK;
    }
    for (int round = 0; round < ROUNDS; round++) {
        bool changed = add_offers(&s);
        if (!exchange_all(&s) && !changed)
            break;
    }
    look_around(&s);
    *best = s.best;
    return IA_OK;
}

// What a group says of each element: the sets with it cost nothing, or are left out.
static void tell_elements(const ia_group *g, const double *posterior, double *said)
{
    const double surest = 700;
    double with[IA_Z_MAX + 1] = {0}, without[IA_Z_MAX + 1] = {0};

    for (size_t i = 0; i < g->n_models; i++) {
        bool there[IA_Z_MAX + 1];
        list_elements(g, &g->models[i].mask, there);
        for (unsigned z = 1; z <= IA_Z_MAX; z++) {
            with[z] +=
                there[z] ? posterior[i] * exp(-ia_judge_element_cost(g->judge, z)) : 0;
            without[z] += there[z] ? 0 : posterior[i];
        }
    }
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        said[z] = without[z] > 0 ? fmin(surest, log1p(with[z] / without[z])) : surest;
}

void ia_group_weigh(ia_group *g, double *posterior, double *probability, double *said,
                    ia_mask *best)
{
    double most = -INFINITY, sum = 0;

    for (size_t i = 0; i < g->n_models; i++) {
        ia_account_model *m = &g->models[i];
        m->log_prior = ia_group_prior(g, &m->mask);
        if (value_of(m) > most) {
            most = value_of(m);
            *best = m->mask;
        }
    }
    memset(probability, 0, g->n * sizeof *probability);
    for (size_t i = 0; i < g->n_models; i++) {
        posterior[i] = exp(value_of(&g->models[i]) - most);
        sum += posterior[i];
    }
    for (size_t i = 0; i < g->n_models; i++) {
        posterior[i] /= sum;
        for (size_t k = 0; k < g->n; k++)
            if (ia_mask_has(&g->models[i].mask, k))
                probability[k] += posterior[i];
    }
    // Sums of what is rounded: nothing is surer than a double can say.
    const double surest = 1 - 1e-15;
    for (size_t k = 0; k < g->n; k++)
        probability[k] = fmin(surest, probability[k]);
    tell_elements(g, posterior, said);
    refit(g, best);
}
