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

static bool is_worth(const ia_fraction *element)
{
    return ia_solute_is_worth(element->z, element->percent, element->counts);
}

static ia_solute solute_of(const ia_fraction *element)
{
    return (ia_solute){element->z, element->percent, element->counts};
}

static const ia_fraction *find_element(const ia_composition *composition, unsigned z)
{
    for (size_t i = 0; i < composition->n_elements; i++)
        if (composition->elements[i].z == z)
            return &composition->elements[i];
    return NULL;
}

static ia_status find_named(ia_ctx *ctx, const ia_composition *composition,
                            const ia_element_list *named, ia_solute *out)
{
    for (size_t i = 0; i < named->n; i++) {
        const ia_fraction *element = find_element(composition, named->z[i]);
        if (!element)
            return ia_fail(ctx, IA_ERR_PARAM, "no range holds the element %s",
                           ia_element_of(named->z[i])->symbol);
        out[i] = solute_of(element);
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
