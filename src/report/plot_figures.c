// src/report/plot_figures.c: maps, neighbour distances and cluster sizes as gnuplot
// scripts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char common[] = "set tics out nomirror\nunset key\nset border 3\n";

// The report's scale of density, from little to much.
static const char palette[] =
    "set palette defined (0 '#f8f8e9', 0.125 '#daeec3', 0.25 '#a4e7b2', "
    "0.375 '#63ccb2', 0.5 '#20acb3', 0.625 '#0086b2', 0.75 '#295ca5', 0.875 '#2d3a7a', "
    "1 '#241d50')\n";

// About four ticks over a length, at round places.
static double tick_step(double length)
{
    double decade = pow(10, floor(log10(length / 4))), rest = length / 4 / decade;
    return decade * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
}

// Every number of a packed text, row by row, as a block of data.
static void put_matrix(FILE *stream, const char *name, const char *packed, size_t width)
{
    size_t column = 0;
    fprintf(stream, "$%s << END\n", name);
    for (char *end; *packed; packed = end) {
        long long value = strtoll(packed, &end, 10);
        size_t n = value < 0 ? (size_t)-value : 1;
        for (size_t i = 0; i < n; i++) {
            fprintf(stream, "%lld%c", value < 0 ? 0 : value,
                    ++column == width ? '\n' : ' ');
            column = column == width ? 0 : column;
        }
    }
    fprintf(stream, "END\n");
}

static double number_at(const json_t *map, const char *key, size_t i)
{
    return json_number_value(json_array_get(json_object_get(map, key), i));
}

// One plane of a map: cells as an image on equal scales, y upwards and depth downwards.
static void put_plane(FILE *stream, const json_t *map, const char *plane,
                      const char *const labels[2], const char *unit)
{
    const json_t *layer = json_array_get(json_object_get(map, "layers"), 0);
    size_t across = (size_t)(plane[0] - 'x'), down = (size_t)(plane[1] - 'x');
    double step = json_number_value(json_object_get(map, "step"));
    double x0 = number_at(map, "origin", across), y0 = number_at(map, "origin", down);
    double nx = number_at(map, "cells", across), ny = number_at(map, "cells", down);
    bool depth = plane[1] == 'z';
    put_matrix(stream, plane, json_string_value(json_object_get(layer, plane)),
               (size_t)nx);
    double x1 = x0 + nx * step, y1 = y0 + ny * step;
    fprintf(stream,
            "set size ratio -1\nset xlabel '%s (%s)'\nset ylabel '%s (%s)'\n"
            "set xrange [%g:%g]\nset yrange [%g:%g]\nset cbrange [0:*]\n",
            labels[0], unit, labels[1], unit, x0, x1, depth ? y1 : y0, depth ? y0 : y1);
    fprintf(stream,
            "plot $%s matrix using (%.10g + ($1 + 0.5) * %.10g):(%.10g + ($2 + 0.5) * "
            "%.10g):($3 / %.10g) with image\n",
            plane, x0, step, y0, step, step * step);
}

// A map of one row of cells is no picture.
static bool is_flat(const json_t *map, size_t n_axes)
{
    bool flat = json_is_null(map);
    for (size_t axis = 0; axis < n_axes && !flat; axis++)
        flat = number_at(map, "cells", axis) < 2;
    return flat;
}

static ia_status check_projections(ia_ctx *ctx, const report_input *in)
{
    if (!ia_ions_has(&in->state->ions, IA_XYZ) || in->state->ions.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "the input has no positions: no projections to draw");
    return IA_OK;
}

static ia_status put_projections(plot_job *job)
{
    static const struct {
        const char *plane, *labels[2];
    } planes[] = {{"xy", {"x", "y"}}, {"xz", {"x", "depth z"}}, {"yz", {"y", "depth z"}}};
    json_t *map = NULL;
    ia_status st = report_projections(job->ctx, job->in, &map);
    if (st != IA_OK)
        return st;
    if (is_flat(map, 3)) {
        json_decref(map);
        return ia_fail(job->ctx, IA_ERR_EMPTY, "the positions have no extent to draw");
    }
    fprintf(job->stream,
            "%s%sset title 'ions per nm^2'\n"
            "set multiplot layout 1,3 margins 0.07,0.93,0.15,0.88 spacing 0.15,0.1\n",
            common, palette);
    for (size_t i = 0; i < 3; i++)
        put_plane(job->stream, map, planes[i].plane, planes[i].labels, "nm");
    fprintf(job->stream, "unset multiplot\n");
    json_decref(map);
    return IA_OK;
}

static ia_status check_hitmap(ia_ctx *ctx, const report_input *in)
{
    if (!ia_ions_has(&in->state->ions, IA_DET_XY) || in->state->ions.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "the input has no detector positions: no hit map to draw");
    return IA_OK;
}

static ia_status put_hitmap(plot_job *job)
{
    static const char *const labels[] = {"detector x", "detector y"};
    json_t *map = NULL;
    ia_status st = report_hits(job->ctx, job->in, &map);
    if (st != IA_OK)
        return st;
    if (json_is_null(map)) {
        json_decref(map);
        return ia_fail(job->ctx, IA_ERR_EMPTY,
                       "the detector hits have no extent to draw");
    }
    fprintf(job->stream, "%s%sset title 'hits per mm^2'\n", common, palette);
    put_plane(job->stream, map, "xy", labels, "mm");
    json_decref(map);
    return IA_OK;
}

static const char prefix[] = "curve_";

static size_t count_curves(const ia_step_record *step)
{
    size_t n = 0;
    for (size_t i = 0; step && i < step->result.n; i++)
        n += strncmp(step->result.tables[i].name, prefix, strlen(prefix)) == 0 &&
             step->result.tables[i].n_rows > 0;
    return n;
}

static ia_status check_knn(ia_ctx *ctx, const report_input *in)
{
    if (count_curves(report_step(in, "knn")) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no distances between neighbours were measured: nothing to draw");
    return IA_OK;
}

static void put_curve(FILE *stream, const ia_table *table, size_t number)
{
    static const char *const names[] = {"distance_nm", "observed", "null_mean", "null_lo",
                                        "null_hi"};
    fprintf(stream, "$curve%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t c = 0; c < 5; c++)
            fprintf(stream, "%.8g%c", report_value(table, names[c], row),
                    c == 4 ? '\n' : ' ');
    fprintf(stream, "END\n");
}

static ia_status put_knn(plot_job *job)
{
    const ia_step_record *step = report_step(job->in, "knn");
    size_t n = count_curves(step), across = n > 4 ? 3 : n > 1 ? 2 : 1, number = 0;
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream,
            "%sset xlabel 'distance to the nearest (nm)'\nset ylabel 'share per nm'\n"
            "set yrange [0:*]\nset multiplot layout %zu,%zu\n",
            common, (n + across - 1) / across, across);
    for (size_t i = 0; i < step->result.n; i++) {
        const ia_table *table = &step->result.tables[i];
        if (strncmp(table->name, prefix, strlen(prefix)) != 0 || table->n_rows == 0)
            continue;
        const char *species = table->name + strlen(prefix);
        put_curve(job->stream, table, number);
        double longest = report_value(table, "distance_nm", table->n_rows - 1);
        fprintf(job->stream, "set xtics %g\nset title ", tick_step(longest));
        plot_put_plain(job->stream, species);
        fprintf(job->stream,
                "\nplot $curve%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
                "'' using 1:3 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
                "'' using 1:2 with lines lw 2 lc rgb '#%06x'\n",
                number++, (unsigned)plot_colour_named(job->in->state, colours, species));
    }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}

static const ia_table *cluster_table(const report_input *in)
{
    const ia_step_record *step = report_step(in, "cluster");
    return step ? ia_result_find(&step->result, "clusters") : NULL;
}

static ia_status check_clusters(ia_ctx *ctx, const report_input *in)
{
    const ia_table *table = cluster_table(in);
    if (!table)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "clusters were not looked for: nothing to draw");
    if (table->n_rows == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no significant clustering: nothing to draw");
    return IA_OK;
}

static ia_status put_clusters(plot_job *job)
{
    report_sizes sizes = report_sizes_of(cluster_table(job->in));
    fprintf(job->stream,
            "%sset xlabel 'ions in a cluster'\nset ylabel 'clusters'\nset yrange [0:*]\n"
            "set xrange [%llu:%llu]\nset grid ytics back lc rgb '#dddddd'\n"
            "set style fill solid 1 border rgb '#ffffff'\n$sizes << END\n",
            common, (unsigned long long)sizes.edges[0],
            (unsigned long long)sizes.edges[sizes.n]);
    for (size_t i = 0; i < sizes.n; i++)
        fprintf(job->stream, "%g %llu %llu\n",
                0.5 * (double)(sizes.edges[i] + sizes.edges[i + 1]),
                (unsigned long long)sizes.clusters[i],
                (unsigned long long)(sizes.edges[i + 1] - sizes.edges[i]));
    fprintf(job->stream, "END\nplot $sizes using 1:2:3 with boxes lc rgb '#d55e00'\n");
    return IA_OK;
}

static const plot_figure figures[] = {
    {"spectrum", PLOT_SPECTRUM_WIDTH, PLOT_SPECTRUM_HEIGHT, plot_check_spectrum,
     plot_put_spectrum},
    {"projections", 1200, 480, check_projections, put_projections},
    {"hitmap", 640, 560, check_hitmap, put_hitmap},
    {"knn", 1000, 700, check_knn, put_knn},
    {"clusters", 800, 450, check_clusters, put_clusters},
};

const plot_figure *plot_figures(size_t *n)
{
    *n = sizeof figures / sizeof figures[0];
    return figures;
}
