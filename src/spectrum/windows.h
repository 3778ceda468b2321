// src/spectrum/windows.h: pieces of a spectrum between ranges, and the flat level they
// share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_WINDOWS_H
#define IA_SPECTRUM_WINDOWS_H

#include <ionatlas/spectrum.h>

// A run of bins outside all ranges.
typedef struct {
    double lo, hi; // Da
    double lever;  // 2 (sqrt(hi) - sqrt(lo)): a background of density a / sqrt(m) puts a
                   // lever here
    double count;  // ions found
    bool held;     // not fitted, whatever it holds
    size_t group;  // of those that are held together
    double mean;   // ions expected of the background
    // Set by ia_windows_choose and ia_window_expect.
    double most;     // largest count that passes as background
    double expected; // mean of the count, given that it passes
    double variance; // its variance, likewise, for Poisson counts
    bool used;
} ia_window;

typedef struct {
    ia_window *list; // (n) by rising m/n
    size_t n;
    double a;      // level, counts Da^-1/2; NAN when nothing can be said
    double spread; // variance / mean of the counts about it, at least 1
} ia_windows;

// A stretch of m/n that windows keep clear of, Da.
typedef struct {
    double lo, hi;
} ia_stretch;

typedef struct {
    ia_stretch *list; // (n) in any order; they may overlap
    size_t n;
    double m_lo, m_hi; // beyond these nothing is looked at
} ia_stretches;

// Windows about equal in sqrt(m), so that a flat background fills them equally. They keep
// `margin` (Da) from every range, leave out the bins of the smallest and the largest m/n
// (where clipped values pile up; what lies between is unbiased given these two) and,
// where there are ranges, whatever lies below half of the first or above twice the last
// of them. `ranger` may be NULL. O(bins + ranges).
ia_status ia_windows_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_ranger *ranger, double margin, ia_windows *out);
// The same between stretches, which it sorts; about `most` windows at most.
ia_status ia_windows_between(ia_ctx *ctx, const ia_spectrum *spectrum,
                             ia_stretches *clear, size_t most, ia_windows *out);
void ia_windows_clear(ia_windows *windows);

// Fit the level to the windows that pass as background: a count is used unless so many
// ions have a probability below p_limit, and the likelihood knows that larger ones were
// taken away.
void ia_windows_fit(ia_windows *windows, double p_limit);

// Choose again which windows pass, and the spread, at the present means. True when that
// changed nothing.
bool ia_windows_choose(ia_windows *windows, double p_limit);
// The same for a p_limit so small that what it takes away does not lower the rest.
void ia_windows_choose_mildly(ia_windows *windows, double p_limit);
// Mean and variance of the counts, given that they pass.
void ia_windows_expect(ia_windows *windows);

// Ions of the whole bins nearest to [lo, hi).
double ia_bins_count(const ia_spectrum *spectrum, double lo, double hi);

// P(N >= n) for a count N of mean `mean` and variance spread x mean, Poisson for
// spread 1.
double ia_count_upper_tail(double n, double mean, double spread);
// P(N < n), likewise: 1 less the above, without losing digits.
double ia_count_lower_tail(double n, double mean, double spread);

#endif
