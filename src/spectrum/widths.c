// src/spectrum/widths.c: how wide peaks are, learnt from the strongest ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/counts.h"

#include <math.h>
#include <stdlib.h>

enum {
    PEAKS_MOST = 40, // learnt from
    IONS_LEAST = 30, // in a peak that is learnt from
    ROUNDS = 6,
};
static const double REACH = 0.24; // Da: isotopes of charge 4 are 0.25 apart

static const double NARROW = 0.4; // of that reach: evenly spread ions fill all of it

// One strong peak: where, how many ions, half-content width.
typedef struct {
    double mass, n, width;
} sample;

typedef struct {
    sample list[PEAKS_MOST];
    size_t n;
} samples;

static double reach_at(double mass)
{
    return fmax(REACH, 0.004 * mass);
}

// Shortest interval inside [lo, hi) that holds half of its ions.
static sample shortest_half(const ia_counts *c, double lo, double hi)
{
    const ia_spectrum *s = c->spectrum;
    double floor_n = ia_counts_flat(c, lo, hi);
    double n = ia_counts_between(c, lo, hi);
    double half = 0.5 * (n - floor_n) + 0.25 * floor_n;
    sample best = {.n = n - floor_n, .width = INFINITY};
    size_t begin = (size_t)fmax(0, floor((lo - s->m_min) / s->bin));
    double last_bin = fmax(0, ceil((hi - s->m_min) / s->bin));
    size_t stop = (size_t)fmin((double)s->n_bins, last_bin);
    size_t j = begin;

    for (size_t i = begin; i < stop; i++) {
        while (j < stop && c->sum[j + 1] - c->sum[i] < half)
            j++;
        if (j >= stop)
            break;
        double last = c->sum[j + 1] - c->sum[j];
        double part = last > 0 ? (half - (c->sum[j] - c->sum[i])) / last : 1;
        double width = ((double)(j - i) + part) * s->bin;
        if (width < best.width) {
            best.width = width;
            best.mass = s->m_min + (double)i * s->bin + 0.5 * width;
        }
    }
    return best;
}

static sample measure(const ia_counts *c, double mass)
{
    sample s = {.mass = mass, .width = INFINITY};
    double reach = reach_at(mass);

    for (int round = 0; round < ROUNDS; round++) {
        s = shortest_half(c, mass - reach, mass + reach);
        if (!(s.width < INFINITY))
            break;
        mass = s.mass;
        reach = fmin(reach_at(mass), fmax(2.5 * s.width, 2 * c->spectrum->bin));
    }
    return s;
}

// Insert by falling n, the weakest falls off the end.
static void keep(samples *all, sample s)
{
    size_t at = all->n < PEAKS_MOST ? all->n++ : PEAKS_MOST;

    while (at > 0 && all->list[at - 1].n < s.n) {
        if (at < PEAKS_MOST)
            all->list[at] = all->list[at - 1];
        at--;
    }
    if (at < PEAKS_MOST)
        all->list[at] = s;
}

// Fullest place of each stretch that no neighbouring stretch exceeds.
static samples find_samples(const ia_counts *c)
{
    samples all = {.n = 0};
    double end = ia_counts_end(c), mass = c->spectrum->m_min;
    double before = 0;

    while (mass < end) {
        double step =
            fmax(0.5 * REACH * fmin(1, sqrt(fmax(mass, 0.01) / 28)), c->spectrum->bin);
        double n = ia_counts_between(c, mass, mass + step);
        double after = ia_counts_between(c, mass + step, mass + 2 * step);
        if (n >= before && n > after && n >= 0.5 * IONS_LEAST &&
            n > 3 * ia_counts_flat(c, mass, mass + step)) {
            sample s = measure(c, mass + 0.5 * step);
            if (s.n >= IONS_LEAST && s.width < NARROW * reach_at(s.mass) && s.mass > 0.5)
                keep(&all, s);
        }
        before = n;
        mass += step;
    }
    return all;
}

// Weight of a sample given its misfit: a peak wider than the rest is two peaks.
static double weight_of(const sample *s, double off)
{
    double weight = fmin(1, s->n / 1000);

    if (off > 0.25)
        weight *= 0.05;
    else if (off < -0.4)
        weight *= 0.3;
    return weight;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Straight line through log width against log mass; its slope is held near a half.
static void fit_widths(const samples *all, ia_peak_widths *out)
{
    const double usual = 0.5, hold = 1; // slope, and the weight of that belief
    double reduced[PEAKS_MOST];

    for (size_t i = 0; i < all->n; i++)
        reduced[i] = log(all->list[i].width) - usual * log(all->list[i].mass / 28);
    qsort(reduced, all->n, sizeof *reduced, by_value);
    double level = reduced[all->n / 2], slope = usual;
    for (int round = 0; round < ROUNDS; round++) {
        double s0 = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        for (size_t i = 0; i < all->n; i++) {
            double x = log(all->list[i].mass / 28), y = log(all->list[i].width);
            double w = weight_of(&all->list[i], y - level - slope * x);
            s0 += w;
            sx += w * x;
            sy += w * y;
            sxx += w * x * x;
            sxy += w * x * y;
        }
        double mean_x = sx / s0, mean_y = sy / s0;
        slope = (sxy - s0 * mean_x * mean_y + hold * usual) /
                (sxx - s0 * mean_x * mean_x + hold);
        slope = fmin(1.1, fmax(0.3, slope));
        level = mean_y - slope * mean_x;
    }
    out->width = exp(level);
    out->power = slope;
}

// A peak of which one bin holds half tells of the bin: it is left out where others tell
// of themselves, over a span of masses that makes the power known.
static void drop_binned(samples *all, double bin)
{
    const size_t enough = 3;
    const double span = 3; // largest mass over the least
    double least = INFINITY, most = 0;
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        if (all->list[i].width <= bin)
            continue;
        least = fmin(least, all->list[i].mass);
        most = fmax(most, all->list[i].mass);
        n++;
    }
    if (n < enough || most < span * least)
        return;
    n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (all->list[i].width > bin)
            all->list[n++] = all->list[i];
    all->n = n;
}

ia_status ia_peak_widths_learn(ia_ctx *ctx, const ia_counts *counts, ia_peak_widths *out)
{
    samples all = find_samples(counts);
    ia_peak_widths widths = {.power = 0.5, .bin = counts->spectrum->bin};

    drop_binned(&all, counts->spectrum->bin);
    if (all.n > 0)
        fit_widths(&all, &widths);
    widths.n_used = all.n;
    ia_log(ctx, IA_LOG_DEBUG, "peak widths: %g Da at 28 Da, power %.2f, from %zu peaks",
           widths.width, widths.power, widths.n_used);
    *out = widths;
    return IA_OK;
}

double ia_peak_width(const ia_peak_widths *widths, double mass)
{
    // Half of a peak inside one bin: it is no narrower than the bin for our purposes.
    return fmax(widths->bin, widths->width * pow(fmax(mass, 0.1) / 28, widths->power));
}
