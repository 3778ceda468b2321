// src/detector/hit_cover.h: the part of a round detector that records ions; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_HIT_COVER_H
#define IA_DETECTOR_HIT_COVER_H

#include "detector/hit_doubts.h"

// In cells of one area: [ring * IA_COVER_SECTORS + sector]. All-zero but the radius is
// empty.
enum { IA_COVER_RINGS = 16, IA_COVER_SECTORS = 48 };
typedef struct {
    double radius, middle[2];                         // mm
    double counts[IA_COVER_RINGS * IA_COVER_SECTORS]; // of hits
    double seen[IA_COVER_RINGS * IA_COVER_SECTORS];   // share of a cell; where blind > 0
    double blind; // share of the detector that records nothing
} ia_hit_cover;
// Count n hits at a place, mm from the detector's middle.
void ia_hit_cover_add(ia_hit_cover *cover, double x, double y, double n);
// Find parts without hits, 2 % of the detector or more each. With fewer than ten hits
// for each cell nothing is found.
void ia_hit_cover_find(ia_hit_cover *cover);
// Share of the detector at a place that records: 1, but in blind parts.
double ia_hit_cover_at(const ia_hit_cover *cover, double x, double y);
// Of all hits of a sample, about `middle`, mm.
void ia_hit_cover_count(const ia_hit_sample *sample, const double middle[2],
                        double radius, ia_hit_cover *out);
// A sentence on what is blind, and one on a narrow strip.
ia_status ia_hits_doubt_cover(ia_ctx *ctx, const ia_hit_sample *sample,
                              const ia_hit_cover *cover);

#endif
