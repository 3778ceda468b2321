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

// A test of one species in these blocks; n_counts 0: too few counts for a test.
ia_status ia_frequency_test_run(ia_ctx *ctx, const frequency_blocks *blocks,
                                const ia_drawing *set, const ia_frequency_params *params,
                                ia_frequency_test *out);
void ia_frequency_test_clear(ia_frequency_test *test);

#endif
