// src/spectrum/hydrogen_pairs.c: two ions at one nominal mass, parted by their shape or
// bounded.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_placing.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { AMOUNTS = 41, SHARES = 61 };

// Full width at half maximum of the shape, in its widths.
static double half_width(const ia_peak_shape *s)
{
    size_t top = 0, lo, hi;

    for (size_t k = 1; k < s->n; k++)
        if (s->density[k] > s->density[top])
            top = k;
    for (lo = top; lo > 0 && s->density[lo - 1] > 0.5 * s->density[top];)
        lo--;
    for (hi = top; hi + 1 < s->n && s->density[hi + 1] > 0.5 * s->density[top];)
        hi++;
    return s->u[hi + 1] - s->u[lo];
}

// D+ and H2+, HD+ and H3+, D2+ and H2D+.
static void name_pair(unsigned nominal, ia_light_pair *pair)
{
    unsigned d = nominal == 4 ? 2 : 1, h = nominal - 2 * d;
    static const char *const names[][2] = {
        {"D+", "H2+"}, {"HD+", "H3+"}, {"D2+", "H2D+"}};

    pair->nominal = nominal;
    pair->with = names[nominal - 2][0];
    pair->without = names[nominal - 2][1];
    pair->m_with = ia_light_mass(h, d);
    pair->m_without = ia_light_mass(h + 2, d - 1);
}

typedef struct {
    ia_light_fit *fit;
    int line;
} search;

// By an amount, or a share.
typedef double (*deviance_of)(void *user, double value);

static double by_amount(void *user, double amount)
{
    const search *s = user;
    return ia_light_fit_deviance(s->fit, s->line, amount, NULL);
}

// Where the deviance rises through `limit` between an amount that is within and one that
// is not.
static double crossing(deviance_of of, search *s, double limit, double within,
                       double without)
{
    for (int i = 0; i < 20; i++) {
        double middle = 0.5 * (within + without);
        if (of(s, middle) <= limit)
            within = middle;
        else
            without = middle;
    }
    return within;
}

// A curve of amounts from 0 to `most`, which may have two valleys.
typedef struct {
    double amount[AMOUNTS], deviance[AMOUNTS];
    double best, least; // amount and its deviance
} curve;

static void trace(deviance_of of, search *s, double most, curve *c)
{
    size_t at = 0;

    for (size_t i = 0; i < AMOUNTS; i++) {
        c->amount[i] = most * (double)i / (AMOUNTS - 1);
        c->deviance[i] = of(s, c->amount[i]);
        if (c->deviance[i] < c->deviance[at])
            at = i;
    }
    double lo = c->amount[at > 0 ? at - 1 : 0];
    double hi = c->amount[at + 1 < AMOUNTS ? at + 1 : at];
    c->best = ia_light_lowest(of, s, lo, hi);
    c->least = of(s, c->best);
    if (c->deviance[0] <= c->least + 1e-9) {
        c->best = 0;
        c->least = c->deviance[0];
    }
}

// The least and the largest amount that are no worse than this.
static void bound(deviance_of of, search *s, const curve *c, double rise, double out[2])
{
    double limit = c->least + rise;
    size_t first = AMOUNTS, last = 0;

    for (size_t i = 0; i < AMOUNTS; i++)
        if (c->deviance[i] <= limit) {
            first = i < first ? i : first;
            last = i;
        }
    double lo = first < AMOUNTS ? fmin(c->amount[first], c->best) : c->best;
    double hi = first < AMOUNTS ? fmax(c->amount[last], c->best) : c->best;
    double below = 0, above = c->amount[AMOUNTS - 1];
    for (size_t i = 0; i < AMOUNTS; i++) {
        if (c->amount[i] < lo)
            below = c->amount[i];
        if (c->amount[AMOUNTS - 1 - i] > hi)
            above = c->amount[AMOUNTS - 1 - i];
    }
    out[0] = c->deviance[0] <= limit ? 0 : crossing(of, s, limit, lo, below);
    out[1] = crossing(of, s, limit, hi, above);
}

static double by_share(void *user, double share)
{
    const search *s = user;
    return ia_light_fit_by_share(s->fit, share);
}

// Likelihood, over the largest, of shares of the ion with deuterium from 0 to 1, each as
// likely beforehand. There may be narrow valleys at the ends, where either alone explains
// the peak by its place, and one at the best share: sampled most densely there.
enum { SAMPLES = 2 * SHARES, BOTH_PARTS = IA_SHARE_PARTS - 2 };
typedef struct {
    double share[SAMPLES], weight[SAMPLES], sum; // by rising share
} share_curve;

static void sample_shares(search *s, const double within[2], const curve *c,
                          share_curve *out)
{
    double ends[3] = {within[0], fmin(fmax(c->best, within[0]), within[1]), within[1]};

    out->sum = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        const double *piece = &ends[i / SHARES];
        double u = M_PI * ((double)(i % SHARES) + 0.5) / SHARES;
        double wide = piece[1] - piece[0];
        out->share[i] = piece[0] + wide * 0.5 * (1 - cos(u));
        out->weight[i] = exp(-0.5 * fmax(0, by_share(s, out->share[i]) - c->least)) *
                         wide * 0.5 * M_PI * sin(u) / SHARES;
        out->sum += out->weight[i];
    }
}

// Cut into stretches as likely as each other; a sample may lie in two of them.
static void cut_shares(const share_curve *c, double probability,
                       ia_share_part parts[BOTH_PARTS])
{
    double each = c->sum / BOTH_PARTS, left = c->weight[0];
    size_t i = 0;

    for (size_t p = 0; p < BOTH_PARTS; p++) {
        double want = each, first = 0, second = 0;
        while (want > 0) {
            double taken = i + 1 < SAMPLES ? fmin(left, want) : want;
            first += taken * c->share[i];
            second += taken * c->share[i] * c->share[i];
            want -= taken;
            left -= taken;
            if (left <= 0 && i + 1 < SAMPLES)
                left = c->weight[++i];
        }
        double mean = each > 0 ? first / each : 0.5;
        double square = each > 0 ? second / each - mean * mean : 0;
        parts[p] = (ia_share_part){probability / BOTH_PARTS, mean, sqrt(fmax(0, square))};
    }
}

// The one, the other and both are as likely beforehand, of both any share.
static void set_share(ia_light_fit *f, ia_light_pair *out)
{
    const double far = 12; // deviance: what is worse than that counts for nothing
    search s = {f, 0};
    double within[2], square = 0;
    curve c;
    share_curve both;

    trace(by_share, &s, 1, &c);
    bound(by_share, &s, &c, far, within);
    sample_shares(&s, within, &c, &both);
    double without = exp(-0.5 * fmax(0, by_share(&s, 0) - c.least));
    double with = exp(-0.5 * fmax(0, by_share(&s, 1) - c.least));
    double all = with + without + both.sum;
    out->there[0] = (with + both.sum) / all;
    out->there[1] = (without + both.sum) / all;
    out->parts[0] = (ia_share_part){with / all, 1, 0};
    out->parts[1] = (ia_share_part){without / all, 0, 0};
    cut_shares(&both, both.sum / all, out->parts + 2);
    out->share = 0;
    for (size_t i = 0; i < IA_SHARE_PARTS; i++) {
        const ia_share_part *p = &out->parts[i];
        out->share += p->probability * p->share;
        square += p->probability * (p->share * p->share + p->sigma * p->sigma);
    }
    out->sigma_share = sqrt(fmax(0, square - out->share * out->share));
}

static void find_amounts(ia_light_fit *f, double most, ia_light_pair *out)
{
    const double two_sided = 3.841, one_sided = 2.706; // chi-squared, one degree
    double limits[2];

    for (int k = 0; k < 2; k++) {
        search s = {f, k};
        curve c;
        trace(by_amount, &s, most, &c);
        out->counts[k] = c.best;
        bound(by_amount, &s, &c, two_sided, out->interval[k]);
        if (k == 1)
            continue;
        bound(by_amount, &s, &c, one_sided, limits);
        out->upper = limits[1];
        out->p = 0.5 * gsl_cdf_chisq_Q(fmax(0, c.deviance[0] - c.least), 1);
        ia_light_fit_deviance(f, 0, c.best, &out->shift);
    }
    set_share(f, out);
}

ia_status ia_light_pair_fit(ia_ctx *ctx, const ia_light_lines *lines,
                            const ia_light_peak *peak, double expected, double sigma,
                            ia_light_pair *out)
{
    ia_light_pair pair = {.is_referenced = sigma > 0};
    const ia_light_reference without = {expected, sigma};
    ia_light_fit *f = NULL;
    double between = hypot(lines->scale_error, lines->sigma_h_shift);

    name_pair(peak->nominal, &pair);
    // The further from H+, the less sure.
    pair.sigma_shift = fmin(0.03, between * sqrt(0.5 * peak->nominal));
    double fwhm = half_width(lines->shape) * ia_light_width(lines, pair.m_without);
    pair.resolving_power = pair.m_without / hypot(fwhm, lines->counts.spectrum->bin);
    ia_status st = ia_light_fit_new(ctx, lines, peak, &pair, &without, &f);
    if (st == IA_OK) {
        double total = fmax(0, peak->counts);
        find_amounts(f, total + 6 * peak->sigma + 10, &pair);
        pair.shift += ia_light_place(lines, pair.m_without) - pair.m_without;
        double width = pair.interval[0][1] - pair.interval[0][0];
        pair.is_parted = peak->is_detected && width < 0.5 * total;
        *out = pair;
    }
    ia_light_fit_free(f);
    return st;
}
