// src/detector/poles_lines.c: ridges and valleys of a hit map summed along straight lines
// and along great circles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double poles_bends[POLES_BENDS] = {0, 0.5, 0.9};
static const double pi = 3.14159265358979323846;
static const double clip = 4;           // standard deviations that one cell may add
static const double shortest = 0.8;     // of a line, radii
static const double shortest_cut = 0.5; // likewise, in half of a map
enum { TURNED = 2 };                    // steps by which its edges may be turned

double poles_line_distance(const poles_grid *grid, size_t distance)
{
    double at = ((double)distance + 0.5) / (double)grid->n_distances;
    return (2 * at - 1) * grid->map->radius;
}

void ia_zone_line_point(const ia_zone_line *line, double at, double out[2])
{
    double rho = fabs(line->distance), radius = line->radius, u = rho, v;
    double half = sqrt(fmax(0, radius * radius - rho * rho));
    if (line->bend <= 0) {
        v = (2 * at - 1) * half;
    } else {
        double foot = line->bend * rho / radius;
        double end = acos(fmin(1, cos(line->bend) / cos(foot)));
        double along = (2 * at - 1) * end;
        double theta = acos(cos(foot) * cos(along));
        double around = atan2(sin(along), sin(foot) * cos(along));
        u = theta / line->bend * radius * cos(around);
        v = theta / line->bend * radius * sin(around);
    }
    u = line->distance < 0 ? -u : u;
    out[0] = u * cos(line->angle) - v * sin(line->angle);
    out[1] = u * sin(line->angle) + v * cos(line->angle);
}

ia_status poles_paths_new(ia_ctx *ctx, poles_grid *grid)
{
    double radius = grid->map->radius;
    grid->paths = ia_array(ctx, POLES_BENDS * grid->n_distances, sizeof *grid->paths);
    if (!grid->paths)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < POLES_BENDS * grid->n_distances; i++) {
        poles_path *path = &grid->paths[i];
        ia_zone_line line = {.distance = poles_line_distance(grid, i % grid->n_distances),
                             .bend = poles_bends[i / grid->n_distances],
                             .radius = radius};
        double chord = 2 * sqrt(fmax(0, radius * radius - line.distance * line.distance));
        size_t n = chord < shortest * radius ? 0 : (size_t)(chord / grid->map->cell);
        if (n == 0)
            continue;
        if (!(path->at = ia_array(ctx, n, sizeof *path->at)))
            return IA_ERR_MEMORY;
        path->n = n;
        for (size_t k = 0; k < n; k++) {
            ia_zone_line_point(&line, ((double)k + 0.5) / (double)n, path->at[k]);
            path->at[k][0] /= grid->map->cell;
            path->at[k][1] /= grid->map->cell;
        }
    }
    return IA_OK;
}

void poles_paths_clear(poles_grid *grid)
{
    for (size_t i = 0; grid->paths && i < POLES_BENDS * grid->n_distances; i++)
        free(grid->paths[i].at);
    free(grid->paths);
    grid->paths = NULL;
}

// Sum of what a cell has above its surroundings along a line, over the root of its cells;
// none adds more than `most` either way.
static double sum_along(const poles_grid *g, const double *z, double most,
                        const poles_path *path, double angle)
{
    double c = cos(angle), s = sin(angle), sum = 0;
    double middle = g->map->radius / g->map->cell;
    size_t used = 0;
    for (size_t i = 0; i < path->n; i++) {
        double x = path->at[i][0] * c - path->at[i][1] * s + middle;
        double y = path->at[i][0] * s + path->at[i][1] * c + middle;
        size_t column = (size_t)x, row = (size_t)y;
        if (!(x >= 0 && y >= 0) || column >= g->n || row >= g->n ||
            (g->half.is_cut && !(g->mask[row * g->n + column] > 0)))
            continue;
        double height = z[row * g->n + column]; // fmin and fmax are calls
        sum -= height > most ? most : height < -most ? -most : height;
        used++;
    }
    if (g->half.is_cut && (double)used < shortest_cut * middle)
        return 0;
    return used > 0 ? sum / sqrt((double)used) : 0;
}

void poles_lines(const poles_grid *grid, size_t bend, poles_room *room)
{
    const double *z = room->z + grid->line_scale * grid->n * grid->n;
    const poles_path *paths = grid->paths + bend * grid->n_distances;
    for (size_t angle = 0; angle < POLES_ANGLES; angle++)
        for (size_t d = 0; d < grid->n_distances; d++)
            room->lines[angle * grid->n_distances + d] =
                sum_along(grid, z, clip, &paths[d], pi * (double)angle / POLES_ANGLES);
}

// Rows of atoms leave dark lines that are as wide as the rows are close; bright ones are
// narrow, and wide bright places are none. Cells as far apart as a scale are noise of
// their own, nearer ones are not: sums over wide scales scatter more. What a cell may add
// stays the same share of the density.
poles_band poles_widen(const poles_grid *grid, size_t bend, size_t ridge,
                       const poles_room *room)
{
    const poles_path *paths = grid->paths + bend * grid->n_distances;
    size_t n = grid->n_distances, angle = ridge / n, distance = ridge % n;
    poles_band best = {pi * (double)angle / POLES_ANGLES,
                       poles_line_distance(grid, distance), grid->line_scale,
                       room->lines[ridge]};
    for (size_t k = grid->line_scale + 1; best.sum < 0 && k < grid->n_scales; k++) {
        const double *z = room->z + k * grid->n * grid->n;
        double wider = grid->scales[k] / grid->scales[grid->line_scale];
        size_t reach = (size_t)grid->scales[k];
        for (size_t a = 0; a <= 2 * TURNED; a++)
            for (size_t d = distance > reach ? distance - reach : 0;
                 d <= distance + reach && d < n; d++) {
                double turn = pi * ((double)(angle + a) - TURNED) / POLES_ANGLES;
                double sum = sum_along(grid, z, clip * wider, &paths[d], turn);
                sum /= sqrt(wider);
                if (sum * best.sum > best.sum * best.sum)
                    best = (poles_band){turn, poles_line_distance(grid, d), k, sum};
            }
    }
    return best;
}
