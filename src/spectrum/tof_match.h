// src/spectrum/tof_match.h: molecules made of the elements found, matched with peaks that
// these leave unexplained.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_MATCH_H
#define IA_SPECTRUM_TOF_MATCH_H

#include <ionatlas/identify.h>

#include "spectrum/enumerate.h"
#include "spectrum/ion_prior.h"
#include "spectrum/tof_peaks.h"

enum { IA_TOF_MATCH_FEATURES = 29, IA_TOF_MATCHES_MOST = 40 };

// What is known when a peak is asked about; all borrowed.
typedef struct {
    const ia_tof_peaks *peaks;
    const double *left; // (n) ions of each peak that no ion told so far explains
    const ia_ion_prior *prior;
    const ia_members *members;   // nuclides of the elements found, and of H, C, N, O
    const ia_candidates *listed; // these and no others are matched; NULL: all of these
    bool found[IA_Z_MAX + 1];    // elements seen as single atoms
    double atoms[IA_Z_MAX + 1];  // ions of these, all charges
    const ia_ion *told;          // (n_told) molecules told so far
    const double *counts;        // (n_told) ions of each
    size_t n_told;
    size_t atoms_max, charge_max;
} ia_tof_scene;

// A molecule at a peak.
typedef struct {
    ia_ion ion;
    ia_ion_line *lines; // (n_lines) owned
    size_t n_lines, anchor;
    double counts; // of all lines, if what is left of the peak is this
    double score;  // sum of log odds, before the trees see it
    float features[IA_TOF_MATCH_FEATURES];
} ia_tof_match;

typedef struct {
    ia_tof_match list[IA_TOF_MATCHES_MOST];
    size_t n;
} ia_tof_matches;

// Natural nuclides of the elements found and of residual gas.
ia_status ia_tof_members(ia_ctx *ctx, const ia_ion_prior *prior,
                         const bool found[IA_Z_MAX + 1], ia_members *out);
// Whether enough of a peak is left to ask about.
bool ia_tof_is_open(const ia_tof_scene *scene, size_t peak);
// Molecules with a strong line at the peak, by falling score.
ia_status ia_tof_match_peak(ia_ctx *ctx, const ia_tof_scene *scene, size_t peak,
                            ia_tof_matches *out);
// The same molecules when intensities have changed.
void ia_tof_match_again(const ia_tof_scene *scene, size_t peak, ia_tof_matches *matches);
void ia_tof_matches_clear(ia_tof_matches *matches);

#endif
