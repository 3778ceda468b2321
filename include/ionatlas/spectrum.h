// include/ionatlas/spectrum.h: mass spectrum and its background.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SPECTRUM_H
#define IONATLAS_SPECTRUM_H

#include <ionatlas/ranges.h>

IA_BEGIN

typedef struct {
    double bin;   // width of a bin, Da
    double m_min; // lower edge of the first bin, Da
    double m_max; // upper edge of the last bin, Da; 0: the largest m/n, at most 1000
} ia_spectrum_params;
IA_API extern const ia_method ia_spectrum_method;
IA_API ia_spectrum_params ia_spectrum_defaults(void);

// Counts in bins [m_min + i bin, m_min + (i + 1) bin).
typedef struct {
    double bin, m_min;
    size_t n_bins;
    uint64_t *counts;      // (n_bins)
    uint64_t below, above; // ions outside the bins
    uint64_t spiked; // in them, on one exact number each with nothing beside it; 0 where
                     // that is not most of them or the ions are not known
} ia_spectrum;

// O(n) time on all threads; n_bins counters per thread. IA_ERR_EMPTY without ions,
// IA_ERR_UNSUPPORTED without m/n, IA_ERR_PARAM for more than 10^7 bins.
IA_API ia_status ia_spectrum_compute(ia_ctx *ctx, const ia_ions *ions,
                                     const ia_spectrum_params *params, ia_spectrum *out);
IA_API void ia_spectrum_clear(ia_spectrum *spectrum);
IA_API ia_status ia_spectrum_tables(ia_ctx *ctx, const ia_spectrum *spectrum,
                                    ia_result *result);

typedef struct {
    double margin;  // kept clear on each side of a range, Da
    double p_limit; // a window is left out when so many ions are less likely than this
} ia_background_params;
IA_API extern const ia_method ia_background_method;
IA_API ia_background_params ia_background_defaults(void);

// Background flat in time of flight: density a / sqrt(m) ions per Da, so that [lo, hi)
// holds 2 a (sqrt(hi) - sqrt(lo)). Fitted where no range is, peaks outside ranges left
// out.
typedef struct {
    double a, sigma_a; // counts Da^-1/2; sigma of the level at one place: with `drift`
    double drift;      // scatter of the level along the spectrum beyond counting
    size_t n_windows, n_used; // windows tried and used
    double m_lo, m_hi;        // those used span this, Da
    double dispersion;        // chi-squared per degree of freedom over the windows used
} ia_background;
// `ranger` NULL or without ranges: fitted to the whole spectrum. With fewer than four
// windows to fit, a warning and NAN values, not an error. O(bins).
IA_API ia_status ia_background_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                       const ia_ranger *ranger,
                                       const ia_background_params *params,
                                       ia_background *out);
IA_API double ia_background_counts(const ia_background *background, double lo, double hi);
IA_API ia_status ia_background_tables(ia_ctx *ctx, const ia_background *background,
                                      ia_result *result);

IA_END
#endif
