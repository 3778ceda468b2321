// include/ionatlas/spectrum.h: mass spectrum and its background.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SPECTRUM_H
#define IONATLAS_SPECTRUM_H

#include <ionatlas/ranges.h>

IA_BEGIN

typedef struct {
    double bin;   // width of a bin, Da; 0: 0.01, narrower where the peaks are
    double m_min; // lower edge of the first bin, Da
    double m_max; // upper edge of the last bin, Da; 0: the largest m/n, at most 1000
} ia_spectrum_params;
IA_API extern const ia_method ia_spectrum_method;
IA_API ia_spectrum_params ia_spectrum_defaults(void);

// The width of bins, where it is left open, and bins that ions of a spectrum in equal
// bins bear: not narrower than these and, where they would be, with the same edges. A
// warning tells of the latter.
IA_API ia_status ia_spectrum_settle(ia_ctx *ctx, const ia_ions *ions,
                                    ia_spectrum_params *params);

// Were all m/n of a list rounded to multiples of some step, 0.0005 to 0.2 Da? Sets
// mass_bin and mass_edge, for a rounded number that is the edge of a bin falls to either
// side of it. 200,000 ions are looked at; whole numbers, and less than twenty different
// ones, are not taken for rounded m/n. O(sample log sample).
IA_API ia_status ia_rounding_find(ia_ctx *ctx, ia_ions *ions);

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

// What the background is taken to be; see ia_background_fit.
enum {
    IA_BACKGROUND_AUTO,     // the one that foretells windows it was not fitted to best
    IA_BACKGROUND_FLAT,     // flat in time of flight, as long as the spectrum is
    IA_BACKGROUND_SLICED,   // the same in slices of the run, each in its open window
    IA_BACKGROUND_SIDEBAND, // a straight line through what lies beside a range
    IA_BACKGROUND_NONE,     // no ion is background
    IA_BACKGROUND_FILE      // what the source of the spectrum states
};

typedef struct {
    double margin;  // kept clear on each side of a range where no tail is modelled, Da
    double p_limit; // a window is left out when so many ions are less likely than this
    int model;      // one of the above
    bool tails;     // ions that left the specimen late are background of later ranges
    size_t slices;  // of the run; 0: as many as its ions bear, at most 16
} ia_background_params;
IA_API extern const ia_method ia_background_method;
IA_API ia_background_params ia_background_defaults(void);

// Background of a spectrum. The level `a` is that of the part flat in time of flight:
// density a / sqrt(m) ions per Da, so that [lo, hi) holds 2 a (sqrt(hi) - sqrt(lo)).
// Fitted where no range is, peaks outside ranges left out.
typedef struct {
    double a, sigma_a; // counts Da^-1/2; sigma of the level at one place: with `drift`
    double drift;      // scatter of the level along the spectrum beyond counting
    size_t n_windows, n_used; // windows tried and used
    double m_lo, m_hi;        // those used span this, Da
    double first, last;       // ions lie between these alone, and no background beyond,
                              // Da; last 0: not known
    double dispersion;        // chi-squared per degree of freedom over the windows used
    int model;                // as it was fitted; 0 is taken for IA_BACKGROUND_FLAT
    struct ia_background_parts *parts; // private, owned: slices, tails, sidebands; NULL
                                       // for a level flat in time of flight alone
} ia_background;
// `ranger` NULL or without ranges: fitted to the whole spectrum. With fewer than four
// windows to fit, a warning and NAN values, not an error. O(bins). Slices and tails need
// more than a spectrum: see ia_background_fit in background.h, of which this is the part
// with IA_BACKGROUND_AUTO for flat.
IA_API ia_status ia_background_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                       const ia_ranger *ranger,
                                       const ia_background_params *params,
                                       ia_background *out);
IA_API void ia_background_clear(ia_background *background);
// Ions of the background expected in [lo, hi). Tails of peaks with their maximum in there
// are none of it. O(1), with tails O(peaks), with sidebands O(ranges).
IA_API double ia_background_counts(const ia_background *background, double lo, double hi);
// Standard deviation of that expectation, from the fit and the scatter of what it fits;
// the ions themselves scatter on top. Errors of different windows are those of one level:
// add them up, not their squares.
IA_API double ia_background_sigma(const ia_background *background, double lo, double hi);
IA_API ia_status ia_background_tables(ia_ctx *ctx, const ia_background *background,
                                      ia_result *result);

IA_END
#endif
