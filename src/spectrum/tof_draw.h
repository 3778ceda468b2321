// src/spectrum/tof_draw.h: specimens drawn at random as lists of peaks with their truth,
// to train on.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_DRAW_H
#define IA_SPECTRUM_TOF_DRAW_H

#include <ionatlas/ion.h>
#include <ionatlas/random.h>

#include "spectrum/ion_prior.h"
#include "spectrum/tof_peaks.h"

enum { IA_TOF_IONS_MOST = 96, IA_TOF_LINES_MOST = 2400, IA_TOF_PEAKS_MOST = 1200 };

// An ion of the specimen.
typedef struct {
    ia_ion ion;
    double counts; // all its lines together, as they should be
} ia_tof_ion;

// A line of it.
typedef struct {
    double mass;  // Da, as measured
    double n;     // ions recorded
    double share; // of the ion's intensity
    uint16_t ion;
    bool main;    // the ion's strongest line
    int32_t peak; // that it went into, -1: lost in the background
} ia_tof_line;

typedef struct {
    ia_tof_ion ions[IA_TOF_IONS_MOST];
    size_t n_ions, n_atoms; // the first n_atoms are single atoms
    ia_tof_line lines[IA_TOF_LINES_MOST];
    size_t n_lines;
    ia_tof_peak room[IA_TOF_PEAKS_MOST];
    ia_tof_peaks peaks; // list points to room
    double noise;       // multiplicative, of each line
} ia_tof_specimen;

// Elements by their commonness, half of the time all alike; charges by habit; molecules
// of two to five atoms; 3e3 to 3e6 ions, resolution, background, error of the mass scale,
// dead time and noise (2 to 50 %) over all that instruments have; now and then peaks that
// are no ion's. Deterministic in seed and index; O(lines).
ia_status ia_tof_draw(ia_ctx *ctx, const ia_ion_prior *prior, uint64_t seed,
                      uint64_t index, ia_tof_specimen *out);

// The elements drawn when they are drawn by commonness, over those drawn: weight of a
// row.
double ia_tof_element_weight(const ia_ion_prior *prior, unsigned z);

#endif
