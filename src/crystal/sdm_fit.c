// src/crystal/sdm_fit.c: spacing and blur of lattice planes from a z-SDM.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/sdm_internal.h"

#include "core/cholesky.h"
#include "core/simplex.h"

#include <math.h>
#include <string.h>

// counts = expected (b0 + b1 z^2/reach^2) + sum over planes m of A_m G(z; m d, sqrt(2)
// s): both ions of a pair are blurred. A_m is what ions at random leave in a plane times
// (1 + e_m): pairs within a sphere differ from plane to plane. Where blur joins the
// planes, e_m, b0 and s change the counts alike; priors then decide: planes alike within
// `uneven`, those of one species within `of_order`, all ions in planes within `loose`.
enum { PLANES_MOST = 40, TERMS_MOST = PLANES_MOST + 3 };
static const double uneven = 0.15, of_order = 1, loose = 0.05;
// What the model leaves out, beside counting noise, of what is counted in a bin or of
// what ions at random would leave there: else bins that sharp planes leave empty would be
// exact, and planes whose flank would fall into one be given up.
static const double model_error = 0.01;

// Both signs of a distance together: bins from the middle on.
typedef struct {
    const ia_sdm *sdm;
    double *fit, *counts, *rows; // (n_bins), (n_bins), (n_bins, TERMS_MOST)
    double least, most;          // of a blur, nm
    double first;                // of the spacing, nm
} problem;

size_t ia_sdm_fit_room(const ia_sdm *sdm)
{
    return (TERMS_MOST + 2) * sdm->n_bins;
}

// Share of a plane's pairs within a bin.
static double within(double from, double to, double at, double width)
{
    const double far = 6 * width;
    if (from > at + far || to < at - far)
        return 0;
    return 0.5 * (erf((to - at) / (1.4142135623730951 * width)) -
                  erf((from - at) / (1.4142135623730951 * width)));
}

// The terms of a bin: all planes as one, b0, b1, then each plane's own part.
static size_t fill_row(const problem *p, double d, double width, size_t bin)
{
    const ia_sdm *s = p->sdm;
    double *row = p->rows + bin * TERMS_MOST;
    double step = 2 * s->reach / (double)s->n_bins, both = 2 * s->expected[bin];
    double from = -s->reach + step * (double)bin, to = from + step;
    double z = (from + to) / 2 / s->reach;
    size_t n = (size_t)fmin(PLANES_MOST, floor((s->reach + 2 * width) / d) + 1);
    row[0] = 0;
    row[1] = both;
    row[2] = both * z * z;
    for (size_t m = 0; m < n; m++) {
        double at = (double)m * d, share = within(from, to, at, width);
        if (m > 0)
            share += within(from, to, -at, width);
        row[3 + m] = both * d / step * share;
        row[0] += row[3 + m];
    }
    return 3 + n;
}

static void add_row(double *normal, double *right, size_t n, const double *row,
                    double weight, double value)
{
    for (size_t i = 0; i < n; i++) {
        right[i] += weight * row[i] * value;
        for (size_t k = 0; k <= i; k++)
            normal[n * i + k] += weight * row[i] * row[k];
    }
}

static double weight_of(const problem *p, size_t bin)
{
    double count = p->counts[bin], random = 2 * p->sdm->expected[bin];
    double left_out = model_error * fmax(count, random);
    return 1 / (fmax(count, 1) + left_out * left_out);
}

// Of a term about what it is without data.
static double prior_of(const ia_sdm *s, size_t term)
{
    static const double first[3] = {0, 1 / (loose * loose), 1};
    double sd = s->of_all ? uneven : of_order;
    return term < 3 ? first[term] : 1 / (sd * sd);
}

// chi^2 with priors, at the best linear terms.
static double misfit(const problem *p, double d, double sigma)
{
    const ia_sdm *s = p->sdm;
    double normal[TERMS_MOST * TERMS_MOST], right[TERMS_MOST];
    double width = 1.4142135623730951 * sigma, sum = 0;
    size_t n = 0;
    memset(normal, 0, sizeof normal);
    memset(right, 0, sizeof right);
    for (size_t b = s->n_bins / 2; b < s->n_bins; b++) {
        n = fill_row(p, d, width, b);
        add_row(normal, right, n, p->rows + b * TERMS_MOST, weight_of(p, b),
                p->counts[b]);
    }
    for (size_t i = 0; i < n; i++)
        normal[n * i + i] += prior_of(s, i) + 1e-12;
    if (!ia_cholesky(normal, n))
        return INFINITY;
    ia_cholesky_solve(normal, n, right);
    for (size_t i = 0; i < n; i++)
        sum += right[i] * right[i] * prior_of(s, i);
    for (size_t b = s->n_bins / 2; b < s->n_bins; b++) {
        double value = 0, off;
        for (size_t i = 0; i < n; i++)
            value += right[i] * p->rows[b * TERMS_MOST + i];
        p->fit[b] = value;
        off = p->counts[b] - value;
        sum += off * off * weight_of(p, b);
    }
    return sum;
}

// Variables: ratio to the first spacing, logarithm of the blur.
static double value_of(void *user, const double *x)
{
    const problem *p = user;
    double d = p->first * (1 + x[0]), sigma = exp(x[1]);
    if (fabs(x[0]) > 0.2 || sigma < p->least || sigma > p->most)
        return 1e300;
    return misfit(p, d, sigma);
}

// Blurs from sharp to hardly seen.
static double first_blur(problem *p)
{
    double best = 0, least = INFINITY;
    for (size_t i = 0; i < 12; i++) {
        double x[2] = {0, log(p->first * 0.04 * pow(1.25, (double)i))};
        double value = value_of(p, x);
        if (value < least) {
            least = value;
            best = x[1];
        }
    }
    return best;
}

bool ia_sdm_fit(const ia_sdm *sdm, const double *counts, double *room,
                ia_sdm_planes *planes)
{
    size_t n = sdm->n_bins;
    double step = 2 * sdm->reach / (double)n;
    double steps[2] = {planes->misfit > 0 ? 0.001 : 0.01,
                       planes->misfit > 0 ? 0.02 : 0.1};
    problem p = {sdm,
                 room,
                 room + n,
                 room + 2 * n,
                 0.01 * step,
                 0.6 * planes->spacing,
                 planes->spacing};
    for (size_t b = n / 2; b < n; b++)
        p.counts[b] = counts[b] + counts[n - 1 - b];
    double best[2] = {0, planes->misfit > 0 ? log(planes->sigma) : first_blur(&p)};
    ia_simplex search = {value_of, &p, 2, steps, 1e-4, 300};
    planes->misfit = ia_simplex_minimise(&search, best);
    if (!(planes->misfit < 1e299))
        return false;
    planes->spacing *= 1 + best[0];
    planes->sigma = exp(best[1]);
    misfit(&p, planes->spacing, planes->sigma);
    return true;
}

void ia_sdm_least(const uint64_t *pairs, size_t n, double *least)
{
    enum { ROUNDS = 1000 };
    for (size_t b = 0; b < n; b++)
        least[b] = (double)pairs[b];
    for (size_t round = 0; round < ROUNDS; round++) {
        double before = n > 0 ? least[0] : 0;
        bool changed = false;
        for (size_t b = 1; b + 1 < n; b++) {
            double mean = (before + least[b + 1]) / 2;
            before = least[b];
            if (mean < least[b]) {
                least[b] = mean;
                changed = true;
            }
        }
        if (!changed)
            break;
    }
}
