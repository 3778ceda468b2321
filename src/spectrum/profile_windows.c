// src/spectrum/profile_windows.c: the stretches of a spectrum that teach the profile.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/profile_learning.h"

#include <math.h>

static const double LEFT = 4, RIGHT = 14; // widths about a line that is learnt from
static const double IONS_LEAST = 200;     // of a line that is learnt from

// Is the peak at m nearly all of known lines?
static bool is_known(const learning *job, const ia_peak *peak)
{
    double told = 0;

    for (size_t i = 0; i < job->n_lines; i++)
        if (fabs(job->lines[i].mass - peak->mass) < 1.5 * peak->width)
            told += job->lines[i].expected;
    double net = peak->counts - peak->background;
    return told > 0.5 * net && told < 3 * net;
}

// Up to where no peak of something unknown reaches.
static void bound_window(const learning *job, double mass, double *lo, double *hi)
{
    double width = ia_peak_width(&job->peaks->widths, mass);

    *lo = fmax(mass - LEFT * width, job->counts->spectrum->m_min);
    *hi = fmin(mass + RIGHT * width, ia_counts_end(job->counts));
    for (size_t i = 0; i < job->peaks->n; i++) {
        const ia_peak *peak = &job->peaks->list[i];
        if (peak->mass < *lo - RIGHT * width || peak->mass > *hi + LEFT * width ||
            is_known(job, peak))
            continue;
        if (peak->mass > mass)
            *hi = fmin(*hi, peak->mass - 2.5 * width);
        else
            *lo = fmax(*lo, peak->mass + 6 * width);
    }
}

static void note_lines(const learning *job, double lo, double hi, window *w)
{
    double width = ia_peak_width(&job->peaks->widths, w->mass);

    w->line = job->n_lines;
    w->n_lines = 0;
    for (size_t i = 0; i < job->n_lines; i++) {
        double m = job->lines[i].mass;
        if (m < lo - 2 * RIGHT * width || m > hi + LEFT * width)
            continue;
        if (w->n_lines == 0)
            w->line = i;
        w->n_lines = i - w->line + 1;
    }
}

static double strength(const learning *job, size_t line)
{
    const ia_known_line *l = &job->lines[line];
    double width = ia_peak_width(&job->peaks->widths, l->mass);
    double all = 0;

    for (size_t i = 0; i < job->n_lines; i++)
        if (fabs(job->lines[i].mass - l->mass) < 2 * width)
            all += job->lines[i].expected;
    return l->expected > 0.9 * all ? l->expected : 0;
}

// The strongest lines that stand alone, strongest first.
static size_t choose_lines(const learning *job, size_t chosen[WINDOWS_MOST])
{
    double kept[WINDOWS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < job->n_lines; i++) {
        double s = strength(job, i);
        if (s < IONS_LEAST || (n == WINDOWS_MOST && s <= kept[n - 1]))
            continue;
        size_t at = n < WINDOWS_MOST ? n++ : n - 1;
        for (; at > 0 && kept[at - 1] < s; at--) {
            kept[at] = kept[at - 1];
            chosen[at] = chosen[at - 1];
        }
        kept[at] = s;
        chosen[at] = i;
    }
    return n;
}

static double cell_step(const learning *job, double mass)
{
    double bin = job->counts->spectrum->bin;
    double width = ia_peak_width(&job->peaks->widths, mass);
    return bin * fmax(1, floor(0.25 * width / bin));
}

ia_status ia_learning_lay(learning *job)
{
    size_t chosen[WINDOWS_MOST], n = choose_lines(job, chosen), room = 0;
    const ia_spectrum *s = job->counts->spectrum;

    for (size_t i = 0; i < n; i++) {
        window *w = &job->windows[job->n_windows];
        double lo, hi;
        *w = (window){.mass = job->lines[chosen[i]].mass, .main = chosen[i]};
        bound_window(job, w->mass, &lo, &hi);
        double step = cell_step(job, w->mass);
        double width = ia_peak_width(&job->peaks->widths, w->mass);
        if (lo > w->mass - 1.5 * width || hi < w->mass + 2 * width)
            continue;
        lo = s->m_min + s->bin * ceil((lo - s->m_min) / s->bin - 1e-6);
        w->n = (size_t)((hi - lo) / step);
        w->first = job->n_cells;
        w->net = lo; // kept here until the cells are filled
        note_lines(job, lo, hi, w);
        job->n_cells += w->n;
        room += w->n + 1;
        job->n_windows++;
    }
    job->edge = ia_array(job->ctx, room, sizeof *job->edge);
    job->count = ia_array(job->ctx, job->n_cells, sizeof *job->count);
    job->base = ia_array(job->ctx, job->n_cells, sizeof *job->base);
    job->mean = ia_array(job->ctx, job->n_cells, sizeof *job->mean);
    job->used = ia_array(job->ctx, job->n_cells, sizeof *job->used);
    job->jacobian = ia_array(job->ctx, job->n_cells, PARAMETERS * sizeof(double));
    return job->edge && job->count && job->base && job->mean && job->used && job->jacobian
               ? IA_OK
               : IA_ERR_MEMORY;
}

const double *ia_learning_edges(const learning *job, size_t k)
{
    return job->edge + job->windows[k].first + k;
}

void ia_learning_fill(learning *job)
{
    for (size_t k = 0; k < job->n_windows; k++) {
        window *w = &job->windows[k];
        double *edge = job->edge + w->first + k, lo = w->net;
        double step = cell_step(job, w->mass);
        w->net = 0;
        for (size_t i = 0; i <= w->n; i++)
            edge[i] = lo + step * (double)i;
        for (size_t i = 0; i < w->n; i++) {
            double n = ia_counts_between(job->counts, edge[i], edge[i + 1]);
            double b = ia_counts_flat(job->counts, edge[i], edge[i + 1]);
            job->count[w->first + i] = n;
            job->base[w->first + i] = fmax(b, 1e-6);
            job->used[w->first + i] = true;
            w->net += n - b;
        }
    }
}
