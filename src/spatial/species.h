// src/spatial/species.h: what a person may ask about: ions that hold an element or a
// nuclide, or one kind of ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SPECIES_H
#define IONATLAS_SRC_SPECIES_H

#include "core/kind_list.h"

#include <ionatlas/knn.h>

typedef struct {
    ia_atom_kind kind;      // of atom; z 0: one kind of ion
    ia_nuclide_list own;    // nuclides that the ranges tell apart from their elements
    char name[IA_ION_NAME]; // "Cu", "2H", "FeO+"
} ia_species;

bool ia_species_holds(const ia_species *species, const ia_ion *ion);
bool ia_species_is_same(const ia_species *a, const ia_species *b);
// Those of a list such as "Cu,D,FeO+", each once; every solute of the composition for "".
// IA_ERR_PARAM for what no range holds, IA_ERR_EMPTY for
// what no ion in a range does, in a sentence that begins with `what`. Freed with
// free().
ia_status ia_species_find(ia_ctx *ctx, const ia_knn_input *input, const char *what,
                          const char *list, ia_species **out, size_t *n);

#endif
