// src/report/plot_panels.c: one panel for each curve of a step, by species.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <stdlib.h>
#include <string.h>

static bool is_curve(const ia_table *table, const char *prefix)
{
    return table->shape == IA_ARRAYS && table->n_rows > 0 &&
           strncmp(table->name, prefix, strlen(prefix)) == 0;
}

static size_t count_curves(const ia_step_record *step, const char *prefix)
{
    size_t n = 0;
    for (size_t i = 0; step && i < step->result.n; i++)
        n += is_curve(&step->result.tables[i], prefix);
    return n;
}

ia_status plot_panels_check(ia_ctx *ctx, const report_input *in,
                            const plot_panels *panels)
{
    if (count_curves(report_step(in, panels->method), panels->prefix) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: nothing to draw", panels->missing);
    return IA_OK;
}

static void put_panel(plot_job *job, const plot_panels *panels, const ia_table *table,
                      plot_panel panel)
{
    const char *species = table->name + strlen(panels->prefix);
    double longest = report_value(table, panels->distance, table->n_rows - 1);
    panel.colour = plot_colour_named(job->in->state, panel.colours, species);
    panels->put_values(job->stream, table, &panel);
    if (panels->from_zero)
        fprintf(job->stream, "set xrange [0:%g]\n", longest);
    fprintf(job->stream, "set xtics %g\nset title ", plot_tick_step(longest, 4, 0));
    plot_put_plain(job->stream, species);
    fputc('\n', job->stream);
    panels->put_lines(job->stream, table, &panel);
}

ia_status plot_panels_put(plot_job *job, const plot_panels *panels)
{
    const ia_step_record *step = report_step(job->in, panels->method);
    size_t n = count_curves(step, panels->prefix), across = n > 4 ? 3 : n > 1 ? 2 : 1;
    uint32_t *colours = NULL;
    plot_panel panel = {.number = 0};
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream, "%s%sset multiplot layout %zu,%zu\n", plot_axes, panels->axes,
            (n + across - 1) / across, across);
    panel.colours = colours;
    for (size_t i = 0; i < step->result.n; i++)
        if (is_curve(&step->result.tables[i], panels->prefix)) {
            put_panel(job, panels, &step->result.tables[i], panel);
            panel.number++;
        }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}
