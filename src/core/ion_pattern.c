// src/core/ion_pattern.c: isotope patterns and the charges that they allow.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
   The pattern of one element is multinomial. It is walked isotope by isotope: of the
   atoms that are left, k are isotope i with binomial probability for q = abundance over
   what is left of all abundances. The product so far is the marginal probability of what
   has been fixed, no smaller than that of any pattern below it, so that cutting a branch
   below `least` loses nothing and at most 1 / least branches are alive at a time.
*/
typedef bool (*visit_fn)(void *user, double mass, double probability); // false stops

typedef struct {
    const ia_ion *ion;
    double least;
    visit_fn visit;
    void *user;
} walk;

typedef struct {
    double mass, probability;
} branch;

static bool walk_part(const walk *w, size_t part, branch at);

static const ia_nuclide *next_natural(const ia_element *element, const ia_nuclide *from)
{
    const ia_nuclide *end = element->nuclides + element->n_nuclides;

    while (from < end && from->abundance <= 0)
        from++;
    return from < end ? from : NULL;
}

static bool walk_isotope(const walk *w, size_t part, const ia_nuclide *isotope,
                         unsigned left, double abundance_left, branch at)
{
    const ia_element *element = ia_element_of(w->ion->parts[part].z);
    const ia_nuclide *next = next_natural(element, isotope + 1);

    if (!next || left == 0) {
        at.mass += left * isotope->mass;
        return walk_part(w, part + 1, at);
    }
    double q = isotope->abundance / abundance_left;
    double p = at.probability * pow(1 - q, left);
    for (unsigned k = 0; k <= left; k++) {
        branch down = {at.mass + k * isotope->mass, p};
        if (p >= w->least && !walk_isotope(w, part, next, left - k,
                                           abundance_left - isotope->abundance, down))
            return false;
        p *= (left - k) / (k + 1.0) * q / (1 - q);
    }
    return true;
}

static double natural_abundance(const ia_element *element)
{
    double sum = 0;

    for (size_t i = 0; i < element->n_nuclides; i++)
        sum += element->nuclides[i].abundance;
    return sum;
}

static bool walk_part(const walk *w, size_t part, branch at)
{
    if (part == w->ion->n_parts)
        return w->visit(w->user, at.mass, at.probability);
    const ia_ion_part *p = &w->ion->parts[part];
    if (p->a) {
        at.mass += p->count * ia_nuclide_of(p->z, p->a)->mass;
        return walk_part(w, part + 1, at);
    }
    const ia_element *element = ia_element_of(p->z);
    const ia_nuclide *first = next_natural(element, element->nuclides);
    return !first ||
           walk_isotope(w, part, first, p->count, natural_abundance(element), at);
}

typedef struct {
    ia_ctx *ctx;
    ia_isotopologue *list;
    size_t n, room;
} collector;

static bool collect(void *user, double mass, double probability)
{
    collector *c = user;

    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 16;
        ia_isotopologue *list = ia_array(c->ctx, room, sizeof *list);
        if (!list)
            return false;
        if (c->n)
            memcpy(list, c->list, c->n * sizeof *list);
        free(c->list);
        c->list = list;
        c->room = room;
    }
    c->list[c->n++] = (ia_isotopologue){mass, probability};
    return true;
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_isotopologue *)a)->mass;
    double y = ((const ia_isotopologue *)b)->mass;

    return (x > y) - (x < y);
}

static size_t merge_equal(ia_isotopologue *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && list[i].mass - list[kept - 1].mass <= 1e-9)
            list[kept - 1].probability += list[i].probability;
        else
            list[kept++] = list[i];
    }
    return kept;
}

ia_status ia_ion_pattern(ia_ctx *ctx, const ia_ion *ion, double least,
                         ia_isotopologue **out, size_t *n)
{
    collector c = {.ctx = ctx};
    walk w = {ion, fmax(least, 1e-9), collect, &c};

    if (ion->n_parts == 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "\"%s\" is no formula: it has no isotope pattern", ion->name);
    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_element *element = ia_element_of(ion->parts[i].z);
        if (ion->parts[i].a == 0 && !(natural_abundance(element) > 0))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s has no natural isotopes: name the isotope of it in %s",
                           element->symbol, ion->name);
    }
    if (!walk_part(&w, 0, (branch){0, 1})) {
        free(c.list);
        return IA_ERR_MEMORY;
    }
    if (c.n)
        qsort(c.list, c.n, sizeof *c.list, by_mass);
    *n = merge_equal(c.list, c.n);
    *out = c.list;
    return IA_OK;
}

enum { INFERRED_MAX = 4 };

typedef struct {
    double lo, hi;
    bool fits[INFERRED_MAX + 1];
} window;

static bool try_charges(void *user, double mass, double probability)
{
    window *w = user;

    (void)probability;
    for (unsigned z = 1; z <= INFERRED_MAX; z++) {
        double m = (mass - z * ia_electron_mass) / z;
        w->fits[z] = w->fits[z] || (m >= w->lo && m < w->hi);
    }
    return true;
}

// The charges with which an isotope of that share of the ion lies in [lo, hi).
static window fits_between(const ia_ion *ion, double least, double lo, double hi)
{
    window in = {.lo = lo, .hi = hi};
    walk w = {ion, least, try_charges, &in};

    walk_part(&w, 0, (branch){0, 1});
    return in;
}

bool ia_ion_may_lie_in(const ia_ion *ion, double lo, double hi)
{
    const double least = 2e-4;

    if (ion->n_parts == 0 || ion->charge > INFERRED_MAX ||
        !fits_between(ion, least, 0, INFINITY).fits[1]) // none is natural
        return true;
    window in = fits_between(ion, least, lo, hi);
    for (unsigned z = 1; z <= INFERRED_MAX; z++)
        if (in.fits[z] && (ion->charge == 0 || ion->charge == z))
            return true;
    return false;
}

unsigned ia_ion_infer_charge(const ia_ion *ion, double lo, double hi)
{
    const double slack = 0.02, least = 1e-3;
    unsigned charge = 0, n = 0;

    if (ion->n_parts == 0)
        return 0;
    window in = fits_between(ion, least, lo - slack, hi + slack);
    for (unsigned z = 1; z <= INFERRED_MAX; z++) {
        if (in.fits[z]) {
            charge = z;
            n++;
        }
    }
    return n == 1 ? charge : 0;
}
