// src/report/plot_knn.c: neighbour distances and their means against shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_values(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    static const char *const names[] = {"distance_nm", "observed", "null_mean", "null_lo",
                                        "null_hi"};
    fprintf(stream, "$curve%zu << END\n", panel->number);
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t c = 0; c < 5; c++)
            fprintf(stream, "%.8g%c", report_value(table, names[c], row),
                    c == 4 ? '\n' : ' ');
    fprintf(stream, "END\n");
}

static void put_lines(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    (void)table;
    fprintf(stream,
            "plot $curve%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
            "'' using 1:3 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
            "'' using 1:2 with lines lw 2 lc rgb '#%06x'\n",
            panel->number, panel->colour);
}

#define PANELS(WHICH, PREFIX, MISSING)                                                   \
    {                                                                                    \
        .method = "knn", .prefix = PREFIX, .distance = "distance_nm",                    \
        .missing = MISSING,                                                              \
        .axes = "set xlabel 'distance to the " WHICH " (nm)'\n"                          \
                "set ylabel 'share per nm'\nset yrange [0:*]\n",                         \
        .put_values = put_values, .put_lines = put_lines                                 \
    }

static const plot_panels panels =
    PANELS("nearest", "curve_", "no distances between neighbours were measured");
static const plot_panels kth_panels =
    PANELS("k-th nearest", "kth_",
           "no distances to more than the nearest neighbour were measured");

ia_status plot_check_knn(ia_ctx *ctx, const report_input *in)
{
    return plot_panels_check(ctx, in, &panels);
}

ia_status plot_put_knn(plot_job *job)
{
    return plot_panels_put(job, &panels);
}

ia_status plot_check_knn_kth(ia_ctx *ctx, const report_input *in)
{
    return plot_panels_check(ctx, in, &kth_panels);
}

static const ia_table *test_table(const report_input *in)
{
    const ia_step_record *step = report_step(in, "knn");
    return step ? ia_result_find(&step->result, "knn_tests") : NULL;
}

// The axis says which neighbour.
ia_status plot_put_knn_kth(plot_job *job)
{
    char axes[160];
    plot_panels numbered = kth_panels;
    const ia_table *table = test_table(job->in);
    double k = 0;

    for (size_t row = 0; table && row < table->n_rows; row++)
        k = fmax(k, report_value(table, "k", row));
    snprintf(axes, sizeof axes, "%sset xlabel 'distance to neighbour %g (nm)'\n",
             kth_panels.axes, k);
    numbered.axes = axes;
    return plot_panels_put(job, &numbered);
}

ia_status plot_check_neighbours(ia_ctx *ctx, const report_input *in)
{
    const ia_table *table = test_table(in);
    for (size_t row = 0; table && row < table->n_rows; row++)
        if (report_value(table, "null_mean_distance_nm", row) > 0)
            return IA_OK;
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "no distances between neighbours were measured: nothing to draw");
}

static const char *species_at(const ia_table *table, size_t row)
{
    const ia_table_column *column = ia_table_find(table, "species");
    return column && column->type == IA_TEXT ? ((char *const *)column->data)[row] : "";
}

// Rows of one species, one after another: k and the mean distance, its error and the band
// of the shuffles over the mean of the shuffles. The row after them.
static size_t put_ratios(FILE *stream, const ia_table *table, size_t first)
{
    const char *species = species_at(table, first);
    size_t row = first;
    for (; row < table->n_rows && strcmp(species_at(table, row), species) == 0; row++) {
        double scale = report_value(table, "null_mean_distance_nm", row);
        double sigma = report_value(table, "sigma_mean_distance_nm", row);
        double lo = report_value(table, "null_lo_nm", row);
        double hi = report_value(table, "null_hi_nm", row);
        if (!(scale > 0))
            continue;
        fprintf(stream, "%g %.6g %.6g %.6g %.6g\n", report_value(table, "k", row),
                report_value(table, "mean_distance_nm", row) / scale,
                isfinite(sigma) ? sigma / scale : 0, isfinite(lo) ? lo / scale : 1,
                isfinite(hi) ? hi / scale : 1);
    }
    return row;
}

// Bands and points of a species beside those of the others.
static void put_marks(plot_job *job, const uint32_t *colours, const char *species,
                      size_t number, size_t n)
{
    double shift = 0.7 * (((double)number + 0.5) / (double)n - 0.5),
           half = 0.2 / (double)n;
    unsigned colour = plot_colour_named(job->in->state, colours, species);
    fprintf(job->stream,
            "%s$ratio%zu using ($1 + %.3g):2:($1 + %.3g):($1 + %.3g):4:5 with boxxyerror "
            "notitle fc rgb '#%06x' fs transparent solid 0.3 noborder, \\\n",
            number ? ", \\\n  " : "plot 1 with lines notitle lc rgb '#4a5866', \\\n  ",
            number, shift, shift - half, shift + half, colour);
    fprintf(job->stream,
            "  '' using ($1 + %.3g):2:3 with yerrorbars pt 7 ps 0.9 lw 1.2 lc rgb "
            "'#%06x' title ",
            shift, colour);
    plot_put_plain(job->stream, species);
}

ia_status plot_put_neighbours(plot_job *job)
{
    const ia_table *table = test_table(job->in);
    uint32_t *colours = NULL;
    size_t n = 0;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    for (size_t row = 0; row < table->n_rows; n++) {
        fprintf(job->stream, "$ratio%zu << END\n", n);
        row = put_ratios(job->stream, table, row);
        fprintf(job->stream, "END\n");
    }
    double last = 1;
    for (size_t row = 0; row < table->n_rows; row++)
        last = fmax(last, report_value(table, "k", row));
    fprintf(job->stream,
            "%sset key outside right top\nset xlabel 'neighbour k'\nset xtics 1\n"
            "set ylabel 'mean distance, measured over shuffled'\n"
            "set xrange [0.4:%g]\nset offsets 0, 0, graph 0.05, graph 0.05\n",
            plot_axes, last + 0.6);
    for (size_t row = 0, number = 0; row < table->n_rows; number++) {
        const char *species = species_at(table, row);
        put_marks(job, colours, species, number, n);
        while (row < table->n_rows && strcmp(species_at(table, row), species) == 0)
            row++;
    }
    fputc('\n', job->stream);
    free(colours);
    return IA_OK;
}
