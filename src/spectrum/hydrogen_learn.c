// src/spectrum/hydrogen_learn.c: where H+ is seen, and how wide it is there.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_internal.h"

#include <math.h>

static const double OFF = 0.05;        // Da, as far as H+ is looked for from its place
static const double SCALE_MOST = 0.15; // Da, as far as the mass scale may lead from it
static const double AROUND = 0.03;     // Da, beyond the outermost places, fitted as well
static const double RATIO_LEAST = 0.05, RATIO_MOST = 4; // of widths over their law
// Deviance by which a peak is better than none: chance reaches 30 at one place and width
// once in 10^7, and some hundred are tried.
static const double CLEAR = 30;
enum { FEW_IONS = 100, LEAST_IONS = 10 }; // of H+ that tell no width; and no place

typedef struct {
    const ia_light_lines *lines;
    double lo, hi; // Da, outermost places
    double place;  // Da
    double ratio;  // of the width over the law of widths
} h_fit;

static double width_of(const h_fit *f)
{
    return f->ratio * ia_peak_width(&f->lines->shape->widths, f->place);
}

static void fitted_bins(const h_fit *f, size_t *first, size_t *last)
{
    ia_light_bins(f->lines, f->lo - AROUND, f->hi + AROUND, first, last);
}

static double deviance_of(double n, double mu)
{
    return 2 * (mu - n + (n > 0 ? n * log(n / mu) : 0));
}

// Deviance of the bins about H+ from a peak of that place and width on a flat level.
static double misfit(const h_fit *f)
{
    const ia_spectrum *s = f->lines->counts.spectrum;
    ia_light_band side = ia_light_side_bands(f->lines, f->place);
    double level = side.length > 0 ? side.counts / side.length : 0, total = 0, sum = 0;
    const ia_light_line line = {f->place, width_of(f)};
    size_t first, last;

    fitted_bins(f, &first, &last);
    for (size_t i = first; i < last; i++)
        total += (double)s->counts[i] - level * s->bin;
    for (size_t i = first; i < last; i++) {
        double lo = s->m_min + (double)i * s->bin;
        double mu = level * s->bin + 0.01 +
                    fmax(0, total) * ia_light_share(f->lines, &line, lo, lo + s->bin);
        sum += deviance_of((double)s->counts[i], mu);
    }
    return sum;
}

// The same where all that is there lies as flat as can be.
static double misfit_without(const h_fit *f)
{
    const ia_spectrum *s = f->lines->counts.spectrum;
    double total = 0, sum = 0;
    size_t first, last;

    fitted_bins(f, &first, &last);
    for (size_t i = first; i < last; i++)
        total += (double)s->counts[i];
    for (size_t i = first; i < last; i++)
        sum += deviance_of((double)s->counts[i], total / (double)(last - first) + 0.01);
    return sum;
}

// The place about which a window of two widths holds the most ions. Further off than a
// width the deviance of a narrow peak is flat and leads nowhere.
static double densest_place(h_fit *f)
{
    double step, best = 0, most = -1;

    for (f->place = f->lo; f->place <= f->hi; f->place += step) {
        double width = width_of(f);
        double n =
            ia_counts_between(&f->lines->counts, f->place - width, f->place + width);
        if (n > most) {
            most = n;
            best = f->place;
        }
        step = fmax(0.25 * width, 0.5 * f->lines->counts.spectrum->bin);
    }
    return best;
}

static double by_place(void *user, double place)
{
    h_fit f = *(const h_fit *)user;
    f.place = place;
    return misfit(&f);
}

static double by_ratio(void *user, double log_ratio)
{
    h_fit f = *(const h_fit *)user;
    f.ratio = exp(log_ratio);
    return misfit(&f);
}

// The best of the densest places for widths each two fifths wider than the one before.
static void begin_fit(h_fit *f)
{
    h_fit best = *f;
    double least = INFINITY;

    for (f->ratio = RATIO_LEAST; f->ratio <= RATIO_MOST; f->ratio *= 1.4) {
        f->place = densest_place(f);
        double d = misfit(f);
        if (d < least) {
            least = d;
            best = *f;
        }
    }
    *f = best;
}

static void refine_fit(h_fit *f)
{
    for (int round = 0; round < 4; round++) {
        double reach = fmax(1.5 * width_of(f), f->lines->counts.spectrum->bin);
        f->place = ia_light_lowest(by_place, f, fmax(f->lo, f->place - reach),
                                   fmin(f->hi, f->place + reach));
        double lo = fmax(RATIO_LEAST, 0.5 * f->ratio);
        double hi = fmin(RATIO_MOST, 2 * f->ratio);
        f->ratio = exp(ia_light_lowest(by_ratio, f, log(lo), log(hi)));
    }
}

// Ions of the peak above the level beside it.
static double net_counts(const h_fit *f)
{
    const double before = 3, behind = 6; // widths
    ia_light_band side = ia_light_side_bands(f->lines, f->place);
    double width = width_of(f), bin = f->lines->counts.spectrum->bin;
    double lo = f->place - fmax(before * width, bin);
    double hi = f->place + fmax(behind * width, bin);
    double level = side.length > 0 ? side.counts / side.length : 0;
    return ia_counts_between(&f->lines->counts, lo, hi) - level * (hi - lo);
}

void ia_light_learn(ia_light_lines *lines, const ia_mass_scale *scale)
{
    double h = ia_light_mass(1, 0), by_scale = scale->offset + scale->slope * h;
    double led = fmin(fmax(by_scale, -SCALE_MOST), SCALE_MOST);
    h_fit f = {lines, h + fmin(0, led) - OFF, h + fmax(0, led) + OFF, h, 1};

    lines->far_shift = scale->offset + scale->slope * ia_light_far_mass;
    lines->h_shift = by_scale;
    lines->sigma_h_shift = 0.03; // as far as H+ is seen from its place elsewhere, Da
    lines->width_ratio = 1;
    lines->h_width = NAN;
    if (ia_counts_between(&lines->counts, f.lo - AROUND, f.hi + AROUND) < LEAST_IONS)
        return;
    begin_fit(&f);
    refine_fit(&f);
    double net = net_counts(&f);
    if (net < LEAST_IONS || misfit_without(&f) - misfit(&f) < CLEAR)
        return;
    lines->h_shift = f.place - h;
    if (net < FEW_IONS)
        return;
    lines->width_ratio = f.ratio;
    lines->h_width = width_of(&f);
    // The shape is another's: its place is known to a tenth of a width, and no better
    // than a bin that holds the whole peak.
    double width = ia_light_width(lines, h), bin = lines->counts.spectrum->bin;
    lines->sigma_h_shift =
        hypot(hypot(0.75 / sqrt(net), 0.1) * width, width < bin ? 0.29 * bin : 0);
}
