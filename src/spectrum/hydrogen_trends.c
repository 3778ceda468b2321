// src/spectrum/hydrogen_trends.c: hydrogen along the run and over the detector: what it
// follows, and how much of it comes with the pulses rather than with the ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rank_correlation.h"
#include "spectrum/hydrogen_internal.h"

#include <ionatlas/parallel.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

// What is counted of a stretch or a ring.
typedef struct {
    uint64_t ions, h, m2, lower, upper; // lower, upper: charges of the main element
    double pulses, voltage;             // sums
} tally;

typedef struct {
    const ia_hydrogen_input *in;
    const ia_hydrogen *h;
    size_t n_windows, n_rings;
    tally *windows;           // (n_windows)
    tally *rings;             // (n_windows, n_rings)
    double (*bounds)[4];      // (n_windows) least and most x, least and most y, mm
    double centre[2], radius; // of the detector as used, mm
    bool failed;
} job;

static void window_of(const job *j, size_t i, size_t *begin, size_t *end)
{
    size_t n = j->in->ions->n;
    *begin = (size_t)((double)n * (double)i / (double)j->n_windows);
    *end = i + 1 == j->n_windows
               ? n
               : (size_t)((double)n * (double)(i + 1) / (double)j->n_windows);
}

// Blocks of rows of the columns that are there.
typedef struct {
    float mass[IA_COLUMN_BLOCK], voltage[IA_COLUMN_BLOCK], hit[2 * IA_COLUMN_BLOCK];
    uint32_t pulses[IA_COLUMN_BLOCK];
} room;

static const void *rows_of(const job *j, ia_column_id id, size_t begin, size_t n,
                           void *room_of)
{
    const ia_ions *ions = j->in->ions;
    return ia_ions_has(ions, id) ? ia_column_rows(&ions->columns[id], begin, n, room_of)
                                 : NULL;
}

static void measure(void *user, size_t window, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    float hit[2 * IA_COLUMN_BLOCK];
    double *b = j->bounds[window];

    (void)worker;
    window_of(j, window, &begin, &end);
    b[0] = b[2] = INFINITY;
    b[1] = b[3] = -INFINITY;
    for (size_t at = begin; at < end; at += IA_COLUMN_BLOCK) {
        size_t n = end - at < IA_COLUMN_BLOCK ? end - at : IA_COLUMN_BLOCK;
        const float *xy = rows_of(j, IA_DET_XY, at, n, hit);
        for (size_t i = 0; xy && i < n; i++)
            for (int k = 0; k < 2; k++) {
                double x = (double)xy[2 * i + (size_t)k];
                if (!isfinite(x))
                    continue;
                b[2 * k] = fmin(b[2 * k], x);
                b[2 * k + 1] = fmax(b[2 * k + 1], x);
            }
    }
}

static bool is_in(double m, const ia_light_peak *p)
{
    return m >= p->lo && m < p->hi;
}

static void count_ion(const job *j, double m, tally *t)
{
    const ia_hydrogen *h = j->h;
    int32_t range = j->in->ranger ? ia_ranger_find(j->in->ranger, m) : -1;

    t->ions++;
    t->h += is_in(m, &h->peaks[0]);
    t->m2 += is_in(m, &h->peaks[1]);
    if (range < 0 || h->main_z == 0)
        return;
    const ia_ion *ion = &j->in->ranges->ions[j->in->ranger->ion[range]];
    if (ion->n_parts != 1 || ion->parts[0].count != 1 || ion->parts[0].z != h->main_z)
        return;
    t->lower += ion->charge == h->main_charge;
    t->upper += ion->charge == h->main_charge + 1;
}

static size_t ring_of(const job *j, const float *xy)
{
    double x = ((double)xy[0] - j->centre[0]) / j->radius;
    double y = ((double)xy[1] - j->centre[1]) / j->radius;
    double part = (x * x + y * y) * (double)j->n_rings; // rings of equal area
    return part < (double)j->n_rings ? (size_t)part : SIZE_MAX;
}

static void count_window(void *user, size_t window, size_t worker)
{
    job *j = user;
    tally *t = &j->windows[window];
    size_t begin, end;
    room *r = malloc(sizeof *r);

    (void)worker;
    if (!r) {
        j->failed = true;
        return;
    }
    window_of(j, window, &begin, &end);
    for (size_t at = begin; at < end; at += IA_COLUMN_BLOCK) {
        size_t n = end - at < IA_COLUMN_BLOCK ? end - at : IA_COLUMN_BLOCK;
        const float *mass = rows_of(j, IA_MASS, at, n, r->mass);
        const float *volt = rows_of(j, IA_V_DC, at, n, r->voltage);
        const float *xy = rows_of(j, IA_DET_XY, at, n, r->hit);
        const uint32_t *pulses = rows_of(j, IA_PULSES_SINCE, at, n, r->pulses);
        for (size_t i = 0; i < n; i++) {
            count_ion(j, (double)mass[i], t);
            t->voltage += volt ? (double)volt[i] : 0;
            t->pulses += pulses ? (double)pulses[i] : 0;
            size_t ring = xy && j->n_rings ? ring_of(j, xy + 2 * i) : SIZE_MAX;
            if (ring != SIZE_MAX)
                count_ion(j, (double)mass[i], &j->rings[window * j->n_rings + ring]);
        }
    }
    free(r);
}

// Background takes its share of the ions of a stretch, as of the whole.
static ia_hydrogen_window window_from(const job *j, const tally *t)
{
    const ia_light_peak *p = j->h->peaks;
    const ia_ions *ions = j->in->ions;
    double n = (double)t->ions, all = (double)ions->n;
    double b1 = p[0].background * n / all, b2 = p[1].background * n / all;
    ia_hydrogen_window w = {.ions = n,
                            .pulses =
                                ia_ions_has(ions, IA_PULSES_SINCE) ? t->pulses : NAN,
                            .h = (double)t->h - b1,
                            .m2 = (double)t->m2 - b2,
                            .voltage = ia_ions_has(ions, IA_V_DC) ? t->voltage / n : NAN,
                            .radius = NAN};

    w.share = w.h / n;
    w.sigma_share = sqrt(fmax((double)t->h, 1)) / n;
    w.m2_per_h = w.h > 0 ? w.m2 / w.h : NAN;
    w.charge_ratio = t->lower > 0 ? (double)t->upper / (double)t->lower : NAN;
    return w;
}

// Chance that the share of hydrogen is the same in all.
static double p_same(const ia_hydrogen_window *w, size_t n)
{
    double h = 0, ions = 0, chi2 = 0;

    for (size_t i = 0; i < n; i++) {
        h += w[i].h;
        ions += w[i].ions;
    }
    for (size_t i = 0; i < n; i++) {
        double expected = h * w[i].ions / ions;
        double off = w[i].h - expected;
        double s = w[i].sigma_share * w[i].ions;
        chi2 += expected > 0 ? off * off / fmax(expected, s * s) : 0;
    }
    return n > 1 && h > 0 ? gsl_cdf_chisq_Q(chi2, (double)n - 1) : NAN;
}

static ia_status make_windows(ia_ctx *ctx, const job *j, ia_hydrogen *out)
{
    out->windows = ia_array(ctx, j->n_windows, sizeof *out->windows);
    out->rings = ia_array(ctx, j->n_rings, sizeof *out->rings);
    if (!out->windows || !out->rings)
        return IA_ERR_MEMORY;
    out->n_windows = j->n_windows;
    out->n_rings = j->n_rings;
    for (size_t i = 0; i < j->n_windows; i++)
        out->windows[i] = window_from(j, &j->windows[i]);
    for (size_t r = 0; r < j->n_rings; r++) {
        tally sum = {0};
        for (size_t i = 0; i < j->n_windows; i++) {
            const tally *t = &j->rings[i * j->n_rings + r];
            sum.ions += t->ions;
            sum.h += t->h;
            sum.m2 += t->m2;
            sum.lower += t->lower;
            sum.upper += t->upper;
        }
        out->rings[r] = window_from(j, &sum);
        out->rings[r].pulses = out->rings[r].voltage = NAN;
        out->rings[r].radius = j->radius * sqrt((double)(r + 1) / (double)j->n_rings);
    }
    out->p_windows = p_same(out->windows, out->n_windows);
    out->p_rings = p_same(out->rings, out->n_rings);
    return IA_OK;
}

enum { TREND_LEAST = 5 };

// A number along the windows, and what is said where there is none to follow.
typedef struct {
    const char *name, *why_not; // static; NULL: nothing speaks against it
    const char *flat;           // static
    double at[IA_RANKS_MOST];
} course;

// Rank correlation of the windows where both are known.
static void add_trend(ia_hydrogen *out, const course *of, const course *with)
{
    double x[IA_RANKS_MOST], y[IA_RANKS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < out->n_windows && i < IA_RANKS_MOST; i++) {
        if (!isfinite(with->at[i]) || (!of->why_not && !isfinite(of->at[i])))
            continue;
        x[n] = of->why_not ? 0 : of->at[i];
        y[n++] = with->at[i];
    }
    if (n < TREND_LEAST || out->n_trends == IA_HYDROGEN_TRENDS)
        return;
    ia_rank_correlation c = ia_rank_correlate(x, y, n);
    const char *flat = c.varies[1] ? c.varies[0] ? "" : of->flat : with->flat;
    out->trends[out->n_trends++] = (ia_hydrogen_trend){
        of->name, with->name, c.rho, c.p, n, of->why_not ? of->why_not : flat};
}

// Where nothing is seen above the background, how much of it was taken off is no order.
static void find_trends(ia_hydrogen *out)
{
    const ia_light_peak *p = out->peaks;
    course of[] = {{.name = "h_share", .flat = "h_share does not vary"},
                   {.name = "m2_per_h", .flat = "m2_per_h does not vary"}};
    course with[] = {{.name = "voltage", .flat = "voltage does not vary"},
                     {.name = "charge_ratio", .flat = "charge_ratio does not vary"},
                     {.name = "ions_per_pulse", .flat = "ions_per_pulse does not vary"}};

    of[0].why_not = p[0].is_detected ? NULL : "no ions are seen at 1 Da";
    of[1].why_not = p[0].is_detected && !p[1].is_detected ? "no ions are seen at 2 Da"
                                                          : of[0].why_not;
    for (size_t i = 0; i < out->n_windows && i < IA_RANKS_MOST; i++) {
        const ia_hydrogen_window *w = &out->windows[i];
        of[0].at[i] = w->share > 0 ? w->share : 0;
        of[1].at[i] = w->m2_per_h < 0 ? 0 : w->m2_per_h;
        with[0].at[i] = w->voltage;
        with[1].at[i] = w->charge_ratio;
        with[2].at[i] = w->ions / w->pulses;
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++)
            add_trend(out, &of[i], &with[k]);
}

// Sums of a weighted fit of h = a pulses + b ions.
typedef struct {
    double pp, pi, ii, ph, ih;
} normal;

static normal sums_of(const ia_hydrogen *h, double a, double b)
{
    normal s = {0};

    for (size_t i = 0; i < h->n_windows; i++) {
        const ia_hydrogen_window *w = &h->windows[i];
        double others = w->ions - w->h, sigma = w->sigma_share * w->ions;
        double fitted = a * w->pulses + b * others;
        double weight = 1 / fmax(fitted, sigma > 0 ? 0.25 * sigma * sigma : 1);
        s.pp += weight * w->pulses * w->pulses;
        s.pi += weight * w->pulses * others;
        s.ii += weight * others * others;
        s.ph += weight * w->pulses * w->h;
        s.ih += weight * others * w->h;
    }
    return s;
}

// Neither part can be below zero.
static void solve(const normal *s, double *a, double *b)
{
    double det = s->pp * s->ii - s->pi * s->pi;

    *a = (s->ii * s->ph - s->pi * s->ih) / det;
    *b = (s->pp * s->ih - s->pi * s->ph) / det;
    if (*a < 0) {
        *a = 0;
        *b = s->ih / s->ii;
    } else if (*b < 0) {
        *b = 0;
        *a = s->ph / s->pp;
    }
}

static double chi2_of(const ia_hydrogen *h, double a, double b)
{
    double sum = 0;

    for (size_t i = 0; i < h->n_windows; i++) {
        const ia_hydrogen_window *w = &h->windows[i];
        double fitted = a * w->pulses + b * (w->ions - w->h);
        double off = w->h - fitted, sigma = w->sigma_share * w->ions;
        sum += off * off / fmax(fitted, 0.25 * sigma * sigma);
    }
    return sum;
}

static void find_gas(ia_hydrogen *out)
{
    const double least_spread = 1.2; // else pulses and ions are the same number
    double least = INFINITY, most = 0, pulses = 0, h = 0, a = 0, b = 0;
    ia_residual_gas *g = &out->gas;

    for (size_t i = 0; i < out->n_windows; i++) {
        double per_ion = out->windows[i].pulses / out->windows[i].ions;
        least = fmin(least, per_ion);
        most = fmax(most, per_ion);
        pulses += out->windows[i].pulses;
        h += out->windows[i].h;
    }
    g->spread = least > 0 ? most / least : NAN;
    if (!(g->spread >= least_spread) || !(h > 0) || !(pulses > 0) ||
        out->n_windows < TREND_LEAST)
        return;
    normal s = {0};
    for (int round = 0; round < 20; round++) {
        s = sums_of(out, a, b);
        solve(&s, &a, &b);
    }
    double det = s.pp * s.ii - s.pi * s.pi;
    g->dispersion = chi2_of(out, a, b) / ((double)out->n_windows - 2);
    double inflate = fmax(1, g->dispersion);
    g->per_pulse = a;
    g->per_ion = b;
    g->sigma_per_pulse = sqrt(inflate * s.ii / det);
    g->sigma_per_ion = sqrt(inflate * s.pp / det);
    g->share = a * pulses / h;
    g->sigma_share = g->sigma_per_pulse * pulses / h;
    g->is_told = true;
}

static void set_detector(job *j)
{
    double b[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};

    for (size_t i = 0; i < j->n_windows; i++)
        for (int k = 0; k < 4; k++)
            b[k] = k % 2 == 0 ? fmin(b[k], j->bounds[i][k]) : fmax(b[k], j->bounds[i][k]);
    j->centre[0] = 0.5 * (b[0] + b[1]);
    j->centre[1] = 0.5 * (b[2] + b[3]);
    j->radius = 0.5 * fmax(b[1] - b[0], b[3] - b[2]) * (1 + 1e-6);
    if (!(j->radius > 0) || !isfinite(j->radius))
        j->n_rings = 0;
}

ia_status ia_hydrogen_trends_compute(ia_ctx *ctx, const ia_hydrogen_input *input,
                                     const ia_hydrogen_params *params, ia_hydrogen *out)
{
    job j = {.in = input, .h = out, .n_windows = params->windows};
    bool has_hits = ia_ions_has(input->ions, IA_DET_XY);
    ia_status st = IA_ERR_MEMORY;

    if (input->ions->n < j.n_windows)
        return IA_OK; // nothing to compare
    j.n_rings = has_hits ? params->rings : 0;
    j.windows = ia_array(ctx, j.n_windows, sizeof *j.windows);
    j.rings = ia_array(ctx, j.n_windows * (j.n_rings + 1), sizeof *j.rings);
    j.bounds = ia_array(ctx, j.n_windows, sizeof *j.bounds);
    if (!j.windows || !j.rings || !j.bounds)
        goto done;
    if (has_hits) {
        if ((st = ia_for(ctx, "hydrogen", j.n_windows, measure, &j)) != IA_OK)
            goto done;
        set_detector(&j);
    }
    if ((st = ia_for(ctx, "hydrogen", j.n_windows, count_window, &j)) != IA_OK)
        goto done;
    if (j.failed) {
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while counting hydrogen");
        goto done;
    }
    if ((st = make_windows(ctx, &j, out)) != IA_OK)
        goto done;
    find_trends(out);
    find_gas(out);
done:
    free(j.windows);
    free(j.rings);
    free(j.bounds);
    return st;
}
