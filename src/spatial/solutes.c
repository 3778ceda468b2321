// src/spatial/solutes.c: which elements are worth a spatial question.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"

#include <ionatlas/knn.h>

#include <stdlib.h>

const double ia_solute_percent[2] = {0.02, 20};

bool ia_solute_is_worth(unsigned z, unsigned a, double at_percent, double counts)
{
    enum { H = 1, GA = 31 };
    return (z != H || a > 0) && z != GA && counts >= IA_SOLUTE_LEAST &&
           at_percent >= ia_solute_percent[0] && at_percent <= ia_solute_percent[1];
}

static ia_solute solute_of(const ia_fraction *row)
{
    return (ia_solute){row->z, row->a, row->percent, row->counts};
}

static bool is_worth(const ia_fraction *row)
{
    return ia_solute_is_worth(row->z, row->a, row->percent, row->counts);
}

static const ia_fraction *find_row(const ia_composition *c, ia_atom_kind kind)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == kind.z && c->elements[i].a == kind.a)
            return &c->elements[i];
    return NULL;
}

static ia_status find_named(ia_ctx *ctx, const ia_composition *composition,
                            const ia_kind_list *named, ia_solute *out)
{
    for (size_t i = 0; i < named->n; i++) {
        const ia_fraction *row = find_row(composition, named->kind[i]);
        char name[IA_ION_NAME];
        ia_atom_kind_name(named->kind[i], name);
        if (!row)
            return ia_fail(ctx, IA_ERR_PARAM, "no range holds the %s %s",
                           ia_atom_kind_word(named->kind[i]), name);
        out[i] = solute_of(row);
    }
    return IA_OK;
}

ia_status ia_solutes_find(ia_ctx *ctx, const ia_composition *composition,
                          const char *named, ia_solute **out, size_t *n)
{
    const ia_ranges none = {.n_ions = 0};
    ia_kind_list kinds = {.n = 0};
    ia_status st = ia_kind_list_read(ctx, "elements", named, &none, &kinds);
    if (st != IA_OK)
        return st;
    size_t n_found = kinds.n;
    ia_solute *solutes =
        ia_array(ctx, composition->n_elements + n_found, sizeof *solutes);
    st = solutes ? find_named(ctx, composition, &kinds, solutes) : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && kinds.n == 0 && i < composition->n_elements; i++)
        if (is_worth(&composition->elements[i]))
            solutes[n_found++] = solute_of(&composition->elements[i]);
    if (st != IA_OK) {
        free(solutes);
        return st;
    }
    *out = solutes;
    *n = n_found;
    return IA_OK;
}

ia_status ia_solutes_need(ia_ctx *ctx, const ia_composition *composition)
{
    for (size_t i = 0; i < composition->n_elements; i++)
        if (is_worth(&composition->elements[i]))
            return IA_OK;
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "no solute to ask about: no element but H and Ga has %g to %g at.%% "
                   "and %d ions",
                   ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
}
