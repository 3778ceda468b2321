// src/spectrum/deuterium.h: shares the ions of a light peak between the ion with a
// deuterium and the one with two hydrogens in its place.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DEUTERIUM_H
#define IA_SPECTRUM_DEUTERIUM_H

#include "spectrum/doubts.h"
#include <ionatlas/hydrogen.h>

// Where one ion of a pair (D+ and H2+, HD+ and H3+, D2+ and H2D+) is told, the other may
// be there as well: is put behind the (n) ions, which have room for IA_LIGHT_PAIRS more,
// both as certain as the two together.
void ia_deuterium_add(ia_ion *ions, double *probability, size_t *n);

// Does it hold both ions of a pair?
bool ia_deuterium_is_open(const ia_deconvolution *solved);

// Bins of a hundredth of a Dalton do not part two lines 0.0016 Da apart; what they have
// together stands, and is shared as the light peaks themselves have it. What these leave
// open goes to the error by overlap, of opposite sign; each is then as likely to be there
// as they say. O(ions^2).
void ia_deuterium_share(const ia_hydrogen *light, ia_deconvolution *solved);

// What a pair leaves open of something that rises by `gain` with the share of its first:
// the first has all, the second has, or neither, from what it is with the mean share.
void ia_shared_outcomes(const ia_shared_pair *pair, double gain, ia_doubt outcomes[3]);

#endif
