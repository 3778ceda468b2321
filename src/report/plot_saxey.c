// src/report/plot_saxey.c: pairs of one pulse after Saxey, as they are and against
// chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>

// Cells along an edge, points of a track, names of tracks at most.
enum { CELLS = 250, POINTS = 60, NAMED = 12 };
static const double most_sigma = 5; // end of the scale of deviations

ia_status plot_check_saxey(ia_ctx *ctx, const report_input *in)
{
    if (!report_step(in, "multihit"))
        return ia_fail(
            ctx, IA_ERR_EMPTY,
            "the input does not tell which ions came together: nothing to draw");
    if (in->state->multihit.n_cells == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no two ions came in one pulse: nothing to draw");
    return IA_OK;
}

// Middles of two cells, pairs, and their deviation from chance.
static void put_cells(FILE *stream, const ia_pair_map *map)
{
    fprintf(stream, "$pairs << END\n");
    for (size_t a = 0; a < map->n; a++) {
        for (size_t b = 0; b < map->n; b++) {
            size_t i = a * map->n + b;
            double deviation = ia_pair_deviation(map->counts[i], map->expected[i]);
            deviation = fmax(-most_sigma, fmin(deviation, most_sigma));
            fprintf(stream, "%.6g %.6g ", ((double)a + 0.5) * map->cell,
                    ((double)b + 0.5) * map->cell);
            fprintf(stream, map->counts[i] > 0 ? "%.0f" : "NaN", map->counts[i]);
            fprintf(stream, fabs(deviation) >= 0.05 ? " %.2f\n" : " 0\n", deviation);
        }
    }
    fprintf(stream, "END\n");
}

static size_t count_tracks(const ia_multihit *m)
{
    size_t n = 0;
    while (n < m->n_tracks && m->tracks[n].is_significant)
        n++;
    return n;
}

// Both halves of each track, as the map is symmetric.
static void put_tracks(FILE *stream, const ia_multihit *m, double end)
{
    fprintf(stream, "$tracks << END\n");
    for (size_t i = 0; i < count_tracks(m); i++) {
        for (size_t side = 0; side < 2; side++) {
            for (size_t k = 0; k <= POINTS; k++) {
                double x = ((double)k + 0.001) / (POINTS + 0.001);
                double a = ia_track_at(&m->tracks[i], side, x);
                double b = ia_track_at(&m->tracks[i], 1 - side, x);
                if (a < end && b < end)
                    fprintf(stream, "%.6g %.6g\n", a, b);
            }
            fputc('\n', stream);
        }
    }
    fprintf(stream, "NaN NaN\nEND\n");
}

static void put_axes(FILE *stream, double end)
{
    fprintf(stream,
            "set size ratio -1\nset xlabel 'm/n of one ion (Da)'\n"
            "set ylabel 'm/n of the other (Da)'\nset xrange [0:%g]\nset yrange [0:%g]\n",
            end, end);
}

// Names of the strongest tracks where they leave the peaks, below the diagonal.
static void put_names(FILE *stream, const ia_multihit *m, double end)
{
    const double at = 0.5; // share of the voltage
    for (size_t i = 0; i < count_tracks(m) && i < NAMED; i++) {
        const ia_track *t = &m->tracks[i];
        double x = ia_track_at(t, 1, at), y = ia_track_at(t, 0, at);
        if (t->same_as != SIZE_MAX || x > end)
            continue;
        fprintf(stream, "set label \"");
        plot_put_ion(stream, &t->parent);
        fprintf(stream, "\" at %.6g,%.6g left offset 0.4,-0.4 front font ',10'\n", x, y);
    }
}

ia_status plot_put_saxey(plot_job *job)
{
    const ia_multihit *m = &job->in->state->multihit;
    ia_pair_map map = {0};
    ia_status st =
        ia_pair_map_compute(job->ctx, m, (m->n_bins + CELLS - 1) / CELLS, &map);
    if (st != IA_OK)
        return st;
    double end = map.cell * (double)map.n;
    fprintf(job->stream, "%s", plot_axes);
    put_cells(job->stream, &map);
    put_tracks(job->stream, m, end);
    fprintf(job->stream, "set multiplot layout 1,2 margins 0.08,0.93,0.13,0.92 "
                         "spacing 0.19,0.1\n");
    put_axes(job->stream, end);
    fprintf(job->stream,
            "set title 'pairs per (%g Da)^2'\nset logscale cb\n"
            "set format cb '10^{%%L}'\nset palette defined (0 '#a4e7b2', 0.3 '#20acb3', "
            "0.6 '#295ca5', 1 '#241d50')\n"
            "plot $pairs using 1:2:3 with image, $tracks with lines lw 1 lc rgb "
            "'#d55e00'\nunset logscale cb\nset format cb '%%g'\n",
            map.cell);
    put_names(job->stream, m, end);
    fprintf(job->stream,
            "set title 'against chance (standard deviations)'\nset cbrange [-%g:%g]\n"
            "set palette defined (-1 '#2166ac', 0 '#ffffff', 1 '#b2182b')\n"
            "plot $pairs using 1:2:4 with image, $tracks with lines lw 1 dt 2 lc "
            "rgb '#444444'\nunset multiplot\n",
            most_sigma, most_sigma);
    ia_pair_map_clear(&map);
    return IA_OK;
}
