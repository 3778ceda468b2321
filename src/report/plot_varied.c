// src/report/plot_varied.c: what becomes of a result when one parameter is another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <string.h>

enum { CURVES = 4 };
static const char *const colours[CURVES] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

static char *text_at(const ia_table *table, const char *column, size_t row)
{
    return ((char **)ia_table_find(table, column)->data)[row];
}

static double value_at(const ia_table *table, const char *column, size_t row)
{
    return ((const double *)ia_table_find(table, column)->data)[row];
}

static size_t end_of(const ia_table *table, size_t begin)
{
    size_t end = begin + 1;
    const char *name = text_at(table, "parameter", begin);
    while (end < table->n_rows && strcmp(text_at(table, "parameter", end), name) == 0)
        end++;
    return end;
}

// Every CURVES-th row is of the same quantity.
static void put_curve(plot_job *job, const ia_table *table, size_t begin, size_t end,
                      size_t curve)
{
    fprintf(job->stream, "$v%zu << END\n", begin + curve);
    for (size_t i = begin + curve; i < end; i += CURVES) {
        double ratio = value_at(table, "result_over_used", i);
        if (isfinite(ratio))
            fprintf(job->stream, "%.10g %.6g\n", value_at(table, "value", i), ratio);
    }
    fprintf(job->stream, "END\n");
}

static bool has_curve(const ia_table *table, size_t begin, size_t end, size_t curve)
{
    for (size_t i = begin + curve; i < end; i += CURVES)
        if (isfinite(value_at(table, "result_over_used", i)))
            return true;
    return false;
}

static double top_of(const ia_table *table, size_t begin, size_t end)
{
    double top = 1.5;
    for (size_t i = begin; i < end; i++)
        top = fmax(top, value_at(table, "result_over_used", i)); // passes over NAN
    return 1.25 * top;
}

// Curves that lie on each other stay visible: each is narrower than the one before.
static void put_panel(plot_job *job, const ia_table *table, size_t begin, size_t end)
{
    const char *unit = text_at(table, "unit", begin);
    double used = value_at(table, "used", begin);
    double first = value_at(table, "value", begin);
    double last = value_at(table, "value", end - 1);
    char label[64];
    snprintf(label, sizeof label, "%s%s%s%s", text_at(table, "parameter", begin),
             *unit ? " (" : "", unit, *unit ? ")" : "");
    for (size_t c = 0; c < CURVES; c++)
        put_curve(job, table, begin, end, c);
    fprintf(job->stream, "set xlabel ");
    plot_put_plain(job->stream, label);
    fprintf(job->stream,
            "\nset xtics (%.3g, %.3g, %.3g)\nset xrange [%g:%g]\nset yrange [0:%g]\nset "
            "arrow 1 from %g, graph 0 to "
            "%g, graph 1 nohead dt 3 lc rgb '#888888'\nplot 1 with lines lc rgb "
            "'#bbbbbb' notitle",
            first, used, last, first - 0.07 * used, last + 0.07 * used,
            top_of(table, begin, end), used, used);
    for (size_t c = 0; c < CURVES; c++) {
        if (!has_curve(table, begin, end, c))
            continue;
        fprintf(job->stream,
                ", $v%zu using 1:2 with linespoints pt 7 ps %g lw %g lc rgb '%s' notitle",
                begin + c, 1.2 - 0.25 * (double)c, 7 - 1.8 * (double)c, colours[c]);
    }
    fprintf(job->stream, "\nunset label\nunset ylabel\n"); // once is enough
}

// The names of the curves in their colours, in a row above all panels.
static void put_names(plot_job *job, const ia_table *table)
{
    for (size_t c = 0, n = 0; c < CURVES; c++) {
        if (!has_curve(table, 0, table->n_rows, c))
            continue;
        fprintf(job->stream, "set label %zu ", c + 1);
        plot_put_plain(job->stream, text_at(table, "quantity", c));
        fprintf(job->stream, " at screen %g, screen 0.965 textcolor rgb '%s'\n",
                0.06 + 0.24 * (double)n++, colours[c]);
    }
}

bool plot_is_varied(const ia_table *table)
{
    return ia_table_find(table, "quantity") != NULL;
}

void plot_put_varied(plot_job *job, const ia_table *table)
{
    size_t n_panels = 0;
    for (size_t begin = 0; begin < table->n_rows; begin = end_of(table, begin))
        n_panels++;
    fprintf(
        job->stream,
        "%sset multiplot layout %zu,%zu title ' '\nset grid ytics back lc rgb '#dddddd'\n"
        "set ylabel 'over that used'\nset xtics nomirror\n"
        "unset key\n",
        plot_axes, n_panels > 3 ? (size_t)2 : (size_t)1,
        n_panels > 3 ? (n_panels + 1) / 2 : n_panels);
    put_names(job, table);
    for (size_t begin = 0; begin < table->n_rows; begin = end_of(table, begin))
        put_panel(job, table, begin, end_of(table, begin));
    fprintf(job->stream, "unset multiplot\n");
}
