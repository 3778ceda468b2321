// include/ionatlas/agreement.h: how far a composition depends on who ranged the spectrum
// and how.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_AGREEMENT_H
#define IONATLAS_AGREEMENT_H

#include <ionatlas/autorange.h>

IA_BEGIN

typedef struct {
    size_t draws;  // analyses with other settings, and as many with fewer ions
    double thin;   // share of the ions that those have
    uint64_t seed; // of the settings and of the ions taken
} ia_agreement_params;
IA_API extern const ia_method ia_agreement_method;
IA_API ia_agreement_params ia_agreement_defaults(void);

// What is analysed, and from which settings the draws depart; borrowed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_ions *ions; // counted in people's ranges; NULL: the bins of the spectrum
    const ia_identify_params *identify; // NULL: defaults, here and below
    const ia_peaks_params *peaks;
    const ia_autorange_params *autorange;
    const ia_ranges *people; // (n_people) each as its file has it
    size_t n_people;
} ia_agreement_input;

// At.% of an element over several analyses; one that does not find it counts as 0.
typedef struct {
    size_t n_found; // analyses that found it
    double mean, sd, least, most;
} ia_agreement_spread;

typedef struct {
    char name[IA_ION_NAME];
    unsigned z;
    double percent, sigma; // with the settings as given: at.% and its counting error
    ia_agreement_spread settings, thinned, people;
} ia_agreement_element;

// The settings of one draw and how many ions and elements it told.
typedef struct {
    int rule;
    double bin, phase;             // Da: width of the bins, and where the first begins
    double tolerance, false_peaks; // of identify and of peaks
    double margin, p_limit;        // of background
    size_t n_ions, n_elements, n_left_out; // left out by the draw of their probability
} ia_agreement_draw;

typedef struct {
    ia_agreement_element *elements; // (n_elements) by falling at.%
    size_t n_elements;
    ia_agreement_draw *draws; // (n_draws)
    size_t n_draws;
    ia_composition *people; // (n_people)
    size_t n_people;
} ia_agreement;

// Each draw takes at random: the rule for the bounds, the width and place of the bins (so
// that peaks move and weak ones come and go), the tolerance of the mass scale and the
// rate of false peaks (a factor of two and of ten either way), the margin and limit of
// the background, and each ion with the probability that it has, from 0.2 on. As many
// more analyses keep the settings and take `thin` of the ions. Same seed, same bits on
// any number of threads. Time: 2 draws + 1 identifications, on all threads.
IA_API ia_status ia_agreement_compute(ia_ctx *ctx, const ia_agreement_input *input,
                                      const ia_agreement_params *params,
                                      ia_agreement *out);
IA_API void ia_agreement_clear(ia_agreement *agreement);

// "agreement", by element: at_percent, sigma_at_percent (counting), then n_, mean_, sd_,
// least_ and most_at_percent over settings, over people, and sd over thinned data;
// figures_settings and figures_people: significant figures that repeat, log10(mean / sd).
// "agreement_draws": the settings. "agreement_people": file, element, at_percent,
// sigma_at_percent. `names` (n_people) are those of the files; may be NULL without
// people.
IA_API ia_status ia_agreement_tables(ia_ctx *ctx, const ia_agreement *agreement,
                                     const char *const *names, ia_result *result);

IA_END
#endif
