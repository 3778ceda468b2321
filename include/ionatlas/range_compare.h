// include/ionatlas/range_compare.h: two rangings side by side, and what the difference
// moves in the composition.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RANGE_COMPARE_H
#define IONATLAS_RANGE_COMPARE_H

#include <ionatlas/spectrum.h>

IA_BEGIN

typedef enum {
    IA_RANGE_ONLY_A,
    IA_RANGE_ONLY_B,
    IA_RANGE_MOVED,  // one ion, other bounds
    IA_RANGE_RENAMED // overlapping, different ions
} ia_range_change;

// A merged range of A, one of B, or two that overlap, and how they differ.
typedef struct {
    ia_range_change change;
    char ion_a[IA_ION_NAME], ion_b[IA_ION_NAME]; // "" where there is none
    double lo_a, hi_a, lo_b, hi_b;               // Da; NAN where there is none
    double counts_a, counts_b;                   // ions in each; NAN without ions
    double counts_shared;                        // ions in both
} ia_range_difference;

// Atomic per cent of an element by A, by B, and B - A. Both are of the same ions: what
// lies in both rangings alike moves neither, and the error of the difference is that of
// the ions that do.
typedef struct {
    char name[IA_ION_NAME];
    unsigned z, a; // a: of a nuclide told apart (2H); 0: an element, or the rest of it
    double percent_a, sigma_a, percent_b, sigma_b, difference, sigma_difference;
} ia_range_shift;

typedef struct {
    ia_range_difference *list; // (n) by rising mass
    size_t n, n_same;          // n_same ranges are alike in both
    ia_range_shift *raw;       // (n_elements) as counted
    ia_range_shift *corrected; // (n_elements) background taken off; NAN without one
    size_t n_elements;         // 0 without ions; by falling share in A, then in B
    double n_moved;            // ions that A and B do not name alike; NAN without ions
} ia_range_comparison;

// `ions` NULL compares the ranges alone. `spectrum` (of the same ions; NULL: no
// correction) gives the background, fitted once outside the ranges of both. Bounds within
// 1e-9 Da are alike; ions are alike where elements and, as far as both tell, charge and
// isotopes are. Raw errors: independent Poisson counts of the pieces into which the
// bounds of both cut the mass axis, first order. Corrected ones have the common error of
// the background as well. One pass over the ions; O((ranges of A + ranges of B) x
// elements).
IA_API ia_status ia_range_compare_compute(ia_ctx *ctx, const ia_ranges *a,
                                          const ia_ranges *b, const ia_ions *ions,
                                          const ia_spectrum *spectrum,
                                          ia_range_comparison *out);
IA_API void ia_range_comparison_clear(ia_range_comparison *comparison);

// "comparison": ranges_alike, ranges_different, ions_moved. "changes": change, ion_a,
// lo_a_da, hi_a_da, ion_b, lo_b_da, hi_b_da, counts_a, counts_b, counts_shared.
// "composition_change", with ions, by element: at_percent_a, sigma_at_percent_a, ..._b,
// difference_at_percent, sigma_difference_at_percent, and the same less the background,
// "net_...": overlaps are not solved, lost ions not put back.
IA_API ia_status ia_range_comparison_tables(ia_ctx *ctx,
                                            const ia_range_comparison *comparison,
                                            ia_result *result);

IA_END
#endif
