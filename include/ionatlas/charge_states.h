// include/ionatlas/charge_states.h: the field at the specimen's surface from the charges
// of its ions, and ions whose charges want another field than those of the rest.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CHARGE_STATES_H
#define IONATLAS_CHARGE_STATES_H

#include <ionatlas/ranges.h>
#include <ionatlas/spectrum.h>

IA_BEGIN

enum { IA_CHARGES = 4 };

typedef struct {
    double work_function; // of the specimen, eV
    double tip_radius;    // the field falls off with distance over this, nm
    double model_error;   // of a computed field, relative: scatter of the model
} ia_charge_states_params;
IA_API extern const ia_method ia_charge_states_method;
IA_API ia_charge_states_params ia_charge_states_defaults(void);

// Chance that an ion leaves as 1+ and arrives as n+, against the field. All-zero is
// empty.
typedef struct {
    unsigned z;
    unsigned n_charges; // charges 1..n_charges are told apart, the last holds all above
    size_t n;
    double first, step; // V/nm: fields first + i step
    double *log_share;  // (n, IA_CHARGES) natural logarithms
} ia_charge_curve;

// Post-ionization after Kingham, doi:10.1016/0039-6028(82)90434-4: an ion that was
// evaporated as 1+ loses further electrons by tunnelling into the specimen beyond the
// distance at which their level rises above the Fermi level. IA_ERR_UNSUPPORTED where
// the ionization energies of the element are not known. Some 20 ms.
IA_API ia_status ia_charge_curve_build(ia_ctx *ctx, unsigned z,
                                       const ia_charge_states_params *params,
                                       ia_charge_curve *out);
IA_API void ia_charge_curve_clear(ia_charge_curve *curve);
// Share of charge n at a field (V/nm), and its natural logarithm; NAN outside the curve.
IA_API double ia_charge_log_share(const ia_charge_curve *curve, unsigned charge,
                                  double field);
IA_API double ia_charge_share(const ia_charge_curve *curve, unsigned charge,
                              double field);
// Shares of all charges of an element at one field, V/nm, without a curve. False where
// its ionization energies are not known. Some 0.1 ms.
IA_API bool ia_charge_shares(unsigned z, const ia_charge_states_params *params,
                             double field, double share[IA_CHARGES]);
// The field, V/nm, at which there are `ratio` ions of charge n + 1 for one of charge n;
// NAN where no field of the curve gives it.
IA_API double ia_charge_field(const ia_charge_curve *curve, unsigned charge,
                              double ratio);
// Rate of tunnelling in atomic units from charge n to n + 1: energy B (hartree), field F
// (hartree per bohr and charge), distance z0 (bohr) from the surface, shell m.
IA_API double ia_post_ionization_rate(unsigned charge, double energy, double field,
                                      double distance, unsigned shell);

// For maps: the field of each of n cells from its ions of charge and charge + 1, with
// the standard deviation of counting; NAN where one of them is missing. O(n log).
typedef struct {
    const uint64_t *lower, *upper; // (n) ions of charge and of charge + 1
    size_t n;
} ia_charge_counts;
IA_API void ia_charge_field_map(const ia_charge_curve *curve, unsigned charge,
                                const ia_charge_counts *counts, double *field,
                                double *sigma);

// One element with ions of two charges or more.
typedef struct {
    unsigned z;
    double counts[IA_CHARGES]; // ions of charge 1, 2, ..., background taken off
    double variance[IA_CHARGES];
    double field;              // V/nm, likeliest; NAN: no field of the curve
    double interval[2];        // 95 % of counting
    double misfit, degrees, p; // chi-squared of three charges or more against one field
    double deviation;          // from the other elements' field, standard deviations
    bool is_other;             // wants another field than the rest
} ia_charge_state;

typedef struct {
    ia_charge_state *elements; // (n) by falling ions
    size_t n;
    size_t n_used;           // elements that were compared and agree
    double field, sigma;     // of all, V/nm; the model's error in it
    double chi2, degrees, p; // that all elements agree
} ia_charge_states;

typedef struct {
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_range_counts *counts;
    const ia_background *background; // NULL: none is taken off
} ia_charge_states_input;

// Ions of single atoms alone. O(ranges), and the curves of the elements.
IA_API ia_status ia_charge_states_compute(ia_ctx *ctx,
                                          const ia_charge_states_input *input,
                                          const ia_charge_states_params *params,
                                          ia_charge_states *out);
IA_API void ia_charge_states_clear(ia_charge_states *states);
// "charge_field" and "charge_states".
IA_API ia_status ia_charge_states_tables(ia_ctx *ctx, const ia_charge_states *states,
                                         ia_result *result);

IA_END
#endif
