// src/spectrum/atom_kind.h: which atoms a composition tells apart: elements, and nuclides
// that a specimen was charged with or is enriched in.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ATOM_KIND_H
#define IA_SPECTRUM_ATOM_KIND_H

#include "core/nuclide_list.h"

// An element without the nuclides that are told by themselves (a = 0), or one of these:
// 2H and 3H where an ion names them, and those of a list.
typedef struct {
    unsigned z, a;
} ia_atom_kind;

enum { IA_ATOM_KINDS_MOST = IA_Z_MAX + 2 + IA_NUCLIDES_MOST };

// All that may be, elements first to last, each before its nuclides; their number.
size_t ia_atom_kinds(const ia_nuclide_list *own, ia_atom_kind list[IA_ATOM_KINDS_MOST]);
// Atoms of a kind in an ion, and their mass, Da.
unsigned ia_atom_kind_count(const ia_nuclide_list *own, const ia_ion *ion,
                            ia_atom_kind kind);
double ia_atom_kind_mass(const ia_nuclide_list *own, const ia_ion *ion,
                         ia_atom_kind kind);
// "H", "2H".
void ia_atom_kind_name(ia_atom_kind kind, char name[IA_ION_NAME]);

// Mass of a part, and of all atoms of an ion, Da.
double ia_ion_part_mass(const ia_ion_part *part);
double ia_ion_atoms_mass(const ia_ion *ion);

#endif
