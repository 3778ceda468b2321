// src/spectrum/profile_judge.c: how far single peaks lie off the profile.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/profile_learning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        const double *edge = ia_learning_edges(job, k);
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

// Excess of squares in the wings of a window, by cell, over its height squared; -1 where
// it has no cell there.
static void look_at_wings(const learning *job, size_t k, double square[3])
{
    const window *w = &job->windows[k];
    const double *edge = ia_learning_edges(job, k);
    double width = ia_profile_width(&job->profile, w->mass), height = 1;
    size_t n[3] = {0};

    memset(square, 0, 3 * sizeof *square);
    for (size_t i = 0; i < w->n; i++) {
        double mean = job->mean[w->first + i], d = job->count[w->first + i] - mean;
        int wing = ia_profile_wing_of((0.5 * (edge[i] + edge[i + 1]) - w->mass) / width);
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
            qsort(squares[wing], n[wing], sizeof(double), ia_learning_by_value);
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
        const double *edge = ia_learning_edges(job, k);
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
    ia_learning_predict(job, &moved, k, left);
    moved.offset += 2 * h;
    ia_learning_predict(job, &moved, k, right);
    for (size_t i = 0; i < w->n; i++) {
        double mean = job->mean[w->first + i], d = (right[i] - left[i]) / (2 * h);
        slope += (job->count[w->first + i] - mean) * d / ia_learning_variance(mean);
        curve += d * d / ia_learning_variance(mean);
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
        qsort(off, n, sizeof *off, ia_learning_by_value);
    double median = n ? off[n / 2] : 0;
    double excess = n ? fmax(0, 2.2 * median * median - counting / (double)n) : 0;
    const double usual = 0.1, firm = 0.3;
    job->profile.place_error =
        sqrt((firm * usual * usual + (double)n * excess) / (firm + (double)n));
    return IA_OK;
}

ia_status ia_learning_judge(learning *job)
{
    judge_shape(job);
    judge_amounts(job);
    judge_wings(job);
    return judge_places(job);
}
