// src/core/ion_isotope.c: which isotope of an ion lies in a range of m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ion.h>

#include <math.h>
#include <stdlib.h>

static const double MAIN = 0.9, PLAIN = 0.95; // of the ions

static const ia_nuclide *main_nuclide(unsigned z)
{
    const ia_element *e = ia_element_of(z);
    const ia_nuclide *main = NULL;

    for (size_t i = 0; i < e->n_nuclides; i++)
        if (e->nuclides[i].abundance > (main ? main->abundance : 0))
            main = &e->nuclides[i];
    return main;
}

// The part whose isotope is in question, the one with the least share in its main one;
// false where more than one part is in question, or two atoms of one.
static bool choose_part(const ia_ion *ion, size_t *part)
{
    double least = 2;

    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_nuclide *main = main_nuclide(ion->parts[i].z);
        if (!main || ion->parts[i].a)
            return false;
        if (main->abundance < least) {
            least = main->abundance;
            *part = i;
        }
    }
    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *p = &ion->parts[i];
        double alone = pow(main_nuclide(p->z)->abundance, p->count);
        if (alone < MAIN && (i != *part || p->count > 1))
            return false;
    }
    return ion->n_parts > 0;
}

static double mass_with(const ia_ion *ion, size_t part, const ia_nuclide *nuclide)
{
    double mass = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        mass += ion->parts[i].count *
                (i == part ? nuclide : main_nuclide(ion->parts[i].z))->mass;
    return ia_ion_mass_to_charge(ion, mass);
}

bool ia_ion_isotope_in(const ia_ion *ion, double lo, double hi, ia_ion *out)
{
    size_t part = 0;
    double all = 0;
    const ia_nuclide *most = NULL;

    if (ion->charge == 0 || !choose_part(ion, &part))
        return false;
    const ia_element *e = ia_element_of(ion->parts[part].z);
    for (size_t i = 0; i < e->n_nuclides; i++) {
        const ia_nuclide *n = &e->nuclides[i];
        double at = n->abundance > 0 ? mass_with(ion, part, n) : NAN;
        if (!(at >= lo && at < hi))
            continue;
        all += n->abundance;
        most = most && most->abundance >= n->abundance ? most : n;
    }
    if (!most || most->abundance < PLAIN * all)
        return false;
    *out = *ion;
    for (size_t i = 0; i < out->n_parts; i++)
        out->parts[i].a = (uint16_t)(i == part ? most : main_nuclide(out->parts[i].z))->a;
    ia_ion_rename(out);
    return true;
}
