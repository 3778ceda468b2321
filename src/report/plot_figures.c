// src/report/plot_figures.c: maps, neighbour distances and cluster sizes as gnuplot
// scripts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char plot_axes[] = "set tics out nomirror\nunset key\nset border 3\n";

// The report's scale of density, from little to much.
const char plot_palette[] =
    "set palette defined (0 '#f8f8e9', 0.125 '#daeec3', 0.25 '#a4e7b2', "
    "0.375 '#63ccb2', 0.5 '#20acb3', 0.625 '#0086b2', 0.75 '#295ca5', 0.875 '#2d3a7a', "
    "1 '#241d50')\n";

double plot_tick_step(double length, double n, double least)
{
    double decade = pow(10, floor(log10(length / n))), rest = length / n / decade;
    return fmax(decade * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10), least);
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
    const json_t *layers = json_object_get(map, "layers"); // the last is wanted
    const json_t *layer = json_array_get(layers, json_array_size(layers) - 1);
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

ia_status plot_check_positions(ia_ctx *ctx, const report_input *in)
{
    if (!ia_ions_has(&in->state->ions, IA_XYZ) || in->state->ions.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "the input has no positions: nothing to draw");
    return IA_OK;
}

// The map of all ions alone, or of an element.
static ia_status map_of(plot_job *job, json_t **map)
{
    if (job->element)
        return report_projection_of(job->ctx, job->in, job->element, map);
    ia_status st = report_projections(job->ctx, job->in, map);
    json_t *layers = st == IA_OK ? json_object_get(*map, "layers") : NULL;
    while (json_array_size(layers) > 1)
        json_array_remove(layers, json_array_size(layers) - 1);
    return st;
}

static ia_status put_projections(plot_job *job)
{
    static const struct {
        const char *plane, *labels[2];
    } planes[] = {{"xy", {"x", "y"}}, {"xz", {"x", "depth z"}}, {"yz", {"y", "depth z"}}};
    json_t *map = NULL;
    ia_status st = map_of(job, &map);
    if (st != IA_OK)
        return st;
    if (is_flat(map, 3)) {
        json_decref(map);
        return ia_fail(job->ctx, IA_ERR_EMPTY, "the positions have no extent to draw");
    }
    fprintf(job->stream,
            "%s%sset title '%s per nm^2'\n"
            "set multiplot layout 1,3 margins 0.07,0.93,0.15,0.88 spacing 0.15,0.1\n",
            plot_axes, plot_palette, job->element ? job->element : "ions");
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
    fprintf(job->stream, "%s%sset title 'hits per mm^2'\n", plot_axes, plot_palette);
    put_plane(job->stream, map, "xy", labels, "mm");
    json_decref(map);
    return IA_OK;
}

static const plot_figure figures[] = {
    {"spectrum", PLOT_SPECTRUM_WIDTH, PLOT_SPECTRUM_HEIGHT, plot_check_spectrum,
     plot_put_spectrum, false},
    {"projections", 1200, 480, plot_check_positions, put_projections, true},
    {"hitmap", 640, 560, check_hitmap, put_hitmap, false},
    {"knn", 1000, 700, plot_check_knn, plot_put_knn, false},
    {"knn-kth", 1000, 700, plot_check_knn_kth, plot_put_knn_kth, false},
    {"clusters", 800, 450, plot_check_clusters, plot_put_clusters, false},
    {"reachability", 1000, 450, plot_check_reachability, plot_put_reachability, false},
    {"sensitivity", 1200, 500, plot_check_sensitivity, plot_put_sensitivity, false},
    {"knn-k", 800, 450, plot_check_neighbours, plot_put_neighbours, false},
    {"tof", 1000, 450, plot_check_times, plot_put_times, false},
    {"multiplicity", 640, 450, plot_check_multiples, plot_put_multiples, false},
    {"calibration", 1100, 820, plot_check_calibration, plot_put_calibration, false},
    {"cloud", 800, 700, plot_check_positions, plot_put_cloud, true},
    {"saxey", 1200, 520, plot_check_saxey, plot_put_saxey, false},
    {"profile", 1000, 700, plot_check_profile, plot_put_profile, false},
    {"ladder", 1000, 700, plot_check_profile, plot_put_ladder, false},
    {"map", 1100, 700, plot_check_map, plot_put_map, false},
    {"rdf", 1000, 700, plot_check_rdf, plot_put_rdf, false},
    {"correlation", 1000, 700, plot_check_correlation, plot_put_correlation, false},
    {"frequency", 1000, 700, plot_check_frequency, plot_put_frequency, false},
    {"field", 1200, 480, plot_check_field, plot_put_field, false},
    {"surface", 1300, 450, plot_check_surface, plot_put_surface, false},
    {"sdm", 1400, 460, plot_check_sdm, plot_put_sdm, false},
    {"planes", 1200, 620, plot_check_planes, plot_put_planes, false},
    {"regions", 1100, 820, plot_check_planes, plot_put_regions, false},
    {"fourier", 1100, 700, plot_check_fourier, plot_put_fourier, false},
    {"maps", 1200, 760, plot_check_maps, plot_put_maps, false},
    {"drift", 900, 520, plot_check_drift, plot_put_drift, false},
    {"poles", 760, 700, plot_check_maps, plot_put_poles, false},
    {"evidence", 1300, 700, plot_check_evidence, plot_put_evidence, false},
    {"constants", 1200, 420, plot_check_constants, plot_put_constants, false},
    {"proxigram", 1000, 700, plot_check_proxigram, plot_put_proxigram, false},
};

const plot_figure *plot_figures(size_t *n)
{
    *n = sizeof figures / sizeof figures[0];
    return figures;
}
