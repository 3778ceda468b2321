// include/ionatlas/background.h: background in slices of the run, and tails of peaks.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BACKGROUND_H
#define IONATLAS_BACKGROUND_H

#include <ionatlas/shape.h>

IA_BEGIN

// What a background is fitted to. Only `spectrum` is needed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_ranger *ranger; // ranges that are kept clear; NULL: none
    const ia_ions *ions;     // of the spectrum, for slices and what it states; NULL: none
    const ia_peaks *peaks;   // found in it, for tails; NULL: none
    const ia_peak_shape *shape; // theirs; NULL: a peak's window holds four fifths of it
} ia_background_input;

// The background by `params->model`:
// - flat: density a / sqrt(m);
// - sliced: the sum over slices s of the run of a_s / sqrt(m) between the ends of the
//   time window, which the voltage of the slice moves in m. Slices are equal numbers of
//   ions by rising voltage, or by z where the voltage is not known;
// - sideband: a straight line through the densities beside the range;
// - file: what the source of the spectrum states (`ions->background`), as it is. Its
//   error is how far it is from what the windows hold. IA_ERR_UNSUPPORTED without;
// - auto: the one of the first three whose fit to every other window foretells the rest
// best. With `tails`, and where that foretells better: plus, of each peak with n ions at
// mass M, n K(sqrt(m) - sqrt(M)) behind its core. The delay in time of flight is what
// sqrt(m) - sqrt(M) measures; K, one for all peaks, is a sum of decays with weights that
// are not negative. Level and weights are fitted together by maximum likelihood for
// Poisson counts. Memory is O(windows x slices); time O(ions) for slices, else O(bins).
IA_API ia_status ia_background_fit(ia_ctx *ctx, const ia_background_input *input,
                                   const ia_background_params *params,
                                   ia_background *out);
// The model as it was fitted: "flat", "sliced", "sideband", "none" or "file".
IA_API const char *ia_background_model_name(const ia_background *background);
// Of ia_background_counts, what is tails of peaks outside [lo, hi).
IA_API double ia_background_tails(const ia_background *background, double lo, double hi);
// Share of a peak's ions that its tail, beyond the core, has left in all; 0 without
// tails.
IA_API double ia_background_tail_share(const ia_background *background);

// "tails", where there are any: of each peak mass_da, ion (of the range it is in),
// peak_counts, tail_counts (behind its core), tail_unranged_counts (of those, in no
// range: ions of that kind that no range counts), tail_elsewhere_counts (in other
// ranges). `ranges` may be NULL, as may `ranger`.
IA_API ia_status ia_background_tails_table(ia_ctx *ctx, const ia_background *background,
                                           const ia_ranges *ranges,
                                           const ia_ranger *ranger, ia_result *result);

IA_END
#endif
