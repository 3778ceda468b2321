// src/spectrum/profile_fit.c: fits the profile to the lines that teach it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/profile_learning.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 12, STRANGE_ROUNDS = 3 };

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

// Means of a window's cells for the profile at hand, all its lines scaled by one amount.
void ia_learning_predict(const learning *job, const ia_profile *p, size_t k, double *mean)
{
    const window *w = &job->windows[k];
    const double *edge = ia_learning_edges(job, k);
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
    ia_profile_set(p, x);
    for (size_t k = 0; k < job->n_windows; k++)
        ia_learning_predict(job, p, k, mean + job->windows[k].first);
}

// Strong cells are off by a little whatever the profile: they count no more than this.
double ia_learning_variance(double mean)
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
        sum += d * d / ia_learning_variance(job->mean[i]);
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
        double weight = job->used[i] ? 1 / ia_learning_variance(job->mean[i]) : 0;
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
            square[k] += d * d / ia_learning_variance(job->mean[i]) / (double)w->n;
        }
        if (!w->left_out)
            kept[n++] = square[k];
    }
    if (n < 3)
        return false;
    qsort(kept, n, sizeof *kept, ia_learning_by_value);
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

ia_status ia_learning_fit(learning *job)
{
    double x[PARAMETERS], *room = ia_array(job->ctx, job->n_cells, sizeof *room);

    if (!room)
        return IA_ERR_MEMORY;
    for (int a = 0; a < PARAMETERS; a++)
        x[a] = beliefs[a].belief;
    fit(job, x, room);
    for (int round = 0; round < STRANGE_ROUNDS && leave_out_strange(job); round++)
        fit(job, x, room);
    predict_all(job, x, &job->profile, job->mean);
    free(room);
    return IA_OK;
}
