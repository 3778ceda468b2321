// src/spectrum/element_prior.c: how likely elements, charges and molecules are before a
// spectrum is seen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/element_prior.h"

#include <math.h>
#include <string.h>

/*
   What the field usually meets, in round figures. `cost` grows from what nearly every
   specimen may hold to what hardly any does; `charges` are the states an element is
   usually recorded in, the usual one first. Both are beliefs, not measurements: a
   spectrum with isotopes outweighs them.
*/
typedef struct {
    double cost;
    const char *charges;
} habit;

// clang-format off
static const habit habits[IA_Z_MAX + 1] = {
    /* H */ [1] = {0, "1"}, /* He */ [2] = {15, "1"}, /* Li */ [3] = {4.5, "1"},
    /* Be */ [4] = {7.5, "21"}, /* B */ [5] = {2, "12"}, /* C */ [6] = {0.5, "12"},
    /* N */ [7] = {1, "12"}, /* O */ [8] = {0.5, "1"}, /* F */ [9] = {6, "1"},
    /* Ne */ [10] = {12, "1"}, /* Na */ [11] = {4.5, "1"}, /* Mg */ [12] = {1.5, "21"},
    /* Al */ [13] = {1, "213"}, /* Si */ [14] = {1, "21"}, /* P */ [15] = {2, "213"},
    /* S */ [16] = {4.5, "12"}, /* Cl */ [17] = {6, "1"}, /* Ar */ [18] = {10.5, "1"},
    /* K */ [19] = {6, "1"}, /* Ca */ [20] = {4.5, "21"}, /* Sc */ [21] = {6, "231"},
    /* Ti */ [22] = {1, "231"}, /* V */ [23] = {1.5, "231"}, /* Cr */ [24] = {1, "213"},
    /* Mn */ [25] = {1, "21"}, /* Fe */ [26] = {1, "213"}, /* Co */ [27] = {1, "21"},
    /* Ni */ [28] = {1, "21"}, /* Cu */ [29] = {1, "12"}, /* Zn */ [30] = {3, "21"},
    /* Ga */ [31] = {2, "12"}, /* Ge */ [32] = {4.5, "21"},
    /* As */ [33] = {4.5, "123"}, /* Se */ [34] = {7.5, "12"},
    /* Br */ [35] = {12, "1"}, /* Kr */ [36] = {15, "1"}, /* Rb */ [37] = {10.5, "1"},
    /* Sr */ [38] = {6, "21"}, /* Y */ [39] = {4.5, "231"}, /* Zr */ [40] = {2, "231"},
    /* Nb */ [41] = {2, "324"}, /* Mo */ [42] = {1.5, "234"},
    /* Ru */ [44] = {6, "231"}, /* Rh */ [45] = {7.5, "21"}, /* Pd */ [46] = {6, "21"},
    /* Ag */ [47] = {4.5, "12"}, /* Cd */ [48] = {7.5, "12"},
    /* In */ [49] = {4.5, "12"}, /* Sn */ [50] = {4.5, "21"}, /* Sb */ [51] = {6, "12"},
    /* Te */ [52] = {6, "12"}, /* I */ [53] = {12, "1"}, /* Xe */ [54] = {15, "1"},
    /* Cs */ [55] = {10.5, "1"}, /* Ba */ [56] = {7.5, "21"},
    /* La */ [57] = {7.5, "23"}, /* Ce */ [58] = {7.5, "23"},
    /* Pr */ [59] = {10.5, "23"}, /* Nd */ [60] = {7.5, "23"},
    /* Sm */ [62] = {7.5, "23"}, /* Eu */ [63] = {10.5, "23"},
    /* Gd */ [64] = {7.5, "23"}, /* Tb */ [65] = {10.5, "23"},
    /* Dy */ [66] = {9, "23"}, /* Ho */ [67] = {12, "23"}, /* Er */ [68] = {9, "23"},
    /* Tm */ [69] = {12, "23"}, /* Yb */ [70] = {9, "23"}, /* Lu */ [71] = {10.5, "23"},
    /* Hf */ [72] = {4.5, "324"}, /* Ta */ [73] = {2.5, "342"},
    /* W */ [74] = {1.5, "324"}, /* Re */ [75] = {4.5, "324"},
    /* Os */ [76] = {10.5, "23"}, /* Ir */ [77] = {7.5, "23"},
    /* Pt */ [78] = {6, "21"}, /* Au */ [79] = {6, "12"}, /* Hg */ [80] = {12, "12"},
    /* Tl */ [81] = {12, "1"}, /* Pb */ [82] = {6, "21"}, /* Bi */ [83] = {7.5, "12"},
    /* Th */ [90] = {10.5, "23"}, /* U */ [92] = {9, "23"},
};
// clang-format on

double ia_element_cost(unsigned z)
{
    return habits[z].charges ? habits[z].cost : INFINITY;
}

bool ia_element_is_gas_former(unsigned z)
{
    return z == 1 || z == 6 || z == 7 || z == 8;
}

double ia_element_cost_bound(unsigned z)
{
    static const double gas[] = {[1] = 0, [6] = 3, [7] = 3, [8] = 1.5};
    return ia_element_is_gas_former(z) ? gas[z] : 5;
}

unsigned ia_usual_charge(unsigned z)
{
    return habits[z].charges ? (unsigned)(habits[z].charges[0] - '0') : 0;
}

double ia_charge_cost(unsigned z, unsigned charge)
{
    const char *usual = habits[z].charges;
    const char *at = usual ? strchr(usual, '0' + (int)charge) : NULL;
    static const double listed[] = {0.5, 1.5, 3, 4};

    if (at)
        return listed[at - usual];
    return charge > 2 ? 9 : 6;
}

typedef struct {
    unsigned c, n, o, h;
} gas;

static bool is_gas_of(const ia_ion *ion, const gas *list, size_t n_list)
{
    unsigned c = ia_ion_count(ion, 6), n = ia_ion_count(ion, 7);
    unsigned o = ia_ion_count(ion, 8), h = ia_ion_count(ion, 1);

    if (ion->charge != 1 || c + n + o + h != ia_ion_atoms(ion))
        return false;
    for (size_t i = 0; i < n_list; i++)
        if (list[i].c == c && list[i].n == n && list[i].o == o && list[i].h == h)
            return true;
    return false;
}

// Small molecules of carbon, nitrogen, oxygen and hydrogen that are met in most
// specimens, with one charge.
static bool is_usual_gas(const ia_ion *ion)
{
    static const gas usual[] = {
        {.h = 2}, {.h = 3}, {.o = 1, .h = 1}, {.o = 1, .h = 2}, {.o = 1, .h = 3},
        {.o = 2}, {.n = 2}, {.c = 1, .o = 1}, {.c = 1, .o = 2}, {.n = 1, .o = 1},
        {.c = 2}, {.c = 3}, {.c = 1, .n = 1}, {.c = 1, .h = 1}, {.c = 1, .h = 2},
    };
    return is_gas_of(ion, usual, sizeof usual / sizeof *usual);
}

bool ia_ion_is_residual_gas(const ia_ion *ion)
{
    static const gas residual[] = {
        {.h = 1},         {.h = 2}, {.h = 3}, {.o = 1, .h = 1}, {.o = 1, .h = 2},
        {.o = 1, .h = 3}, {.o = 2}, {.n = 2}, {.c = 1, .o = 1}, {.c = 1, .o = 2},
    };
    return is_gas_of(ion, residual, sizeof residual / sizeof *residual);
}

double ia_molecule_cost(const ia_ion *ion)
{
    static const double by_charge[] = {0, 0, 2, 3.5, 9};
    unsigned atoms = ia_ion_atoms(ion), light = 0, metals = 0;
    double cost = 3;

    if (is_usual_gas(ion))
        return 1.5;
    for (size_t i = 0; i < ion->n_parts; i++) {
        if (ia_element_is_gas_former(ion->parts[i].z))
            light += ion->parts[i].count;
        else
            metals++;
    }
    if (metals == 0)
        cost += 1; // unusual small molecules
    if (metals == 0 && ion->charge > 1 && ia_ion_count(ion, 6) < atoms)
        cost += 3; // gas bursts sooner than it loses two electrons
    if (metals > 0 && light == 0)
        cost += metals == 1 ? 1.5 : 4; // dimers of one element, of two
    if (metals > 1 && light > 0)
        cost += 3;
    if (atoms > 2)
        cost += 1.5 + (atoms - 3);
    return cost + by_charge[ion->charge < 4 ? ion->charge : 4];
}
