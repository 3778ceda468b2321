// src/report/plot_field.c: slices through the middle of a field.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

ia_status plot_check_field(ia_ctx *ctx, const report_input *in)
{
    const ia_volume *v = &in->state->volume;
    size_t n = v->n[0] * v->n[1] * v->n[2];
    if (!v->value || v->n_outside == n)
        return ia_fail(ctx, IA_ERR_EMPTY, "no field was made: nothing to draw");
    return IA_OK;
}

// Values of the slice at `middle` across the axis that is neither a nor b.
static void put_slice(FILE *stream, const ia_volume *v, size_t a, size_t b)
{
    size_t other = 3 - a - b, at[3];
    at[other] = v->n[other] / 2;
    fprintf(stream, "$slice%zu%zu << END\n", a, b);
    for (at[b] = 0; at[b] < v->n[b]; at[b]++)
        for (at[a] = 0; at[a] < v->n[a]; at[a]++) {
            float value = v->value[(at[2] * v->n[1] + at[1]) * v->n[0] + at[0]];
            if (isfinite(value))
                fprintf(stream, "%.4g", (double)value);
            else
                fprintf(stream, "NaN");
            fputc(at[a] + 1 < v->n[a] ? ' ' : '\n', stream);
        }
    fprintf(stream, "END\n");
}

// One scale of colours for the three slices.
static double find_most(const ia_volume *v)
{
    double most = 0;
    for (size_t i = 0; i < v->n[0] * v->n[1] * v->n[2]; i++) {
        size_t row = i / v->n[0];
        bool shown = i % v->n[0] == v->n[0] / 2 || row % v->n[1] == v->n[1] / 2 ||
                     row / v->n[1] == v->n[2] / 2;
        if (shown)
            most = fmax(most, (double)v->value[i]); // passes over NAN
    }
    return most > 0 ? most : 1;
}

ia_status plot_put_field(plot_job *job)
{
    static const char *const names[] = {"x", "y", "depth z"};
    static const size_t planes[][2] = {{0, 1}, {0, 2}, {1, 2}};
    const ia_volume *v = &job->in->state->volume;
    bool density = v->quantity == IA_QUANTITY_DENSITY;
    fprintf(job->stream,
            "%s%sset size ratio -1\nset cbrange [0:%g]\n"
            "set multiplot layout 1,3 margins 0.07,0.93,0.15,0.88 spacing 0.15,0.1\n"
            "set title '%s (%s)'\n",
            plot_axes, plot_palette, find_most(v), v->solute,
            density ? "atoms per nm^3" : "at.%");
    for (size_t i = 0; i < 3; i++) {
        size_t a = planes[i][0], b = planes[i][1];
        double lo[2] = {v->origin[a], v->origin[b]}, hi[2];
        hi[0] = lo[0] + v->voxel * (double)v->n[a];
        hi[1] = lo[1] + v->voxel * (double)v->n[b];
        put_slice(job->stream, v, a, b);
        fprintf(job->stream,
                "set xlabel '%s (nm)'\nset ylabel '%s (nm)'\nset xrange [%g:%g]\n"
                "set yrange [%g:%g]\nplot $slice%zu%zu matrix using (%.10g + $1 * "
                "%.10g):(%.10g + $2 * %.10g):3 with image\n",
                names[a], names[b], lo[0], hi[0], b == 2 ? hi[1] : lo[1],
                b == 2 ? lo[1] : hi[1], a, b, lo[0], v->voxel, lo[1], v->voxel);
    }
    fprintf(job->stream, "unset multiplot\n");
    return IA_OK;
}
