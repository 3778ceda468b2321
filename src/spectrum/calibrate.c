// src/spectrum/calibrate.c: from times of flight to m/n: corrections by sharpness, scale
// by ions, in turn.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_BOOL, ia_calibrate_params, calibrate, "", 0, 0, 1,
             "calibrate files that hold m/n, too"),
    IA_FIELD_CHOICE(ia_calibrate_params, calibrate_from, "best", "best|times|mass",
                    "what is calibrated: times of flight where there are any, or m/n"),
    IA_FIELD(IA_BOOL, ia_calibrate_params, keep_scale, "", 0, 0, 1,
             "m/n of a file: sharpen it and leave its scale alone"),
    IA_FIELD(IA_F64, ia_calibrate_params, flight_path, "mm", 0, 0, 1e4,
             "specimen to detector, about; 0: not known"),
    IA_FIELD(IA_F64, ia_calibrate_params, t0_doubt, "ns", 60, 0.1, 1e4,
             "start times looked for: standard deviation about 0"),
    IA_FIELD(IA_F64, ia_calibrate_params, scale_doubt, "", 0.01, 1e-5, 0.2,
             "m/n of a file: standard deviation of its scale, relative"),
    IA_FIELD(IA_F64, ia_calibrate_params, scale_probability, "", 0.95, 0.5, 0.999999,
             "least probability of a mass scale that is taken"),
    IA_FIELD(IA_SIZE, ia_calibrate_params, detector_order, "", 6, 0, 6,
             "highest order of the polynomial over the detector"),
    IA_FIELD(IA_SIZE, ia_calibrate_params, voltage_order, "", 4, 0, 4,
             "highest order of the polynomial in the voltage"),
    IA_FIELD(IA_F64, ia_calibrate_params, drift, "", 0.05, 0, 0.3,
             "largest drift of m/n over the run that is looked for, relative; 0: none"),
    IA_FIELD(IA_SIZE, ia_calibrate_params, n_fit, "", 200000, 1000, 1e8,
             "ions that the corrections are fitted to, at most"),
};
const ia_method ia_calibrate_method =
    IA_METHOD("calibrate", "m/n from raw data, found blind", ia_calibrate_params, fields);

ia_calibrate_params ia_calibrate_defaults(void)
{
    ia_calibrate_params params;
    ia_method_defaults(&ia_calibrate_method, &params);
    return params;
}

static void refuse(cal_job *job, ia_calibrate_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(cal_job *job, ia_calibrate_verdict verdict, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(job->out.reason, sizeof job->out.reason, format, values);
    va_end(values);
    job->out.verdict = verdict;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static ia_status take(cal_job *job)
{
    enum { FEWEST = 400 };
    const double spiked = 0.05;
    cal_steps steps;
    ia_status st =
        cal_sample_take(job->ctx, job->ions, &job->params, job->from_times, &job->sample);
    if (st != IA_OK)
        return st;
    job->out.from_times = job->from_times;
    job->out.n_ions = job->ions->n;
    job->out.n_fit = job->sample.n;
    cal_model_begin(&job->sample, job->from_times, &job->model);
    job->model.beta = ia_flight_defaults().beta;
    job->model.t0_doubt = job->params.t0_doubt;
    if (job->sample.n < FEWEST) {
        refuse(job, IA_CALIBRATE_FEW,
               "cannot be calibrated: %zu ions with a usable %s, at least %d are needed",
               job->sample.n, job->from_times ? "time of flight and voltage" : "m/n",
               FEWEST);
        return IA_OK;
    }
    if ((st = cal_steps_find(job->ctx, &job->sample, job->from_times, &steps)) != IA_OK)
        return st;
    job->out.step = steps.step;
    if (steps.step > 0)
        cal_steps_spread(&job->sample, job->from_times, steps.step);
    else if (steps.commonest > spiked)
        refuse(
            job, IA_CALIBRATE_NO_SPREAD,
            "cannot be calibrated: %.0f %% of the ions have one and the same %s and few "
            "have the numbers beside it, as labels or a saturated detector have",
            100 * steps.commonest, job->from_times ? "time of flight" : "m/n");
    return st;
}

// A scale of m/n that is right but for less than the peaks' shape is left alone.
static bool moves_peaks(const cal_scale *scale)
{
    const double part = 0.2; // of the half-content width
    const double masses[] = {12, 28, 60, 120};
    bool moves = false;
    for (size_t i = 0; i < sizeof masses / sizeof *masses; i++) {
        double m = masses[i], root = (sqrt(m) - scale->b) / scale->a;
        double off = fabs(root * root - m);
        moves = moves || off > part * scale->width * sqrt(m / 28);
    }
    return moves;
}

// The scale becomes part of the model, or of what is done to m/n afterwards. `places`:
// of the ions on the scale so far, which is moved to the new one.
static void take_scale(cal_job *job, const cal_scale *scale, cal_places *places)
{
    float *z = (float *)places->z;
    job->found.choice[0] = *scale;
    for (size_t i = 0; i < places->n; i++)
        z[i] = z[i] > 0 ? (float)(scale->a * (double)z[i] + scale->b) : 0;
    free(job->places);
    job->places = z;
    *places = (cal_places){0};
    if (!job->from_times) {
        bool moves = moves_peaks(scale);
        job->a = moves ? scale->a : 1;
        job->b = moves ? scale->b : 0;
        return;
    }
    job->model.t0 = job->model.t_axis = cal_find_t0(&job->model, job->path, scale);
    job->path /= scale->a;
    if (isfinite(job->model.l2)) // there are hits
        job->model.l2 = job->path * job->path;
    cal_model_keep(&job->sample, job->places, &job->model);
}

static void describe_choice(const cal_job *job, const cal_scale *scale,
                            double probability, ia_scale_choice *out)
{
    *out = (ia_scale_choice){.t0 = NAN,
                             .flight_path = NAN,
                             .a = scale->a,
                             .b = scale->b,
                             .probability = probability,
                             .explained = scale->explained};
    snprintf(out->ion, sizeof out->ion, "%s", scale->ion.name);
    if (!job->from_times)
        return;
    out->t0 = cal_find_t0(&job->model, job->path, scale);
    out->flight_path = job->path / scale->a;
}

// Scales that may be right: by the ion of the largest peak, or where that is the same by
// what else tells them apart.
static void refuse_choice(cal_job *job, size_t n)
{
    const ia_scale_choice *c = job->out.choice;
    const char *first = c[0].ion[0] ? c[0].ion : "unknown";
    const char *second = n > 1 && c[1].ion[0] ? c[1].ion : "another";
    if (n > 1 && job->from_times && strcmp(first, second) == 0)
        refuse(job, IA_CALIBRATE_DOUBT,
               "cannot be calibrated: the largest peak is likely %s, with a start time "
               "of %.1f ns (probability %.2f) or %.1f ns (%.2f)",
               first, c[0].t0, c[0].probability, c[1].t0, c[1].probability);
    else
        refuse(job, IA_CALIBRATE_DOUBT,
               "cannot be calibrated: the largest peak may be %s (probability %.2f) or "
               "%s (%.2f); --flight-path, if it is known, may decide",
               first, c[0].probability, second, n > 1 ? c[1].probability : 0);
}

static void doubt(cal_job *job)
{
    const double half = 0.5;
    const cal_found *f = &job->found;
    const ia_scale_choice *c = job->out.choice;
    if (f->n_peaks == 0)
        refuse(job, IA_CALIBRATE_FLAT,
               "cannot be calibrated: no peak stands out of the background");
    else if (f->n_peaks == 1)
        refuse(job, IA_CALIBRATE_SINGLE,
               "cannot be calibrated: a single peak does not tell which ion it is; "
               "--flight-path and --t0 of a known instrument would give m/n");
    else if (f->n_choices == 0 || c[0].explained < half || f->choice[0].n_lines < 2 ||
             f->confirmed < half)
        refuse(job, IA_CALIBRATE_DOUBT,
               "cannot be calibrated: no mass scale was found on which ions explain "
               "the %zu peaks",
               f->n_peaks);
    else if (f->probability[0] < job->params.scale_probability)
        refuse_choice(job, f->n_choices);
}

// Square roots of the m/n of the present model.
static ia_status find_places(cal_job *job, cal_places *out)
{
    cal_model_anchor(&job->model);
    return cal_find_places(job->ctx, &job->sample, &job->model, job->path, out);
}

// The scale among all that are possible.
static ia_status find_scale(cal_job *job)
{
    cal_places places = {0};
    cal_scale_prior prior;
    ia_status st;
    cal_model_anchor(&job->model);
    job->path = cal_find_path(&job->model, &job->params, &job->sigma_ln);
    prior = cal_find_prior(&job->model, &job->params, job->path, job->sigma_ln);
    if ((st = find_places(job, &places)) == IA_OK)
        st = cal_find(job->ctx, &places, &prior, &job->found);
    if (st == IA_OK && job->found.n_choices > 0)
        st = cal_find_confirm(job->ctx, &places, &job->found.choice[0],
                              &job->found.confirmed);
    if (st != IA_OK)
        goto done;
    job->out.n_choices = job->found.n_choices;
    for (size_t i = 0; i < job->found.n_choices; i++)
        describe_choice(job, &job->found.choice[i], job->found.probability[i],
                        &job->out.choice[i]);
    doubt(job);
    if (job->out.verdict == IA_CALIBRATED)
        take_scale(job, &job->found.choice[0], &places);
    job->score = job->found.choice[0].score;
done:
    free((void *)places.z);
    return st;
}

// Corrections that are fitted anew may move all ions by one factor, which is no part of
// the sharpness: that which puts them back where they were, the median of all.
static ia_status factor_back(const cal_job *job, const cal_places *now, double *factor)
{
    float *ratio = ia_array(job->ctx, now->n, sizeof *ratio);
    size_t n = 0;
    *factor = 1;
    if (!ratio)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < now->n; i++)
        if (job->places[i] > 0 && now->z[i] > 0)
            ratio[n++] =
                (float)(((double)job->places[i] - job->b) / (job->a * (double)now->z[i]));
    qsort(ratio, n, sizeof *ratio, by_value);
    if (n > 0)
        *factor = (double)ratio[n / 2];
    free(ratio);
    return IA_OK;
}

// The same scale, moved to the peaks of the present model.
static ia_status move_scale(cal_job *job)
{
    cal_places places = {0};
    cal_scale scale = {.a = job->a, .b = job->b};
    cal_scale_prior prior;
    const double kept = 0.5; // of the score, at least
    double factor;
    ia_status st = find_places(job, &places);
    prior = cal_find_prior(&job->model, &job->params, job->path, job->sigma_ln);
    if (st == IA_OK && (st = factor_back(job, &places, &factor)) == IA_OK) {
        scale.a *= factor;
        st = cal_scale_judge(job->ctx, &places, &prior, &scale, &job->names);
    }
    if (st == IA_OK && scale.n_lines > 1)
        take_scale(job, &scale, &places);
    if (st == IA_OK && scale.score < kept * job->score)
        refuse(job, IA_CALIBRATE_DOUBT,
               "cannot be calibrated: the corrections that make the spectrum sharpest "
               "do not leave the peaks by which the mass scale was found");
    free((void *)places.z);
    return st;
}

static bool finds_scale(const cal_job *job)
{
    return job->from_times || !job->params.keep_scale;
}

// The drift over the run, if there is one.
static ia_status find_drift(cal_job *job, bool *found)
{
    const cal_drift_rules rules = {job->params.drift, job->bandwidth};
    cal_drift drift;
    *found = false;
    if (job->params.drift == 0)
        return IA_OK;
    ia_status st = cal_drift_find(job->ctx, &job->sample, &job->model, &rules, &drift);
    if (st != IA_OK)
        return st;
    *found = drift.n > 0;
    ia_log(job->ctx, IA_LOG_DEBUG, "drift: gain %.1f and %.1f, kernel %g", drift.gain[0],
           drift.gain[1], job->bandwidth);
    cal_drift_clear(&job->drift);
    job->drift = drift;
    job->model.drift = drift.shift;
    job->model.n_knots = drift.n;
    return IA_OK;
}

// From coarse to fine; once more where a drift was found, without its blur.
static ia_status begin(cal_job *job)
{
    bool drifts = false;
    ia_status st = cal_fit_begin(job->sharp, &job->sample, &job->params, &job->model,
                                 &job->bandwidth);
    if (st == IA_OK)
        st = find_drift(job, &drifts);
    if (st == IA_OK && drifts)
        st = cal_fit_descend(job->sharp, &job->sample, 8 * job->bandwidth, &job->model,
                             &job->bandwidth);
    return st;
}

// Corrections and scale in turn: each is told better with the other.
static ia_status fit(cal_job *job)
{
    bool drifts;
    ia_status st = cal_sharp_new(job->ctx, &job->sample, &job->sharp);
    if (st != IA_OK || (st = begin(job)) != IA_OK ||
        (finds_scale(job) && (st = find_scale(job)) != IA_OK) ||
        job->out.verdict != IA_CALIBRATED ||
        (st = cal_fit_orders(job->sharp, &job->sample, &job->params, &job->model,
                             &job->bandwidth)) != IA_OK ||
        (st = find_drift(job, &drifts)) != IA_OK)
        return st;
    for (int round = 0; round < 2 && st == IA_OK && finds_scale(job) &&
                        job->out.verdict == IA_CALIBRATED;
         round++)
        if ((st = move_scale(job)) == IA_OK)
            st = cal_fit_again(job->sharp, &job->sample, job->bandwidth, &job->model);
    cal_model_anchor(&job->model);
    return st;
}

static ia_status check(cal_job *job)
{
    const ia_ions *ions = job->ions;
    bool times = ia_ions_has(ions, IA_TOF) && ia_ions_has(ions, IA_V_DC);
    ia_status st = ia_method_check(job->ctx, &ia_calibrate_method, &job->params);
    if (st != IA_OK)
        return st;
    job->from_times = job->params.calibrate_from == IA_CALIBRATE_TIMES ||
                      (job->params.calibrate_from == IA_CALIBRATE_BEST && times);
    if (!job->from_times && job->params.calibrate_from == IA_CALIBRATE_BEST &&
        !ia_ions_has(ions, IA_MASS))
        return ia_fail(job->ctx, IA_ERR_UNSUPPORTED,
                       "this input has neither m/n nor times of flight with voltages: "
                       "nothing to calibrate");
    if (!job->from_times)
        return ia_ions_need(job->ctx, ions, IA_MASS);
    st = ia_ions_need(job->ctx, ions, IA_TOF);
    return st == IA_OK ? ia_ions_need(job->ctx, ions, IA_V_DC) : st;
}

ia_status ia_calibrate_compute(ia_ctx *ctx, const ia_ions *ions,
                               const ia_calibrate_params *params, ia_calibration *out)
{
    cal_job *job = ia_array(ctx, 1, sizeof *job);
    ia_status st;
    if (!job)
        return IA_ERR_MEMORY;
    job->ctx = ctx;
    job->ions = ions;
    job->params = params ? *params : ia_calibrate_defaults();
    job->a = 1;
    if ((st = check(job)) != IA_OK || (st = take(job)) != IA_OK)
        goto done;
    if (job->out.verdict == IA_CALIBRATED && (st = fit(job)) != IA_OK)
        goto done;
    if (job->out.verdict == IA_CALIBRATED && (st = cal_describe(job)) != IA_OK)
        goto done;
    *out = job->out;
    job->out = (ia_calibration){0}; // the caller's now
done:
    ia_calibration_clear(&job->out);
    cal_sharp_free(job->sharp);
    cal_sample_clear(&job->sample);
    cal_drift_clear(&job->drift);
    free(job->places);
    free(job);
    return st;
}
