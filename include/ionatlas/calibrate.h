// include/ionatlas/calibrate.h: m/n from raw data, start time, flight path and
// corrections found in the data alone.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CALIBRATE_H
#define IONATLAS_CALIBRATE_H

#include <ionatlas/identify.h>

IA_BEGIN

/*
   The model, for an ion that flies straight:

   m/n = 2 e V (t - t0)^2 / ((L^2 + x^2 + y^2) psi(x, y) f(V) d(s)),
   V = V_dc + beta V_pulse, f(V) = V / (V + phi(V)),

   s the place in the sequence of evaporation from 0 to 1, psi(0, 0) = 1, f = 1 at the
   median voltage and d of mean logarithm 0. Of files that hold m/n and no times of
   flight: m/n = (a sqrt(m/n of the file / (psi f d)) + b)^2. psi, f, d and beta are those
   that make the spectrum sharpest; L and t0 (a and b) those that make its peaks ions.
*/

enum { IA_CALIBRATE_BEST, IA_CALIBRATE_TIMES, IA_CALIBRATE_MASS };

typedef struct {
    bool calibrate;           // in an analysis: files with m/n, too
    int calibrate_from;       // times of flight where there are any, or one of the two
    bool keep_scale;          // m/n of a file: corrections alone, a = 1 and b = 0
    double flight_path;       // about, mm; 0: not known
    double t0_doubt;          // ns, standard deviation about 0 of the start time
    double scale_doubt;       // standard deviation of the scale of a file's m/n, relative
    double scale_probability; // least, of a scale that is taken
    size_t detector_order;    // highest of the polynomial in x and y
    size_t voltage_order;     // highest of the polynomial in ln V
    double drift;             // largest drift of ln m/n looked for; 0: none
    size_t n_fit;             // ions that the corrections are fitted to, at most
} ia_calibrate_params;
IA_API extern const ia_method ia_calibrate_method;
IA_API ia_calibrate_params ia_calibrate_defaults(void);

typedef enum {
    IA_CALIBRATED,          // m/n can be given
    IA_CALIBRATE_FEW,       // too few ions
    IA_CALIBRATE_NO_SPREAD, // times of flight are a few exact numbers
    IA_CALIBRATE_FLAT,      // no peak above the background
    IA_CALIBRATE_SINGLE,    // one peak: its ion cannot be told
    IA_CALIBRATE_DOUBT      // several mass scales explain the peaks, or none
} ia_calibrate_verdict;

typedef struct {
    double value, sigma; // NAN where not fitted
} ia_estimate;

// A correction along one axis.
typedef struct {
    size_t n;
    double *at;     // (n) V, or place in the sequence from 0 to 1
    double *factor; // (n) that m/n is divided by
    double *sigma;  // (n) of the factor
} ia_curve;

// psi over the detector.
typedef struct {
    size_t cells[2];        // across (x) and down (y)
    double origin[2], step; // mm, lower corner of the first cell
    double *psi;            // (cells[1], cells[0]); NAN where no ion hit
} ia_bowl;

// A peak before and after: raw (the geometry of the flight left out, too), with the
// geometry alone, and calibrated.
typedef struct {
    double mass;             // Da
    double counts;           // ions within its tenth of the maximum
    char ion[IA_ION_NAME];   // "" where no single ion stands for it
    double fwhm[3], fwtm[3]; // Da; NAN where it cannot be measured
    double sigma_fwhm[3];
} ia_calibrated_peak;

// A mass scale that explains the peaks.
typedef struct {
    char ion[IA_ION_NAME];  // of the largest peak; "" where it stays unexplained
    double t0, flight_path; // ns, mm; for m/n of a file NAN
    double a, b;
    double probability;
    double explained; // share of the peaks' ions that are accounted for
} ia_scale_choice;

typedef struct {
    ia_calibrate_verdict verdict;
    char reason[256]; // one sentence where it is not IA_CALIBRATED
    bool from_times;
    size_t n_ions, n_fit;
    double step; // in which the file keeps times (ns) or m/n (Da); 0: finer than matters
    ia_estimate t0, flight_path, beta;             // ns, mm; of times of flight
    ia_estimate a, b;                              // of m/n of a file
    double v_ref;                                  // V, median
    size_t detector_order, voltage_order, n_knots; // 0: no such correction
    double bandwidth;                              // of the last kernel, relative to m/n
    size_t n_lines;                                // peaks that the scale was fitted to
    double misfit; // chi-squared per degree of freedom of their places
    size_t n_coefficients;
    double *coefficients; // (n_coefficients) of ln psi by (x/R)^i (y/R)^j, rising i + j,
    double *sigma_coefficients; // then rising j
    double radius;              // R, mm
    ia_curve voltage, drift;
    ia_bowl bowl;
    ia_scale_choice choice[2]; // taken and next
    size_t n_choices;
    ia_calibrated_peak *peaks; // (n_peaks) the strongest, by rising mass
    size_t n_peaks;
    ia_spectrum before, after;          // of the ions fitted to; bins of 0.01 Da
    struct ia_calibration_model *model; // private: what ia_calibration_mass applies
} ia_calibration;

// How far the m/n of successive parts of a run are shifted against each other.
typedef struct {
    double rms;    // of ln m/n; 0: no drift that both halves of the ions confirm
    double widths; // the same in half-content widths of a peak at 28 Da
    bool matters;  // widens the peaks by 8 % or more
    bool spoils;   // moves peaks by more than they are wide: ions are mistaken for others
} ia_scale_drift;
// By 20,000 ions at most; their order must be that of evaporation. O(ions) to take them,
// some tenths of a second for the rest.
IA_API ia_status ia_scale_drift_look(ia_ctx *ctx, const ia_ions *ions,
                                     const ia_peak_widths *widths, ia_scale_drift *out);

// IA_OK whatever the verdict; IA_ERR_UNSUPPORTED without times of flight and voltages, or
// m/n.
IA_API ia_status ia_calibrate_compute(ia_ctx *ctx, const ia_ions *ions,
                                      const ia_calibrate_params *params,
                                      ia_calibration *out);
IA_API ia_status ia_calibration_mass(ia_ctx *ctx, const ia_calibration *calibration,
                                     const ia_ions *ions, float *mass);
// The peak with the most ions, borrowed; NULL where there is none.
IA_API const ia_calibrated_peak *
ia_calibration_largest(const ia_calibration *calibration);
IA_API void ia_calibration_clear(ia_calibration *calibration);
IA_API ia_status ia_calibration_tables(ia_ctx *ctx, const ia_calibration *calibration,
                                       ia_result *result);

IA_END
#endif
