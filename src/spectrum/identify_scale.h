// src/spectrum/identify_scale.h: would another mass scale explain the spectrum better?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_IDENTIFY_SCALE_H
#define IA_SPECTRUM_IDENTIFY_SCALE_H

#include "spectrum/assign_from.h"

// How a scale may be off: m/n times 1 + by, sqrt(m/n) plus by (Da^1/2; the start time),
// or m/n plus by (Da; whoever made the file).
typedef enum {
    IA_SCALE_FACTOR,
    IA_SCALE_DELAY,
    IA_SCALE_OFFSET,
    IA_SCALE_KINDS,
} ia_scale_kind;

typedef struct {
    double here; // score of the account of the spectrum as it is, and
    double best[IA_SCALE_KINDS], by[IA_SCALE_KINDS]; // the best of each kind
    double same;        // the best that ends at a scale within the tolerance of it
    ia_mass_scale from; // that scale
    double other; // factor far from 1 with which chance finds less than half of what it
                  // finds as it is, one or more in 100; NAN: none explains about as much
    bool is_nearer; // with this one more lines lie, a third as far from their places,
    ia_scale_kind nearer; // and chance finds less than half
    double nearer_by;
} ia_scale_found;

// The choice of ions with m/n times 0.976 to 1.024, with flights longer or shorter by up
// to 0.06 Da^1/2, and with m/n larger or smaller by up to 0.08 Da, on all threads: the
// time of 57 identifications.
ia_status ia_scale_try(ia_ctx *ctx, const ia_assign_input *input, ia_scale_found *out);
// Was only the beginning wrong, from another scale the account is far better and ends at
// this one?
bool ia_scale_is_the_same(const ia_scale_found *found);
// Is another scale the right one, or as good? Then `text`, n bytes at most, says which.
bool ia_scale_is_doubtful(const ia_scale_found *found, char *text, size_t n);

#endif
