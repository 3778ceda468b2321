// include/ionatlas/deconvolve.h: how many ions of each kind, where their peaks overlap.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_DECONVOLVE_H
#define IONATLAS_DECONVOLVE_H

#include <ionatlas/identify.h>
#include <ionatlas/shape.h>

IA_BEGIN

typedef struct {
    char ions[1024]; // "N+,Si++": solve for these, whatever the ranges name
    double window_left, window_right; // at most, about a line, half-content widths
    double parted; // error, over that of an ion alone, from which none are parted
} ia_deconvolve_params;
IA_API extern const ia_method ia_deconvolve_method;
IA_API ia_deconvolve_params ia_deconvolve_defaults(void);

// What is known before ions are counted. All borrowed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background; // NULL or without a level: none is taken off
    const ia_peaks *peaks;           // for widths, and for where lines lie
    const ia_peak_shape *shape;      // of every peak
    const ia_mass_scale *scale;      // NULL: fitted to the peaks
    const ia_ion *ions;              // (n_ions) charge known, isotopes left open or named
    const double *probability;       // (n_ions) that each is there; NULL: certain
    size_t n_ions;
    const ia_rival *rivals; // (n_rivals) that may be there as well; NULL: none
    size_t n_rivals;
    double lossy; // m/n of a peak that has lost ions: its core tells nothing, Da; 0: none
} ia_deconvolve_input;

// Where an error comes from. The variances of the parts add up to that of the whole.
typedef enum {
    IA_ERROR_COUNTING,   // ions are counted: what is left if each told where it is from
    IA_ERROR_OVERLAP,    // other ions in the same windows must be parted from it
    IA_ERROR_BACKGROUND, // stray ions beneath it, and the error of their level
    IA_ERROR_PARTS
} ia_error_part;

typedef struct {
    ia_ion ion;
    double counts;                // all its isotopes; below zero by chance at times
    double sigma[IA_ERROR_PARTS]; // by part
    double sigma_all;             // root of the sum of their squares
    double lo, hi;                // 95 % interval, not below zero
    double probability;           // that it is there
    bool is_shared; // what lies there is shared with a rival (D+ with H2+): its counts
                    // and errors hold already that it may not be there
    int32_t group;  // of those that cannot be parted; -1: it stands alone
} ia_solved;

// Ions between two masses.
typedef struct {
    double lo, hi;     // Da
    double observed;   // ions
    double fitted;     // expected of all ions and the background
    double background; // of that, the background
} ia_solved_span;

// One or more lines that the spectrum does not resolve: in the core they are parted, in
// the whole they are counted, with as much of the tails as is worth the background.
typedef struct {
    ia_solved_span core, whole;
    double doubt; // standard deviation of what the core is expected to hold: places and
                  // shapes of peaks are not known without error
    double deviation; // of the core: (observed - fitted) over its standard deviation
    bool foreign; // the core holds more than all ions could put there: it is another's;
                  // or ions of it were lost. It counts for none
} ia_solved_window;

// A line of an ion where it is measured.
typedef struct {
    double mass;  // Da, of the maximum
    double share; // of the ion's ions
    uint32_t ion; // index into ions
} ia_solved_line;

enum { IA_AMOUNTS = 6 };

// An ion that is not among those solved for, and how many of it the cores may hold.
typedef struct {
    ia_ion ion;
    double probability;        // that it is there, by its odds and by the cores
    double log_evidence;       // of the cores, for that it is there; natural units
    double log_odds;           // with those before: of the probability
    double amount[IA_AMOUNTS]; // if it is: one sixth of the probability is about each
    double counts, sigma;      // if it is: mean and standard deviation of these
    double mass;               // of its main line, as measured, Da
} ia_omitted;

// Who takes the place of an ion that is told, were it not there.
typedef struct {
    uint32_t told;      // index into ions
    ia_ion ion;         // a rival that puts its ions where that one does
    double probability; // that it is this one, if the one told is not there
    double counts;      // of it, then
} ia_instead;

// One way in which two ions at one place may share what lies there.
typedef struct {
    double probability;
    double share, sigma; // of the first ion, and its standard deviation then
} ia_share_part;

enum { IA_SHARE_PARTS = 8, IA_SHARED_MOST = 3 };

// D+ and H2+, HD+ and H3+, D2+ and H2D+: what lies there is one's, the other's or both's.
typedef struct {
    uint32_t ions[2];   // index into ions
    double probability; // that what lies there is theirs
    double open;        // standard deviation of the ions that are one's or the other's
    // The first ion alone, the second alone, and both in shares of equal probability.
    ia_share_part parts[IA_SHARE_PARTS];
} ia_shared_pair;

// Ions of which the spectrum knows the sum alone.
typedef struct {
    double counts, sigma; // of the sum
    size_t n;             // ions
} ia_unparted;

typedef struct {
    // (n_ions) in the order of the input, then rivals that the spectrum needs: the cores
    // speak for them 20,000 to 1, and their elements are there anyway
    ia_solved *ions;
    size_t n_ions;
    ia_solved_window *windows; // (n_windows) by rising mass
    size_t n_windows;
    ia_solved_line *lines; // (n_lines) by rising mass
    size_t n_lines;
    ia_unparted *groups; // (n_groups)
    size_t n_groups;
    double *covariance[IA_ERROR_PARTS]; // (n_ions, n_ions) by part
    double *share[2]; // (n_windows, n_ions) of each ion's ions in a core, in a whole
    // (n_ions, 2 n_windows) change of each ion's counts with those of a core, and of the
    // rest of a whole
    double *response;
    double *variance;    // (2 n_windows) of these
    double *change;      // (n_ions, n_ions) row k: of the counts where ion k is not there
    ia_omitted *omitted; // (n_omitted)
    size_t n_omitted;
    ia_shared_pair shared[IA_SHARED_MOST]; // (n_shared)
    size_t n_shared;
    ia_instead *instead; // (n_instead)
    size_t n_instead;
    double *instead_change; // (n_instead, n_ions) of the counts, if so
    double *taken; // (n_omitted, n_ions) change of the counts with one ion of an omitted
    double
        *unexplained; // (n_unexplained) ions of a peak that no ion solved for made; none
    size_t n_unexplained; // where the ions were given as certain
    double chi2;          // of the windows
    double freedom;       // windows less ions
    ia_mass_scale scale;
} ia_deconvolution;

// Counts of the ions that make what is in the cores most probable (Poisson), isotopes as
// in nature, the background given; what is in the wholes beyond that goes to the ions in
// proportion. Ions without a line in the spectrum have NAN counts. O(windows x ions^2),
// some milliseconds.
IA_API ia_status ia_deconvolve_compute(ia_ctx *ctx, const ia_deconvolve_input *input,
                                       const ia_deconvolve_params *params,
                                       ia_deconvolution *out);
// Ions of one kind that the spectrum leaves room for: what a core holds, two standard
// deviations of chance added, over the kind's share of it, least of its cores with a
// tenth of its ions or more. INFINITY where it has none.
IA_API double ia_deconvolution_most(const ia_deconvolution *deconvolution, size_t ion);
IA_API void ia_deconvolution_clear(ia_deconvolution *deconvolution);

// The ions that a range file lists, for solving: charges known or inferred by the reader,
// named isotopes of natural elements opened up but for deuterium and what is `enriched`,
// each once. Frees with free().
IA_API ia_status ia_deconvolve_ions(ia_ctx *ctx, const ia_ranges *ranges, ia_ion **ions,
                                    size_t *n);
// Those that a person names: "N+,Si++". IA_ERR_PARAM for what is no ion with a charge.
IA_API ia_status ia_deconvolve_named(ia_ctx *ctx, const char *text, ia_ion **ions,
                                     size_t *n);

// Names of the ions of a group with `between` between them; n bytes at most.
IA_API void ia_deconvolution_group_names(const ia_deconvolution *deconvolution,
                                         size_t group, const char *between, char *names,
                                         size_t n);

// Interval that covers a value with probability 0.95, for an estimate that is a sum of
// Poisson counts with weights: value, variance, third cumulant (0: symmetric), kept
// within [least, most].
IA_API void ia_count_interval(double value, double variance, double third,
                              const double limits[2], double interval[2]);

// "omitted_ions": ion, probability, log_evidence, counts, sigma_counts. "instead": told,
// ion, probability, counts.
// "solved_ions": ion, counts, sigma_counts and its parts, interval95, probability, group.
// "unparted": ions, counts, sigma_counts. "isotope_ratios": ion, mass_da, natural_share,
// measured_share, sigma_measured_share, deviation. "residuals": lo_da, hi_da,
// observed_counts, fitted_counts, background_counts, deviation. "fit": chi2, freedom,
// p_value.
IA_API ia_status ia_deconvolution_tables(ia_ctx *ctx,
                                         const ia_deconvolution *deconvolution,
                                         ia_result *result);

IA_END
#endif
