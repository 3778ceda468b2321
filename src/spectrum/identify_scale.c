// src/spectrum/identify_scale.c: would another mass scale explain the spectrum better?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_scale.h"

#include "spectrum/identify_job.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Files whose scale is off by more than the tolerance that is looked for anyway: by a
// factor up to 2.4 % to either side, by a start time up to 0.06 Da^1/2, or all m/n by up
// to 0.08 Da, in steps that leave no place further from a scale than that.
static const struct {
    size_t steps; // to each side
    double step;
} kinds[IA_SCALE_KINDS] = {
    [IA_SCALE_FACTOR] = {12, 0.002},
    [IA_SCALE_DELAY] = {12, 0.005},
    [IA_SCALE_OFFSET] = {4, 0.02},
};
enum { STEPS = 1 + 2 * (12 + 12 + 4) };

static const double FAR_BETTER = 15; // by which a score has to be higher
static const double BY_CHANCE =
    0.04; // a scale of which chance finds more is no better one

typedef struct {
    ia_scale_kind kind;
    double by; // relative, Da^1/2, Da
} scale;

typedef struct {
    const ia_assign_input *input;
    double score[STEPS], by_chance[STEPS];
    double left[STEPS];        // share of the ions in peaks without an explanation
    ia_mass_scale ends[STEPS]; // the scale fitted, of m/n as read
    bool is_same[STEPS];       // within the tolerance
    ia_status st[STEPS];
} trying;

// Step 0 is the scale as it is; then kind by kind, those below it before those above.
static scale scale_of(size_t step)
{
    ia_scale_kind kind = IA_SCALE_FACTOR;

    if (step == 0)
        return (scale){kind, 0};
    for (step--; step >= 2 * kinds[kind].steps; kind++)
        step -= 2 * kinds[kind].steps;
    long k = (long)step - (long)kinds[kind].steps;
    return (scale){kind, kinds[kind].step * (double)(k < 0 ? k : k + 1)};
}

static double moved(const scale *s, double mass)
{
    double root = sqrt(fmax(0, mass));

    switch (s->kind) {
    case IA_SCALE_DELAY:
        return pow(fmax(0, root + s->by), 2);
    case IA_SCALE_OFFSET:
        return fmax(0, mass + s->by);
    default:
        return mass * (1 + s->by);
    }
}

static double moved_back(const scale *s, double mass)
{
    double root = sqrt(fmax(0, mass));

    switch (s->kind) {
    case IA_SCALE_DELAY:
        return pow(fmax(0, root - s->by), 2);
    case IA_SCALE_OFFSET:
        return mass - s->by;
    default:
        return mass / (1 + s->by);
    }
}

// By how much a short piece of the axis grows.
static double stretch(const scale *s, double mass)
{
    switch (s->kind) {
    case IA_SCALE_DELAY:
        return fmax(0.1, 1 + s->by / sqrt(fmax(0.1, mass)));
    case IA_SCALE_OFFSET:
        return 1;
    default:
        return 1 + s->by;
    }
}

static ia_status scale_peaks(const ia_peaks *peaks, const scale *s, ia_peaks *out)
{
    *out = *peaks;
    if (!(out->list = ia_array(NULL, peaks->n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    if (s->kind == IA_SCALE_FACTOR)
        out->widths.bin *= 1 + s->by;
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *from = &peaks->list[i];
        ia_peak *p = &out->list[i];
        *p = *from;
        p->mass = moved(s, from->mass);
        p->lo = moved(s, from->lo);
        p->hi = moved(s, from->hi);
        p->sigma_mass *= stretch(s, from->mass);
        p->centre = moved(s, from->centre);
        p->sigma_centre *= stretch(s, from->mass);
        p->width *= stretch(s, from->mass);
    }
    return IA_OK;
}

// Whole bins move: by a factor all bins grow, else the ions of each go to the bin where
// its middle comes to lie.
static ia_status scale_spectrum(const ia_spectrum *from, const scale *s, ia_spectrum *out)
{
    *out = *from;
    if (!(out->counts = ia_array(NULL, from->n_bins, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    if (s->kind == IA_SCALE_FACTOR) {
        out->bin *= 1 + s->by;
        out->m_min *= 1 + s->by;
        memcpy(out->counts, from->counts, from->n_bins * sizeof *out->counts);
        return IA_OK;
    }
    for (size_t i = 0; i < from->n_bins; i++) {
        double middle = from->m_min + ((double)i + 0.5) * from->bin;
        double to = floor((moved(s, middle) - from->m_min) / from->bin);
        if (to >= 0 && to < (double)from->n_bins)
            out->counts[(size_t)to] += from->counts[i];
    }
    return IA_OK;
}

// The scale that a trial fits to the moved m/n, as one of m/n as read: the line through
// where it has two masses that most spectra lie about.
static void note_end(trying *t, size_t step, const ia_mass_scale *fitted)
{
    const double masses[2] = {12, 48};
    scale s = scale_of(step);
    double off[2];

    t->is_same[step] = fitted->n_lines > 0;
    for (int i = 0; i < 2; i++) {
        double m = masses[i], room = t->input->params->tolerance * sqrt(m / 28);
        off[i] = moved_back(&s, m + fitted->offset + fitted->slope * m) - m;
        t->is_same[step] = t->is_same[step] && fabs(off[i]) < room;
    }
    double slope = (off[1] - off[0]) / (masses[1] - masses[0]);
    t->ends[step] = (ia_mass_scale){.offset = off[0] - slope * masses[0],
                                    .slope = slope,
                                    .sigma = fitted->sigma,
                                    .n_lines = fitted->n_lines};
}

static void try_step(void *user, size_t step, size_t worker)
{
    trying *t = user;
    const ia_assign_input *in = t->input;
    scale s = scale_of(step);
    ia_spectrum spectrum = {.counts = NULL};
    ia_assignment found = {0};
    ia_peaks peaks = {0};
    ia_assign_input moved_input = *in;
    (void)worker;

    moved_input.spectrum = &spectrum;
    moved_input.peaks = &peaks;

    t->score[step] = -INFINITY;
    if ((t->st[step] = scale_spectrum(in->spectrum, &s, &spectrum)) == IA_OK &&
        (t->st[step] = scale_peaks(in->peaks, &s, &peaks)) == IA_OK &&
        (t->st[step] = ia_assign_from(NULL, &moved_input, &found)) == IA_OK)
        t->score[step] = found.score;
    size_t n_left;
    t->by_chance[step] = found.by_chance;
    t->left[step] = t->st[step] == IA_OK ? ia_identify_left(&peaks, &found, &n_left) : 1;
    note_end(t, step, &found.scale);
    ia_assignment_clear(&found);
    ia_spectrum_clear(&spectrum);
    free(peaks.list);
}

// Of scales that explain about as much the one that chance explains less is believed.
static double find_other(const trying *t)
{
    const double far = 0.006, least = 0.01, less = 0.5;
    double best = t->score[0] - 3 * FAR_BETTER, factor = NAN;

    for (size_t i = 1; i < STEPS && t->by_chance[0] > least; i++) {
        scale s = scale_of(i);
        if (s.kind != IA_SCALE_FACTOR || fabs(s.by) < far || t->is_same[i] ||
            t->by_chance[i] > less * t->by_chance[0] || t->score[i] < best)
            continue;
        best = t->score[i];
        factor = 1 + s.by;
    }
    return factor;
}

// Hydrides of a few elements without isotopes follow any peaks, at a lower cost than the
// many elements that are there, but off their places: a scale is believed with which more
// lines lie far nearer to these, chance explains far less and no more stays unexplained.
static size_t find_nearer(const trying *t)
{
    const double nearer = 3, less = 0.5;
    const ia_mass_scale *here = &t->ends[0];
    size_t best = 0;

    for (size_t i = 1; i < STEPS; i++) {
        const ia_mass_scale *there = &t->ends[i];
        if (t->is_same[i] || there->n_lines <= here->n_lines ||
            nearer * there->sigma > here->sigma || t->by_chance[i] > BY_CHANCE ||
            t->by_chance[i] > less * t->by_chance[0] || t->left[i] > t->left[0])
            continue;
        if (best == 0 || t->score[i] > t->score[best])
            best = i;
    }
    return best;
}

ia_status ia_scale_try(ia_ctx *ctx, const ia_assign_input *input, ia_scale_found *out)
{
    trying *t = ia_array(ctx, 1, sizeof *t);

    if (!t)
        return IA_ERR_MEMORY;
    t->input = input;
    ia_status st = ia_for(ctx, "identify", STEPS, try_step, t);
    for (size_t i = 0; st == IA_OK && i < STEPS; i++)
        if (t->st[i] != IA_OK)
            st = ia_fail(ctx, t->st[i], "another mass scale cannot be tried");
    *out = (ia_scale_found){.here = t->score[0], .same = t->score[0]};
    for (size_t k = 0; k < IA_SCALE_KINDS; k++)
        out->best[k] = -INFINITY;
    for (size_t i = 1; st == IA_OK && i < STEPS; i++) {
        scale s = scale_of(i);
        if (t->is_same[i] && t->score[i] > out->same) {
            out->same = t->score[i];
            out->from = t->ends[i];
        }
        if (t->is_same[i] || t->by_chance[i] > BY_CHANCE ||
            t->score[i] <= out->best[s.kind])
            continue;
        out->best[s.kind] = t->score[i];
        out->by[s.kind] = s.by;
    }
    out->other = find_other(t);
    size_t nearer = st == IA_OK ? find_nearer(t) : 0;
    if (nearer > 0) {
        scale s = scale_of(nearer);
        out->is_nearer = true;
        out->nearer = s.kind;
        out->nearer_by = s.by;
    }
    free(t);
    return st;
}

static void describe(const scale *s, char *text, size_t n)
{
    double factor = 1 + s->by;
    char sign = s->by < 0 ? '-' : '+';

    if (s->kind == IA_SCALE_FACTOR)
        snprintf(text, n, "m/n times %.3f (it is off by about %.1f %%)", factor,
                 100 * fabs(1 / factor - 1));
    else if (s->kind == IA_SCALE_DELAY)
        snprintf(text, n, "sqrt(m/n) %c %.3f Da^1/2 (the start time is off)", sign,
                 fabs(s->by));
    else
        snprintf(text, n, "m/n %c %.2f Da", sign, fabs(s->by));
}

// The best first, then those of other kinds that explain about as much: of few lines
// several do.
static void list_better(const ia_scale_found *found, ia_scale_kind first, char *text,
                        size_t n)
{
    describe(&(scale){first, found->by[first]}, text, n);
    for (ia_scale_kind k = 0; k < IA_SCALE_KINDS; k++) {
        size_t used = strlen(text);
        if (k == first || found->best[k] < found->best[first] - FAR_BETTER)
            continue;
        snprintf(text + used, n - used, ", or ");
        used = strlen(text);
        describe(&(scale){k, found->by[k]}, text + used, n - used);
    }
}

bool ia_scale_is_the_same(const ia_scale_found *found)
{
    return found->same > found->here + FAR_BETTER;
}

bool ia_scale_is_doubtful(const ia_scale_found *found, char *text, size_t n)
{
    ia_scale_kind first = IA_SCALE_FACTOR;
    char better[192];

    for (ia_scale_kind k = 0; k < IA_SCALE_KINDS; k++)
        if (found->best[k] > found->best[first])
            first = k;
    if (found->best[first] >= found->same + FAR_BETTER) {
        list_better(found, first, better, sizeof better);
        snprintf(text, n, "another mass scale explains the spectrum far better: %s",
                 better);
        return true;
    }
    if (found->is_nearer) {
        describe(&(scale){found->nearer, found->nearer_by}, better, sizeof better);
        snprintf(text, n,
                 "on another mass scale more lines lie, far nearer to their places: %s",
                 better);
        return true;
    }
    snprintf(text, n,
             "m/n times %.3f explains the spectrum as well, with ions that chance finds "
             "less often: the mass scale is not sure",
             found->other);
    return !isnan(found->other);
}
