// include/ionatlas/autorange.h: bounds of the ranges of identified ions, by any of the
// rules in use, and what each rule makes of the composition.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_AUTORANGE_H
#define IONATLAS_AUTORANGE_H

#include <ionatlas/composition.h>
#include <ionatlas/identify.h>
#include <ionatlas/shape.h>

IA_BEGIN

// How far a range reaches. All but `grown` use the shape of a peak that is learnt from
// the whole spectrum, so that weak peaks have the same bounds as strong ones.
typedef enum {
    IA_RULE_VARIANCE,    // where S^2 / (S + (1 + tau) B) of the learnt shape is largest
    IA_RULE_GROWN,       // outwards while that grows on the peak's own ions
    IA_RULE_FIXED,       // `range_width`, the maximum in the middle
    IA_RULE_FWHM,        // full width at half of the maximum,
    IA_RULE_FW10,        // at a tenth,
    IA_RULE_FW100,       // at a hundredth
    IA_RULE_MULTIPLE,    // to where the peak has fallen to `multiple` of its background
    IA_RULE_EQUAL_ERROR, // to where the ions missed are `error_ratio` times the
                         // background let in, on either side
    IA_RULES
} ia_rule;

typedef struct {
    int rule;           // one of the above
    double tau;         // background's own variance over its Poisson variance
    double range_width; // of IA_RULE_FIXED, Da
    double multiple;    // of IA_RULE_MULTIPLE
    double error_ratio; // of IA_RULE_EQUAL_ERROR: 1; 2 for purity, 0.5 for recovery
} ia_autorange_params;
IA_API extern const ia_method ia_autorange_method;
IA_API ia_autorange_params ia_autorange_defaults(void);
// "minimum_variance", "fw10", ...
IA_API const char *ia_rule_name(ia_rule rule);

// What the ranges are made of; borrowed.
typedef struct {
    const ia_spectrum *spectrum;
    const ia_background *background; // may be NULL
    const ia_peaks *peaks;
    const ia_assignment *assignment;
    const ia_ions *ions; // counted by ia_rules_compute; NULL: the bins of the spectrum
} ia_autorange_input;

typedef struct {
    ia_ranges ranges;
    ia_range_evidence *evidence; // (ranges.n_ranges)
} ia_autoranges;

// One range per isotope peak, by the rule, never beyond the valleys to the neighbours. An
// overlap goes to the ion with the largest share. O(bins + peaks x cells of the shape).
IA_API ia_status ia_autorange_compute(ia_ctx *ctx, const ia_autorange_input *input,
                                      const ia_autorange_params *params,
                                      ia_autoranges *out);
IA_API void ia_autoranges_clear(ia_autoranges *autoranges);

// The composition by each rule, from the same peaks and ions.
typedef struct {
    ia_composition by_rule[IA_RULES];
} ia_rule_comparison;
// One pass over the ions; without them a bin of the spectrum that a bound cuts is shared
// out. The background is fitted for each rule outside its ranges. O(n + IA_RULES bins).
IA_API ia_status ia_rules_compute(ia_ctx *ctx, const ia_autorange_input *input,
                                  const ia_autorange_params *params,
                                  ia_rule_comparison *out);
IA_API void ia_rule_comparison_clear(ia_rule_comparison *comparison);
// "rules": rule, element, at_percent, sigma_at_percent, net_at_percent,
// sigma_net_at_percent. Net: background taken off, each ion counted for what its range is
// labelled as; overlaps are not solved, as they are in the composition. "rules_spread":
// element, mean, sd, least and most of the net at.% (raw where there is no background)
// over the rules, beside the counting error.
IA_API ia_status ia_rules_tables(ia_ctx *ctx, const ia_rule_comparison *comparison,
                                 ia_result *result);

IA_END
#endif
