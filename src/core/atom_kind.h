// src/core/atom_kind.h: which atoms are told apart: elements, and nuclides that a
// specimen was charged with or is enriched in.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_ATOM_KIND_H
#define IA_CORE_ATOM_KIND_H

#include "core/nuclide_list.h"

// An element without the nuclides that are told by themselves (a = 0), or one of these:
// 2H and 3H where an ion names them, and those of a list.
typedef struct {
    unsigned z, a;
} ia_atom_kind;

enum { IA_ATOM_KINDS_MOST = IA_Z_MAX + 2 + IA_NUCLIDES_MOST };

// All that may be, elements first to last, each before its nuclides; their number.
size_t ia_atom_kinds(const ia_nuclide_list *own, ia_atom_kind list[IA_ATOM_KINDS_MOST]);
// Is it a nuclide that is told by itself?
bool ia_atom_kind_is_own(const ia_nuclide_list *own, ia_atom_kind kind);
bool ia_atom_kind_is_same(ia_atom_kind a, ia_atom_kind b);
// Of a word of n characters: "Fe", "57Fe", "D"; z = 0 for any other.
ia_atom_kind ia_atom_kind_of(const char *word, size_t n);
// Atoms of a kind in an ion, and their mass, Da. A nuclide that is not told by itself
// (57Fe, where nothing is enriched) is counted here and in its element.
unsigned ia_atom_kind_count(const ia_nuclide_list *own, const ia_ion *ion,
                            ia_atom_kind kind);
double ia_atom_kind_mass(const ia_nuclide_list *own, const ia_ion *ion,
                         ia_atom_kind kind);
// "H", "2H"; and for sentences "element", "nuclide".
void ia_atom_kind_name(ia_atom_kind kind, char name[IA_ION_NAME]);
void ia_atom_kind_name_short(ia_atom_kind kind, char name[8]);
const char *ia_atom_kind_word(ia_atom_kind kind);
// "H:1 2H:1 O:1" in alphabetical order of the symbols, what is told apart by itself; ""
// for a label. n bytes at most.
void ia_atom_kind_tally(const ia_nuclide_list *own, const ia_ion *ion, char *text,
                        size_t n);

// Mass of a part, and of all atoms of an ion, Da.
double ia_ion_part_mass(const ia_ion_part *part);
double ia_ion_atoms_mass(const ia_ion *ion);

#endif
