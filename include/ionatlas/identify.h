// include/ionatlas/identify.h: which ions a mass spectrum holds, and their ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IDENTIFY_H
#define IONATLAS_IDENTIFY_H

#include <ionatlas/peaks.h>

IA_BEGIN

/*
   The stages, each one call that can be replaced alone:
   spectrum -> ia_background_compute -> ia_peaks_compute -> ia_candidates_build
            -> ia_assign_compute -> ia_autorange_compute;
   ia_identify_compute runs all of them.
*/

// Ways of telling which ions the peaks are; each fills the same assignment.
enum { IA_WAY_GLOBAL, IA_WAY_GUIDED, IA_WAY_TREE, IA_WAY_BAYES, IA_WAY_JOINT };

// Instruments that ions come from, and their charge.
enum { IA_TECHNIQUE_APT, IA_TECHNIQUE_SIMS, IA_TECHNIQUE_MALDI };
enum { IA_POLARITY_AUTO, IA_POLARITY_POSITIVE, IA_POLARITY_NEGATIVE };

typedef struct {
    int way;            // global | guided | tree | bayes | joint
    char elements[256]; // "Fe,C,Mn": tell only these, H, Ga and residual gas; "": any
    char enriched[64];  // "D,57Fe": what the specimen was charged with, or holds more of
                        // than nature; each is told as a kind of atom of its own
    size_t charge_max;  // of a candidate
    size_t atoms_max;   // of a molecular candidate
    double tolerance;   // error of the mass scale looked for, Da at 28 Da
    double probability; // least, of an ion that is told
    int technique;      // apt | sims | maldi: the last two give ions of one charge
    int polarity;       // auto (as the source tells; positive) | positive | negative
    char prior[512];    // CSV of rows that replace those of data/ion_prior.csv; "": none
} ia_identify_params;
IA_API extern const ia_method ia_identify_method;
IA_API ia_identify_params ia_identify_defaults(void);

// A line of an ion: isotopologues closer than the spectrum resolves are one.
typedef struct {
    double mass;  // m/n, Da
    double share; // of the ion's intensity
} ia_ion_line;

// An ion that might be there.
typedef struct {
    ia_ion ion;         // charge set, isotopes left open
    double log_prior;   // log odds before the spectrum is seen, a free intensity paid
    double log_odds;    // of this charge or molecule, given its elements
    ia_ion_line *lines; // (n_lines) by rising mass; those below 1e-6 left out
    size_t n_lines;
    size_t matter; // the same for ions of the same atoms, whatever the charge
    bool invented; // lines moved to where no such ion is: what it finds is chance
    bool is_gas;   // stays in a vacuum chamber: says nothing of the specimen's elements
    bool left_out; // by the hint on elements: competes for peaks, but is not told
} ia_candidate;

typedef struct {
    ia_candidate *list;
    size_t n, n_matters;
    bool hinted[IA_Z_MAX + 1]; // elements of the hint, H and Ga; all without a hint
    bool is_hinted;
    double element[IA_Z_MAX + 1]; // log odds that the element is there, by prior and hint
    double bound[IA_Z_MAX + 1];   // log probability that it then shows no single atom
} ia_candidates;

// All ions, also of elements that a hint leaves out: single atoms with
// charge 1..charge_max, and, of the elements in `found` (NULL: none) and H, C, N, O,
// molecules of up to atoms_max atoms: all of two and three that are not hopeless, beyond
// that of the forms that the prior knows. Only those with a line in [m_lo, m_hi) Da.
// `copies` more of each are invented: the same isotopes and prior, all atoms together
// heavier or lighter by a broken number of Da.
typedef struct {
    const ia_identify_params *params;
    const bool *found; // (IA_Z_MAX + 1) elements that may form molecules
    double m_lo, m_hi;
    const ia_peak_widths *widths;
    const struct ia_ion_prior *prior; // NULL: what is compiled in
    size_t copies;
} ia_candidate_rules;
IA_API ia_status ia_candidates_build(ia_ctx *ctx, const ia_candidate_rules *rules,
                                     ia_candidates *out);
IA_API void ia_candidates_clear(ia_candidates *candidates);

// True m/n = measured - (offset + slope m).
typedef struct {
    double offset;  // Da
    double slope;   // relative
    double sigma;   // scatter of a line about it at 28 Da, Da
    size_t n_lines; // fitted; 0: as read
} ia_mass_scale;

// Isotopes of an identified ion: what the ion would put there, and what is there.
typedef struct {
    uint32_t ion;     // index into ions
    double mass;      // m/n as measured, Da
    double abundance; // share of the ion's intensity
    double expected;  // ions of this kind in the peak's window
    double observed;  // ions there, background taken off
    double sigma;     // of observed, by counting
    double share;     // of the explained ions there that are this ion's
    int32_t peak;     // index of the peak, -1: no peak found there
} ia_isotope_evidence;

typedef struct {
    ia_ion ion;
    double counts, sigma_counts; // all its isotopes, fitted
    double probability;          // that it is there, given the spectrum and the prior
    double log_evidence;         // gain over the best account without it, natural units
    size_t n_isotopes;           // expected above the limit of detection
    size_t n_seen;               // of those, found as peaks
} ia_identified;

// An ion that was considered and not told.
typedef struct {
    ia_ion ion;
    double log_odds; // that it is there, before its lines are seen, given the ions told
    double supply;   // ions that a chamber gives of it on average; 0: none, or any number
    double dear;     // what many more than that cost of the odds, at most
} ia_rival;

// What so many ions of a rival cost of its odds, natural units: a chamber gives few of
// its gases, what is more needs the elements of the specimen.
double ia_rival_cost(const ia_rival *rival, double ions);

enum { IA_NOISES = 5, IA_WIDTHS = 3 };

// A decision of the way `tree`, and how it would change. Probabilities are means over
// repeated noise.
typedef struct {
    ia_ion ion;
    double mass;              // of the peak that was decided on, Da
    bool is_molecule;         // of the second stage
    double probability;       // as the spectrum is
    double noise[IA_NOISES];  // with 2, 5, 10, 20 and 50 % of noise on each peak
    double widths[IA_WIDTHS]; // with peaks half, as and twice as wide
    double flip;              // least noise that changes it, a part; INFINITY above 2
    ia_ion rival;             // next best ion; no part: none of these
    double rival_probability;
} ia_decision;

// A set of ions that accounts for a group whose patterns overlap.
typedef struct {
    uint32_t group;
    double probability; // of the set, given the spectrum
    char *ions;         // "Fe++ Si+"; lines of no candidate as "unknown:28.123"
} ia_account;

typedef struct {
    ia_identified *ions; // (n_ions) by falling counts
    size_t n_ions;
    ia_isotope_evidence *isotopes; // (n_isotopes) by ion, then mass
    size_t n_isotopes;
    ia_account *accounts; // (n_accounts) by group, the likeliest first
    size_t n_accounts;
    double *unexplained; // (n_peaks) ions of each peak that no ion accounts for
    bool *explained;     // (n_peaks)
    size_t n_peaks;
    ia_mass_scale scale;
    double score;     // of the account, natural units, to compare mass scales by
    double gain;      // by how much it exceeds that of no ion: of other candidates, too
    double by_chance; // share of the ions found that chance would find in such a spectrum
    size_t n_withheld;    // ions found that are no surer than those: not told
    size_t n_unconfirmed; // ions of elements with a single line that nothing confirms,
                          // or that is off its place: not told
    bool left_out[IA_Z_MAX + 1]; // elements that the spectrum shows but the hint leaves
                                 // out: their peaks stay unexplained
    ia_decision *decisions;      // (n_decisions) of the way `tree`; NULL of the others
    size_t n_decisions;
    ia_rival *rivals; // (n_rivals) of the way `global`; NULL of the others
    size_t n_rivals;
    double *expected; // (n_expected) m/n of the main lines of likely ions where no peak
                      // is, Da; of the way `global`
    size_t n_expected;
    char enriched[64]; // nuclides that ranges of these ions tell as kinds of their own
    double lossy; // m/n of a peak that lost ions by the other isotopes of its ion, so
                  // that all is told as if it held them, Da; 0: none
} ia_assignment;

// A way, from peaks to ions. `global`: one choice of ions that explains all peaks;
// `guided` is in label.h, `bayes` in bayes.h.
typedef ia_status (*ia_assign_fn)(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_background *background, const ia_peaks *peaks,
                                  const ia_identify_params *params, ia_assignment *out);
IA_API ia_status ia_assign_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                   const ia_background *background, const ia_peaks *peaks,
                                   const ia_identify_params *params, ia_assignment *out);
IA_API void ia_assignment_clear(ia_assignment *assignment);

// What is known of an automatic range, besides ion and bounds.
typedef struct {
    double counts, background; // in [lo, hi)
    double probability;        // of the ion
    double share;              // of the peak that is this ion's; below 1 for an overlap
    double inside;             // share of the peak's ions that the bounds let in
} ia_range_evidence;

typedef struct {
    ia_background background; // flat level; a NAN: none could be fitted
    ia_peaks peaks;
    ia_assignment assignment;
    ia_ranges ranges;            // for ranging, composition and export
    ia_range_evidence *evidence; // (ranges.n_ranges)
    char *notes;                 // sentences on what cannot be said, one a line; ""
    bool blames_scale;           // no ion is told, and a wrong mass scale may be why
} ia_identification;

// From a spectrum to ranges with nothing else. Bins of 0.01 Da or less are best. A
// spectrum that cannot be identified (no peak, whole numbers for m/n, one mass, evenly
// spaced peaks, peaks that chance explains as well) gives IA_OK, no ion and a sentence in
// `notes` and as a warning. Under 1 s.
IA_API ia_status ia_identify_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                     const ia_identify_params *params,
                                     const ia_peaks_params *peaks_params,
                                     ia_identification *out);
IA_API void ia_identification_clear(ia_identification *identification);

// "ranges": ion, elements, charge, lo_da, hi_da, counts, background_counts, probability,
// share. "unexplained_peaks": mass_da, counts, significance. "ions": ion, charge, counts,
// sigma_counts, probability, log_evidence, isotopes_expected, isotopes_seen. "isotopes":
// ion, mass_da, abundance, expected_counts, observed_counts, sigma_observed_counts,
// share. "models": group, ions, probability. "chance": found_by_chance, a share of the
// ions, ions_withheld. "mass_scale": offset_da, slope, sigma_da, lines.
IA_API ia_status ia_identification_tables(ia_ctx *ctx,
                                          const ia_identification *identification,
                                          ia_result *result);

IA_END
#endif
