// src/spectrum/label_seen.c: what stands at a line in the spectrum, and which elements
// show as single atoms.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/label_internal.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

// How far a peak may be from a line that makes it, Da.
static double reach_at(const ia_labelling_job *job, double mass)
{
    const ia_peaks *peaks = job->evidence->peaks;
    const double least = 0.9, most = 0.8; // widths, part of the tolerance
    double scatter = 3 * job->scale.sigma * sqrt(fmax(mass, 1) / 28);
    double limit = job->scale.n_lines ? scatter : most * job->params->tolerance;

    return fmax(least * ia_peak_width(&peaks->widths, mass), limit);
}

ia_line_sight ia_label_look(const ia_labelling_job *job, double mass)
{
    const ia_peaks *peaks = job->evidence->peaks;
    double at = mass + job->scale.offset + job->scale.slope * mass;
    int32_t p = ia_peaks_nearest(peaks, at);

    if (p >= 0 && fabs(peaks->list[p].mass - at) < reach_at(job, at)) {
        const ia_peak *peak = &peaks->list[p];
        return (ia_line_sight){.mass = at,
                               .n = peak->counts,
                               .b = peak->background,
                               .sigma = 0.1 * peak->background,
                               .peak = p,
                               .distance = peak->mass - at};
    }
    ia_site_counts c = ia_counts_at(&job->counts, at, ia_peak_width(&peaks->widths, at));
    return (ia_line_sight){.mass = at,
                           .n = c.n,
                           .b = c.b,
                           .sigma = hypot(c.sigma, 0.2 * c.local),
                           .peak = -1};
}

// Lines of one element's single atoms with one charge: what chance must explain where
// they are seen, less what is missing.
static double gain_of(const ia_labelling_job *job, const ia_ion_line *lines, size_t n)
{
    const double missing = 3;
    double gain = 0, main_counts = 0, main_share = 0;

    for (size_t i = 0; i < n; i++)
        main_share = fmax(main_share, lines[i].share);
    for (size_t i = 0; i < n; i++)
        if (lines[i].share == main_share) {
            ia_line_sight s = ia_label_look(job, lines[i].mass);
            main_counts = s.peak >= 0 ? s.n - s.b : 0;
        }
    if (main_counts <= 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        ia_line_sight s = ia_label_look(job, lines[i].mass);
        double due = main_counts * lines[i].share / main_share;
        double sigma = sqrt(due + s.b + s.sigma * s.sigma) + 0.1 * due;
        if (due < 2.71 + 3.29 * sqrt(s.b) || s.mass > ia_counts_end(&job->counts) ||
            s.mass < job->evidence->spectrum->m_min)
            continue;
        if (s.n - s.b < due - 3 * sigma)
            gain -= missing;
        else if (s.peak >= 0)
            gain -= log(job->chance);
    }
    return gain;
}

ia_status ia_label_find_elements(ia_labelling_job *job)
{
    const ia_peaks *peaks = job->evidence->peaks;
    const unsigned charges = job->single ? 1 : IA_LABEL_CHARGES;
    double covered = 0, end = ia_counts_end(&job->counts);

    for (size_t i = 0; i < peaks->n; i++)
        covered += 2 * reach_at(job, peaks->list[i].mass);
    // Peaks crowd at small m/n: twice the mean.
    job->chance = fmin(0.9, fmax(0.01, 2 * covered / fmax(end, 1)));
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        job->seen[z] = ia_prior_element(&job->prior, z);
        for (unsigned c = 1; c <= charges && job->seen[z] > -INFINITY; c++) {
            ia_ion ion = {.charge = (uint8_t)c, .negative = job->negative};
            ia_ion_line *lines = NULL;
            size_t n = 0;
            ia_ion_add(&ion, z, 0, 1);
            ia_status st = ia_ion_lines(job->ctx, &ion, &peaks->widths, 1e-3, &lines, &n);
            if (st != IA_OK)
                return st;
            job->gain[z][c] =
                fmax(0, gain_of(job, lines, n) + ia_prior_charge(&job->prior, z, c));
            job->seen[z] += job->gain[z][c];
            free(lines);
        }
    }
    return IA_OK;
}
