// src/spectrum/tof_peaks.h: peaks as the tree-based recogniser sees them, measured or
// drawn, and their features.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_PEAKS_H
#define IA_SPECTRUM_TOF_PEAKS_H

#include <ionatlas/peaks.h>

typedef struct {
    double mass, sigma; // m/n and its error by counting, Da
    double net, b;      // ions of the peak, and of its background
} ia_tof_peak;

typedef struct {
    ia_tof_peak *list; // (n) by rising mass
    size_t n;
    double m_lo, m_hi; // of the spectrum, Da
    double flat;       // background a / sqrt(m), ions per Da
    ia_peak_widths widths;
    double scale; // error of the mass scale at 28 Da, Da
} ia_tof_peaks;

// Index of the peak nearest to a mass and within reach of it, -1 for none.
int32_t ia_tof_find(const ia_tof_peaks *peaks, double mass, double reach);
// Background expected under a peak there, and how many ions a peak needs to be seen.
double ia_tof_background(const ia_tof_peaks *peaks, double mass);
double ia_tof_limit(const ia_tof_peaks *peaks, double mass);
// Error of a peak's place: counting, mass scale and width.
double ia_tof_sigma(const ia_tof_peaks *peaks, double mass);

// Too near to be two peaks: the more, the more unlike they are, for a valley parts two.
bool ia_tof_is_one(const ia_tof_peaks *peaks, const ia_tof_peak *left,
                   const ia_tof_peak *right);

enum {
    IA_TOF_FIRST = -6, // isotopes looked at: m + k / z
    IA_TOF_LAST = 10,
    IA_TOF_HALVES = 4,  // at m + (k + 1/2) / z
    IA_TOF_PARENTS = 4, // H, C, N, O lighter
    IA_TOF_CHARGES = 4, // the same atoms with another charge
    IA_TOF_RATIOS = 5,  // at simple multiples: dimers, other charges taken for this one
    IA_TOF_FEATURES = 7 + (IA_TOF_LAST - IA_TOF_FIRST) + IA_TOF_HALVES + IA_TOF_PARENTS +
                      IA_TOF_CHARGES + IA_TOF_RATIOS
};
// What is seen around a peak if its main line has this charge. Intensities are relative
// to the peak's own; what is absent is minus the least that would be seen; NAN lies
// outside the spectrum.
void ia_tof_features(const ia_tof_peaks *peaks, size_t anchor, unsigned charge,
                     float out[IA_TOF_FEATURES]);

#endif
