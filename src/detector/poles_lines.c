// src/detector/poles_lines.c: ridges and valleys of a hit map summed along straight
// lines.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double clip = 4;       // standard deviations that one cell may add
static const double shortest = 0.8; // of a line, radii

double poles_line_distance(const poles_grid *grid, size_t distance)
{
    double at = ((double)distance + 0.5) / (double)grid->n_distances;
    return (2 * at - 1) * grid->map->radius;
}

void poles_line_ends(const poles_grid *grid, size_t angle, size_t distance,
                     double ends[2][2])
{
    double theta = pi * (double)angle / POLES_ANGLES;
    double rho = poles_line_distance(grid, distance), radius = grid->map->radius;
    double half = sqrt(fmax(0, radius * radius - rho * rho));
    for (size_t end = 0; end < 2; end++) {
        double along = end == 0 ? -half : half;
        ends[end][0] = rho * cos(theta) - along * sin(theta);
        ends[end][1] = rho * sin(theta) + along * cos(theta);
    }
}

// Sum of what a cell has above its surroundings along a line, over the root of its cells.
static double sum_along(const poles_grid *g, const double *z, double ends[2][2])
{
    double dx = ends[1][0] - ends[0][0], dy = ends[1][1] - ends[0][1], sum = 0;
    double length = sqrt(dx * dx + dy * dy), radius = g->map->radius;
    size_t steps = (size_t)(length / g->map->cell), used = 0;
    if (length < shortest * radius)
        return 0;
    for (size_t i = 0; i < steps; i++) {
        double at = ((double)i + 0.5) / (double)steps;
        double x = (ends[0][0] + at * dx + radius) / g->map->cell;
        double y = (ends[0][1] + at * dy + radius) / g->map->cell;
        if (x < 0 || y < 0 || x >= (double)g->n || y >= (double)g->n)
            continue;
        sum -= fmax(-clip, fmin(clip, z[(size_t)y * g->n + (size_t)x]));
        used++;
    }
    return used > 0 ? sum / sqrt((double)used) : 0;
}

void poles_lines(const poles_grid *grid, poles_room *room)
{
    const double *z = room->z + grid->line_scale * grid->n * grid->n;
    for (size_t angle = 0; angle < POLES_ANGLES; angle++)
        for (size_t d = 0; d < grid->n_distances; d++) {
            double ends[2][2];
            poles_line_ends(grid, angle, d, ends);
            room->lines[angle * grid->n_distances + d] = sum_along(grid, z, ends);
        }
}
