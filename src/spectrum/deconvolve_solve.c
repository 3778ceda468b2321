// src/spectrum/deconvolve_solve.c: counts of overlapping ions from windows, with the
// parts of their errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_solving.h"

#include <math.h>
#include <stdlib.h>

static const double LEAST_SEEN = 0.02;  // of an ion's ions in windows: less tells nothing
static const double LEAST_COUNTS = 0.5; // variance of a core: zero is no certainty
static const double UNKNOWN = 1e-12;    // of an eigenvalue
static const double FAR_OFF = 3;        // standard deviations of a core
// Variance of an amount over that of the same ion alone, above which it may not be below
// zero: more of it comes from others.
static const double FREE_BELOW = 2;

static ia_status solving_new(ia_ctx *ctx, ia_deconvolution *out, solving *s)
{
    size_t n = out->n_ions, w = out->n_windows, at = 0;

    *s = (solving){.ctx = ctx, .out = out};
    const struct {
        double **array;
        size_t size;
    } parts[] = {
        {&s->count, w},
        {&s->background, w},
        {&s->mean, w},
        {&s->weight, w},
        {&s->weighted[0], w},
        {&s->weighted[1], w},
        {&s->weighted[2], w * n},
        {&s->counts, n},
        {&s->amount, n},
        {&s->seen, n},
        {&s->floor, n},
        {&s->shift, n},
        {&s->information, n * n},
        {&s->inverse, n * n},
        {&s->gather, n * w},
        {&s->own, n * w},
        {&s->part, w},
        {&s->plain, w},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        at += parts[i].size;
    s->room = ia_array(ctx, at, sizeof *s->room);
    s->left_out = ia_array(ctx, n, sizeof *s->left_out);
    if (!s->room || !s->left_out)
        return IA_ERR_MEMORY;
    at = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; at += parts[i++].size)
        *parts[i].array = s->room + at;
    s->poisson = (ia_poisson){w, n, s->count, s->background, out->share[0]};
    s->doubted = (ia_poisson){w, n, s->weighted[0], s->weighted[1], s->weighted[2]};
    return ia_symmetric_new(ctx, n, &s->symmetric);
}

static void solving_clear(solving *s)
{
    ia_symmetric_clear(&s->symmetric);
    free(s->left_out);
    free(s->room);
}

// More than a core holds an ion cannot put there.
static double largest_of(const solving *s, size_t k)
{
    const ia_deconvolution *out = s->out;
    double largest = INFINITY;

    for (size_t w = 0; w < out->n_windows; w++) {
        double share = out->share[0][w * out->n_ions + k];
        if (share > 0.05)
            largest = fmin(largest, (s->count[w] + 4) / share);
    }
    return largest;
}

// A core with far more than all ions could put there by what their other lines hold is
// another ion's, that nobody told: it says nothing of these, and counts none of them.
static void leave_foreign(solving *s, size_t w, const double *largest)
{
    const double mostly = 2,
                 sure = 5; // times what they can put there, standard deviations
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;
    double most = 0;

    for (size_t k = 0; k < n; k++)
        if (out->share[0][w * n + k] > 0)
            most += out->share[0][w * n + k] * largest[k];
    double there = s->count[w] - s->background[w];
    if (!(there > mostly * most && there > most + sure * sqrt(s->count[w] + most)))
        return;
    for (size_t k = 0; k < n; k++)
        out->share[0][w * n + k] = out->share[1][w * n + k] = 0;
    out->windows[w].foreign = true;
    out->windows[w].doubt = fmax(out->windows[w].doubt, sqrt(s->count[w]));
}

static void take_windows(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    for (size_t w = 0; w < out->n_windows; w++) {
        s->count[w] = out->windows[w].core.observed;
        s->background[w] = out->windows[w].core.background;
    }
    for (size_t k = 0; k < n; k++)
        s->counts[k] = largest_of(s, k);
    for (size_t w = 0; w < out->n_windows; w++)
        leave_foreign(s, w, s->counts);
    for (size_t k = 0; k < n; k++) {
        double seen = 0;
        for (size_t w = 0; w < out->n_windows; w++) {
            seen += out->share[0][w * n + k];
            s->seen[k] += out->share[1][w * n + k];
        }
        s->left_out[k] = seen < LEAST_SEEN;
        for (size_t w = 0; s->left_out[k] && w < out->n_windows; w++)
            out->share[0][w * n + k] = out->share[1][w * n + k] = 0;
        double largest = largest_of(s, k);
        s->floor[k] = largest < INFINITY ? 1 / (largest * largest) : 1;
    }
}

// Change of the parted counts with those of a core, to first order: one step of scoring.
static void set_parting(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    ia_poisson_information(&s->poisson, out->variance, s->floor, s->information);
    ia_symmetric_set(&s->symmetric, s->information, n);
    ia_symmetric_inverse(&s->symmetric, UNKNOWN, s->inverse);
    for (size_t k = 0; k < n; k++)
        for (size_t w = 0; w < out->n_windows; w++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += s->inverse[k * n + j] * out->share[0][w * n + j];
            s->own[k * out->n_windows + w] = sum / out->variance[w];
        }
}

// A core whose expectation is in doubt counts for as much less: its likelihood is raised
// to the power of the Poisson variance over the whole.
static void set_weights(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    ia_poisson_means(&s->poisson, s->counts, s->mean);
    for (size_t w = 0; w < out->n_windows; w++) {
        double doubt = out->windows[w].doubt;
        double own = fmax(s->mean[w], LEAST_COUNTS);
        out->variance[w] = own + doubt * doubt;
        s->weight[w] = own / out->variance[w];
        s->weighted[0][w] = s->weight[w] * s->count[w];
        s->weighted[1][w] = s->weight[w] * s->background[w];
        for (size_t k = 0; k < n; k++)
            s->weighted[2][w * n + k] = s->weight[w] * out->share[0][w * n + k];
    }
}

// Ions at zero that are known by the difference of others, CO+ on 56Fe++: a few 54Fe++
// too many would send them far below zero and Fe++ as far up. They stay at zero, and the
// others where they are best with that.
static void stay_at_zero(solving *s)
{
    const int rounds = 20;
    size_t n = s->out->n_ions;

    for (int round = 0; round < rounds; round++)
        for (size_t k = 0; k < n; k++) {
            double own = s->inverse[k * n + k], below = s->amount[k];
            if (s->left_out[k] || s->counts[k] > 0 || own <= 0 || below == 0 ||
                own * s->information[k * n + k] < FREE_BELOW)
                continue;
            for (size_t i = 0; i < n; i++)
                s->amount[i] -= s->inverse[i * n + k] / own * below;
            s->amount[k] = 0;
        }
}

// Fit the cores. Zero is where the fit stops; the step that it would have taken beyond
// says how far below the counts lie, so that their mean over many spectra is right.
static ia_status part(solving *s)
{
    ia_deconvolution *out = s->out;
    ia_status st = ia_poisson_fit(s->ctx, &s->poisson, s->left_out, s->counts);

    if (st != IA_OK)
        return st;
    set_weights(s);
    if ((st = ia_poisson_fit(s->ctx, &s->doubted, s->left_out, s->counts)) != IA_OK)
        return st;
    ia_poisson_means(&s->poisson, s->counts, s->mean);
    set_parting(s);
    for (size_t k = 0; k < out->n_ions; k++) {
        s->amount[k] = s->counts[k];
        for (size_t w = 0; w < out->n_windows; w++)
            s->amount[k] += s->own[k * out->n_windows + w] * (s->count[w] - s->mean[w]);
    }
    stay_at_zero(s);
    return IA_OK;
}

// What a whole holds beyond what is told by its core goes to its ions in proportion:
// `gather` is the change of an ion's counts with those of a whole.
static void set_gather(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    for (size_t w = 0; w < out->n_windows; w++) {
        double all = 0;
        for (size_t k = 0; k < n; k++)
            all += out->share[1][w * n + k] * s->counts[k];
        for (size_t k = 0; k < n; k++) {
            double own = out->share[1][w * n + k] * s->counts[k];
            s->gather[k * out->n_windows + w] = own > 0 ? own / (all * s->seen[k]) : 0;
        }
    }
}

static void gather(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    for (size_t w = 0; w < out->n_windows; w++) {
        ia_solved_window *window = &out->windows[w];
        double expected = window->whole.background;
        for (size_t k = 0; k < n; k++)
            expected += out->share[1][w * n + k] * s->amount[k];
        for (size_t k = 0; k < n; k++)
            out->ions[k].counts +=
                s->gather[k * out->n_windows + w] * (window->whole.observed - expected);
    }
    for (size_t k = 0; k < n; k++)
        out->ions[k].counts += s->amount[k];
}

// The same as changes with the counts of cores and of the rests of wholes.
static void set_response(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions, n_windows = out->n_windows;

    // part[v, w]: change of what whole v is expected to hold with core w; row by row.
    for (size_t v = 0; v < n_windows; v++) {
        double *row = s->part;
        for (size_t w = 0; w < n_windows; w++) {
            row[w] = 0;
            for (size_t j = 0; j < n; j++)
                row[w] += out->share[1][v * n + j] * s->own[j * n_windows + w];
        }
        for (size_t k = 0; k < n; k++) {
            double *response = out->response + k * 2 * n_windows;
            double take = s->gather[k * n_windows + v];
            response[v] += take + s->own[k * n_windows + v];
            response[n_windows + v] = take;
            for (size_t w = 0; take > 0 && w < n_windows; w++)
                response[w] -= take * row[w];
        }
    }
}

// What the cores leave open between two ions, and no count could tell: bounded by what
// the cores hold in all.
static double left_open(const solving *s, size_t k, size_t i)
{
    size_t n = s->out->n_ions;
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        sum += s->inverse[k * n + j] * s->floor[j] * s->inverse[i * n + j];
    return sum;
}

// The covariance by part: what it would be if each ion told where it came from, what the
// overlaps add to that without any background, and what the background adds.
static void set_covariance(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions, n_cells = 2 * out->n_windows;

    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i <= k; i++) {
            double counting = 0, bare = left_open(s, k, i),
                   stray = s->shift[k] * s->shift[i];
            if (i == k && s->counts[k] > 0)
                counting = s->counts[k] / s->seen[k];
            for (size_t c = 0; c < n_cells; c++) {
                const ia_solved_window *w = &out->windows[c % out->n_windows];
                double b = c < out->n_windows ? w->core.background
                                              : w->whole.background - w->core.background;
                double both =
                    out->response[k * n_cells + c] * out->response[i * n_cells + c];
                b = fmin(b, out->variance[c]);
                stray += both * b;
                bare += both * (out->variance[c] - b);
            }
            double *covariance[IA_ERROR_PARTS] = {&counting, &bare, &stray};
            bare -= counting;
            for (int p = 0; p < IA_ERROR_PARTS; p++)
                out->covariance[p][k * n + i] = out->covariance[p][i * n + k] =
                    *covariance[p];
        }
}

static double lever(double lo, double hi)
{
    return 2 * (sqrt(hi) - sqrt(fmax(0, lo)));
}

static void set_shift(solving *s, const ia_background *background)
{
    const ia_deconvolution *out = s->out;
    double level = background && background->sigma_a > 0 ? background->sigma_a : 0;

    for (size_t k = 0; k < out->n_ions; k++)
        for (size_t w = 0; w < out->n_windows; w++) {
            const ia_solved_window *window = &out->windows[w];
            const double *response = out->response + k * 2 * out->n_windows;
            double core = lever(window->core.lo, window->core.hi);
            double whole = lever(window->whole.lo, window->whole.hi);
            s->shift[k] += level * (response[w] * core +
                                    response[out->n_windows + w] * (whole - core));
        }
}

static void tell_windows(solving *s)
{
    ia_deconvolution *out = s->out;

    for (size_t w = 0; w < out->n_windows; w++) {
        ia_solved_window *window = &out->windows[w];
        window->core.fitted = s->mean[w];
        window->whole.fitted = window->whole.background;
        for (size_t k = 0; k < out->n_ions; k++)
            window->whole.fitted += out->share[1][w * out->n_ions + k] * s->counts[k];
        out->variance[out->n_windows + w] =
            fmax(0, fmax(window->whole.observed - window->core.observed,
                         window->whole.fitted - window->core.fitted));
        window->deviation = (s->count[w] - s->mean[w]) / sqrt(out->variance[w]);
        out->chi2 += window->deviation * window->deviation;
        s->plain[w] = out->variance[w];
        // What is further off than chance and doubt have it is no better known than that.
        if (fabs(window->deviation) > FAR_OFF)
            out->variance[w] *= window->deviation * window->deviation;
    }
    out->freedom = (double)out->n_windows;
    for (size_t k = 0; k < out->n_ions; k++)
        out->freedom -= !s->left_out[k] && s->counts[k] > 0;
}

static void tell_ion(const solving *s, size_t k)
{
    const ia_deconvolution *out = s->out;
    ia_solved *ion = &out->ions[k];
    double variance = 0, third = 0, interval[2];
    const double limits[2] = {0, INFINITY};

    if (s->left_out[k]) {
        ion->counts = ion->sigma_all = ion->lo = ion->hi = NAN;
        return;
    }
    for (size_t c = 0; c < 2 * out->n_windows; c++)
        third += pow(out->response[k * 2 * out->n_windows + c], 3) * out->variance[c];
    for (int p = 0; p < IA_ERROR_PARTS; p++) {
        double own = fmax(0, out->covariance[p][k * out->n_ions + k]);
        ion->sigma[p] = sqrt(own);
        variance += own;
    }
    ion->sigma_all = sqrt(variance);
    ia_count_interval(ion->counts, variance, third, limits, interval);
    ion->lo = interval[0];
    ion->hi = interval[1];
}

// What becomes of the others where an ion is not there after all.
static ia_status leave_out(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;
    ia_status st = IA_OK;

    for (size_t k = 0; k < n && st == IA_OK; k++) {
        double *change = out->change + k * n;
        if (s->left_out[k] || out->ions[k].probability >= 1)
            continue;
        s->left_out[k] = true;
        st = ia_poisson_fit(s->ctx, &s->doubted, s->left_out, change);
        s->left_out[k] = false;
        for (size_t j = 0; j < n; j++)
            change[j] -= s->counts[j];
    }
    return st;
}

ia_status ia_deconvolve_amounts(ia_ctx *ctx, ia_deconvolution *out, double *amount)
{
    solving s;
    ia_status st = solving_new(ctx, out, &s);

    if (st == IA_OK) {
        take_windows(&s);
        st = ia_poisson_fit(ctx, &s.poisson, s.left_out, amount);
    }
    solving_clear(&s);
    return st;
}

ia_status ia_deconvolve_solve(ia_ctx *ctx, const ia_deconvolve_plan *plan,
                              ia_deconvolution *out)
{
    solving s;
    ia_status st = solving_new(ctx, out, &s);

    if (st != IA_OK)
        goto done;
    take_windows(&s);
    if ((st = part(&s)) != IA_OK)
        goto done;
    ia_deconvolve_group(&s, plan->params->parted);
    set_gather(&s);
    gather(&s);
    set_response(&s);
    tell_windows(&s);
    set_shift(&s, plan->input->background);
    set_covariance(&s);
    for (size_t k = 0; k < out->n_ions; k++)
        tell_ion(&s, k);
    ia_deconvolve_sum_groups(&s);
    if ((st = leave_out(&s)) == IA_OK)
        st = ia_deconvolve_omitted(&s, plan);
done:
    solving_clear(&s);
    return st;
}
