// src/report/plot_rdf.c: pairs at a distance over those of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

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

// Bins where the shuffles have no pair are left out.
static void put_values(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    static const char *const names[] = {"r_nm", "g_over_null", "sigma_g_over_null",
                                        "null_lo", "null_hi"};
    fprintf(stream, "$rdf%zu << END\n", panel->number);
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!isfinite(report_value(table, "g_over_null", row)))
            continue;
        for (size_t c = 0; c < 5; c++) {
            double value = report_value(table, names[c], row);
            fprintf(stream, "%.8g%c", isfinite(value) ? value : 0, c == 4 ? '\n' : ' ');
        }
    }
    fprintf(stream, "END\n");
    put_scale(stream, table);
}

static void put_lines(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    (void)table;
    fprintf(stream,
            "plot $rdf%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
            "1 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
            "'' using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '#%06x'\n",
            panel->number, panel->colour);
}

static const plot_panels panels = {
    .method = "rdf",
    .prefix = "rdf_",
    .distance = "r_nm",
    .missing = "no pairs were counted",
    .axes = "set xlabel 'distance r (nm)'\nset ylabel 'g(r) over shuffled labels'\n",
    .from_zero = true,
    .put_values = put_values,
    .put_lines = put_lines};

ia_status plot_check_rdf(ia_ctx *ctx, const report_input *in)
{
    return plot_panels_check(ctx, in, &panels);
}

ia_status plot_put_rdf(plot_job *job)
{
    return plot_panels_put(job, &panels);
}
