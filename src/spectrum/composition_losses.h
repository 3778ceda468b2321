// src/spectrum/composition_losses.h: what the dead time of a detector took of ions that
// were solved for.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_COMPOSITION_LOSSES_H
#define IA_SPECTRUM_COMPOSITION_LOSSES_H

#include <ionatlas/composition.h>

#include "spectrum/isotope_losses.h"

// The ranges of a measurement, in which ions were counted and lost; and, where hits do
// not tell of losses, what isotopes say.
typedef struct {
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_range_counts *counts;
    const ia_deconvolution *solved;
    ia_isotope_losses by_isotopes;
    bool are_shown; // by isotopes
} ia_losses;

// Looks at the isotopes where hits tell nothing, and says so.
void ia_losses_find(ia_ctx *ctx, ia_losses *losses);

// Of the k-th solved ion, as its own ranges lost them or as isotopes have it; 1 without
// error where none were lost. O(ranges).
ia_loss_factor ia_losses_factor(const ia_losses *losses, size_t k);

#endif
