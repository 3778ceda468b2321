// src/report/plot_correlation.c: correlation functions with their fits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

static void put_values(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    static const char *const names[] = {"r_nm",    "gamma",   "sigma_gamma",
                                        "null_lo", "null_hi", "fit"};
    fprintf(stream, "$gamma%zu << END\n", panel->number);
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t c = 0; c < 6; c++) {
            double value = report_value(table, names[c], row);
            fprintf(stream, "%.8g%c", isfinite(value) ? value : 0, c == 5 ? '\n' : ' ');
        }
    fprintf(stream, "END\n");
}

static bool is_fitted(const ia_table *table)
{
    for (size_t row = 0; row < table->n_rows; row++)
        if (isfinite(report_value(table, "fit", row)))
            return true;
    return false;
}

static void put_lines(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    fprintf(stream,
            "plot $gamma%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
            "0 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
            "'' using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '#%06x'%s\n",
            panel->number, panel->colour,
            is_fitted(table) ? ", '' using 1:6 with lines lw 1.5 lc rgb '#000000'" : "");
}

static const plot_panels panels = {
    .method = "correlation",
    .prefix = "gamma_",
    .distance = "r_nm",
    .missing = "no correlation function was made",
    .axes = "set xlabel 'distance r (nm)'\nset ylabel 'correlation of composition'\n",
    .from_zero = true,
    .put_values = put_values,
    .put_lines = put_lines};

ia_status plot_check_correlation(ia_ctx *ctx, const report_input *in)
{
    return plot_panels_check(ctx, in, &panels);
}

ia_status plot_put_correlation(plot_job *job)
{
    return plot_panels_put(job, &panels);
}
