// src/spatial/species.c: what a person may ask about: ions that hold an element or a
// nuclide, or one kind of ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/species.h"

#include "core/element_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Has an ion as many of each nuclide that is told apart as another?
static bool has_same_own(const ia_nuclide_list *own, const ia_ion *a, const ia_ion *b)
{
    for (size_t i = 0; i < a->n_parts; i++) {
        ia_atom_kind element = {a->parts[i].z, 0}, part = {a->parts[i].z, a->parts[i].a};
        if (ia_atom_kind_count(own, a, element) != ia_atom_kind_count(own, b, element) ||
            (ia_atom_kind_is_own(own, part) &&
             ia_atom_kind_count(own, a, part) != ia_atom_kind_count(own, b, part)))
            return false;
    }
    return true;
}

bool ia_species_holds(const ia_species *species, const ia_ion *ion)
{
    if (species->kind.z > 0)
        return ia_atom_kind_count(&species->own, ion, species->kind) > 0;
    ia_ion wanted = ia_ion_of(species->name);
    return ion->n_parts > 0
               ? ia_ion_is_like(&wanted, ion) && has_same_own(&species->own, &wanted, ion)
               : strcmp(ion->name, species->name) == 0;
}

bool ia_species_is_same(const ia_species *a, const ia_species *b)
{
    return strcmp(a->name, b->name) == 0;
}

static ia_species of_kind(const ia_nuclide_list *own, ia_atom_kind kind)
{
    ia_species species = {.kind = kind, .own = *own};
    ia_atom_kind_name(kind, species.name);
    return species;
}

// An element by its symbol or a nuclide, else an ion.
static ia_species read_word(const ia_nuclide_list *own, const char *word, size_t n)
{
    ia_atom_kind kind = ia_atom_kind_of(word, n);
    ia_species species = {.own = *own};
    if (kind.z > 0)
        return of_kind(own, kind);
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
    if (species->kind.z > 0)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: no range holds the %s %s", what,
                       ia_atom_kind_word(species->kind), species->name);
    if (ion.n_parts > 0)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: no range is of the ion %s", what,
                       species->name);
    return ia_fail(ctx, IA_ERR_PARAM,
                   "%s: \"%s\" is no element, nuclide or ion of the ranges; write "
                   "\"Cu,D,FeO+\"",
                   what, species->name);
}

// By the counts of the ranges. A nuclide that is in its element's row is told by ions
// alone.
static bool is_there(const ia_composition *c, const ia_species *species)
{
    ia_atom_kind kind = species->kind;
    bool has_row = kind.a == 0 || ia_atom_kind_is_own(&species->own, kind);
    double counts = 0;
    for (size_t i = 0; kind.z > 0 && has_row && i < c->n_elements; i++)
        if (c->elements[i].z == kind.z && c->elements[i].a == kind.a)
            counts += c->elements[i].counts;
    for (size_t i = 0; (kind.z == 0 || !has_row) && i < c->n_ions; i++) {
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
    const ia_nuclide_list own = ia_ranges_own(ranges);
    const char *at = list;
    size_t n_chars = 0, n = 0;
    ia_status st;
    while ((st = ia_list_next(ctx, what, list, &at, &n_chars)) == IA_OK && n_chars > 0) {
        ia_species species = read_word(&own, at, n_chars);
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

static ia_status list_solutes(ia_ctx *ctx, const ia_knn_input *input, ia_species **out,
                              size_t *n)
{
    const ia_nuclide_list own = ia_ranges_own(input->ranges);
    ia_solute *solutes = NULL;
    ia_status st = ia_solutes_find(ctx, input->composition, "", &solutes, n);
    if (st != IA_OK)
        return st;
    *out = ia_array(ctx, *n, sizeof **out);
    for (size_t i = 0; *out && i < *n; i++)
        (*out)[i] = of_kind(&own, (ia_atom_kind){solutes[i].z, solutes[i].a});
    free(solutes);
    return *out ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_species_find(ia_ctx *ctx, const ia_knn_input *input, const char *what,
                          const char *list, ia_species **out, size_t *n)
{
    if (list[strspn(list, " \t")] == 0)
        return list_solutes(ctx, input, out, n);
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
