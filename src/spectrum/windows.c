// src/spectrum/windows.c: pieces of a spectrum between ranges, and the flat level they
// share.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/windows.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum {
    WINDOW_COUNTS =
        50, // aimed at: enough to see an excess of half, few enough to be narrow
    WINDOWS_LEAST = 10,
    WINDOWS_MOST = 2000,
    CHOICES_MOST = 20, // two may follow each other for ever, each about as good
    STEPS_MOST = 50
};

// Bins [begin, end) that no range comes near.
typedef struct {
    size_t begin, end;
} gap;

typedef struct {
    gap *list;
    size_t n;
} gaps;

static double edge(const ia_spectrum *s, size_t bin)
{
    return s->m_min + (double)bin * s->bin;
}

static double lever(const ia_spectrum *s, size_t begin, size_t end)
{
    return 2 * (sqrt(edge(s, end)) - sqrt(edge(s, begin)));
}

static double count(const ia_spectrum *s, size_t begin, size_t end)
{
    uint64_t n = 0;
    for (size_t i = begin; i < end; i++)
        n += s->counts[i];
    return (double)n;
}

double ia_bins_count(const ia_spectrum *s, double lo, double hi)
{
    double first = fmax(0, round((lo - s->m_min) / s->bin));
    double last = fmin((double)s->n_bins, round((hi - s->m_min) / s->bin));

    return last > first ? count(s, (size_t)first, (size_t)last) : 0;
}

// Bin edge at or above m / at or below m, kept within the spectrum.
static size_t bin_above(const ia_spectrum *s, double m)
{
    double x = ceil((m - s->m_min) / s->bin);
    return x <= 0 ? 0 : x >= (double)s->n_bins ? s->n_bins : (size_t)x;
}

static size_t bin_below(const ia_spectrum *s, double m)
{
    double x = floor((m - s->m_min) / s->bin);
    return x <= 0 ? 0 : x >= (double)s->n_bins ? s->n_bins : (size_t)x;
}

// Bins in which background is looked for: not those at either end of the ions, and none
// beyond [m_lo, m_hi).
static gap span_of(const ia_spectrum *s, double m_lo, double m_hi)
{
    gap span = {0, s->n_bins};

    while (span.begin < span.end && s->counts[span.begin] == 0)
        span.begin++;
    while (span.begin < span.end && s->counts[span.end - 1] == 0)
        span.end--;
    if (span.end - span.begin < 3)
        return (gap){0, 0};
    size_t lowest = bin_above(s, m_lo), highest = bin_below(s, m_hi);
    span.begin = lowest > span.begin + 1 ? lowest : span.begin + 1;
    span.end = highest < span.end - 1 ? highest : span.end - 1;
    return span;
}

static int by_lo(const void *a, const void *b)
{
    double x = ((const ia_stretch *)a)->lo, y = ((const ia_stretch *)b)->lo;
    return (x > y) - (x < y);
}

static ia_status find_gaps(ia_ctx *ctx, const ia_spectrum *s, ia_stretches *clear,
                           gaps *out)
{
    gap span = span_of(s, clear->m_lo, clear->m_hi);
    size_t begin = span.begin;

    if (!(out->list = ia_array(ctx, clear->n + 1, sizeof *out->list)))
        return IA_ERR_MEMORY;
    if (clear->n > 0)
        qsort(clear->list, clear->n, sizeof *clear->list, by_lo);
    for (size_t r = 0; r <= clear->n; r++) {
        size_t end = r < clear->n ? bin_below(s, clear->list[r].lo) : span.end;
        if (end > span.end)
            end = span.end;
        if (end > begin)
            out->list[out->n++] = (gap){begin, end};
        size_t next = r < clear->n ? bin_above(s, clear->list[r].hi) : end;
        begin = next > begin ? next : begin;
    }
    return IA_OK;
}

// Cut a gap into n windows equal in sqrt(m) as far as whole bins allow.
static void cut_gap(const ia_spectrum *s, gap g, size_t n, ia_windows *out)
{
    double root = sqrt(edge(s, g.begin));
    double step = 0.5 * lever(s, g.begin, g.end) / (double)n;
    size_t begin = g.begin;

    for (size_t i = 1; i <= n; i++) {
        double m = (root + (double)i * step) * (root + (double)i * step);
        size_t end = i < n ? bin_below(s, m + 0.5 * s->bin) : g.end;
        if (end > g.end)
            end = g.end;
        if (end <= begin)
            continue;
        out->list[out->n++] = (ia_window){.lo = edge(s, begin),
                                          .hi = edge(s, end),
                                          .lever = lever(s, begin, end),
                                          .count = count(s, begin, end)};
        begin = end;
    }
}

ia_status ia_windows_between(ia_ctx *ctx, const ia_spectrum *spectrum,
                             ia_stretches *clear, size_t most, ia_windows *out)
{
    gaps found = {0};
    ia_windows windows = {.a = NAN, .spread = 1};
    double all_counts = 0, all_levers = 0;
    ia_status st = find_gaps(ctx, spectrum, clear, &found);

    if (st != IA_OK)
        goto done;
    for (size_t i = 0; i < found.n; i++) {
        all_counts += count(spectrum, found.list[i].begin, found.list[i].end);
        all_levers += lever(spectrum, found.list[i].begin, found.list[i].end);
    }
    double aim = fmin((double)most, fmax(WINDOWS_LEAST, all_counts / WINDOW_COUNTS));
    windows.list = ia_array(ctx, (size_t)aim + 2 * found.n + 1, sizeof *windows.list);
    if (!windows.list) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < found.n; i++) {
        double share =
            lever(spectrum, found.list[i].begin, found.list[i].end) / all_levers;
        cut_gap(spectrum, found.list[i], (size_t)fmax(1, round(aim * share)), &windows);
    }
    *out = windows;
    windows.list = NULL; // the caller's now
done:
    free(windows.list);
    free(found.list);
    return st;
}

ia_status ia_windows_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_ranger *ranger, double margin, ia_windows *out)
{
    size_t n = ranger ? ranger->n : 0;
    ia_stretches clear = {.n = n, .m_lo = 0, .m_hi = INFINITY};
    ia_status st = IA_ERR_MEMORY;

    if (!(clear.list = ia_array(ctx, n, sizeof *clear.list)))
        return st;
    for (size_t r = 0; r < n; r++)
        clear.list[r] = (ia_stretch){ranger->lo[r] - margin, ranger->hi[r] + margin};
    if (n > 0) {
        clear.m_lo = 0.5 * ranger->lo[0];
        clear.m_hi = 2 * ranger->hi[n - 1];
    }
    st = ia_windows_between(ctx, spectrum, &clear, WINDOWS_MOST, out);
    free(clear.list);
    return st;
}

void ia_windows_clear(ia_windows *windows)
{
    free(windows->list);
    *windows = (ia_windows){0};
}

// P(Gamma(shape) <= x), or > x. Far out GSL's series are long and end the program when
// they do not converge; there the cube root of the variate is normal (Wilson and Hilferty
// 1931).
static double gamma_tail(double x, double shape, bool above)
{
    const double far_out = 1e4;
    if (shape <= 0)
        return above ? 0 : 1;
    if (shape < far_out)
        return above ? gsl_cdf_gamma_Q(x, shape, 1) : gsl_cdf_gamma_P(x, shape, 1);
    double z = 3 * sqrt(shape) * (cbrt(x / shape) - 1 + 1 / (9 * shape));
    return above ? gsl_cdf_ugaussian_Q(z) : gsl_cdf_ugaussian_P(z);
}

static double gamma_below(double x, double shape)
{
    return gamma_tail(x, shape, false);
}

double ia_count_upper_tail(double n, double mean, double spread)
{
    return gamma_below(mean / spread, n / spread);
}

double ia_count_lower_tail(double n, double mean, double spread)
{
    return gamma_tail(mean / spread, n / spread, true);
}

// Largest whole count with an upper tail of at least p_limit; looked for from `guess`
// outwards.
static double most_of(double mean, double spread, double p_limit, double guess)
{
    double kept = guess, out = guess, step = 1;

    while (kept > 0 && ia_count_upper_tail(kept, mean, spread) < p_limit) {
        out = kept;
        kept = fmax(0, kept - step);
        step *= 2;
    }
    if (out == kept) // nothing was too much yet
        for (out++; ia_count_upper_tail(out, mean, spread) >= p_limit; step *= 2) {
            kept = out;
            out += step;
        }
    while (out - kept > 1) {
        double middle = floor(0.5 * (kept + out));
        if (middle <= kept || middle >= out) // counts beyond 2^53 have no neighbours
            break;
        if (ia_count_upper_tail(middle, mean, spread) >= p_limit)
            kept = middle;
        else
            out = middle;
    }
    return kept;
}

// Mean and variance of a count that is known to be at most `most`: of a Poisson variate N
// cut there, E[N] = mean F(most - 1) / F(most) and E[N (N - 1)] = mean^2 F(most - 2) /
// F(most). The count is taken as spread x N; its variance is given for spread 1.
static void expect(ia_window *w, double spread)
{
    double mean = w->mean / spread, most = w->most / spread;

    if (most == INFINITY) { // nothing was taken away
        w->expected = w->variance = w->mean;
        return;
    }
    double below = 1 - gamma_below(mean, most + 1);
    double one = most < 1 ? 0 : (1 - gamma_below(mean, most)) / below;
    double two = most < 2 ? 0 : (1 - gamma_below(mean, most - 1)) / below;

    w->expected = spread * mean * one;
    w->variance = spread * (mean * mean * (two - one * one) + mean * one);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Level to begin with: the median over windows, which half of them can spoil no further;
// where ions are so few that most windows are empty, that at which so many are, for the
// mean would be that of peaks.
static double first_level(const ia_windows *windows)
{
    double levels[WINDOWS_MOST], empty = 0, levers = 0;
    size_t step = windows->n / WINDOWS_MOST + 1, n = 0;

    for (size_t i = 0; i < windows->n; i++) {
        empty += windows->list[i].count <= 0;
        levers += windows->list[i].lever;
        if (i % step == 0)
            levels[n++] = windows->list[i].count / windows->list[i].lever;
    }
    qsort(levels, n, sizeof *levels, by_value);
    if (levels[n / 2] > 0)
        return levels[n / 2];
    return (double)windows->n * log((double)windows->n / empty) / levers;
}

// The windows between which ions arrive at all: from either end those with improbably few
// are taken off, for there the detection window is closed.
static gap open_windows(const ia_windows *windows, double p_limit)
{
    gap open = {0, windows->n};
    const ia_window *w = windows->list;

    while (open.begin < open.end &&
           1 - ia_count_upper_tail(w[open.begin].count + 1, w[open.begin].mean,
                                   windows->spread) <
               p_limit)
        open.begin++;
    while (open.begin < open.end &&
           1 - ia_count_upper_tail(w[open.end - 1].count + 1, w[open.end - 1].mean,
                                   windows->spread) <
               p_limit)
        open.end--;
    // Nowhere: then the level is wrong, not the window closed.
    return open.begin < open.end ? open : (gap){0, windows->n};
}

// Variance / mean about the level as the windows below it have it: peaks and tails can
// only add ions, so that these show how far the background itself is from Poisson.
static double spread_below(const ia_windows *windows, gap open)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = open.begin; i < open.end; i++) {
        double mean = windows->list[i].mean;
        double lack = mean - windows->list[i].count;
        if (lack > 0) {
            sum += lack * lack / mean;
            n++;
        }
    }
    return n >= WINDOWS_LEAST ? fmax(1, sum / (double)n) : 1;
}

bool ia_windows_choose(ia_windows *windows, double p_limit)
{
    gap open = open_windows(windows, p_limit);
    bool same = true;

    windows->spread = spread_below(windows, open);
    for (size_t i = 0; i < windows->n; i++) {
        ia_window *w = &windows->list[i];
        double most = most_of(w->mean, windows->spread, p_limit, w->most);
        bool passes = i >= open.begin && i < open.end && w->count <= most && !w->held;
        same = same && passes == w->used && most == w->most;
        w->used = passes;
        w->most = most;
    }
    return same;
}

void ia_windows_choose_mildly(ia_windows *windows, double p_limit)
{
    gap open = open_windows(windows, p_limit);

    // Means that are too high by far everywhere say nothing of where it is closed.
    if (2 * (open.end - open.begin) < windows->n)
        open = (gap){0, windows->n};
    windows->spread = spread_below(windows, open);
    for (size_t i = 0; i < windows->n; i++) {
        ia_window *w = &windows->list[i];
        bool full = w->count > w->mean &&
                    ia_count_upper_tail(w->count, w->mean, windows->spread) < p_limit;
        w->used = i >= open.begin && i < open.end && !full && !w->held;
        w->most = INFINITY;
    }
}

void ia_windows_expect(ia_windows *windows)
{
    for (size_t i = 0; i < windows->n; i++)
        expect(&windows->list[i], windows->spread);
}

static void set_level(ia_windows *windows, double a)
{
    windows->a = a;
    for (size_t i = 0; i < windows->n; i++)
        windows->list[i].mean = a * windows->list[i].lever;
}

// Level at which those that pass hold as many ions as they should, for the choice as it
// is, by Newton's method in ln a: the derivative of a cut count's mean is its variance.
static void refit(ia_windows *windows)
{
    for (int step = 0; step < STEPS_MOST; step++) {
        double counts = 0, expected = 0, slope = 0, before = windows->a;
        ia_windows_expect(windows);
        for (size_t i = 0; i < windows->n; i++) {
            const ia_window *w = &windows->list[i];
            counts += w->used ? w->count : 0;
            expected += w->used ? w->expected : 0;
            slope += w->used ? w->variance : 0;
        }
        if (counts == 0 || slope <= 0)
            set_level(windows, 0);
        else
            set_level(windows,
                      before * exp(fmax(-1, fmin(1, (counts - expected) / slope))));
        if (fabs(windows->a - before) <= 1e-9 * before)
            return;
    }
}

void ia_windows_fit(ia_windows *windows, double p_limit)
{
    if (windows->n == 0)
        return;
    set_level(windows, first_level(windows));
    for (int round = 0; round < CHOICES_MOST; round++) {
        if (ia_windows_choose(windows, p_limit))
            break;
        refit(windows);
    }
}
