// src/detector/track_list.c: molecules that could have broken into the named ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEWEST = 10,     // ions of a kind in multiples before a track to it is looked for
    ATOMS_MOST = 6,  // of a named molecule that is taken apart
    CHARGE_MOST = 4, // of a parent
};

typedef struct {
    ia_ctx *ctx;
    const hits_job *j;
    double *mass;       // (n kinds) neutral, commonest isotopes, Da; 0: not looked at
    bool *in_multiples; // (n kinds)
    ia_track *list;
    size_t n, room;
} listing;

double ia_track_at(const ia_track *track, size_t k, double x)
{
    double m = track->m[k];
    if (!isfinite(m))
        return track->m_parent / x;
    return m / (1 - x * (1 - m / track->m_parent));
}

double hits_width(const hits_job *j, double mass)
{
    const double resolving = 700; // where the spectrum tells none
    const ia_peak_widths *widths = j->in->widths;
    if (widths && widths->width > 0)
        return ia_peak_width(widths, mass);
    return fmax(j->params.pair_bin, mass / resolving);
}

// Neutral mass with the commonest isotopes.
static ia_status common_mass(ia_ctx *ctx, const ia_ion *ion, double *out)
{
    const double least = 1e-3;
    ia_isotopologue *pattern = NULL;
    size_t n = 0, best = 0;
    *out = 0;
    ia_status st = ia_ion_pattern(ctx, ion, least, &pattern, &n);
    for (size_t i = 1; i < n; i++)
        best = pattern[i].probability > pattern[best].probability ? i : best;
    if (st == IA_OK && n > 0)
        *out = pattern[best].mass;
    free(pattern);
    return st;
}

static bool add_parts(ia_ion *ion, const ia_ion *more)
{
    bool fits = true;
    for (size_t i = 0; i < more->n_parts && fits; i++)
        fits = ia_ion_add(ion, more->parts[i].z, more->parts[i].a, more->parts[i].count);
    return fits;
}

static double per_charge(double mass, unsigned charge)
{
    return charge > 0 ? (mass - charge * ia_electron_mass) / charge : INFINITY;
}

// Not where the ends are too near to tell a curve between them.
static bool is_long(const listing *l, const ia_track *t)
{
    const double apart = 8; // widths
    double w = hits_width(l->j, t->m_parent);
    return t->m_parent - t->m[0] > apart * w &&
           (!isfinite(t->m[1]) || t->m[1] - t->m_parent > apart * w);
}

// Where an element stands in a formula: metals first, then as is customary.
static size_t rank_of(unsigned z)
{
    static const uint8_t last[] = {5, 14, 6, 15, 7, 1, 16, 35, 17, 8, 9};
    for (size_t i = 0; i < sizeof last; i++)
        if (last[i] == z)
            return i + 1;
    return 0;
}

static void order_parts(ia_ion *ion)
{
    for (size_t i = 1; i < ion->n_parts; i++)
        for (size_t k = i;
             k > 0 && rank_of(ion->parts[k].z) < rank_of(ion->parts[k - 1].z); k--) {
            ia_ion_part part = ion->parts[k];
            ion->parts[k] = ion->parts[k - 1];
            ion->parts[k - 1] = part;
        }
}

// Two fragments and their neutral masses; the second may be neutral.
static ia_status add_track(listing *l, const ia_ion *a, double mass_a, const ia_ion *b,
                           double mass_b)
{
    ia_track t = {.fragment = {*a, *b}, .parent = *a, .same_as = SIZE_MAX};
    t.m[0] = per_charge(mass_a, a->charge);
    t.m[1] = per_charge(mass_b, b->charge);
    unsigned charge = a->charge + b->charge;
    if (t.m[0] > t.m[1]) {
        t.fragment[0] = *b;
        t.fragment[1] = *a;
        double m = t.m[0];
        t.m[0] = t.m[1];
        t.m[1] = m;
    }
    t.m_parent = per_charge(mass_a + mass_b, charge);
    if (charge == 0 || charge > CHARGE_MOST || !add_parts(&t.parent, b))
        return IA_OK;
    order_parts(&t.parent);
    t.parent.charge = (uint8_t)charge;
    ia_ion_rename(&t.parent);
    if (!is_long(l, &t))
        return IA_OK;
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        ia_track *list = ia_array(l->ctx, room, sizeof *list);
        if (!list)
            return IA_ERR_MEMORY;
        if (l->n > 0)
            memcpy(list, l->list, l->n * sizeof *list);
        free(l->list);
        l->list = list;
        l->room = room;
    }
    l->list[l->n++] = t;
    return IA_OK;
}

static ia_ion neutral_of(const ia_ion *ion)
{
    ia_ion neutral = *ion;
    neutral.charge = 0;
    ia_ion_rename(&neutral);
    return neutral;
}

// Every two named ions, and every named ion with the atoms of another left neutral.
static ia_status add_sums(listing *l)
{
    const ia_ranges *ranges = l->j->in->ranges;
    ia_status st = IA_OK;
    for (size_t a = 0; a < ranges->n_ions && st == IA_OK; a++) {
        for (size_t b = 0; b < ranges->n_ions && st == IA_OK && l->in_multiples[a]; b++) {
            if (!l->in_multiples[b])
                continue;
            ia_ion neutral = neutral_of(&ranges->ions[b]);
            if (a <= b)
                st = add_track(l, &ranges->ions[a], l->mass[a], &ranges->ions[b],
                               l->mass[b]);
            if (st == IA_OK)
                st = add_track(l, &ranges->ions[a], l->mass[a], &neutral, l->mass[b]);
        }
    }
    return st;
}

// The split in hand: so many atoms of each part of the parent go to the first fragment.
static ia_status add_split(listing *l, const ia_ion *parent, const unsigned *taken)
{
    ia_ion a = {0}, b = {0};
    double mass_a, mass_b;
    ia_status st;
    for (size_t i = 0; i < parent->n_parts; i++) {
        const ia_ion_part *p = &parent->parts[i];
        if (taken[i] > 0)
            ia_ion_add(&a, p->z, p->a, taken[i]);
        if (taken[i] < p->count)
            ia_ion_add(&b, p->z, p->a, p->count - taken[i]);
    }
    if (a.n_parts == 0 || b.n_parts == 0)
        return IA_OK;
    if ((st = common_mass(l->ctx, &a, &mass_a)) != IA_OK ||
        (st = common_mass(l->ctx, &b, &mass_b)) != IA_OK)
        return st;
    for (unsigned z = 1; z <= parent->charge && st == IA_OK; z++) {
        a.charge = (uint8_t)z;
        b.charge = (uint8_t)(parent->charge - z);
        ia_ion_rename(&a);
        ia_ion_rename(&b);
        st = add_track(l, &a, mass_a, &b, mass_b);
    }
    return st;
}

static ia_status add_splits(listing *l, const ia_ion *parent)
{
    unsigned taken[IA_ION_PARTS] = {0};
    ia_status st = IA_OK;
    if (ia_ion_atoms(parent) < 2 || ia_ion_atoms(parent) > ATOMS_MOST ||
        parent->charge == 0)
        return IA_OK;
    for (size_t i = 0; st == IA_OK && i < parent->n_parts;) {
        st = add_split(l, parent, taken);
        for (i = 0; i < parent->n_parts && taken[i] == parent->parts[i].count; i++)
            taken[i] = 0; // carry
        if (i < parent->n_parts)
            taken[i]++;
    }
    return st;
}

static int by_name(const void *a, const void *b)
{
    const ia_track *x = a, *y = b;
    int order = strcmp(x->fragment[0].name, y->fragment[0].name);
    return order ? order : strcmp(x->fragment[1].name, y->fragment[1].name);
}

static void drop_doubles(listing *l)
{
    size_t n = 0;
    qsort(l->list, l->n, sizeof *l->list, by_name);
    for (size_t i = 0; i < l->n; i++)
        if (n == 0 || by_name(&l->list[n - 1], &l->list[i]) != 0)
            l->list[n++] = l->list[i];
    l->n = n;
}

static ia_status weigh(listing *l)
{
    const hits_job *j = l->j;
    size_t n = j->in->ranges->n_ions;
    uint64_t *ions = ia_array(l->ctx, n, sizeof *ions);
    ia_status st = IA_ERR_MEMORY;
    if (!ions || !(l->mass = ia_array(l->ctx, n, sizeof *l->mass)) ||
        !(l->in_multiples = ia_array(l->ctx, n, sizeof *l->in_multiples)))
        goto done;
    for (size_t i = 0; i < j->m->n; i++)
        if (j->kind[i] >= 0)
            ions[j->kind[i]]++;
    st = IA_OK;
    for (size_t k = 0; k < n && st == IA_OK; k++) {
        const ia_ion *ion = &j->in->ranges->ions[k];
        if (ion->n_parts == 0 || ion->charge == 0)
            continue;
        st = common_mass(l->ctx, ion, &l->mass[k]);
        l->in_multiples[k] = l->mass[k] > 0 && ions[k] >= FEWEST;
    }
done:
    free(ions);
    return st;
}

ia_status hits_tracks_list(ia_ctx *ctx, const hits_job *j, ia_track **out, size_t *n)
{
    listing l = {.ctx = ctx, .j = j};
    ia_status st = weigh(&l);
    if (st == IA_OK)
        st = add_sums(&l);
    for (size_t k = 0; k < j->in->ranges->n_ions && st == IA_OK; k++)
        if (l.mass[k] > 0)
            st = add_splits(&l, &j->in->ranges->ions[k]);
    if (st == IA_OK && !l.list && !(l.list = ia_array(ctx, 0, sizeof *l.list)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK) {
        drop_doubles(&l);
        *out = l.list;
        *n = l.n;
        l.list = NULL;
    }
    free(l.list);
    free(l.mass);
    free(l.in_multiples);
    return st;
}
