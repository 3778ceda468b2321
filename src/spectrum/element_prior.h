// src/spectrum/element_prior.h: how likely elements, charges and molecules are before a
// spectrum is seen.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ELEMENT_PRIOR_H
#define IA_SPECTRUM_ELEMENT_PRIOR_H

#include <ionatlas/ion.h>

// All are costs: minus the natural logarithm of the odds.

// Of the element being in a specimen at all; INFINITY where it has no natural isotope.
double ia_element_cost(unsigned z);
// More, where it is seen in molecules alone.
double ia_element_cost_bound(unsigned z);
// Of a single atom with this charge, given the element.
double ia_charge_cost(unsigned z, unsigned charge);
// The charge it usually has.
unsigned ia_usual_charge(unsigned z);
// Of a molecule, given its elements.
double ia_molecule_cost(const ia_ion *ion);
// H, C, N and O.
bool ia_element_is_gas_former(unsigned z);
// What stays in a vacuum chamber: hydrogen, water, air and carbon monoxide or dioxide.
bool ia_ion_is_residual_gas(const ia_ion *ion);

#endif
