// src/spectrum/overdispersion.c: how far what is expected at a mass is off beyond
// counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/overdispersion.h"

#include <math.h>
#include <stdlib.h>

enum { SITES_LEAST = 100 }; // in a group

static const double IONS_LEAST = 25; // expected: fewer tell nothing beyond counting

typedef struct {
    double expected;
    double off; // from it, in standard deviations of counting, without sign
} site;

typedef struct {
    site *list;
    size_t n;
} sites;

// Beside a peak the expectation is that of its flanks.
static bool is_steep(const ia_counts *c, double mass, double width)
{
    const double most = 3; // times as dense
    double least = INFINITY, largest = 0;

    for (double u = -4.6; u < 4.9; u += 1.9) {
        double n = ia_counts_between(c, mass + u * width, mass + (u + 1.9) * width);
        least = fmin(least, n);
        largest = fmax(largest, n);
    }
    return largest > most * (least + 3 * sqrt(least) + 3);
}

static void gather(const ia_counts *c, const ia_peak_widths *widths, sites *out)
{
    double end = ia_counts_end(c), mass = fmax(c->spectrum->m_min, 0.2);

    while (mass < end) {
        double width = ia_peak_width(widths, mass);
        ia_site_counts s = ia_counts_at(c, mass, width);
        double variance = s.b + s.sigma * s.sigma;
        if (s.b >= IONS_LEAST && !is_steep(c, mass, width))
            out->list[out->n++] = (site){s.b, fabs(s.n - s.b) / sqrt(variance)};
        mass += (ia_window_left + ia_window_right) * width;
    }
}

static size_t count_windows(const ia_counts *c, const ia_peak_widths *widths)
{
    double end = ia_counts_end(c), mass = fmax(c->spectrum->m_min, 0.2);
    size_t n = 0;

    for (; mass < end; n++)
        mass += (ia_window_left + ia_window_right) * ia_peak_width(widths, mass);
    return n;
}

static int by_expected(const void *a, const void *b)
{
    double x = ((const site *)a)->expected, y = ((const site *)b)->expected;
    return (x > y) - (x < y);
}

static int by_off(const void *a, const void *b)
{
    double x = ((const site *)a)->off, y = ((const site *)b)->off;
    return (x > y) - (x < y);
}

// Scatter beyond counting of sites with about the same expectation: by the median of what
// they are off, which peaks among them do not move.
static double scatter_of(site *list, size_t n)
{
    const double normal = 0.6745;        // median of a normal variate without its sign
    const double sure = 3, error = 2.32; // of the square, times 1 / sqrt(n)
    double expected = list[n / 2].expected;

    qsort(list, n, sizeof *list, by_off);
    double spread = list[n / 2].off / normal, more = spread * spread - 1;
    return more > sure * error / sqrt((double)n) ? sqrt(more / expected) : 0;
}

ia_status ia_overdispersion_learn(ia_ctx *ctx, const ia_counts *counts,
                                  const ia_peak_widths *widths, ia_overdispersion *out)
{
    ia_overdispersion o = {.n = 0};
    sites all = {.n = 0};

    all.list = ia_array(ctx, count_windows(counts, widths), sizeof *all.list);
    if (!all.list)
        return IA_ERR_MEMORY;
    gather(counts, widths, &all);
    if (all.n > 0)
        qsort(all.list, all.n, sizeof *all.list, by_expected);
    size_t n_groups = all.n / SITES_LEAST;
    if (n_groups > IA_OVERDISPERSION_GROUPS)
        n_groups = IA_OVERDISPERSION_GROUPS;
    for (size_t g = 0; g < n_groups; g++) {
        size_t begin = g * all.n / n_groups, end = (g + 1) * all.n / n_groups;
        o.most[g] = all.list[end - 1].expected;
        o.sigma[g] = scatter_of(all.list + begin, end - begin);
    }
    o.n = n_groups;
    *out = o;
    free(all.list);
    return IA_OK;
}

double ia_overdispersion_at(const ia_overdispersion *o, double expected)
{
    size_t g = 0;

    if (o->n == 0 || expected < IONS_LEAST)
        return 0;
    while (g + 1 < o->n && expected > o->most[g])
        g++;
    return o->sigma[g];
}
