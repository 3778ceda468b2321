// src/spectrum/enumerate.c: depth-first enumeration of nuclides whose masses add up.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/enumerate.h"

#include <ionatlas/parallel.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The best so far of one worker, the worst of them on top: a binary heap.
typedef struct {
    ia_combination *list; // (most)
    size_t n;
    uint64_t found;
} keeper;

typedef struct {
    const ia_enumeration *rules;
    keeper *keepers; // one per worker
} searching;

// What does not change below one first atom, one number of atoms and one charge.
typedef struct {
    const ia_enumeration *rules;
    const ia_member *m;
    size_t n;
    const ia_member_pair *pairs;
    size_t n_pairs;
    double lo, hi;   // neutral mass, Da
    double shift;    // of the key, for atoms and charge
    double log_most; // multinomial factor, at most
    unsigned atoms, charge;
    size_t first[3]; // 1H, 12C and 13C, of hydrocarbons
    keeper *keeper;
} walk;

// Members chosen so far; `key` without the shift.
typedef struct {
    uint16_t member[IA_COMBINATION_ROOM];
    unsigned n;
    double mass, log_abundance, key;
} chosen;

static int compare(const ia_combination *a, const ia_combination *b)
{
    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    if (a->charge != b->charge)
        return a->charge < b->charge ? -1 : 1;
    if (a->n_atoms != b->n_atoms)
        return a->n_atoms < b->n_atoms ? -1 : 1;
    for (unsigned i = 0; i < a->n_atoms; i++)
        if (a->member[i] != b->member[i])
            return a->member[i] < b->member[i] ? -1 : 1;
    return 0;
}

static int by_rank(const void *a, const void *b)
{
    return compare(a, b);
}

static void swap(ia_combination *a, ia_combination *b)
{
    ia_combination kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(keeper *k, size_t at)
{
    for (; at > 0 && compare(&k->list[at], &k->list[(at - 1) / 2]) > 0; at = (at - 1) / 2)
        swap(&k->list[at], &k->list[(at - 1) / 2]);
}

static void sift_down(keeper *k)
{
    for (size_t at = 0;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child < k->n && child <= 2 * at + 2; child++)
            if (compare(&k->list[child], &k->list[worst]) > 0)
                worst = child;
        if (worst == at)
            return;
        swap(&k->list[at], &k->list[worst]);
        at = worst;
    }
}

static void keep(keeper *k, size_t most, const ia_combination *c)
{
    if (k->n < most) {
        k->list[k->n] = *c;
        sift_up(k, k->n++);
    } else if (most > 0 && compare(c, &k->list[0]) < 0) {
        k->list[0] = *c;
        sift_down(k);
    }
}

// A member more: by how much it changes abundance and key.
typedef struct {
    double log_abundance, key;
} gain;

// With the same element and nuclide so often before it.
static gain gain_of(const ia_member *m, unsigned of_element, unsigned of_nuclide)
{
    static const double logs[] = {0, 0.69314718055994531, 1.0986122886681098,
                                  1.3862943611198906, 1.6094379124341003};
    double abundance = m->log_abundance + logs[of_element] - logs[of_nuclide];

    return (gain){abundance, abundance - (of_element == 0 ? m->cost : 0)};
}

static chosen with(const walk *w, const chosen *c, size_t member)
{
    const ia_member *m = &w->m[member];
    unsigned of_element = 0, of_nuclide = 0;
    chosen next = *c;

    for (unsigned i = 0; i < c->n; i++) {
        of_element += w->m[c->member[i]].z == m->z;
        of_nuclide += c->member[i] == member;
    }
    const gain more = gain_of(m, of_element, of_nuclide);
    next.member[next.n++] = (uint16_t)member;
    next.mass += m->mass;
    next.log_abundance += more.log_abundance;
    next.key += more.key;
    return next;
}

static bool has_electrons(const walk *w, const chosen *c)
{
    unsigned electrons = 0;
    if (w->charge <= c->n || w->rules->negative)
        return true;
    for (unsigned i = 0; i < c->n; i++)
        electrons += w->m[c->member[i]].nuclide->z;
    return w->charge <= electrons;
}

static void take(const walk *w, const chosen *c)
{
    if (c->log_abundance < w->rules->log_least || !has_electrons(w, c))
        return;
    ia_combination found = {.n_atoms = (uint8_t)c->n,
                            .charge = (uint8_t)w->charge,
                            .negative = w->rules->negative,
                            .mass = c->mass,
                            .log_abundance = c->log_abundance,
                            .key = c->key - w->shift};
    memcpy(found.member, c->member, sizeof found.member);
    w->keeper->found++;
    keep(w->keeper, w->rules->most, &found);
}

// No key as good as this would be kept: costs only grow and abundances only fall, but for
// the multinomial factor.
static bool is_too_low(const walk *w, double key)
{
    const keeper *k = w->keeper;
    return k->n == w->rules->most &&
           (k->n == 0 || key + w->log_most - w->shift < k->list[0].key);
}

static bool is_hopeless(const walk *w, const chosen *c)
{
    return w->rules->only_best && is_too_low(w, c->key);
}

static void take_last(const walk *w, const chosen *c, size_t member)
{
    bool counts_anyway = w->rules->log_least == -INFINITY && w->charge <= c->n;

    if ((counts_anyway || w->rules->only_best) &&
        is_too_low(w, c->key + w->m[member].log_abundance)) {
        w->keeper->found++;
        return;
    }
    chosen all = with(w, c, member);
    take(w, &all);
}

// Is a pair with those chosen too rare, or rare enough not to be kept? Counts it then.
static bool is_settled(const walk *w, const chosen *c, const ia_member_pair *pair)
{
    const ia_member *a = &w->m[pair->lighter], *b = &w->m[pair->heavier];
    unsigned a_element = 0, a_nuclide = 0, b_element = a->z == b->z, b_nuclide = a == b;

    for (unsigned i = 0; i < c->n; i++) {
        unsigned z = w->m[c->member[i]].z;
        a_element += z == a->z;
        a_nuclide += c->member[i] == pair->lighter;
        b_element += z == b->z;
        b_nuclide += c->member[i] == pair->heavier;
    }
    const gain ga = gain_of(a, a_element, a_nuclide);
    const gain gb = gain_of(b, b_element, b_nuclide);
    if (c->log_abundance + ga.log_abundance + gb.log_abundance < w->rules->log_least)
        return true;
    const keeper *k = w->keeper;
    if (w->charge > w->atoms || k->n < w->rules->most ||
        !(k->n == 0 || c->key + ga.key + gb.key - w->shift < k->list[0].key))
        return false;
    w->keeper->found++;
    return true;
}

// First member not lighter than this.
static size_t first_from(const walk *w, double mass)
{
    size_t lo = 0, hi = w->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (w->m[mid].mass < mass)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// One more member, none before `from`.
static void add_one(const walk *w, const chosen *c, size_t from)
{
    size_t at = first_from(w, w->lo - c->mass);
    for (at = at > from ? at : from; at < w->n && c->mass + w->m[at].mass <= w->hi; at++)
        take_last(w, c, at);
}

// Two more: of the pairs that weigh what is missing, those with none before `from`.
static void add_two(const walk *w, const chosen *c, size_t from)
{
    double lo = w->lo - c->mass, hi = w->hi - c->mass;
    size_t at = 0, end = w->n_pairs;
    while (at < end) {
        size_t mid = (at + end) / 2;
        if (w->pairs[mid].mass < lo)
            at = mid + 1;
        else
            end = mid;
    }
    for (; at < w->n_pairs && w->pairs[at].mass <= hi; at++) {
        if (w->pairs[at].lighter < from || is_settled(w, c, &w->pairs[at]))
            continue;
        chosen next = with(w, c, w->pairs[at].lighter);
        take_last(w, &next, w->pairs[at].heavier);
    }
}

// `left` more, none before `from`: each is at least as heavy as the one before and no
// heavier than the heaviest, which bounds what the rest can add.
static void descend(const walk *w, const chosen *c, size_t from, unsigned left)
{
    if (c->log_abundance + w->log_most < w->rules->log_least || is_hopeless(w, c))
        return;
    if (left == 0 && c->mass >= w->lo && c->mass <= w->hi)
        take(w, c);
    if (left == 1)
        add_one(w, c, from);
    if (left == 2)
        add_two(w, c, from);
    if (left < 3)
        return;
    double heaviest = w->m[w->n - 1].mass;
    for (size_t i = from; i < w->n && c->mass + left * w->m[i].mass <= w->hi; i++) {
        if (c->mass + w->m[i].mass + (left - 1) * heaviest < w->lo)
            continue;
        chosen next = with(w, c, i);
        descend(w, &next, i, left - 1);
    }
}

// All ions of one charge and one number of atoms whose lightest is one member.
static void search_block(void *user, size_t block, size_t worker)
{
    const searching *job = user;
    const ia_enumeration *r = job->rules;
    size_t first = block % r->members->n, rest = block / r->members->n;
    unsigned atoms = 1 + (unsigned)(rest % r->atoms_max);
    unsigned charge = 1 + (unsigned)(rest / r->atoms_max);
    double electrons = (r->negative ? -1.0 : 1.0) * charge * ia_electron_mass;
    walk w = {
        .rules = r,
        .m = r->members->list,
        .n = r->members->n,
        .pairs = r->members->pairs,
        .n_pairs = r->members->n_pairs,
        .lo = r->lo * charge + electrons,
        .hi = r->hi * charge + electrons,
        .shift = (atoms - 1) * r->atom_cost + (charge - 1) * r->charge_cost,
        .log_most = gsl_sf_lnfact((unsigned)atoms),
        .atoms = atoms,
        .charge = charge,
        .keeper = &job->keepers[worker],
    };
    chosen none = {.n = 0};
    chosen begun = with(&w, &none, first);

    if (atoms * w.m[first].mass <= w.hi)
        descend(&w, &begun, first, atoms - 1);
}

// So much hydrogen and carbon, the last one of this nuclide.
static void take_hydrocarbon(const walk *w, size_t hydrogen, size_t carbon, unsigned last)
{
    const size_t h = w->first[0], c = w->first[1], other = w->first[last];
    chosen all = {.n = 0};

    all.key = -w->m[h].cost - w->m[c].cost;
    for (size_t i = 0; i < hydrogen + carbon; i++) {
        size_t at = i < hydrogen ? h : i + 1 < hydrogen + carbon ? c : other;
        all.member[all.n++] = (uint16_t)at;
        all.mass += w->m[at].mass;
        all.log_abundance += w->m[at].log_abundance;
    }
    all.log_abundance += last > 1 ? log((double)carbon) : 0;
    all.key += all.log_abundance;
    if (all.mass >= w->lo && all.mass <= w->hi)
        take(w, &all);
}

// CnHm of more atoms than the others have, saturated at most, with no or one 13C.
static void search_hydrocarbons(const searching *job)
{
    static const unsigned z[] = {1, 6, 6}, a[] = {1, 12, 13};
    const ia_enumeration *r = job->rules;
    double electrons = (r->negative ? -1.0 : 1.0) * ia_electron_mass;
    walk w = {.rules = r,
              .m = r->members->list,
              .n = r->members->n,
              .lo = r->lo + electrons,
              .hi = r->hi + electrons,
              .charge = 1,
              .keeper = &job->keepers[0]};

    for (size_t k = 0; k < sizeof z / sizeof *z; k++) {
        size_t i = 0;
        while (i < w.n && w.m[i].nuclide != ia_nuclide_of(z[k], a[k]))
            i++;
        if (i == w.n)
            return;
        w.first[k] = i;
    }
    for (size_t c = 1; c <= r->carbon_max; c++)
        for (size_t h = 1; h <= 2 * c + 3 && h + c <= IA_COMBINATION_ROOM; h++)
            for (unsigned last = 1; h + c > r->atoms_max && last <= 2; last++) {
                w.shift = ((double)c - 1) * r->atom_cost;
                take_hydrocarbon(&w, h, c, last);
            }
}

static ia_status merge(ia_ctx *ctx, const keeper *keepers, size_t n_keepers, size_t most,
                       ia_combination **out, size_t *n)
{
    size_t all = 0;
    for (size_t k = 0; k < n_keepers; k++)
        all += keepers[k].n;
    ia_combination *list = ia_array(ctx, all, sizeof *list);
    if (!list)
        return IA_ERR_MEMORY;
    all = 0;
    for (size_t k = 0; k < n_keepers; k++) {
        if (keepers[k].n)
            memcpy(list + all, keepers[k].list, keepers[k].n * sizeof *list);
        all += keepers[k].n;
    }
    qsort(list, all, sizeof *list, by_rank);
    *out = list;
    *n = all < most ? all : most;
    return IA_OK;
}

ia_status ia_enumeration_run(ia_ctx *ctx, const ia_enumeration *rules,
                             ia_combination **out, size_t *n, uint64_t *found)
{
    size_t n_blocks = rules->members->n * rules->atoms_max * rules->charge_max;
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    searching job = {.rules = rules, .keepers = ia_array(ctx, n_workers, sizeof(keeper))};
    ia_status st = job.keepers ? IA_OK : IA_ERR_MEMORY;
    uint64_t sum = 0;

    for (size_t k = 0; st == IA_OK && k < n_workers; k++)
        if (!(job.keepers[k].list =
                  ia_array(ctx, rules->most, sizeof *job.keepers[k].list)))
            st = IA_ERR_MEMORY;
    if (st != IA_OK || (st = ia_for(ctx, "label", n_blocks, search_block, &job)) != IA_OK)
        goto done;
    search_hydrocarbons(&job);
    if ((st = merge(ctx, job.keepers, n_workers, rules->most, out, n)) != IA_OK)
        goto done;
    for (size_t k = 0; k < n_workers; k++)
        sum += job.keepers[k].found;
    *found = sum;
done:
    for (size_t k = 0; job.keepers && k < n_workers; k++)
        free(job.keepers[k].list);
    free(job.keepers);
    return st;
}
