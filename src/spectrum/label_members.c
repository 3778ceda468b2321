// src/spectrum/label_members.c: nuclides that may be in an ion, and the ion's name.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/element_list.h"
#include "spectrum/element_prior.h"
#include "spectrum/label_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Stands for the abundance of nuclides that nature does not hold.
static const double ARTIFICIAL = 1e-6;
static const double COST_MOST = 12; // of an element nobody expects
enum { MEMBERS_MOST = 4000, ENRICHED_MOST = 8 };

typedef struct {
    const ia_nuclide *list[ENRICHED_MOST];
    size_t n;
} enrichment;

static ia_status read_enriched(ia_ctx *ctx, const char *text, enrichment *out)
{
    static const char *const between = ",; ";

    for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
        size_t n = strcspn(at, between);
        char name[IA_ION_NAME] = "";
        memcpy(name, at, n < sizeof name ? n : sizeof name - 1);
        ia_ion ion = ia_ion_of(name);
        if (ion.n_parts != 1 || ion.parts[0].a == 0 || ion.parts[0].count != 1 ||
            ion.charge != 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "enriched: \"%s\" is no nuclide; \"2H\" would be", name);
        if (out->n == ENRICHED_MOST)
            return ia_fail(ctx, IA_ERR_PARAM, "enriched: more than %d nuclides",
                           ENRICHED_MOST);
        out->list[out->n++] = ia_nuclide_of(ion.parts[0].z, ion.parts[0].a);
        at += n;
    }
    return IA_OK;
}

static bool is_enriched(const enrichment *enriched, const ia_nuclide *nuclide)
{
    for (size_t i = 0; i < enriched->n; i++)
        if (enriched->list[i] == nuclide)
            return true;
    return false;
}

static bool is_allowed(const ia_label_params *p, const ia_nuclide *nuclide)
{
    return p->half_life > 0 ? nuclide->half_life >= p->half_life : nuclide->abundance > 0;
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_member *)a)->mass, y = ((const ia_member *)b)->mass;
    return (x > y) - (x < y);
}

static void add_element(const ia_label_params *p, const enrichment *enriched, unsigned z,
                        ia_members *members)
{
    const ia_element *element = ia_element_of(z);

    for (size_t i = 0; i < element->n_nuclides && members->n < MEMBERS_MOST; i++) {
        const ia_nuclide *nuclide = &element->nuclides[i];
        bool extra = is_enriched(enriched, nuclide);
        if (!extra && !is_allowed(p, nuclide))
            continue;
        double abundance = nuclide->abundance > 0 ? nuclide->abundance : ARTIFICIAL;
        members->list[members->n++] = (ia_member){
            .nuclide = nuclide,
            .mass = nuclide->mass,
            .log_abundance = extra ? 0 : log(abundance),
            .cost = p->commonness ? fmin(ia_element_cost(z), COST_MOST) : 0,
        };
    }
}

ia_status ia_members_build(ia_ctx *ctx, const ia_label_params *params, ia_members *out)
{
    ia_element_list elements = {0};
    enrichment enriched = {.n = 0};
    ia_members members = {0};
    ia_status st = ia_element_list_read(ctx, "elements", params->elements, &elements);

    if (st != IA_OK || (st = read_enriched(ctx, params->enriched, &enriched)) != IA_OK)
        return st;
    if (!(members.list = ia_array(ctx, MEMBERS_MOST, sizeof *members.list)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < elements.n; i++)
        add_element(params, &enriched, elements.z[i], &members);
    for (unsigned z = 1; elements.n == 0 && z <= IA_Z_MAX; z++)
        add_element(params, &enriched, z, &members);
    qsort(members.list, members.n, sizeof *members.list, by_mass);
    if (members.n == 0) {
        free(members.list);
        return ia_fail(ctx, IA_ERR_PARAM,
                       "elements = \"%s\": none has a nuclide that may be in an ion",
                       params->elements);
    }
    *out = members;
    return IA_OK;
}

void ia_members_clear(ia_members *members)
{
    free(members->list);
    *members = (ia_members){0};
}

// Heavy elements come first in a formula, then C, N, O and H.
static unsigned place_in_formula(const ia_nuclide *nuclide)
{
    static const unsigned last[] = {6, 7, 8, 1};

    for (unsigned i = 0; i < 4; i++)
        if (nuclide->z == last[i])
            return 1000 + i;
    return IA_Z_MAX - nuclide->z;
}

void ia_combination_name(const ia_members *members, const ia_combination *c, ia_ion *ion,
                         ia_ion *kind)
{
    const ia_nuclide *order[IA_COMBINATION_ATOMS];

    for (unsigned i = 0; i < c->n_atoms; i++) {
        const ia_nuclide *nuclide = members->list[c->member[i]].nuclide;
        unsigned at = i;
        for (; at > 0 && place_in_formula(order[at - 1]) > place_in_formula(nuclide);
             at--)
            order[at] = order[at - 1];
        order[at] = nuclide;
    }
    *ion = *kind = (ia_ion){.charge = c->charge};
    for (unsigned i = 0; i < c->n_atoms; i++) {
        ia_ion_add(ion, order[i]->z, order[i]->a, 1);
        ia_ion_add(kind, order[i]->z, 0, 1);
    }
    ia_ion_rename(ion);
    ia_ion_rename(kind);
}
