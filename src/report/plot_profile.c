// src/report/plot_profile.c: profiles along an axis, cumulative counts and maps.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PANELS_MOST = 9 };

static const char profile_prefix[] = "profile_", map_prefix[] = "map_";
static const char proxigram_prefix[] = "proxigram_";

// Element of a table "profile_Cu" or "map_Cu"; NULL for others.
static const char *element_of(const ia_table *table, const char *prefix)
{
    size_t n = strlen(prefix);
    const char *name = table->name + n;
    return strncmp(table->name, prefix, n) == 0 &&
                   ia_atom_kind_of(name, strlen(name)).z > 0 && table->n_rows > 0
               ? name
               : NULL;
}

static bool has_value(const ia_table *table)
{
    for (size_t row = 0; row < table->n_rows; row++)
        if (isfinite(report_value(table, "at_percent", row)))
            return true;
    return false;
}

// Tables of elements, in order; at most as many as a figure has room for.
static size_t find_panels(const report_input *in, const char *prefix,
                          const ia_table *out[PANELS_MOST])
{
    bool distances = strcmp(prefix, proxigram_prefix) == 0;
    const ia_step_record *step = report_step(in, distances ? "proxigram" : "profile");
    size_t n = 0;
    for (size_t i = 0; step && i < step->result.n && n < PANELS_MOST; i++)
        if (element_of(&step->result.tables[i], prefix) &&
            has_value(&step->result.tables[i]))
            out[n++] = &step->result.tables[i];
    return n;
}

ia_status plot_check_profile(ia_ctx *ctx, const report_input *in)
{
    const ia_table *panels[PANELS_MOST];
    if (find_panels(in, profile_prefix, panels) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no profile was made: nothing to draw");
    return IA_OK;
}

static void begin(plot_job *job, size_t n)
{
    size_t across = n > 4 ? 3 : n > 1 ? 2 : 1;
    fprintf(job->stream, "set multiplot layout %zu,%zu\n", (n + across - 1) / across,
            across);
}

static double interval_at(const ia_table *table, size_t row, size_t side)
{
    const ia_table_column *column = ia_table_find(table, "at_percent_interval95");
    return column ? ((const double *)column->data)[2 * row + side] : NAN;
}

// Distance, per cent, interval; of a profile along an axis the counts added up of all
// atoms and of the element, its error, and the band of an even spread.
static void put_rows(FILE *stream, const ia_table *table, size_t number)
{
    fprintf(stream, "$profile%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++)
        if (isfinite(report_value(table, "at_percent", row)))
            fprintf(stream, "%.8g %.8g %.8g %.8g %.10g %.10g %.8g %.10g %.10g\n",
                    report_value(table, "distance_nm", row),
                    report_value(table, "at_percent", row), interval_at(table, row, 0),
                    interval_at(table, row, 1),
                    report_value(table, "cumulative_atoms", row),
                    report_value(table, "cumulative_counts", row),
                    report_value(table, "sigma_cumulative_counts", row),
                    report_value(table, "even_counts_lo", row),
                    report_value(table, "even_counts_hi", row));
    fprintf(stream, "END\n");
}

static ia_status put_panels(plot_job *job, const char *prefix, const char *axes,
                            void (*put)(plot_job *, const ia_table *, size_t, unsigned))
{
    const ia_table *panels[PANELS_MOST];
    size_t n = find_panels(job->in, prefix, panels);
    uint32_t *colours = NULL;
    ia_status st = plot_colours(job->ctx, job->in->state, &colours);
    if (st != IA_OK)
        return st;
    fprintf(job->stream, "%s%s", plot_axes, axes);
    begin(job, n);
    for (size_t i = 0; i < n; i++) {
        const char *element = element_of(panels[i], prefix);
        put_rows(job->stream, panels[i], i);
        fprintf(job->stream, "set title ");
        plot_put_plain(job->stream, element);
        fputc('\n', job->stream);
        put(job, panels[i], i, plot_colour_named(job->in->state, colours, element));
    }
    fprintf(job->stream, "unset multiplot\n");
    free(colours);
    return IA_OK;
}

// Of the intervals of bins that hold a hundred and more: what a few ions at an end leave
// open would flatten all else. 0 where there is no such bin.
static double highest(const ia_table *table)
{
    const double enough = 100;
    bool sums = ia_table_find(table, "cumulative_atoms") != NULL;
    double below = 0, most = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        double held = report_value(table, sums ? "cumulative_atoms" : "ions", row);
        if (held - (sums ? below : 0) >= enough)
            most = fmax(most, interval_at(table, row, 1));
        below = held;
    }
    return most;
}

static void put_profile(plot_job *job, const ia_table *table, size_t number,
                        unsigned colour)
{
    double first = report_value(table, "distance_nm", 0), top = highest(table);
    double last = report_value(table, "distance_nm", table->n_rows - 1);
    if (last > first)
        fprintf(job->stream, "set xtics %g\nset xrange [%.8g:%.8g]\n",
                plot_tick_step(last - first, 4, 0), first, last);
    if (top > 0)
        fprintf(job->stream, "set ytics %g\nset yrange [0:%g]\n",
                plot_tick_step(top, 4, 0), top);
    fprintf(job->stream,
            "plot $profile%zu using 1:3:4 with filledcurves fc rgb '#%06x' fs "
            "transparent solid 0.25 noborder, '' using 1:2 with lines lw 1.5 lc rgb "
            "'#%06x'\n",
            number, colour, colour);
}

ia_status plot_put_profile(plot_job *job)
{
    return put_panels(job, profile_prefix,
                      "set xlabel 'distance along the axis (nm)'\nset ylabel 'at.%'\n"
                      "set yrange [0:*]\n",
                      put_profile);
}

ia_status plot_check_proxigram(ia_ctx *ctx, const report_input *in)
{
    const ia_table *panels[PANELS_MOST];
    if (find_panels(in, proxigram_prefix, panels) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no distances to a surface were measured: nothing to draw");
    return IA_OK;
}

ia_status plot_put_proxigram(plot_job *job)
{
    return put_panels(job, proxigram_prefix,
                      "set xlabel 'distance, inside above 0 (nm)'\n"
                      "set ylabel 'at.%'\nset yrange [0:*]\n",
                      put_profile);
}

// The straight line is what an even spread of the element would be, the grey band about
// it holds 95 % of such; that about the counts is two of their errors wide to either
// side.
static void put_ladder(plot_job *job, const ia_table *table, size_t number,
                       unsigned colour)
{
    double all = report_value(table, "cumulative_atoms", table->n_rows - 1);
    double of = report_value(table, "cumulative_counts", table->n_rows - 1);
    if (all > 0)
        fprintf(job->stream, "set xtics %g\nset xrange [0:%.10g]\n",
                plot_tick_step(all, 3, 1), all);
    fprintf(job->stream,
            "plot $profile%zu using 5:8:9 with filledcurves fc rgb '#4a5866' fs "
            "transparent solid 0.25 noborder, '' using 5:($6-2*$7):($6+2*$7) with "
            "filledcurves fc rgb '#%06x' fs transparent solid 0.25 noborder, '' using "
            "5:6 with lines lw 2 lc rgb '#%06x', "
            "[0:%.10g] x * %.10g with lines lw 1.5 dt 2 lc rgb '#4a5866'\n",
            number, colour, colour, all, all > 0 ? of / all : 0);
}

ia_status plot_put_ladder(plot_job *job)
{
    return put_panels(job, profile_prefix,
                      "set xlabel 'all atoms, added up'\nset ylabel 'atoms of it, added "
                      "up'\nset yrange [0:*]\n",
                      put_ladder);
}

static const ia_table *plane_of(const report_input *in)
{
    const ia_step_record *step = report_step(in, "profile");
    return step ? ia_result_find(&step->result, "map") : NULL;
}

ia_status plot_check_map(ia_ctx *ctx, const report_input *in)
{
    if (!plane_of(in))
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no map was made (--map xy, xz, yz, along or across): nothing to "
                       "draw");
    return IA_OK;
}

// Squares of a few ions would set the scale of the colours.
static void put_squares(FILE *stream, const ia_table *table, size_t number, size_t width)
{
    const double fewest = 10;
    fprintf(stream, "$map%zu << END\n", number);
    for (size_t row = 0; row < table->n_rows; row++) {
        double percent = report_value(table, "at_percent", row);
        double counts = report_value(table, "counts", row);
        if (percent > 0 ? 100 * counts / percent >= fewest : isfinite(percent))
            fprintf(stream, "%.5g", percent);
        else
            fprintf(stream, "NaN");
        fputc((row + 1) % width == 0 ? '\n' : ' ', stream);
    }
    fprintf(stream, "END\n");
}

// What the two directions of a map are called: axes of positions by their letter.
static const char *title_of(const ia_table *plane, const char *name, const char *other)
{
    const ia_table_column *column = ia_table_find(plane, name);
    const double *u = column->data;
    for (int k = 0; k < 3; k++)
        if (fabs(u[k]) == 1)
            return k == 0 ? "x" : k == 1 ? "y" : "depth z";
    return other;
}

ia_status plot_put_map(plot_job *job)
{
    const ia_table *panels[PANELS_MOST], *plane = plane_of(job->in);
    size_t n = find_panels(job->in, map_prefix, panels);
    const uint64_t *size = ia_table_find(plane, "n")->data;
    const double *lo = ia_table_find(plane, "lo_nm")->data;
    double edge = report_value(plane, "edge_nm", 0);
    double end[2] = {lo[0] + edge * (double)size[0], lo[1] + edge * (double)size[1]};
    const char *b = title_of(plane, "direction_b", "along the axis");
    bool depth = strcmp(b, "depth z") == 0;
    fprintf(job->stream,
            "%s%sset size ratio -1\nset xlabel '%s (nm)'\nset ylabel '%s (nm)'\n"
            "set xrange [%g:%g]\nset yrange [%g:%g]\nset cbrange [0:*]\n"
            "set cblabel 'at.%%'\n",
            plot_axes, plot_palette, title_of(plane, "direction_a", "across the axis"), b,
            lo[0], end[0], depth ? end[1] : lo[1], depth ? lo[1] : end[1]);
    begin(job, n);
    for (size_t i = 0; i < n; i++) {
        put_squares(job->stream, panels[i], i, (size_t)size[0]);
        fprintf(job->stream, "set title ");
        plot_put_plain(job->stream, element_of(panels[i], map_prefix));
        fprintf(job->stream,
                "\nplot $map%zu matrix using (%.10g + ($1 + 0.5) * %.10g):(%.10g + ($2 + "
                "0.5) * %.10g):3 with image\n",
                i, lo[0], edge, lo[1], edge);
    }
    fprintf(job->stream, "unset multiplot\n");
    return IA_OK;
}
