// src/core/atom_kind.c: which atoms are told apart: elements, and nuclides that a
// specimen was charged with or is enriched in.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/atom_kind.h"

#include <stdio.h>
#include <string.h>

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
    unsigned a = kind.a > 0 || is_own(own, part->z, part->a) ? part->a : 0;
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

bool ia_atom_kind_is_own(const ia_nuclide_list *own, ia_atom_kind kind)
{
    return is_own(own, kind.z, kind.a);
}

bool ia_atom_kind_is_same(ia_atom_kind a, ia_atom_kind b)
{
    return a.z == b.z && a.a == b.a;
}

ia_atom_kind ia_atom_kind_of(const char *word, size_t n)
{
    char name[IA_ION_NAME] = "";

    if (n >= sizeof name)
        return (ia_atom_kind){0, 0};
    memcpy(name, word, n);
    const ia_ion ion = ia_ion_of(name);
    const ia_ion_part *part = &ion.parts[0];
    if (ion.n_parts != 1 || part->count != 1 || ion.charge != 0)
        return (ia_atom_kind){0, 0};
    return (ia_atom_kind){part->z, part->a};
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

void ia_atom_kind_name_short(ia_atom_kind kind, char name[8])
{
    char whole[IA_ION_NAME];

    ia_atom_kind_name(kind, whole); // five letters at most
    memcpy(name, whole, 8);
    name[7] = '\0';
}

const char *ia_atom_kind_word(ia_atom_kind kind)
{
    return kind.a > 0 ? "nuclide" : "element";
}

// The element that follows `symbol` in the alphabet among those of the ion; 0 when none
// does.
static unsigned next_element(const ia_ion *ion, const char *symbol)
{
    unsigned next = 0;

    for (size_t i = 0; i < ion->n_parts; i++) {
        const char *other = ia_element_of(ion->parts[i].z)->symbol;
        if (strcmp(other, symbol) > 0 &&
            (!next || strcmp(other, ia_element_of(next)->symbol) < 0))
            next = ion->parts[i].z;
    }
    return next;
}

// Atoms of a kind added to a tally that has `used` bytes; its bytes then.
static size_t add_to_tally(ia_atom_kind kind, unsigned count, char *text, size_t n,
                           size_t used)
{
    char name[IA_ION_NAME];

    if (count == 0 || used >= n)
        return used;
    ia_atom_kind_name(kind, name);
    return used + (size_t)snprintf(text + used, n - used, "%s%s:%u", used ? " " : "",
                                   name, count);
}

void ia_atom_kind_tally(const ia_nuclide_list *own, const ia_ion *ion, char *text,
                        size_t n)
{
    size_t used = 0;
    unsigned z = next_element(ion, "");

    if (n > 0)
        text[0] = '\0';
    while (z && used < n) {
        const ia_element *element = ia_element_of(z);
        ia_atom_kind kind = {z, 0};
        used = add_to_tally(kind, ia_atom_kind_count(own, ion, kind), text, n, used);
        for (size_t i = 0; i < element->n_nuclides; i++) {
            kind.a = element->nuclides[i].a;
            if (is_own(own, z, kind.a))
                used =
                    add_to_tally(kind, ia_atom_kind_count(own, ion, kind), text, n, used);
        }
        z = next_element(ion, element->symbol);
    }
}

void ia_ion_tally(const ia_ion *ion, char *text, size_t n)
{
    const ia_nuclide_list none = {.n = 0};
    ia_atom_kind_tally(&none, ion, text, n);
}
