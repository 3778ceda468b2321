// src/spectrum/profile.c: the profile of a line, learnt from lines whose ions are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARAMETERS = 9,
    ROUNDS = 12,
    STRANGE_ROUNDS = 3,
    WINDOWS_MOST = 30,
};
static const double TABLE_FIRST = -8, TABLE_STEP = 0.02;
static const double LEFT = 4, RIGHT = 14; // widths about a line that is learnt from
static const double IONS_LEAST = 200;     // of a line that is learnt from

// Parameters as they are fitted, what is believed of them and how firmly.
typedef struct {
    double belief, sigma, least, most;
} belief;
static const belief beliefs[PARAMETERS] = {
    {-0.635, 0.5, -2.3, 1},  // ln sigma
    {-0.408, 0.7, -3, 1.5},  // ln tau
    {-4, 1.5, -9, -0.5},     // ln far_share
    {1.4, 0.5, 0.7, 3},      // ln far
    {-0.4, 0.3, -2, 1},      // shift
    {0, 0.003, -0.02, 0.02}, // offset
    {0, 1e-4, -1e-3, 1e-3},  // slope
    {0, 0.1, -0.5, 0.5},     // stretch
    {0, 0.1, -0.5, 0.5},     // tilt
};

static double clamp(double x, double least, double most)
{
    return fmin(most, fmax(least, x));
}

static void take_parameters(const double *x, ia_profile *p)
{
    p->sigma = exp(x[0]);
    p->tau = exp(x[1]);
    p->far_share = exp(x[2]);
    p->far = exp(x[3]);
    p->shift = x[4];
    p->offset = x[5];
    p->slope = x[6];
    p->stretch = x[7];
    p->tilt = x[8];
}

// Share below u of a Gaussian of mean 0 convolved with an exponential.
static double tailed_below(double u, double sigma, double tau)
{
    double z = u / sigma, ratio = sigma / tau;
    double gauss = 0.5 * erfc(-z * M_SQRT1_2);
    double power = 0.5 * ratio * ratio - u / tau;

    if (z < ratio - 7 || power > 700)
        return gauss;
    return gauss - exp(power) * 0.5 * erfc(-(z - ratio) * M_SQRT1_2);
}

static void fill_table(ia_profile *p)
{
    for (size_t i = 0; i < IA_PROFILE_TABLE; i++) {
        double u = TABLE_FIRST + TABLE_STEP * (double)i - p->shift;
        p->below[i] = clamp((1 - p->far_share) * tailed_below(u, p->sigma, p->tau) +
                                p->far_share * tailed_below(u, p->sigma, p->far),
                            0, 1);
    }
}

double ia_profile_width(const ia_profile *p, double mass)
{
    double x = log(fmax(mass, 0.1) / 28);
    double width = p->widths.width * exp(p->stretch + (p->widths.power + p->tilt) * x);
    return fmax(0.2 * p->widths.bin, width);
}

double ia_profile_place(const ia_profile *p, double mass)
{
    return mass + p->offset + p->slope * mass;
}

// Centroid of what lies within 0.7 widths of itself, as places of peaks are measured.
static void find_top(ia_profile *p)
{
    const double half = 0.7;
    double top = 0;

    for (int round = 0; round < 50; round++) {
        double sum = 0, moment = 0;
        for (size_t i = 0; i + 1 < IA_PROFILE_TABLE; i++) {
            double u = TABLE_FIRST + TABLE_STEP * ((double)i + 0.5);
            if (fabs(u - top) > half)
                continue;
            double share = p->below[i + 1] - p->below[i];
            sum += share;
            moment += share * u;
        }
        if (!(sum > 0) || fabs(moment / sum - top) < 1e-4)
            break;
        top = moment / sum;
    }
    p->top = top;
}

double ia_profile_below(const ia_profile *p, double u)
{
    double x = (u - TABLE_FIRST) / TABLE_STEP;

    if (!(x > 0))
        return 0;
    if (x >= IA_PROFILE_TABLE - 1)
        return 1;
    size_t i = (size_t)x;
    return p->below[i] + (x - (double)i) * (p->below[i + 1] - p->below[i]);
}

// A stretch of the spectrum about a strong line, whose amount is free.
typedef struct {
    double mass, net;     // Da, ions above the background
    size_t first, n;      // cells
    size_t line, n_lines; // that reach into it: line .. line + n_lines - 1
    size_t main;          // the strong one
    bool left_out; // holds something that is not known: fits far worse than the others
} window;

typedef struct {
    ia_ctx *ctx;
    const ia_counts *counts;
    const ia_peaks *peaks;
    const ia_known_line *lines;
    size_t n_lines;
    window windows[WINDOWS_MOST];
    size_t n_windows;
    double *edge; // of cells, n + 1 for each window
    double *count, *base, *mean;
    bool *used;       // (n_cells) in a window that is not left out
    double *jacobian; // (n_cells, PARAMETERS)
    size_t n_cells;
    ia_profile profile;
} learning;

// Is the peak at m nearly all of known lines?
static bool is_known(const learning *job, const ia_peak *peak)
{
    double told = 0;

    for (size_t i = 0; i < job->n_lines; i++)
        if (fabs(job->lines[i].mass - peak->mass) < 1.5 * peak->width)
            told += job->lines[i].expected;
    double net = peak->counts - peak->background;
    return told > 0.5 * net && told < 3 * net;
}

// Up to where no peak of something unknown reaches.
static void bound_window(const learning *job, double mass, double *lo, double *hi)
{
    double width = ia_peak_width(&job->peaks->widths, mass);

    *lo = fmax(mass - LEFT * width, job->counts->spectrum->m_min);
    *hi = fmin(mass + RIGHT * width, ia_counts_end(job->counts));
    for (size_t i = 0; i < job->peaks->n; i++) {
        const ia_peak *peak = &job->peaks->list[i];
        if (peak->mass < *lo - RIGHT * width || peak->mass > *hi + LEFT * width ||
            is_known(job, peak))
            continue;
        if (peak->mass > mass)
            *hi = fmin(*hi, peak->mass - 2.5 * width);
        else
            *lo = fmax(*lo, peak->mass + 6 * width);
    }
}

static void note_lines(const learning *job, double lo, double hi, window *w)
{
    double width = ia_peak_width(&job->peaks->widths, w->mass);

    w->line = job->n_lines;
    w->n_lines = 0;
    for (size_t i = 0; i < job->n_lines; i++) {
        double m = job->lines[i].mass;
        if (m < lo - 2 * RIGHT * width || m > hi + LEFT * width)
            continue;
        if (w->n_lines == 0)
            w->line = i;
        w->n_lines = i - w->line + 1;
    }
}

static double strength(const learning *job, size_t line)
{
    const ia_known_line *l = &job->lines[line];
    double width = ia_peak_width(&job->peaks->widths, l->mass);
    double all = 0;

    for (size_t i = 0; i < job->n_lines; i++)
        if (fabs(job->lines[i].mass - l->mass) < 2 * width)
            all += job->lines[i].expected;
    return l->expected > 0.9 * all ? l->expected : 0;
}

// The strongest lines that stand alone, strongest first.
static size_t choose_lines(const learning *job, size_t chosen[WINDOWS_MOST])
{
    double kept[WINDOWS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < job->n_lines; i++) {
        double s = strength(job, i);
        if (s < IONS_LEAST || (n == WINDOWS_MOST && s <= kept[n - 1]))
            continue;
        size_t at = n < WINDOWS_MOST ? n++ : n - 1;
        for (; at > 0 && kept[at - 1] < s; at--) {
            kept[at] = kept[at - 1];
            chosen[at] = chosen[at - 1];
        }
        kept[at] = s;
        chosen[at] = i;
    }
    return n;
}

static double cell_step(const learning *job, double mass)
{
    double bin = job->counts->spectrum->bin;
    double width = ia_peak_width(&job->peaks->widths, mass);
    return bin * fmax(1, floor(0.25 * width / bin));
}

static ia_status lay_windows(learning *job)
{
    size_t chosen[WINDOWS_MOST], n = choose_lines(job, chosen), room = 0;
    const ia_spectrum *s = job->counts->spectrum;

    for (size_t i = 0; i < n; i++) {
        window *w = &job->windows[job->n_windows];
        double lo, hi;
        *w = (window){.mass = job->lines[chosen[i]].mass, .main = chosen[i]};
        bound_window(job, w->mass, &lo, &hi);
        double step = cell_step(job, w->mass);
        double width = ia_peak_width(&job->peaks->widths, w->mass);
        if (lo > w->mass - 1.5 * width || hi < w->mass + 2 * width)
            continue;
        lo = s->m_min + s->bin * ceil((lo - s->m_min) / s->bin - 1e-6);
        w->n = (size_t)((hi - lo) / step);
        w->first = job->n_cells;
        w->net = lo; // kept here until the cells are filled
        note_lines(job, lo, hi, w);
        job->n_cells += w->n;
        room += w->n + 1;
        job->n_windows++;
    }
    job->edge = ia_array(job->ctx, room, sizeof *job->edge);
    job->count = ia_array(job->ctx, job->n_cells, sizeof *job->count);
    job->base = ia_array(job->ctx, job->n_cells, sizeof *job->base);
    job->mean = ia_array(job->ctx, job->n_cells, sizeof *job->mean);
    job->used = ia_array(job->ctx, job->n_cells, sizeof *job->used);
    job->jacobian = ia_array(job->ctx, job->n_cells, PARAMETERS * sizeof(double));
    return job->edge && job->count && job->base && job->mean && job->used && job->jacobian
               ? IA_OK
               : IA_ERR_MEMORY;
}

static const double *edges_of(const learning *job, size_t k)
{
    return job->edge + job->windows[k].first + k;
}

static void fill_windows(learning *job)
{
    for (size_t k = 0; k < job->n_windows; k++) {
        window *w = &job->windows[k];
        double *edge = job->edge + w->first + k, lo = w->net;
        double step = cell_step(job, w->mass);
        w->net = 0;
        for (size_t i = 0; i <= w->n; i++)
            edge[i] = lo + step * (double)i;
        for (size_t i = 0; i < w->n; i++) {
            double n = ia_counts_between(job->counts, edge[i], edge[i + 1]);
            double b = ia_counts_flat(job->counts, edge[i], edge[i + 1]);
            job->count[w->first + i] = n;
            job->base[w->first + i] = fmax(b, 1e-6);
            job->used[w->first + i] = true;
            w->net += n - b;
        }
    }
}

// Means of a window's cells for the profile at hand, all its lines scaled by one amount.
static void predict(const learning *job, const ia_profile *p, size_t k, double *mean)
{
    const window *w = &job->windows[k];
    const double *edge = edges_of(job, k);
    double told = 0;

    memset(mean, 0, w->n * sizeof *mean);
    for (size_t l = w->line; l < w->line + w->n_lines; l++) {
        const ia_known_line *line = &job->lines[l];
        double place = ia_profile_place(p, line->mass),
               width = ia_profile_width(p, place);
        double below;
        if (edge[w->n] < place - 8 * width || edge[0] > place + 38 * width)
            continue;
        below = ia_profile_below(p, (edge[0] - place) / width);
        for (size_t i = 0; i < w->n; i++) {
            double upto = ia_profile_below(p, (edge[i + 1] - place) / width);
            mean[i] += line->expected * (upto - below);
            below = upto;
        }
    }
    for (size_t i = 0; i < w->n; i++)
        told += mean[i];
    double amount = told > 0 && w->net > 0 ? w->net / told : 0;
    for (size_t i = 0; i < w->n; i++)
        mean[i] = job->base[w->first + i] + amount * mean[i];
}

static void predict_all(const learning *job, const double *x, ia_profile *p, double *mean)
{
    take_parameters(x, p);
    fill_table(p);
    for (size_t k = 0; k < job->n_windows; k++)
        predict(job, p, k, mean + job->windows[k].first);
}

// Strong cells are off by a little whatever the profile: they count no more than this.
static double variance_of(double mean)
{
    const double off = 0.02;
    return mean + off * off * mean * mean + 0.5;
}

// With the variances of the means as they stand, which a step leaves alone.
static double misfit(const learning *job, const double *x, const double *mean)
{
    double sum = 0;

    for (size_t i = 0; i < job->n_cells; i++) {
        double d = job->used[i] ? job->count[i] - mean[i] : 0;
        sum += d * d / variance_of(job->mean[i]);
    }
    for (int a = 0; a < PARAMETERS; a++) {
        double d = (x[a] - beliefs[a].belief) / beliefs[a].sigma;
        sum += d * d;
    }
    return sum;
}

static void differentiate(learning *job, const double *x, double *room)
{
    for (int a = 0; a < PARAMETERS; a++) {
        double moved[PARAMETERS], step = 0.02 * beliefs[a].sigma;
        memcpy(moved, x, sizeof moved);
        moved[a] += step;
        predict_all(job, moved, &job->profile, room);
        for (size_t i = 0; i < job->n_cells; i++)
            job->jacobian[i * PARAMETERS + (size_t)a] = (room[i] - job->mean[i]) / step;
    }
}

// Normal equations of the misfit, damped; the step goes to `step`. False where they
// cannot be solved.
static bool solve_step(const learning *job, const double *x, double damping, double *step)
{
    double a[PARAMETERS * PARAMETERS] = {0};

    memset(step, 0, PARAMETERS * sizeof *step);
    for (size_t i = 0; i < job->n_cells; i++) {
        const double *j = job->jacobian + i * PARAMETERS;
        double weight = job->used[i] ? 1 / variance_of(job->mean[i]) : 0;
        double d = job->count[i] - job->mean[i];
        for (size_t r = 0; r < PARAMETERS; r++) {
            step[r] += weight * j[r] * d;
            for (size_t c = 0; c <= r; c++)
                a[r * PARAMETERS + c] += weight * j[r] * j[c];
        }
    }
    for (size_t r = 0; r < PARAMETERS; r++) {
        double firm = 1 / (beliefs[r].sigma * beliefs[r].sigma);
        a[r * PARAMETERS + r] = (a[r * PARAMETERS + r] + firm) * (1 + damping);
        step[r] += firm * (beliefs[r].belief - x[r]);
    }
    if (!ia_cholesky(a, PARAMETERS))
        return false;
    ia_cholesky_solve(a, PARAMETERS, step);
    return true;
}

// Levenberg's and Marquardt's method.
static void fit(learning *job, double *x, double *room)
{
    double damping = 0.01;

    predict_all(job, x, &job->profile, job->mean);
    for (int round = 0; round < ROUNDS && damping < 1e4; round++) {
        double best = misfit(job, x, job->mean), step[PARAMETERS], tried[PARAMETERS];
        differentiate(job, x, room);
        bool better = false;
        while (!better && damping < 1e4 && solve_step(job, x, damping, step)) {
            for (int a = 0; a < PARAMETERS; a++)
                tried[a] = clamp(x[a] + step[a], beliefs[a].least, beliefs[a].most);
            predict_all(job, tried, &job->profile, room);
            double value = misfit(job, tried, room);
            better = value < best;
            damping *= better ? 0.2 : 6;
            if (!better)
                continue;
            double gained = best - value;
            memcpy(x, tried, sizeof tried);
            memcpy(job->mean, room, job->n_cells * sizeof *room);
            if (gained < 0.05)
                damping = INFINITY; // settled
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Leave out windows that fit far worse than most; true where there were any.
static bool leave_out_strange(learning *job)
{
    const double far = 5, enough = 3; // times the median; squares of standard deviations
    double square[WINDOWS_MOST], kept[WINDOWS_MOST];
    size_t n = 0;
    bool found = false;

    for (size_t k = 0; k < job->n_windows; k++) {
        const window *w = &job->windows[k];
        square[k] = 0;
        for (size_t i = w->first; i < w->first + w->n; i++) {
            double d = job->count[i] - job->mean[i];
            square[k] += d * d / variance_of(job->mean[i]) / (double)w->n;
        }
        if (!w->left_out)
            kept[n++] = square[k];
    }
    if (n < 3)
        return false;
    qsort(kept, n, sizeof *kept, by_value);
    double limit = fmax(enough, far * kept[n / 2]);
    for (size_t k = 0; k < job->n_windows; k++) {
        window *w = &job->windows[k];
        if (w->left_out || square[k] <= limit)
            continue;
        w->left_out = found = true;
        memset(job->used + w->first, 0, w->n * sizeof *job->used);
    }
    return found;
}

// Excess of squares over counting as a relative error, and its own variance: `firm`
// squares of `usual` on top.
typedef struct {
    double excess, weight, noise;
} scatter;

static void add_square(scatter *s, double square, double variance, double weight)
{
    s->excess += weight * (square - variance);
    s->weight += weight;
    s->noise += weight * weight * 2 * variance * variance;
}

static double error_of(const scatter *s, double usual, double firm)
{
    double all = firm + s->weight;
    return sqrt(fmax(2 * sqrt(s->noise), firm * usual * usual + s->excess) / all);
}

// Scatter of the cells about the profile, in units of the signal.
static void judge_shape(learning *job)
{
    scatter core = {0, 0, 0}, tail = {0, 0, 0};

    for (size_t k = 0; k < job->n_windows; k++) {
        const window *w = &job->windows[k];
        const double *edge = edges_of(job, k);
        double width = ia_profile_width(&job->profile, w->mass);
        if (w->left_out)
            continue;
        for (size_t i = 0; i < w->n; i++) {
            double mean = job->mean[w->first + i],
                   signal = mean - job->base[w->first + i];
            double d = job->count[w->first + i] - mean;
            double u = (0.5 * (edge[i] + edge[i + 1]) - w->mass) / width;
            scatter *s = fabs(u) < 1.5 ? &core : &tail;
            if (signal < 1)
                continue;
            double variance = mean / (signal * signal); // of a relative error
            // Each cell tells of the error as far as counting lets it.
            double weight = 1 / (1 + variance * variance * 1e8);
            add_square(s, d * d / (signal * signal), variance, weight);
        }
    }
    job->profile.core_error = error_of(&core, 0.03, 1);
    job->profile.tail_error = error_of(&tail, 0.1, 1);
}

static const double CORE = 1.5, NEAR = 5; // widths

static int wing_of(double u)
{
    return u < -CORE ? 0 : u <= CORE ? -1 : u < NEAR ? 1 : 2;
}

double ia_profile_wing(const ia_profile *p, double u)
{
    int wing = wing_of(u);
    return wing < 0 ? 0 : p->wing[wing];
}

// Excess of squares in the wings of a window, by cell, over its height squared; -1 where
// it has no cell there.
static void look_at_wings(const learning *job, size_t k, double square[3])
{
    const window *w = &job->windows[k];
    const double *edge = edges_of(job, k);
    double width = ia_profile_width(&job->profile, w->mass), height = 1;
    size_t n[3] = {0};

    memset(square, 0, 3 * sizeof *square);
    for (size_t i = 0; i < w->n; i++) {
        double mean = job->mean[w->first + i], d = job->count[w->first + i] - mean;
        int wing = wing_of((0.5 * (edge[i] + edge[i + 1]) - w->mass) / width);
        height = fmax(height, job->count[w->first + i]);
        if (wing < 0)
            continue;
        square[wing] += d * d - mean;
        n[wing]++;
    }
    for (int wing = 0; wing < 3; wing++)
        square[wing] = n[wing] ? square[wing] / (double)n[wing] / height / height : -1;
}

// What most windows have: a few hold something that is not known.
static void judge_wings(learning *job)
{
    double squares[3][WINDOWS_MOST];
    size_t n[3] = {0};

    for (size_t k = 0; k < job->n_windows; k++) {
        double square[3];
        look_at_wings(job, k, square);
        for (int wing = 0; wing < 3; wing++)
            if (square[wing] > -1)
                squares[wing][n[wing]++] = square[wing];
    }
    for (int wing = 0; wing < 3; wing++) {
        if (n[wing])
            qsort(squares[wing], n[wing], sizeof(double), by_value);
        double median = n[wing] ? squares[wing][n[wing] / 2] : 0;
        job->profile.wing[wing] = sqrt(fmax(0, median));
    }
}

// Amount of the strong line of a window against what its ion promises.
static double amount_of(const learning *job, size_t k)
{
    const window *w = &job->windows[k];
    double told = 0;

    for (size_t l = w->line; l < w->line + w->n_lines; l++) {
        double place = ia_profile_place(&job->profile, job->lines[l].mass);
        double width = ia_profile_width(&job->profile, place);
        const double *edge = edges_of(job, k);
        told += job->lines[l].expected *
                (ia_profile_below(&job->profile, (edge[w->n] - place) / width) -
                 ia_profile_below(&job->profile, (edge[0] - place) / width));
    }
    return told > 0 ? w->net / told : 1;
}

// Isotopes of one ion against each other.
static void judge_amounts(learning *job)
{
    scatter s = {0, 0, 0};

    for (size_t k = 1; k < job->n_windows; k++) {
        for (size_t j = 0; j < k; j++) {
            const ia_known_line *a = &job->lines[job->windows[j].main];
            const ia_known_line *b = &job->lines[job->windows[k].main];
            if (a->ion != b->ion || job->windows[j].left_out || job->windows[k].left_out)
                continue;
            double ratio =
                log(fmax(0.1, amount_of(job, k)) / fmax(0.1, amount_of(job, j)));
            double variance = 1 / a->expected + 1 / b->expected;
            double weight = 1 / (1 + variance * variance * 1e8);
            add_square(&s, fmin(ratio * ratio, 0.25), variance, weight);
            break;
        }
    }
    job->profile.amount_error = error_of(&s, 0.06, 0.1);
}

// How far the lines of a window lie from their places, widths, and the error of that by
// counting: a step of Newton's method.
static double place_of(learning *job, size_t k, double *room, double *sigma)
{
    const window *w = &job->windows[k];
    double width = ia_profile_width(&job->profile, w->mass), h = 0.05 * width;
    double *left = room, *right = room + w->n, slope = 0, curve = 0;
    ia_profile moved = job->profile;

    moved.offset -= h;
    predict(job, &moved, k, left);
    moved.offset += 2 * h;
    predict(job, &moved, k, right);
    for (size_t i = 0; i < w->n; i++) {
        double mean = job->mean[w->first + i], d = (right[i] - left[i]) / (2 * h);
        slope += (job->count[w->first + i] - mean) * d / variance_of(mean);
        curve += d * d / variance_of(mean);
    }
    *sigma = curve > 0 ? 1 / (sqrt(curve) * width) : INFINITY;
    return curve > 0 ? slope / (curve * width) : 0;
}

// Scatter of the places beyond counting; robust.
static ia_status judge_places(learning *job)
{
    double off[WINDOWS_MOST], counting = 0;
    size_t n = 0, most = 1;

    for (size_t k = 0; k < job->n_windows; k++)
        most = job->windows[k].n > most ? job->windows[k].n : most;
    double *room = ia_array(job->ctx, 2 * most, sizeof *room);
    if (!room)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < job->n_windows; k++) {
        double sigma, at = place_of(job, k, room, &sigma);
        if (job->windows[k].left_out || job->windows[k].mass < 4 || !(sigma < 0.2))
            continue;
        off[n++] = fabs(at);
        counting += sigma * sigma;
    }
    free(room);
    if (n > 0)
        qsort(off, n, sizeof *off, by_value);
    double median = n ? off[n / 2] : 0;
    double excess = n ? fmax(0, 2.2 * median * median - counting / (double)n) : 0;
    const double usual = 0.1, firm = 0.3;
    job->profile.place_error =
        sqrt((firm * usual * usual + (double)n * excess) / (firm + (double)n));
    return IA_OK;
}

ia_status ia_profile_learn(ia_ctx *ctx, const ia_counts *counts, const ia_peaks *peaks,
                           const ia_known_line *lines, size_t n, ia_profile *out)
{
    learning job = {
        .ctx = ctx, .counts = counts, .peaks = peaks, .lines = lines, .n_lines = n};
    double x[PARAMETERS], *room = NULL;
    ia_status st = IA_ERR_MEMORY;

    for (int a = 0; a < PARAMETERS; a++)
        x[a] = beliefs[a].belief;
    job.profile.widths = peaks->widths;
    job.profile.below = ia_array(ctx, IA_PROFILE_TABLE, sizeof(double));
    if (!job.profile.below || (st = lay_windows(&job)) != IA_OK)
        goto done;
    room = ia_array(ctx, job.n_cells, sizeof *room);
    if (!room) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    fill_windows(&job);
    fit(&job, x, room);
    for (int round = 0; round < STRANGE_ROUNDS && leave_out_strange(&job); round++)
        fit(&job, x, room);
    predict_all(&job, x, &job.profile, job.mean);
    find_top(&job.profile);
    judge_shape(&job);
    judge_amounts(&job);
    judge_wings(&job);
    if ((st = judge_places(&job)) != IA_OK)
        goto done;
    ia_log(
        ctx, IA_LOG_DEBUG,
        "profile: sigma %.3f tau %.3f far %.3g x %.2f shift %.3f top %.3f, place %.2g Da "
        "%.2g, width %.3f %.3f, errors %.3g %.3g %.3g %.3g, wings %.2g %.2g %.2g from "
        "%zu "
        "lines",
        job.profile.sigma, job.profile.tau, job.profile.far_share, job.profile.far,
        job.profile.shift, job.profile.top, job.profile.offset, job.profile.slope,
        job.profile.stretch, job.profile.tilt, job.profile.core_error,
        job.profile.tail_error, job.profile.amount_error, job.profile.place_error,
        job.profile.wing[0], job.profile.wing[1], job.profile.wing[2], job.n_windows);
    *out = job.profile;
    job.profile = (ia_profile){0}; // the caller's now
done:
    ia_profile_clear(&job.profile);
    free(room);
    free(job.edge);
    free(job.count);
    free(job.base);
    free(job.mean);
    free(job.used);
    free(job.jacobian);
    return st;
}

void ia_profile_clear(ia_profile *profile)
{
    free(profile->below);
    *profile = (ia_profile){0};
}
