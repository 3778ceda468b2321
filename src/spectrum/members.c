// src/spectrum/members.c: nuclides that may be in an ion, in order, and the ion's name.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/enumerate.h"

#include <stdlib.h>

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_member *)a)->mass, y = ((const ia_member *)b)->mass;
    return (x > y) - (x < y);
}

static int by_mass_of_pair(const void *a, const void *b)
{
    const ia_member_pair *x = a, *y = b;
    if (x->mass != y->mass)
        return x->mass < y->mass ? -1 : 1;
    return x->lighter != y->lighter ? (x->lighter < y->lighter ? -1 : 1) : 0;
}

ia_status ia_members_finish(ia_ctx *ctx, ia_members *members)
{
    const ia_member *m = members->list;
    size_t n = members->n, at = 0;

    for (size_t i = 0; i < n; i++)
        members->list[i].z = m[i].nuclide->z;
    qsort(members->list, n, sizeof *members->list, by_mass);
    members->n_pairs = n * (n + 1) / 2;
    if (!(members->pairs = ia_array(ctx, members->n_pairs, sizeof *members->pairs)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            members->pairs[at++] =
                (ia_member_pair){m[i].mass + m[j].mass, (uint16_t)i, (uint16_t)j};
    qsort(members->pairs, members->n_pairs, sizeof *members->pairs, by_mass_of_pair);
    return IA_OK;
}

void ia_members_clear(ia_members *members)
{
    free(members->list);
    free(members->pairs);
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
    const ia_nuclide *order[IA_COMBINATION_ROOM];

    for (unsigned i = 0; i < c->n_atoms; i++) {
        const ia_nuclide *nuclide = members->list[c->member[i]].nuclide;
        unsigned at = i;
        for (; at > 0 && place_in_formula(order[at - 1]) > place_in_formula(nuclide);
             at--)
            order[at] = order[at - 1];
        order[at] = nuclide;
    }
    *ion = *kind = (ia_ion){.charge = c->charge, .negative = c->negative};
    for (unsigned i = 0; i < c->n_atoms; i++) {
        ia_ion_add(ion, order[i]->z, order[i]->a, 1);
        ia_ion_add(kind, order[i]->z, 0, 1);
    }
    ia_ion_rename(ion);
    ia_ion_rename(kind);
}
