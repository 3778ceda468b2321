// include/ionatlas/rdf.h: how dense ions of one species are at a distance from those of
// another, against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RDF_H
#define IONATLAS_RDF_H

#include <ionatlas/knn.h>

IA_BEGIN

typedef struct {
    char from[64];     // elements or ions at the centres, "" for every solute; "all": see
                       // below
    char to[64];       // those about them, "": the centre's own, "all": each of `from`
    double r_max;      // largest distance, nm
    double bin;        // width of a bin, nm
    size_t n_shuffles; // label shuffles to compare with
    size_t n_most;     // ions per species used; of more, so many at random
    uint64_t seed;
} ia_rdf_params;
IA_API extern const ia_method ia_rdf_method;
IA_API ia_rdf_params ia_rdf_defaults(void);

// One pair of species. Ions that hold both are left out. All lists are (n_bins).
typedef struct {
    char from[IA_ION_NAME], to[IA_ION_NAME]; // an element or an ion
    size_t n_from, n_to;                     // ions used
    size_t n_bins, n_shuffles;
    double bin;        // nm
    uint64_t *pairs;   // counted; of one species each once
    double *expected;  // pairs of as many ions at random in the specimen's volume; NAN
                       // where that is unknown
    double *sigma;     // of pairs over expected, relative, by block bootstrap; NAN: too
                       // few blocks
    double *sigma_sum; // likewise of the pairs up to a distance, as K counts them
    double *null_mean, *null_lo, *null_hi; // pairs of the shuffles: mean, 95 % band
    double *sum_mean, *sum_lo, *sum_hi;    // likewise of the pairs up to a distance
    double p;                              // of a curve as unusual, anywhere
    double p_holm;                         // corrected for the number of pairs
    double r_strongest;               // where the pairs counted so far stand out most, nm
    double ratio;                     // pairs nearer than that over those of the shuffles
    double half_difference;           // rms difference of `ratio` between random halves
    double thinned_ratio, thinned_sd; // `ratio` with 70 % of the ions
} ia_rdf;

typedef struct {
    ia_rdf *pairs; // (n)
    size_t n;
    double volume; // of the ranged ions, nm^3; NAN where they fill none
} ia_rdfs;

// One curve per pair of species: volume-normalised g is pairs over expected, g over null
// pairs over null_mean. `from` "all" is every ion, ranged or not, about every other one:
// labels do not matter, so there are no shuffles, and what goes with them is NAN; g, K
// and L against ions at random in the same volume, and their errors, are told. Too few
// ions of a species, or no positions: left out with a sentence as a warning. Cost per
// pair: n_shuffles + 12 counts of the pairs among n_most ions. Memory: 20 B per ranged
// ion, and 60 B per used ion and thread. Same bits on any number of threads. Edge
// correction after Ohser 1983, Math. Operationsforsch. Stat. 14, 63; global test by
// largest studentised deviation after Myllymaki et al. 2017, doi:10.1111/rssb.12172.
IA_API ia_status ia_rdfs_compute(ia_ctx *ctx, const ia_knn_input *input,
                                 const ia_rdf_params *params, ia_rdfs *out);
IA_API void ia_rdfs_clear(ia_rdfs *rdfs);
// g and K of one pair, (n_bins) each; NAN where no volume is known. K in nm^3, up to the
// upper edge of a bin.
IA_API void ia_rdf_normalise(const ia_rdf *rdf, double *g, double *k);
// "rdf_tests": one row per pair; "rdf_<pair>": r_nm, pairs, g, sigma_g, g_over_null,
// sigma_g_over_null, null_lo, null_hi, k_nm3, sigma_k_nm3, l_nm, sigma_l_nm, l_null_nm,
// l_null_lo_nm, l_null_hi_nm.
IA_API ia_status ia_rdfs_tables(ia_ctx *ctx, const ia_rdfs *rdfs, ia_result *result);

IA_END
#endif
