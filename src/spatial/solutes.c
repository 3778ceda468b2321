// src/spatial/solutes.c: which elements are worth a spatial question.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/element_list.h"

#include <ionatlas/knn.h>

#include <stdlib.h>

const double ia_solute_percent[2] = {0.02, 20};

bool ia_solute_is_worth(unsigned z, double at_percent, double counts)
{
    enum { H = 1, GA = 31 };
    return z != H && z != GA && counts >= IA_SOLUTE_LEAST &&
           at_percent >= ia_solute_percent[0] && at_percent <= ia_solute_percent[1];
}

static bool is_first(const ia_composition *c, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (c->elements[i].z == c->elements[row].z)
            return false;
    return true;
}

// All isotopes of an element, those with a row of their own, too.
static ia_solute solute_of(const ia_composition *c, unsigned z)
{
    ia_solute solute = {.z = z};
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == z) {
            solute.at_percent += c->elements[i].percent;
            solute.counts += c->elements[i].counts;
        }
    return solute;
}

// Does a row begin an element that is worth a question?
static bool is_worth(const ia_composition *c, size_t row)
{
    ia_solute s = solute_of(c, c->elements[row].z);
    return is_first(c, row) && ia_solute_is_worth(s.z, s.at_percent, s.counts);
}

static bool is_listed(const ia_composition *c, unsigned z)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == z)
            return true;
    return false;
}

static ia_status find_named(ia_ctx *ctx, const ia_composition *composition,
                            const ia_element_list *named, ia_solute *out)
{
    for (size_t i = 0; i < named->n; i++) {
        if (!is_listed(composition, named->z[i]))
            return ia_fail(ctx, IA_ERR_PARAM, "no range holds the element %s",
                           ia_element_of(named->z[i])->symbol);
        out[i] = solute_of(composition, named->z[i]);
    }
    return IA_OK;
}

ia_status ia_solutes_find(ia_ctx *ctx, const ia_composition *composition,
                          const char *named, ia_solute **out, size_t *n)
{
    ia_element_list elements = {0};
    ia_status st = ia_element_list_read(ctx, "elements", named, &elements);
    if (st != IA_OK)
        return st;
    size_t n_found = elements.n;
    ia_solute *solutes =
        ia_array(ctx, composition->n_elements + n_found, sizeof *solutes);
    st = solutes ? find_named(ctx, composition, &elements, solutes) : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && elements.n == 0 && i < composition->n_elements; i++)
        if (is_worth(composition, i))
            solutes[n_found++] = solute_of(composition, composition->elements[i].z);
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
        if (is_worth(composition, i))
            return IA_OK;
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "no solute to ask about: no element but H and Ga has %g to %g at.%% "
                   "and %d ions",
                   ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
}
