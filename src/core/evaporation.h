// src/core/evaporation.h: at which field elements evaporate, and what their atoms take.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_EVAPORATION_H
#define IA_CORE_EVAPORATION_H

typedef struct {
    const char *symbol;
    double field, volume; // V/nm, nm^3 of an atom
} ia_evaporation;

// "Fe, Al, ...": the elements that are known, for sentences.
extern const char ia_evaporation_symbols[];

// NULL for an element that is not known.
const ia_evaporation *ia_evaporation_find(const char *symbol);

#endif
