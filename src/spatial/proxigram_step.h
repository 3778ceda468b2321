// src/spatial/proxigram_step.h: the step of a profile and its excess.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PROXIGRAM_STEP_H
#define IONATLAS_SRC_PROXIGRAM_STEP_H

#include "spatial/shares.h"
#include "spatial/step_fit.h"

#include <ionatlas/proxigram.h>
#include <math.h>

// Ions by distance to a surface; all borrowed.
typedef struct {
    size_t n_bins, n_kinds;
    const double *edge;     // (n_bins + 1) nm
    const uint64_t *counts; // (n_bins, n_kinds)
    const ia_shares *shares;
    double bin, area; // nm, nm^2
    double reach;     // farthest distance, nm
    double scatter;   // of the surface, nm; NAN: not known
    bool is_given;    // the surface is a mesh, put where it divides
    double *room;     // (3 n_bins), written over
    uint64_t *kinds;  // (n_kinds), written over
} proxigram_tally;

// The bin of a distance, of n of this width, as many on either side of 0; n where it lies
// in none.
static inline size_t ia_proxigram_bin(double width, size_t n, float distance)
{
    double at = floor((double)distance / width) + (double)(n / 2);
    return at >= 0 && at < (double)n ? (size_t)at : n;
}

// What was fitted, and the window of the excess.
typedef struct {
    bool found;
    ia_step_fit fit; // 0 where none was found: then the surface itself divides
    double half;     // nm
} proxigram_step;

// Step, plateaus, goodness of fit and excess of one element into `out`; sigmas of
// counting alone.
proxigram_step ia_proxigram_step(const proxigram_tally *tally, size_t element,
                                 ia_proxigram_element *out);

// Middle, excess against it and against the surface itself once more from other counts,
// by a step of the same kind and a window of the same width.
enum { PROXIGRAM_MIDDLE, PROXIGRAM_EXCESS, PROXIGRAM_AT_SURFACE, PROXIGRAM_AGAIN };
void ia_proxigram_step_again(const proxigram_tally *tally, size_t element,
                             const proxigram_step *first, double out[PROXIGRAM_AGAIN]);

#endif
