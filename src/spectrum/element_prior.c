// src/spectrum/element_prior.c: how likely elements are before a spectrum is seen, and
// what the chamber brings.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/element_prior.h"

#include <math.h>
#include <string.h>

// What the field usually meets, in round figures: grows from what nearly every specimen
// may hold to what hardly any does. Beliefs, not measurements: a spectrum with isotopes
// outweighs them. 0 for what has no natural isotope, but for hydrogen.
// clang-format off
static const double costs[IA_Z_MAX + 1] = {
    /* H */ [1] = 0, /* He */ [2] = 15, /* Li */ [3] = 4.5,
    /* Be */ [4] = 7.5, /* B */ [5] = 2, /* C */ [6] = 0.5,
    /* N */ [7] = 1, /* O */ [8] = 0.5, /* F */ [9] = 6,
    /* Ne */ [10] = 12, /* Na */ [11] = 4.5, /* Mg */ [12] = 1.5,
    /* Al */ [13] = 1, /* Si */ [14] = 1, /* P */ [15] = 2,
    /* S */ [16] = 4.5, /* Cl */ [17] = 6, /* Ar */ [18] = 10.5,
    /* K */ [19] = 6, /* Ca */ [20] = 4.5, /* Sc */ [21] = 6,
    /* Ti */ [22] = 1, /* V */ [23] = 1.5, /* Cr */ [24] = 1,
    /* Mn */ [25] = 1, /* Fe */ [26] = 1, /* Co */ [27] = 1,
    /* Ni */ [28] = 1, /* Cu */ [29] = 1, /* Zn */ [30] = 3,
    /* Ga */ [31] = 2, /* Ge */ [32] = 4.5,
    /* As */ [33] = 4.5, /* Se */ [34] = 7.5,
    /* Br */ [35] = 12, /* Kr */ [36] = 15, /* Rb */ [37] = 10.5,
    /* Sr */ [38] = 6, /* Y */ [39] = 4.5, /* Zr */ [40] = 2,
    /* Nb */ [41] = 2, /* Mo */ [42] = 1.5,
    /* Ru */ [44] = 6, /* Rh */ [45] = 7.5, /* Pd */ [46] = 6,
    /* Ag */ [47] = 4.5, /* Cd */ [48] = 7.5,
    /* In */ [49] = 4.5, /* Sn */ [50] = 4.5, /* Sb */ [51] = 6,
    /* Te */ [52] = 6, /* I */ [53] = 12, /* Xe */ [54] = 15,
    /* Cs */ [55] = 10.5, /* Ba */ [56] = 7.5,
    /* La */ [57] = 7.5, /* Ce */ [58] = 7.5,
    /* Pr */ [59] = 10.5, /* Nd */ [60] = 7.5,
    /* Sm */ [62] = 7.5, /* Eu */ [63] = 10.5,
    /* Gd */ [64] = 7.5, /* Tb */ [65] = 10.5,
    /* Dy */ [66] = 9, /* Ho */ [67] = 12, /* Er */ [68] = 9,
    /* Tm */ [69] = 12, /* Yb */ [70] = 9, /* Lu */ [71] = 10.5,
    /* Hf */ [72] = 4.5, /* Ta */ [73] = 2.5,
    /* W */ [74] = 1.5, /* Re */ [75] = 4.5,
    /* Os */ [76] = 10.5, /* Ir */ [77] = 7.5,
    /* Pt */ [78] = 6, /* Au */ [79] = 6, /* Hg */ [80] = 12,
    /* Tl */ [81] = 12, /* Pb */ [82] = 6, /* Bi */ [83] = 7.5,
    /* Th */ [90] = 10.5, /* U */ [92] = 9,
};
// clang-format on

double ia_element_cost(unsigned z)
{
    return z == 1 || costs[z] > 0 ? costs[z] : INFINITY;
}

bool ia_element_is_gas_former(unsigned z)
{
    return z == 1 || z == 6 || z == 7 || z == 8;
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

bool ia_ion_is_residual_gas(const ia_ion *ion)
{
    static const gas residual[] = {
        {.h = 1},         {.h = 2}, {.h = 3}, {.o = 1, .h = 1}, {.o = 1, .h = 2},
        {.o = 1, .h = 3}, {.o = 2}, {.n = 2}, {.c = 1, .o = 1}, {.c = 1, .o = 2},
    };
    return is_gas_of(ion, residual, sizeof residual / sizeof *residual);
}

// Molecules that come from the chamber whatever the specimen: all residual gas but N2,
// of which an ultra-high vacuum holds little beside CO.
bool ia_ion_is_of_chamber(const ia_ion *ion)
{
    const unsigned nitrogen = 7;
    return ia_ion_is_residual_gas(ion) && ia_ion_atoms(ion) > 1 &&
           ia_ion_count(ion, nitrogen) == 0;
}
