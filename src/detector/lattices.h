// src/detector/lattices.h: what follows from the comparison of a crystal with other
// common lattices; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_LATTICES_H
#define IA_DETECTOR_LATTICES_H

#include <ionatlas/orientation.h>

// Probability of one of the lattices that were compared, 20 times as likely beforehand
// if it is the one told; image compressions are usual to 1.62 times or over e^0.13. 1
// where none were.
double ia_orientation_lattice(const ia_orientation *orientation, size_t which);
// A warning where an image compression is below 1.3 or above 2, which hardly any tip has,
// with those of n lattices, the one told first, that would give a usual one.
void ia_lattices_doubt_icf(ia_ctx *ctx, const ia_lattice_evidence *lattices, size_t n,
                           double icf);

#endif
