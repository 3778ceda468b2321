// src/synth/truth_ranges.c: ranges that separate the planned ions as far as their peaks
// allow.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <math.h>
#include <stdlib.h>

// A range runs over these units of the peak shape around its maximum: 99.3 % of a peak.
static const double before = 2.5, behind = 5;
// The half-height width around the maximum must stay clear of other ions' ranges.
static const double half_before = 1.1071825675474367, half_behind = 1.3384443630434297;
static const double least_counts = 10, least_significance = 3;

// Peaks of one ion that run into each other.
typedef struct {
    double lo, hi;
    double top_lo, top_hi; // half-height width of the highest
    double share, top_share;
    int32_t species;
} peak_group;

static int by_species_and_mass(const void *a, const void *b)
{
    const ia_line *x = a, *y = b;

    if (x->species != y->species)
        return x->species < y->species ? -1 : 1;
    return (x->mass > y->mass) - (x->mass < y->mass);
}

static int by_falling_share(const void *a, const void *b)
{
    const peak_group *x = a, *y = b;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

static int by_mass(const void *a, const void *b)
{
    const peak_group *x = a, *y = b;

    return (x->lo > y->lo) - (x->lo < y->lo);
}

static peak_group group_of(const ia_line *line)
{
    return (peak_group){.lo = fmax(0, line->mass - before * line->scale),
                        .hi = line->mass + behind * line->scale,
                        .top_lo = fmax(0, line->mass - half_before * line->scale),
                        .top_hi = line->mass + half_behind * line->scale,
                        .share = line->share,
                        .top_share = line->share,
                        .species = line->species};
}

static void join(peak_group *group, const peak_group *next)
{
    group->hi = fmax(group->hi, next->hi);
    group->share += next->share;
    if (next->top_share > group->top_share) {
        group->top_lo = next->top_lo;
        group->top_hi = next->top_hi;
        group->top_share = next->top_share;
    }
}

// Does a peak stand out of the background in a spectrum of n ions?
static bool is_seen(const ia_simulate_params *params, const peak_group *group, double n)
{
    double part = (sqrt(group->hi) - sqrt(group->lo)) / sqrt(params->m_max);
    double noise = n * params->background * part;
    double counts = n * group->share;

    return counts >= least_counts && counts >= least_significance * sqrt(noise);
}

static size_t find_groups(const ia_simulate_params *params, const ia_line *lines,
                          size_t n, double n_ions, peak_group *groups)
{
    size_t n_groups = 0;

    for (size_t i = 0; i < n; i++) {
        peak_group next = group_of(&lines[i]);
        if (next.species < 0 || !is_seen(params, &next, n_ions))
            continue;
        peak_group *last = n_groups > 0 ? &groups[n_groups - 1] : NULL;
        if (last && last->species == next.species && next.lo < last->hi)
            join(last, &next);
        else
            groups[n_groups++] = next;
    }
    return n_groups;
}

// Keep each group clear of the larger ones; false when too little of it is left.
static bool cut_to_fit(const peak_group *taken, size_t n, peak_group *group)
{
    for (size_t i = 0; i < n; i++) {
        if (taken[i].lo < group->top_hi && taken[i].hi > group->top_lo)
            return false;
        if (taken[i].hi <= group->top_lo)
            group->lo = fmax(group->lo, taken[i].hi);
        else
            group->hi = fmin(group->hi, taken[i].lo);
    }
    return true;
}

// To 1e-4 Da, as range files have it.
static double rounded(double mass)
{
    return floor(mass * 1e4 + 0.5) / 1e4;
}

static ia_status add_ranges(ia_ctx *ctx, const ia_mass_plan *plan,
                            const peak_group *groups, size_t n, ia_ranges *ranges)
{
    static const uint32_t colours[] = {0x4477AA, 0xEE6677, 0x228833, 0xCCBB44,
                                       0x66CCEE, 0xAA3377, 0xBBBBBB, 0x994455};

    for (size_t i = 0; i < n; i++) {
        ia_range range = {.lo = rounded(groups[i].lo), .hi = rounded(groups[i].hi)};
        ia_status st =
            ia_ranges_add_ion(ctx, ranges, &plan->ions[groups[i].species], &range.ion);
        if (st != IA_OK)
            return st;
        range.colour = colours[range.ion % (sizeof colours / sizeof colours[0])];
        if (range.hi > range.lo && (st = ia_ranges_add(ctx, ranges, &range)) != IA_OK)
            return st;
    }
    ranges->n_ions_written = ranges->n_ions;
    ranges->n_ranges_written = ranges->n_ranges;
    return IA_OK;
}

// All lines of all ions, each with its share of the ions that were recorded: the planned
// pattern of its species times that species' counts.
static size_t expect_lines(const ia_mass_plan *plan, const uint64_t *counts,
                           double n_ions, double *planned, ia_line *lines)
{
    size_t n = 0;

    for (size_t e = 0; e <= plan->n_elements; e++) {
        const ia_lines *from =
            e < plan->n_elements ? &plan->of_element[e] : &plan->of_extras;
        for (size_t i = 0; i < from->n; i++)
            if (from->lines[i].species >= 0)
                lines[n++] = from->lines[i];
    }
    for (size_t i = 0; i < n; i++)
        planned[lines[i].species] += lines[i].share;
    for (size_t i = 0; i < n; i++)
        lines[i].share *=
            (double)counts[lines[i].species] / (planned[lines[i].species] * n_ions);
    return n;
}

// The largest groups first; the others keep what is free beside them. The number kept.
static size_t separate(peak_group *groups, size_t n)
{
    size_t n_taken = 0;

    qsort(groups, n, sizeof *groups, by_falling_share);
    for (size_t i = 0; i < n; i++) {
        peak_group group = groups[i];
        if (cut_to_fit(groups, n_taken, &group))
            groups[n_taken++] = group;
    }
    qsort(groups, n_taken, sizeof *groups, by_mass);
    return n_taken;
}

ia_status ia_truth_ranges(ia_ctx *ctx, const ia_simulate_params *params,
                          const ia_mass_plan *plan, const uint64_t *counts, size_t n_ions,
                          ia_ranges *out)
{
    ia_line *lines = ia_array(ctx, plan->of_all.n, sizeof *lines);
    peak_group *groups = ia_array(ctx, plan->of_all.n, sizeof *groups);
    double *planned = ia_array(ctx, plan->n_species, sizeof *planned);
    ia_ranges ranges = {0};
    ia_status st = IA_ERR_MEMORY;

    if (!lines || !groups || !planned)
        goto done;
    size_t n = expect_lines(plan, counts, (double)n_ions, planned, lines);
    qsort(lines, n, sizeof *lines, by_species_and_mass);
    n = find_groups(params, lines, n, (double)n_ions, groups);
    n = separate(groups, n);
    if ((st = add_ranges(ctx, plan, groups, n, &ranges)) != IA_OK)
        goto done;
    *out = ranges;
    ranges = (ia_ranges){0};
done:
    ia_ranges_clear(&ranges);
    free(planned);
    free(groups);
    free(lines);
    return st;
}
