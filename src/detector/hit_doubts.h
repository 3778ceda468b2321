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
// A straight strip with next to no hits: the likeliest one of all.
typedef struct {
    double odds; // ln likelihood of such a strip against none
    double p;    // of one as likely anywhere on a detector without, at most
    double angle,
        offset;          // across it, radian; of its middle from that of the detector, mm
    double from, length; // along it, mm
    double width, left;  // mm; share of the hits beside it that it has
} ia_dead_strip;
// Strips 0.5 to 5 mm wide (of a detector of 76 mm) and half its radius long or more. p is
// a bound of Poisson noise on a density that is as high on both sides of a strip as in
// it. 0.4 s, of 50,000 of the hits.
ia_status ia_dead_strip_find(ia_ctx *ctx, const ia_hit_sample *sample,
                             const double middle[2], double radius, ia_dead_strip *out);
// A sentence on it.
ia_status ia_hits_doubt_strip(ia_ctx *ctx, const ia_hit_sample *sample,
                              const double middle[2], double radius);
// Hits that are none, and hits in two units: a sentence each.
ia_status ia_hits_doubt(ia_ctx *ctx, const ia_hit_sample *sample);

#endif
