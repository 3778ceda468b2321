// include/ionatlas/frequency.h: do blocks of ions hold a species as often as chance has
// it?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FREQUENCY_H
#define IONATLAS_FREQUENCY_H

#include <ionatlas/knn.h>

IA_BEGIN

// Blocks of the same number of ions in columns along z, or cubes that hold it on average.
enum { IA_BLOCKS_IONS, IA_BLOCKS_CUBES };

typedef struct {
    char from[64];     // elements or ions, "" for every solute
    char sizes[64];    // ions in a block, several: "50,100,200,400"
    int blocks;        // one of the above
    size_t n_shuffles; // label shuffles to compare with
    uint64_t seed;
} ia_frequency_params;
IA_API extern const ia_method ia_frequency_method;
IA_API ia_frequency_params ia_frequency_defaults(void);

// One species in blocks of one size.
typedef struct {
    char species[IA_ION_NAME];
    size_t block;                // ions in a block, of cubes on average
    size_t n_blocks;             // counted
    size_t n_ions;               // ions in them
    size_t n_solute;             // of the species, in blocks or not
    size_t n_counts;             // blocks with 0, 1, ... n_counts - 1 ions of the species
    double *observed, *expected; // (n_counts) blocks
    double *null_lo, *null_hi;   // (n_counts) 95 % band of the shuffles
    size_t degrees;              // bins of at least 5 expected blocks, less two
    double chi_squared, p_chi_squared; // of the bins, and the chance without shuffles
    double mu;                         // sqrt(chi^2 / (blocks + chi^2))
    double sigma_mu;                   // by block bootstrap; NAN: too few blocks of them
    double null_mu, null_mu_lo, null_mu_hi; // of the shuffles: mean, 95 % band
    double half_difference;                 // rms of mu between random halves of blocks
    double variance_ratio; // of the count over its binomial variance; 1 by chance
    double sigma_variance_ratio;
    // With 70 % of the ions in the same blocks, what it is beyond 1 scaled to all of
    // them: mean and standard deviation over five draws.
    double thinned_variance_ratio, thinned_sd;
    double p;      // of a chi^2 so large under shuffled labels
    double p_holm; // corrected for species and sizes
} ia_frequency_test;

typedef struct {
    ia_frequency_test *tests; // (n)
    size_t n;
} ia_frequency;

// Too few ions of a species, and sizes with fewer than 20 blocks or too few counts for a
// test, are left out with a sentence as a warning. O(ions) time per size, and per shuffle
// and size O(ions of the species). Memory: 24 B per ranged ion, 4 B more per size, 24 B
// while ions are put in columns. Same bits on any number of threads. After Moody et al.
// 2008, doi:10.1002/jemt.20582.
IA_API ia_status ia_frequency_compute(ia_ctx *ctx, const ia_knn_input *input,
                                      const ia_frequency_params *params,
                                      ia_frequency *out);
IA_API void ia_frequency_clear(ia_frequency *frequency);
// "frequency_tests": one row per species and size; "counts_<species>_<size>":
// solute_ions, observed, binomial, null_lo, null_hi, in blocks.
IA_API ia_status ia_frequency_tables(ia_ctx *ctx, const ia_frequency *frequency,
                                     ia_result *result);

IA_END
#endif
