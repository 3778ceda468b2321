// src/spectrum/calibrate_internal.h: the model of a calibration, the ions it is fitted to
// and the sharpness that the fit maximises.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_CALIBRATE_INTERNAL_H
#define IA_SPECTRUM_CALIBRATE_INTERNAL_H

#include <ionatlas/calibrate.h>

// 2 e / u in Da mm^2 V^-1 ns^-2 (CODATA 2018: e = 1.602176634e-19 C, u
// = 1.66053906660e-27 kg).
#define CAL_TWO_E_OVER_U (2 * 1.602176634e-19 / 1.66053906660e-27 * 1e-12)

enum {
    CAL_TERMS = 48,      // of a model, at most
    CAL_ORDER_MAX = 6,   // of a polynomial
    CAL_BLOCK = 8192,    // ions per block of work
    CAL_KERNEL_BINS = 4, // bins per standard deviation of the kernel
};

typedef struct {
    double t;    // time of flight, ns; for m/n of a file its square root
    double v, p; // standing and pulse voltage, V
    double x, y; // hit, mm
    double s;    // place in the sequence of evaporation, 0 to 1
} cal_ion;

typedef enum {
    CAL_PLANE,   // (x/R)^i (y/R)^j
    CAL_VOLTAGE, // Legendre polynomial of ln V, order i
    CAL_RUN,     // Legendre polynomial of s, order i
    CAL_PULSE,   // share beta of the pulse
    CAL_START    // t0
} cal_kind;

typedef struct {
    cal_kind kind;
    uint8_t i, j;
    double value; // natural unit: ln m/n, beta, ns
    double mean;  // of its basis function over the ions: taken off
    double sigma; // of the value; NAN where not known
} cal_term;

/*
   The place of an ion in the spectrum is w = 2 ln(tau - t_axis), tau the time of flight
   that it would have had at the median voltage along the axis:
   tau = t0 + (t - t0) exp(q),
   q = 1/2 [ln((V_dc + beta V_pulse) / v_ref) - ln(1 + (x^2 + y^2) / l2) - sum of terms].
   A change of all m/n by one factor is a shift of w.
*/
typedef struct {
    bool from_times;
    double t0, beta;
    double t0_doubt;      // ns: before the ions are seen t0 is normal about 0
    double t_axis;        // start time of the axis w: that of t0 as far as it is known
    double l2;            // square of the flight path, mm^2; INFINITY without hits
    double v_ref;         // V
    double v_mid, v_half; // ln V is v_mid +- v_half
    double radius;        // mm
    cal_term terms[CAL_TERMS];
    size_t n_terms;
    // (n_knots) of ln m/n in the middle of as many equal parts of the run, linear
    // between; borrowed
    double *drift;
    size_t n_knots;
} cal_model;

// Columns of the ions that are fitted to; those not known are NULL.
typedef struct {
    size_t n;
    float *t, *v, *p, *x, *y, *s;
} cal_sample;

// Every `step`-th ion of a sample from `first` on.
typedef struct {
    size_t first, step, n;
} cal_view;

static inline cal_view cal_view_of(size_t n, size_t first, size_t step)
{
    return (cal_view){first, step, n > first ? (n - first + step - 1) / step : 0};
}

cal_ion cal_sample_ion(const cal_sample *sample, size_t i);
// Values of the basis functions of an ion; `q` NAN where it has none.
void cal_basis(const cal_model *model, const cal_ion *ion, double *basis);
double cal_exponent(const cal_model *model, const cal_ion *ion, const double *basis);
// tau - t0; NAN for ions that cannot be placed.
double cal_reduced_time(const cal_model *model, const cal_ion *ion);
double cal_drift_at(const cal_model *model, double s);
double cal_legendre(unsigned order, double x);
// Add a term of value 0; false when there are too many.
bool cal_add(cal_model *model, cal_kind kind, unsigned i, unsigned j);
// All terms of the plane of that order, i + j = order.
bool cal_add_plane(cal_model *model, unsigned order);
bool cal_has(const cal_model *model, cal_kind kind);
void cal_drop_last(cal_model *model, size_t n);

// Ions at even steps of the sequence, n_most at most.
ia_status cal_sample_take(ia_ctx *ctx, const ia_ions *ions,
                          const ia_calibrate_params *params, bool from_times,
                          cal_sample *out);
void cal_sample_clear(cal_sample *sample);
// How a file keeps times or m/n: the step where it is far below the width of a peak, 0
// for none; the part of the ions that have the commonest number. n log n.
typedef struct {
    double step; // ns or Da
    double commonest;
} cal_steps;
ia_status cal_steps_find(ia_ctx *ctx, const cal_sample *sample, bool from_times,
                         cal_steps *out);
// Each value to a place within half a step of it: what is lost by rounding is not known,
// and a density that sees the steps would take them for peaks.
void cal_steps_spread(cal_sample *sample, bool from_times, double step);
// Reference voltage, scales of the basis functions.
void cal_model_begin(const cal_sample *sample, bool from_times, cal_model *model);
// Is the pulse not the same share of the voltage for all?
bool cal_sample_varies(const cal_sample *sample);
// Basis functions of value 0 in the middle of the detector, at the reference voltage.
void cal_model_anchor(cal_model *model);
// Means of the basis functions.
void cal_model_centre(const cal_sample *sample, cal_model *model);

// Counts of a view of the ions along w, smoothed with a kernel of standard deviation
// `bandwidth`, and the sharpness: the mean over ions of ln(1 + f / floor).
typedef struct cal_sharp cal_sharp;
ia_status cal_sharp_new(ia_ctx *ctx, const cal_sample *sample, cal_sharp **out);
void cal_sharp_free(cal_sharp *sharp);
// Range of w for the next calls, by the model as it is.
ia_status cal_sharp_aim(cal_sharp *sharp, const cal_model *model, double bandwidth);
// Take these ions; the calls below act on them. The model's terms must stay the same, but
// for their values and t0, until the next load.
ia_status cal_sharp_load(cal_sharp *sharp, const cal_model *model, cal_view view);
// Sharpness of the model and, where `slope` is given, its derivatives by the terms.
ia_status cal_sharp_compute(cal_sharp *sharp, const cal_model *model, double *out,
                            double *slope);
// Second moments of the basis functions over the loaded ions, (n_terms, n_terms).
ia_status cal_sharp_moments(cal_sharp *sharp, const cal_model *model, double *moments);
// What the places of the loaded ions tell of the terms: Fisher's information.
ia_status cal_sharp_information(cal_sharp *sharp, const cal_model *model,
                                double *information);
// Mean of ln density of the ions of one half under the kernel density of the other.
ia_status cal_sharp_held_out(cal_sharp *sharp, const cal_model *model, double *out);
// Maximise the sharpness by the terms of the model.
ia_status cal_climb(cal_sharp *sharp, cal_view view, cal_model *model, double *sharpness);
// Coarse to fine from where nothing is known: the model must be as cal_model_begin left
// it. `bandwidth` is that which tells one half of the ions best from the other.
ia_status cal_fit_begin(cal_sharp *sharp, const cal_sample *sample,
                        const ia_calibrate_params *params, cal_model *model,
                        double *bandwidth);
// The terms that both halves of the ions want, on a scale that is known.
ia_status cal_fit_orders(cal_sharp *sharp, const cal_sample *sample,
                         const ia_calibrate_params *params, cal_model *model,
                         double *bandwidth);
// The same terms again after a small change of scale.
ia_status cal_fit_again(cal_sharp *sharp, const cal_sample *sample, double bandwidth,
                        cal_model *model);
// From a kernel of `from` down, with the terms as they are.
ia_status cal_fit_descend(cal_sharp *sharp, const cal_sample *sample, double from,
                          cal_model *model, double *bandwidth);
// Terms of a model with another t0 or path that leave the ions, by least squares, where
// they stand but for one factor; places: (n) of the sample, of sqrt(m/n), 0 for none.
void cal_model_keep(const cal_sample *sample, const float *places, cal_model *model);
// Inverse of a symmetric positive matrix in place, n <= CAL_TERMS + 1; rows that are told
// by the others become zero.
void cal_invert(double *m, size_t n);

// How far the spectrum of each part of the run is shifted, ln m/n.
typedef struct {
    size_t n;              // 0: no drift that the other half of the ions confirms
    double *shift, *sigma; // (n); the shifts' mean is 0
    double gain[2];        // ln likelihood of each half under the shifts of the other
} cal_drift;
typedef struct {
    double most;      // shift looked for, ln m/n
    double bandwidth; // of the last kernel
} cal_drift_rules;
ia_status cal_drift_find(ia_ctx *ctx, const cal_sample *sample, const cal_model *model,
                         const cal_drift_rules *rules, cal_drift *out);
void cal_drift_clear(cal_drift *drift);

ia_ctx *cal_sharp_ctx(const cal_sharp *sharp);
double cal_sharp_bandwidth(const cal_sharp *sharp);

#endif
