// src/report/plot_frequency.c: blocks by their number of solute ions, against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PANELS = 12 }; // more cannot be read
static const char prefix[] = "counts_";
static const double least_shown = 0.5; // blocks: the scale is logarithmic

static bool is_count(const ia_table *table)
{
    return table->n_rows > 0 && strncmp(table->name, prefix, strlen(prefix)) == 0;
}

static size_t count_panels(const ia_step_record *step)
{
    size_t n = 0;
    for (size_t i = 0; step && i < step->result.n && n < PANELS; i++)
        n += is_count(&step->result.tables[i]);
    return n;
}

ia_status plot_check_frequency(ia_ctx *ctx, const report_input *in)
{
    if (count_panels(report_step(in, "frequency")) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no frequencies in blocks were tested: nothing to draw");
    return IA_OK;
}

static void put_rows(FILE *stream, const ia_table *table, size_t number)
{
    static const char *const names[] = {"solute_ions", "observed", "binomial", "null_lo",
                                        "null_hi"};
    fprintf(stream, "$blocks%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t c = 0; c < 5; c++)
            fprintf(stream, "%.8g%c",
                    fmax(report_value(table, names[c], row), c > 0 ? least_shown : 0),
                    c == 4 ? '\n' : ' ');
    fprintf(stream, "END\n");
}

// "counts_Cu_100" to "Cu, blocks of 100".
static void put_title(FILE *stream, const char *name, char species[64])
{
    char title[160];
    snprintf(species, 64, "%s", name + strlen(prefix));
    char *size = strrchr(species, '_');
    if (size)
        *size++ = 0;
    snprintf(title, sizeof title, "%s, blocks of %s", species, size ? size : "?");
    plot_put_plain(stream, title);
}

ia_status plot_put_frequency(plot_job *job)
{
    const ia_step_record *step = report_step(job->in, "frequency");
    size_t n = count_panels(step), across = n > 6 ? 4 : n > 4 ? 3 : n > 1 ? 2 : 1;
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream,
            "%sset xlabel 'ions in a block'\nset ylabel 'blocks'\nset logscale y\n"
            "set yrange [0.7:*]\nset multiplot layout %zu,%zu\n",
            plot_axes, (n + across - 1) / across, across);
    for (size_t i = 0, number = 0; number < n; i++) {
        const ia_table *table = &step->result.tables[i];
        char species[64];
        if (!is_count(table))
            continue;
        put_rows(job->stream, table, number);
        fprintf(job->stream, "set xrange [-0.5:%g]\nset xtics %g\nset title ",
                (double)table->n_rows - 0.5, plot_tick_step((double)table->n_rows, 3, 1));
        put_title(job->stream, table->name, species);
        fprintf(job->stream,
                "\nplot $blocks%zu using 1:4:5 with filledcurves fc rgb '#cccccc', "
                "'' using 1:3 with lines lw 1.5 dt 2 lc rgb '#4a5866', "
                "'' using 1:2 with points pt 7 ps 0.6 lc rgb '#%06x'\n",
                number++, (unsigned)plot_colour_named(job->in->state, colours, species));
    }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}
