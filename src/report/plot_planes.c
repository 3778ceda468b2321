// src/report/plot_planes.c: normals of lattice planes and the axis in the crystal, in
// stereographic projection.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

// A colour for each grain; the last for what is of none.
const char plot_grain_palette[] = "set palette maxcolors 8 defined (0 '#0b6e99', 1 "
                                  "'#c2410c', 2 '#15803d', 3 '#7c3aed', "
                                  "4 '#b45309', 5 '#be185d', 6 '#0f766e', 7 '#9aa5b1')\n";

ia_status plot_check_planes(ia_ctx *ctx, const report_input *in)
{
    if (in->state->planes.n_planes == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no lattice planes were found: nothing to draw");
    return IA_OK;
}

// A direction with z >= 0 on the circle of radius 1.
static void put_point(FILE *stream, const double v[3], double colour)
{
    double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    double sign = v[2] < 0 ? -1 : 1, below = 1 + fabs(v[2]) / length;
    fprintf(stream, "%.6g %.6g %g\n", sign * v[0] / length / below,
            sign * v[1] / length / below, colour);
}

static void put_normal(FILE *stream, const double k[3], double colour)
{
    const double v[3] = {k[0], k[1], -k[2]};
    put_point(stream, v, colour);
}

// Rings every 30 degrees from the middle.
static void put_circle(FILE *stream)
{
    fprintf(stream, "$rings << END\n");
    for (int ring = 1; ring <= 3; ring++) {
        double r = tan(ring * 15 * 0.017453292519943295);
        for (int i = 0; i <= 120; i++)
            fprintf(stream, "%.5f %.5f\n", r * cos(i * 0.05235987755982988),
                    r * sin(i * 0.05235987755982988));
        fprintf(stream, "\n");
    }
    fprintf(stream, "END\n");
}

// Names of a grain's planes, in its colour: of every other grain below their points, for
// grains may share planes.
static void put_names(FILE *stream, const ia_plane_grain *grain, size_t number)
{
    for (size_t i = 0; i < grain->n_planes; i++) {
        const ia_grain_planes *plane = &grain->planes[i];
        double z = fabs(plane->k[2]) * plane->spacing, below = 1 + z;
        double sign = plane->k[2] > 0 ? -1 : 1;
        if (!plane->named)
            continue;
        fprintf(stream, "set label \"");
        plot_put_hkl(stream, plane->hkl);
        fprintf(stream, "\" at %.6g,%.6g center offset 0,%s tc palette cb %zu front\n",
                sign * plane->k[0] * plane->spacing / below,
                sign * plane->k[1] * plane->spacing / below, number % 2 ? "-0.8" : "0.8",
                number % 7);
    }
}

// The grains that have a crystal, by colour.
static void put_legend(FILE *stream, const ia_planes *p)
{
    enum { MOST = 12 };
    size_t row = 0;

    for (size_t g = 0; g < p->n_grains && row < MOST; g++)
        if (p->grains[g].oriented)
            fprintf(
                stream,
                "set label \"grain %zu: %s\" at graph -0.02,graph %.3f left tc palette "
                "cb %zu\n",
                g + 1, p->crystals[p->grains[g].crystal].name, 1 - 0.05 * (double)row++,
                g % 7);
}

static void put_regions(FILE *stream, const ia_planes *p)
{
    fprintf(stream, "$planes << END\n");
    for (size_t i = 0; i < p->n_planes; i++) {
        int32_t grain = p->regions[p->planes[i].region].grain;
        put_normal(stream, p->planes[i].at.k, grain < 0 ? 7 : grain % 7);
    }
    fprintf(stream, "END\n");
    for (size_t g = 0; g < p->n_grains; g++)
        put_names(stream, &p->grains[g], g);
    put_legend(stream, p);
}

// The axis in the frame of a crystal; of cubic ones in the triangle 001, 011, 111.
static void put_axis(FILE *stream, const double rotation[3][3], bool cubic, double colour)
{
    double v[3];
    for (size_t k = 0; k < 3; k++)
        v[k] = cubic ? fabs(rotation[2][k]) : rotation[2][k];
    for (size_t i = 0; cubic && i < 2; i++)
        for (size_t k = 0; k + 1 < 3 - i; k++)
            if (v[k] > v[k + 1]) {
                double swap = v[k];
                v[k] = v[k + 1];
                v[k + 1] = swap;
            }
    const double in[3] = {v[1], v[0], v[2]}; // 011 along x
    put_point(stream, cubic ? in : v, colour);
}

// Of each oriented grain, and of each region that tells its orientation by itself.
static void put_axes(FILE *stream, const ia_planes *p)
{
    enum { CUBIC = 24 };
    bool any = false, cubic = p->crystals[0].n_rotations == CUBIC;
    fprintf(stream, "$axes << END\n");
    for (size_t g = 0; g < p->n_grains; g++)
        if (p->grains[g].oriented) {
            put_axis(stream, (const double(*)[3])p->grains[g].rotation, cubic,
                     (double)(g % 7));
            any = true;
        }
    fprintf(stream, "%sEND\n$local << END\n", any ? "" : "NaN NaN 0\n");
    any = false;
    for (size_t r = 0; r < p->n_regions; r++) {
        const ia_plane_region *at = &p->regions[r];
        if (!at->oriented)
            continue;
        put_axis(stream, (const double(*)[3])at->rotation, cubic,
                 at->grain < 0 ? 7 : at->grain % 7);
        any = true;
    }
    fprintf(stream, "%sEND\n$triangle << END\n", any ? "" : "NaN NaN 0\n");
    for (int i = 0; cubic && i <= 40; i++) { // from 011 to 111, then back to 001
        const double edge[3] = {1, i / 40.0, 1};
        put_point(stream, edge, 0);
    }
    fprintf(stream, cubic ? "0 0 0\n0.414214 0 0\nEND\n" : "NaN NaN 0\nEND\n");
}

ia_status plot_put_planes(plot_job *job)
{
    const ia_planes *p = &job->in->state->planes;
    FILE *stream = job->stream;
    bool cubic = p->crystals[0].n_rotations == 24;
    fprintf(stream,
            "%sunset border\nunset xtics\nunset ytics\nunset key\nunset colorbox\n"
            "set size ratio -1\n%sset cbrange [-0.5:7.5]\nset multiplot layout 1,%d\n",
            plot_axes, plot_grain_palette, p->n_crystals > 0 ? 2 : 1);
    put_circle(stream);
    put_regions(stream, p);
    fprintf(stream,
            "set xrange [-1.1:1.1]\nset yrange [-1.1:1.1]\nset title 'normals of planes, "
            "a colour for each grain; rings 30° apart'\nset label 'x' at 1.05,0 center\n"
            "set label 'y' at 0,1.05 center\n"
            "plot $rings with lines lw 0.8 lc rgb '#b8c1cc', $planes using 1:2:3 with "
            "points pt 7 ps 0.5 lc palette\nunset label\n");
    if (p->n_crystals > 0) {
        put_axes(stream, p);
        fprintf(stream, "set title 'inverse pole figure of the axis: grains large, "
                        "regions small'\n");
        if (cubic)
            fprintf(stream, "set xrange [-0.06:0.5]\nset yrange [-0.06:0.44]\n"
                            "set label 3 '001' at -0.01,-0.025 center\n"
                            "set label 4 '011' at 0.414,-0.025 center\n"
                            "set label 5 '111' at 0.39,0.385 center\n");
        fprintf(
            stream,
            "plot $triangle using 1:2 with lines lw 1 lc rgb '#4a5866'%s, $local using "
            "1:2:3 with points pt 7 ps 0.3 lc palette, $axes using 1:2:3 with points pt "
            "6 ps 1.4 lw 2 lc palette\n",
            cubic ? "" : ", $rings with lines lw 0.8 lc rgb '#b8c1cc'");
    }
    fprintf(stream, "unset multiplot\n");
    return IA_OK;
}
