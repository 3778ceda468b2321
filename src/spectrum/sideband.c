// src/spectrum/sideband.c: a background that is a straight line between places beside
// ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/sideband.h"

#include <math.h>
#include <stdlib.h>

static const double WIDTH_LEAST = 0.05; // of a band, Da

// Density of a band; of its emptier half where the halves surely differ. Half an ion more
// in the variance: none seen is no certainty.
static ia_knot measure(const ia_spectrum *s, double lo, double hi)
{
    const double alike = 3; // standard deviations
    double middle = 0.5 * (lo + hi);
    double a = ia_bins_count(s, lo, middle), b = ia_bins_count(s, middle, hi);

    if (fabs(a - b) > alike * sqrt(a + b + 1)) {
        if (a < b)
            hi = middle;
        else
            lo = middle;
    }
    // Bins are whole: the band is what they cover.
    double length = s->bin * fmax(1, round((hi - lo) / s->bin));
    double n = ia_bins_count(s, lo, hi);
    return (ia_knot){.mass = 0.5 * (lo + hi),
                     .density = n / length,
                     .variance = (n + 0.5) / (length * length)};
}

// Windows of background between two bands: what the line does far from all ranges.
static void put_windows(const ia_windows *windows, double lo, double hi, ia_knots *out)
{
    for (size_t w = 0; w < windows->n; w++) {
        const ia_window *v = &windows->list[w];
        double length = v->hi - v->lo;
        if (v->used && v->lo >= lo && v->hi <= hi)
            out->list[out->n++] =
                (ia_knot){.mass = 0.5 * (v->lo + v->hi),
                          .density = v->count / length,
                          .variance = (v->count + 0.5) / (length * length)};
    }
}

// Between two ranges. `width`: of these, 0 where there is none.
typedef struct {
    double lo, hi, width[2];
} gap;

// Bands in a gap: one behind the first range, one before the second, or one for both
// where the gap is short.
static void put_bands(const ia_spectrum *s, gap g, double margin,
                      const ia_windows *windows, ia_knots *out)
{
    double keep = fmin(margin, 0.25 * (g.hi - g.lo));
    bool before = g.width[0] > 0, behind = g.width[1] > 0;
    double left = fmax(WIDTH_LEAST, g.width[0]), right = fmax(WIDTH_LEAST, g.width[1]);
    double lo = g.lo + (before ? keep : 0), hi = g.hi - (behind ? keep : 0);

    if (hi - lo < 2 * s->bin)
        return;
    if (before && behind && left + right >= hi - lo) {
        out->list[out->n++] = measure(s, lo, hi);
        return;
    }
    if (before)
        out->list[out->n++] = measure(s, lo, fmin(hi, lo + left));
    put_windows(windows, lo + (before ? left : 0), hi - (behind ? right : 0), out);
    if (behind)
        out->list[out->n++] = measure(s, fmax(lo, hi - right), hi);
}

static void put_beside_ranges(const ia_spectrum *s, const ia_ranger *r, double margin,
                              const ia_windows *windows, ia_knots *out)
{
    double end = s->m_min + (double)s->n_bins * s->bin;

    for (size_t i = 0; i <= r->n; i++) {
        double lo = i > 0 ? r->hi[i - 1] : s->m_min;
        double hi = i < r->n ? r->lo[i] : end;
        gap g = {fmax(lo, s->m_min),
                 fmin(hi, end),
                 {i > 0 ? r->hi[i - 1] - r->lo[i - 1] : 0,
                  i < r->n ? r->hi[i] - r->lo[i] : 0}};
        if (hi > lo && lo < end && hi > s->m_min)
            put_bands(s, g, margin, windows, out);
    }
}

ia_status ia_knots_build(ia_ctx *ctx, const ia_spectrum *spectrum,
                         const ia_ranger *ranger, double margin,
                         const ia_windows *windows, ia_knots *out)
{
    size_t n_ranges = ranger ? ranger->n : 0;
    ia_knots knots = {.n = 0};

    knots.list = ia_array(ctx, 2 * n_ranges + 2 + windows->n, sizeof *knots.list);
    if (!knots.list)
        return IA_ERR_MEMORY;
    if (n_ranges > 0)
        put_beside_ranges(spectrum, ranger, margin, windows, &knots);
    else
        put_windows(windows, -INFINITY, INFINITY, &knots);
    *out = knots;
    return IA_OK;
}

void ia_knots_clear(ia_knots *knots)
{
    free(knots->list);
    *knots = (ia_knots){0};
}

// Integral over [lo, hi) of the share that knot i has of the straight line on one side:
// from 0 at its neighbour to 1 at itself; 1 all the way where there is no neighbour.
static double share_towards(const ia_knots *k, size_t i, int side, double lo, double hi)
{
    double here = k->list[i].mass;
    bool ends = side < 0 ? i == 0 : i + 1 == k->n;
    double beyond = side < 0 ? -INFINITY : INFINITY;
    double there = ends ? beyond : k->list[side < 0 ? i - 1 : i + 1].mass;
    double a = fmax(lo, fmin(here, there)), b = fmin(hi, fmax(here, there));

    if (b <= a)
        return 0;
    return ends ? b - a : (b - a) * (0.5 * (a + b) - there) / (here - there);
}

double ia_knots_rise(const ia_knots *knots, double lo, double hi)
{
    size_t left = 0;

    while (left + 1 < knots->n && knots->list[left + 1].mass <= lo)
        left++;
    size_t right = left;
    while (right + 1 < knots->n && knots->list[right].mass < hi)
        right++;
    if (knots->n == 0)
        return 0;
    double rise = knots->list[right].density - knots->list[left].density;
    return fmax(0, rise) * (hi - lo);
}

double ia_knots_counts(const ia_knots *knots, double lo, double hi, double *variance)
{
    double sum = 0;

    *variance = 0;
    if (knots->n == 0)
        return NAN;
    for (size_t i = 0; i < knots->n; i++) {
        double weight =
            share_towards(knots, i, -1, lo, hi) + share_towards(knots, i, 1, lo, hi);
        sum += weight * knots->list[i].density;
        *variance += weight * weight * knots->list[i].variance;
    }
    return sum;
}
