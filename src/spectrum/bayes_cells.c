// src/spectrum/bayes_cells.c: the spectrum in cells, and where each line of each ion lies
// in it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"
#include "spectrum/bayes_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CELL = 0.2;           // of a width, but no less than a bin
static const double CORE = 1.5;           // widths about a peak
static const double LIGHT = 4;            // Da: hydrogen
static const double LEFT = 8, RIGHT = 38; // widths that a line may reach
static const double UNKNOWN = -9; // log odds that a peak is no candidate, given its place

static int by_mass(const void *a, const void *b)
{
    const ia_known_line *x = a, *y = b;
    if (x->mass != y->mass)
        return x->mass < y->mass ? -1 : 1;
    return (x->ion > y->ion) - (x->ion < y->ion);
}

static ia_status learn_profile(ia_judge *judge, const ia_judge_input *input)
{
    const ia_candidates *c = input->candidates;
    ia_known_line *known = NULL;
    size_t n = 0, room = 0;

    for (size_t k = 0; k < c->n; k++)
        room += input->told[k] > 0 ? c->list[k].n_lines : 0;
    if (!(known = ia_array(judge->ctx, room, sizeof *known)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; input->told[k] > 0 && i < c->list[k].n_lines; i++) {
            const ia_ion_line *line = &c->list[k].lines[i];
            known[n++] = (ia_known_line){ia_scale_measured(input->scale, line->mass),
                                         input->told[k] * line->share, (uint32_t)k};
        }
    if (n > 0)
        qsort(known, n, sizeof *known, by_mass);
    ia_status st = ia_profile_learn(judge->ctx, judge->counts, judge->peaks, known, n,
                                    &judge->profile);
    free(known);
    return st;
}

static double next_edge(const ia_judge *judge, double edge)
{
    double bin = judge->counts->spectrum->bin;
    double width = ia_profile_width(&judge->profile, fmax(edge, 0.5));
    return edge + bin * fmax(1, floor(CELL * width / bin));
}

static ia_status lay_cells(ia_judge *judge)
{
    double first = judge->counts->spectrum->m_min, end = ia_counts_end(judge->counts);
    size_t n = 0;

    for (double edge = first; edge < end - 1e-9; edge = next_edge(judge, edge))
        n++;
    judge->n_cells = n;
    judge->edge = ia_array(judge->ctx, n + 1, sizeof *judge->edge);
    judge->count = ia_array(judge->ctx, n, sizeof *judge->count);
    judge->base = ia_array(judge->ctx, n, sizeof *judge->base);
    judge->weight = ia_array(judge->ctx, n, sizeof *judge->weight);
    judge->mean = ia_array(judge->ctx, n, sizeof *judge->mean);
    if (!judge->edge || !judge->count || !judge->base || !judge->weight || !judge->mean)
        return IA_ERR_MEMORY;
    judge->edge[0] = first;
    for (size_t i = 0; i < n; i++)
        judge->edge[i + 1] = next_edge(judge, judge->edge[i]);
    for (size_t i = 0; i < n; i++) {
        double lo = judge->edge[i], hi = judge->edge[i + 1];
        judge->count[i] = round(ia_counts_between(judge->counts, lo, hi));
        judge->base[i] = fmax(1e-4, ia_counts_flat(judge->counts, lo, hi));
        judge->mean[i] = judge->base[i];
    }
    return IA_OK;
}

size_t ia_judge_cell(const ia_judge *judge, double mass)
{
    size_t lo = 0, hi = judge->n_cells;

    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;
        if (judge->edge[middle] <= mass)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

// Relative error of what is told in a cell, squared: what single peaks scatter about the
// profile and isotopes about natural shares. It is common to the cells of a peak, which
// counts once.
static double error2_at(const ia_judge *judge, double m, size_t *nearest)
{
    const ia_profile *p = &judge->profile;
    const ia_peaks *peaks = judge->peaks;
    const double cells_of_peak = 12, alike = 3;

    while (*nearest + 1 < peaks->n && fabs(peaks->list[*nearest + 1].mass - m) <
                                          fabs(peaks->list[*nearest].mass - m))
        (*nearest)++;
    bool core = peaks->n > 0 &&
                fabs(peaks->list[*nearest].mass - m) < CORE * ia_profile_width(p, m);
    double shape = core ? p->core_error : p->tail_error;
    return cells_of_peak * p->amount_error * p->amount_error + alike * shape * shape;
}

// Variance of each cell by the wings of all peaks, which reach far.
static void add_wings(const ia_judge *judge, double *variance)
{
    const double before = 10, behind = 30, alike = 3; // widths; cells

    for (size_t p = 0; p < judge->peaks->n; p++) {
        double mass = judge->peaks->list[p].mass, height = 0;
        double width = ia_profile_width(&judge->profile, mass);
        size_t first = ia_judge_cell(judge, mass - before * width);
        size_t i = ia_judge_cell(judge, mass - CORE * width);
        for (; i < judge->n_cells && judge->edge[i] < mass + CORE * width; i++)
            height = fmax(height, judge->count[i] - judge->base[i]);
        for (i = first; i < judge->n_cells && judge->edge[i] < mass + behind * width;
             i++) {
            double u = (0.5 * (judge->edge[i] + judge->edge[i + 1]) - mass) / width;
            double error = height * ia_profile_wing(&judge->profile, u);
            variance[i] += alike * error * error;
        }
    }
}

// Likelihood counts less where that error exceeds counting, alike for all cells about a
// strong one, lest the empty ones of a narrow peak outweigh the full ones.
static void weigh_cells(ia_judge *judge)
{
    size_t nearest = 0;

    add_wings(judge, judge->weight); // all 0 before
    for (size_t i = 0; i < judge->n_cells; i++) {
        double m = 0.5 * (judge->edge[i] + judge->edge[i + 1]);
        double near = ia_profile_width(&judge->profile, m), fullest = 0;
        for (size_t j = i; j-- > 0 && m - judge->edge[j + 1] < near;)
            fullest = fmax(fullest, judge->count[j] - judge->base[j]);
        for (size_t j = i; j < judge->n_cells && judge->edge[j] - m < near; j++)
            fullest = fmax(fullest, judge->count[j] - judge->base[j]);
        double error2 = error2_at(judge, m, &nearest);
        double variance = error2 * fullest * fullest + judge->weight[i];
        judge->weight[i] = 1 / (1 + variance / fmax(fullest + judge->base[i], 1));
    }
}

// What the lines say that teach the profile, but no less than what all say that were
// chosen: those that teach are the strongest, and the nearest to their places.
double ia_judge_place_error(const ia_judge *judge, double mass)
{
    double width = ia_profile_width(&judge->profile, mass);
    double learnt = judge->profile.place_error * width;
    double chosen = ia_scale_sigma(&judge->scale, &judge->peaks->widths, mass);

    return mass < LIGHT ? hypot(learnt, 0.03) : fmax(learnt, chosen);
}

// Nearest peak that may be a line at `place`, -1 for none.
static int32_t peak_at(const ia_judge *judge, double place, double width)
{
    const ia_peaks *peaks = judge->peaks;
    double top = place + judge->profile.top * width, nearest = INFINITY;
    double most = place < LIGHT ? 0.08 : 0.09 * sqrt(place / 28); // Da
    double reach = fmax(0.9 * width, fmin(most, 5 * ia_judge_place_error(judge, place)));
    int32_t found = -1;

    for (size_t i = 0; i < peaks->n; i++) {
        double off = fabs(peaks->list[i].mass - top);
        if (off < reach && off < nearest) {
            nearest = off;
            found = (int32_t)i;
        }
    }
    return found;
}

static void place_lines(ia_judge *judge, const ia_judge_input *input)
{
    const ia_profile *p = &judge->profile;
    double end = ia_counts_end(judge->counts);

    for (size_t k = 0; k < input->candidates->n; k++) {
        const ia_candidate *c = &input->candidates->list[k];
        ia_judged *ion = &judge->ions[judge->n_ions++];
        *ion = (ia_judged){.candidate = c,
                           .first = judge->n_lines,
                           .log_prior = c->log_odds,
                           .intensity = input->told[k],
                           .proposed = input->proposed[k],
                           .group = IA_NO_GROUP};
        for (size_t i = 0; i < c->n_lines; i++) {
            double place =
                ia_profile_place(p, ia_scale_measured(input->scale, c->lines[i].mass));
            if (place < judge->counts->spectrum->m_min || place > end)
                continue;
            double width = ia_profile_width(p, place);
            judge->lines[judge->n_lines++] = (ia_placed_line){
                place, width, c->lines[i].share, peak_at(judge, place, width)};
        }
        ion->n_lines = judge->n_lines - ion->first;
    }
    for (size_t i = 0; i < judge->peaks->n; i++) {
        double mass = judge->peaks->list[i].mass, width = ia_profile_width(p, mass);
        judge->ions[judge->n_ions++] = (ia_judged){.first = judge->n_lines,
                                                   .n_lines = 1,
                                                   .log_prior = UNKNOWN,
                                                   .group = IA_NO_GROUP};
        judge->lines[judge->n_lines++] =
            (ia_placed_line){mass - p->top * width, width, 1, (int32_t)i};
    }
}

void ia_judge_add(ia_judge *judge, const ia_judged *ion, double sign)
{
    const double negligible = 1e-3; // ions

    for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
        const ia_placed_line *line = &judge->lines[l];
        double ions = ion->intensity * line->share,
               end = line->place + RIGHT * line->width;
        size_t i = ia_judge_cell(judge, line->place - LEFT * line->width);
        double below = ia_profile_below(&judge->profile,
                                        (judge->edge[i] - line->place) / line->width);
        for (; i < judge->n_cells && judge->edge[i] < end; i++) {
            double upto = ia_profile_below(
                &judge->profile, (judge->edge[i + 1] - line->place) / line->width);
            judge->mean[i] =
                fmax(judge->base[i], judge->mean[i] + sign * ions * (upto - below));
            below = upto;
            if (ions * (1 - below) < negligible)
                break;
        }
    }
}

// Tails reach further than any profile: where a neighbourhood without lines holds surely
// more than the flat level and what is told, that is no ion's.
static void raise_base(ia_judge *judge)
{
    const double surely = 2; // standard deviations

    for (size_t i = 0; i < judge->n_cells; i++) {
        double lo = judge->edge[i], hi = judge->edge[i + 1], middle = 0.5 * (lo + hi);
        double width = ia_peak_width(&judge->peaks->widths, middle);
        ia_site_counts c = ia_counts_at(judge->counts, middle, width);
        double level = (c.b - surely * c.sigma) * (hi - lo) / (c.hi - c.lo);
        double more = c.local > 0 ? fmax(0, level - judge->mean[i]) : 0;
        judge->base[i] += more;
        judge->mean[i] += more;
    }
}

ia_status ia_judge_build(ia_ctx *ctx, const ia_judge_input *input, ia_judge *out)
{
    ia_judge judge = {.ctx = ctx,
                      .counts = input->counts,
                      .peaks = input->peaks,
                      .scale = *input->scale,
                      .candidates = input->candidates};
    size_t n = input->candidates->n + input->peaks->n, n_lines = input->peaks->n;
    ia_status st;

    if ((st = learn_profile(&judge, input)) != IA_OK || (st = lay_cells(&judge)) != IA_OK)
        goto done;
    weigh_cells(&judge);
    for (size_t k = 0; k < input->candidates->n; k++)
        n_lines += input->candidates->list[k].n_lines;
    judge.ions = ia_array(ctx, n, sizeof *judge.ions);
    judge.lines = ia_array(ctx, n_lines, sizeof *judge.lines);
    judge.elsewhere.absence =
        ia_array(ctx, input->candidates->n_matters + 1, sizeof *judge.elsewhere.absence);
    if (!judge.ions || !judge.lines || !judge.elsewhere.absence) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    place_lines(&judge, input);
    double total =
        ia_counts_between(input->counts, judge.edge[0], judge.edge[judge.n_cells]);
    judge.log_total = log(fmax(100, total));
    for (size_t k = 0; k < judge.n_ions; k++)
        if (judge.ions[k].intensity > 0)
            ia_judge_add(&judge, &judge.ions[k], 1);
    raise_base(&judge);
    *out = judge;
    judge = (ia_judge){0}; // the caller's now
done:
    ia_judge_clear(&judge);
    return st;
}

void ia_judge_give_up(ia_judge *judge, ia_judged *ion)
{
    ia_judge_add(judge, ion, -1);
    ion->intensity = 0;
}

void ia_judge_forget(ia_judge *judge)
{
    for (size_t k = 0; k < judge->n_ions; k++)
        judge->ions[k].intensity = 0;
    memcpy(judge->mean, judge->base, judge->n_cells * sizeof *judge->mean);
}

void ia_judge_clear(ia_judge *judge)
{
    ia_profile_clear(&judge->profile);
    free(judge->edge);
    free(judge->count);
    free(judge->base);
    free(judge->weight);
    free(judge->mean);
    free(judge->lines);
    free(judge->ions);
    free(judge->elsewhere.absence);
    *judge = (ia_judge){0};
}
