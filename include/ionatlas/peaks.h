// include/ionatlas/peaks.h: peaks of a mass spectrum, found without an operator.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PEAKS_H
#define IONATLAS_PEAKS_H

#include <ionatlas/spectrum.h>

IA_BEGIN

typedef struct {
    double false_peaks; // peaks that noise alone may make, on average per spectrum
    double width;       // half-content width at 28 Da; 0: learnt from the spectrum, Da
} ia_peaks_params;
IA_API extern const ia_method ia_peaks_method;
IA_API ia_peaks_params ia_peaks_defaults(void);

// Width of a peak against m/n, learnt from the strongest peaks. The half-content width is
// the length of the shortest interval that holds half of a peak's ions: 0.573 of the full
// width at half maximum for a Gaussian.
typedef struct {
    double width;  // at 28 Da, Da; 0 when no peak is strong enough to tell
    double power;  // width grows with m^power: 0.5 a spread in time, 1 one in energy
    size_t n_used; // peaks it was learnt from
    double bin;    // bins of the spectrum: no width is told below one, Da
} ia_peak_widths;
IA_API double ia_peak_width(const ia_peak_widths *widths, double mass);

typedef struct {
    double mass, sigma_mass;     // position of the maximum, Da
    double centre, sigma_centre; // mean place of its ions, those far out weighed less, Da
    double height;               // counts per Da at the maximum, background taken off
    double width;                // half-content width used here, Da
    double lo, hi;               // Da, where its ions are counted
    double counts, background;   // ions in [lo, hi), and those expected without the peak
    double significance;         // normal deviate of the chance that background makes it
} ia_peak;

typedef struct {
    ia_peak *list; // (n) by rising mass
    size_t n;
    ia_peak_widths widths;
    double limit;    // significance asked for
    double n_trials; // places looked at: limit = the deviate of false_peaks / n_trials
} ia_peaks;

// Peaks above their local background: the flat level, or what the neighbourhood on both
// sides gives (tails of larger peaks), whichever is more. IA_OK without peaks where there
// are none. `background` may be NULL. O(bins).
IA_API ia_status ia_peaks_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_background *background,
                                  const ia_peaks_params *params, ia_peaks *out);
// Places where something speaks for a peak beforehand.
typedef struct {
    const double *mass; // (n) m/n, Da; borrowed
    size_t n;
} ia_peak_places;

// The same, and weaker ones at those places: there are fewer of these than windows, so
// that a lower significance keeps them to a tenth of the false peaks. O(bins + maxima x
// places).
IA_API ia_status ia_peaks_expected(ia_ctx *ctx, const ia_spectrum *spectrum,
                                   const ia_background *background,
                                   const ia_peaks_params *params,
                                   const ia_peak_places *expected, ia_peaks *out);
IA_API void ia_peaks_clear(ia_peaks *peaks);
// Place in the list of the peak next to an m/n, -1 where there are none. log n.
IA_API int32_t ia_peaks_nearest(const ia_peaks *peaks, double mass);
// "peaks": mass_da, sigma_mass_da, centre_da, sigma_centre_da, height_per_da, width_da,
// lo_da, hi_da, counts, background_counts, significance.
IA_API ia_status ia_peaks_tables(ia_ctx *ctx, const ia_peaks *peaks, ia_result *result);

IA_END
#endif
