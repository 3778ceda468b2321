// src/spectrum/calibrate_result.h: a calibration at work, and what is told of it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_CALIBRATE_RESULT_H
#define IA_SPECTRUM_CALIBRATE_RESULT_H

#include <ionatlas/flight.h>

#include "spectrum/calibrate_find.h"

typedef struct {
    ia_ctx *ctx;
    const ia_ions *ions;
    ia_calibrate_params params;
    bool from_times;
    cal_sample sample;
    cal_sharp *sharp;
    cal_model model;
    cal_drift drift;
    double bandwidth;
    double path, sigma_ln; // mm
    double score;          // of the scale as it was found
    float *places;         // (sample.n) square roots of m/n as they were last known
    double a, b;           // of m/n of a file
    cal_found found;
    cal_names names;
    ia_calibration out;
} cal_job;

// m/n = (a root (tau - t0) + b)^2
struct ia_calibration_model {
    cal_model model; // owns its drift
    double root, a, b;
    bool nothing; // m/n of the file stays as it is
};
double cal_mass(const struct ia_calibration_model *m, const cal_ion *ion);

// Fill the result from the fitted model.
ia_status cal_describe(cal_job *job);
// Standard deviations of the terms, and of anything linear in them.
ia_status cal_covariance(cal_job *job, double *covariance);
ia_status cal_curves(cal_job *job, const double *covariance);
ia_status cal_peaks(cal_job *job);

#endif
