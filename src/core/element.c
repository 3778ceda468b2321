// src/core/element.c: elements and nuclides from the built-in table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ion.h>

#include <math.h>
#include <string.h>

#include "isotopes.inc"

const double ia_electron_mass = 5.48579909065e-4;

const ia_element *ia_element_of(unsigned z)
{
    return z >= 1 && z <= IA_Z_MAX ? &elements[z] : NULL;
}

unsigned ia_element_find(const char *symbol, size_t n_chars)
{
    for (unsigned z = 1; z <= IA_Z_MAX && n_chars > 0; z++)
        if (elements[z].symbol[0] == symbol[0] && strlen(elements[z].symbol) == n_chars &&
            memcmp(elements[z].symbol, symbol, n_chars) == 0)
            return z;
    return 0;
}

const ia_nuclide *ia_nuclide_of(unsigned z, unsigned a)
{
    const ia_element *element = ia_element_of(z);

    for (size_t i = 0; element && i < element->n_nuclides; i++)
        if (element->nuclides[i].a == a)
            return &element->nuclides[i];
    return NULL;
}
