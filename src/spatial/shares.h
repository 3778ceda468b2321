// src/spatial/shares.h: what ions of each kind count for each element.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SHARES_H
#define IONATLAS_SRC_SHARES_H

#include "core/kind_list.h"
#include "spatial/ranged.h"

#include <ionatlas/share.h>

typedef struct {
    const ia_ranges *ranges; // borrowed
    size_t n_kinds, n_elements;
    ia_kind_list kinds; // (n_elements)
    uint8_t *atoms;     // (n_kinds) atoms per ion; 0 for labels
    uint8_t *of;        // (n_elements, n_kinds) atoms of the element per ion
    double *background; // (n_kinds) stray ions of that kind per ranged ion; NAN
    double level_error; // of the background's level, relative
} ia_shares;

// For the elements and nuclides of a list ("Cu,D"); of an empty one, for all that ranged
// ions hold,
// by falling number of atoms. IA_ERR_EMPTY where no ranged ion holds one that is named.
ia_status ia_shares_build(ia_ctx *ctx, const ia_share_input *input,
                          const ia_ranged *ranged, const char *elements, ia_shares *out);
void ia_shares_clear(ia_shares *shares);

// counts: (n_kinds) ions. O(n_kinds).
ia_share ia_share_of(const ia_shares *shares, size_t element, const uint64_t *counts);
// Of the ions counted, the sum of squares by which the atoms of the element in each
// depart from the share of it among all their atoms: the variance of their atoms of it,
// given all of them; in single atoms that of the binomial distribution. 0 without atoms.
double ia_share_spread(const ia_shares *shares, size_t element, const uint64_t *counts);
static inline bool ia_shares_holds(const ia_shares *shares, size_t element, size_t kind)
{
    return shares->of[element * shares->n_kinds + kind] > 0;
}

// Ions of each of n_bins that hold an element, from counts: (n_bins, n_kinds). Their sum.
uint64_t ia_shares_hold(const ia_shares *shares, size_t element, const uint64_t *counts,
                        size_t n_bins, uint64_t *holding);

// Columns of the shares of one element, one row each: counts, at_percent, its sigma and
// interval, the corrected ones. `size` bytes from one to the next.
ia_status ia_shares_columns(ia_ctx *ctx, ia_table *table, const ia_share *shares,
                            size_t size);
// "Cu:12:11.4:3.6 Fe:3:2.8:1.8": atoms, and corrected ones with their error, of every
// element of these ions. Freed with free(). NULL when memory ran out.
char *ia_shares_tally(ia_ctx *ctx, const ia_shares *shares, const uint64_t *counts);

#endif
