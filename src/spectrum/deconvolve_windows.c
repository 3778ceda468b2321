// src/spectrum/deconvolve_windows.c: windows in which overlapping ions are counted, and
// which share of each ion lies in them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <math.h>
#include <stdlib.h>

// Widths between lines that get windows of their own: nearer ones are told apart by their
// isotopes alone, for places are not known well enough to part the flanks of peaks.
static const double RESOLVED = 1.8;
static const double LONGEST = 2.5; // widths, of lines in one window
static const double MAIN = 1e-3;   // share of a line that gets a window
// What is not known of peaks: their place, in widths and in bins; tails, as a share of
// what they put into another peak's core.
static const double PLACE = 0.03, BIN_PLACE = 0.15, TAIL = 0.15;
static const double CORE_LEFT = 1.3, CORE_RIGHT = 2.2; // widths

// Lines that one window holds, and that window, in bins.
typedef struct {
    double first, last; // Da
    size_t begin, end;  // lines
    size_t lo, hi;      // bins [lo, hi) of the whole
    size_t core_lo, core_hi;
} cluster;

typedef struct {
    const ia_deconvolve_params *params;
    const ia_deconvolve_input *input;
    const ia_counts *counts;
    const ia_placed_lines *lines;
    ia_peak_shape shape;  // borrowed, as narrow as it is
    const double *amount; // (n_ions) ions of each kind, at a guess
    double *expected;     // (n_bins) ions of all kinds and background
    double *own;          // (n_bins) of the cluster in hand
    cluster *list;
    size_t n;
} laying;

static double width_at(const laying *job, double mass)
{
    return ia_peak_width(&job->input->peaks->widths, mass);
}

static double edge_of(const laying *job, size_t bin)
{
    return job->input->spectrum->m_min + (double)bin * job->input->spectrum->bin;
}

// The bin that holds a mass, kept within [0, n_bins].
static size_t bin_of(const laying *job, double mass)
{
    const ia_spectrum *s = job->input->spectrum;
    double x = floor((mass - s->m_min) / s->bin);

    return x <= 0 ? 0 : x >= (double)s->n_bins ? s->n_bins : (size_t)x;
}

// Add what a line puts into each bin, as far as its shape is known.
static void add_line(const laying *job, const ia_solved_line *line, double *bins)
{
    const ia_peak_shape *shape = &job->shape;
    double width = width_at(job, line->mass);
    double ions = line->share * job->amount[line->ion];
    size_t begin = bin_of(job, line->mass + shape->u[0] * width);
    size_t end = bin_of(job, line->mass + shape->u[shape->n] * width);

    for (size_t i = begin; ions > 0 && i < end; i++)
        bins[i] += ions * ia_peak_shape_share(shape, line->mass, edge_of(job, i),
                                              edge_of(job, i + 1));
}

// What is expected where, of everything.
static void expect(const laying *job)
{
    for (size_t i = 0; i < job->input->spectrum->n_bins; i++)
        job->expected[i] =
            ia_counts_flat(job->counts, edge_of(job, i), edge_of(job, i + 1));
    for (size_t i = 0; i < job->lines->n; i++)
        add_line(job, &job->lines->list[i], job->expected);
}

// Lines that the spectrum does not resolve go together; weak ones get no window.
static void gather(laying *job)
{
    const ia_solved_line *list = job->lines->list;

    for (size_t i = 0; i < job->lines->n; i++) {
        double mass = list[i].mass, width = width_at(job, mass);
        cluster *last = job->n ? &job->list[job->n - 1] : NULL;
        if (list[i].share < MAIN || bin_of(job, mass) >= job->input->spectrum->n_bins ||
            mass < job->input->spectrum->m_min)
            continue;
        if (last && mass - last->last < RESOLVED * width &&
            mass - last->first < LONGEST * width) {
            last->last = mass;
            last->end = i + 1;
        } else {
            job->list[job->n++] =
                (cluster){.first = mass, .last = mass, .begin = i, .end = i + 1};
        }
    }
}

// The bin between two clusters where the fewest ions are expected; the last of equals,
// for tails lie behind their peak.
static size_t valley(const laying *job, const cluster *a, const cluster *b)
{
    size_t lo = bin_of(job, a->last) + 1, hi = bin_of(job, b->first), at = lo;

    for (size_t i = lo; i < hi; i++)
        if (job->expected[i] <= job->expected[at])
            at = i;
    return at < hi ? at : hi;
}

// S^2 / (S + 2 B) of S ions of the cluster among B others.
static double merit(double own, double all)
{
    return own > 0 ? own * own / (2 * all - own) : 0;
}

// Widen the cluster's window, one bin at a time on either side, while that makes its ions
// better known.
static void widen(const laying *job, cluster *c, size_t floor_bin, size_t ceiling)
{
    double own = 0, all = 0;

    for (size_t i = c->lo; i < c->hi; i++) {
        own += job->own[i];
        all += job->expected[i];
    }
    for (bool grows = true; grows;) {
        grows = false;
        for (int side = 0; side < 2; side++) {
            if (side == 0 ? c->lo == floor_bin : c->hi == ceiling)
                continue;
            size_t i = side == 0 ? c->lo - 1 : c->hi;
            double more = own + job->own[i], with = all + job->expected[i];
            if (merit(more, with) <= merit(own, all))
                continue;
            own = more;
            all = with;
            c->lo -= side == 0;
            c->hi += side == 1;
            grows = true;
        }
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Bins that the cluster may have: as far as the parameters allow, and no farther than
// the valleys to its neighbours.
static void limit(const laying *job, size_t k)
{
    const ia_deconvolve_params *p = job->params;
    cluster *c = &job->list[k];
    double left = width_at(job, c->first), right = width_at(job, c->last);

    c->lo = bin_of(job, c->first - p->window_left * left);
    c->hi = bin_of(job, c->last + p->window_right * right) + 1;
    c->hi = smaller(c->hi, job->input->spectrum->n_bins);
    if (k > 0)
        c->lo = larger(c->lo, valley(job, c - 1, c));
    if (k + 1 < job->n)
        c->hi = smaller(c->hi, valley(job, c, c + 1));
    c->core_lo = larger(c->lo, bin_of(job, c->first - CORE_LEFT * left));
    c->core_hi = smaller(c->hi, bin_of(job, c->last + CORE_RIGHT * right) + 1);
}

// From the core outwards within its limits.
static void set_whole(const laying *job, cluster *c)
{
    size_t floor_bin = c->lo, ceiling = c->hi;

    for (size_t i = floor_bin; i < ceiling; i++)
        job->own[i] = 0;
    for (size_t i = c->begin; i < c->end; i++)
        add_line(job, &job->lines->list[i], job->own);
    c->lo = c->core_lo;
    c->hi = c->core_hi;
    widen(job, c, floor_bin, ceiling);
}

// What lines elsewhere put between two masses, by the shape.
static double of_others(const laying *job, double lo, double hi)
{
    double sum = 0;

    for (size_t i = 0; i < job->lines->n; i++) {
        const ia_solved_line *line = &job->lines->list[i];
        if (line->mass < lo || line->mass >= hi)
            sum += line->share * job->amount[line->ion] *
                   ia_peak_shape_share(&job->shape, line->mass, lo, hi);
    }
    return sum;
}

// A tail is counted once: the shape puts it there as far as it reaches, and of the
// background, which may hold tails as well, what is more than that.
static double background_of(const laying *job, double lo, double hi)
{
    const ia_background *b = job->input->background;

    if (!b || !(b->a > 0))
        return 0;
    double all = ia_background_counts(b, lo, hi);
    double flat = fmin(all, ia_counts_flat(job->counts, lo, hi));
    return fmax(flat, all - of_others(job, lo, hi));
}

static ia_solved_span span_of(const laying *job, size_t begin, size_t end)
{
    double lo = edge_of(job, begin), hi = edge_of(job, end);

    return (ia_solved_span){.lo = lo,
                            .hi = hi,
                            .observed = ia_counts_between(job->counts, lo, hi),
                            .background = background_of(job, lo, hi)};
}

static void keep_windows(const laying *job, ia_deconvolution *out)
{
    for (size_t k = 0; k < job->n; k++) {
        const cluster *c = &job->list[k];
        if (c->core_hi > c->core_lo)
            out->windows[out->n_windows++] =
                (ia_solved_window){.core = span_of(job, c->core_lo, c->core_hi),
                                   .whole = span_of(job, c->lo, c->hi)};
    }
}

// Error of what a line puts into a core: its place, and, where only its tail reaches, the
// tail.
static double doubt_of(const laying *job, const ia_solved_line *line,
                       const ia_solved_span *core)
{
    const ia_peak_shape *shape = &job->shape;
    double width = width_at(job, line->mass);
    double place = hypot(PLACE * width, BIN_PLACE * job->input->spectrum->bin);
    double edges = ia_peak_shape_density(shape, line->mass, core->hi) -
                   ia_peak_shape_density(shape, line->mass, core->lo);
    double tail = line->mass < core->lo || line->mass >= core->hi
                      ? TAIL * ia_peak_shape_share(shape, line->mass, core->lo, core->hi)
                      : 0;

    return line->share * job->amount[line->ion] * hypot(place * edges, tail);
}

static void set_doubts(const laying *job, ia_deconvolution *out)
{
    for (size_t w = 0; w < out->n_windows; w++) {
        double square = 0;
        for (size_t i = 0; i < job->lines->n; i++) {
            double doubt = doubt_of(job, &job->lines->list[i], &out->windows[w].core);
            square += doubt * doubt;
        }
        out->windows[w].doubt = sqrt(square);
    }
}

static ia_status fill_shares(ia_ctx *ctx, const laying *job, ia_deconvolution *out)
{
    const ia_peak_shape *shape = &job->shape;
    size_t n = out->n_ions, size = out->n_windows * n;

    for (int k = 0; k < 2; k++)
        if (!(out->share[k] = ia_array(ctx, size, sizeof(double))))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < job->lines->n; i++) {
        const ia_solved_line *line = &job->lines->list[i];
        for (size_t w = 0; w < out->n_windows; w++) {
            const ia_solved_span *core = &out->windows[w].core;
            const ia_solved_span *whole = &out->windows[w].whole;
            out->share[0][w * n + line->ion] +=
                line->share * ia_peak_shape_share(shape, line->mass, core->lo, core->hi);
            out->share[1][w * n + line->ion] +=
                line->share *
                ia_peak_shape_share(shape, line->mass, whole->lo, whole->hi);
        }
    }
    return IA_OK;
}

// A core that has lost ions says nothing of any, whatever it holds.
static void leave_lossy(const laying *job, ia_deconvolution *out)
{
    double at = job->input->lossy;

    for (size_t w = 0; w < out->n_windows; w++) {
        ia_solved_window *v = &out->windows[w];
        if (!(at > 0) || at < v->core.lo || at >= v->core.hi)
            continue;
        for (size_t k = 0; k < out->n_ions; k++)
            out->share[0][w * out->n_ions + k] = out->share[1][w * out->n_ions + k] = 0;
        v->foreign = true;
        v->doubt = v->core.observed;
    }
}

static void windows_clear(ia_deconvolution *out)
{
    free(out->windows);
    free(out->share[0]);
    free(out->share[1]);
    out->windows = NULL;
    out->share[0] = out->share[1] = NULL;
    out->n_windows = 0;
}

ia_status ia_deconvolve_windows(ia_ctx *ctx, const ia_deconvolve_plan *plan,
                                const double *amount, ia_deconvolution *out)
{
    laying job = {.params = plan->params,
                  .input = plan->input,
                  .counts = plan->counts,
                  .lines = plan->lines,
                  .shape = *plan->input->shape,
                  .amount = amount};
    size_t n_bins = plan->input->spectrum->n_bins;
    ia_status st = IA_ERR_MEMORY;

    windows_clear(out);
    out->windows = ia_array(ctx, plan->lines->n, sizeof *out->windows);
    job.list = ia_array(ctx, plan->lines->n, sizeof *job.list);
    job.expected = ia_array(ctx, n_bins, sizeof *job.expected);
    job.own = ia_array(ctx, n_bins, sizeof *job.own);
    if (!out->windows || !job.list || !job.expected || !job.own)
        goto done;
    // Windows end with bins: how many ions of a peak that is narrower than a bin lie in
    // one is told by its own width.
    job.shape.widths.bin = 0;
    expect(&job);
    gather(&job);
    for (size_t k = 0; k < job.n; k++)
        limit(&job, k);
    for (size_t k = 0; k < job.n; k++)
        if (job.list[k].core_hi > job.list[k].core_lo)
            set_whole(&job, &job.list[k]);
    keep_windows(&job, out);
    set_doubts(&job, out);
    if ((st = fill_shares(ctx, &job, out)) == IA_OK)
        leave_lossy(&job, out);
done:
    free(job.list);
    free(job.expected);
    free(job.own);
    return st;
}
