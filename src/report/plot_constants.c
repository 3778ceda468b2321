// src/report/plot_constants.c: image compression, kf and centre of the parts of a run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

ia_status plot_check_constants(ia_ctx *ctx, const report_input *in)
{
    if (in->state->fit_drift.n_fitted < 2)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no parts of the run were fitted: nothing to draw without "
                       "--crystal and --fit-parts");
    return IA_OK;
}

static void put_parts(FILE *stream, const ia_projection_drift *d)
{
    fprintf(stream, "$parts << END\n");
    for (size_t k = 0; k < d->n; k++) {
        const ia_fit_part *p = &d->parts[k];
        if (p->is_fitted)
            fprintf(stream, "%.6g %.6g %.3g %.6g %.3g %.6g %.3g %.6g %.3g\n",
                    0.5 * (p->depth[0] + p->depth[1]), p->icf, p->sigma_icf, p->kf,
                    p->sigma_kf, p->centre[0], p->sigma_centre[0], p->centre[1],
                    p->sigma_centre[1]);
    }
    fprintf(stream, "END\n");
}

static void put_title(FILE *stream, const char *what, const ia_drift_test *test)
{
    fprintf(stream, "set ylabel '%s'\n", what);
    if (isnan(test->p))
        fprintf(stream, "set title 'not tested'\n");
    else
        fprintf(stream, "set title '%s: p = %.2g'\n",
                test->drifts ? "changes" : "no change is seen", test->p);
}

// Parts as points with their errors.
static void put_constant(FILE *stream, const char *what, const ia_drift_test *test,
                         int column)
{
    put_title(stream, what, test);
    fprintf(stream,
            "plot $parts using 1:%d with lines lw 1 lc rgb '#9cc9de' notitle, '' using "
            "1:%d:%d with yerrorbars pt 7 ps 0.9 lw 1.5 lc rgb '#0b6e99' notitle\n",
            column, column, column + 1);
}

ia_status plot_put_constants(plot_job *job)
{
    const ia_projection_drift *d = &job->in->state->fit_drift;
    FILE *stream = job->stream;
    double deepest = d->parts[d->n - 1].depth[1];

    put_parts(stream, d);
    fprintf(stream,
            "%sset multiplot layout 1,3 margins 0.1,0.98,0.18,0.88 spacing 0.09,0.1\n"
            "set xlabel 'depth (nm)'\nset xrange [0:%g]\nset offsets 0,0,graph "
            "0.1,graph 0.1\n",
            plot_axes, deepest);
    put_constant(stream, "image compression", &d->icf, 2);
    put_constant(stream, "k_f", &d->kf, 4);
    put_title(stream, "centre (mm)", &d->centre);
    fprintf(stream,
            "set key bottom right samplen 1\nplot $parts using 1:6 with lines lw 1 lc "
            "rgb '#9cc9de' notitle, '' using 1:6:7 with yerrorbars pt 7 ps 0.9 lw 1.5 "
            "lc rgb '#0b6e99' title 'x', '' using 1:8 with lines lw 1 lc rgb '#f0b89a' "
            "notitle, '' using 1:8:9 with yerrorbars pt 5 ps 0.9 lw 1.5 lc rgb "
            "'#c2410c' title 'y'\nunset multiplot\n");
    return IA_OK;
}
