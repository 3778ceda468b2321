// src/core/ion.c: what an ion is made of: adding atoms, comparing and counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ion.h>

#include <string.h>

bool ia_ion_add(ia_ion *ion, unsigned z, unsigned a, unsigned count)
{
    if (!ia_element_of(z) || (a && !ia_nuclide_of(z, a)) || count == 0 ||
        count > IA_ION_ATOMS - ia_ion_atoms(ion))
        return false;
    for (size_t i = 0; i < ion->n_parts; i++) {
        if (ion->parts[i].z == z && ion->parts[i].a == a) {
            ion->parts[i].count = (uint8_t)(ion->parts[i].count + count);
            return true;
        }
    }
    if (ion->n_parts == IA_ION_PARTS)
        return false;
    ion->parts[ion->n_parts++] =
        (ia_ion_part){.z = (uint8_t)z, .count = (uint8_t)count, .a = (uint16_t)a};
    return true;
}

// Atoms of exactly this element (a = 0) or nuclide.
static unsigned count_part(const ia_ion *ion, unsigned z, unsigned a)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].z == z && ion->parts[i].a == a)
            return ion->parts[i].count;
    return 0;
}

static bool has_same_atoms(const ia_ion *a, const ia_ion *b)
{
    if (a->n_parts != b->n_parts)
        return false;
    if (a->n_parts == 0)
        return strcmp(a->name, b->name) == 0;
    for (size_t i = 0; i < a->n_parts; i++) {
        const ia_ion_part *part = &a->parts[i];
        if (count_part(b, part->z, part->a) != part->count)
            return false;
    }
    return true;
}

bool ia_ion_is_equal(const ia_ion *a, const ia_ion *b)
{
    return a->charge == b->charge && a->negative == b->negative && has_same_atoms(a, b);
}

double ia_ion_mass_to_charge(const ia_ion *ion, double mass)
{
    double electrons = ion->negative ? -(double)ion->charge : ion->charge;
    return (mass - electrons * ia_electron_mass) / ion->charge;
}

bool ia_ion_is_same_matter(const ia_ion *a, const ia_ion *b)
{
    bool charges_agree = a->charge == 0 || b->charge == 0 ||
                         (a->charge == b->charge && a->negative == b->negative);

    return charges_agree && has_same_atoms(a, b);
}

static bool tells_isotopes(const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].a > 0)
            return true;
    return false;
}

bool ia_ion_is_like(const ia_ion *a, const ia_ion *b)
{
    bool charges_agree = a->charge == 0 || b->charge == 0 || a->charge == b->charge;

    if (!charges_agree || a->n_parts == 0 || b->n_parts == 0 ||
        (tells_isotopes(a) && tells_isotopes(b)))
        return ia_ion_is_same_matter(a, b);
    for (size_t i = 0; i < a->n_parts; i++)
        if (ia_ion_count(a, a->parts[i].z) != ia_ion_count(b, a->parts[i].z))
            return false;
    return ia_ion_atoms(a) == ia_ion_atoms(b);
}

unsigned ia_ion_atoms(const ia_ion *ion)
{
    unsigned n = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        n += ion->parts[i].count;
    return n;
}

unsigned ia_ion_count(const ia_ion *ion, unsigned z)
{
    unsigned n = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].z == z)
            n += ion->parts[i].count;
    return n;
}
