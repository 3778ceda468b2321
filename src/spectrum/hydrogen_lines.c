// src/spectrum/hydrogen_lines.c: where the lightest ions lie, how wide they are, and how
// many stand at each nominal mass.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_internal.h"

#include <math.h>

const double ia_light_far_mass = 28;             // Da
static const double BEFORE = 3, BEHIND = 6;      // widths about a line that are fitted
static const double NEAR = 0.15, FAR_OFF = 0.45; // Da, side bands; 0.05 more behind
// A spread of times widens peaks as sqrt(m), one of energies as m: exponents in between,
// from H+ on, whose width itself is not quite sure; without H+ by the law of widths.
static const double growth = 0.75, either_way = 0.25, unsure = 1.05, unknown = 2;

double ia_light_mass(unsigned h, unsigned d)
{
    return h * ia_nuclide_of(1, 1)->mass + d * ia_nuclide_of(1, 2)->mass -
           ia_electron_mass;
}

// An error of the starting time moves peaks with sqrt(m), one of path or voltage with m:
// the two that give what is seen at H+ and at ia_light_far_mass.
static double shift_at(const ia_light_lines *lines, double mass)
{
    double far = sqrt(ia_light_far_mass);
    double b = (lines->far_shift - far * lines->h_shift) / (ia_light_far_mass - far);
    double a = lines->h_shift - b;
    return a * sqrt(mass) + b * mass;
}

double ia_light_place(const ia_light_lines *lines, double mass)
{
    return mass + shift_at(lines, mass);
}

double ia_light_width(const ia_light_lines *lines, double mass)
{
    double law = ia_peak_width(&lines->shape->widths, mass);
    double width = isfinite(lines->h_width) ? lines->h_width * pow(mass, growth) : law;
    return fmax(width, 1e-5);
}

double ia_light_width_factor(const ia_light_lines *lines, double mass)
{
    return isfinite(lines->h_width) ? unsure * pow(mass, either_way) : unknown;
}

double ia_light_share(const ia_light_lines *lines, const ia_light_line *line, double lo,
                      double hi)
{
    double at = line->place, r = line->width / ia_peak_width(&lines->shape->widths, at);
    return ia_peak_shape_share(lines->shape, at, at + (lo - at) / r, at + (hi - at) / r);
}

void ia_light_bins(const ia_light_lines *lines, double lo, double hi, size_t *first,
                   size_t *last)
{
    const ia_spectrum *s = lines->counts.spectrum;
    double n = (double)s->n_bins;
    double a = floor((lo - s->m_min) / s->bin), b = ceil((hi - s->m_min) / s->bin);

    *first = (size_t)fmin(fmax(a, 0), n);
    *last = (size_t)fmin(fmax(b, (double)*first), n);
}

ia_light_band ia_light_side_bands(const ia_light_lines *lines, double place)
{
    const ia_spectrum *s = lines->counts.spectrum;
    const double edges[2][2] = {{place - FAR_OFF, place - NEAR},
                                {place + NEAR + 0.05, place + FAR_OFF}};
    ia_light_band b = {0, 0};

    for (int side = 0; side < 2; side++) {
        double lo = fmax(edges[side][0], s->m_min);
        double hi = fmin(edges[side][1], ia_counts_end(&lines->counts));
        if (lo >= hi)
            continue;
        b.counts += ia_counts_between(&lines->counts, lo, hi);
        b.length += hi - lo;
    }
    return b;
}

double ia_light_lowest(ia_light_curve f, void *user, double lo, double hi)
{
    const double golden = 0.6180339887498949;
    double x = hi - golden * (hi - lo), y = lo + golden * (hi - lo);
    double fx = f(user, x), fy = f(user, y);

    for (int i = 0; i < 40; i++) {
        if (fx <= fy) {
            hi = y;
            y = x;
            fy = fx;
            x = hi - golden * (hi - lo);
            fx = f(user, x);
        } else {
            lo = x;
            x = y;
            fx = fy;
            y = lo + golden * (hi - lo);
            fy = f(user, y);
        }
    }
    return fx <= fy ? x : y;
}

ia_light_peak ia_light_peak_at(const ia_light_lines *lines, unsigned nominal)
{
    // Room for a deuterium in place of two hydrogens, and for the error of the scale.
    const double room_before = 0.004, room_behind = 0.006; // Da
    double place = ia_light_place(lines, ia_light_mass(nominal, 0));
    double lowest_mass = nominal > 1 ? ia_light_mass(nominal - 2, 1) : place;
    double width = lines->width_ratio * ia_peak_width(&lines->shape->widths, place);
    const ia_spectrum *s = lines->counts.spectrum;
    ia_light_band side = ia_light_side_bands(lines, place);
    size_t first, last;

    double before = nominal > 1 ? ia_light_place(lines, lowest_mass) : place;
    ia_light_bins(lines, before - fmax(BEFORE * width, room_before),
                  place + fmax(BEHIND * width, room_behind), &first, &last);
    ia_light_peak p = {.nominal = nominal,
                       .lo = s->m_min + (double)first * s->bin,
                       .hi = s->m_min + (double)last * s->bin,
                       .per_h = NAN,
                       .sigma_per_h = NAN};
    double n = ia_counts_between(&lines->counts, p.lo, p.hi);
    double part = side.length > 0 ? (p.hi - p.lo) / side.length : 0;
    p.background = part * side.counts;
    p.counts = n - p.background;
    double noise = p.background * (1 + part);
    p.sigma = sqrt(fmax(n, p.background) + part * p.background);
    p.critical = 1.645 * sqrt(noise);
    p.detectable = 2.71 + 3.29 * sqrt(noise);
    p.is_detected = p.counts > fmax(p.critical, 1);
    return p;
}
