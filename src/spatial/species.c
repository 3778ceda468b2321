// src/spatial/species.c: what a person may ask about: ions that hold an element, or one
// kind of ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/species.h"

#include "core/element_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ia_species_holds(const ia_species *species, const ia_ion *ion)
{
    if (species->z > 0)
        return ia_ion_count(ion, species->z) > 0;
    ia_ion wanted = ia_ion_of(species->name);
    return ion->n_parts > 0 ? ia_ion_is_like(&wanted, ion)
                            : strcmp(ion->name, species->name) == 0;
}

bool ia_species_is_same(const ia_species *a, const ia_species *b)
{
    return strcmp(a->name, b->name) == 0;
}

static ia_species of_element(unsigned z)
{
    ia_species species = {.z = z};
    snprintf(species.name, sizeof species.name, "%s", ia_element_of(z)->symbol);
    return species;
}

// An element by its symbol, else an ion.
static ia_species read_word(const char *word, size_t n)
{
    ia_species species = {.z = ia_element_find(word, n)};
    snprintf(species.name, sizeof species.name, "%.*s", (int)n, word);
    return species;
}

static ia_status check(ia_ctx *ctx, const ia_ranges *ranges, const char *what,
                       const ia_species *species)
{
    ia_ion ion = ia_ion_of(species->name);
    for (size_t i = 0; i < ranges->n_ions; i++)
        if (ia_species_holds(species, &ranges->ions[i]))
            return IA_OK;
    if (species->z > 0)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: no range holds the element %s", what,
                       species->name);
    if (ion.n_parts > 0)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: no range is of the ion %s", what,
                       species->name);
    return ia_fail(ctx, IA_ERR_PARAM,
                   "%s: \"%s\" is no element and no ion of the ranges; write "
                   "\"Cu,FeO+\"",
                   what, species->name);
}

// By the counts of the ranges.
static bool is_there(const ia_composition *c, const ia_species *species)
{
    double counts = 0;
    for (size_t i = 0; species->z > 0 && i < c->n_elements; i++)
        counts += c->elements[i].z == species->z ? c->elements[i].counts : 0;
    for (size_t i = 0; species->z == 0 && i < c->n_ions; i++) {
        ia_ion ion = ia_ion_of(c->ions[i].name);
        counts += ia_species_holds(species, &ion) ? c->ions[i].counts : 0;
    }
    return counts > 0;
}

static ia_status check_there(ia_ctx *ctx, const ia_composition *composition,
                             const char *what, const ia_species *species, size_t n)
{
    bool is_known = composition && composition->n_elements > 0;
    for (size_t i = 0; is_known && i < n; i++)
        if (!is_there(composition, &species[i]))
            return ia_fail(ctx, IA_ERR_EMPTY, "%s: no ranged ion holds %s", what,
                           species[i].name);
    return IA_OK;
}

static size_t count_words(const char *list)
{
    size_t n = 1;
    for (const char *at = list; *at; at++)
        n += strchr(" \t,;", *at) != NULL;
    return n;
}

static ia_status read_list(ia_ctx *ctx, const ia_ranges *ranges, const char *what,
                           const char *list, ia_species *out, size_t *n_out)
{
    const char *at = list;
    size_t n_chars = 0, n = 0;
    ia_status st;
    while ((st = ia_list_next(ctx, what, list, &at, &n_chars)) == IA_OK && n_chars > 0) {
        ia_species species = read_word(at, n_chars);
        bool known = false;
        for (size_t i = 0; i < n; i++)
            known |= ia_species_is_same(&out[i], &species);
        if ((st = check(ctx, ranges, what, &species)) != IA_OK)
            return st;
        if (!known)
            out[n++] = species;
    }
    *n_out = n;
    return st;
}

static ia_status list_solutes(ia_ctx *ctx, const ia_composition *composition,
                              ia_species **out, size_t *n)
{
    ia_solute *solutes = NULL;
    ia_status st = ia_solutes_find(ctx, composition, "", &solutes, n);
    if (st != IA_OK)
        return st;
    *out = ia_array(ctx, *n, sizeof **out);
    for (size_t i = 0; *out && i < *n; i++)
        (*out)[i] = of_element(solutes[i].z);
    free(solutes);
    return *out ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_species_find(ia_ctx *ctx, const ia_knn_input *input, const char *what,
                          const char *list, ia_species **out, size_t *n)
{
    if (list[strspn(list, " \t")] == 0)
        return list_solutes(ctx, input->composition, out, n);
    ia_species *found = ia_array(ctx, count_words(list), sizeof *found);
    ia_status st =
        found ? read_list(ctx, input->ranges, what, list, found, n) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = check_there(ctx, input->composition, what, found, *n);
    if (st != IA_OK) {
        free(found);
        return st;
    }
    *out = found;
    return IA_OK;
}
