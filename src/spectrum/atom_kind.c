// src/spectrum/atom_kind.c: which atoms a composition tells apart: elements, and nuclides
// that a specimen was charged with or is enriched in.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/atom_kind.h"

#include <stdio.h>

// Nobody names the deuterium of natural hydrogen, a part in 6,400.
static bool is_own(const ia_nuclide_list *own, unsigned z, unsigned a)
{
    return (z == 1 && (a == 2 || a == 3)) || (a > 0 && ia_nuclide_list_has(own, z, a));
}

size_t ia_atom_kinds(const ia_nuclide_list *own, ia_atom_kind list[IA_ATOM_KINDS_MOST])
{
    size_t n = 0;

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        const ia_element *element = ia_element_of(z);
        list[n++] = (ia_atom_kind){z, 0};
        for (size_t i = 0; i < element->n_nuclides; i++) {
            unsigned a = element->nuclides[i].a;
            if (is_own(own, z, a))
                list[n++] = (ia_atom_kind){z, a};
        }
    }
    return n;
}

static bool is_of(const ia_nuclide_list *own, const ia_ion_part *part, ia_atom_kind kind)
{
    unsigned a = is_own(own, part->z, part->a) ? part->a : 0;
    return part->z == kind.z && a == kind.a;
}

unsigned ia_atom_kind_count(const ia_nuclide_list *own, const ia_ion *ion,
                            ia_atom_kind kind)
{
    unsigned n = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        n += is_of(own, &ion->parts[i], kind) ? ion->parts[i].count : 0;
    return n;
}

double ia_ion_part_mass(const ia_ion_part *part)
{
    const ia_nuclide *nuclide = part->a ? ia_nuclide_of(part->z, part->a) : NULL;
    return part->count * (nuclide ? nuclide->mass : ia_element_of(part->z)->mass);
}

double ia_atom_kind_mass(const ia_nuclide_list *own, const ia_ion *ion, ia_atom_kind kind)
{
    double mass = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        mass += is_of(own, &ion->parts[i], kind) ? ia_ion_part_mass(&ion->parts[i]) : 0;
    return mass;
}

double ia_ion_atoms_mass(const ia_ion *ion)
{
    double mass = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        mass += ia_ion_part_mass(&ion->parts[i]);
    return mass;
}

void ia_atom_kind_name(ia_atom_kind kind, char name[IA_ION_NAME])
{
    const char *symbol = ia_element_of(kind.z)->symbol;

    if (kind.a > 0)
        snprintf(name, IA_ION_NAME, "%u%s", kind.a, symbol);
    else
        snprintf(name, IA_ION_NAME, "%s", symbol);
}
