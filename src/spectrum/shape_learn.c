// src/spectrum/shape_learn.c: puts strong peaks that stand alone on one another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES_MOST = 60,
    ROUNDS = 3, // tails of neighbours are those of the shape found before
};

// A peak whose shape is looked at.
typedef struct {
    size_t peak; // index
    double mass, width;
    double ions;   // in its core, background taken off
    double part;   // weight of its ions
    double lo, hi; // in u: how far it is alone
    double base;   // ions per Da under it, beyond flat background and neighbours
} sample;

typedef struct {
    ia_ctx *ctx;
    ia_shape_source from;
    double *ions; // (peaks) of each peak in the reach of the shape
    sample *list; // (SAMPLES_MOST) by falling ions
    size_t n;
    size_t largest; // 1 if the first is the peak of most ions, 0 if that was left out
    ia_peak_shape shape;
    double *weight; // (cells) ions x cell that stand for a density
} learning;

// Ions of each peak, from those in its window.
static void set_ions(learning *job)
{
    for (size_t i = 0; i < job->from.peaks->n; i++) {
        const ia_peak *p = &job->from.peaks->list[i];
        double share = ia_peak_shape_share(&job->shape, p->mass, p->lo, p->hi);
        job->ions[i] = fmax(0, p->counts - p->background) / fmax(share, 0.1);
    }
}

// Ions of other peaks in [lo, hi).
static double of_others(const learning *job, size_t peak, double lo, double hi)
{
    const ia_peak_shape *s = &job->shape;
    const ia_peaks *p = job->from.peaks;
    double sum = 0;

    for (size_t i = peak; i > 0; i--) {
        const ia_peak *q = &p->list[i - 1];
        if (q->mass + s->u[s->n] * q->width < lo)
            break;
        sum += job->ions[i - 1] * ia_peak_shape_share(s, q->mass, lo, hi);
    }
    for (size_t i = peak + 1; i < p->n; i++) {
        const ia_peak *q = &p->list[i];
        if (q->mass + s->u[0] * q->width > hi)
            break;
        sum += job->ions[i] * ia_peak_shape_share(s, q->mass, lo, hi);
    }
    return sum;
}

static double net_between(const learning *job, const sample *s, double lo, double hi)
{
    double a = s->mass + lo * s->width, b = s->mass + hi * s->width;
    double background = ia_counts_flat(job->from.counts, a, b) + s->base * (b - a);

    return ia_counts_between(job->from.counts, a, b) - background -
           of_others(job, s->peak, a, b);
}

// Does the other peak hold many times as many ions? Then what is known of its front or
// tail is no better than what the smaller one has there.
static bool is_far_larger(const learning *job, size_t other, const sample *than)
{
    const double many = 10;
    return job->ions[other] > many * job->ions[than->peak];
}

// Does the peak stand in the tail of a far larger one, or where that is not known any
// more and still goes on?
static bool is_in_tail(const learning *job, const sample *s)
{
    const double on = 2; // times what is known
    const ia_peak *list = job->from.peaks->list;
    double reach = on * job->shape.u[job->shape.n];

    for (size_t i = s->peak; i > 0; i--) {
        const ia_peak *q = &list[i - 1];
        if (q->mass + reach * q->width < s->mass)
            break;
        if (is_far_larger(job, i - 1, s))
            return true;
    }
    return false;
}

// As far as no other peak has its onset or its core, in u.
static void set_reach(const learning *job, sample *s)
{
    const double usual = 2.5, behind = 5; // widths of the neighbour
    const ia_peak *list = job->from.peaks->list;

    s->lo = job->shape.u[0];
    s->hi = is_in_tail(job, s) ? ia_shape_core_hi : job->shape.u[job->shape.n];
    if (s->peak > 0) {
        const ia_peak *q = &list[s->peak - 1];
        s->lo = fmax(s->lo, (q->mass + behind * q->width - s->mass) / s->width);
    }
    if (s->peak + 1 < job->from.peaks->n) {
        const ia_peak *q = &list[s->peak + 1];
        double front = is_far_larger(job, s->peak + 1, s) ? -job->shape.u[0] : usual;
        s->hi = fmin(s->hi, (q->mass - front * q->width - s->mass) / s->width);
    }
    double begin = job->from.counts->spectrum->m_min,
           end = ia_counts_end(job->from.counts);
    s->lo = fmax(s->lo, (begin - s->mass) / s->width);
    s->hi = fmin(s->hi, (end - s->mass) / s->width);
}

// What stands before the peak, where that is surely more than known of, is under it.
// Where it is less, no more is taken off than the flat background: were the tails of
// neighbours, too long in this round, set against it, they would grow in the next.
static void set_base(const learning *job, sample *s)
{
    const double near = -4, sure = 3; // u; standard deviations
    double begin = fmax(s->lo, job->shape.u[0]);

    s->base = 0;
    if (near - begin < 1)
        return;
    double a = s->mass + begin * s->width, b = s->mass + near * s->width;
    double n = ia_counts_between(job->from.counts, a, b);
    double more = net_between(job, s, begin, near);
    if (fabs(more) > sure * sqrt(n + 1))
        s->base = fmax(more, -ia_counts_flat(job->from.counts, a, b)) / (b - a);
}

// Does the peak stand alone, and high enough?
static bool measure(const learning *job, size_t peak, sample *out)
{
    const double muddy = 0.1; // of its ions that are not its own
    const ia_peak *p = &job->from.peaks->list[peak];
    sample s = {.peak = peak, .mass = p->mass, .width = p->width};

    set_reach(job, &s);
    if (s.lo > ia_shape_core_lo || s.hi < ia_shape_core_hi)
        return false;
    set_base(job, &s);
    double a = s.mass + ia_shape_core_lo * s.width;
    double b = s.mass + ia_shape_core_hi * s.width;
    double all = ia_counts_between(job->from.counts, a, b);
    const double usual = 30000; // a single peak weighs no more: its own quirks would rule
    s.ions = net_between(job, &s, ia_shape_core_lo, ia_shape_core_hi);
    s.part = fmin(1, usual / fmax(s.ions, 1));
    *out = s;
    return s.ions > 0 && all - s.ions < muddy * all;
}

static void keep(learning *job, const sample *s)
{
    size_t at = job->n < SAMPLES_MOST ? job->n++ : SAMPLES_MOST;

    while (at > 0 && job->list[at - 1].ions < s->ions) {
        if (at < SAMPLES_MOST)
            job->list[at] = job->list[at - 1];
        at--;
    }
    if (at < SAMPLES_MOST)
        job->list[at] = *s;
}

// Ions of a sample behind its maximum, where another ion may stand in its flank.
typedef struct {
    double net, all; // ions, and those with background and neighbours
} flank;

static flank flank_of(const learning *job, const sample *s, double lo, double hi)
{
    return (flank){
        .net = net_between(job, s, lo, hi),
        .all = ia_counts_between(job->from.counts, s->mass + lo * s->width,
                                 s->mass + hi * s->width),
    };
}

// Of a flank, relative: places are known so well, and it falls with the exponent -1.5 u.
static double flank_doubt(const learning *job, const sample *s)
{
    const double place = 0.03, bin_place = 0.15, slope = 1.5; // widths, bins, 1/u
    return slope * hypot(place, bin_place * job->from.counts->spectrum->bin / s->width);
}

// What the other samples have there, for as many ions. Hydrogen's peaks are their own.
static flank flank_of_others(const learning *job, const sample *s, double lo, double hi)
{
    const double light = 4; // Da
    double net = 0, all = 0, ions = 0;

    for (size_t j = 0; j < job->n; j++) {
        const sample *other = &job->list[j];
        if (other->peak == s->peak || other->mass < light)
            continue;
        flank f = flank_of(job, other, lo, hi);
        net += other->part * f.net;
        all += other->part * other->part * f.all;
        ions += other->part * other->ions;
    }
    double scale = ions > 0 ? s->ions / ions : INFINITY;
    return (flank){.net = fmax(0, net) * scale, .all = all * scale * scale};
}

// Is an ion hidden in the flank that the other peaks surely do not have there? A peak
// that is wider on both sides has none.
static bool has_shoulder(const learning *job, const sample *s)
{
    const double first = 0.5, step = 0.5, wide = 1; // u
    const double much = 1.3, sure = 4, wider = 1.15;
    double onset = flank_of(job, s, ia_shape_core_lo, -first).net;

    if (onset > wider * flank_of_others(job, s, ia_shape_core_lo, -first).net)
        return false;
    for (double lo = first; lo + wide <= ia_shape_core_hi + 1e-9; lo += step) {
        flank own = flank_of(job, s, lo, lo + wide);
        flank others = flank_of_others(job, s, lo, lo + wide);
        double doubt = M_SQRT2 * flank_doubt(job, s) * others.net;
        double sigma = sqrt(own.all + others.all + doubt * doubt);
        if (own.net - much * others.net > sure * sigma)
            return true;
    }
    return false;
}

// Does an ion that is told stand beside the one that leads the peak?
static bool holds_another(const learning *job, const sample *s)
{
    const double much = 0.03, apart = 0.2; // of the ions there, widths
    const ia_isotope_evidence *lead = NULL;
    double all = 0, other = 0;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < job->from.told->n_isotopes; i++) {
            const ia_isotope_evidence *it = &job->from.told->isotopes[i];
            double u = (it->mass - s->mass) / s->width;
            if (u < ia_shape_core_lo || u > ia_shape_core_hi)
                continue;
            if (round == 0) {
                all += it->expected;
                lead = !lead || it->expected > lead->expected ? it : lead;
            } else if (fabs(it->mass - lead->mass) > apart * s->width) {
                other += it->expected;
            }
        }
    return other > much * all;
}

// Leave those marked out, if the rest holds so many ions.
static void leave_out(learning *job, const bool *marked, double least)
{
    double left = 0;
    size_t n = 0;

    for (size_t i = 0; i < job->n; i++)
        left += marked[i] ? 0 : job->list[i].ions;
    if (left < least)
        return;
    for (size_t i = 0; i < job->n; i++)
        if (!marked[i])
            job->list[n++] = job->list[i];
    job->n = n;
}

// Peaks with a shoulder would teach it to all others, and hide the ion that makes it.
static void leave_out_shoulders(learning *job)
{
    const double for_known =
        10; // times as many ions where peaks are left out for ions told
    double least = (double)job->from.params->ions_least;
    size_t first = job->n > 0 ? job->list[0].peak : 0;
    bool marked[SAMPLES_MOST];

    for (size_t i = 0; i < job->n; i++)
        marked[i] = job->from.told && holds_another(job, &job->list[i]);
    leave_out(job, marked, for_known * least);
    for (size_t i = 0; i < job->n; i++)
        marked[i] = has_shoulder(job, &job->list[i]);
    leave_out(job, marked, least);
    job->largest = job->n == 0 || job->list[0].peak == first;
}

static double choose_samples(learning *job)
{
    double ions = 0;

    job->n = 0;
    for (size_t i = 0; i < job->from.peaks->n; i++) {
        sample s;
        if (measure(job, i, &s))
            keep(job, &s);
    }
    leave_out_shoulders(job);
    for (size_t i = 0; i < job->n; i++)
        ions += job->list[i].ions;
    return ions;
}

// A cell: its density relative to the ions in the core, that of its error, and ions x
// cell that stand for it.
typedef struct {
    double density, sigma, weight;
} cell;

// On the peaks that reach there, but the first so many.
static cell measure_cell(const learning *job, size_t k, size_t first)
{
    const ia_peak_shape *shape = &job->shape;
    double lo = shape->u[k], hi = shape->u[k + 1];
    double net = 0, exposure = 0, variance = 0;

    for (size_t i = first; i < job->n; i++) {
        const sample *s = &job->list[i];
        if (lo < s->lo - 1e-9 || hi > s->hi + 1e-9)
            continue;
        double a = s->mass + lo * s->width, b = s->mass + hi * s->width;
        net += s->part * net_between(job, s, lo, hi);
        exposure += s->part * s->ions;
        variance += s->part * s->part * ia_counts_between(job->from.counts, a, b);
    }
    double weight = exposure * (hi - lo);
    return (cell){.density = exposure > 0 ? net / weight : 0,
                  .sigma = exposure > 0 ? sqrt(variance) / weight : 0,
                  .weight = weight};
}

static void fill_cell(learning *job, size_t k)
{
    cell c = measure_cell(job, k, 0);
    job->weight[k] = c.weight;
    job->shape.density[k] = c.density;
    job->shape.sigma[k] = c.sigma;
}

// Without the peak of most ions.
static ia_status fill_rest(learning *job, size_t mode)
{
    ia_peak_shape *s = &job->shape;
    double *weight = ia_array(job->ctx, s->n, sizeof *weight), sum = 0;
    ia_status st = IA_ERR_MEMORY;

    if (!weight)
        return st;
    for (size_t k = 0; k < s->n; k++) {
        cell c = measure_cell(job, k, job->largest);
        s->rest[k] = c.density;
        s->rest_sigma[k] = c.weight > 0 ? hypot(c.sigma, 1 / c.weight) : INFINITY;
        weight[k] = c.weight;
    }
    st = ia_shape_one_maximum(job->ctx, s->rest, weight, s->n, mode);
    for (size_t k = 0; k < s->n; k++) {
        s->rest[k] = fmax(0, s->rest[k]);
        sum += s->rest[k] * (s->u[k + 1] - s->u[k]);
    }
    for (size_t k = 0; k < s->n && sum > 0; k++) {
        s->rest[k] /= sum;
        s->rest_sigma[k] /= sum;
    }
    free(weight);
    return st;
}

// Cells at the ends that too few ions tell of are cut off.
static void cut_ends(learning *job)
{
    ia_peak_shape *s = &job->shape;
    size_t first = 0, last = s->n;
    double least = 0.3 * (double)job->from.params->ions_least;

    while (s->u[first + 1] < ia_shape_core_lo &&
           job->weight[first] < least * (s->u[first + 1] - s->u[first]))
        first++;
    while (s->u[last - 1] > ia_shape_core_hi &&
           job->weight[last - 1] < least * (s->u[last] - s->u[last - 1]))
        last--;
    s->n = last - first;
    memmove(s->u, s->u + first, (s->n + 1) * sizeof *s->u);
    memmove(s->density, s->density + first, s->n * sizeof *s->density);
    memmove(s->sigma, s->sigma + first, s->n * sizeof *s->sigma);
    memmove(s->rest, s->rest + first, s->n * sizeof *s->rest);
    memmove(s->rest_sigma, s->rest_sigma + first, s->n * sizeof *s->rest_sigma);
    memmove(job->weight, job->weight + first, s->n * sizeof *job->weight);
}

// Fullest place of the core, seen over three cells.
static size_t find_mode(const ia_peak_shape *s)
{
    size_t mode = 0;
    double most = -INFINITY;

    for (size_t k = 1; k + 1 < s->n; k++) {
        double sum = s->density[k - 1] + s->density[k] + s->density[k + 1];
        if (s->u[k] >= -1.5 && s->u[k + 1] <= 1.5 && sum > most) {
            most = sum;
            mode = k;
        }
    }
    return mode;
}

static ia_status fit_cells(learning *job)
{
    ia_peak_shape *s = &job->shape;

    for (size_t k = 0; k < s->n; k++)
        fill_cell(job, k);
    cut_ends(job);
    size_t mode = find_mode(s);
    ia_status st = ia_shape_one_maximum(job->ctx, s->density, job->weight, s->n, mode);
    for (size_t k = 0; k < s->n; k++)
        s->density[k] = fmax(0, s->density[k]);
    ia_shape_normalise(s);
    return st == IA_OK ? fill_rest(job, mode) : st;
}

// Mean over the peaks of half the sum of differences in the core, less what counting
// makes of it.
static double find_scatter(const learning *job)
{
    const ia_peak_shape *shape = &job->shape;
    double sum = 0, ions = 0;

    for (size_t i = 0; i < job->n; i++) {
        const sample *s = &job->list[i];
        double off = 0, chance = 0, core = 0;
        for (size_t k = 0; k < shape->n; k++)
            if (shape->u[k] >= ia_shape_core_lo && shape->u[k + 1] <= ia_shape_core_hi)
                core += shape->below[k + 1] - shape->below[k];
        for (size_t k = 0; k < shape->n; k++) {
            double lo = shape->u[k], hi = shape->u[k + 1];
            if (lo < ia_shape_core_lo || hi > ia_shape_core_hi)
                continue;
            double a = s->mass + lo * s->width, b = s->mass + hi * s->width;
            double own = net_between(job, s, lo, hi) / s->ions;
            off += 0.5 * fabs(own - (shape->below[k + 1] - shape->below[k]) / core);
            // Mean distance of a normal variate from its mean.
            chance +=
                0.5 * 0.7979 * sqrt(ia_counts_between(job->from.counts, a, b)) / s->ions;
        }
        sum += s->part * s->ions * sqrt(fmax(0, off * off - chance * chance));
        ions += s->part * s->ions;
    }
    return ions > 0 ? sum / ions : 0;
}

static ia_status learn_from_samples(learning *job, double ions)
{
    const double finest = 0.1, coarsest = 0.5, ions_in_cell = 50;
    double step = fmin(coarsest, fmax(finest, ions_in_cell / ions));
    ia_peak_shape before = job->shape;
    ia_status st = ia_shape_cells(job->ctx, job->from.params, step, &job->shape);

    if (st != IA_OK)
        return st;
    ia_peak_shape_clear(&before);
    ia_shape_fill(&job->shape);
    job->weight = ia_array(job->ctx, job->shape.n, sizeof *job->weight);
    st = job->weight ? IA_OK : IA_ERR_MEMORY;
    for (int round = 0; round < ROUNDS && st == IA_OK; round++) {
        set_ions(job);
        ions = choose_samples(job);
        if (ions < (double)job->from.params->ions_least)
            break;
        st = fit_cells(job);
        job->shape.n_peaks = job->n;
        job->shape.n_ions = ions;
        job->shape.scatter = find_scatter(job);
    }
    return st;
}

ia_status ia_shape_learn(ia_ctx *ctx, const ia_shape_source *from, ia_peak_shape *out)
{
    learning job = {.ctx = ctx, .from = *from, .shape = {.widths = from->peaks->widths}};
    ia_status st = ia_shape_cells(ctx, from->params, 0.1, &job.shape);

    if (st != IA_OK)
        return st;
    ia_shape_fill(&job.shape);
    job.ions = ia_array(ctx, from->peaks->n, sizeof *job.ions);
    job.list = ia_array(ctx, SAMPLES_MOST, sizeof *job.list);
    st = job.ions && job.list ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        set_ions(&job);
        double ions = choose_samples(&job);
        if (ions >= (double)from->params->ions_least)
            st = learn_from_samples(&job, ions);
    }
    if (st == IA_OK) {
        *out = job.shape;
        job.shape = (ia_peak_shape){0}; // the caller's now
    }
    ia_peak_shape_clear(&job.shape);
    free(job.ions);
    free(job.list);
    free(job.weight);
    return st;
}
