// src/report/plot_evidence.c: what poles show of the constants of a reconstruction: their
// places, and the spacing of their planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>

ia_status plot_check_evidence(ia_ctx *ctx, const report_input *in)
{
    if (in->state->evidence.n == 0 || !in->state->hitmap.counts)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no poles told the constants: nothing to draw without --crystal");
    return IA_OK;
}

// Poles that show planes, the nearest to the axis first; SHOWN at most have their map.
enum { SHOWN = 6 };

static int compare_angles(const void *a, const void *b)
{
    const ia_pole_evidence *p = *(const ia_pole_evidence *const *)a,
                           *q = *(const ia_pole_evidence *const *)b;
    return (p->off_axis > q->off_axis) - (p->off_axis < q->off_axis);
}

static size_t order(const ia_projection_evidence *e, const ia_pole_evidence **out)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n; i++)
        if (e->poles[i].pairs)
            out[n++] = &e->poles[i];
    qsort(out, n, sizeof *out, compare_angles);
    return n;
}

static void put_map(plot_job *job, const ia_projection_evidence *e)
{
    const ia_hitmap *map = &job->in->state->hitmap;
    FILE *stream = job->stream;
    double square = 0;
    size_t n = 0;

    fprintf(stream, "$poles << END\n");
    for (size_t i = 0; i < e->n; i++) {
        const ia_pole_evidence *p = &e->poles[i];
        if (!isfinite(p->foretold[0]))
            continue;
        fprintf(stream, "%g %g %g %g\n", p->seen[0], p->seen[1], p->foretold[0],
                p->foretold[1]);
        square +=
            pow(p->seen[0] - p->foretold[0], 2) + pow(p->seen[1] - p->foretold[1], 2);
        n++;
    }
    fprintf(stream,
            "END\nset style textbox opaque noborder fc rgb '#ffffff' margins 1,1\n");
    for (size_t i = 0; i < e->n; i++) {
        fprintf(stream, "set label \"");
        plot_put_hkl(stream, e->poles[i].hkl);
        fprintf(stream, "\" at %g,%g center front boxed tc rgb '#d6006c' font ',11'\n",
                e->poles[i].seen[0], e->poles[i].seen[1] + 0.075 * map->radius);
    }
    fprintf(stream,
            "set key at graph 0.5,-0.19 center top horizontal samplen 1\nset title '");
    if (n < 2) // it is foretold where it was seen
        fprintf(stream, "%s: image compression and centre are as told'\n", e->crystal);
    else
        fprintf(stream, "poles: %.2g mm (rms) from where %s has them'\n",
                sqrt(square / (double)n), e->crystal);
    plot_put_density(stream, map);
    fprintf(
        stream,
        " notitle, $poles using 1:2 with points pt 6 ps 1.8 lw 2 lc rgb '#d6006c' title "
        "'found', '' using 3:4 with points pt 1 ps 1.6 lw 2 lc rgb '#111111' title "
        "'foretold'\nunset label\n");
}

// Found over expected, and what 0.5 % are.
static void put_spacings(FILE *stream, const ia_pole_evidence *const *poles, size_t n)
{
    double furthest = 10, most = 0.012;

    fprintf(stream, "$spacings << END\n");
    for (size_t i = 0; i < n; i++) {
        double over = poles[i]->spacing / poles[i]->expected;
        double sigma = poles[i]->sigma_spacing / poles[i]->expected;
        furthest = fmax(furthest, poles[i]->off_axis);
        most = fmax(most, fabs(over - 1) + sigma);
        fprintf(stream, "%g %.6g %.3g \"", poles[i]->off_axis, over, sigma);
        plot_put_hkl(stream, poles[i]->hkl);
        fprintf(stream, "\"\n");
    }
    double top = 1.15 * most;
    fprintf(
        stream,
        "END\nset xrange [0:%g]\nset yrange [%g:%g]\nset ytics %g\nset xtics %g\n"
        "set xlabel 'normal of the planes from the axis (degrees)'\n"
        "set ylabel 'found over expected spacing'\nset title 'planes of the poles; "
        "band: 0.5 %%'\n"
        "set object 1 rectangle from graph 0,first 0.995 to graph 1,first 1.005 fc rgb "
        "'#d9ead3' fs noborder behind\n"
        "plot 1 with lines lw 1 dt 2 lc rgb '#4a5866' notitle, $spacings using 1:2:3 "
        "with yerrorbars pt 7 ps 0.9 lw 1.5 lc rgb "
        "'#0b6e99' notitle, '' using 1:2:4 with labels offset 0,1.1 font ',10' "
        "notitle\nunset object 1\n",
        1.1 * furthest, 1 - top, 1 + top, plot_tick_step(2 * top, 5, 0),
        plot_tick_step(furthest, 5, 0));
}

// Counted pairs over those of ions at random, one above the other.
static void put_maps(FILE *stream, const ia_pole_evidence *const *poles, size_t n)
{
    size_t shown = n < SHOWN ? n : SHOWN;
    double step = 0;

    for (size_t i = 0; i < shown; i++)
        for (size_t b = 0; b < poles[i]->n_bins; b++)
            if (poles[i]->random[b] > 0.02 * poles[i]->random[poles[i]->n_bins / 2])
                step = fmax(step, poles[i]->pairs[b] / poles[i]->random[b]);
    step = fmax(step, 1);
    for (size_t i = 0; i < shown; i++) {
        const ia_pole_evidence *p = poles[i];
        fprintf(stream, "$sdm%zu << END\n", i);
        for (size_t b = p->n_bins / 2; b < p->n_bins; b++)
            if (p->random[b] > 0.02 * p->random[p->n_bins / 2])
                fprintf(stream, "%.5g %.5g %.5g\n",
                        p->reach * (2 * ((double)b + 0.5) / (double)p->n_bins - 1),
                        p->pairs[b] / p->random[b] + step * (double)i,
                        p->fit[b] / p->random[b] + step * (double)i);
        fprintf(stream, "END\nset label \"");
        plot_put_hkl(stream, p->hkl);
        fprintf(stream, "\" at graph 1.01,first %g left font ',10'\n",
                1 + step * (double)i);
    }
    fprintf(stream,
            "set xrange [0:*]\nset yrange [0:%g]\nset xtics auto\nset ytics (1)\nset "
            "xlabel 'distance along the "
            "normal (nm)'\nset ylabel 'pairs over those at random'\n"
            "set title 'spatial distribution maps, one above the other'\nset key "
            "default\nset key top right "
            "horizontal samplen 2\nplot ",
            step * ((double)shown + 0.5));
    for (size_t i = 0; i < shown; i++)
        fprintf(stream,
                "%s$sdm%zu using 1:2 with lines lw 4 lc rgb '#9cc9de' %s, '' using 1:3 "
                "with lines lw 1.2 lc rgb '#c2410c' %s",
                i > 0 ? ", " : "", i, i == 0 ? "title 'counted'" : "notitle",
                i == 0 ? "title 'planes'" : "notitle");
    fprintf(stream, "\nunset label\n");
}

ia_status plot_put_evidence(plot_job *job)
{
    const ia_projection_evidence *e = &job->in->state->evidence;
    const ia_pole_evidence **poles = ia_array(job->ctx, e->n, sizeof *poles);
    FILE *stream = job->stream;

    if (!poles)
        return IA_ERR_MEMORY;
    size_t n = order(e, poles);
    fprintf(stream, "set multiplot\nset size %s\nset origin 0,0\n",
            n > 0 ? "0.5,1" : "1,1");
    ia_status st = plot_begin_density(job, &job->in->state->hitmap);
    if (st == IA_OK)
        put_map(job, e);
    if (st == IA_OK && n > 0) {
        fprintf(stream,
                "set size noratio\nunset key\nset size 0.47,0.5\nset origin 0.51,0.5\n");
        put_spacings(stream, poles, n);
        fprintf(stream, "set origin 0.51,0\n");
        put_maps(stream, poles, n);
    }
    fprintf(stream, "unset multiplot\n");
    free(poles);
    return st;
}
