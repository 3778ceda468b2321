// src/spectrum/tof_report.c: what the trees told, as an assignment.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include <math.h>
#include <stdlib.h>

// Ions of each peak that all ions told explain.
static void explain(const ia_tof_job *job, double *mu)
{
    for (size_t k = 0; k < job->n_told; k++)
        for (size_t i = 0; i < job->told[k].n_lines; i++)
            if (job->told[k].peaks[i] >= 0)
                mu[job->told[k].peaks[i]] +=
                    job->told[k].counts * job->told[k].lines[i].share;
}

static ia_isotope_evidence isotope_of(const ia_tof_job *job, const ia_tof_told *t,
                                      size_t line, const double *mu)
{
    const ia_mass_scale *scale = &job->out.scale;
    int32_t p = t->peaks[line];
    double mass = t->lines[line].mass;
    double at = mass + job->electrons;
    at += scale->offset + scale->slope * at;
    ia_site_counts c =
        ia_counts_at(&job->counts, at, ia_peak_width(&job->tof.widths, at));
    ia_isotope_evidence e = {.ion = (uint32_t)job->out.n_ions,
                             .mass = at,
                             .abundance = t->lines[line].share,
                             .expected = t->counts * t->lines[line].share,
                             .observed = c.n - c.b,
                             .sigma = hypot(sqrt(c.n), c.sigma),
                             .share = 1,
                             .peak = p};

    if (p >= 0) {
        const ia_peak *peak = &job->peaks->list[p];
        e.observed = peak->counts - peak->background;
        e.sigma = sqrt(peak->counts + 0.01 * peak->background * peak->background);
        e.share = fmin(1, e.expected / fmax(mu[p], 1e-9));
    }
    return e;
}

static void add_ion(ia_tof_job *job, const ia_tof_told *t, const double *mu)
{
    ia_assignment *out = &job->out;
    ia_identified ion = {.ion = t->ion,
                         .counts = t->counts,
                         .probability = t->probability,
                         .log_evidence =
                             log(t->probability / fmax(1e-7, 1 - t->probability))};
    double curve = 0;

    for (size_t i = 0; i < t->n_lines; i++) {
        double mass = t->lines[i].mass, share = t->lines[i].share;
        if (mass < job->tof.m_lo || mass > job->tof.m_hi)
            continue;
        ia_isotope_evidence e = isotope_of(job, t, i, mu);
        double b = ia_tof_background(&job->tof, mass);
        if (e.expected > 2.71 + 3.29 * sqrt(b)) {
            ion.n_isotopes++;
            ion.n_seen += e.peak >= 0;
        }
        if (e.peak >= 0)
            curve += share * share / fmax(1, mu[e.peak] + job->tof.list[e.peak].b);
        out->isotopes[out->n_isotopes++] = e;
    }
    ion.sigma_counts = curve > 0 ? 1 / sqrt(curve) : INFINITY;
    out->ions[out->n_ions++] = ion;
}

static int by_counts(const void *a, const void *b)
{
    const ia_tof_told *x = a, *y = b;
    if (x->counts != y->counts)
        return x->counts > y->counts ? -1 : 1;
    return (x->lines[0].mass > y->lines[0].mass) - (x->lines[0].mass < y->lines[0].mass);
}

ia_status ia_tof_report(ia_tof_job *job)
{
    const double part = 0.35;
    ia_assignment *out = &job->out;
    size_t lines = 0;
    double *mu = ia_array(job->ctx, job->tof.n, sizeof *mu);

    for (size_t k = 0; k < job->n_told; k++)
        lines += job->told[k].n_lines;
    out->n_peaks = job->tof.n;
    out->ions = ia_array(job->ctx, job->n_told, sizeof *out->ions);
    out->isotopes = ia_array(job->ctx, lines, sizeof *out->isotopes);
    out->unexplained = ia_array(job->ctx, out->n_peaks, sizeof *out->unexplained);
    out->explained = ia_array(job->ctx, out->n_peaks, sizeof *out->explained);
    if (!mu || !out->ions || !out->isotopes || !out->unexplained || !out->explained) {
        free(mu);
        return IA_ERR_MEMORY;
    }
    explain(job, mu);
    qsort(job->told, job->n_told, sizeof *job->told, by_counts);
    for (size_t k = 0; k < job->n_told; k++)
        add_ion(job, &job->told[k], mu);
    for (size_t p = 0; p < out->n_peaks; p++) {
        const ia_tof_peak *peak = &job->tof.list[p];
        double left = peak->net - mu[p];
        out->unexplained[p] = fmax(0, left);
        out->explained[p] =
            mu[p] > 0.1 * peak->net &&
            (left < part * peak->net || left < 4 * sqrt(peak->net + peak->b));
    }
    free(mu);
    return IA_OK;
}
