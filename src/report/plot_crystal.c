// src/report/plot_crystal.c: spatial distribution maps and the structure factor.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <string.h>

ia_status plot_check_sdm(ia_ctx *ctx, const report_input *in)
{
    if (!in->state->sdm.pairs || in->state->sdm.n_pairs == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no pairs were counted: nothing to draw");
    return IA_OK;
}

static void put_along(FILE *stream, const ia_sdm *s)
{
    fprintf(stream, "$along << END\n");
    for (size_t b = 0; b < s->n_bins; b++) {
        double z = s->reach * (2 * ((double)b + 0.5) / (double)s->n_bins - 1);
        fprintf(stream, "%.6g %llu %.8g ", z, (unsigned long long)s->pairs[b],
                s->expected[b]);
        if (isfinite(s->fit[b]))
            fprintf(stream, "%.8g\n", s->fit[b]);
        else
            fprintf(stream, "NaN\n");
    }
    fprintf(stream, "END\nset title '");
    if (s->found)
        fprintf(stream, "planes %.5g ± %.2g nm apart, blur %.3g ± %.2g nm", s->spacing,
                s->spacing_sd, s->sigma_z, s->sigma_z_sd);
    else
        fprintf(stream, "no planes stand out");
    fprintf(stream,
            "'\nset xlabel 'distance along the normal (nm)'\nset ylabel 'pairs a bin'\n"
            "set xrange [%g:%g]\nset yrange [0:*]\nset key bottom center\n"
            "plot $along using 1:3 with lines lw 1 dt 2 lc rgb '#4a5866' "
            "title 'ions at random', '' using 1:2 with histeps lw 1.2 lc rgb '#0b6e99' "
            "title 'counted'%s\n",
            -s->reach, s->reach,
            s->found ? ", '' using 1:4 with lines lw 1.5 lc rgb '#c2410c' title 'planes'"
                     : "");
}

static void put_across(FILE *stream, const ia_sdm *s, size_t which)
{
    static const char *const titles[2] = {"within a plane", "to the next planes"};
    size_t n = s->n_pixels;
    double step = 2 * s->radius / (double)n, first = -s->radius + step / 2;
    fprintf(stream, "$across%zu << END\n", which);
    for (size_t i = 0; i < n * n; i++)
        fprintf(stream, "%llu%c", (unsigned long long)s->across[which][i],
                i % n + 1 < n ? ' ' : '\n');
    fprintf(stream,
            "END\nset title 'pairs %s'\nset xlabel 'across x (nm)'\n"
            "set ylabel 'across y (nm)'\nset xrange [%g:%g]\nset yrange [%g:%g]\n"
            "plot $across%zu matrix using (%.10g + $1 * %.10g):(%.10g + $2 * %.10g):3 "
            "with image notitle\n",
            titles[which], -s->radius, s->radius, -s->radius, s->radius, which, first,
            step, first, step);
}

ia_status plot_put_sdm(plot_job *job)
{
    const ia_sdm *s = &job->in->state->sdm;
    fprintf(job->stream, "%s%sset multiplot\nset size %g,1\nset origin 0,0\n", plot_axes,
            plot_palette, s->across[0] ? 0.42 : 1);
    put_along(job->stream, s);
    for (size_t r = 0; s->across[0] && r < 2; r++) {
        fprintf(job->stream, "set size ratio -1 0.29,1\nset origin %g,0\nunset key\n",
                0.42 + 0.29 * (double)r);
        put_across(job->stream, s, r);
    }
    fprintf(job->stream, "unset multiplot\n");
    return IA_OK;
}

ia_status plot_check_fourier(ia_ctx *ctx, const report_input *in)
{
    if (!in->state->fourier.intensity)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no structure factor was made: nothing to "
                       "draw");
    return IA_OK;
}

// The highest intensity along the axis that is not shown, on a logarithmic scale.
static void put_highest(FILE *stream, const ia_fourier *f, size_t across)
{
    size_t other = 1 - across, at[3];
    fprintf(stream, "$highest%zu << END\n", across);
    for (at[2] = 0; at[2] < f->n_grid[2]; at[2]++)
        for (at[across] = 0; at[across] < f->n_grid[across]; at[across]++) {
            float most = 1e-3f;
            for (at[other] = 0; at[other] < f->n_grid[other]; at[other]++) {
                float value =
                    f->intensity[(at[2] * f->n_grid[1] + at[1]) * f->n_grid[0] + at[0]];
                most = value > most ? value : most;
            }
            fprintf(stream, "%.4g%c", (double)most,
                    at[across] + 1 < f->n_grid[across] ? ' ' : '\n');
        }
    fprintf(stream, "END\n");
}

static double brightest(const ia_fourier *f)
{
    double most = 10;
    for (size_t i = 0; i < f->n; i++)
        most = fmax(most, f->reflections[i].intensity);
    return most;
}

ia_status plot_put_fourier(plot_job *job)
{
    static const char *const names[] = {"x", "y"};
    const ia_fourier *f = &job->in->state->fourier;
    FILE *stream = job->stream;
    fprintf(stream,
            "%s%sset size ratio -1\nset logscale cb\nset cbrange [1:%g]\nset cblabel "
            "'intensity, 1: ions at random'\nset multiplot layout 1,2\n$tops << END\n",
            plot_axes, plot_palette, brightest(f));
    for (size_t i = 0; i < f->n; i++)
        fprintf(stream, "%.6g %.6g %.6g\n", f->reflections[i].k[0],
                f->reflections[i].k[1], f->reflections[i].k[2]);
    fprintf(stream, "%sEND\n", f->n ? "" : "NaN NaN NaN\n");
    for (size_t a = 0; a < 2; a++) {
        double half = f->step * (double)(f->n_grid[a] / 2);
        double high = f->step * (double)(f->n_grid[2] - 1);
        put_highest(stream, f, a);
        fprintf(stream,
                "set xlabel 'k_%s (nm^{-1})'\nset ylabel 'k_z (nm^{-1})'\nset xrange "
                "[%g:%g]\nset yrange [0:%g]\nset title 'highest along k_%s'\nplot "
                "$highest%zu matrix using (%.10g + $1 * %.10g):($2 * %.10g):3 with image "
                "notitle, $tops using %zu:3 with points pt 6 ps 2.4 lw 1.2 lc rgb "
                "'#c2410c' notitle\n",
                names[a], -half, half, high, names[1 - a], a, -half, f->step, f->step,
                a + 1);
    }
    fprintf(stream, "unset multiplot\n");
    return IA_OK;
}
