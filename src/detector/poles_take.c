// src/detector/poles_take.c: the zone lines of a hit map that noise does not make, one
// after the other.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double hidden = 0.06; // on either side of a line that is found, radii
static const double pi = 3.14159265358979323846;

// Distance of a place from a line, mm.
static double off_line(const ia_zone_line *line, double x, double y)
{
    double across = x * cos(line->angle) + y * sin(line->angle), r = hypot(x, y);
    if (line->bend <= 0 || r <= 0)
        return across - line->distance;
    double per_mm = line->bend / line->radius, foot = line->distance * per_mm;
    return asin(cos(foot) * sin(r * per_mm) * across / r - sin(foot) * cos(r * per_mm)) /
           per_mm;
}

// Lines that are found hide what lies along them from those after, wide ones more.
static void hide(const poles_grid *g, const ia_zone_line *line, size_t scale, double *z)
{
    double radius = g->map->radius;
    double wider = 2 * (g->scales[scale] - g->scales[g->line_scale]) * g->map->cell;
    for (size_t i = 0; i < g->n * g->n; i++) {
        double x = ((double)(i % g->n) + 0.5) * g->map->cell - radius;
        double y = ((double)(i / g->n) + 0.5) * g->map->cell - radius;
        for (size_t k = g->line_scale;
             fabs(off_line(line, x, y)) < hidden * radius + wider && k < g->n_scales; k++)
            z[k * g->n * g->n + i] = 0;
    }
}

static void take_line(const poles_grid *g, const poles_band *band, double bend,
                      ia_zone_line *line)
{
    double turns = floor(band->angle / pi);
    *line = (ia_zone_line){.distance = turns == 0 ? band->distance : -band->distance,
                           .angle = band->angle - pi * turns,
                           .bend = bend,
                           .radius = g->map->radius,
                           .bright = band->sum > 0,
                           .significance = fabs(band->sum)};
    for (size_t e = 0; e < 2; e++)
        ia_zone_line_point(line, (double)e, line->ends[e]);
    line->foot[0] = line->distance * cos(line->angle);
    line->foot[1] = line->distance * sin(line->angle);
    for (size_t k = 0; k < 2; k++) {
        line->foot[k] += g->map->centre[k];
        line->ends[0][k] += g->map->centre[k];
        line->ends[1][k] += g->map->centre[k];
    }
}

// By falling significance.
static int compare_lines(const void *a, const void *b)
{
    const ia_zone_line *p = a, *q = b;
    if (p->significance != q->significance)
        return p->significance > q->significance ? -1 : 1;
    return p->angle < q->angle ? -1 : p->angle > q->angle;
}

double poles_take_bent(poles_job *j, size_t bend, ia_zone_line *lines, size_t *n_lines)
{
    const poles_grid *g = &j->grid;
    double sum = 0;
    for (*n_lines = 0; *n_lines < j->params->most_lines; ++*n_lines) {
        size_t best = 0;
        poles_lines(g, bend, &j->found);
        for (size_t i = 1; i < POLES_ANGLES * g->n_distances; i++)
            if (fabs(j->found.lines[i]) > fabs(j->found.lines[best]))
                best = i;
        double p_value =
            poles_p_of(j->most_line, j->params->n_noise_maps, fabs(j->found.lines[best]));
        if (p_value > j->params->pole_level)
            break;
        poles_band band = poles_widen(g, bend, best, &j->found);
        take_line(g, &band, poles_bends[bend], &lines[*n_lines]);
        lines[*n_lines].p_value = p_value;
        sum += band.sum * band.sum;
        hide(g, &lines[*n_lines], band.scale, j->found.z);
    }
    qsort(lines, *n_lines, sizeof *lines, compare_lines);
    return sum;
}

ia_status poles_take_lines(poles_job *j, ia_found_poles *out)
{
    const poles_grid *g = &j->grid;
    size_t n = g->n_scales * g->n * g->n;
    double most = 0, *kept = ia_array(j->ctx, n, sizeof *kept);
    if (!kept)
        return IA_ERR_MEMORY;
    memcpy(kept, j->found.z, n * sizeof *kept);
    for (size_t bend = 0; bend < POLES_BENDS; bend++) {
        ia_zone_line lines[IA_LINES_MOST];
        size_t n_lines;
        double sum = poles_take_bent(j, bend, lines, &n_lines);
        memcpy(j->found.z, kept, n * sizeof *kept);
        if (sum <= most)
            continue;
        most = sum;
        out->n_lines = n_lines;
        memcpy(out->lines, lines, n_lines * sizeof *lines);
    }
    free(kept);
    return IA_OK;
}
