// src/spectrum/tof_peaks.c: peaks as the tree-based recogniser sees them, and their
// features.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_peaks.h"

#include "spectrum/counts.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

int32_t ia_tof_find(const ia_tof_peaks *peaks, double mass, double reach)
{
    size_t lo = 0, hi = peaks->n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (peaks->list[mid].mass < mass)
            lo = mid + 1;
        else
            hi = mid;
    }
    double right = lo < peaks->n ? peaks->list[lo].mass - mass : INFINITY;
    double left = lo > 0 ? mass - peaks->list[lo - 1].mass : INFINITY;
    if (fmin(left, right) > reach)
        return -1;
    return (int32_t)(left < right ? lo - 1 : lo);
}

double ia_tof_background(const ia_tof_peaks *peaks, double mass)
{
    double width =
        (ia_window_left + ia_window_right) * ia_peak_width(&peaks->widths, mass);
    return peaks->flat * width / sqrt(fmax(mass, 0.5));
}

double ia_tof_limit(const ia_tof_peaks *peaks, double mass)
{
    return 8 + 5 * sqrt(ia_tof_background(peaks, mass));
}

double ia_tof_sigma(const ia_tof_peaks *peaks, double mass)
{
    return hypot(peaks->scale * sqrt(fmax(mass, 1) / 28),
                 0.1 * ia_peak_width(&peaks->widths, mass));
}

bool ia_tof_is_one(const ia_tof_peaks *peaks, const ia_tof_peak *left,
                   const ia_tof_peak *right)
{
    const double alike = 1.9, per_decade = 0.9; // widths
    double ratio = fmax(left->net, right->net) / fmax(1, fmin(left->net, right->net));
    double least =
        ia_peak_width(&peaks->widths, right->mass) * (alike + per_decade * log10(ratio));
    return right->mass - left->mass < least;
}

// A peak's intensity over the anchor's.
static float relative(const ia_tof_peaks *peaks, const ia_tof_peak *anchor, double mass,
                      double slack)
{
    double reach = ia_peak_width(&peaks->widths, mass) + slack;

    if (mass < peaks->m_lo || mass > peaks->m_hi)
        return NAN;
    int32_t p = ia_tof_find(peaks, mass, reach);
    if (p < 0)
        return (float)(-ia_tof_limit(peaks, mass) / anchor->net);
    return (float)(peaks->list[p].net / anchor->net);
}

void ia_tof_features(const ia_tof_peaks *peaks, size_t anchor, unsigned charge,
                     float out[IA_TOF_FEATURES])
{
    static const double parents[IA_TOF_PARENTS] = {1.00783, 12, 14.00307, 15.99491};
    static const double ratios[IA_TOF_RATIOS] = {1.0 / 3, 0.5, 1.5, 2, 3};
    const ia_tof_peak *a = &peaks->list[anchor];
    double neutral = a->mass * charge + charge * ia_electron_mass;
    double whole = round(neutral), spacing = 1.0 / charge;
    double sigma = ia_tof_sigma(peaks, a->mass);
    size_t n = 0;

    out[n++] = (float)charge;
    out[n++] = (float)whole;
    out[n++] = (float)(neutral - whole);
    out[n++] = (float)(charge * hypot(sigma, a->sigma));
    out[n++] = (float)(charge * ia_peak_width(&peaks->widths, a->mass));
    out[n++] = (float)log10(fmax(a->net, 1));
    out[n++] = (float)log10((a->b + 1) / fmax(a->net, 1));
    // Isotopes are a little more or less than a whole number apart.
    for (int k = IA_TOF_FIRST; k <= IA_TOF_LAST; k++)
        if (k != 0)
            out[n++] =
                relative(peaks, a, a->mass + k * spacing, 0.003 * abs(k) * spacing);
    for (int k = 0; k < IA_TOF_HALVES; k++)
        out[n++] = relative(peaks, a, a->mass + (k - 1.5) * spacing, 0.002 * spacing);
    for (int k = 0; k < IA_TOF_PARENTS; k++)
        out[n++] = relative(peaks, a, a->mass - parents[k] * spacing, 2 * sigma);
    for (unsigned z = 1; z <= IA_TOF_CHARGES; z++) {
        double mass = ia_mass_charged(neutral, z);
        out[n++] = z == charge ? 1
                               : relative(peaks, a, mass,
                                          2 * fmax(sigma, ia_tof_sigma(peaks, mass)));
    }
    for (int k = 0; k < IA_TOF_RATIOS; k++)
        out[n++] =
            relative(peaks, a, ratios[k] * a->mass, 2 * fmax(1, ratios[k]) * sigma);
}
