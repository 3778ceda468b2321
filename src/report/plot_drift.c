// src/report/plot_drift.c: how far the pattern moved on the detector during the run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>

ia_status plot_check_drift(ia_ctx *ctx, const report_input *in)
{
    if (in->state->drift.n < 2)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no drift of the pattern was looked for: nothing to draw without "
                       "hitmap and two windows of the run");
    return IA_OK;
}

// Mean z of the ions of each window, nm; false without positions or where all lie at one
// depth.
static ia_status find_depths(plot_job *job, double *out, bool *are_known)
{
    const ia_ions *ions = &job->in->state->ions;
    const ia_drift *drift = &job->in->state->drift;
    double least = INFINITY, most = -INFINITY;
    *are_known = false;
    if (!ia_ions_has(ions, IA_XYZ))
        return IA_OK;
    float *room = ia_array(job->ctx, IA_COLUMN_BLOCK, 3 * sizeof *room);
    if (!room)
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < drift->n; w++) {
        size_t begin = (size_t)llround(drift->windows[w].from * (double)ions->n);
        size_t end = (size_t)llround(drift->windows[w].to * (double)ions->n);
        double sum = 0, n = 0;
        end = end < ions->n ? end : ions->n;
        for (size_t at = begin; at < end; at += IA_COLUMN_BLOCK) {
            size_t rows = end - at < IA_COLUMN_BLOCK ? end - at : IA_COLUMN_BLOCK;
            const float *xyz = ia_column_rows(&ions->columns[IA_XYZ], at, rows, room);
            for (size_t i = 0; i < rows; i++) {
                if (!isfinite(xyz[3 * i + 2]))
                    continue;
                sum += (double)xyz[3 * i + 2];
                n++;
            }
        }
        out[w] = sum / n;
        least = fmin(least, out[w]);
        most = fmax(most, out[w]);
    }
    *are_known = most > least;
    free(room);
    return IA_OK;
}

static double middle_of(const ia_drift_window *w)
{
    return 0.5 * (w->from + w->to);
}

// Depths along the top, at the middles of the windows: at most eight.
static ia_status put_depths(plot_job *job)
{
    const ia_drift *drift = &job->in->state->drift;
    size_t step = (drift->n + 7) / 8;
    bool are_known;
    double *depths = ia_array(job->ctx, drift->n, sizeof *depths);
    if (!depths)
        return IA_ERR_MEMORY;
    ia_status st = find_depths(job, depths, &are_known);
    if (st == IA_OK && are_known) {
        fprintf(job->stream, "set border 7\nset x2range [0:1]\nset x2tics (");
        for (size_t w = 0; w < drift->n; w += step)
            fprintf(job->stream, "%s'%.3g' %.6g", w > 0 ? ", " : "", depths[w],
                    middle_of(&drift->windows[w]));
        fprintf(job->stream, ")\nset x2label 'z (nm), mean of the ions of a window'\n");
    }
    free(depths);
    return st;
}

// x and y stand a little beside each other; bars along the run are the windows. The first
// is what the others are compared with and has no error.
ia_status plot_put_drift(plot_job *job)
{
    const ia_drift *drift = &job->in->state->drift;
    FILE *stream = job->stream;
    fprintf(stream, "$windows << END\n");
    for (size_t k = 0; k < drift->n; k++) {
        const ia_drift_window *w = &drift->windows[k];
        fprintf(stream, "%.6g %.6g %.6g %.6g %.6g %.3g\n", middle_of(w), w->from, w->to,
                w->shift[0], w->shift[1], k > 0 ? w->sigma : 0);
    }
    fprintf(stream, "END\n%s", plot_axes);
    ia_status st = put_depths(job);
    double beside = 0.04 / (double)drift->n;
    fprintf(
        stream,
        "set xlabel 'share of the run'\nset xrange [0:1]\n"
        "set ylabel 'shift from the first window (mm)'\nset offsets 0,0,graph 0.12,graph "
        "0.12\nset key top left samplen 1\n"
        "plot 0 with lines lw 1 lc rgb '#bbbbbb' notitle");
    static const char *const names[2] = {"x", "y"};
    static const char *const colours[2][2] = {{"#9cc9de", "#0b6e99"},
                                              {"#f0b89a", "#c2410c"}};
    for (int axis = 0; axis < 2; axis++) {
        double aside = axis == 0 ? -beside : beside;
        fprintf(stream,
                ", $windows using ($1 + %.4g):%d with lines lw 1 lc rgb '%s' notitle, "
                "'' using ($1 + %.4g):%d:2:3:($%d - $6):($%d + $6) with xyerrorbars pt "
                "%d ps 1.1 lw 1.5 lc rgb '%s' title '%s'",
                aside, axis + 4, colours[axis][0], aside, axis + 4, axis + 4, axis + 4,
                axis == 0 ? 7 : 5, colours[axis][1], names[axis]);
    }
    fputc('\n', stream);
    return st;
}
