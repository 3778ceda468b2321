// include/ionatlas/label.h: which ions could sit at a given m/n, and what speaks for and
// against each.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_LABEL_H
#define IONATLAS_LABEL_H

#include <ionatlas/identify.h>

IA_BEGIN

typedef struct {
    double at;            // m/n asked about, Da; 0: every peak of the spectrum
    char elements[256];   // "Fe,C,Mn": of these alone; "": of all natural ones
    char enriched[64];    // "2H,57Fe": nuclides that the specimen holds as if natural
    size_t atoms_max;     // of an ion
    size_t charge_max;    // of an ion
    double tolerance;     // largest distance from m/n, Da
    double tolerance_ppm; // the same, ppm of m/n; the larger of the two holds
    double abundance;     // least, of the ion's isotopes together
    double half_life;     // least, of each nuclide, s; 0: natural nuclides, however long
    size_t most;          // ions listed for each m/n
    bool commonness;      // rank by how often the field meets elements and charges, too
    char prior[512]; // CSV of rows that replace those of data/ion_prior.csv; "": none
} ia_label_params;
IA_API extern const ia_method ia_label_method;
IA_API ia_label_params ia_label_defaults(void);

// What a spectrum has to say; all borrowed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background; // may be NULL
    const ia_peaks *peaks;
    const ia_assignment *account;     // mass scale and the ions told by it; may be NULL
    const ia_identify_params *source; // technique and polarity; NULL: cations of an atom
                                      // probe
} ia_label_evidence;

// An ion that could be there. The rank is the sum of its four parts, natural logarithms
// of odds.
typedef struct {
    ia_ion ion;          // with its isotopes and charge
    double mass;         // m/n, Da
    double offset;       // of what was asked about from it, Da
    double abundance;    // natural, of these isotopes together
    double half_life;    // of the shortest-lived nuclide, s; INFINITY stable
    double rank;         // larger is better
    double prior;        // abundance; with `commonness` elements, atoms and charge
    double place;        // distance against the error of the mass scale
    double companions;   // the ion's other isotopes, seen or missing
    double relatives;    // its elements seen elsewhere in the spectrum
    double probability;  // among all that could be there; NAN without a spectrum
    size_t n_companions; // other lines that should be seen if all the peak is this ion
    size_t n_seen;       // of those, found as strong as they should be
    double share_most;   // of the peak, that the weakest other line allows; NAN without
    double share_told;   // of the peak, that the account gives to it; NAN without
    double probability_told; // of the ion, by the account; NAN where it is not told there
    char *pro, *con;         // sentences; "" without a spectrum
} ia_label;

// One m/n and its ions, the likeliest first.
typedef struct {
    double mass;               // asked about: of the peak, where a spectrum has one, Da
    double lo, hi;             // window, Da
    double counts, background; // ions of the peak and of its background; NAN without
    double significance;       // of the peak; NAN without
    uint64_t n_found;          // ions in the window: none is left out
    // What the account of all peaks together tells there, of the largest share; no part
    // for none.
    ia_ion told;
    double told_share, told_probability; // NAN for none
    ia_label *list;                      // (n)
    size_t n;
} ia_labelling;

typedef struct {
    ia_labelling *list; // (n)
    size_t n;
} ia_labels;

// Complete enumeration of nuclides and charges, ranked. `evidence` may be NULL. Under 1 s
// per m/n for five atoms, charge 4 and all natural elements. IA_ERR_PARAM without `at`
// where there is no spectrum, for unknown elements or nuclides.
IA_API ia_status ia_labels_compute(ia_ctx *ctx, const ia_label_params *params,
                                   const ia_label_evidence *evidence, ia_labels *out);
IA_API void ia_labels_clear(ia_labels *labels);

// "candidates": at_da, ion, elements, charge, mass_da, offset_da, abundance, half_life_s,
// rank and its parts rank_prior, rank_place; of a spectrum also rank_companions,
// rank_relatives, probability, share_most, share_told, probability_told,
// companions_expected, companions_seen, for, against. "questions": at_da, lo_da, hi_da,
// ions_possible; of a spectrum also counts, background_counts, significance, told,
// told_share, told_probability.
IA_API ia_status ia_label_tables(ia_ctx *ctx, const ia_labels *labels, ia_result *result);

// The way `guided` (ia_identify_params.way): each peak gets the ion of the best rank,
// whatever the other peaks got.
IA_API ia_status ia_guided_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                   const ia_background *background, const ia_peaks *peaks,
                                   const ia_identify_params *params, ia_assignment *out);

IA_END
#endif
