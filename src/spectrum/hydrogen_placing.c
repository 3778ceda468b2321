// src/spectrum/hydrogen_placing.c: how well two lines of given amounts explain a peak,
// wherever they lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_placing.h"

#include "core/simplex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHIFTS_MOST = 241, WIDTHS = 11, FEW_WIDTHS = 3, BINS_MOST = 4096 };
enum { PLACINGS_MOST = SHIFTS_MOST * WIDTHS };
static const double REACH = 3;      // of the shift, standard deviations
static const double FAR_WORSE = 14; // deviance beyond which a placing is not looked at

typedef struct {
    double z;     // shift, standard deviations of it
    double wider; // logarithm of the width over the one expected
} line_placing;

// Two lines on a flat level, the level known by its side bands, at each placing that is
// worth a look: a shift of the mass scale and a width.
struct ia_light_fit {
    size_t n;       // bins
    double *counts; // (n)
    double *line;   // (n_placings + 1, 2, n) share of each line in each bin
    double *guess;  // (n_placings + 1, 2) amounts that are best there
    line_placing at[PLACINGS_MOST + 1];
    size_t n_placings, spare; // the one that is moved about
    line_placing step, most;  // between placings; the farthest
    const ia_light_lines *lines;
    const ia_light_pair *pair;
    size_t first; // bin of the spectrum
    double bin;   // Da
    ia_light_band side;
    double expected, sigma; // of line 1, the one without deuterium; sigma < 0: free
};

static const double *line_of(const ia_light_fit *f, size_t placing, int k)
{
    return f->line + (2 * placing + (size_t)k) * f->n;
}

// A reference holds the ion without deuterium near what it leads to expect.
static double penalty_of(const ia_light_fit *f, double without)
{
    double off = f->sigma > 0 ? (without - f->expected) / f->sigma : 0;
    return off * off;
}

// Amounts of both lines on a way from `base` on: one held, or both in a fixed share.
typedef struct {
    double base[2], by[2];
} way;

// What is in hand: how far along the way, amounts of both lines there and the level, ions
// per Da.
typedef struct {
    double along, amount[2], level;
} account;

static double mean_in(const ia_light_fit *f, const account *a, size_t placing, size_t bin)
{
    const double *x = line_of(f, placing, 0), *y = line_of(f, placing, 1);
    return a->amount[0] * x[bin] + a->amount[1] * y[bin] + a->level * f->bin + 1e-12;
}

// Twice the negative log likelihood, with what is known before.
static double deviance(const ia_light_fit *f, const account *a, size_t placing)
{
    double sum = 0, beside = a->level * f->side.length;

    for (size_t i = 0; i < f->n; i++) {
        double mu = mean_in(f, a, placing, i);
        sum += mu - (f->counts[i] > 0 ? f->counts[i] * log(mu) : 0);
    }
    sum += beside - (f->side.counts > 0 ? f->side.counts * log(beside) : 0);
    double z = f->at[placing].z;
    return 2 * sum + z * z + penalty_of(f, a->amount[1]);
}

// Slopes and curvatures of half the deviance along the way and by the level.
typedef struct {
    double a, b, aa, ab, bb;
} slopes;

static slopes slopes_at(const ia_light_fit *f, const account *a, size_t placing,
                        const way *w)
{
    const double *with = line_of(f, placing, 0), *without = line_of(f, placing, 1);
    slopes s = {0};

    for (size_t i = 0; i < f->n; i++) {
        double mu = mean_in(f, a, placing, i), r = f->counts[i] / mu, q = r / mu;
        double x = w->by[0] * with[i] + w->by[1] * without[i];
        s.a += x * (1 - r);
        s.b += f->bin * (1 - r);
        s.aa += q * x * x;
        s.ab += q * x * f->bin;
        s.bb += q * f->bin * f->bin;
    }
    s.b += f->side.length - f->side.counts / a->level;
    s.bb += f->side.counts / (a->level * a->level);
    if (f->sigma > 0) {
        double pull = w->by[1] / (f->sigma * f->sigma);
        s.a += pull * (a->amount[1] - f->expected);
        s.aa += pull * w->by[1];
    }
    return s;
}

static void go_to(const way *w, double along, account *a)
{
    a->along = along;
    for (int k = 0; k < 2; k++)
        a->amount[k] = w->base[k] + along * w->by[k];
}

// One step of Newton's method, shortened so that nothing falls to a tenth of what it was;
// an amount that wants to be below nothing is nothing.
static void step(const ia_light_fit *f, account *a, size_t placing, const way *w)
{
    slopes s = slopes_at(f, a, placing, w);
    double ridge = 1e-9 * (s.aa + s.bb) + 1e-12;
    double det = (s.aa + ridge) * (s.bb + ridge) - s.ab * s.ab;
    double da = -((s.bb + ridge) * s.a - s.ab * s.b) / det;
    double db = -((s.aa + ridge) * s.b - s.ab * s.a) / det;
    bool at_zero = a->along <= 0 && s.a >= 0;

    if (at_zero) {
        da = 0;
        db = -s.b / (s.bb + ridge);
    }
    go_to(w, fmax(0, a->along + da), a);
    a->level = fmax(0.1 * a->level, a->level + db);
}

static account begin_with(const ia_light_fit *f)
{
    return (account){0, {0, 0}, (f->side.counts + 0.5) / (f->side.length + 1e-9)};
}

// Least deviance at a placing along a way.
static double least_at(const ia_light_fit *f, size_t placing, const way *w)
{
    enum { STEPS = 12 };
    account a = begin_with(f);
    const double *guess = f->guess + 2 * placing;

    double rest = guess[0] + guess[1] - w->base[0] - w->base[1];
    go_to(w, fmax(0, rest / (w->by[0] + w->by[1])), &a);
    for (int i = 0; i < STEPS; i++)
        step(f, &a, placing, w);
    return deviance(f, &a, placing);
}

// Share of each of the two lines in each bin.
static void fill_placing(ia_light_fit *f, size_t placing)
{
    const ia_spectrum *s = f->lines->counts.spectrum;
    const double masses[2] = {f->pair->m_with, f->pair->m_without};
    double shift = f->at[placing].z * f->pair->sigma_shift;

    for (size_t k = 0; k < 2; k++) {
        double width = ia_light_width(f->lines, masses[k]) * exp(f->at[placing].wider);
        ia_light_line line = {ia_light_place(f->lines, masses[k]) + shift, width};
        for (size_t i = 0; i < f->n; i++) {
            double lo = s->m_min + (double)(f->first + i) * s->bin;
            f->line[(2 * placing + k) * f->n + i] =
                ia_light_share(f->lines, &line, lo, lo + s->bin);
        }
    }
}

typedef struct {
    ia_light_fit *fit;
    const way *way;
} moving;

static double value_at(void *user, const double *x)
{
    const moving *m = user;
    ia_light_fit *f = m->fit;

    if (fabs(x[0]) > f->most.z || fabs(x[1]) > f->most.wider)
        return INFINITY;
    f->at[f->spare] = (line_placing){x[0], x[1]};
    fill_placing(f, f->spare);
    return least_at(f, f->spare, m->way);
}

// From the best of those laid out.
static double least_on(ia_light_fit *f, const way *w, double *shift)
{
    double best = INFINITY;
    size_t at = 0;

    for (size_t j = 0; j < f->n_placings; j++) {
        double d = least_at(f, j, w);
        if (d >= best)
            continue;
        best = d;
        at = j;
    }
    double x[2] = {f->at[at].z, f->at[at].wider};
    const double steps[2] = {0.5 * f->step.z, 0.5 * f->step.wider};
    moving m = {f, w};
    const ia_simplex search = {value_at, &m, 2, steps, 0.01, 60};
    memcpy(f->guess + 2 * f->spare, f->guess + 2 * at, 2 * sizeof *f->guess);
    best = fmin(best, ia_simplex_minimise(&search, x));
    if (shift)
        *shift = x[0] * f->pair->sigma_shift;
    return best;
}

double ia_light_fit_deviance(ia_light_fit *f, int held, double amount, double *shift)
{
    way w = {{0, 0}, {0, 0}};

    w.base[held] = amount;
    w.by[1 - held] = 1;
    return least_on(f, &w, shift);
}

double ia_light_fit_by_share(ia_light_fit *f, double share)
{
    const way w = {{0, 0}, {share, 1 - share}};

    return least_on(f, &w, NULL);
}

// Both amounts free: expectation and maximisation, which needs no good beginning.
static double free_at(ia_light_fit *f, size_t placing)
{
    enum { STEPS = 40 };
    account a = begin_with(f);
    double total = 1;

    for (size_t i = 0; i < f->n; i++)
        total += f->counts[i];
    a.amount[0] = a.amount[1] = 0.5 * total;
    for (int round = 0; round < STEPS; round++) {
        double to[2] = {0, 0}, inside[2] = {0, 0};
        for (size_t i = 0; i < f->n; i++) {
            double mu = mean_in(f, &a, placing, i);
            for (int k = 0; k < 2; k++) {
                double x = line_of(f, placing, k)[i];
                to[k] += f->counts[i] * a.amount[k] * x / mu;
                inside[k] += x;
            }
        }
        for (int k = 0; k < 2; k++)
            a.amount[k] = to[k] / fmax(inside[k], 1e-12);
    }
    f->guess[2 * placing] = a.amount[0];
    f->guess[2 * placing + 1] = a.amount[1];
    return deviance(f, &a, placing);
}

// Placings that cannot be right are not looked at again.
static void keep_placings(ia_light_fit *f, double far_worse)
{
    double all[PLACINGS_MOST], best = INFINITY;
    size_t n = 0;

    for (size_t j = 0; j < f->n_placings; j++) {
        all[j] = free_at(f, j);
        best = fmin(best, all[j]);
    }
    for (size_t j = 0; j < f->n_placings; j++) {
        if (all[j] > best + far_worse)
            continue;
        f->at[n] = f->at[j];
        memmove(f->guess + 2 * n, f->guess + 2 * j, 2 * sizeof *f->guess);
        memmove(f->line + 2 * n * f->n, f->line + 2 * j * f->n,
                2 * f->n * sizeof *f->line);
        n++;
    }
    f->n_placings = n;
}

// As far apart as half of what so many ions tell of a place, or as there is room for.
static void lay_out(ia_light_fit *f, double counts)
{
    double told = 0.5 / sqrt(fmax(1, counts));
    double width = ia_light_width(f->lines, f->pair->m_without);
    f->most.z = REACH;
    f->most.wider = log(ia_light_width_factor(f->lines, f->pair->m_without));
    double steps = 2 * REACH * f->pair->sigma_shift / (fmin(0.5, told) * width);
    size_t n = (size_t)fmin(SHIFTS_MOST, 2 * ceil(fmax(4, 0.5 * steps)) + 1);
    f->step.z = 2 * f->most.z / (double)(n - 1);
    size_t n_widths = counts < 100 ? FEW_WIDTHS : WIDTHS;
    f->step.wider = 2 * f->most.wider / (double)(n_widths - 1);
    f->n_placings = f->spare = n * n_widths;
    for (size_t j = 0; j < f->n_placings; j++) {
        f->at[j].z = f->step.z * (double)(j / n_widths) - f->most.z;
        f->at[j].wider = f->step.wider * (double)(j % n_widths) - f->most.wider;
    }
}

static ia_status fill_fit(ia_ctx *ctx, const ia_light_peak *peak, ia_light_fit *f)
{
    const ia_spectrum *s = f->lines->counts.spectrum;
    size_t last;

    ia_light_bins(f->lines, peak->lo + 1e-9, peak->hi - 1e-9, &f->first, &last);
    f->n = last - f->first < BINS_MOST ? last - f->first : BINS_MOST;
    lay_out(f, peak->counts);
    f->bin = s->bin;
    f->side = ia_light_side_bands(f->lines, ia_light_place(f->lines, f->pair->m_without));
    f->counts = ia_array(ctx, f->n, sizeof *f->counts);
    f->line = ia_array(ctx, 2 * (f->n_placings + 1) * (f->n + 1), sizeof *f->line);
    f->guess = ia_array(ctx, 2 * (f->n_placings + 1), sizeof *f->guess);
    if (!f->counts || !f->line || !f->guess)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < f->n; i++)
        f->counts[i] = (double)s->counts[f->first + i];
    for (size_t j = 0; j < f->n_placings; j++)
        fill_placing(f, j);
    // What lies between two widths may be better by so much. What a reference says of
    // the amounts was not asked: leave room for it.
    double room = 0.5 * fmax(0, peak->counts) * f->step.wider * f->step.wider;
    keep_placings(f, FAR_WORSE + room + (f->sigma > 0 ? FAR_WORSE : 0));
    return IA_OK;
}

ia_status ia_light_fit_new(ia_ctx *ctx, const ia_light_lines *lines,
                           const ia_light_peak *peak, const ia_light_pair *pair,
                           const ia_light_reference *without, ia_light_fit **out)
{
    ia_light_fit *f = ia_array(ctx, 1, sizeof *f);
    if (!f)
        return IA_ERR_MEMORY;
    f->lines = lines;
    f->pair = pair;
    f->expected = without->counts;
    f->sigma = without->sigma;
    ia_status st = fill_fit(ctx, peak, f);
    if (st == IA_OK)
        *out = f;
    else
        ia_light_fit_free(f);
    return st;
}

void ia_light_fit_free(ia_light_fit *f)
{
    if (!f)
        return;
    free(f->counts);
    free(f->line);
    free(f->guess);
    free(f);
}
