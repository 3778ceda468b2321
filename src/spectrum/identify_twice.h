// src/spectrum/identify_twice.h: are the peaks there twice, on two mass scales?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_IDENTIFY_TWICE_H
#define IA_SPECTRUM_IDENTIFY_TWICE_H

#include <ionatlas/identify.h>

// Peaks without an explanation that repeat those with one.
typedef struct {
    double factor;           // of m/n, from those explained to those that repeat them, or
    double delay;            // of sqrt(m/n), Da^1/2
    size_t n, n_unexplained; // that repeat one, and all
    double part;             // of the ions in peaks, that repeat
} ia_twice;

// Peaks without an explanation lie, four or more and most of their ions, at the same
// factor, or time of flight later or earlier, within 3 % from peaks with one, and most
// hold a like part of those. A scale that jumps within the run does that, as do flights
// that begin twice. O(peaks^2 log peaks).
bool ia_is_twice(const ia_peaks *peaks, const ia_assignment *a, ia_twice *out);

#endif
