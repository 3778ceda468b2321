// src/spectrum/assign_search.c: chooses the ions that account for the spectrum best.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHOSEN_MOST = 400, EXCHANGE_ROUNDS = 3, POLISH = 4 };

// A state to come back to.
typedef struct {
    ia_site *sites;
    ia_species *species;
    unsigned atoms[IA_Z_MAX + 1], molecules[IA_Z_MAX + 1];
} state;

static ia_status make_state(ia_ctx *ctx, const ia_model *m, state *out)
{
    out->sites = ia_array(ctx, m->n_sites, sizeof *out->sites);
    out->species = ia_array(ctx, m->n_species, sizeof *out->species);
    return out->sites && out->species ? IA_OK : IA_ERR_MEMORY;
}

static void free_state(state *s)
{
    free(s->sites);
    free(s->species);
}

static void save(const ia_model *m, state *s)
{
    if (m->n_sites)
        memcpy(s->sites, m->sites, m->n_sites * sizeof *s->sites);
    if (m->n_species)
        memcpy(s->species, m->species, m->n_species * sizeof *s->species);
    memcpy(s->atoms, m->atoms, sizeof s->atoms);
    memcpy(s->molecules, m->molecules, sizeof s->molecules);
}

static void restore(ia_model *m, const state *s)
{
    if (m->n_sites)
        memcpy(m->sites, s->sites, m->n_sites * sizeof *s->sites);
    if (m->n_species)
        memcpy(m->species, s->species, m->n_species * sizeof *s->species);
    memcpy(m->atoms, s->atoms, sizeof s->atoms);
    memcpy(m->molecules, s->molecules, sizeof s->molecules);
}

// The species whose joining raises the score most; NULL when none does.
static ia_species *best_addition(ia_model *m, const ia_species *banned)
{
    ia_species *best = NULL;
    double most = 0;

    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        if (sp->intensity > 0 || sp == banned)
            continue;
        if (sp->dirty)
            ia_species_try(m, sp);
        if (!(sp->trial > 0) || sp->gain <= most)
            continue;
        double gain = sp->gain + ia_species_prior(m, sp);
        if (gain > most) {
            most = gain;
            best = sp;
        }
    }
    return best;
}

// Take out what no longer earns its prior.
static void drop_idle(ia_model *m)
{
    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        if (sp->intensity <= 0)
            continue;
        double before = ia_model_score(m), kept = sp->intensity;
        ia_species_set(m, sp, 0);
        if (ia_model_score(m) < before)
            ia_species_set(m, sp, kept);
    }
}

static void add_all(ia_model *m, const ia_species *banned, size_t most)
{
    for (size_t n = 0; n < most; n++) {
        ia_species *sp = best_addition(m, banned);
        if (!sp)
            break;
        ia_species_set(m, sp, sp->trial);
        ia_model_polish(m, POLISH);
    }
}

// Without each chosen species in turn, does another account do better?
static bool exchange(ia_model *m, state *kept)
{
    bool changed = false;

    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        if (sp->intensity <= 0)
            continue;
        double before = ia_model_score(m);
        save(m, kept);
        ia_species_set(m, sp, 0);
        ia_model_polish(m, POLISH);
        add_all(m, sp, 2);
        if (ia_model_score(m) > before + 1e-6)
            changed = true;
        else
            restore(m, kept);
    }
    return changed;
}

ia_status ia_model_search(ia_ctx *ctx, ia_model *model)
{
    state kept = {NULL};
    ia_status st = make_state(ctx, model, &kept);

    if (st != IA_OK)
        goto done;
    add_all(model, NULL, CHOSEN_MOST);
    drop_idle(model);
    for (int round = 0; round < EXCHANGE_ROUNDS; round++) {
        if ((st = ia_step(ctx, "identify", (double)round / EXCHANGE_ROUNDS)) != IA_OK)
            goto done;
        bool changed = exchange(model, &kept);
        add_all(model, NULL, CHOSEN_MOST);
        drop_idle(model);
        if (!changed)
            break;
    }
done:
    free_state(&kept);
    return st;
}

ia_status ia_model_odds(ia_ctx *ctx, ia_model *model, double *odds)
{
    state kept = {NULL};
    ia_status st = make_state(ctx, model, &kept);

    if (st != IA_OK)
        goto done;
    double with = ia_model_score(model);
    save(model, &kept);
    for (size_t k = 0; k < model->n_species; k++) {
        odds[k] = -INFINITY;
        if (model->species[k].intensity <= 0)
            continue;
        ia_species_set(model, &model->species[k], 0);
        ia_model_polish(model, POLISH);
        add_all(model, &model->species[k], 2);
        odds[k] = with - ia_model_score(model);
        restore(model, &kept);
    }
done:
    free_state(&kept);
    return st;
}
