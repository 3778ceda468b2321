// src/report/plot_counts.c: sizes of clusters, times of flight and ions per pulse.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_table *cluster_table(const report_input *in)
{
    const ia_step_record *step = report_step(in, "cluster");
    return step ? ia_result_find(&step->result, "clusters") : NULL;
}

ia_status plot_check_clusters(ia_ctx *ctx, const report_input *in)
{
    const ia_table *table = cluster_table(in);
    if (!table)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "clusters were not looked for: nothing to draw");
    if (table->n_rows == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no significant clustering: nothing to draw");
    return IA_OK;
}

// Middle and width of a bin, then the sums of the solutes up to each.
static void put_sizes(FILE *stream, const report_sizes *sizes)
{
    fprintf(stream, "$sizes << END\n");
    for (size_t i = 0; i < sizes->n; i++) {
        uint64_t sum = 0;
        fprintf(stream, "%g %llu", 0.5 * (double)(sizes->edges[i] + sizes->edges[i + 1]),
                (unsigned long long)(sizes->edges[i + 1] - sizes->edges[i]));
        for (size_t part = 0; part < sizes->n_parts; part++)
            fprintf(stream, " %llu",
                    (unsigned long long)(sum += sizes->parts[part].clusters[i]));
        fputc('\n', stream);
    }
    fprintf(stream, "END\n");
}

static double most_clusters(const report_sizes *sizes)
{
    uint64_t most = 1;
    for (size_t i = 0; i < sizes->n; i++)
        most = sizes->clusters[i] > most ? sizes->clusters[i] : most;
    return (double)most;
}

// The sums from the highest down, so that each solute shows above the one before.
static void put_bars(plot_job *job, const report_sizes *sizes, const uint32_t *colours)
{
    for (size_t left = sizes->n_parts; left > 0; left--) {
        const char *solute = sizes->parts[left - 1].solute;
        fprintf(job->stream, "%s using 1:%zu:2 with boxes lc rgb '#%06x' title ",
                left == sizes->n_parts ? "plot $sizes" : ", \\\n  ''", left + 2,
                (unsigned)(solute[0] ? plot_colour_named(job->in->state, colours, solute)
                                     : 0xD55E00));
        plot_put_plain(job->stream, solute);
    }
    fputc('\n', job->stream);
}

ia_status plot_put_clusters(plot_job *job)
{
    report_sizes sizes = report_sizes_of(cluster_table(job->in));
    double from = (double)sizes.edges[0], to = (double)sizes.edges[sizes.n];
    double most = most_clusters(&sizes);
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream,
            "%sset xlabel 'ions in a cluster'\nset ylabel 'clusters'\n"
            "set xrange [%g:%g]\nset yrange [0:%g]\nset xtics %g\nset ytics %g\n"
            "set grid ytics back lc rgb '#dddddd'\n"
            "set style fill solid 1 border rgb '#ffffff'\n",
            plot_axes, from, to, 1.05 * most, plot_tick_step(to - from, 5, 1),
            plot_tick_step(most, 5, 1));
    if (sizes.n_parts > 1)
        fprintf(job->stream, "set key top right\n");
    put_sizes(job->stream, &sizes);
    put_bars(job, &sizes, colours);
    free(colours);
    return IA_OK;
}

ia_status plot_check_times(ia_ctx *ctx, const report_input *in)
{
    if (!ia_ions_has(&in->state->ions, IA_TOF) || in->state->ions.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "the input has no times of flight: nothing to draw");
    return IA_OK;
}

static void put_times(FILE *stream, const ia_detector *times)
{
    enum { N_COLUMNS = 1000 };
    size_t factor = (times->n_bins + N_COLUMNS - 1) / N_COLUMNS;
    fprintf(stream,
            "%sset xlabel 'time of flight (ns)'\nset ylabel 'ions per %g ns'\n"
            "set logscale y\nset format y '10^{%%L}'\nset yrange [0.7:*]\n"
            "set xrange [0:%g]\nset grid ytics back lc rgb '#dddddd'\n$times << END\n",
            plot_axes, times->tof_bin * (double)factor,
            times->tof_bin * (double)times->n_bins);
    for (size_t i = 0; i < times->n_bins; i += factor) {
        uint64_t sum = 0;
        for (size_t k = i; k < i + factor && k < times->n_bins; k++)
            sum += times->tof[k];
        fprintf(stream, "%.10g %g\n", ((double)i + 0.5) * times->tof_bin,
                sum > 0 ? (double)sum : 0.1); // below the axis: 0 has no logarithm
    }
    fprintf(stream, "END\nplot $times using 1:2 with steps lw 1 lc rgb '#0072b2'\n");
}

ia_status plot_put_times(plot_job *job)
{
    ia_detector room;
    const ia_detector *times;
    ia_status st = report_detector(job->ctx, job->in->state, &room, &times);
    if (st == IA_OK && times->n_bins == 0)
        st = ia_fail(job->ctx, IA_ERR_EMPTY,
                     "no time of flight is above zero: nothing to draw");
    if (st == IA_OK)
        put_times(job->stream, times);
    ia_detector_clear(&room);
    return st;
}

ia_status plot_check_multiples(ia_ctx *ctx, const report_input *in)
{
    const ia_column *column = &in->state->ions.columns[IA_MULTIPLICITY];
    if (!ia_column_is_present(column) || column->n == 0)
        return ia_fail(
            ctx, IA_ERR_EMPTY,
            "the input does not tell which ions came together: nothing to draw");
    return IA_OK;
}

static double whole_at(const json_t *row, const char *key)
{
    return (double)json_integer_value(json_object_get(row, key));
}

ia_status plot_put_multiples(plot_job *job)
{
    json_t *rows = NULL, *row;
    double ions = 0;
    size_t i;
    ia_status st = report_multiples(job->ctx, job->in, &rows);
    if (st != IA_OK)
        return st;
    json_array_foreach(rows, i, row) ions += whole_at(row, "ions");
    fprintf(job->stream,
            "%sset xlabel 'ions in a pulse'\nset ylabel 'share of the ions (%%)'\n"
            "set yrange [0:*]\nset grid ytics back lc rgb '#dddddd'\n"
            "set style fill solid 1 noborder\nset boxwidth 0.7\nset offsets 0.5,0.5,0,0\n"
            "$multiples << END\n",
            plot_axes);
    json_array_foreach(rows, i, row) fprintf(
        job->stream, "%g %.6g \"%g%s\"\n", whole_at(row, "multiplicity"),
        100 * whole_at(row, "ions") / fmax(ions, 1), whole_at(row, "multiplicity"),
        json_is_true(json_object_get(row, "or_more")) ? "+" : "");
    fprintf(job->stream,
            "END\nplot $multiples using 1:2:xtic(3) with boxes lc rgb '#0072b2'\n");
    json_decref(rows);
    return IA_OK;
}
