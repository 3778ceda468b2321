// src/spectrum/profile_learning.h: what is at hand while the profile of a line is learnt.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_PROFILE_LEARNING_H
#define IA_SPECTRUM_PROFILE_LEARNING_H

#include "spectrum/bayes_internal.h"

enum {
    PARAMETERS = 9,
    WINDOWS_MOST = 30,
};

// A stretch of the spectrum about a strong line, whose amount is free.
typedef struct {
    double mass, net;     // Da, ions above the background
    size_t first, n;      // cells
    size_t line, n_lines; // that reach into it: line .. line + n_lines - 1
    size_t main;          // the strong one
    bool left_out; // holds something that is not known: fits far worse than the others
} window;

typedef struct {
    ia_ctx *ctx;
    const ia_counts *counts;
    const ia_peaks *peaks;
    const ia_known_line *lines;
    size_t n_lines;
    window windows[WINDOWS_MOST];
    size_t n_windows;
    double *edge; // of cells, n + 1 for each window
    double *count, *base, *mean;
    bool *used;       // (n_cells) in a window that is not left out
    double *jacobian; // (n_cells, PARAMETERS)
    size_t n_cells;
    ia_profile profile;
} learning;

// Parameters as they are fitted, see the beliefs in profile_fit.c; the table follows.
void ia_profile_set(ia_profile *p, const double x[PARAMETERS]);
// The place of the highest part of the profile, once the table is filled.
void ia_profile_find_top(ia_profile *p);
// Which wing, by widths from the place: left, near and far right; -1: the core.
int ia_profile_wing_of(double u);

// Of doubles, rising, for qsort.
int ia_learning_by_value(const void *a, const void *b);

// Lay windows about strong lines that stand alone; count what is in their cells.
ia_status ia_learning_lay(learning *job);
void ia_learning_fill(learning *job);
// Edges of a window's cells, Da.
const double *ia_learning_edges(const learning *job, size_t k);

// Fit the parameters to the cells; windows that hold something unknown are left out.
ia_status ia_learning_fit(learning *job);
// Means of a window's cells for the profile at hand, all its lines scaled by one amount.
void ia_learning_predict(const learning *job, const ia_profile *p, size_t k,
                         double *mean);
// Of a cell: strong ones are off by a little whatever the profile.
double ia_learning_variance(double mean);

// How far single peaks lie off the profile: in shape, wings, amounts and places.
ia_status ia_learning_judge(learning *job);

#endif
