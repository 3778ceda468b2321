// src/network/tip_image.c: a hit map as a network takes it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/tip_image.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static bool in_circle(size_t pixel)
{
    double half = IA_TIP_EDGE / 2.0;
    double x = (double)(pixel % IA_TIP_EDGE) + 0.5 - half;
    double y = (double)(pixel / IA_TIP_EDGE) + 0.5 - half;
    return hypot(x, y) < half;
}

bool ia_tip_image(const double *counts, float *out)
{
    const double most = 2;
    double sum = 0, n = 0;
    for (size_t i = 0; i < IA_TIP_PIXELS; i++)
        if (in_circle(i)) {
            sum += counts[i];
            n++;
        }
    for (size_t i = 0; i < IA_TIP_PIXELS; i++)
        out[i] = sum > 0 && in_circle(i) ? (float)fmin(counts[i] * n / sum - 1, most) : 0;
    return sum > 0;
}

// Share of a cell from `low` to `low` + `cell` that lies in each of the two pixels that
// it can touch, the first of which is *pixel.
static void split(double low, double cell, ptrdiff_t *pixel, double share[2])
{
    const double edge = 2 * ia_tip_image_radius / IA_TIP_EDGE;
    double at = (low + ia_tip_image_radius) / edge;
    *pixel = (ptrdiff_t)floor(at);
    share[0] = fmin(1, ((double)*pixel + 1 - at) * edge / cell);
    share[1] = 1 - share[0];
}

void ia_tip_counts(const ia_hitmap *map, double *counts)
{
    memset(counts, 0, IA_TIP_PIXELS * sizeof *counts);
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        ptrdiff_t column, row;
        double x[2], y[2];
        split((double)(i % map->cells) * map->cell - map->radius + map->centre[0],
              map->cell, &column, x);
        split((double)(i / map->cells) * map->cell - map->radius + map->centre[1],
              map->cell, &row, y);
        for (int k = 0; k < 4; k++) {
            ptrdiff_t c = column + k % 2, r = row + k / 2;
            if (c >= 0 && r >= 0 && c < IA_TIP_EDGE && r < IA_TIP_EDGE)
                counts[IA_TIP_EDGE * r + c] += map->counts[i] * x[k % 2] * y[k / 2];
        }
    }
}
