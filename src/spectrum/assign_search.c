// src/spectrum/assign_search.c: chooses the ions that account for the spectrum best.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_journal.h"
#include "spectrum/ion_prior.h"

#include <math.h>
#include <stdlib.h>

enum { CHOSEN_MOST = 400, EXCHANGE_ROUNDS = 3, POLISH = 4, REPLACED_MOST = 8, HEIRS = 6 };

static bool is_tired(const ia_model *m)
{
    return m->work > m->work_most;
}

static bool is_spent(const ia_model *m)
{
    return m->work > 2 * m->work_most;
}

// Species that are taken out together, and what has changed since.
typedef struct {
    size_t *set; // (n_set) of at most n_species + 2
    size_t n_set;
    ia_journal journal;
} trial;

// Marks of the journal: with the set, and before its peak is handed over.
enum { WITH, BEFORE_HEIRS };

static ia_status trial_open(ia_ctx *ctx, ia_model *m, trial *out)
{
    *out = (trial){.set = ia_array(ctx, m->n_species + 2, sizeof *out->set)};
    return out->set ? ia_journal_open(ctx, m, &out->journal) : IA_ERR_MEMORY;
}

static void trial_close(ia_model *m, trial *t)
{
    ia_journal_close(m, &t->journal);
    free(t->set);
}

// May its gain be more, as far as one can tell without its prior?
static bool has_more(const ia_model *m, const ia_species *sp, double most)
{
    if (!sp->dirty)
        return sp->trial > 0 && sp->gain + sp->prior_most > most;
    return ia_species_hope(m, sp) + sp->prior_most > most;
}

// The species whose joining raises the score most; NULL when none does.
static ia_species *best_addition(ia_model *m)
{
    ia_species *best = NULL;
    double most = 0;

    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        if (sp->intensity > 0 || sp->banned || sp->beside || !has_more(m, sp, most))
            continue;
        double prior = ia_species_prior(m, sp);
        if (sp->dirty && ia_species_hope(m, sp) + prior > most)
            ia_species_try(m, sp);
        if (sp->dirty || !(sp->trial > 0))
            continue;
        double gain = sp->gain + prior - ia_species_supply(m, sp, sp->trial);
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
static void hand_over(ia_model *m, uint32_t site, double ions, size_t more)
{
    heirs h;
    double best = -INFINITY;
    size_t winner = 0;

    find_heirs(m, site, &h);
    ia_journal_mark(m, BEFORE_HEIRS);
    for (size_t i = 0; i <= h.n && h.n > 0; i++) {
        size_t k = i < h.n ? i : winner; // the best once more, to stay
        ia_species_set(m, &m->species[h.list[k]], ions / h.share[k]);
        ia_journal_species(m, &m->species[h.list[k]]);
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
        ia_journal_return(m, BEFORE_HEIRS);
    }
}

static void ban(ia_model *m, const trial *t, bool banned)
{
    for (size_t i = 0; i < t->n_set; i++) {
        ia_species *sp = &m->species[t->set[i]];
        ia_journal_species(m, sp);
        sp->banned = banned;
        if (sp->intensity > 0)
            ia_species_set(m, sp, 0);
    }
}

// Score of the best account without the set of species; with `hand`, the peak that a
// single one led is handed over, else filled by what gains most as all others are. The
// model is left there; the mark WITH leads back.
static double score_without(ia_model *m, const trial *t, bool hand)
{
    size_t n = t->n_set + 2;
    double ions = 0;
    int64_t site = -1;

    if (t->n_set == 0 || n > REPLACED_MOST)
        n = REPLACED_MOST;
    ia_journal_mark(m, WITH);
    if (hand && t->n_set == 1)
        site = led_site(m, &m->species[t->set[0]], &ions);
    ban(m, t, true);
    if (site >= 0 && !is_spent(m))
        hand_over(m, (uint32_t)site, ions, n);
    ia_model_polish(m, POLISH);
    if (!is_spent(m)) {
        add_all(m, n);
        drop_idle(m);
    }
    ban(m, t, false);
    return ia_model_score(m);
}

// Stay without the set when that is better.
static bool try_without(ia_model *m, const trial *t)
{
    double before = ia_model_score(m);

    for (int handed = 0; handed <= (t->n_set == 1); handed++) {
        if (score_without(m, t, handed) > before + 1e-6)
            return true;
        ia_journal_return(m, WITH);
    }
    return false;
}

static void set_of_element(const ia_model *m, unsigned z, trial *t)
{
    t->n_set = 0;
    for (size_t k = 0; k < m->n_species; k++)
        if (!m->species[k].candidate->is_gas &&
            ia_ion_count(&m->species[k].candidate->ion, z))
            t->set[t->n_set++] = k;
}

static bool is_led_by(const ia_model *m, uint32_t site, const ia_species *sp)
{
    for (size_t i = 0; i < sp->n_links; i++)
        if (sp->links[i].site == site)
            return 2 * sp->links[i].share * sp->intensity >
                   m->sites[site].mu - m->sites[site].b;
    return false;
}

// Give a species the peak of its main line, in the stead of whoever leads it, unless that
// is of the element, too.
static void give_peak(ia_model *m, ia_species *sp, unsigned z)
{
    size_t main = 0;

    for (size_t i = 1; i < sp->n_links; i++)
        if (sp->links[i].share > sp->links[main].share)
            main = i;
    uint32_t at = sp->links[main].site;
    const ia_site *s = &m->sites[at];
    for (uint32_t u = m->first[at]; u < m->first[at + 1]; u++) {
        ia_species *leader = &m->species[m->users[u]];
        if (leader->intensity <= 0 || !is_led_by(m, at, leader))
            continue;
        if (ia_ion_count(&leader->candidate->ion, z))
            return;
        ia_species_set(m, leader, 0);
    }
    if (s->peak >= 0 && s->n > s->mu)
        ia_species_set(m, sp, (s->n - s->mu) / sp->links[main].share);
}

// Molecules of elements whose atoms have all given way go with them.
static void drop_left_alone(ia_model *m, const bool had_atoms[IA_Z_MAX + 1])
{
    for (size_t k = 0; k < m->n_species; k++) {
        ia_species *sp = &m->species[k];
        const ia_ion *ion = &sp->candidate->ion;
        bool is_left = false;
        for (size_t i = 0; i < ion->n_parts && !sp->candidate->is_gas; i++) {
            unsigned z = ion->parts[i].z;
            is_left = is_left || (had_atoms[z] && !m->atoms[z]);
        }
        if (is_left && sp->intensity > 0)
            ia_species_set(m, sp, 0);
    }
}

// Give its peaks to the set, and those of molecules left alone to nobody where `clear`;
// how good is that? The model is left there.
static double score_given(ia_model *m, const trial *t, unsigned z, bool clear)
{
    bool had_atoms[IA_Z_MAX + 1];

    for (unsigned i = 0; i <= IA_Z_MAX; i++)
        had_atoms[i] = m->atoms[i] > 0;
    for (size_t i = 0; i < t->n_set; i++)
        give_peak(m, &m->species[t->set[i]], z);
    if (clear)
        drop_left_alone(m, had_atoms);
    ia_model_polish(m, POLISH);
    drop_idle(m);
    return ia_model_score(m);
}

// Of the set keep the atoms, which come first, and molecules that are better than what
// they replace once those are there.
static void keep_better(ia_model *m, trial *t, unsigned z, bool clear)
{
    size_t n = t->n_set;
    double best = -INFINITY;

    t->n_set = 0;
    for (size_t i = 0; i < n && !is_spent(m); i++) {
        const ia_species *sp = &m->species[t->set[i]];
        if (sp->beside)
            continue;
        t->set[t->n_set++] = t->set[i];
        ia_journal_mark(m, BEFORE_HEIRS);
        double score = score_given(m, t, z, clear);
        ia_journal_return(m, BEFORE_HEIRS);
        if (score > best || ia_ion_atoms(&sp->candidate->ion) == 1)
            best = score;
        else
            t->n_set--;
    }
}

// Be there with an element that is not, when that is better: F+ and CaF+ may be likelier
// together than OH3+ and AlO2+, and neither alone; so may, with `clear`, Ca++ and CaO++
// than Ar++ and ArO++ at the same places.
static bool try_with(ia_model *m, trial *t, unsigned z, bool clear)
{
    double before = ia_model_score(m);

    set_of_element(m, z, t);
    ia_journal_mark(m, WITH);
    keep_better(m, t, z, clear);
    score_given(m, t, z, clear);
    add_all(m, REPLACED_MOST);
    drop_idle(m);
    if (ia_model_score(m) > before + 1e-6)
        return true;
    ia_journal_return(m, WITH);
    return false;
}

static bool try_with_element(ia_model *m, trial *t, unsigned z)
{
    return try_with(m, t, z, false) || try_with(m, t, z, true);
}

static bool try_without_element(ia_model *m, trial *t, unsigned z)
{
    set_of_element(m, z, t);
    return try_without(m, t);
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

static bool exchange_pairs(ia_model *m, size_t first, trial *t)
{
    bool changed = false;

    for (size_t k = first + 1; k < m->n_species; k++) {
        const ia_species *a = &m->species[first], *b = &m->species[k];
        if (a->intensity <= 0 || is_tired(m))
            break;
        if (b->intensity <= 0 || !is_entangled(m, a, b))
            continue;
        t->set[0] = first;
        t->set[1] = k;
        t->n_set = 2;
        changed = try_without(m, t) || changed;
    }
    return changed;
}

// Without each chosen species, each entangled pair and each element in turn: does another
// account do better?
static bool exchange(ia_model *m, trial *t)
{
    bool changed = false;

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        bool chosen = m->atoms[z] || m->molecules[z];
        if (is_tired(m) || (!chosen && !m->binds[z]))
            continue;
        changed = (chosen ? try_without_element(m, t, z) : try_with_element(m, t, z)) ||
                  changed;
    }
    for (size_t k = 0; k < m->n_species; k++) {
        if (is_tired(m) || m->species[k].intensity <= 0)
            continue;
        t->set[0] = k;
        t->n_set = 1;
        changed = try_without(m, t) || changed;
        changed = exchange_pairs(m, k, t) || changed;
    }
    return changed;
}

ia_status ia_model_search(ia_ctx *ctx, ia_model *model)
{
    trial t;
    ia_status st = trial_open(ctx, model, &t);

    if (st != IA_OK)
        goto done;
    ia_model_begin(model);
    add_all(model, CHOSEN_MOST);
    drop_idle(model);
    for (int round = 0; round < EXCHANGE_ROUNDS; round++) {
        if ((st = ia_step(ctx, "identify", (double)round / EXCHANGE_ROUNDS)) != IA_OK)
            goto done;
        bool changed = exchange(model, &t);
        add_all(model, CHOSEN_MOST);
        drop_idle(model);
        if (!changed)
            break;
    }
done:
    trial_close(model, &t);
    return st;
}

static double score_back(ia_model *m, const trial *t, bool hand)
{
    double score = score_without(m, t, hand);
    ia_journal_return(m, WITH);
    return score;
}

// The odds of an ion are no better than those of its elements.
static void bound_by_elements(ia_model *m, double with, trial *t, double *odds)
{
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        if (!m->atoms[z] && !m->molecules[z])
            continue;
        set_of_element(m, z, t);
        double bound = with - score_back(m, t, false);
        for (size_t i = 0; i < t->n_set; i++)
            odds[t->set[i]] = fmin(odds[t->set[i]], bound);
    }
}

// In the peaks of others an ion is told by the counts: its prior may speak against it but
// not for it.
static double odds_by_counts(ia_model *m, size_t k, double odds)
{
    ia_species *sp = &m->species[k];
    double ions;

    if (led_site(m, sp, &ions) >= 0)
        return odds;
    ia_journal_mark(m, WITH);
    ia_species_set(m, sp, 0);
    double prior = ia_species_prior(m, sp);
    ia_journal_return(m, WITH);
    return odds - fmax(0, prior + ia_intensity_cost);
}

ia_status ia_model_odds(ia_ctx *ctx, ia_model *model, double *odds)
{
    trial t;
    ia_status st = trial_open(ctx, model, &t);

    if (st != IA_OK)
        goto done;
    model->work = 0; // who is not compared is told for sure
    // An ion that was given up though the score speaks for it is taken up again in every
    // account without another: it must be in what these are compared with.
    double with = ia_model_score(model);
    with = fmax(with, score_back(model, &t, false));
    for (size_t k = 0; k < model->n_species; k++) {
        odds[k] = -INFINITY;
        if (model->species[k].intensity <= 0)
            continue;
        t.set[0] = k;
        t.n_set = 1;
        double without = score_back(model, &t, false);
        without = fmax(without, score_back(model, &t, true));
        odds[k] = odds_by_counts(model, k, with - without);
    }
    bound_by_elements(model, with, &t, odds);
done:
    trial_close(model, &t);
    return st;
}
