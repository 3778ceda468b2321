// src/spatial/proxigram_internal.h: what the files of the proximity histogram share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PROXIGRAM_INTERNAL_H
#define IONATLAS_SRC_PROXIGRAM_INTERNAL_H

#include "spatial/surface_internal.h"

#include <ionatlas/proxigram.h>

// A mesh made elsewhere, as ions see it.
typedef struct {
    float *distance; // (w->ranged.n) nm; NAN: none
    size_t n_objects, n_excluded;
    double area;
    bool edge_included;
} proxigram_given;

// What a profile is made from; all borrowed.
typedef struct {
    const ia_volume_work *w;
    const ia_shares *shares;
    const ia_volume *volume;      // NULL where a mesh is given
    const proxigram_given *given; // else NULL
    const ia_proxigram_params *p;
    double threshold; // of all ions; NAN
} proxigram_source;

// From the ions of these parts, two or more of them; without flatness, and errors by
// counting alone, where n_draws is 0.
// n_objects 0: there is no surface, and nothing else is told.
ia_status ia_proxigram_of(ia_ctx *ctx, const proxigram_source *source, unsigned parts,
                          ia_proxigram *out);
// From all ions, and then from parts of them.
ia_status ia_proxigram_run(ia_ctx *ctx, const proxigram_source *source,
                           ia_proxigram *out);
// The steps in random halves and 70 % of the ions, into out->elements.
ia_status ia_proxigram_steady(ia_ctx *ctx, const proxigram_source *source,
                              ia_proxigram *out);

#endif
