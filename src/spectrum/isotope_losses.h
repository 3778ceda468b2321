// src/spectrum/isotope_losses.h: what isotopes say of the ions that a busy detector lost.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ISOTOPE_LOSSES_H
#define IA_SPECTRUM_ISOTOPE_LOSSES_H

#include <ionatlas/deconvolve.h>

// A detector that is busy with an ion misses others of the same flight time, so that a
// line loses a part of its ions that grows with its share of all of them.
typedef struct {
    double part,
        sigma; // that a line with all ions would lose, and its standard deviation
    double probability; // that lines lost ions at all
    double all;         // ions of the spectrum
    size_t ion;         // whose isotopes show it best
    double mass, lost;  // its largest line, Da, and the part that this lost
} ia_isotope_losses;

// False where isotopes do not show a loss: of the ion with the largest line two others at
// least have more, each by two standard deviations, and all lines together make a loss,
// one in twenty beforehand, likelier than that; shares of lines are known to 0.02.
// O(windows x ions).
bool ia_isotope_losses_find(const ia_deconvolution *solved, ia_isotope_losses *out);
// By what counts are multiplied for ions that were lost; its standard deviation, of what
// all ions have in common (whether there was a loss at all, and how large), and of what
// each has by itself.
typedef struct {
    double value, common, own;
} ia_loss_factor;

// As likely as a loss is. O(windows).
ia_loss_factor ia_isotope_losses_factor(const ia_isotope_losses *losses,
                                        const ia_deconvolution *solved, size_t ion);

#endif
