// src/report/plot_correlation.c: correlation functions with their fits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "gamma_";

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

ia_status plot_check_correlation(ia_ctx *ctx, const report_input *in)
{
    if (count_curves(report_step(in, "correlation")) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no correlation function was made: nothing to draw");
    return IA_OK;
}

// False where there is no fit.
static bool put_curve(FILE *stream, const ia_table *table, size_t number)
{
    static const char *const names[] = {"r_nm",    "gamma",   "sigma_gamma",
                                        "null_lo", "null_hi", "fit"};
    bool fitted = false;
    fprintf(stream, "$gamma%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++) {
        fitted |= isfinite(report_value(table, "fit", row));
        for (size_t c = 0; c < 6; c++) {
            double value = report_value(table, names[c], row);
            fprintf(stream, "%.8g%c", isfinite(value) ? value : 0, c == 5 ? '\n' : ' ');
        }
    }
    fprintf(stream, "END\n");
    return fitted;
}

ia_status plot_put_correlation(plot_job *job)
{
    const ia_step_record *step = report_step(job->in, "correlation");
    size_t n = count_curves(step), across = n > 4 ? 3 : n > 1 ? 2 : 1, number = 0;
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream,
            "%sset xlabel 'distance r (nm)'\nset ylabel 'correlation of composition'\n"
            "set multiplot layout %zu,%zu\n",
            plot_axes, (n + across - 1) / across, across);
    for (size_t i = 0; i < step->result.n; i++) {
        const ia_table *table = &step->result.tables[i];
        if (!is_curve(table))
            continue;
        const char *species = table->name + strlen(prefix);
        bool fitted = put_curve(job->stream, table, number);
        double longest = report_value(table, "r_nm", table->n_rows - 1);
        fprintf(job->stream, "set xrange [0:%g]\nset xtics %g\nset title ", longest,
                plot_tick_step(longest, 4, 0));
        plot_put_plain(job->stream, species);
        fprintf(job->stream,
                "\nplot $gamma%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
                "0 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
                "'' using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '#%06x'",
                number, (unsigned)plot_colour_named(job->in->state, colours, species));
        fprintf(job->stream, "%s\n",
                fitted ? ", '' using 1:6 with lines lw 1.5 lc rgb '#000000'" : "");
        number++;
    }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}
