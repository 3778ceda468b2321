// src/spectrum/composition_losses.h: what the dead time of a detector took of ions that
// were solved for.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_COMPOSITION_LOSSES_H
#define IA_SPECTRUM_COMPOSITION_LOSSES_H

#include <ionatlas/composition.h>

// The ranges of a measurement, in which ions were counted and lost.
typedef struct {
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_range_counts *counts;
} ia_losses;

// By what the counts of a solved ion have to be multiplied, as its own ranges lost them,
// and the standard deviation of that; 1 and 0 where none of its ranges lost any.
// O(ranges).
void ia_losses_factor(const ia_losses *losses, const ia_ion *ion, double *factor,
                      double *sigma);

#endif
