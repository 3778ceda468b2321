// src/spectrum/slices_fit.c: levels of slices, and where their time windows end in m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/slices.h"

#include <math.h>
#include <stdlib.h>

// The end of a window is believed when the likelihood gains this much by it, in natural
// units: less than once in 20,000 by chance at one place, and a hundred are tried.
static const double GAIN_LEAST = 15;

// Ions that come where a window is closed, as a share of the level: whatever else there
// is.
static const double LEAK = 2e-3;

enum { COARSE = 120, COARSE_ALONE = 30, GOLDEN = 20, NEAR = 10 };

typedef struct {
    ia_sliced *sliced;
    const ia_windows *windows;
    bool upper; // the end that is looked for
} closing;

static bool is_clean(const ia_window *w)
{
    return !w->held && w->count <= w->most;
}

// Logarithm of the likelihood of a slice's counts by its level, which is set.
static double fit_slice(const closing *c, size_t s, ia_slice *slice)
{
    const double *counts = &c->sliced->counts[s * c->sliced->n_windows];
    double n = 0, lever = 0, sum = 0;

    for (size_t w = 0; w < c->windows->n; w++) {
        const ia_window *v = &c->windows->list[w];
        if (!is_clean(v))
            continue;
        double open = ia_slice_lever(slice, v->lo, v->hi);
        double share = (1 - LEAK) * open + LEAK * v->lever;
        n += counts[w];
        lever += share;
        sum += counts[w] > 0 ? counts[w] * log(share) : 0;
    }
    slice->level = lever > 0 ? n / lever : 0;
    return n > 0 ? sum + n * log(n / lever) - n : 0;
}

static void set_end(const closing *c, ia_slice *slice, double from, double to)
{
    double *end = c->upper ? slice->hi : slice->lo;
    end[0] = from;
    end[1] = to;
}

static void open_end(const closing *c, ia_slice *slice)
{
    set_end(c, slice, c->upper ? INFINITY : 0, c->upper ? INFINITY : 0);
}

// What is tried: an end at x for one slice, or at x times the voltage for all, since m/n
// of a time of flight is in proportion to the voltage.
typedef struct {
    const closing *closing;
    size_t first, last;
    bool by_voltage;
} attempt;

static double score_at(const attempt *a, double x)
{
    ia_slices *slices = &a->closing->sliced->slices;
    double sum = 0;

    for (size_t s = a->first; s < a->last; s++) {
        ia_slice *slice = &slices->list[s];
        if (a->by_voltage)
            set_end(a->closing, slice, x * slice->from, x * slice->to);
        else
            set_end(a->closing, slice, x, x);
        sum += fit_slice(a->closing, s, slice);
    }
    return sum;
}

// Best place in [lo, hi]: a coarse look, then the golden section.
static double search(const attempt *a, double lo, double hi, double *best)
{
    const double golden = 0.6180339887498949;
    int steps = a->by_voltage ? COARSE : COARSE_ALONE;
    double ratio = pow(hi / lo, 1.0 / steps), at = lo;

    *best = -INFINITY;
    for (int i = 0; i <= steps; i++) {
        double x = lo * pow(ratio, i), score = score_at(a, x);
        if (score > *best) {
            *best = score;
            at = x;
        }
    }
    double left = at / ratio, right = at * ratio;
    for (int i = 0; i < GOLDEN; i++) {
        double x = right - golden * (right - left), y = left + golden * (right - left);
        if (score_at(a, x) > score_at(a, y))
            right = y;
        else
            left = x;
    }
    *best = fmax(*best, score_at(a, 0.5 * (left + right)));
    return 0.5 * (left + right);
}

static void close_some(const closing *c, size_t first, size_t last, bool by_voltage)
{
    ia_slices *slices = &c->sliced->slices;
    const ia_windows *w = c->windows;
    attempt a = {c, first, last, by_voltage};
    double open = 0, best = 0;
    double lo = fmax(w->list[0].lo, 0.01), hi = w->list[w->n - 1].hi;

    for (size_t s = first; s < last; s++) {
        open_end(c, &slices->list[s]);
        open += fit_slice(c, s, &slices->list[s]);
    }
    if (by_voltage) {
        lo /= slices->list[slices->n - 1].to;
        hi /= slices->list[0].from;
    }
    if (!(lo > 0) || !(hi > lo))
        return;
    double at = search(&a, lo, hi, &best);
    if (best - open >= GAIN_LEAST)
        score_at(&a, at);
    else
        for (size_t s = first; s < last; s++) {
            open_end(c, &slices->list[s]);
            fit_slice(c, s, &slices->list[s]);
        }
}

// Within a slice cut by z the end moves as it does from one slice to the next.
static void smooth_ends(ia_slices *slices, bool upper)
{
    double middle[IA_SLICES_MOST];

    for (size_t s = 0; s < slices->n; s++)
        middle[s] = upper ? slices->list[s].hi[0] : slices->list[s].lo[0];
    for (size_t s = 0; s < slices->n; s++) {
        double before = middle[s > 0 ? s - 1 : s];
        double after = middle[s + 1 < slices->n ? s + 1 : s];
        double *end = upper ? slices->list[s].hi : slices->list[s].lo;
        if (!isfinite(before + middle[s] + after) || before * middle[s] * after == 0)
            continue;
        end[0] = 0.5 * (middle[s] + fmin(before, after));
        end[1] = 0.5 * (middle[s] + fmax(before, after));
    }
}

void ia_sliced_fit(ia_sliced *sliced, const ia_windows *windows)
{
    ia_slices *slices = &sliced->slices;

    if (slices->n == 0 || windows->n == 0)
        return;
    bool by_voltage = !isnan(slices->list[0].voltage);
    for (size_t s = 0; s < slices->n; s++) {
        slices->list[s].lo[0] = slices->list[s].lo[1] = 0;
        slices->list[s].hi[0] = slices->list[s].hi[1] = INFINITY;
    }
    for (int k = 0; k < 2; k++) {
        closing c = {sliced, windows, k == 0};
        if (by_voltage)
            close_some(&c, 0, slices->n, true);
        for (size_t s = 0; s < slices->n && !by_voltage; s++)
            close_some(&c, s, s + 1, false);
        if (!by_voltage)
            smooth_ends(slices, c.upper);
    }
}

void ia_sliced_set_levels(ia_sliced *sliced, const ia_windows *windows)
{
    closing c = {sliced, windows, true};

    for (size_t s = 0; s < sliced->slices.n; s++)
        fit_slice(&c, s, &sliced->slices.list[s]);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void ia_windows_mark_clean(ia_windows *windows)
{
    const double deviations = 4;
    double level[2 * NEAR + 1];

    for (size_t w = 0; w < windows->n; w++) {
        size_t first = w > NEAR ? w - NEAR : 0, n = 0;
        for (size_t k = first; k < windows->n && k <= w + NEAR; k++)
            level[n++] = windows->list[k].count / windows->list[k].lever;
        qsort(level, n, sizeof *level, by_value);
        double mean = level[n / 2] * windows->list[w].lever;
        windows->list[w].most = 1.2 * mean + deviations * sqrt(mean + 1);
    }
}
