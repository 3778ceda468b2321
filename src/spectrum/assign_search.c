// src/spectrum/assign_search.c: chooses the ions that account for the spectrum best.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"
#include "spectrum/ion_prior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHOSEN_MOST = 400, EXCHANGE_ROUNDS = 3, POLISH = 4, REPLACED_MOST = 8, HEIRS = 6 };

// Likelihoods tried, about a quarter of a second's work, after which exchanges end: a
// spectrum that needs more is no spectrum.
static const double WORK_MOST = 4e6;

static bool is_tired(const ia_model *m)
{
    return m->work > WORK_MOST;
}

// A state to come back to, and room for a set of species.
typedef struct {
    ia_model model; // its counts of elements and scores
    ia_site *sites;
    ia_species *species;
    unsigned *matters;
    size_t *set;
    size_t n_set;
} state;

static ia_status make_state(ia_ctx *ctx, const ia_model *m, state *out)
{
    out->sites = ia_array(ctx, m->n_sites, sizeof *out->sites);
    out->species = ia_array(ctx, m->n_species, sizeof *out->species);
    out->set = ia_array(ctx, m->n_species + 2, sizeof *out->set);
    out->matters = ia_array(ctx, m->n_matters, sizeof *out->matters);
    return out->sites && out->species && out->set && out->matters ? IA_OK : IA_ERR_MEMORY;
}

static void free_state(state *s)
{
    free(s->sites);
    free(s->species);
    free(s->set);
    free(s->matters);
}

static void save(const ia_model *m, state *s)
{
    s->model = *m;
    if (m->n_sites)
        memcpy(s->sites, m->sites, m->n_sites * sizeof *s->sites);
    if (m->n_species)
        memcpy(s->species, m->species, m->n_species * sizeof *s->species);
    if (m->n_matters)
        memcpy(s->matters, m->matters, m->n_matters * sizeof *s->matters);
}

static void restore(ia_model *m, const state *s)
{
    double work = m->work;

    *m = s->model;
    m->work = work;
    if (m->n_sites)
        memcpy(m->sites, s->sites, m->n_sites * sizeof *s->sites);
    if (m->n_species)
        memcpy(m->species, s->species, m->n_species * sizeof *s->species);
    if (m->n_matters)
        memcpy(m->matters, s->matters, m->n_matters * sizeof *s->matters);
}

// The species whose joining raises the score most; NULL when none does.
static ia_species *best_addition(ia_model *m)
{
    ia_species *best = NULL;
    double most = 0;

    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        if (sp->intensity > 0 || sp->banned || sp->beside)
            continue;
        double prior = ia_species_prior(m, sp);
        if (sp->dirty && ia_species_hope(m, sp) + prior > most)
            ia_species_try(m, sp);
        if (sp->dirty || !(sp->trial > 0))
            continue;
        double gain = sp->gain + prior;
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

static void add_all(ia_model *m, size_t most)
{
    for (size_t n = 0; n < most; n++) {
        ia_species *sp = best_addition(m);
        if (!sp)
            break;
        ia_species_set(m, sp, sp->trial);
        ia_model_polish(m, POLISH);
    }
}

// The peak of which a species has most, and how much; -1 where it leads none.
static int64_t led_site(const ia_model *m, const ia_species *sp, double *ions)
{
    int64_t site = -1;

    *ions = 0;
    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_site *s = &m->sites[sp->links[i].site];
        double own = sp->links[i].share * sp->intensity;
        if (s->peak < 0 || 2 * own <= s->mu - s->b || own <= *ions)
            continue;
        *ions = own;
        site = sp->links[i].site;
    }
    return site;
}

// Who could lead a peak in another's stead, the likeliest beforehand first.
typedef struct {
    size_t list[HEIRS];
    double prior[HEIRS], share[HEIRS];
    size_t n;
} heirs;

static void find_heirs(ia_model *m, uint32_t site, heirs *h)
{
    const double main_line = 0.5; // of the largest share

    h->n = 0;
    for (uint32_t u = m->first[site]; u < m->first[site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        double most = 0, share = 0;
        if (sp->intensity > 0 || sp->banned || sp->beside)
            continue;
        for (size_t i = 0; i < sp->n_links; i++) {
            most = fmax(most, sp->links[i].share);
            share = sp->links[i].site == site ? sp->links[i].share : share;
        }
        if (share < main_line * most)
            continue;
        double prior = ia_species_prior(m, sp);
        size_t at = h->n < HEIRS ? h->n++ : HEIRS;
        for (; at > 0 && h->prior[at - 1] < prior; at--)
            if (at < HEIRS) {
                h->list[at] = h->list[at - 1];
                h->prior[at] = h->prior[at - 1];
                h->share[at] = h->share[at - 1];
            }
        if (at < HEIRS) {
            h->list[at] = m->users[u];
            h->prior[at] = prior;
            h->share[at] = share;
        }
    }
}

// Give a peak to the heir with whom the score is best once all others have made room and
// others have joined: 28Si+ needs what SiH+ had of 29Si+, and joins as they are for no
// gain.
static void hand_over(ia_model *m, uint32_t site, double ions, size_t more, state *room)
{
    heirs h;
    double best = -INFINITY;
    size_t winner = 0;

    find_heirs(m, site, &h);
    save(m, room);
    for (size_t i = 0; i <= h.n && h.n > 0; i++) {
        size_t k = i < h.n ? i : winner; // the best once more, to stay
        ia_species_set(m, &m->species[h.list[k]], ions / h.share[k]);
        m->species[h.list[k]].dirty = false; // the others first
        ia_model_polish(m, POLISH);
        add_all(m, more);
        drop_idle(m);
        if (i == h.n)
            break;
        double score = ia_model_score(m);
        if (score > best) {
            best = score;
            winner = i;
        }
        restore(m, room);
    }
}

// Score of the best account without the set of species; with `room`, the peak that a
// single one led is handed over, else filled by what gains most as all others are. The
// model is left there; `kept` leads back.
static double score_without(ia_model *m, state *kept, state *room)
{
    size_t n = kept->n_set + 2;
    double ions = 0;
    int64_t site = -1;

    if (kept->n_set == 0 || n > REPLACED_MOST)
        n = REPLACED_MOST;
    save(m, kept);
    if (room && kept->n_set == 1)
        site = led_site(m, &m->species[kept->set[0]], &ions);
    for (size_t i = 0; i < kept->n_set; i++) {
        ia_species *sp = &m->species[kept->set[i]];
        sp->banned = true;
        if (sp->intensity > 0)
            ia_species_set(m, sp, 0);
    }
    if (site >= 0 && m->work < 2 * WORK_MOST)
        hand_over(m, (uint32_t)site, ions, n, room);
    ia_model_polish(m, POLISH);
    if (m->work < 2 * WORK_MOST) {
        add_all(m, n);
        drop_idle(m);
    }
    for (size_t i = 0; i < kept->n_set; i++)
        m->species[kept->set[i]].banned = false;
    return ia_model_score(m);
}

// Stay without the set when that is better.
static bool try_without(ia_model *m, state *kept, state *room)
{
    double before = ia_model_score(m);

    for (int handed = 0; handed <= (kept->n_set == 1); handed++) {
        if (score_without(m, kept, handed ? room : NULL) > before + 1e-6)
            return true;
        restore(m, kept);
    }
    return false;
}

static void set_of_element(const ia_model *m, unsigned z, state *kept)
{
    kept->n_set = 0;
    for (size_t k = 0; k < m->n_species; k++)
        if (!m->species[k].candidate->is_gas &&
            ia_ion_count(&m->species[k].candidate->ion, z))
            kept->set[kept->n_set++] = k;
}

// Do two chosen species share a peak to which both give a fair part?
static bool is_entangled(const ia_model *m, const ia_species *a, const ia_species *b)
{
    const double fair = 0.02;

    for (size_t i = 0; i < a->n_links; i++) {
        const ia_site *s = &m->sites[a->links[i].site];
        double part = fair * (s->mu - s->b);
        if (s->peak < 0 || a->links[i].share * a->intensity < part)
            continue;
        for (size_t j = 0; j < b->n_links; j++)
            if (b->links[j].site == a->links[i].site &&
                b->links[j].share * b->intensity >= part)
                return true;
    }
    return false;
}

static bool exchange_pairs(ia_model *m, size_t first, state *kept, state *room)
{
    bool changed = false;

    for (size_t k = first + 1; k < m->n_species; k++) {
        const ia_species *a = &m->species[first], *b = &m->species[k];
        if (a->intensity <= 0 || is_tired(m))
            break;
        if (b->intensity <= 0 || !is_entangled(m, a, b))
            continue;
        kept->set[0] = first;
        kept->set[1] = k;
        kept->n_set = 2;
        changed = try_without(m, kept, room) || changed;
    }
    return changed;
}

// Without each chosen species, each entangled pair and each element in turn: does another
// account do better?
static bool exchange(ia_model *m, state *kept, state *room)
{
    bool changed = false;

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        if (is_tired(m) || (!m->atoms[z] && !m->molecules[z]))
            continue;
        set_of_element(m, z, kept);
        changed = try_without(m, kept, room) || changed;
    }
    for (size_t k = 0; k < m->n_species; k++) {
        if (is_tired(m) || m->species[k].intensity <= 0)
            continue;
        kept->set[0] = k;
        kept->n_set = 1;
        changed = try_without(m, kept, room) || changed;
        changed = exchange_pairs(m, k, kept, room) || changed;
    }
    return changed;
}

ia_status ia_model_search(ia_ctx *ctx, ia_model *model)
{
    state kept = {.n_set = 0}, room = {.n_set = 0};
    ia_status st = make_state(ctx, model, &kept);

    if (st != IA_OK || (st = make_state(ctx, model, &room)) != IA_OK)
        goto done;
    ia_model_begin(model);
    add_all(model, CHOSEN_MOST);
    drop_idle(model);
    for (int round = 0; round < EXCHANGE_ROUNDS; round++) {
        if ((st = ia_step(ctx, "identify", (double)round / EXCHANGE_ROUNDS)) != IA_OK)
            goto done;
        bool changed = exchange(model, &kept, &room);
        add_all(model, CHOSEN_MOST);
        drop_idle(model);
        if (!changed)
            break;
    }
done:
    free_state(&kept);
    free_state(&room);
    return st;
}

// The odds of an ion are no better than those of its elements.
static void bound_by_elements(ia_model *m, double with, state *kept, double *odds)
{
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        if (!m->atoms[z] && !m->molecules[z])
            continue;
        set_of_element(m, z, kept);
        double bound = with - score_without(m, kept, NULL);
        restore(m, kept);
        for (size_t i = 0; i < kept->n_set; i++)
            odds[kept->set[i]] = fmin(odds[kept->set[i]], bound);
    }
}

// In the peaks of others an ion is told by the counts: its prior may speak against it but
// not for it.
static double odds_by_counts(ia_model *m, state *kept, size_t k, double odds)
{
    ia_species *sp = &m->species[k];
    double ions;

    if (led_site(m, sp, &ions) >= 0)
        return odds;
    save(m, kept);
    ia_species_set(m, sp, 0);
    double prior = ia_species_prior(m, sp);
    restore(m, kept);
    return odds - fmax(0, prior + ia_intensity_cost);
}

ia_status ia_model_odds(ia_ctx *ctx, ia_model *model, double *odds)
{
    state kept = {.n_set = 0}, room = {.n_set = 0};
    ia_status st = make_state(ctx, model, &kept);

    if (st != IA_OK || (st = make_state(ctx, model, &room)) != IA_OK)
        goto done;
    // An ion that was given up though the score speaks for it is taken up again in every
    // account without another: it must be in what these are compared with.
    double with = ia_model_score(model);
    with = fmax(with, score_without(model, &kept, NULL));
    restore(model, &kept);
    for (size_t k = 0; k < model->n_species; k++) {
        odds[k] = -INFINITY;
        if (model->species[k].intensity <= 0)
            continue;
        kept.set[0] = k;
        kept.n_set = 1;
        double without = score_without(model, &kept, NULL);
        restore(model, &kept);
        without = fmax(without, score_without(model, &kept, &room));
        restore(model, &kept);
        odds[k] = with - without;
        odds[k] = odds_by_counts(model, &kept, k, odds[k]);
    }
    bound_by_elements(model, with, &kept, odds);
done:
    free_state(&kept);
    free_state(&room);
    return st;
}
