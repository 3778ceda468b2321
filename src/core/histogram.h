// src/core/histogram.h: counts of a float column in equal bins, on all threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_HISTOGRAM_H
#define IA_CORE_HISTOGRAM_H

#include <ionatlas/column.h>

// Bins [lo + i bin, lo + (i + 1) bin). The caller sets lo, bin and n_bins and lends the
// room.
typedef struct {
    double lo, bin;
    size_t n_bins;
    uint64_t *counts;      // (n_bins) added to
    uint64_t below, above; // added to; a value that is not a number counts as below
} ia_histogram;

// Add the values of an (n) IA_F32 column. A value belongs to bin floor((value - lo) /
// bin) in double precision. Integers only, so the result does not depend on the threads.
// O(n) time; n_bins counters and one block of rows per worker. On error the histogram is
// untouched.
ia_status ia_histogram_fill(ia_ctx *ctx, const char *stage, const ia_column *column,
                            ia_histogram *histogram);

#endif
