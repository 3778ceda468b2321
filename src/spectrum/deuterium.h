// src/spectrum/deuterium.h: shares the ions of a light peak between the ion with a
// deuterium and the one with two hydrogens in its place.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DEUTERIUM_H
#define IA_SPECTRUM_DEUTERIUM_H

#include <ionatlas/hydrogen.h>

// Where one ion of a pair (D+ and H2+, HD+ and H3+, D2+ and H2D+) is told, the other may
// be there as well: is put behind the (n) ions, which have room for IA_LIGHT_PAIRS more,
// both as certain as it is that either is there, by `found`, which they are from.
void ia_deuterium_add(const ia_assignment *found, ia_ion *ions, double *probability,
                      size_t *n);

// Does it hold both ions of a pair?
bool ia_deuterium_is_open(const ia_deconvolution *solved);

// Bins of a hundredth of a Dalton do not part two lines 0.0016 Da apart; what they have
// together stands, and is shared as the light peaks themselves have it. What these leave
// open goes to the error by overlap, of opposite sign, and to `shared`, outcome by
// outcome; each is then as likely to be there as they say, if either is. O(ions^2).
void ia_deuterium_share(const ia_hydrogen *light, ia_deconvolution *solved);

#endif
