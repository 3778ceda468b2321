// src/spectrum/calibrate_peaks.c: widths of the strongest peaks before and after.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PEAKS_MOST = 16, STAGES = 3, GROUPS = 8, LEAST = 50, BINS = 4096 };

// m/n of the ions fitted to: raw, with the geometry of the flight, calibrated.
typedef struct {
    ia_ctx *ctx;
    float *mass[STAGES]; // (n) Da; NULL where there is no such stage
    size_t n;
} stages;

static void clear_stages(stages *s)
{
    for (size_t k = 0; k < STAGES; k++)
        free(s->mass[k]);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Bring a stage to the scale of the calibrated masses: the median of their ratio is 1.
static ia_status align(ia_ctx *ctx, const float *to, size_t n, float *mass)
{
    enum { SOME = 5001 };
    double *ratio = ia_array(ctx, SOME, sizeof *ratio);
    size_t m = 0, step = n / SOME + 1;
    if (!ratio)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n && m < SOME; i += step)
        if (mass[i] > 0 && to[i] > 0)
            ratio[m++] = (double)to[i] / (double)mass[i];
    qsort(ratio, m, sizeof *ratio, by_value);
    for (size_t i = 0; i < n && m > 0; i++)
        mass[i] = (float)((double)mass[i] * ratio[m / 2]);
    free(ratio);
    return IA_OK;
}

static ia_status make_stages(cal_job *job, stages *out)
{
    struct ia_calibration_model models[STAGES];
    ia_status st = IA_OK;
    for (size_t k = 0; k < STAGES; k++) {
        models[k] = *job->out.model;
        if (k == 2)
            break;
        models[k].model.n_terms = models[k].model.n_knots = 0;
        models[k].model.beta = ia_flight_defaults().beta;
        if (k == 0)
            models[k].model.l2 = INFINITY;
    }
    out->ctx = job->ctx;
    out->n = job->sample.n;
    for (size_t k = STAGES; k-- > 0 && st == IA_OK;) {
        if (k == 1 && !isfinite(job->model.l2))
            continue;
        if (!(out->mass[k] = ia_array(job->ctx, out->n, sizeof(float))))
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < out->n; i++) {
            cal_ion ion = cal_sample_ion(&job->sample, i);
            out->mass[k][i] = (float)cal_mass(&models[k], &ion);
        }
        if (k < 2)
            st = align(job->ctx, out->mass[2], out->n, out->mass[k]);
    }
    return st;
}

typedef struct {
    const float *mass; // (n)
    size_t n, left;    // every GROUPS-th from `left` on is left out; GROUPS: none
} ions_of;

// Counts of the ions from lo on in bins, lightly smoothed.
static void histogram(const ions_of *ions, double lo, double bin, size_t n_bins,
                      double *out)
{
    double before = 0;
    memset(out, 0, n_bins * sizeof *out);
    for (size_t i = 0; i < ions->n; i++) {
        double at = ((double)ions->mass[i] - lo) / bin;
        if (i % GROUPS != ions->left && at >= 0 && at < (double)n_bins)
            out[(size_t)at]++;
    }
    for (size_t i = 0; i < n_bins; i++) {
        double next = i + 1 < n_bins ? out[i + 1] : 0, here = out[i];
        out[i] = 0.25 * (before + 2 * here + next);
        before = here;
    }
}

// Where the curve falls below a level beside the top; NAN when it never does.
static double fall(const double *h, size_t n, size_t top, double level, int step)
{
    for (size_t i = top; i > 0 && i + 1 < n; i = (size_t)((long)i + step)) {
        size_t next = (size_t)((long)i + step);
        if (h[next] <= level)
            return (double)i + step * (h[i] - level) / (h[i] - h[next]);
    }
    return NAN;
}

static double width_at(const double *h, size_t n, size_t top, double share)
{
    return fall(h, n, top, share * h[top], 1) - fall(h, n, top, share * h[top], -1);
}

// A window about a peak and its bins.
typedef struct {
    double mass, half, reach; // the top is within `reach` of the mass
    double *room;             // (BINS)
} window;

// Widths at a half and a tenth of the maximum, Da. The bins are as narrow as the ions
// allow and no more than a sixth of the width, so that they widen it by less than 2 %.
static void measure(const window *w, const ions_of *ions, double width[2])
{
    const double least = fmin(fmax(0.03 * (double)ions->n, LEAST), 8 * LEAST);
    width[0] = width[1] = NAN;
    for (double bin = 0.0005 * sqrt(w->mass); 2 * w->half / bin > 24; bin *= 1.5) {
        size_t n_bins = (size_t)(2 * w->half / bin), top = 0;
        if (n_bins > BINS)
            continue;
        histogram(ions, w->mass - w->half, bin, n_bins, w->room);
        size_t first = (size_t)((w->half - w->reach) / bin);
        size_t last = (size_t)((w->half + w->reach) / bin);
        top = first;
        for (size_t i = first; i < n_bins && i <= last; i++)
            if (w->room[i] > w->room[top])
                top = i;
        if (w->room[top] < least)
            continue;
        width[0] = bin * width_at(w->room, n_bins, top, 0.5);
        width[1] = bin * width_at(w->room, n_bins, top, 0.1);
        // What the smoothing and the bins add to the variance of a Gaussian.
        double added = 5.545 * (0.5 + 1.0 / 12) * bin * bin;
        if (width[0] * width[0] > added)
            width[0] = sqrt(width[0] * width[0] - added);
        return;
    }
}

// The ions about a peak alone; false when memory is short.
static bool take_window(const stages *s, const window *w, size_t k, ions_of *out)
{
    size_t n = 0;
    float *mass;
    for (size_t i = 0; i < s->n; i++)
        n += fabs((double)s->mass[k][i] - w->mass) < w->half;
    if (!(mass = ia_array(s->ctx, n, sizeof *mass)))
        return false;
    *out = (ions_of){mass, 0, GROUPS};
    for (size_t i = 0; i < s->n; i++)
        if (fabs((double)s->mass[k][i] - w->mass) < w->half)
            mass[out->n++] = s->mass[k][i];
    return true;
}

static ia_status measure_stage(const stages *s, const window *w, size_t k,
                               ia_calibrated_peak *out)
{
    double all[2], part[2], sum = 0, squares = 0;
    ions_of ions = {0};
    size_t n = 0;
    out->fwhm[k] = out->fwtm[k] = out->sigma_fwhm[k] = NAN;
    if (!s->mass[k])
        return IA_OK;
    if (!take_window(s, w, k, &ions))
        return IA_ERR_MEMORY;
    measure(w, &ions, all);
    out->fwhm[k] = all[0];
    out->fwtm[k] = all[1];
    for (ions.left = 0; ions.left < GROUPS; ions.left++) {
        measure(w, &ions, part);
        if (!isfinite(part[0]))
            continue;
        sum += part[0];
        squares += part[0] * part[0];
        n++;
    }
    if (n == GROUPS) // jackknife
        out->sigma_fwhm[k] =
            sqrt((GROUPS - 1.0) / GROUPS * fmax(0, squares - sum * sum / GROUPS));
    free((void *)ions.mass);
    return IA_OK;
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_peak *)a)->mass, y = ((const ia_peak *)b)->mass;
    return (x > y) - (x < y);
}

static int by_counts(const void *a, const void *b)
{
    double x = ((const ia_peak *)a)->counts - ((const ia_peak *)a)->background;
    double y = ((const ia_peak *)b)->counts - ((const ia_peak *)b)->background;
    return (x < y) - (x > y);
}

static const ia_ion *name_of(const cal_names *names, const ia_peak *peak)
{
    const ia_ion *ion = NULL;
    double nearest = peak->width;
    for (size_t i = 0; i < names->n; i++) {
        double off = fabs(names->list[i].mass - peak->mass);
        if (off < nearest) {
            nearest = off;
            ion = &names->list[i].ion;
        }
    }
    return ion;
}

static ia_status describe_peak(const cal_job *job, const ia_peak *p, const stages *s,
                               double *room, ia_calibrated_peak *peak)
{
    const ia_ion *ion = name_of(&job->names, p);
    ia_status st = IA_OK;
    *peak = (ia_calibrated_peak){.mass = p->mass, .counts = p->counts - p->background};
    if (ion)
        memcpy(peak->ion, ion->name, sizeof peak->ion);
    for (size_t k = 0; k < STAGES && st == IA_OK; k++) {
        // Before the corrections a peak may be wide and off its place.
        double half = k == 2 ? fmin(12 * p->width, 0.06 * p->mass) : 0.06 * p->mass;
        double reach = k == 2 ? p->width : 0.015 * p->mass;
        window w = {p->mass, half, fmin(reach, 0.9 * half), room};
        st = measure_stage(s, &w, k, peak);
    }
    return st;
}

// The strongest of those that a width can be told of, by rising mass.
static ia_status list_peaks(cal_job *job, const ia_peaks *peaks, const stages *s)
{
    const double fewest = 2 * LEAST;
    ia_calibration *out = &job->out;
    double *room = ia_array(job->ctx, BINS, sizeof *room);
    ia_status st = IA_OK;
    size_t n = 0;
    if (peaks->n)
        qsort(peaks->list, peaks->n, sizeof *peaks->list, by_counts);
    while (n < peaks->n && n < PEAKS_MOST &&
           peaks->list[n].counts - peaks->list[n].background >= fewest)
        n++;
    if (n)
        qsort(peaks->list, n, sizeof *peaks->list, by_mass);
    out->peaks = ia_array(job->ctx, n, sizeof *out->peaks);
    if (!room || !out->peaks)
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = describe_peak(job, &peaks->list[i], s, room, &out->peaks[out->n_peaks++]);
    free(room);
    return st;
}

static ia_status spectrum_of(ia_ctx *ctx, const float *mass, size_t n, double m_max,
                             ia_spectrum *out)
{
    ia_spectrum s = {.bin = 0.01, .n_bins = (size_t)(m_max / 0.01) + 1};
    if (!(s.counts = ia_array(ctx, s.n_bins, sizeof *s.counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double at = (double)mass[i] / s.bin;
        if (!(at > 0))
            s.below++;
        else if (at >= (double)s.n_bins)
            s.above++;
        else
            s.counts[(size_t)at]++;
    }
    *out = s;
    return IA_OK;
}

ia_status cal_peaks(cal_job *job)
{
    const double m_max = 310; // Da
    ia_calibration *out = &job->out;
    stages s = {0};
    ia_background blind;
    ia_peaks peaks = {0};
    ia_status st;
    if ((st = make_stages(job, &s)) != IA_OK ||
        (st = spectrum_of(job->ctx, s.mass[0], s.n, m_max, &out->before)) != IA_OK ||
        (st = spectrum_of(job->ctx, s.mass[2], s.n, m_max, &out->after)) != IA_OK ||
        (st = ia_background_compute(NULL, &out->after, NULL, NULL, &blind)) != IA_OK ||
        (st = ia_peaks_compute(job->ctx, &out->after, &blind, NULL, &peaks)) != IA_OK)
        goto done;
    st = list_peaks(job, &peaks, &s);
done:
    ia_peaks_clear(&peaks);
    clear_stages(&s);
    return st;
}
