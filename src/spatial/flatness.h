// src/spatial/flatness.h: are the ions of an element spread over bins as all ions are?
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_FLATNESS_H
#define IONATLAS_SRC_FLATNESS_H

#include <ionatlas/honest.h>

// ions: (n_bins) all ranged ions; holding: (n_bins) those that hold the element.
typedef struct {
    size_t n_bins;
    const uint64_t *ions, *holding;
} ia_bins;

typedef struct {
    double chi2; // mean over the bins that hold ions of (n - E)^2 / Var
    double null_chi2, null_chi2_95; // mean of the shuffles, 95 % of them are below
    double p_chi2;                  // of a mean so large
    double ladder, p_ladder;        // largest distance of the cumulative shares
} ia_flatness;

// A shuffle picks which ions hold the element. Var is that of drawing without
// replacement: E (1 - c) (N - N_bin) / (N - 1), so that the mean over shuffles is 1. NAN
// where there is nothing to ask: no ion, all ions or one bin. O(n_shuffles (ions / 64 +
// holding)) time, ions / 8 B per worker.
ia_status ia_flatness_test(ia_ctx *ctx, const ia_bins *bins, size_t n_shuffles,
                           uint64_t seed, ia_flatness *out);

#endif
