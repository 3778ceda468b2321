// include/ionatlas/composition.h: composition from ranges, raw and corrected for
// background.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_COMPOSITION_H
#define IONATLAS_COMPOSITION_H

#include <ionatlas/deconvolve.h>

IA_BEGIN

// Standard deviation of a per cent by where it comes from; NAN: not known. The squares of
// the parts add up to that of the whole.
typedef struct {
    double counting;       // of the ions themselves
    double background;     // stray ions beneath them, and their level
    double overlap;        // parting from ions in the same windows; solved for only
    double identification; // from the chances that the ions found are there
    double all;            // of what is known of these
    double lo, hi;         // 95 % interval, within 0 to 100
} ia_error;

// One element (atoms, molecular ions split; without the nuclides that have a row of their
// own: 2H, 3H and those of `enriched` of the ranges, as far as ions name them) or one
// kind of ion.
typedef struct {
    char name[IA_ION_NAME];
    unsigned z;    // 0 for a row of ions
    unsigned a;    // of a nuclide with a row of its own ("2H"), else 0
    double counts; // raw
    double percent, sigma_percent;
    double corrected_counts, sigma_corrected_counts;
    double corrected_percent, sigma_corrected_percent;
    // Of the corrected counts, or of the raw ones where there is no background.
    double weight_percent, sigma_weight_percent;
    ia_error error; // likewise
} ia_fraction;

typedef struct {
    ia_fraction *elements; // (n_elements) by falling counts
    size_t n_elements;
    ia_fraction *ions; // (n_ions) likewise; labels are counted, their per cents NAN
    size_t n_ions;
    uint64_t ranged, unranged;
    uint64_t labels; // ranged ions whose name is no element: outside the composition
    size_t n_ranges; // as read
    bool is_solved;  // corrected values are those of ia_composition_solve
} ia_composition;

// Whether overlaps are solved for: with ions that the spectrum tells, not with a file.
enum { IA_OVERLAPS_BEST, IA_OVERLAPS_SOLVE, IA_OVERLAPS_RANGES };

typedef struct {
    int overlaps; // one of the above
    bool ionic;   // report ionic per cent beside atomic
    bool weight;  // report weight per cent beside atomic
} ia_composition_params;
IA_API extern const ia_method ia_composition_method;
IA_API ia_composition_params ia_composition_defaults(void);

// counts of the merged ranges -> composition. Each element's fraction is c = sum a_i n_i
// / sum A_i n_i over ions i with a_i atoms of it among A_i; its variance follows from
// independent Poisson counts n_i (and the background's common error) by first-order
// propagation, which is c (1 - c) / N where all ions are single atoms. `background` NULL
// (or one without a level) leaves corrected values NAN. Corrected counts may fall below
// zero by chance and are left there, so that means over many data sets are right. Where
// nothing was counted the error is that of one ion. O(ranges x elements).
IA_API ia_status ia_composition_compute(ia_ctx *ctx, const ia_ranges *ranges,
                                        const ia_ranger *ranger,
                                        const ia_range_counts *counts,
                                        const ia_background *background,
                                        ia_composition *out);
// Put the counts that were solved for in the place of the corrected ones: of all isotopes
// of an ion, whatever was ranged, overlaps parted. Adds rows for ions and elements
// without a range. Raw counts stay. Ions that were not solved for count as absent. What
// the ranges of an ion lost to dead time (`lost` of `counts`, which may be NULL) is added
// to it in proportion, the error of that to the counting part. O(windows x ions x
// elements).
IA_API ia_status ia_composition_solve(ia_ctx *ctx, const ia_deconvolution *solved,
                                      const ia_ranges *ranges, const ia_ranger *ranger,
                                      const ia_range_counts *counts,
                                      ia_composition *composition);
// Warns where isotopes of the ions that were solved for say that a busy detector lost
// some, and nothing makes up for it: the composition is that of the counts in ranges, and
// hits tell of no loss (`lost` of `counts`). O(windows x ions).
IA_API void ia_composition_tell_losses(ia_ctx *ctx, const ia_deconvolution *solved,
                                       const ia_range_counts *counts);
IA_API void ia_composition_clear(ia_composition *composition);
// "composition" and, where asked for, "ions"; "composition_errors": by element,
// at_percent, its standard deviation by part (sigma_counting_at_percent, ...) and in all,
// at_percent_interval95.
IA_API ia_status ia_composition_tables(ia_ctx *ctx, const ia_composition *composition,
                                       const ia_composition_params *params,
                                       ia_result *result);

IA_END
#endif
