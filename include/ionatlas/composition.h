// include/ionatlas/composition.h: composition from ranges, raw and corrected for
// background.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_COMPOSITION_H
#define IONATLAS_COMPOSITION_H

#include <ionatlas/spectrum.h>

IA_BEGIN

// One element (atoms, molecular ions split) or one kind of ion.
typedef struct {
    char name[IA_ION_NAME];
    unsigned z;    // 0 for a row of ions
    double counts; // raw
    double percent, sigma_percent;
    double corrected_counts, sigma_corrected_counts;
    double corrected_percent, sigma_corrected_percent;
    // Of the corrected counts, or of the raw ones where there is no background.
    double weight_percent, sigma_weight_percent;
} ia_fraction;

typedef struct {
    ia_fraction *elements; // (n_elements) by falling counts
    size_t n_elements;
    ia_fraction *ions; // (n_ions) likewise; labels are counted, their per cents NAN
    size_t n_ions;
    uint64_t ranged, unranged;
    uint64_t labels; // ranged ions whose name is no element: outside the composition
    size_t n_ranges; // as read
} ia_composition;

typedef struct {
    bool ionic;  // report ionic per cent beside atomic
    bool weight; // report weight per cent beside atomic
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
IA_API void ia_composition_clear(ia_composition *composition);
IA_API ia_status ia_composition_tables(ia_ctx *ctx, const ia_composition *composition,
                                       const ia_composition_params *params,
                                       ia_result *result);

IA_END
#endif
