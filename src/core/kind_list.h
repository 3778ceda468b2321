// src/core/kind_list.h: elements and nuclides as a person lists them: "Cu,D".
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_KIND_LIST_H
#define IA_CORE_KIND_LIST_H

#include "core/atom_kind.h"

#include <ionatlas/ranges.h>

// Kinds of atom, each once. `own`: nuclides that the ranges tell apart from their
// elements; an element is the rest of it.
typedef struct {
    ia_nuclide_list own;
    size_t n;
    ia_atom_kind kind[IA_ATOM_KINDS_MOST];
} ia_kind_list;

// Those of a list in its order. Commas, semicolons or blanks stand between the names;
// n = 0 for a list without any. IA_ERR_PARAM for what names no element or nuclide, for a
// comma without a name and for too many, in a sentence that begins with `what`; `out` is
// then untouched. O(length).
ia_status ia_kind_list_read(ia_ctx *ctx, const char *what, const char *list,
                            const ia_ranges *ranges, ia_kind_list *out);
// All that the ions of ranges hold: elements by atomic number, each before its nuclides.
ia_kind_list ia_kind_list_all(const ia_ranges *ranges);

// Atoms in an ion: of kind i, and of all kinds of the list, each atom once.
unsigned ia_kind_list_count(const ia_kind_list *list, size_t i, const ia_ion *ion);
unsigned ia_kind_list_sum(const ia_kind_list *list, const ia_ion *ion);

// IA_ERR_PARAM where a list names several kinds and no range holds one of them, in a
// sentence that begins with `what`. (Of a single one the analysis says that no ion is.)
ia_status ia_kind_list_check(ia_ctx *ctx, const char *what, const ia_kind_list *list,
                             const ia_ranges *ranges);

// Nuclides that ranges tell apart; those of `enriched` are none where it cannot be read.
ia_nuclide_list ia_ranges_own(const ia_ranges *ranges);

#endif
