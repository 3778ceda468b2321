// include/ionatlas/limits.h: the least of each element that a spectrum shows, and how
// much of those that it does not show may be there.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_LIMITS_H
#define IONATLAS_LIMITS_H

#include <ionatlas/background.h>
#include <ionatlas/deconvolve.h>
#include <ionatlas/excess.h>

IA_BEGIN

typedef struct {
    bool limits;           // print them; they are computed and recorded anyway
    char limits_for[1024]; // "Ti,D": only of these; "": of all natural elements and of
                           // nuclides that are told apart from theirs
    size_t limits_charge;  // largest charge of an atomic ion looked for
    double false_claims;   // chance that an element that is absent is claimed
    double confidence;     // of the upper limit of one that is absent
} ia_limits_params;
IA_API extern const ia_method ia_limits_method;
IA_API ia_limits_params ia_limits_defaults(void);

// What is known of a spectrum. All borrowed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background;
    const ia_peaks *peaks;
    const ia_peak_shape *shape;
    const ia_deconvolution *solved; // the ions that are there, and how many of each
    double atoms;                   // ranged, background taken off: what ppm are of
    double field, sigma_field;      // that charge states tell, V/nm; 0 or NAN: unknown
    const char *enriched; // "D,57Fe": nuclides told apart; NULL: none but 2H and
                          // 3H where ions solved for name them
} ia_limits_input;

// How an element stands. Present: among the ions told, one of them at least surely; may
// be: only in ions that may be others; above: in none, but more ions than without it;
// unknown: in none, and no line is left that would show it.
typedef enum {
    IA_LIMIT_PRESENT,
    IA_LIMIT_ABSENT,
    IA_LIMIT_ABOVE,
    IA_LIMIT_MAY_BE,
    IA_LIMIT_UNKNOWN
} ia_limit_verdict;
IA_API extern const double ia_limit_sure; // least probability of an ion told surely

typedef struct {
    unsigned z, a;   // a 0: the element without nuclides that have a row
    char name[8];    // "Cu", "2H"
    ia_ion ion;      // of the best window
    double mass;     // of its line as measured, Da
    double lo, hi;   // of that window, Da
    size_t n;        // windows that are taken together
    double share;    // of the atoms that signals there
    double counts;   // ions there
    double expected; // without the element: background, tails and overlaps
    double sigma;    // its standard deviation
    double overlap;  // of `expected`, peaks of other ions
    double chance;   // of so many ions or more without the element
    // ppm of the atoms: what is claimed from, what is seen but for 1 in 20, and what may
    // be there; the last NAN for an element that is, or may be, among the ions told.
    double critical, detectable, upper;
    ia_limit_verdict verdict;
    double probability;           // of the surest of its ions told; NAN: there is none
    char told_by[IA_ION_NAME];    // that ion; ""
    char blocked_by[IA_ION_NAME]; // the ion whose peak sits there and rules; ""
} ia_limit;

typedef struct {
    ia_limit *list; // (n) by atomic number
    size_t n;
    double alpha, confidence; // as asked for
} ia_limits;

// For each element, and nuclide that is told apart, the windows are chosen that show
// least of it: one per isotope and charge, as wide as is best, taken together as long as
// that helps. Its atoms are split over charges as those of it that are there, or as the
// field has it, or as usual. What else is there is the background with the peaks of all
// other ions, their numbers fitted together with the element, and those that nothing
// explains; the shape of an overlap is believed to a tenth. The choice does not look at
// the counts. IA_ERR_PARAM for an element or nuclide that is none. Without atoms: IA_OK
// and limits of NAN. O(elements x isotopes x peaks), some 20 ms.
IA_API ia_status ia_limits_compute(ia_ctx *ctx, const ia_limits_input *input,
                                   const ia_limits_params *params, ia_limits *out);
IA_API void ia_limits_clear(ia_limits *limits);
// "Ti < 12 ppm at 95 %", "Fe: seen from 3 ppm on", ...; n bytes at most.
IA_API void ia_limit_sentence(const ia_limits *limits, size_t i, char *text, size_t n);
// "detection_limits": element, sentence, verdict, critical_ppm, limit_ppm, upper_ppm,
// ion, mass_da, lo_da, hi_da, windows, share, counts, expected_counts,
// sigma_expected_counts, overlap_counts, chance, blocked_by, told_by, probability.
IA_API ia_status ia_limits_tables(ia_ctx *ctx, const ia_limits *limits,
                                  ia_result *result);

IA_END
#endif
