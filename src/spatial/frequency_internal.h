// src/spatial/frequency_internal.h: the parts of the frequency-distribution test.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_FREQUENCY_H
#define IONATLAS_SRC_FREQUENCY_H

#include "spatial/drawing.h"

#include <ionatlas/frequency.h>

// Ions sorted into blocks of one size.
typedef struct {
    size_t size;     // ions wanted
    uint32_t *block; // (ions) number of the block; UINT32_MAX: in none
    uint32_t *ions;  // (n) ions in a block
    size_t n;        // blocks
} frequency_blocks;

typedef struct {
    const float *xyz; // (n, 3) nm
    size_t n;
    double volume; // nm^3
} frequency_cloud;

// Columns along z of square section, as wide as a cube of `size` ions, cut into blocks of
// so many by rising z; what is left at a column's end is in no block.
ia_status ia_frequency_columns(ia_ctx *ctx, const frequency_cloud *cloud, size_t size,
                               frequency_blocks *out);
// Cubes that hold `size` ions on average; those with less than half are no block.
ia_status ia_frequency_cubes(ia_ctx *ctx, const frequency_cloud *cloud, size_t size,
                             frequency_blocks *out);
void ia_frequency_blocks_clear(frequency_blocks *blocks);

// What chance makes of blocks when this share of all ions is of a species.
typedef struct {
    double share;
    size_t n_counts;  // 0 ... most ions in a block
    double *expected; // (n_counts) blocks
    double *ions;     // (n_counts) mean ions of the blocks expected to hold a count
    uint32_t *bin;    // (n_counts) bin of a count
    double *in_bin;   // (n_bins) blocks expected, ia_frequency_fewest or more
    size_t n_bins;
} frequency_expected;

extern const double ia_frequency_fewest; // blocks in a bin
// The binomial distribution, its counts merged into bins. O(counts), of blocks of
// different size O(counts x blocks).
ia_status ia_frequency_expect(ia_ctx *ctx, const frequency_blocks *blocks, double share,
                              frequency_expected *out);
void ia_frequency_expected_clear(frequency_expected *expected);
// chi^2 of blocks by count, (n_counts), against `scale` times those expected.
double ia_frequency_chi_squared(const frequency_expected *expected, const double *blocks,
                                double scale);
// Pearson's mu of a chi^2.
double ia_frequency_mu(double chi2, double n_blocks);
// The count from which on, above the mean, more blocks hold a count than chance has them:
// where the blocks of that count or more exceed those expected by most, by a straight
// line between whole counts. NAN where they nowhere do. `observed`, `expected`:
// (n_counts) blocks.
double ia_frequency_crossing(const double *observed, const double *expected,
                             size_t n_counts, double mean);

// What blocks hold, when this share of the ions is of a species.
typedef struct {
    size_t n;
    const uint32_t *ions, *solute; // (n); blocks without ions are passed over
    double share;
} frequency_held;
// Mean of the squared deviations over their binomial variance, and its error (or NULL).
void ia_frequency_variance(const frequency_held *held, double *ratio, double *sigma);
// The variance ratio with 70 % of the ions, scaled to all of them.
ia_status ia_frequency_thin(ia_ctx *ctx, const frequency_blocks *blocks,
                            const ia_drawing *set, uint64_t seed, ia_frequency_test *out);

// A test of one species in these blocks; n_counts 0: too few counts for a test.
ia_status ia_frequency_test_run(ia_ctx *ctx, const frequency_blocks *blocks,
                                const ia_drawing *set, const ia_frequency_params *params,
                                ia_frequency_test *out);
void ia_frequency_test_clear(ia_frequency_test *test);

#endif
