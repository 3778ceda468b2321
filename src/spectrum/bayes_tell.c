// src/spectrum/bayes_tell.c: judged ions with the evidence of their isotopes, and what is
// left of each peak.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of numbers by cell.
static double between(const ia_judge *judge, const double *cells, double lo, double hi)
{
    double sum = 0;

    for (size_t i = ia_judge_cell(judge, lo); i < judge->n_cells && judge->edge[i] < hi;
         i++) {
        double from = fmax(lo, judge->edge[i]), upto = fmin(hi, judge->edge[i + 1]);
        double part = (upto - from) / (judge->edge[i + 1] - judge->edge[i]);
        if (part > 0)
            sum += part * cells[i];
    }
    return sum;
}

static ia_isotope_evidence evidence_of(const ia_judge *judge, const ia_judged *ion,
                                       const ia_placed_line *line)
{
    const ia_peak *peak = line->peak >= 0 ? &judge->peaks->list[line->peak] : NULL;
    double lo = line->place - ia_window_left * line->width;
    double hi = line->place + ia_window_right * line->width;
    ia_site_counts c = ia_counts_at(judge->counts, line->place, line->width);
    double expected = ion->intensity * line->share;
    double inside =
        expected * (ia_profile_below(&judge->profile, (hi - line->place) / line->width) -
                    ia_profile_below(&judge->profile, (lo - line->place) / line->width));
    double signal =
        between(judge, judge->mean, lo, hi) - between(judge, judge->base, lo, hi);

    return (ia_isotope_evidence){
        .mass = line->place + judge->profile.top * line->width,
        .abundance = line->share,
        .expected = expected,
        .observed = peak ? peak->counts - peak->background : c.n - c.b,
        .sigma = peak ? sqrt(peak->counts) : sqrt(c.n + c.sigma * c.sigma),
        .share = signal > 0 ? fmin(1, inside / signal) : 0,
        .peak = line->peak,
    };
}

static void add_isotopes(const ia_judge *judge, const ia_judged *ion, ia_identified *told,
                         ia_assignment *out)
{
    for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
        const ia_placed_line *line = &judge->lines[l];
        ia_isotope_evidence e = evidence_of(judge, ion, line);
        double b =
            ia_counts_flat(judge->counts, line->place - ia_window_left * line->width,
                           line->place + ia_window_right * line->width);
        if (e.expected > 2.71 + 3.29 * sqrt(b)) {
            told->n_isotopes++;
            told->n_seen += line->peak >= 0;
        }
        e.ion = (uint32_t)out->n_ions;
        out->isotopes[out->n_isotopes++] = e;
    }
}

static int by_intensity(const void *a, const void *b)
{
    const ia_judged *const *x = a, *const *y = b;
    if ((*x)->intensity != (*y)->intensity)
        return (*x)->intensity > (*y)->intensity ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

static ia_status tell_ions(const ia_judge *judge, ia_assignment *out)
{
    const ia_judged **order = ia_array(judge->ctx, judge->n_ions, sizeof(ia_judged *));
    size_t n = 0, n_lines = 0;

    if (!order)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < judge->candidates->n; k++) {
        if (judge->ions[k].intensity <= 0)
            continue;
        order[n++] = &judge->ions[k];
        n_lines += judge->ions[k].n_lines;
    }
    if (n)
        qsort(order, n, sizeof *order, by_intensity);
    out->ions = ia_array(judge->ctx, n, sizeof *out->ions);
    out->isotopes = ia_array(judge->ctx, n_lines, sizeof *out->isotopes);
    ia_status st = out->ions && out->isotopes ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < n; i++) {
        double p = order[i]->probability;
        ia_identified told = {.ion = order[i]->candidate->ion,
                              .counts = order[i]->intensity,
                              .sigma_counts = order[i]->sigma,
                              .probability = p,
                              .log_evidence = log(p / (1 - p))};
        add_isotopes(judge, order[i], &told, out);
        out->ions[out->n_ions++] = told;
    }
    free(order);
    return st;
}

// Ions of all told lines that were judged to be this peak, wherever it lies about their
// places.
static double held_by_lines(const ia_judge *judge, size_t peak)
{
    double sum = 0, inside = ia_profile_below(&judge->profile, ia_window_right) -
                             ia_profile_below(&judge->profile, -ia_window_left);

    for (size_t k = 0; k < judge->candidates->n; k++) {
        const ia_judged *ion = &judge->ions[k];
        size_t end = ion->intensity > 0 ? ion->first + ion->n_lines : ion->first;
        for (size_t l = ion->first; l < end; l++)
            if (judge->lines[l].peak == (int32_t)peak)
                sum += ion->intensity * judge->lines[l].share * inside;
    }
    return sum;
}

// A peak is explained when what is left of it is no peak, or a third of it.
static ia_status tell_peaks(const ia_judge *judge, ia_assignment *out)
{
    const double part = 0.35;
    const ia_peaks *peaks = judge->peaks;

    out->n_peaks = peaks->n;
    out->unexplained = ia_array(judge->ctx, peaks->n, sizeof *out->unexplained);
    out->explained = ia_array(judge->ctx, peaks->n, sizeof *out->explained);
    if (!out->unexplained || !out->explained)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *p = &peaks->list[i];
        double held = held_by_lines(judge, i), net = p->counts - p->background;
        double base = between(judge, judge->base, p->lo, p->hi);
        double model = between(judge, judge->mean, p->lo, p->hi);
        double mean = fmax(model, fmax(base, p->background) + held);
        double left = p->counts - mean;
        bool told = fmax(model - base, held) > 0.02 * net;
        out->unexplained[i] = fmax(0, left);
        out->explained[i] = told && (left < part * net || left < 4 * sqrt(mean));
    }
    return IA_OK;
}

// Unknown lines take part in the judgement, but explain nothing.
static void drop_unknown(ia_judge *judge)
{
    for (size_t k = judge->candidates->n; k < judge->n_ions; k++) {
        if (judge->ions[k].intensity <= 0)
            continue;
        ia_judge_give_up(judge, &judge->ions[k]);
    }
}

ia_status ia_judge_tell(ia_judge *judge, ia_assignment *out)
{
    ia_status st;

    drop_unknown(judge);
    if ((st = tell_ions(judge, out)) != IA_OK)
        return st;
    return tell_peaks(judge, out);
}
