// src/report/plot_reachability.c: how far solute ions are reached from, in the order of
// OPTICS.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

static const ia_table *table_of(const report_input *in)
{
    const ia_step_record *step = report_step(in, "cluster");
    return step ? ia_result_find(&step->result, "reachability") : NULL;
}

ia_status plot_check_reachability(ia_ctx *ctx, const report_input *in)
{
    if (!table_of(in))
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no clusters were found by OPTICS (--method optics): nothing to "
                       "draw");
    return IA_OK;
}

static const double *column(const ia_table *table, const char *name)
{
    return ia_table_find(table, name)->data;
}

// Ions of clusters in colour, the others grey; what is reached from nowhere is left out.
ia_status plot_put_reachability(plot_job *job)
{
    const ia_table *table = table_of(job->in);
    const double *place = column(table, "place"), *most = column(table, "most_nm");
    const double *least = column(table, "least_nm"), *cluster = column(table, "cluster");
    double low = INFINITY, high = 0, end = place[table->n_rows - 1];
    for (size_t i = 0; i < table->n_rows; i++) {
        low = least[i] > 0 ? fmin(low, least[i]) : low;
        high = fmax(high, most[i]); // passes over NAN
    }
    fprintf(job->stream,
            "%sset xlabel 'solute ions in the order in which density reaches them'\n"
            "set ylabel 'reachability (nm)'\nset logscale y\n"
            "set ytics (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)\nset xrange [0:%g]\n"
            "set yrange [%g:%g]\nset grid ytics back lc rgb '#dddddd'\n"
            "set key top right opaque\n$order << END\n",
            plot_axes, end > 0 ? end : 1, 0.8 * low, 1.6 * high);
    for (size_t i = 0; i < table->n_rows; i++)
        if (isfinite(most[i]))
            fprintf(job->stream, "%.10g %g %d\n", place[i], sqrt(least[i] * most[i]),
                    cluster[i] >= 0);
    fprintf(job->stream,
            "END\nplot $order using 1:($3 == 0 ? $2 : NaN) with impulses "
            "lc rgb '#aaaaaa' title 'in no cluster', \\\n"
            "  '' using 1:($3 == 1 ? $2 : NaN) with impulses lc rgb '#d55e00' "
            "title 'in clusters'\n");
    return IA_OK;
}
