// src/spectrum/deconvolve_lines.c: where the isotopes of given ions lie in a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST_SHARE = 1e-5; // of a line
static const double ALIKE = 0.2;        // widths: lines of an ion so close are one
static const double SOLE = 0.8; // of a peak, that a line must make to be moved to it
static const double LIGHT = 4;  // Da: hydrogen is off on its own account, by up to
static const double LIGHT_OFF = 0.08; // Da

typedef struct {
    ia_ctx *ctx;
    const ia_ion *ions; // (n_ions)
    size_t n_ions;
    const ia_peak_widths *widths;
    const ia_deconvolve_input *input;
    const ia_counts *counts;
    ia_placed_lines lines;
    size_t room;
    double *expected; // (lines.n) ions of a line, at a guess
} placing;

static ia_status add_line(placing *job, ia_solved_line line)
{
    ia_placed_lines *l = &job->lines;

    if (l->n == job->room) {
        size_t room = job->room ? 2 * job->room : 256;
        ia_solved_line *list = ia_array(job->ctx, room, sizeof *list);
        if (!list)
            return IA_ERR_MEMORY;
        if (l->n)
            memcpy(list, l->list, l->n * sizeof *list);
        free(l->list);
        l->list = list;
        job->room = room;
    }
    l->list[l->n++] = line;
    return IA_OK;
}

// The lines of one ion; isotopologues closer than `ALIKE` are one at their mean place.
static ia_status add_ion(placing *job, size_t k)
{
    const ia_ion *ion = &job->ions[k];
    ia_isotopologue *pattern = NULL;
    size_t n = 0, first = job->lines.n;
    ia_status st = ia_ion_pattern(job->ctx, ion, 0.1 * LEAST_SHARE, &pattern, &n);

    for (size_t i = 0; i < n && st == IA_OK; i++) {
        double mass = (pattern[i].mass - ion->charge * ia_electron_mass) / ion->charge;
        double share = pattern[i].probability;
        ia_solved_line *last =
            job->lines.n > first ? &job->lines.list[job->lines.n - 1] : NULL;
        if (last && mass - last->mass < ALIKE * ia_peak_width(job->widths, mass)) {
            last->mass += (mass - last->mass) * share / (share + last->share);
            last->share += share;
        } else if (share >= LEAST_SHARE) {
            st = add_line(job, (ia_solved_line){mass, share, (uint32_t)k});
        }
    }
    free(pattern);
    return st;
}

static int by_mass(const void *a, const void *b)
{
    const ia_solved_line *x = a, *y = b;

    if (x->mass != y->mass)
        return x->mass < y->mass ? -1 : 1;
    return (x->ion > y->ion) - (x->ion < y->ion);
}

static double guess_of(const ia_placed_lines *l, const ia_deconvolve_input *input,
                       const ia_counts *counts, size_t k, const ia_mass_scale *scale)
{
    const double widths = 2;
    double most = 0, least = INFINITY;

    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].ion == k)
            most = fmax(most, l->list[i].share);
    for (size_t i = 0; i < l->n; i++) {
        if (l->list[i].ion != k || l->list[i].share < 0.3 * most)
            continue;
        double mass = l->list[i].mass + scale->offset + scale->slope * l->list[i].mass;
        double width = ia_peak_width(&input->peaks->widths, mass);
        double reach = fmax(widths * width, mass < LIGHT ? LIGHT_OFF : 0);
        double lo = mass - reach, hi = mass + reach;
        if (lo < counts->spectrum->m_min || hi > ia_counts_end(counts))
            continue;
        double n = ia_counts_between(counts, lo, hi) - ia_counts_flat(counts, lo, hi);
        least = fmin(least, fmax(0, n) / l->list[i].share);
    }
    return least < INFINITY ? least : 0;
}

void ia_lines_guess(const ia_placed_lines *lines, const ia_deconvolve_input *input,
                    const ia_counts *counts, double *amount)
{
    const ia_mass_scale placed = {.slope = 0};

    for (size_t k = 0; k < input->n_ions; k++)
        amount[k] = guess_of(lines, input, counts, k, &placed);
}

static ia_status guess(placing *job, const ia_mass_scale *scale)
{
    double *amount = ia_array(job->ctx, job->input->n_ions, sizeof *amount);

    free(job->expected);
    job->expected = ia_array(job->ctx, job->lines.n, sizeof *job->expected);
    if (!amount || !job->expected) {
        free(amount);
        return IA_ERR_MEMORY;
    }
    for (size_t k = 0; k < job->input->n_ions; k++)
        amount[k] = guess_of(&job->lines, job->input, job->counts, k, scale);
    for (size_t i = 0; i < job->lines.n; i++)
        job->expected[i] = amount[job->lines.list[i].ion] * job->lines.list[i].share;
    free(amount);
    return IA_OK;
}

// How far a peak may lie from a line that it is.
static double reach_at(const placing *job, const ia_mass_scale *scale, double mass)
{
    double width = ia_peak_width(&job->input->peaks->widths, mass);
    double usual = 0.09 * sqrt(mass / 28); // Da
    double sure = 6 * scale->sigma * sqrt(mass / 28);

    return fmax(0.9 * width, mass < LIGHT ? LIGHT_OFF : fmin(usual, sure));
}

// A peak and the line that makes nearly all of it.
typedef struct {
    double line, off; // Da: where the line is, and from there to the peak
} match;

static size_t match_peaks(const placing *job, const ia_mass_scale *scale, match *list)
{
    const ia_peaks *peaks = job->input->peaks;
    const ia_placed_lines *l = &job->lines;
    size_t n = 0;

    for (size_t p = 0; p < peaks->n; p++) {
        double mass = peaks->list[p].mass, most = 0, all = 0, at = 0;
        double reach = reach_at(job, scale, mass);
        for (size_t i = 0; i < l->n; i++) {
            if (fabs(l->list[i].mass - mass) >= reach)
                continue;
            all += job->expected[i];
            if (job->expected[i] > most) {
                most = job->expected[i];
                at = l->list[i].mass;
            }
        }
        if (most > SOLE * all)
            list[n++] = (match){at, mass - at};
    }
    return n;
}

// Move lines to the peak that one of them makes. A peak off its line by more
// than the mass scale tells carries the lines beside it along.
static ia_status move_to_peaks(placing *job, const ia_mass_scale *scale)
{
    const double along = 1.5; // widths
    ia_placed_lines *l = &job->lines;
    match *list = ia_array(job->ctx, job->input->peaks->n, sizeof *list);

    if (!list)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < l->n; i++)
        l->list[i].mass += scale->offset + scale->slope * l->list[i].mass;
    size_t n = match_peaks(job, scale, list);
    for (size_t i = 0; i < l->n; i++) {
        double mass = l->list[i].mass, off = 0;
        double nearest = along * ia_peak_width(&job->input->peaks->widths, mass);
        for (size_t k = 0; k < n; k++)
            if (fabs(list[k].line - mass) < nearest) {
                nearest = fabs(list[k].line - mass);
                off = list[k].off;
            }
        l->list[i].mass += off;
    }
    free(list);
    return IA_OK;
}

static ia_status add_ions(placing *job)
{
    ia_status st = IA_OK;

    for (size_t k = 0; k < job->n_ions && st == IA_OK; k++)
        st = add_ion(job, k);
    return st;
}

ia_status ia_lines_scaled(ia_ctx *ctx, const ia_ion *ions, size_t n,
                          const ia_peak_widths *widths, const ia_mass_scale *scale,
                          ia_placed_lines *out)
{
    placing job = {.ctx = ctx, .ions = ions, .n_ions = n, .widths = widths};
    ia_status st = add_ions(&job);

    if (st != IA_OK) {
        ia_lines_clear(&job.lines);
        return st;
    }
    for (size_t i = 0; i < job.lines.n; i++)
        job.lines.list[i].mass += scale->offset + scale->slope * job.lines.list[i].mass;
    *out = job.lines;
    return IA_OK;
}

ia_status ia_lines_place(ia_ctx *ctx, const ia_deconvolve_input *input,
                         const ia_counts *counts, ia_mass_scale *scale,
                         ia_placed_lines *out)
{
    placing job = {.ctx = ctx,
                   .ions = input->ions,
                   .n_ions = input->n_ions,
                   .widths = &input->peaks->widths,
                   .input = input,
                   .counts = counts};
    ia_status st = add_ions(&job);

    if (st != IA_OK)
        goto done;
    if (job.lines.n > 0)
        qsort(job.lines.list, job.lines.n, sizeof *job.lines.list, by_mass);
    if ((st = guess(&job, scale)) != IA_OK)
        goto done;
    if (scale->n_lines == 0 && ((st = ia_lines_scale(ctx, &job.lines, job.expected,
                                                     input->peaks, scale)) != IA_OK ||
                                (st = guess(&job, scale)) != IA_OK))
        goto done;
    if ((st = move_to_peaks(&job, scale)) != IA_OK)
        goto done;
    if (job.lines.n > 0)
        qsort(job.lines.list, job.lines.n, sizeof *job.lines.list, by_mass);
    *out = job.lines;
    job.lines = (ia_placed_lines){0}; // the caller's now
done:
    free(job.expected);
    ia_lines_clear(&job.lines);
    return st;
}

void ia_lines_clear(ia_placed_lines *lines)
{
    free(lines->list);
    *lines = (ia_placed_lines){0};
}
