// src/report/plot_rdf.c: pairs at a distance over those of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "rdf_";

static bool is_curve(const ia_table *table)
{
    return table->shape == IA_ARRAYS && table->n_rows > 0 &&
           strncmp(table->name, prefix, strlen(prefix)) == 0;
}

static size_t count_curves(const ia_step_record *step)
{
    size_t n = 0;
    for (size_t i = 0; step && i < step->result.n; i++)
        n += is_curve(&step->result.tables[i]);
    return n;
}

ia_status plot_check_rdf(ia_ctx *ctx, const report_input *in)
{
    if (count_curves(report_step(in, "rdf")) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no pairs were counted: nothing to draw");
    return IA_OK;
}

// Bins where the shuffles have no pair are left out.
static void put_curve(FILE *stream, const ia_table *table, size_t number)
{
    static const char *const names[] = {"r_nm", "g_over_null", "sigma_g_over_null",
                                        "null_lo", "null_hi"};
    fprintf(stream, "$rdf%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!isfinite(report_value(table, "g_over_null", row)))
            continue;
        for (size_t c = 0; c < 5; c++) {
            double value = report_value(table, names[c], row);
            fprintf(stream, "%.8g%c", isfinite(value) ? value : 0, c == 4 ? '\n' : ' ');
        }
    }
    fprintf(stream, "END\n");
}

// Between which the axis runs: all bins but those where chance alone leaves everything
// open.
static void put_scale(FILE *stream, const ia_table *table)
{
    double low = 1, high = 1;
    for (size_t row = 0; row < table->n_rows; row++) {
        double g = report_value(table, "g_over_null", row);
        double lo = report_value(table, "null_lo", row);
        double hi = report_value(table, "null_hi", row);
        if (!isfinite(g) || !(lo > 0.3))
            continue;
        low = fmin(low, fmin(g, lo));
        high = fmax(high, fmax(g, hi));
    }
    double margin = fmax(0.08 * (high - low), 0.01);
    fprintf(stream, "set yrange [%g:%g]\n", fmax(low - margin, 0), high + margin);
}

ia_status plot_put_rdf(plot_job *job)
{
    const ia_step_record *step = report_step(job->in, "rdf");
    size_t n = count_curves(step), across = n > 4 ? 3 : n > 1 ? 2 : 1, number = 0;
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream,
            "%sset xlabel 'distance r (nm)'\nset ylabel 'g(r) over shuffled labels'\n"
            "set multiplot layout %zu,%zu\n",
            plot_axes, (n + across - 1) / across, across);
    for (size_t i = 0; i < step->result.n; i++) {
        const ia_table *table = &step->result.tables[i];
        if (!is_curve(table))
            continue;
        const char *species = table->name + strlen(prefix);
        put_curve(job->stream, table, number);
        put_scale(job->stream, table);
        double longest = report_value(table, "r_nm", table->n_rows - 1);
        fprintf(job->stream, "set xrange [0:%g]\nset xtics %g\nset title ", longest,
                plot_tick_step(longest, 4, 0));
        plot_put_plain(job->stream, species);
        fprintf(job->stream,
                "\nplot $rdf%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
                "1 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
                "'' using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '#%06x'\n",
                number++, (unsigned)plot_colour_named(job->in->state, colours, species));
    }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}
