// src/spectrum/site.c: what is expected at a mass from its neighbourhood on both sides.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/counts.h"

#include <math.h>

// Two bands on each side of a window, in widths from the maximum, outermost first.
enum { BANDS = 4, SIDE = 2 };
static const double band_lo[BANDS] = {-4.6, -3.1, 2.2, 3.4};
static const double band_hi[BANDS] = {-3.1, -1.9, 3.4, 4.9};

typedef struct {
    double at;        // middle, widths from the maximum
    double n, length; // ions, Da
} band;

// Density of ions and its relative variance; INFINITY where the spectrum has ended.
typedef struct {
    double density, variance;
} level;

static void measure(const ia_counts *c, double mass, double width, band *bands)
{
    double begin = c->spectrum->m_min, end = ia_counts_end(c);

    for (int k = 0; k < BANDS; k++) {
        double lo = fmax(begin, mass + band_lo[k] * width);
        double hi = fmin(end, mass + band_hi[k] * width);
        bands[k] = (band){.at = 0.5 * (band_lo[k] + band_hi[k])};
        bands[k].length = fmax(0, hi - lo);
        if (bands[k].length > 0)
            bands[k].n = ia_counts_between(c, lo, hi);
    }
}

// Half an ion more keeps the logarithm finite.
static level pool(const band *bands, int n)
{
    double ions = 0.5, length = 0;

    for (int k = 0; k < n; k++) {
        ions += bands[k].n;
        length += bands[k].length;
    }
    return (level){ions / length, 1 / ions};
}

static bool is_there(const band *side, double width)
{
    double full = (band_hi[1] - band_lo[0]) * width;
    return side[0].length + side[1].length >= 0.4 * full;
}

// Do the two bands of a side have the same density, as far as counting tells?
static bool are_alike(const band *side)
{
    const double alike = 3; // standard deviations
    double both = side[0].n + side[1].n, length = side[0].length + side[1].length;
    double part = side[0].length / length, off = side[0].n - part * both;

    return part <= 0 || part >= 1 ||
           off * off <= alike * alike * (part * (1 - part) * both + 1);
}

// Straight line through the logarithms of the four densities, at the middle of the
// window; false where counting does not explain what is left.
static bool fit_line(const band *bands, double at, level *out)
{
    const double most = 9.2; // chi-squared of two degrees of freedom, once in a hundred
    double s0 = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, chi2 = 0;

    for (int k = 0; k < BANDS; k++) {
        if (bands[k].length <= 0)
            return false;
        double x = bands[k].at - at, y = log((bands[k].n + 0.5) / bands[k].length);
        double w = bands[k].n + 0.5;
        s0 += w;
        sx += w * x;
        sy += w * y;
        sxx += w * x * x;
        sxy += w * x * y;
    }
    double det = s0 * sxx - sx * sx;
    double slope = (s0 * sxy - sx * sy) / det, value = (sy - slope * sx) / s0;
    for (int k = 0; k < BANDS; k++) {
        double y = log((bands[k].n + 0.5) / bands[k].length);
        double off = y - value - slope * (bands[k].at - at);
        chi2 += off * off * (bands[k].n + 0.5);
    }
    *out = (level){exp(value), sxx / det};
    return chi2 <= most;
}

// The lowest chord between a band of one side and one of the other: a neighbour fills
// some band, and a tail that levels off lies below all of them.
static level lowest_chord(const band *bands, double at)
{
    level least = {INFINITY, 0};

    for (int i = 0; i < SIDE; i++)
        for (int k = SIDE; k < BANDS; k++) {
            if (bands[i].length <= 0 || bands[k].length <= 0)
                continue;
            level a = pool(&bands[i], 1), b = pool(&bands[k], 1);
            double share = (at - bands[i].at) / (bands[k].at - bands[i].at);
            double density = exp((1 - share) * log(a.density) + share * log(b.density));
            double variance =
                (1 - share) * (1 - share) * a.variance + share * share * b.variance;
            if (density < least.density)
                least = (level){density, variance};
        }
    return least;
}

// A tail falls about exponentially: the geometric mean of its ends is its middle.
static level between(const band *bands, double width)
{
    const double at = 0.5 * (ia_window_right - ia_window_left);
    bool left = is_there(bands, width), right = is_there(bands + SIDE, width);
    level found;

    if (!left && !right)
        return (level){0, 0};
    if (!left || !right) {
        const band *side = left ? bands : bands + SIDE;
        if (are_alike(side))
            return pool(side, SIDE);
        level a = pool(side, 1), b = pool(side + 1, 1);
        return a.density < b.density ? a : b;
    }
    if (are_alike(bands) && are_alike(bands + SIDE)) {
        level a = pool(bands, SIDE), b = pool(bands + SIDE, SIDE);
        return (level){sqrt(a.density * b.density), 0.25 * (a.variance + b.variance)};
    }
    return fit_line(bands, at, &found) ? found : lowest_chord(bands, at);
}

ia_site_counts ia_counts_at(const ia_counts *c, double mass, double width)
{
    ia_site_counts s = {.lo = mass - ia_window_left * width,
                        .hi = mass + ia_window_right * width};
    band bands[BANDS];

    measure(c, mass, width, bands);
    level beside = between(bands, width);
    double flat = ia_counts_flat(c, s.lo, s.hi);
    double local = beside.density * (s.hi - s.lo);
    double sigma = local * sqrt(beside.variance);
    const double surely = 0.5; // standard deviations; else the flat level is known better

    s.n = ia_counts_between(c, s.lo, s.hi);
    if (local > flat + surely * sigma || flat <= 0) {
        s.b = local;
        s.sigma = sigma;
        s.local = local - flat;
    } else {
        s.b = flat;
        s.sigma = flat * c->doubt;
    }
    return s;
}
