// include/ionatlas/pairs.h: how many pairs of ions lie at which distance, without a list
// of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PAIRS_H
#define IONATLAS_PAIRS_H

#include <ionatlas/neighbours.h>

IA_BEGIN

// Bin b holds the distances d with b r_max / n_bins <= d < (b + 1) r_max / n_bins.
enum { IA_PAIR_BINS_MAX = 65535 };
typedef struct {
    double r_max; // nm
    size_t n_bins;
    const uint32_t *group; // (centres) row of `counts` of each; NULL: one row
    size_t n_groups;       // rows; 0 without `group`
} ia_pairs_request;

// Counts of pairs (centre, other) in `counts`, (rows, n_bins). `others` NULL: pairs
// within the list, each counted once; with `group` each counted in the row of either end.
// Exact: distances of float32 positions in double; the same on any machine and number of
// threads. IA_ERR_PARAM for positions that are not finite, r_max not above 0 and too many
// bins. O(n + pairs) time for ions of even density, 16 B per centre and per other.
IA_API ia_status ia_pairs_count(ia_ctx *ctx, const ia_points *centres,
                                const ia_points *others, const ia_pairs_request *request,
                                uint64_t *counts);

IA_END
#endif
