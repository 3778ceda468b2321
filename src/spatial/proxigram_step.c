// src/spatial/proxigram_step.c: the step of a profile and its excess.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/proxigram_step.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static double middle_of(const proxigram_tally *t, size_t bin)
{
    return (t->edge[bin] + t->edge[bin + 1]) / 2;
}

// Atoms of the element and of all in a bin.
static void count_atoms(const proxigram_tally *t, size_t e, size_t bin, double out[2])
{
    const uint64_t *counts = t->counts + bin * t->n_kinds;
    out[0] = out[1] = 0;
    for (size_t k = 0; k < t->n_kinds; k++) {
        out[0] += (double)counts[k] * t->shares->of[e * t->n_kinds + k];
        out[1] += (double)counts[k] * t->shares->atoms[k];
    }
}

// Bins with atoms as points; variances by the fit's own level would need a fit: the share
// with one atom more of either sort stands for it.
static ia_step_points points_of(const proxigram_tally *t, size_t e)
{
    size_t n = 0;
    double *x = t->room, *y = t->room + t->n_bins, *w = t->room + 2 * t->n_bins;
    for (size_t b = 0; b < t->n_bins; b++) {
        double atoms[2];
        count_atoms(t, e, b, atoms);
        if (!(atoms[1] > 0))
            continue;
        double q = (atoms[0] + 1) / (atoms[1] + 2);
        x[n] = middle_of(t, b);
        y[n] = 100 * atoms[0] / atoms[1];
        w[n++] = atoms[1] / (1e4 * q * (1 - q));
    }
    return (ia_step_points){n, x, y, w};
}

// Bins whose middles lie in [from, to): none is in two parts, or in none.
static ia_share pool(const proxigram_tally *t, size_t e, double from, double to)
{
    memset(t->kinds, 0, t->n_kinds * sizeof *t->kinds);
    for (size_t b = 0; b < t->n_bins; b++)
        if (middle_of(t, b) >= from && middle_of(t, b) < to)
            for (size_t k = 0; k < t->n_kinds; k++)
                t->kinds[k] += t->counts[b * t->n_kinds + k];
    return ia_share_of(t->shares, e, t->kinds);
}

double ia_interface_excess(const ia_interface_counts *c, double *sigma)
{
    double of = c->of[0] + c->of[1], all = c->all[0] + c->all[1], expected = 0;
    double variance = all > 0 ? of * (1 - of / all) : NAN;
    for (int k = 0; k < 2; k++) {
        double share = c->side_of[k] / c->side_all[k];
        expected += share * c->all[k];
        variance += c->all[k] * c->all[k] * share * (1 - share) / c->side_all[k];
    }
    *sigma = sqrt(variance) / c->area;
    return (of - expected) / c->area;
}

typedef struct {
    double middle, half; // nm
    double sd;           // nm; 0: the sides meet at once
} window;

typedef struct {
    ia_share outside, inside;
    double value, sigma; // detected atoms per nm^2
    double per_nm;       // what it changes by where the middle moves by 1 nm
} excess;

// Atoms within, each bin parted between the sides as a step of that width has it: at a
// curved surface, where one side has more atoms than the other, a sharp one would make an
// excess of the blur alone, and of a bin that the middle cuts.
static void part(const proxigram_tally *t, size_t e, const window *at,
                 ia_interface_counts *c)
{
    for (size_t b = 0; b < t->n_bins; b++) {
        double d = middle_of(t, b) - at->middle;
        if (!(d >= -at->half && d < at->half))
            continue;
        double atoms[2];
        count_atoms(t, e, b, atoms);
        double in = at->sd > 0 ? 0.5 * (1 + erf(d / at->sd / sqrt(2))) : d >= 0;
        c->of[0] += (1 - in) * atoms[0];
        c->of[1] += in * atoms[0];
        c->all[0] += (1 - in) * atoms[1];
        c->all[1] += in * atoms[1];
    }
}

// In a window, against what lies beyond.
static excess excess_in(const proxigram_tally *t, size_t e, const window *at)
{
    excess out = {.outside = pool(t, e, -t->reach - 1, at->middle - at->half),
                  .inside = pool(t, e, at->middle + at->half, t->reach + 1)};
    ia_interface_counts counts = {.side_of = {out.outside.counts, out.inside.counts},
                                  .side_all = {out.outside.atoms, out.inside.atoms},
                                  .area = t->area};
    part(t, e, at, &counts);
    out.value = ia_interface_excess(&counts, &out.sigma);
    out.per_nm = (counts.all[0] + counts.all[1]) / (2 * at->half * t->area) *
                 (out.inside.percent - out.outside.percent) / 100;
    return out;
}

static excess excess_at_step(const proxigram_tally *t, size_t e, const proxigram_step *s)
{
    return excess_in(t, e, &(window){s->fit.middle, s->half, s->fit.sd});
}

// The surface itself divides; sides from half of the reach on, whatever the fit.
static excess excess_at_surface(const proxigram_tally *t, size_t e)
{
    return excess_in(t, e, &(window){0, t->reach / 2, 0});
}

// Variance of counted atoms over that of as many ions that count one each.
static double clumping(const proxigram_tally *t, size_t e)
{
    ia_share all = pool(t, e, -t->reach - 1, t->reach + 1);
    double q = all.counts / all.atoms;
    return pow(all.sigma / 100, 2) * all.atoms / (q * (1 - q));
}

// Pearson's chi^2 of the fit, bins side by side taken together until five atoms of either
// sort are expected; by degree of freedom, and p.
static void judge_fit(const proxigram_tally *t, size_t e, const ia_step_fit *f,
                      ia_proxigram_element *out)
{
    const double fewest = 5;
    double n = 0, chi2 = 0, of = 0, expected = 0, all = 0, variance = 0;
    for (size_t b = 0; b < t->n_bins; b++) {
        double atoms[2];
        count_atoms(t, e, b, atoms);
        double q = fmin(1, fmax(0, ia_step_fit_at(f, middle_of(t, b)) / 100));
        of += atoms[0];
        all += atoms[1];
        expected += q * atoms[1];
        variance += q * (1 - q) * atoms[1];
        if (!(expected >= fewest && all - expected >= fewest))
            continue;
        chi2 += (of - expected) * (of - expected) / variance;
        n++;
        of = all = expected = variance = 0;
    }
    double degrees = n - (f->layer != 0 ? 5 : 4);
    chi2 /= clumping(t, e);
    out->fit_chi2 = degrees >= 1 ? chi2 / degrees : NAN;
    out->fit_p = degrees >= 1 ? gsl_cdf_chisq_Q(chi2, degrees) : NAN;
}

static void tell_fit(const proxigram_tally *t, size_t e, const proxigram_step *s,
                     ia_proxigram_element *out)
{
    const double ten_ninety = 2.5631;
    double scatter = t->scatter;
    out->middle = s->fit.middle;
    out->sigma_middle = s->fit.sigma_middle;
    out->width = ten_ninety * s->fit.sd;
    out->sigma_width = ten_ninety * s->fit.sigma_sd;
    out->true_width =
        isfinite(scatter)
            ? ten_ninety * sqrt(fmax(0, s->fit.sd * s->fit.sd - scatter * scatter))
            : NAN;
    judge_fit(t, e, &s->fit, out);
}

proxigram_step ia_proxigram_step(const proxigram_tally *t, size_t e,
                                 ia_proxigram_element *out)
{
    const double step_ends = 2, layer_ends = 3; // sd
    ia_step_points points = points_of(t, e);
    proxigram_step step = {.half = t->bin}; // no step: the surface itself divides
    out->middle = out->width = out->true_width = NAN;
    out->sigma_middle = out->sigma_width = out->fit_chi2 = out->fit_p = NAN;
    step.found = ia_step_fit_find(&points, t->reach, &step.fit);
    if (step.found) {
        double widths = step.fit.layer != 0 ? layer_ends : step_ends;
        step.half = fmin(widths * step.fit.sd + t->bin, t->reach / 2);
        tell_fit(t, e, &step, out);
    }
    excess at_step = excess_at_step(t, e, &step);
    out->outside = at_step.outside;
    out->inside = at_step.inside;
    out->excess = at_step.value;
    out->sigma_excess = at_step.sigma;
    if (out->sigma_middle > 0)
        out->sigma_excess = hypot(at_step.sigma, at_step.per_nm * out->sigma_middle);
    out->surface_excess = out->sigma_surface_excess = NAN;
    if (t->is_given) {
        excess at_surface = excess_at_surface(t, e);
        out->surface_excess = at_surface.value;
        out->sigma_surface_excess = at_surface.sigma;
    }
    return step;
}

void ia_proxigram_step_again(const proxigram_tally *t, size_t e,
                             const proxigram_step *first, double out[PROXIGRAM_AGAIN])
{
    proxigram_step step = *first;
    if (first->found) {
        ia_step_points points = points_of(t, e);
        ia_step_fit_again(&points, &first->fit, &step.fit);
    }
    out[PROXIGRAM_MIDDLE] = step.fit.middle;
    out[PROXIGRAM_EXCESS] = excess_at_step(t, e, &step).value;
    out[PROXIGRAM_AT_SURFACE] = t->is_given ? excess_at_surface(t, e).value : NAN;
}
