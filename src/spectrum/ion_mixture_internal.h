// src/spectrum/ion_mixture_internal.h: parts of the mixture of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ION_MIXTURE_INTERNAL_H
#define IA_SPECTRUM_ION_MIXTURE_INTERNAL_H

#include <ionatlas/ion_mixture.h>

#include "core/symmetric.h"
#include "spectrum/deconvolve_internal.h"

// What is fitted of the peaks beside the amounts. The learnt cells of a shape are moved
// by the first alone.
enum {
    IA_FORM_SHIFT, // of all lines, widths
    IA_FORM_SLOPE, // of places against m/n: widths that lines as far from the middle of
                   // all as they usually are move by
    IA_FORM_SIGMA, // ln of the standard deviation of a Gaussian, widths
    IA_FORM_TAU,   // ln of the mean of the exponential that it is convolved with, widths
    IA_FORM_FAR,   // ln of the share that has a four widths long exponential instead
    IA_FORM_TILT,  // power of m/n by which widths are larger than thought
    IA_FORM_NUMBERS
};

// Where the ions of each line lie.
typedef struct {
    bool is_cells;          // the learnt shape; else the formula
    ia_peak_shape cells;    // of the formula, filled for the numbers; owned
    ia_placed_lines placed; // lines where the mass scale has them; owned; none: those of
                            // the deconvolution, which are moved to their peaks
    double middle, slope;   // of the lines' m/n, Da; of places, for a slope of 1
    double x[IA_FORM_NUMBERS];
} ia_mixture_form;

// The learnt cells, all lines at the peaks.
void ia_form_cells(ia_mixture_form *out);
// The formula; lines at their peaks or where the mass scale has them.
ia_status ia_form_formula(ia_ctx *ctx, const ia_ion_mixture_input *input, bool at_peaks,
                          ia_mixture_form *out);
// Where a peak is highest, widths behind its line.
double ia_form_top(const ia_mixture_form *form);
void ia_form_clear(ia_mixture_form *form);
// Belief of a number, its standard deviation; 0 for one that is not fitted.
double ia_form_belief(const ia_mixture_form *form, int number, double *sigma);
// Keep a number in its bounds.
double ia_form_bound(const ia_mixture_form *form, int number, double value);

// Which components reach which bin, and with what share: fills `first`, `component` and
// `density`, and m_min, bin and n_bins, in the place of those that are there. Bins
// outside of windows have no part. O(lines x bins in reach).
ia_status ia_ion_mixture_densities(ia_ctx *ctx, const ia_ion_mixture_input *input,
                                   ia_mixture_form *form, ia_ion_mixture *out);

typedef struct {
    ia_ctx *ctx;
    const ia_ion_mixture_params *params;
    const ia_ion_mixture_input *input;
    ia_ion_mixture *out;
    size_t n;                // components
    double *counts, *trial;  // (n)
    double *whole;           // (n) share of a component's ions in windows
    double *slope, *step;    // (n) of the likelihood; of the counts
    double *information;     // (n, n)
    double *shared;          // (IA_FORM_NUMBERS, n) information of both
    double *room;            // holds all of these
    double *drift;           // (IA_FORM_NUMBERS, n_bins) change of a bin's mean with them
    double level, precision; // of the background: what is known of it beside the windows
    ia_symmetric symmetric;
    ia_symmetric form_symmetric; // IA_FORM_NUMBERS rows
    ia_mixture_form form;
} mixing;

// Of ion_mixture.c: log likelihood; slopes and information on the amounts; the shares of
// components in windows; steps of scoring; expected ions of a bin.
double ia_mixing_likelihood(const mixing *m, const double *counts);
void ia_mixing_look(mixing *m);
void ia_mixing_set_whole(mixing *m);
void ia_mixing_score(mixing *m);
double ia_mixing_mean(const ia_ion_mixture *mix, size_t bin, const double *counts);

// Of ion_mixture_fit.c. The form of the peaks under which the spectrum is most probable,
// with its amounts.
ia_status ia_mixing_fit_form(mixing *m);
// Change of the bins with the numbers of the form.
ia_status ia_mixing_set_drift(mixing *m);
// What the bins tell of the form they cannot tell of the amounts: less information.
void ia_mixing_yield(mixing *m);

// Amounts, (n_ions + 1), of the box of a position; places outside belong to the nearest.
const float *ia_ion_box(const ia_ion_mixture *mixture, const float *xyz);

#endif
