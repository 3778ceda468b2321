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
    /* H */ [1] = {0, "1"}, /* He */ [2] = {10, "1"}, /* Li */ [3] = {3, "1"},
    /* Be */ [4] = {5, "21"}, /* B */ [5] = {2, "12"}, /* C */ [6] = {0.5, "12"},
    /* N */ [7] = {1, "12"}, /* O */ [8] = {0.5, "1"}, /* F */ [9] = {4, "1"},
    /* Ne */ [10] = {8, "1"}, /* Na */ [11] = {3, "1"}, /* Mg */ [12] = {1.5, "21"},
    /* Al */ [13] = {1, "213"}, /* Si */ [14] = {1, "21"}, /* P */ [15] = {2, "213"},
    /* S */ [16] = {3, "12"}, /* Cl */ [17] = {4, "1"}, /* Ar */ [18] = {7, "1"},
    /* K */ [19] = {4, "1"}, /* Ca */ [20] = {3, "21"}, /* Sc */ [21] = {4, "231"},
    /* Ti */ [22] = {1, "231"}, /* V */ [23] = {1.5, "231"},
    /* Cr */ [24] = {1, "213"}, /* Mn */ [25] = {1, "21"}, /* Fe */ [26] = {1, "213"},
    /* Co */ [27] = {1, "21"}, /* Ni */ [28] = {1, "21"}, /* Cu */ [29] = {1, "12"},
    /* Zn */ [30] = {2, "21"}, /* Ga */ [31] = {2, "12"}, /* Ge */ [32] = {3, "21"},
    /* As */ [33] = {3, "123"}, /* Se */ [34] = {5, "12"}, /* Br */ [35] = {8, "1"},
    /* Kr */ [36] = {10, "1"}, /* Rb */ [37] = {7, "1"}, /* Sr */ [38] = {4, "21"},
    /* Y */ [39] = {3, "231"}, /* Zr */ [40] = {2, "231"}, /* Nb */ [41] = {2, "324"},
    /* Mo */ [42] = {1.5, "234"}, /* Ru */ [44] = {4, "231"},
    /* Rh */ [45] = {5, "21"}, /* Pd */ [46] = {4, "21"}, /* Ag */ [47] = {3, "12"},
    /* Cd */ [48] = {5, "12"}, /* In */ [49] = {3, "12"}, /* Sn */ [50] = {3, "21"},
    /* Sb */ [51] = {4, "12"}, /* Te */ [52] = {4, "12"}, /* I */ [53] = {8, "1"},
    /* Xe */ [54] = {10, "1"}, /* Cs */ [55] = {7, "1"}, /* Ba */ [56] = {5, "21"},
    /* La */ [57] = {5, "23"}, /* Ce */ [58] = {5, "23"}, /* Pr */ [59] = {7, "23"},
    /* Nd */ [60] = {5, "23"}, /* Sm */ [62] = {5, "23"}, /* Eu */ [63] = {7, "23"},
    /* Gd */ [64] = {5, "23"}, /* Tb */ [65] = {7, "23"}, /* Dy */ [66] = {6, "23"},
    /* Ho */ [67] = {8, "23"}, /* Er */ [68] = {6, "23"}, /* Tm */ [69] = {8, "23"},
    /* Yb */ [70] = {6, "23"}, /* Lu */ [71] = {7, "23"}, /* Hf */ [72] = {3, "324"},
    /* Ta */ [73] = {2.5, "342"}, /* W */ [74] = {1.5, "324"},
    /* Re */ [75] = {3, "324"}, /* Os */ [76] = {7, "23"}, /* Ir */ [77] = {5, "23"},
    /* Pt */ [78] = {4, "21"}, /* Au */ [79] = {4, "12"}, /* Hg */ [80] = {8, "12"},
    /* Tl */ [81] = {8, "1"}, /* Pb */ [82] = {4, "21"}, /* Bi */ [83] = {5, "12"},
    /* Th */ [90] = {7, "23"}, /* U */ [92] = {6, "23"},
};
// clang-format on

double ia_element_cost(unsigned z)
{
    return habits[z].charges ? habits[z].cost : INFINITY;
}

static bool is_gas_former(unsigned z)
{
    return z == 1 || z == 6 || z == 7 || z == 8;
}

double ia_element_cost_bound(unsigned z)
{
    static const double gas[] = {[1] = 0, [6] = 1, [7] = 2, [8] = 0};
    return is_gas_former(z) ? gas[z] : 5;
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

// Small molecules of hydrogen, carbon, nitrogen and oxygen that are met in most
// specimens.
static bool is_usual_gas(const ia_ion *ion)
{
    static const char *const usual[] = {"H2+", "H3+",  "OH+", "OH2+", "OH3+", "O2+",
                                        "CO+", "CO2+", "N2+", "NO+",  "C2+",  "C3+",
                                        "NH+", "NH2+", "CN+", "C3++", "CH+",  "CH2+"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        ia_ion other = ia_ion_of(usual[i]);
        if (ia_ion_is_equal(ion, &other))
            return true;
    }
    return false;
}

double ia_molecule_cost(const ia_ion *ion)
{
    static const double by_charge[] = {0, 0, 2, 6, 10};
    unsigned atoms = ia_ion_atoms(ion), light = 0, metals = 0;
    double cost = 3;

    if (is_usual_gas(ion))
        return 1.5;
    for (size_t i = 0; i < ion->n_parts; i++) {
        if (is_gas_former(ion->parts[i].z))
            light += ion->parts[i].count;
        else
            metals++;
    }
    if (metals == 0)
        cost += 1; // unusual small molecules
    if (metals > 0 && light == 0)
        cost += metals == 1 ? 1.5 : 4; // dimers of one element, of two
    if (metals > 1 && light > 0)
        cost += 3;
    if (atoms > 2)
        cost += 1.5 + (atoms - 3);
    return cost + by_charge[ion->charge < 4 ? ion->charge : 4];
}
