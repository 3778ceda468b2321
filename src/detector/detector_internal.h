// src/detector/detector_internal.h: the grids that the detector's records are counted in.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_DETECTOR_INTERNAL_H
#define IONATLAS_SRC_DETECTOR_INTERNAL_H

#include <ionatlas/detector.h>

// Fine bins of times, a power of ten wide, from 0 on.
typedef struct {
    double bin, per_bin; // ns, 1/ns
    size_t n_bins;
    uint64_t *counts; // (n_bins)
    uint64_t below, above;
} detector_times;

// The least of 1, 2, 5 times a power of ten that cuts `length` into at most n parts.
double detector_round_width(double length, size_t n);

// Bins for times up to `end` that can be joined to at most `most` round ones. The
// counters are the caller's: detector_times_room of them.
size_t detector_times_room(size_t most);
void detector_times_lay(double end, size_t most, detector_times *times);
// Where nearly all times end; no later than `longest`.
double detector_times_end(const detector_times *times, double longest);
// Whether round bins up to `end` would be narrower than these.
bool detector_times_are_coarse(const detector_times *times, double end, size_t most);
// Join them to round bins up to `end` in `out`.
ia_status detector_times_join(ia_ctx *ctx, const detector_times *times, double end,
                              size_t most, ia_detector *out);

// Cells for hits within out->bounds, at most n along the longer edge, one more where
// they end beside a round number. No counters for hits without extent.
ia_status detector_lay_hits(ia_ctx *ctx, size_t n, ia_detector *out);

#endif
