// include/ionatlas/knn.h: are ions of one species nearer to those of another than chance
// has it?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_KNN_H
#define IONATLAS_KNN_H

#include <ionatlas/composition.h>
#include <ionatlas/neighbours.h>

IA_BEGIN

// Elements, and nuclides with rows of their own, worth a spatial question: between
// least_percent and most_percent of the atoms with at least least_ions of them. H (from
// the chamber) and Ga (from the ion beam) only when they are named; 2H, which a specimen
// was charged with, as any other.
typedef struct {
    unsigned z, a; // a 0: the element without nuclides that have rows of their own
    double at_percent, counts;
} ia_solute;
extern IA_API const double ia_solute_percent[2]; // least and most, at.%
enum { IA_SOLUTE_LEAST = 500 };                  // counts
IA_API bool ia_solute_is_worth(unsigned z, unsigned a, double at_percent, double counts);
// `named` ("Cu,D") asks for just these, whatever their share; "" for all that qualify,
// by falling counts. IA_ERR_PARAM for a name that is no element or nuclide, or has no row
// in the composition. Freed with free().
IA_API ia_status ia_solutes_find(ia_ctx *ctx, const ia_composition *composition,
                                 const char *named, ia_solute **out, size_t *n);
// IA_ERR_EMPTY where none qualifies.
IA_API ia_status ia_solutes_need(ia_ctx *ctx, const ia_composition *composition);

typedef struct {
    size_t k;          // neighbours looked at
    size_t fit_k;      // neighbour to whose distances two populations are fitted
    char from[64];     // elements or ions at the centres, "" for every solute; "all": see
                       // below
    char to[64];       // element or ion of the neighbours; "": the centre's own
    bool pairs;        // every species of `from` about every other one, too
    size_t n_shuffles; // label shuffles to compare with
    size_t n_most;     // centres used; of more ions, so many at random
    uint64_t seed;
} ia_knn_params;
IA_API extern const ia_method ia_knn_method;
IA_API ia_knn_params ia_knn_defaults(void);

enum { IA_KNN_BINS = 60 };

// Centres whose neighbours have a density of their own.
typedef struct {
    double share, sigma_share;     // of the centres; sigmas by block bootstrap or NAN
    double density, sigma_density; // of the neighbours' species, nm^-3
} ia_knn_population;

// LH*: the area between the distribution of nearest distances, G(r), and its mean over
// the data and all shuffles; p of an area as large. `nearer` and `farther` are the parts
// where the data lie above and below that mean, up to the most frequent distance.
typedef struct {
    double area, nearer, farther;                   // nm
    double sigma_area, sigma_nearer, sigma_farther; // by block bootstrap; NAN: too few
                                                    // blocks
    double p, p_nearer, p_farther;
    double p_holm, p_nearer_holm, p_farther_holm; // corrected for the number of tests
} ia_knn_lh;

// Distances from ions that hold `from` to the k-th nearest ion that holds `to`. The null
// shuffles labels over the positions of all ranged ions. Ions that hold both are left out
// of a pair.
typedef struct {
    char from[IA_ION_NAME], to[IA_ION_NAME]; // an element or an ion
    size_t n_from, n_to;                     // centres used; ions of `to`, all
    size_t k, n_shuffles;
    double *mean;                          // (k) mean distance, nm
    double *null_mean, *null_lo, *null_hi; // (k) of the shuffles: mean, 95 % band
    double *sigma_mean;                    // (k) by block bootstrap; NAN: too few blocks
    double half_difference; // rms difference of mean[0] between random halves, nm
    double thinned_ratio, thinned_sd; // mean[0]/null_mean[0] with 70 % of the ions
    double p;      // of mean distances as unusual, either way, at any k
    double p_holm; // corrected for the number of tests
    size_t fit_k;  // neighbour that the populations are fitted to
    ia_knn_population dense, sparse;
    double likelier, null_likelier; // 2 ln of the likelihood of two populations over that
                                    // of one; mean of the shuffles
    double p_two, p_two_holm;       // of so much under shuffled labels
    ia_knn_lh lh;
    double r_max;                 // of the curve, nm
    double observed[IA_KNN_BINS]; // density of the distance to the nearest, per nm
    double curve_mean[IA_KNN_BINS], curve_lo[IA_KNN_BINS], curve_hi[IA_KNN_BINS];
    double r_kth;                     // the same of the k-th nearest; 0 where k is 1
    double kth_observed[IA_KNN_BINS]; // per nm
    double kth_mean[IA_KNN_BINS], kth_lo[IA_KNN_BINS], kth_hi[IA_KNN_BINS];
} ia_knn_test;

typedef struct {
    ia_knn_test *tests; // (n)
    size_t n;
} ia_knn_tests;

// Ions, what they were ranged as, and their composition; borrowed.
typedef struct {
    const ia_ions *ions;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_composition *composition;
} ia_knn_input;

// One test per centre element. Fewer than 20 ions of a species, or no positions: left out
// with a sentence as a warning. `from` "all" is every ion, ranged or not, about every
// other one: labels do not matter, so there are no shuffles (n_shuffles 0): null_mean and
// curve_mean are of ions at random at the same density without a surface, what needs
// shuffles is NAN. Cost per test: n_shuffles times an index of
// all ions of `to` and a search about n_most centres. Memory: 16 B per ranged ion, and
// per thread 50 B for each ion of the two species. Same bits on any number
// of threads. The k-th neighbour statistic after Stephenson et al. 2007
//, Microscopy and Microanalysis 13, 448.
IA_API ia_status ia_knn_tests_compute(ia_ctx *ctx, const ia_knn_input *input,
                                      const ia_knn_params *params, ia_knn_tests *out);
IA_API void ia_knn_tests_clear(ia_knn_tests *tests);
// Chance of each ion to be of the denser population of its species, (ions) in `out`: 0
// where two populations are no likelier than chance has it (p_two_holm above 0.05), NAN
// for ions of no species of the tests.
IA_API ia_status ia_knn_posterior(ia_ctx *ctx, const ia_knn_input *input,
                                  const ia_knn_tests *tests, float *out);
// "knn_tests": species, k, ions, mean_distance_nm and its sigma, null_mean_distance_nm,
// null_lo_nm, null_hi_nm, p_value, and how steady the first distance is. "populations":
// one row per test, the two populations. "checkerboard": one row per test, LH* and what
// it says. One "curve_<species>" per test, of the nearest, and one "kth_<species>", of
// the k-th: distance_nm, observed, null_mean, null_lo, null_hi.
IA_API ia_status ia_knn_tests_tables(ia_ctx *ctx, const ia_knn_tests *tests,
                                     ia_result *result);

IA_END
#endif
