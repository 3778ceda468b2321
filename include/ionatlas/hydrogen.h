// include/ionatlas/hydrogen.h: hydrogen and deuterium: how much, of which kind, how sure,
// and how much of it comes from the chamber.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_HYDROGEN_H
#define IONATLAS_HYDROGEN_H

#include <ionatlas/deconvolve.h>
#include <ionatlas/ions.h>
#include <ionatlas/ranges.h>

IA_BEGIN

typedef struct {
    double scale_error; // of m/n at 2 Da, H+ being where it is seen, Da
    double main_share;  // elements with so large a share of the ions may form hydrides
    size_t windows;     // stretches of the run that are compared
    size_t rings;       // rings of the detector, of equal area
    // Of an uncharged specimen, with one standard deviation; negative: not known.
    double reference_h, reference_h_sigma;   // H+ for one ion of the specimen
    double reference_m2, reference_m2_sigma; // ions at 2 Da for one H+
    double reference_m3, reference_m3_sigma; // ions at 3 Da for one H+
    char reference[256];                     // which one that was
    // As people tell, for the checklist.
    char charging[256], transfer[256], preparation[256];
} ia_hydrogen_params;
IA_API extern const ia_method ia_hydrogen_method;
IA_API ia_hydrogen_params ia_hydrogen_defaults(void);

// All borrowed.
typedef struct {
    const ia_spectrum *spectrum;     // as identified
    const ia_background *background; // flat level
    const ia_peaks *peaks;
    const ia_peak_shape *shape;
    const ia_assignment *assignment; // ions, and the mass scale
    const ia_spectrum *light;        // the masses below 7 Da in finer bins, or `spectrum`
    const ia_ions *ions;             // for trends; NULL: none
    const ia_ranges *ranges;         // of the ions; NULL: no charge-state ratio
    const ia_ranger *ranger;
} ia_hydrogen_input;

// Ions at one nominal mass, 1 to 4 Da, above what lies beside them.
typedef struct {
    unsigned nominal;            // Da
    double lo, hi;               // Da, where they are counted
    double counts, sigma;        // background taken off
    double background;           // counts taken off
    double critical, detectable; // counts: 5 % level of noise, limit of detection
    double per_h, sigma_per_h;   // for one ion at 1 Da; NAN there
    bool is_detected;            // more than `critical`
} ia_light_peak;

// Two ions at one nominal mass, 0.00155 Da apart: one with a deuterium for two hydrogens.
// D+ and H2+, HD+ and H3+, D2+ and H2D+.
typedef struct {
    unsigned nominal;
    const char *with, *without; // static; D stands for deuterium
    double m_with, m_without;   // m/n, Da
    double counts[2];           // likeliest: with, without
    double interval[2][2];      // 95 %, by profile likelihood
    // The share that the one with deuterium has of what is there. Beforehand the one,
    // the other and both are as likely, of both any share.
    double share, sigma_share;
    ia_share_part parts[IA_SHARE_PARTS]; // by which, and how likely each is
    double upper;                        // one-sided 95 % limit on the one with deuterium
    double p; // of as much by chance where there is no deuterium
    // That each is there at all: with, without. 2/3 where the data say nothing.
    double there[2];
    double resolving_power; // m/dm at half height there, with bins as they are
    double shift,
        sigma_shift;    // of the mass scale there as found, and as known before, Da
    bool is_parted;     // the interval excludes half of what is there or more
    bool is_referenced; // the one without is held near the reference's
} ia_light_pair;

// A hydride: one that identification tells, or XH or XD of a main ion X; parted from X
// and all else by isotopes.
typedef struct {
    ia_ion ion, bare;                // bare: no part where it is not told
    char name[IA_ION_NAME];          // "FeD++"
    double counts, sigma, lo, hi;    // 95 % interval
    double per_bare, sigma_per_bare; // for one ion of the bare element; NAN
    double probability;              // by identification; NAN: not told
    // Told, or the interval lies above zero and, of one with hydrogen, identification
    // does not find that others account for what is there. Never undetermined.
    bool is_seen;
    ia_ion hidden_under; // one of these, where the interval lies above zero; no part
    // Hidden, or the interval begins at zero and the error is more than a tenth of all
    // ions at its lines: counts and errors are NAN, hi is a limit.
    bool is_undetermined;
    bool is_deuteride;
} ia_hydride;

// One stretch of the run or ring of the detector.
typedef struct {
    double ions, pulses;       // pulses: NAN where they are not known
    double h, m2;              // ions at 1 and 2 Da, background taken off
    double share, sigma_share; // h over ions
    double m2_per_h;           // NAN without h
    double voltage;            // mean, V; NAN
    double radius;             // outer, of a ring, mm; NAN
    double charge_ratio;       // of the main element, upper over lower charge; NAN
} ia_hydrogen_window;

// Does hydrogen follow something else? Spearman's rank correlation over the windows.
typedef struct {
    const char *of, *with; // "h_share", "voltage", ...; static
    double rho, p;         // NAN where one of them does not vary or is not seen
    size_t n;
    const char *reason; // static; why there is none: "voltage does not vary"; else ""
} ia_hydrogen_trend;

// Gas gives so many ions a pulse whatever the specimen does, the specimen so many for
// each of its ions: h = per_pulse x pulses + per_ion x ions over the windows.
typedef struct {
    double per_pulse, sigma_per_pulse;
    double per_ion, sigma_per_ion;
    double share, sigma_share; // of the hydrogen at 1 Da that comes with the pulses
    double spread;             // largest over smallest of pulses per ion
    double dispersion;         // chi-squared per degree of freedom
    bool is_told;              // the rate varies enough to tell
} ia_residual_gas;

enum { IA_LIGHT_PEAKS = 4, IA_LIGHT_PAIRS = 3, IA_HYDROGEN_TRENDS = 8 };

typedef struct {
    ia_light_peak peaks[IA_LIGHT_PEAKS];
    ia_light_pair pairs[IA_LIGHT_PAIRS];
    ia_hydride *hydrides; // (n_hydrides)
    size_t n_hydrides;
    double width_ratio;            // of H+ over what the law of widths has there
    double h_shift, sigma_h_shift; // H+ seen less true, Da
    double n_ions; // ions of the specimen: without hydrogen and background
    double h_per_ion, sigma_h_per_ion;
    unsigned main_z, main_charge;            // element of the charge-state ratio; 0: none
    double charge_ratio, sigma_charge_ratio; // charge + 1 over charge
    ia_hydrogen_window *windows;             // (n_windows); none without ions
    size_t n_windows;
    ia_hydrogen_window *rings; // (n_rings)
    size_t n_rings;
    double p_windows, p_rings; // that the share of h is the same in all
    ia_hydrogen_trend trends[IA_HYDROGEN_TRENDS];
    size_t n_trends;
    ia_residual_gas gas;
    // Over the uncharged specimen: h for one ion, and ions at 2 Da for one H+; NAN.
    double excess_h, sigma_excess_h, excess_m2, sigma_excess_m2;
} ia_hydrogen;

// IA_ERR_EMPTY where the spectrum has no ions. Masses: H 1.00782503, D 2.01410178 Da less
// the electrons. O(bins + ions), some 100 ms beside the pass over the ions.
IA_API ia_status ia_hydrogen_compute(ia_ctx *ctx, const ia_hydrogen_input *input,
                                     const ia_hydrogen_params *params, ia_hydrogen *out);
IA_API void ia_hydrogen_clear(ia_hydrogen *hydrogen);

// "hydrogen": nominal_da, lo_da, hi_da, counts, sigma_counts, background_counts,
// critical_counts, detectable_counts, per_h, sigma_per_h, detected. "deuterium": one row
// a pair. "hydrides". "hydrogen_windows", "hydrogen_rings", "hydrogen_trends" with ions.
// "residual_gas". "hydrogen_summary".
IA_API ia_status ia_hydrogen_tables(ia_ctx *ctx, const ia_hydrogen *hydrogen,
                                    ia_result *result);

IA_END
#endif
