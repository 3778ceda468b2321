// src/spectrum/deconvolve_internal.h: parts of the counting of overlapping ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DECONVOLVE_INTERNAL_H
#define IA_SPECTRUM_DECONVOLVE_INTERNAL_H

#include <ionatlas/deconvolve.h>

#include "spectrum/counts.h"
#include "spectrum/poisson.h"

typedef struct {
    ia_solved_line *list; // (n) by rising mass
    size_t n;
} ia_placed_lines;

// Isotope patterns of the ions, moved to where the mass scale and the peaks have them.
// `scale` is fitted to the peaks when it has no lines. O(lines x peaks).
ia_status ia_lines_place(ia_ctx *ctx, const ia_deconvolve_input *input,
                         const ia_counts *counts, ia_mass_scale *scale,
                         ia_placed_lines *out);
// The lines of ions, (n), where the mass scale has them.
ia_status ia_lines_scaled(ia_ctx *ctx, const ia_ion *ions, size_t n,
                          const ia_peak_widths *widths, const ia_mass_scale *scale,
                          ia_placed_lines *out);
// No more of each ion, (n_ions), than its main lines leave room for.
void ia_lines_guess(const ia_placed_lines *lines, const ia_deconvolve_input *input,
                    const ia_counts *counts, double *amount);
void ia_lines_clear(ia_placed_lines *lines);
// Straight line through the places of peaks that a line of the ions has to itself.
ia_status ia_lines_scale(ia_ctx *ctx, const ia_placed_lines *lines,
                         const double *expected, const ia_peaks *peaks,
                         ia_mass_scale *out);

// What windows are laid out by. All borrowed.
typedef struct {
    const ia_deconvolve_params *params;
    const ia_deconvolve_input *input;
    const ia_counts *counts;
    const ia_placed_lines *lines;
} ia_deconvolve_plan;

// Windows about the lines, with what they hold and the shares of the ions in them, for so
// many ions of each kind: a window is as wide as makes its ions best known, S^2 / (S + 2
// B) for S of them among B others, and ends in the valley to the next. Replaces those
// that are there.
ia_status ia_deconvolve_windows(ia_ctx *ctx, const ia_deconvolve_plan *plan,
                                const double *amount, ia_deconvolution *out);

// Amounts, (n_ions), none below zero, that make what is in the windows most probable.
ia_status ia_deconvolve_amounts(ia_ctx *ctx, ia_deconvolution *out, double *amount);
// Counts, their errors and those that cannot be parted, from windows and shares.
ia_status ia_deconvolve_solve(ia_ctx *ctx, const ia_deconvolve_plan *plan,
                              ia_deconvolution *out);

// Ions of the peaks where no line of the ions solved for lies, or none that could have
// made them.
ia_status ia_deconvolve_unexplained(ia_ctx *ctx, const ia_deconvolve_input *input,
                                    ia_deconvolution *d);

// The input, and the rivals that were taken up into it. Owns its lists.
typedef struct {
    ia_deconvolve_input input;
    ia_ion *ions;
    double *probability;
    ia_rival *rivals;
    ia_rival *refused; // (n_refused) among the rivals, not to be taken up
    size_t n_refused;
    ia_rival taken; // the last that was
} ia_completed;
ia_status ia_completed_new(ia_ctx *ctx, const ia_deconvolve_input *input,
                           ia_completed *out);
void ia_completed_clear(ia_completed *completed);
// Take up the likeliest of what was omitted, if it is there more likely than not and of
// elements that are there anyway; false if there is none.
bool ia_completed_take(ia_completed *completed, const ia_deconvolution *solved);
// Does what was taken up leave nothing of an ion that was told for sure and well counted?
bool ia_completed_spoils(const ia_deconvolution *before, const ia_deconvolution *after);
// Is what was taken up a hydride of more ions than its element has without hydrogen? One
// that does not show by itself has fewer.
bool ia_completed_outgrows(const ia_completed *completed, const ia_deconvolution *after);
// Give back what was taken up last, for good.
void ia_completed_refuse(ia_completed *completed);

// The ion with isotopes left open that are natural: "56Fe16O+" is FeO+. Deuterium stays.
ia_ion ia_ion_opened(const ia_ion *ion);
// Which share of an ion with open isotopes is of a kind: 1 for itself, the abundance for
// one with named isotopes, 0 for another ion.
double ia_ion_natural_share(const ia_ion *kind, const ia_ion *ion);

#endif
