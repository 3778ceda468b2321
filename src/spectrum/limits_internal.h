// src/spectrum/limits_internal.h: parts of the detection limits.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LIMITS_INTERNAL_H
#define IA_SPECTRUM_LIMITS_INTERNAL_H

#include <ionatlas/limits.h>

#include "core/atom_kind.h"
#include "spectrum/counts.h"

// Something that is there: a line of an ion, or a peak that nothing explains.
typedef struct {
    double mass;  // as measured, Da
    double share; // of the ion's ions that the line has; 1 of an unexplained peak
    double ions;  // of the line
    double end;   // Da; what comes later is told as a tail by the background
    int32_t ion;  // index of the ion solved for; -1: without explanation
} ia_known_line;

typedef struct {
    ia_known_line *list; // (n)
    size_t n;
} ia_known_lines;

// Lines of the ions solved for, and peaks that they leave more than a third and five
// standard deviations of.
ia_status ia_known_lines_build(ia_ctx *ctx, const ia_limits_input *input,
                               const ia_counts *counts, ia_known_lines *out);
void ia_known_lines_clear(ia_known_lines *lines);

// A line by which an element would be seen.
typedef struct {
    double mass;  // as it would be measured, Da
    double share; // of the element's atoms
    unsigned charge;
} ia_sought_line;

enum { IA_PLACES_MOST = 48, IA_SHARERS_MOST = 8 };

// An ion that puts ions into a window.
typedef struct {
    int32_t ion;       // index of the ion solved for
    double share;      // of its ions that lie in the window
    double covariance; // of its number with the ions in the window
} ia_sharer;

// A window in which a line of an element would be seen.
typedef struct {
    ia_sought_line line;
    double lo, hi; // Da
    double share;  // of the element's atoms that lie in it
    double gain;   // of these, what the fit does not take for other ions
    double background, background_sigma;
    double overlap;       // of other ions and of peaks without explanation
    double unknown;       // of that, of peaks without explanation: may be the element's
    double doubt;         // variance of the overlap beyond that of the numbers of ions,
    double doubt_unknown; // of the known ions and of peaks without explanation
    ia_sharer sharers[IA_SHARERS_MOST];
    size_t n_sharers;
    int32_t blocked_by; // index of the known line that gives most, -1: none
    double merit;       // least signal seen, over the gain
} ia_place;

typedef struct {
    ia_place list[IA_PLACES_MOST];
    size_t n;
} ia_places;

// Places taken together. `sigma` is what the expectation is off beyond counting, that of
// `known` (without peaks that nothing explains) is `sigma_known`.
typedef struct {
    double share, gain, expected, overlap, sigma, known, sigma_known;
} ia_pooled;

// What may lie where an element is looked for.
typedef struct {
    const ia_limits_input *input;
    const ia_known_lines *known;
    const ia_nuclide_list *own; // nuclides told apart
    ia_atom_kind kind;
    double *absorbed; // (n_ions) of one atom of the element, ions that the fit without it
                      // gives to each other ion
} ia_beside;

// For a kind of atom with these lines.
void ia_beside_set(ia_beside *beside, ia_atom_kind kind, const ia_sought_line *lines,
                   size_t n);
// Overlap, gain and sharers of a window.
void ia_beside_expect(const ia_beside *beside, ia_place *place);
// Errors of the background are those of one level and add up; numbers of ions have the
// covariance of their fit, also with what is counted in the windows.
ia_pooled ia_places_pool(const ia_beside *beside, const ia_places *places);

#endif
