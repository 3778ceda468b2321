// src/report/plot_surface.c: objects of an iso-surface, and how they depend on settings.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

ia_status plot_check_surface(ia_ctx *ctx, const report_input *in)
{
    if (in->state->surface.n_objects == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no iso-surface encloses an object: nothing to draw");
    return IA_OK;
}

static void put_objects(FILE *stream, const ia_surface *s)
{
    fprintf(stream, "$objects << END\n");
    for (size_t i = 0; i < s->n_objects; i++)
        fprintf(stream, "%.6g %.6g %.4g %d\n", s->objects[i].radius,
                s->objects[i].share.percent, s->objects[i].share.sigma,
                s->objects[i].is_closed);
    fprintf(stream, "END\n");
}

// Thresholds on the voxels of the data, and other voxels at its threshold.
static void put_tries(FILE *stream, const ia_surface *s)
{
    fprintf(stream, "$tries << END\n");
    for (size_t i = 0; i < s->n_tries; i++)
        fprintf(stream, "%.6g %.6g %zu %.6g\n", s->tries[i].threshold, s->tries[i].voxel,
                s->tries[i].n_objects, s->tries[i].volume_percent);
    fprintf(stream, "END\n");
}

static void put_sensitivity(FILE *stream, const ia_surface *s)
{
    static const char *const panels[][2] = {{"objects", "3"},
                                            {"share of the volume inside (%)", "4"}};
    double usual = s->n_tries > 0 ? s->tries[0].voxel : 0;
    put_tries(stream, s);
    for (size_t i = 0; i < 2; i++)
        fprintf(
            stream,
            "set title 'other thresholds and voxels'\nset xlabel 'threshold (%s)'\n"
            "set ylabel '%s'\nset autoscale\nset yrange [0:*]\nset key bottom left\n"
            "set offsets graph 0.05, graph 0.05, graph 0.1, 0\n"
            "plot $tries using ($2 == %.10g ? $1 : NaN):%s with linespoints pt 7 lc "
            "rgb '#0086b2' title '%g nm voxels', '' using ($2 < %.10g ? $1 : NaN):%s "
            "with points pt 9 ps 1.5 lc rgb '#b2182b' title 'finer (%g nm)', '' using "
            "($2 > %.10g ? $1 : NaN):%s with points pt 11 ps 1.5 lc rgb '#2d3a7a' "
            "title 'coarser (%g nm)'\n",
            s->quantity == IA_QUANTITY_DENSITY ? "per nm^3" : "at.%", panels[i][0], usual,
            panels[i][1], usual, usual, panels[i][1], s->tries[s->n_tries - 2].voxel,
            usual, panels[i][1], s->tries[s->n_tries - 1].voxel);
}

ia_status plot_put_surface(plot_job *job)
{
    const ia_surface *s = &job->in->state->surface;
    bool tried = s->n_tries > 2;
    fprintf(job->stream, "%sset multiplot layout 1,%d\n", plot_axes, tried ? 3 : 1);
    put_objects(job->stream, s);
    fprintf(job->stream,
            "set title '%s: objects'\nset xlabel 'radius of the sphere of the volume "
            "(nm)'\nset ylabel 'at.%% inside'\nset key bottom right\nset yrange [0:*]\n"
            "set xrange [0:*]\nset offsets 0, graph 0.05, graph 0.05, 0\n"
            "plot $objects using ($4 == 1 ? $1 : NaN):2:3 with yerrorbars pt 7 lc rgb "
            "'#0086b2' title 'closed', '' using ($4 == 0 ? $1 : NaN):2:3 with yerrorbars "
            "pt 6 lc rgb '#8a96a3' title 'cut by the edge'\n",
            s->solute);
    if (tried)
        put_sensitivity(job->stream, s);
    fprintf(job->stream, "unset multiplot\n");
    return IA_OK;
}
