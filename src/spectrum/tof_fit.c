// src/spectrum/tof_fit.c: intensities of the ions told, and the mass scale they show.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ia_status ia_tof_tell(ia_tof_job *job, const ia_tof_told *told)
{
    ia_tof_told *t = &job->told[job->n_told];

    if (job->n_told == IA_TOF_TOLD_MOST)
        return IA_OK;
    *t = *told;
    ia_status st =
        ia_ion_lines(job->ctx, &t->ion, &job->tof.widths, 1e-4, &t->lines, &t->n_lines);
    if (st != IA_OK)
        return st;
    if (!(t->peaks = ia_array(job->ctx, t->n_lines, sizeof *t->peaks))) {
        free(t->lines);
        return IA_ERR_MEMORY;
    }
    double at = job->tof.list[t->peak].mass;
    for (size_t i = 0; i < t->n_lines; i++) {
        double mass = t->lines[i].mass;
        double reach = fmax(0.9 * ia_peak_width(&job->tof.widths, mass),
                            3 * ia_tof_sigma(&job->tof, mass));
        t->peaks[i] = ia_tof_find(&job->tof, mass, reach);
        if (fabs(mass - at) < fabs(t->lines[t->anchor].mass - at))
            t->anchor = i;
    }
    t->peaks[t->anchor] = (int32_t)t->peak;
    t->counts = job->tof.list[t->peak].net / t->lines[t->anchor].share;
    job->n_told++;
    return IA_OK;
}

static void clear_told(ia_tof_told *told)
{
    free(told->lines);
    free(told->peaks);
}

void ia_tof_forget(ia_tof_job *job, size_t which)
{
    clear_told(&job->told[which]);
    job->n_told--;
    memmove(&job->told[which], &job->told[which + 1],
            (job->n_told - which) * sizeof *job->told);
}

// Is a line looked at where no peak is? Only where it should have been seen.
static bool is_due(const ia_tof_job *job, const ia_tof_told *t, size_t line)
{
    double mass = t->lines[line].mass;
    return mass > job->tof.m_lo && mass < job->tof.m_hi &&
           t->counts * t->lines[line].share > ia_tof_limit(&job->tof, mass);
}

static void sum_up(const ia_tof_job *job, double *mu)
{
    for (size_t p = 0; p < job->tof.n; p++)
        mu[p] = 0;
    for (size_t k = 0; k < job->n_told; k++)
        for (size_t i = 0; i < job->told[k].n_lines; i++)
            if (job->told[k].peaks[i] >= 0)
                mu[job->told[k].peaks[i]] +=
                    job->told[k].counts * job->told[k].lines[i].share;
}

// One step: what each ion gets of its peaks, over what it should have. Returns the
// largest relative change.
static double step(ia_tof_job *job, double *mu)
{
    double change = 0;

    sum_up(job, mu);
    for (size_t k = 0; k < job->n_told; k++) {
        ia_tof_told *t = &job->told[k];
        double got = 0, due = 0;
        for (size_t i = 0; i < t->n_lines; i++) {
            int32_t p = t->peaks[i];
            if (p >= 0) {
                const ia_tof_peak *peak = &job->tof.list[p];
                // Ions that nothing explains are not shared out.
                double n = fmax(0, peak->net);
                got += t->lines[i].share * n / fmax(mu[p], 1e-9);
                due += t->lines[i].share;
            } else if (is_due(job, t, i)) {
                due += t->lines[i].share;
            }
        }
        double factor = due > 0 ? got / due : 1;
        change = fmax(change, fabs(factor - 1));
        t->counts = fmax(1e-6, t->counts * factor);
    }
    return change;
}

ia_status ia_tof_fit(ia_tof_job *job)
{
    enum { STEPS = 400 };
    const double settled = 1e-5;
    double *mu = ia_array(job->ctx, job->tof.n, sizeof *mu);

    if (!mu)
        return IA_ERR_MEMORY;
    for (int i = 0; i < STEPS && step(job, mu) > settled; i++)
        ;
    sum_up(job, mu);
    memset(job->atoms, 0, sizeof job->atoms);
    for (size_t p = 0; p < job->tof.n; p++)
        job->left[p] = fmax(0, job->tof.list[p].net - mu[p]);
    for (size_t k = 0; k < job->n_told; k++)
        if (ia_ion_atoms(&job->told[k].ion) == 1)
            job->atoms[job->told[k].ion.parts[0].z] += job->told[k].counts;
    free(mu);
    return IA_OK;
}

// Weighted straight line through the places of the anchors, hydrogen apart; far ones
// count little (Student).
void ia_tof_fit_scale(ia_tof_job *job)
{
    enum { ROUNDS = 30, LEAST = 4 };
    const double light = 4, prior_slope = 5e-4, most = 0.02, least = 0.002;
    double offset = 0, slope = 0, sigma = job->tof.scale;
    size_t n = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double w = 0, wx = 0, wy = 0, wxx = 1 / (prior_slope * prior_slope), wxy = 0,
               s = 0;
        n = 0;
        for (size_t k = 0; k < job->n_told; k++) {
            const ia_tof_told *t = &job->told[k];
            double m = t->lines[t->anchor].mass;
            double d = job->peaks->list[t->peak].mass - job->electrons - m;
            double wear = sqrt(m / 28), r = (d - offset - slope * (m - 28)) / wear;
            if (m < light)
                continue;
            double own = hypot(sigma, job->tof.list[t->peak].sigma / wear);
            double weight = t->probability / (1 + r * r / (3 * own * own)) / (own * own) /
                            (wear * wear);
            w += weight;
            wx += weight * (m - 28);
            wy += weight * d;
            wxx += weight * (m - 28) * (m - 28);
            wxy += weight * (m - 28) * d;
            s += fmin(r * r, 9 * sigma * sigma);
            n++;
        }
        if (n < LEAST)
            return; // as read
        double det = w * wxx - wx * wx;
        offset = (wy * wxx - wx * wxy) / det;
        slope = (w * wxy - wx * wy) / det;
        sigma = fmin(most, fmax(least, sqrt(s / (double)(n - 1))));
    }
    if (fabs(offset) > job->params->tolerance)
        return;
    job->out.scale = (ia_mass_scale){
        .offset = offset - 28 * slope, .slope = slope, .sigma = sigma, .n_lines = n};
}

ia_status ia_tof_view_build(const ia_tof_job *job, const ia_members *members, size_t but,
                            ia_tof_view *out)
{
    ia_tof_view v = {.left = ia_array(job->ctx, job->tof.n, sizeof *v.left),
                     .told = ia_array(job->ctx, job->n_told, sizeof *v.told),
                     .counts = ia_array(job->ctx, job->n_told, sizeof *v.counts)};
    ia_tof_scene *s = &v.scene;

    if (!v.left || !v.told || !v.counts) {
        ia_tof_view_clear(&v);
        return IA_ERR_MEMORY;
    }
    for (size_t p = 0; p < job->tof.n; p++)
        v.left[p] = job->tof.list[p].net;
    for (size_t k = 0; k < job->n_told; k++) {
        const ia_tof_told *t = &job->told[k];
        if (k == but)
            continue;
        for (size_t i = 0; i < t->n_lines; i++)
            if (t->peaks[i] >= 0)
                v.left[t->peaks[i]] -= t->counts * t->lines[i].share;
        if (ia_ion_atoms(&t->ion) == 1)
            continue;
        v.told[s->n_told] = t->ion;
        v.counts[s->n_told++] = t->counts;
    }
    for (size_t p = 0; p < job->tof.n; p++)
        v.left[p] = fmax(0, v.left[p]);
    s->peaks = &job->tof;
    s->left = v.left;
    s->prior = &job->prior;
    s->members = members;
    s->listed = job->single ? &job->listed : NULL;
    memcpy(s->found, job->found, sizeof s->found);
    memcpy(s->atoms, job->atoms, sizeof s->atoms);
    s->told = v.told;
    s->counts = v.counts;
    s->atoms_max = job->params->atoms_max;
    s->charge_max = job->params->charge_max;
    *out = v;
    return IA_OK;
}

void ia_tof_view_clear(ia_tof_view *view)
{
    free(view->left);
    free(view->told);
    free(view->counts);
    *view = (ia_tof_view){0};
}

// What the fit leaves nothing of is not there.
ia_status ia_tof_settle(ia_tof_job *job)
{
    ia_status st = ia_tof_fit(job);

    for (bool again = true; st == IA_OK && again;) {
        again = false;
        for (size_t k = job->n_told; k > 0; k--) {
            const ia_tof_told *t = &job->told[k - 1];
            double mass = t->lines[t->anchor].mass;
            double least = 0.3 * ia_tof_limit(&job->tof, mass);
            if (t->counts * t->lines[t->anchor].share >= least)
                continue;
            ia_tof_forget(job, k - 1);
            again = true;
        }
        if (again)
            st = ia_tof_fit(job);
    }
    memset(job->found, 0, sizeof job->found);
    for (size_t k = 0; k < job->n_told; k++)
        for (size_t i = 0; i < job->told[k].ion.n_parts; i++)
            job->found[job->told[k].ion.parts[i].z] |=
                ia_ion_atoms(&job->told[k].ion) == 1;
    return st;
}
