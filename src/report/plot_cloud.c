// src/report/plot_cloud.c: ions in space, from the sample that the report shows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"
#include "report/plot_internal.h"

#include <openssl/evp.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Points of a kind of ion, in all and of the one element that was asked for.
enum { N_POINTS = 4000, N_POINTS_OF_ELEMENT = 20000, PLACE_MAX = 65535 };

typedef struct {
    plot_job *job;
    const json_t *sample;
    const uint32_t *colours;
    unsigned char *places; // little-endian, 6 bytes an ion
    size_t first;          // place of the first ion of the kind
    size_t n_drawn;        // kinds
} cloud;

static bool has_extent(const ia_survey *survey)
{
    bool has = true;
    for (size_t axis = 0; axis < 3; axis++)
        has = has && survey->bounds[axis][1] > survey->bounds[axis][0] &&
              isfinite(survey->bounds[axis][1] - survey->bounds[axis][0]);
    return has;
}

static ia_status decode_places(cloud *c)
{
    const json_t *text = json_object_get(c->sample, "positions");
    size_t n = json_string_length(text);
    if (!(c->places = ia_array(c->job->ctx, n + 1, 1)))
        return IA_ERR_MEMORY;
    EVP_DecodeBlock(c->places, (const unsigned char *)json_string_value(text), (int)n);
    return IA_OK;
}

// A point as seen from the front, above and a little aside: right and up, in nm. Depth z
// points down.
static void look_at(const double at[3], double *right, double *up)
{
    const double aside = 35 * 3.14159265358979 / 180, above = 18 * 3.14159265358979 / 180;
    double away = at[0] * sin(aside) + at[1] * cos(aside);
    *right = at[0] * cos(aside) - at[1] * sin(aside);
    *up = away * sin(above) - at[2] * cos(above);
}

static void put_ion(const cloud *c, size_t ion)
{
    const unsigned char *bytes = c->places + 6 * ion;
    double at[3], right, up;
    for (size_t axis = 0; axis < 3; axis++, bytes += 2) {
        const double *bounds = c->job->in->state->survey.bounds[axis];
        at[axis] =
            bounds[0] + (bounds[1] - bounds[0]) * (bytes[0] | bytes[1] << 8) / PLACE_MAX;
    }
    look_at(at, &right, &up);
    fprintf(c->job->stream, "%.5g %.5g\n", right, up);
}

// Any run of the sample's ions is as even as the whole: every so many of them.
static void put_points(cloud *c, size_t shown, size_t most)
{
    size_t step = (shown + most - 1) / most;
    fprintf(c->job->stream, "$ions%zu << END\n", c->n_drawn);
    for (size_t i = 0; i < shown; i += step)
        put_ion(c, c->first + i);
    fprintf(c->job->stream, "END\n");
}

static bool holds_element(const plot_job *job, const ia_ion *ion)
{
    const ia_nuclide_list own = ia_ranges_own(&job->in->state->ranges);
    ia_atom_kind kind = ia_atom_kind_of(job->element, strlen(job->element));
    return kind.z > 0 && ia_atom_kind_count(&own, ion, kind) > 0;
}

// Kinds that are drawn: named ones, and of these the ones that hold the element. Where
// there are no names, all ions.
static bool is_drawn(const cloud *c, json_int_t kind)
{
    const ia_ranges *ranges = &c->job->in->state->ranges;
    if (kind < 0)
        return !c->job->element && c->job->in->state->ranger.n == 0;
    return !c->job->element || holds_element(c->job, &ranges->ions[kind]);
}

static size_t count_kinds(const cloud *c)
{
    const json_t *kind;
    size_t i, n = 0;
    json_array_foreach(json_object_get(c->sample, "species"), i, kind) n +=
        is_drawn(c, json_integer_value(json_object_get(kind, "kind")));
    return n;
}

static void put_title(const cloud *c, json_int_t kind)
{
    fputc('\'', c->job->stream);
    if (kind >= 0)
        plot_put_ion(c->job->stream, &c->job->in->state->ranges.ions[kind]);
    else
        fputs("all ions", c->job->stream);
    fputc('\'', c->job->stream);
}

typedef enum { NUMBERS, POINTS, KEY } part;

// The numbers of all kinds first, then one plot of them, and of their names with points
// that can be seen.
static void put_kinds(cloud *c, part what)
{
    FILE *stream = c->job->stream;
    const json_t *row;
    size_t i;
    c->first = c->n_drawn = 0;
    json_array_foreach(json_object_get(c->sample, "species"), i, row)
    {
        json_int_t kind = json_integer_value(json_object_get(row, "kind"));
        size_t shown = (size_t)json_integer_value(json_object_get(row, "shown"));
        unsigned colour = kind >= 0 ? (unsigned)c->colours[kind] : 0x4A5866U;
        if (is_drawn(c, kind) && what == NUMBERS)
            put_points(c, shown, c->job->element ? N_POINTS_OF_ELEMENT : N_POINTS);
        if (is_drawn(c, kind) && what == POINTS)
            fprintf(stream, "%s $ions%zu with points pt 7 ps 0.2 lc rgb '#%06x' notitle",
                    c->n_drawn ? ", \\\n " : "plot", c->n_drawn, colour);
        if (is_drawn(c, kind) && what == KEY) {
            fprintf(stream, ", \\\n  NaN with points pt 7 ps 1 lc rgb '#%06x' title ",
                    colour);
            put_title(c, kind);
        }
        c->n_drawn += is_drawn(c, kind);
        c->first += shown;
    }
}

// Corner of the box: bit k of `which` is 1 for the upper bound of axis k.
static void corner(const ia_survey *survey, size_t which, double at[3])
{
    for (size_t axis = 0; axis < 3; axis++)
        at[axis] = survey->bounds[axis][which >> axis & 1];
}

static void put_edge(FILE *stream, const ia_survey *survey, size_t from, size_t to)
{
    double a[3], b[3], right[2], up[2];
    corner(survey, from, a);
    corner(survey, to, b);
    look_at(a, &right[0], &up[0]);
    look_at(b, &right[1], &up[1]);
    fprintf(stream,
            "set arrow from %.5g,%.5g to %.5g,%.5g nohead back lw 0.7 lc rgb '#8a94a0'\n",
            right[0], up[0], right[1], up[1]);
}

// Numbers along an edge that leaves a corner, and the name of its axis.
static void put_scale(FILE *stream, const ia_survey *survey, size_t axis)
{
    static const size_t corners[] = {4, 4, 2}; // front and below; left
    static const char *const names[] = {"x (nm)", "y (nm)", "depth z (nm)"};
    static const char *const near_by[] = {
        "left offset 0.4,-0.6", "right offset -0.4,-0.6", "right offset -0.7,0"};
    static const char *const far_off[] = {"left offset 1,-2.2", "right offset -1,-2.2",
                                          "center rotate by 90 offset -5.5,0"};
    const double *bounds = survey->bounds[axis];
    double step = plot_tick_step(bounds[1] - bounds[0], 4, 0), at[3], right, up;
    corner(survey, corners[axis], at);
    for (double n = ceil(bounds[0] / step) + 0.0; n * step <= bounds[1]; n++) {
        at[axis] = n * step;
        look_at(at, &right, &up);
        fprintf(stream, "set label '%g' at %.5g,%.5g %s\n", n * step, right, up,
                near_by[axis]);
    }
    at[axis] = 0.5 * (bounds[0] + bounds[1]);
    look_at(at, &right, &up);
    fprintf(stream, "set label '%s' at %.5g,%.5g %s\n", names[axis], right, up,
            far_off[axis]);
}

static void put_box(FILE *stream, const ia_survey *survey)
{
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
    for (size_t which = 0; which < 8; which++) {
        double at[3], seen[2];
        corner(survey, which, at);
        look_at(at, &seen[0], &seen[1]);
        for (size_t i = 0; i < 2; i++) {
            lo[i] = fmin(lo[i], seen[i]);
            hi[i] = fmax(hi[i], seen[i]);
        }
        for (size_t axis = 0; axis < 3; axis++)
            if (!(which >> axis & 1))
                put_edge(stream, survey, which, which | (size_t)1 << axis);
    }
    for (size_t axis = 0; axis < 3; axis++)
        put_scale(stream, survey, axis);
    double margin = 0.01 * (hi[1] - lo[1]);
    fprintf(stream,
            "set size ratio -1\nunset border\nunset tics\nset xrange [%.5g:%.5g]\n"
            "set yrange [%.5g:%.5g]\n",
            lo[0] - margin, hi[0] + margin, lo[1] - margin, hi[1] + margin);
    fprintf(stream, "set lmargin at screen 0.12\nset rmargin at screen 0.84\n"
                    "set tmargin at screen 0.98\nset bmargin at screen 0.1\n"
                    "set key at screen 0.98,0.97 right samplen 0.5 spacing 1.25\n");
}

static ia_status put_cloud(cloud *c)
{
    plot_job *job = c->job;
    ia_status st;
    if (json_is_null(c->sample))
        return ia_fail(job->ctx, IA_ERR_EMPTY, "too few ions to draw in space");
    if (count_kinds(c) == 0)
        return ia_fail(job->ctx, IA_ERR_EMPTY, "no ranged ion%s%s%s: nothing to draw",
                       job->element ? " holds '" : "", job->element ? job->element : "",
                       job->element ? "'" : "");
    if ((st = decode_places(c)) != IA_OK)
        return st;
    put_kinds(c, NUMBERS);
    put_box(job->stream, &job->in->state->survey);
    put_kinds(c, POINTS);
    put_kinds(c, KEY);
    fputc('\n', job->stream);
    return IA_OK;
}

ia_status plot_put_cloud(plot_job *job)
{
    cloud c = {.job = job};
    json_t *sample = NULL;
    uint32_t *colours = NULL;
    ia_status st;
    if (!has_extent(&job->in->state->survey))
        return ia_fail(job->ctx, IA_ERR_EMPTY, "the positions have no extent to draw");
    if ((st = report_cloud(job->ctx, job->in, &sample)) != IA_OK ||
        (st = plot_colours(job->ctx, job->in->state, &colours)) != IA_OK)
        goto done;
    c.sample = sample;
    c.colours = colours;
    st = put_cloud(&c);
done:
    free(c.places);
    free(colours);
    json_decref(sample);
    return st;
}
