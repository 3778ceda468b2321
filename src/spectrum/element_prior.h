// src/spectrum/element_prior.h: how likely elements are before a spectrum is seen, and
// what the chamber brings.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ELEMENT_PRIOR_H
#define IA_SPECTRUM_ELEMENT_PRIOR_H

#include <ionatlas/ion.h>

// Minus the natural logarithm of the odds that the element is in a specimen at all;
// INFINITY where it has no natural isotope.
double ia_element_cost(unsigned z);
// H, C, N and O.
bool ia_element_is_gas_former(unsigned z);
// What stays in a vacuum chamber: hydrogen, water, air and carbon monoxide or dioxide.
bool ia_ion_is_residual_gas(const ia_ion *ion);
// Of that, what says nothing of the specimen: of several atoms, none of nitrogen.
bool ia_ion_is_of_chamber(const ia_ion *ion);

#endif
