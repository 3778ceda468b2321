// src/detector/hit_doubts.h: hits that cannot be meant as they stand; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_HIT_DOUBTS_H
#define IA_DETECTOR_HIT_DOUBTS_H

#include <ionatlas/ions.h>

enum { HIT_SAMPLE = 200000 }; // hits that tell where a run has them

typedef struct {
    const float *hits; // (n, 2), evenly over the run, unit of the file
    size_t n;
    size_t first, n_ions; // of the run that they are of
    double mm;            // of the unit
} ia_hit_sample;

// Where all but one hit in 200 lie, half of these on either side; mm.
typedef struct {
    double middle[2], half[2];
} ia_hit_extent;

// Hits evenly over the ions from `first` on, into (out->n, 2), freed with free().
ia_status ia_hit_sample_read(ia_ctx *ctx, const ia_ions *ions, size_t first,
                             size_t n_ions, ia_hit_sample *out);
// IA_ERR_EMPTY, without a message, where no hit is a place.
ia_status ia_hit_extent_find(ia_ctx *ctx, const ia_hit_sample *sample,
                             ia_hit_extent *out);
// Whether the hits lie about another place than (0, 0), as where the origin is a corner
// of the detector. Hits of a disc that is blind in part lie so as well: not round.
bool ia_hits_are_off(const ia_hit_extent *extent);
// The same, with a sentence, unless the axis that is told (mm) is where they lie.
bool ia_hits_doubt_origin(ia_ctx *ctx, const ia_hit_extent *extent, const double told[2]);
// Hits that are none, and hits in two units: a sentence each.
ia_status ia_hits_doubt(ia_ctx *ctx, const ia_hit_sample *sample);

#endif
