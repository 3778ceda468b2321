// src/spectrum/slices.h: slices of a run, each with its level and its open window in m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_SLICES_H
#define IA_SPECTRUM_SLICES_H

#include "spectrum/windows.h"

enum { IA_SLICES_MOST = 64 };

typedef struct {
    double from, to; // of the voltage (V) or z (nm)
    double voltage;  // mean, V; NAN where not known
    double ions;     // in the slice
    // m/n that its time window lets through, Da: all of the slice in [lo[1], hi[0]), none
    // of it below lo[0] or from hi[1] on, a share that grows or falls evenly between.
    double lo[2], hi[2];
    double level; // a of its background, counts Da^-1/2
} ia_slice;

typedef struct {
    ia_slice list[IA_SLICES_MOST]; // by rising voltage or z
    size_t n;
    const char *by; // "voltage" or "z"
} ia_slices;

// Ions of each slice in each window: counts[s n_windows + w].
typedef struct {
    ia_slices slices;
    double *counts;
    size_t n_windows;
} ia_sliced;

// Cut the run into n slices of about equal numbers of ions and count. One pass over m/n
// and voltage (or z) on all threads. No slice where the voltage hardly changes, or
// neither is known.
ia_status ia_sliced_count(ia_ctx *ctx, const ia_ions *ions, const ia_spectrum *spectrum,
                          const ia_windows *windows, size_t n, ia_sliced *out);
void ia_sliced_clear(ia_sliced *sliced);
// Levels, and the ends of the time window where the slices show them, from the windows
// that hold no more than background does.
void ia_sliced_fit(ia_sliced *sliced, const ia_windows *windows);
// Levels alone, the ends as they are.
void ia_sliced_set_levels(ia_sliced *sliced, const ia_windows *windows);
// Before anything is fitted: a window may hold as much as its neighbours usually do.
void ia_windows_mark_clean(ia_windows *windows);

// What a level of 1 puts into [lo, hi) of a slice, and of all, slices closed there left
// out.
double ia_slice_lever(const ia_slice *slice, double lo, double hi);
double ia_slices_lever(const ia_slices *slices, double lo, double hi);

#endif
