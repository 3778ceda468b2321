// src/core/charge_split.c: how the ions of an element usually split over charge states.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/charge_split.h"

#include <ionatlas/ion.h>

#include <string.h>

typedef struct {
    const char *symbol;
    double split[IA_CHARGE_MAX]; // shares of 1+, 2+, 3+, 4+
} charge_row;

// Round figures in the spirit of voltage pulsing below 80 K: the states that dominate are
// the right ones, the shares are not measurements and depend on field and pulse in any
// case.
static const charge_row rows[] = {
    {"H", {1}},
    {"He", {1}},
    {"Li", {1}},
    {"Be", {0.2, 0.8}},
    {"B", {0.3, 0.7}},
    {"C", {0.5, 0.5}},
    {"N", {0.9, 0.1}},
    {"O", {1}},
    {"F", {1}},
    {"Ne", {1}},
    {"Na", {1}},
    {"Mg", {0.2, 0.8}},
    {"Al", {0.4, 0.55, 0.05}},
    {"Si", {0.05, 0.95}},
    {"P", {0.4, 0.6}},
    {"S", {0.8, 0.2}},
    {"Cl", {1}},
    {"Ar", {1}},
    {"K", {1}},
    {"Ca", {0.1, 0.9}},
    {"Sc", {0, 0.9, 0.1}},
    {"Ti", {0, 0.9, 0.1}},
    {"V", {0, 0.95, 0.05}},
    {"Cr", {0.02, 0.98}},
    {"Mn", {0.05, 0.95}},
    {"Fe", {0.05, 0.95}},
    {"Co", {0.1, 0.9}},
    {"Ni", {0.2, 0.8}},
    {"Cu", {0.7, 0.3}},
    {"Zn", {0.3, 0.7}},
    {"Ga", {0.8, 0.2}},
    {"Ge", {0.2, 0.8}},
    {"As", {0.5, 0.5}},
    {"Y", {0, 0.6, 0.4}},
    {"Zr", {0, 0.6, 0.4}},
    {"Nb", {0, 0.4, 0.6}},
    {"Mo", {0, 0.6, 0.4}},
    {"Ru", {0, 0.9, 0.1}},
    {"Rh", {0.1, 0.9}},
    {"Pd", {0.5, 0.5}},
    {"Ag", {0.95, 0.05}},
    {"In", {1}},
    {"Sn", {0.3, 0.7}},
    {"Sb", {0.5, 0.5}},
    {"Hf", {0, 0.2, 0.8}},
    {"Ta", {0, 0, 0.8, 0.2}},
    {"W", {0, 0.1, 0.7, 0.2}},
    {"Re", {0, 0.3, 0.7}},
    {"Ir", {0, 0.8, 0.2}},
    {"Pt", {0.1, 0.9}},
    {"Au", {0.6, 0.4}},
};

void ia_charge_split(unsigned z, double split[IA_CHARGE_MAX])
{
    static const double other[IA_CHARGE_MAX] = {0.2, 0.8};
    const char *symbol = ia_element_of(z)->symbol;
    const double *found = other;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].symbol, symbol) == 0)
            found = rows[i].split;
    memcpy(split, found, IA_CHARGE_MAX * sizeof *split);
}
