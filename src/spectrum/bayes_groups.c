// src/spectrum/bayes_groups.c: which ions are worth judging, and which must be judged
// together because their patterns overlap.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEFT = 3, RIGHT = 6; // widths of a line looked at
static const double GAIN_LEAST = 1.5;    // log likelihood, of an ion worth judging
static const double TOGETHER = 0.1;      // overlap of what two ions are known by
enum { RIVALS = 5, CELLS_MOST = 4096 };

// The cells that an ion reaches, and its share in each.
typedef struct {
    uint32_t cell[CELLS_MOST];
    double part[CELLS_MOST];
    size_t n;
} pattern;

static void take_line(const ia_judge *judge, const ia_placed_line *line, pattern *out)
{
    size_t i = ia_judge_cell(judge, line->place - LEFT * line->width);
    double end = line->place + RIGHT * line->width;
    double below =
        ia_profile_below(&judge->profile, (judge->edge[i] - line->place) / line->width);

    for (; i < judge->n_cells && judge->edge[i] < end && out->n < CELLS_MOST; i++) {
        double upto = ia_profile_below(&judge->profile,
                                       (judge->edge[i + 1] - line->place) / line->width);
        double part = line->share * (upto - below);
        below = upto;
        // Lines come by rising mass: cells that were taken before are the last ones.
        size_t back = out->n ? out->cell[out->n - 1] + 1 - i : 0;
        if (out->n && out->cell[out->n - 1] >= i && back <= out->n) {
            out->part[out->n - back] += part;
            continue;
        }
        out->cell[out->n] = (uint32_t)i;
        out->part[out->n++] = part;
    }
}

static void take_pattern(const ia_judge *judge, const ia_judged *ion, pattern *out)
{
    out->n = 0;
    for (size_t l = ion->first; l < ion->first + ion->n_lines; l++)
        if (judge->lines[l].share > 1e-3)
            take_line(judge, &judge->lines[l], out);
}

// Log likelihood that an ion gains by itself on the means as they are.
static double gain_of(const ia_judge *judge, const pattern *p)
{
    double x = 0, gain = 0;

    for (int round = 0; round < 8; round++) {
        double slope = 0, curve = 0;
        for (size_t s = 0; s < p->n; s++) {
            size_t i = p->cell[s];
            double m = judge->mean[i] + x * p->part[s], n = judge->count[i];
            slope += judge->weight[i] * p->part[s] * (n / m - 1);
            curve +=
                judge->weight[i] * p->part[s] * p->part[s] * fmax(n, 0.5 * m) / (m * m);
        }
        double step = curve > 0 ? slope / curve : 0;
        x = fmax(0, x + step);
        if (x <= 0 || fabs(step) < 1e-3 * x)
            break;
    }
    for (size_t s = 0; x > 0 && s < p->n; s++) {
        size_t i = p->cell[s];
        double more = x * p->part[s];
        gain +=
            judge->weight[i] * (judge->count[i] * log1p(more / judge->mean[i]) - more);
    }
    return gain;
}

static double prior_of(const ia_judge *judge, const ia_judged *ion)
{
    double sum = ion->log_prior;

    if (!ion->candidate || ion->candidate->is_gas)
        return sum;
    for (size_t i = 0; i < ion->candidate->ion.n_parts; i++)
        sum += ia_judge_element_cost(judge, ion->candidate->ion.parts[i].z);
    return sum;
}

static void find_gains(ia_judge *judge, pattern *room)
{
    for (size_t k = 0; k < judge->candidates->n; k++) {
        ia_judged *ion = &judge->ions[k];
        ion->gain = 0;
        if (ion->intensity > 0 || ion->n_lines == 0)
            continue;
        take_pattern(judge, ion, room);
        ion->gain = gain_of(judge, room);
    }
}

// Do two ions have fair lines at one place?
static bool is_rival(const ia_judge *judge, const ia_judged *a, const ia_judged *b)
{
    const double fair = 0.1, near = 1.2; // of the ion, widths

    for (size_t i = a->first; i < a->first + a->n_lines; i++) {
        const ia_placed_line *x = &judge->lines[i];
        for (size_t j = b->first; x->share > fair && j < b->first + b->n_lines; j++) {
            const ia_placed_line *y = &judge->lines[j];
            if (y->share > fair && fabs(x->place - y->place) < near * x->width)
                return true;
        }
    }
    return false;
}

// The likeliest replacements of a told ion are judged with it.
static void mark_rivals(ia_judge *judge, size_t told, pattern *room, bool *worth)
{
    size_t list[RIVALS], n = 0;
    double value[RIVALS];

    ia_judge_add(judge, &judge->ions[told], -1);
    for (size_t k = 0; k < judge->candidates->n; k++) {
        const ia_judged *ion = &judge->ions[k];
        if (ion->intensity > 0 || !is_rival(judge, &judge->ions[told], ion))
            continue;
        take_pattern(judge, ion, room);
        double gain = gain_of(judge, room), v = gain + prior_of(judge, ion);
        if (gain < GAIN_LEAST || (n == RIVALS && v <= value[n - 1]))
            continue;
        size_t at = n < RIVALS ? n++ : n - 1;
        for (; at > 0 && value[at - 1] < v; at--) {
            value[at] = value[at - 1];
            list[at] = list[at - 1];
        }
        value[at] = v;
        list[at] = k;
    }
    for (size_t i = 0; i < n; i++)
        worth[list[i]] = true;
    ia_judge_add(judge, &judge->ions[told], 1);
}

// Unknown lines compete where something is told.
static void mark_unknown(const ia_judge *judge, bool *worth)
{
    size_t first = judge->candidates->n;

    for (size_t k = 0; k < first; k++) {
        const ia_judged *ion = &judge->ions[k];
        for (size_t l = ion->first; worth[k] && l < ion->first + ion->n_lines; l++)
            if (judge->lines[l].peak >= 0 && judge->lines[l].share > 0.02)
                worth[first + (size_t)judge->lines[l].peak] = true;
    }
}

// Is the strongest line a peak? Where the profile does not hold, an ion without one is
// made of what profile and background leave over.
static bool is_at_peak(const ia_judge *judge, const ia_judged *ion)
{
    const double holds = 0.005; // of a peak's height
    const ia_placed_line *strongest = &judge->lines[ion->first];

    if (fmax(judge->profile.wing[0], judge->profile.wing[1]) < holds)
        return true;
    for (size_t l = ion->first; l < ion->first + ion->n_lines; l++)
        if (judge->lines[l].share > strongest->share)
            strongest = &judge->lines[l];
    return ion->n_lines > 0 && strongest->peak >= 0;
}

ia_status ia_judge_mark(ia_judge *judge, bool *worth)
{
    const double hopeless = -9; // log odds by itself
    pattern *room = ia_array(judge->ctx, 1, sizeof *room);

    if (!room)
        return IA_ERR_MEMORY;
    find_gains(judge, room);
    for (size_t k = 0; k < judge->candidates->n; k++) {
        const ia_judged *ion = &judge->ions[k];
        worth[k] = ion->intensity > 0 || ion->proposed ||
                   (ion->gain > GAIN_LEAST && is_at_peak(judge, ion) &&
                    ion->gain + prior_of(judge, ion) > hopeless);
    }
    for (size_t k = 0; k < judge->candidates->n; k++)
        if (judge->ions[k].intensity > 0)
            mark_rivals(judge, k, room, worth);
    mark_unknown(judge, worth);
    free(room);
    return IA_OK;
}

// Ions are joined by way of their cells: who reaches each, and how well it is known by
// it.
typedef struct {
    uint32_t cell, ion;
    double part;
} entry;

static int by_cell(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->cell != y->cell)
        return x->cell < y->cell ? -1 : 1;
    return (x->ion > y->ion) - (x->ion < y->ion);
}

static size_t root_of(size_t *parent, size_t k)
{
    while (parent[k] != k)
        k = parent[k] = parent[parent[k]];
    return k;
}

typedef struct {
    ia_judge *judge;
    const bool *worth;
    size_t *list, n; // ions worth judging
    entry *entries;
    size_t n_entries;
    double *overlap; // (n, n)
    size_t *parent;
} joining;

static ia_status list_entries(joining *job)
{
    ia_judge *judge = job->judge;
    pattern *room = ia_array(judge->ctx, 1, sizeof *room);
    size_t most = 0;

    if (!room)
        return IA_ERR_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t a = 0; a < job->n; a++) {
            take_pattern(judge, &judge->ions[job->list[a]], room);
            most += room->n;
            for (size_t s = 0; pass == 1 && s < room->n; s++)
                job->entries[job->n_entries++] =
                    (entry){room->cell[s], (uint32_t)a, room->part[s]};
        }
        if (pass == 0 &&
            !(job->entries = ia_array(judge->ctx, most, sizeof *job->entries))) {
            free(room);
            return IA_ERR_MEMORY;
        }
    }
    free(room);
    if (job->n_entries)
        qsort(job->entries, job->n_entries, sizeof *job->entries, by_cell);
    return IA_OK;
}

static void measure_overlap(joining *job)
{
    for (size_t i = 0; i < job->n_entries;) {
        size_t end = i;
        while (end < job->n_entries && job->entries[end].cell == job->entries[i].cell)
            end++;
        size_t cell = job->entries[i].cell;
        double v = job->judge->weight[cell] / fmax(job->judge->mean[cell], 0.05);
        for (size_t a = i; a < end; a++)
            for (size_t b = i; b <= a; b++)
                job->overlap[job->entries[a].ion * job->n + job->entries[b].ion] +=
                    v * job->entries[a].part * job->entries[b].part;
        i = end;
    }
}

static void join(joining *job)
{
    size_t n = job->n;

    for (size_t a = 0; a < n; a++)
        job->parent[a] = a;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++) {
            double both = sqrt(job->overlap[a * n + a] * job->overlap[b * n + b]);
            if (job->overlap[a * n + b] > TOGETHER * both)
                job->parent[root_of(job->parent, a)] = root_of(job->parent, b);
        }
}

// Larger groups are cut: what is told comes first, then what gains most.
static int by_weight(const void *a, const void *b)
{
    const ia_judged *const *x = a, *const *y = b;
    bool told_x = (*x)->intensity > 0, told_y = (*y)->intensity > 0;

    if (told_x != told_y)
        return told_x ? -1 : 1;
    if ((*x)->gain != (*y)->gain)
        return (*x)->gain > (*y)->gain ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

static ia_status number_groups(joining *job, size_t *n_groups)
{
    const ia_judged **order = ia_array(job->judge->ctx, job->n, sizeof(ia_judged *));
    size_t *size = ia_array(job->judge->ctx, job->n, sizeof *size);
    uint32_t *number = ia_array(job->judge->ctx, job->n, sizeof *number);
    size_t *place = ia_array(job->judge->ctx, job->judge->n_ions, sizeof *place);
    ia_status st = order && size && number && place ? IA_OK : IA_ERR_MEMORY;

    *n_groups = 0;
    for (size_t a = 0; st == IA_OK && a < job->n; a++) {
        order[a] = &job->judge->ions[job->list[a]];
        place[job->list[a]] = a;
    }
    if (st == IA_OK && job->n)
        qsort(order, job->n, sizeof *order, by_weight);
    for (size_t i = 0; st == IA_OK && i < job->n; i++) {
        size_t ion = (size_t)(order[i] - job->judge->ions);
        size_t root = root_of(job->parent, place[ion]);
        if (size[root] == 0)
            number[root] = (uint32_t)(*n_groups)++;
        if (size[root]++ < IA_GROUP_MOST)
            job->judge->ions[ion].group = number[root];
    }
    free(order);
    free(size);
    free(number);
    free(place);
    return st;
}

ia_status ia_judge_group(ia_judge *judge, const bool *worth, size_t *n_groups)
{
    joining job = {.judge = judge, .worth = worth};
    ia_status st = IA_ERR_MEMORY;

    if (!(job.list = ia_array(judge->ctx, judge->n_ions, sizeof *job.list)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < judge->n_ions; k++) {
        judge->ions[k].group = IA_NO_GROUP;
        if (worth[k] && judge->ions[k].n_lines > 0)
            job.list[job.n++] = k;
    }
    job.overlap = ia_array(judge->ctx, job.n * job.n, sizeof *job.overlap);
    job.parent = ia_array(judge->ctx, job.n, sizeof *job.parent);
    if (!job.overlap || !job.parent || (st = list_entries(&job)) != IA_OK)
        goto done;
    measure_overlap(&job);
    join(&job);
    st = number_groups(&job, n_groups);
done:
    free(job.list);
    free(job.entries);
    free(job.overlap);
    free(job.parent);
    return st;
}
