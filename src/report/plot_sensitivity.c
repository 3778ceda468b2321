// src/report/plot_sensitivity.c: what becomes of clusters when one parameter is another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <string.h>

enum { CURVES = 3 };
static const char *const columns[CURVES] = {"number_density_per_m3", "mean_radius_nm",
                                            "mean_solute_at_percent"};
static const char *const titles[CURVES] = {"number density", "radius", "solute content"};
static const char *const colours[CURVES] = {"#0072b2", "#d55e00", "#009e73"};

static const ia_table *table_of(const report_input *in)
{
    const ia_step_record *step = report_step(in, "sensitivity");
    return step ? ia_result_find(&step->result, "sensitivity") : NULL;
}

ia_status plot_check_sensitivity(ia_ctx *ctx, const report_input *in)
{
    const ia_table *table = table_of(in);
    if (!table)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no parameters were varied (--sensitivity): nothing to "
                       "draw");
    if (table->n_rows == 0 && plot_is_varied(table))
        return ia_fail(ctx, IA_ERR_EMPTY, "no parameter was varied: nothing to draw");
    if (table->n_rows == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no significant clustering: nothing to draw");
    return IA_OK;
}

static const double *column(const ia_table *table, const char *name)
{
    return ia_table_find(table, name)->data;
}

// Over what was with the value as used; NAN where there are no clusters to tell of.
static double ratio_of(const ia_table *table, size_t curve, size_t row, size_t base)
{
    const double *v = column(table, columns[curve]);
    bool is_told = curve == 0 || column(table, columns[0])[row] > 0;
    return is_told && v[base] > 0 ? v[row] / v[base] : NAN;
}

static size_t find_base(const ia_table *table, size_t begin, size_t end)
{
    const double *value = column(table, "value"), *used = column(table, "used");
    size_t base = begin;
    for (size_t i = begin; i < end; i++)
        base = value[i] == used[i] ? i : base;
    return base;
}

// The largest ratio of a panel, with some room.
static double top_of(const ia_table *table, size_t begin, size_t end)
{
    size_t base = find_base(table, begin, end);
    double top = 1.5;
    for (size_t i = begin; i < end; i++)
        for (size_t c = 0; c < CURVES; c++)
            top = fmax(top, ratio_of(table, c, i, base)); // passes over NAN
    return 1.1 * top;
}

static const char *unit_of(const char *parameter)
{
    if (strcmp(parameter, "cell_volume") == 0)
        return " (nm^3)";
    bool is_length = strcmp(parameter, "d_max") == 0 ||
                     strcmp(parameter, "envelope") == 0 ||
                     strcmp(parameter, "sigma_xy") == 0;
    return is_length ? " (nm)" : "";
}

// One panel: rows `begin` to `end`, all over what was with the value as used.
static void put_panel(plot_job *job, const ia_table *table, size_t begin, size_t end)
{
    char **names = ia_table_find(table, "parameter")->data;
    const double *value = column(table, "value");
    size_t base = find_base(table, begin, end);
    char label[64];
    snprintf(label, sizeof label, "%s%s", names[begin], unit_of(names[begin]));
    fprintf(job->stream, "$p%zu << END\n", begin);
    for (size_t i = begin; i < end; i++) {
        fprintf(job->stream, "%.10g", value[i]);
        for (size_t c = 0; c < CURVES; c++) {
            double ratio = ratio_of(table, c, i, base);
            fprintf(job->stream, isnan(ratio) ? " NaN" : " %.6g", ratio);
        }
        fputc('\n', job->stream);
    }
    fprintf(job->stream, "END\nset xlabel ");
    plot_put_plain(job->stream, label);
    fprintf(job->stream,
            "\nset yrange [0:%g]\nset xrange [%g:%g]\nset arrow 1 from %g, graph 0 to "
            "%g, graph "
            "1 nohead dt 3 lc rgb '#888888'\nplot ",
            top_of(table, begin, end), 0.96 * value[begin], 1.02 * value[end - 1],
            value[base], value[base]);
    for (size_t c = 0; c < CURVES; c++)
        fprintf(job->stream,
                "%s$p%zu using 1:%zu with linespoints pt 7 ps 0.6 lw 1.5 lc rgb '%s' "
                "title '%s'",
                c ? ", " : "", begin, c + 2, colours[c], titles[c]);
    fprintf(job->stream, "\nunset key\n");
}

ia_status plot_put_sensitivity(plot_job *job)
{
    const ia_table *table = table_of(job->in);
    if (plot_is_varied(table)) {
        plot_put_varied(job, table);
        return IA_OK;
    }
    char **names = ia_table_find(table, "parameter")->data;
    size_t n_panels = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        n_panels += i == 0 || strcmp(names[i], names[i - 1]) != 0;
    fprintf(job->stream,
            "%sset multiplot layout %zu,%zu\nset grid ytics back lc rgb '#dddddd'\n"
            "set ylabel 'over that with the value used'\n"
            "set xtics nomirror rotate by -45\nset key top left opaque\n",
            plot_axes, n_panels > 3 ? (size_t)2 : (size_t)1,
            n_panels > 3 ? (n_panels + 1) / 2 : n_panels);
    for (size_t begin = 0, end; begin < table->n_rows; begin = end) {
        for (end = begin + 1;
             end < table->n_rows && strcmp(names[end], names[begin]) == 0;)
            end++;
        put_panel(job, table, begin, end);
    }
    fprintf(job->stream, "unset multiplot\n");
    return IA_OK;
}
