// src/core/evaporation.c: fields of evaporation and atomic volumes that atom probe
// programs agree on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaporation.h"

#include <stddef.h>
#include <string.h>

static const ia_evaporation elements[] = {
    {"Fe", 33, 0.01178}, {"Al", 19, 0.0166}, {"Cu", 30, 0.01182}, {"Ni", 35, 0.01094},
    {"Ti", 26, 0.01766}, {"W", 57, 0.01583}, {"Si", 33, 0.02},    {"Mg", 21, 0.02305}};

const char ia_evaporation_symbols[] = "Fe, Al, Cu, Ni, Ti, W, Si, Mg";

const ia_evaporation *ia_evaporation_find(const char *symbol)
{
    for (size_t e = 0; e < sizeof elements / sizeof elements[0]; e++)
        if (strcmp(elements[e].symbol, symbol) == 0)
            return &elements[e];
    return NULL;
}
