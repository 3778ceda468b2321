// src/report/plot_regions.c: which grain each region is of, and how far it is turned from
// it, in two sections through the specimen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>

static const double degrees = 57.29577951308232;

// How a section lies: axis across, axis down, the one it is perpendicular to.
typedef struct {
    size_t across, down, through;
    const char *labels[2];
    const char *name;
} section;

static const section sections[] = {
    {0, 1, 2, {"x", "y"}, "xy"},
    {0, 2, 1, {"x", "depth z"}, "xz"},
};

// From its own grain: the whole turn where the region tells it, else as much as its
// strongest planes tell.
static double turn_of(const ia_planes *p, const ia_plane_region *r)
{
    const ia_plane_grain *grain = r->grain >= 0 ? &p->grains[r->grain] : NULL;
    if (!grain || !grain->oriented)
        return NAN;
    if (!r->oriented || r->crystal != grain->crystal)
        return r->off_deg;
    return degrees * ia_misorientation(&p->crystals[grain->crystal],
                                       (const double(*)[3])grain->rotation,
                                       (const double(*)[3])r->rotation);
}

// Of the layer of regions nearest to the middle.
static double middle_of(const ia_planes *p, size_t axis)
{
    double lo = INFINITY, hi = -INFINITY, nearest = NAN;
    for (size_t i = 0; i < p->n_regions; i++) {
        lo = fmin(lo, p->regions[i].centre[axis]);
        hi = fmax(hi, p->regions[i].centre[axis]);
    }
    for (size_t i = 0; i < p->n_regions; i++) {
        double at = p->regions[i].centre[axis];
        if (!(fabs(at - (lo + hi) / 2) >= fabs(nearest - (lo + hi) / 2)))
            nearest = at;
    }
    return nearest;
}

// Rows "across down grain turn"; returns the largest turn.
static double put_section(FILE *stream, const ia_planes *p, const section *s)
{
    double at = middle_of(p, s->through), most = 0;
    fprintf(stream, "$%s << END\n", s->name);
    for (size_t i = 0; i < p->n_regions; i++) {
        const ia_plane_region *r = &p->regions[i];
        double turn = turn_of(p, r);
        if (fabs(r->centre[s->through] - at) > p->cube / 8)
            continue;
        fprintf(stream, "%.6g %.6g %d ", r->centre[s->across], r->centre[s->down],
                r->grain < 0 ? 7 : (int)r->grain % 7);
        if (isfinite(turn))
            fprintf(stream, "%.4g\n", turn);
        else
            fprintf(stream, "NaN\n");
        most = fmax(most, isfinite(turn) ? turn : 0);
    }
    fprintf(stream, "END\n");
    return most;
}

static void put_panel(FILE *stream, const ia_planes *p, const section *s, bool by_grain)
{
    double half = p->cube / 4;
    fprintf(stream,
            "set xlabel '%s (nm)'\nset ylabel '%s (nm)'\nset yrange [*:*] %sreverse\n"
            "set title '%s at %s %.3g nm'\n",
            s->labels[0], s->labels[1], s->down == 2 ? "" : "no",
            by_grain ? "grains (grey: none)" : "turn from the grain",
            s->through == 2 ? "z" : "y", middle_of(p, s->through));
    if (!by_grain)
        fprintf(stream,
                "plot $%s using 1:2:(%g):(%g) with boxxyerror lc rgb '#e4e7eb', '' "
                "using ($4 == $4 ? $1 : NaN):2:(%g):(%g):4 with boxxyerror lc palette\n",
                s->name, half, half, half, half);
    else
        fprintf(stream, "plot $%s using 1:2:(%g):(%g):3 with boxxyerror lc palette\n",
                s->name, half, half);
}

ia_status plot_put_regions(plot_job *job)
{
    enum { N = sizeof sections / sizeof sections[0] };
    const ia_planes *p = &job->in->state->planes;
    FILE *stream = job->stream;
    double most = 0;

    for (size_t i = 0; i < N; i++)
        most = fmax(most, put_section(stream, p, &sections[i]));
    fprintf(stream,
            "%sunset key\nset size ratio -1\nset style fill solid 1 noborder\n"
            "set multiplot layout 2,2\n%sset cbrange [-0.5:7.5]\nunset colorbox\n",
            plot_axes, plot_grain_palette);
    for (size_t i = 0; i < N; i++)
        put_panel(stream, p, &sections[i], true);
    fprintf(stream,
            "set palette maxcolors 0\n%sset cbrange [0:%g]\nset colorbox\nset cblabel "
            "'degrees; of one set of "
            "planes its tilt'\n",
            plot_palette, most > 0 ? most : 1);
    for (size_t i = 0; i < N; i++)
        put_panel(stream, p, &sections[i], false);
    fprintf(stream, "unset multiplot\n");
    return IA_OK;
}
