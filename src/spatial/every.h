// src/spatial/every.h: every ion, ranged or not, as one species.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_EVERY_H
#define IONATLAS_SRC_EVERY_H

#include "spatial/species.h"

// One range that holds every m/n, of one ion that is no element.
typedef struct {
    ia_ranges ranges;
    ia_ranger ranger;
    ia_species species; // what holds it: "all"
} ia_every;

// Whether a list of centres asks for it: "all".
bool ia_every_is_asked(const char *from);
// IA_ERR_PARAM where the neighbours are to be others than every ion again.
ia_status ia_every_check(ia_ctx *ctx, const char *to);
ia_status ia_every_build(ia_ctx *ctx, ia_every *out);
void ia_every_clear(ia_every *every);

#endif
