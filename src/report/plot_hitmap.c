// src/report/plot_hitmap.c: maps of the detector, and what was found on them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ia_status plot_check_maps(ia_ctx *ctx, const report_input *in)
{
    if (!in->state->hitmap.counts)
        return ia_fail(ctx, IA_ERR_EMPTY, "no hit map was made: nothing to draw");
    return IA_OK;
}

// Cells of a map by its number; what poles show best, from all of them, is the last.
typedef struct {
    const ia_hitmap *map;
    const double *values; // (cells, cells)
    size_t number;
} cells;

static cells cells_of(const ia_hitmap *map, size_t kind)
{
    return (cells){map, map->values[kind], kind};
}

static void put_values(FILE *stream, const cells *c)
{
    const ia_hitmap *map = c->map;
    fprintf(stream, "$map%zu << END\n", c->number);
    for (size_t i = 0; i < map->cells * map->cells; i++)
        fprintf(stream, "%.5g%c", c->values[i],
                i % map->cells == map->cells - 1 ? '\n' : ' ');
    fprintf(stream, "END\n");
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// Shown from the 1st to the 99th percentile of the cells; where these are alike, from
// the least to the greatest; a constant has a range about it, never that of the map
// before.
static ia_status put_range(plot_job *job, const cells *c)
{
    size_t all = c->map->cells * c->map->cells, n = 0;
    double *values = ia_array(job->ctx, all, sizeof *values);
    if (!values)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < all; i++)
        if (isfinite(c->values[i]))
            values[n++] = c->values[i];
    qsort(values, n, sizeof *values, compare);
    double least = n > 0 ? values[n / 100] : 0;
    double most = n > 0 ? values[n - 1 - n / 100] : 0;
    if (n > 0 && !(most > least)) {
        least = values[0];
        most = values[n - 1];
    }
    if (!(most > least)) {
        least = fmin(2 * most, 0);
        most = most != 0 ? fmax(2 * most, 0) : 1;
    }
    fprintf(job->stream, "set cbrange [%.6g:%.6g]\n", least, most);
    free(values);
    return IA_OK;
}

static void put_axes(FILE *stream, const ia_hitmap *map)
{
    fprintf(stream,
            "%s%sset size ratio -1\nset xlabel 'detector x (mm)'\nset ylabel "
            "'detector y (mm)'\nset datafile missing 'nan'\nset xrange [%g:%g]\nset "
            "yrange [%g:%g]\n",
            plot_axes, plot_palette, map->centre[0] - map->radius,
            map->centre[0] + map->radius, map->centre[1] - map->radius,
            map->centre[1] + map->radius);
    fprintf(stream, "set xtics %g\nset ytics %g\n", plot_tick_step(2 * map->radius, 3, 0),
            plot_tick_step(2 * map->radius, 3, 0));
}

static void put_image(FILE *stream, const ia_hitmap *map, size_t kind)
{
    fprintf(stream,
            "plot $map%zu matrix using (%.10g + ($1 + 0.5) * %.10g):(%.10g + ($2 + 0.5) "
            "* %.10g):3 with image",
            kind, map->centre[0] - map->radius, map->cell, map->centre[1] - map->radius,
            map->cell);
}

// One panel; a title in single quotes.
static ia_status put_map(plot_job *job, const cells *c, const char *title)
{
    put_values(job->stream, c);
    ia_status st = put_range(job, c);
    if (st != IA_OK)
        return st;
    fprintf(job->stream, "set title '%s'\n", title);
    put_image(job->stream, c->map, c->number);
    fputc('\n', job->stream);
    return IA_OK;
}

// The combined map, where there is one of this map.
static const double *combined_of(const ia_state *state)
{
    const ia_combined_map *sum = &state->combined;
    bool is_of_it = sum->n_cells == state->hitmap.cells * state->hitmap.cells;
    return sum->is_known && is_of_it ? sum->values : NULL;
}

ia_status plot_put_maps(plot_job *job)
{
    // Panels are 300 px wide, scale of colours and all: longer titles are cut off.
    static const char *const titles[IA_N_MAPS] = {
        "hits per mm^2",           "share of multiple hits", "share after few pulses",
        "share after many pulses", "way between hits (mm)",  "share of higher charge",
        "planes in depth"};
    const ia_hitmap *map = &job->in->state->hitmap;
    const double *sum = combined_of(job->in->state);
    ia_status st = IA_OK;
    size_t n = sum != NULL;
    char title[64];
    for (size_t k = 0; k < IA_N_MAPS; k++)
        n += map->values[k] != NULL;
    put_axes(job->stream, map);
    fprintf(job->stream, "set multiplot layout %d,%zu\n", n > 3 ? 2 : 1,
            n > 3 ? (n + 1) / 2 : n);
    for (size_t k = 0; k < IA_N_MAPS && st == IA_OK; k++) {
        if (!map->values[k])
            continue;
        cells c = cells_of(map, k);
        snprintf(title, sizeof title, "%s", titles[k]);
        if (k == IA_MAP_SIGNAL && isfinite(map->signal_null))
            snprintf(title, sizeof title, "%s (chance: %.3g)", titles[k],
                     map->signal_null);
        st = put_map(job, &c, title);
    }
    if (st == IA_OK && sum) {
        snprintf(title, sizeof title, "combined (contrast %.3g)",
                 job->in->state->combined.contrast);
        st = put_map(job, &(cells){map, sum, IA_N_MAPS}, title);
    }
    fprintf(job->stream, "unset multiplot\n");
    return st;
}

void plot_put_hkl(FILE *stream, const int hkl[3])
{
    for (size_t k = 0; k < 3; k++)
        fprintf(stream, hkl[k] < 0 ? "%d\xcc\x85" : "%d", abs(hkl[k]));
}

// As many straight pieces as a bent line needs.
static void put_line(FILE *stream, const ia_hitmap *map, const ia_zone_line *line)
{
    size_t n = line->bend > 0 ? 16 : 1;
    for (size_t i = 0; i < n; i++) {
        double from[2], to[2];
        ia_zone_line_point(line, (double)i / (double)n, from);
        ia_zone_line_point(line, (double)(i + 1) / (double)n, to);
        fprintf(
            stream, "set arrow from %g,%g to %g,%g nohead front lw 1 dt 2 lc rgb '%s'\n",
            from[0] + map->centre[0], from[1] + map->centre[1], to[0] + map->centre[0],
            to[1] + map->centre[1], line->bright ? "#b2182b" : "#ff8c00");
    }
}

static void put_line_name(FILE *stream, const ia_hitmap *map, const ia_zone_line *line,
                          const ia_line_name *name)
{
    double at[2];
    ia_zone_line_point(line, 0.9, at);
    fprintf(stream, "set label \"[");
    plot_put_hkl(stream, name->uvw);
    fprintf(stream, "]\" at %g,%g center front boxed tc rgb '%s' font ',10'\n",
            at[0] + map->centre[0], at[1] + map->centre[1],
            line->bright ? "#b2182b" : "#c06000");
}

// Across the map, where two crystals meet.
static void put_boundary(FILE *stream, const ia_hitmap *map, const ia_boundary *b)
{
    double c = cos(b->angle_deg * acos(-1.0) / 180), radius = map->radius;
    double s = sin(b->angle_deg * acos(-1.0) / 180);
    double half = sqrt(fmax(0, radius * radius - b->offset * b->offset));
    fprintf(stream,
            "set arrow from %g,%g to %g,%g nohead front lw 4 dt 3 lc rgb '#d6006c'\n",
            map->centre[0] + b->offset * c - half * s,
            map->centre[1] + b->offset * s + half * c,
            map->centre[0] + b->offset * c + half * s,
            map->centre[1] + b->offset * s - half * c);
}

static void put_marks(plot_job *job)
{
    const ia_state *state = job->in->state;
    const ia_found_poles *found = &state->found_poles;
    const ia_orientation *o = &state->orientation;
    if (o->boundary.seen)
        put_boundary(job->stream, &state->hitmap, &o->boundary);
    for (size_t i = 0; i < found->n_lines; i++) {
        put_line(job->stream, &state->hitmap, &found->lines[i]);
        if (i < o->n_lines && o->line_names[i].chance > 0)
            put_line_name(job->stream, &state->hitmap, &found->lines[i],
                          &o->line_names[i]);
    }
    for (size_t i = 0; i < found->n; i++) {
        bool is_named = i < o->n_poles && o->names[i].grain >= 0;
        const ia_found_pole *pole = &found->poles[i];
        double wide = pole->shape == IA_POLE_RING ? 1 : 1.3;
        double radius = fmax(wide * pole->scale, 0.02 * state->hitmap.radius);
        fprintf(job->stream,
                "set object circle at %g,%g size %g front fs empty border lc rgb '%s' "
                "lw 2\n",
                pole->at.x, pole->at.y, radius, is_named ? "#d6006c" : "#777777");
        if (!is_named)
            continue;
        fprintf(job->stream, "set label \"");
        plot_put_hkl(job->stream, o->names[i].hkl);
        fprintf(job->stream,
                "\" at %g,%g center front boxed tc rgb '#d6006c' font ',13'\n",
                pole->at.x, pole->at.y + radius + 0.04 * state->hitmap.radius);
    }
}

ia_status plot_put_poles(plot_job *job)
{
    const ia_hitmap *map = &job->in->state->hitmap;
    const ia_orientation *o = &job->in->state->orientation;
    put_axes(job->stream, map);
    cells density = cells_of(map, IA_MAP_DENSITY);
    put_values(job->stream, &density);
    ia_status st = put_range(job, &density);
    fprintf(job->stream,
            "set style textbox opaque noborder fc rgb '#ffffff' margins 1,1\n");
    put_marks(job);
    fprintf(job->stream, "set cblabel 'hits per mm^2' offset 1\n");
    if (o->names && o->grains[0].indexed)
        fprintf(job->stream, "set title \"indexed; wrong with probability %.2g\"\n",
                o->grains[0].misindex_probability);
    else
        fprintf(job->stream, "set title \"%s\"\n",
                o->names ? "not indexed: names are a guess" : "poles and zone lines");
    put_image(job->stream, map, IA_MAP_DENSITY);
    fputc('\n', job->stream);
    return st;
}

ia_status plot_begin_density(plot_job *job, const ia_hitmap *map)
{
    cells density = cells_of(map, IA_MAP_DENSITY);
    put_axes(job->stream, map);
    put_values(job->stream, &density);
    fprintf(job->stream, "set cblabel 'hits per mm^2' offset 1\n");
    return put_range(job, &density);
}

void plot_put_density(FILE *stream, const ia_hitmap *map)
{
    put_image(stream, map, IA_MAP_DENSITY);
}
