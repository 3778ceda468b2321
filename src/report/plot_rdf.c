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

// Bins where the second of them is not told are left out.
static void put_columns(FILE *stream, const ia_table *table, const plot_panel *panel,
                        const char *const names[5])
{
    fprintf(stream, "$rdf%zu << END\n", panel->number);
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!isfinite(report_value(table, names[1], row)))
            continue;
        for (size_t c = 0; c < 5; c++) {
            double value = report_value(table, names[c], row);
            fprintf(stream, "%.8g%c", isfinite(value) ? value : 0, c == 4 ? '\n' : ' ');
        }
    }
    fprintf(stream, "END\n");
}

static void put_values(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    static const char *const names[] = {"r_nm", "g_over_null", "sigma_g_over_null",
                                        "null_lo", "null_hi"};
    put_columns(stream, table, panel, names);
    put_scale(stream, table);
}

// Of all ions there are no shuffles: g as it is.
static void put_every(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    static const char *const names[] = {"r_nm", "g", "sigma_g", "null_lo", "null_hi"};
    put_columns(stream, table, panel, names);
    fprintf(stream, "set yrange [0:*]\n");
}

static void put_points(FILE *stream, const ia_table *table, const plot_panel *panel)
{
    (void)table;
    fprintf(stream,
            "plot 1 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
            "$rdf%zu using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '#%06x'\n",
            panel->number, panel->colour);
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

static const plot_panels every = {
    .method = "rdf",
    .prefix = "rdf_",
    .distance = "r_nm",
    .missing = "no pairs were counted",
    .axes = "set xlabel 'distance r (nm)'\nset ylabel 'g(r) over ions at random'\n",
    .from_zero = true,
    .put_values = put_every,
    .put_lines = put_points};

ia_status plot_check_rdf(ia_ctx *ctx, const report_input *in)
{
    return plot_panels_check(ctx, in, &panels);
}

ia_status plot_put_rdf(plot_job *job)
{
    const ia_step_record *step = report_step(job->in, "rdf");
    bool is_every = step && ia_result_find(&step->result, "rdf_all");
    return plot_panels_put(job, is_every ? &every : &panels);
}
