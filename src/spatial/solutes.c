// src/spatial/solutes.c: which elements are worth a spatial question.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/knn.h>

#include <stdlib.h>
#include <string.h>

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
                            const char *named, ia_solute *out, size_t *n)
{
    static const char marks[] = ", ;";
    for (*n = 0; *(named += strspn(named, marks)); named += strcspn(named, marks)) {
        size_t length = strcspn(named, marks);
        unsigned z = ia_element_find(named, length);
        const ia_fraction *element = z ? find_element(composition, z) : NULL;
        if (!z)
            return ia_fail(ctx, IA_ERR_PARAM, "'%.*s' is no element", (int)length, named);
        if (!element)
            return ia_fail(ctx, IA_ERR_PARAM, "no range holds the element %.*s",
                           (int)length, named);
        bool again = false;
        for (size_t i = 0; i < *n; i++)
            again |= out[i].z == z;
        if (!again)
            out[(*n)++] = solute_of(element);
    }
    return IA_OK;
}

ia_status ia_solutes_find(ia_ctx *ctx, const ia_composition *composition,
                          const char *named, ia_solute **out, size_t *n)
{
    ia_solute *solutes = ia_array(ctx, composition->n_elements, sizeof *solutes);
    ia_status st = solutes ? IA_OK : IA_ERR_MEMORY;
    size_t n_found = 0;
    if (st == IA_OK && *named)
        st = find_named(ctx, composition, named, solutes, &n_found);
    for (size_t i = 0; st == IA_OK && !*named && i < composition->n_elements; i++)
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
