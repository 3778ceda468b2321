// src/detector/poles_respond.c: how far each place of a hit map differs from its
// surroundings, on every scale, in standard deviations of Poisson noise.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include "detector/hitmap_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double step = 1.2649110640673518; // of scales: two of them are 1.6
static const double envelope_share = 0.25;     // of the radius
static const double least_cells = 0.7;         // no scale is finer
static const double widest = 2.1;              // of what is found, most_scale
static const double line_share = 0.025;        // scale of ridges, of the radius

void poles_fold(const double *in, size_t n, const double *kernel, size_t reach,
                bool is_rows, double *out)
{
    for (size_t row = 0; row < n; row++)
        for (size_t k = 0; k <= 2 * reach; k++) { // k - reach away
            double weight = kernel[k > reach ? k - reach : reach - k];
            double *to = out + row * n;
            if (is_rows) {
                size_t lo = k < reach ? reach - k : 0;
                size_t hi = k > reach ? (n + reach > k ? n + reach - k : 0) : n;
                for (size_t at = lo; at < hi; at++)
                    to[at] += weight * in[row * n + at + k - reach];
            } else if (row + k >= reach && row + k < n + reach) {
                const double *from = in + (row + k - reach) * n;
                for (size_t at = 0; at < n; at++)
                    to[at] += weight * from[at];
            }
        }
}

void poles_blur(const double *in, size_t n, double sigma, double *turned, double *out)
{
    double kernel[1024], sum = 0;
    size_t reach = (size_t)ceil(3 * sigma);
    reach = reach < 1023 ? reach : 1023;
    for (size_t i = 0; i <= reach; i++) {
        kernel[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        sum += (i > 0 ? 2 : 1) * kernel[i];
    }
    for (size_t pass = 0; pass < 2; pass++) {
        double *to = pass == 0 ? turned : out;
        memset(to, 0, n * n * sizeof *to);
        poles_fold(pass == 0 ? in : turned, n, kernel, reach, pass == 0, to);
        for (size_t i = 0; i < n * n; i++)
            to[i] /= sum;
    }
}

ia_status poles_grid_new(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_params *params,
                         const ia_half *half, poles_grid *out)
{
    poles_grid g = {
        .map = map, .half = *half, .n = map->cells, .n_distances = map->cells};
    double radius = map->radius / map->cell, at[2];
    double scale = fmax(params->least_scale * radius, least_cells);
    double *turned = ia_array(ctx, g.n * g.n, sizeof *turned);
    ia_status st = turned ? IA_OK : IA_ERR_MEMORY;
    g.envelope = envelope_share * radius;
    for (; g.n_scales == 0 ||
           (scale <= params->most_scale * radius && g.n_scales < POLES_SCALES);
         scale *= step) {
        if (scale < line_share * radius)
            g.line_scale = g.n_scales;
        g.scales[g.n_scales++] = scale;
    }
    g.n_wide = g.n_scales;
    for (double most = widest * g.scales[g.n_scales - 1];
         scale <= most && g.n_wide < POLES_SCALES; scale *= step)
        g.scales[g.n_wide++] = scale;
    for (size_t i = 0; i < POLES_UP; i++, scale *= step)
        g.scales[g.n_wide + i] = scale;
    if (st == IA_OK && (!(g.mask = ia_array(ctx, g.n * g.n, sizeof *g.mask)) ||
                        !(g.wide = ia_array(ctx, g.n * g.n, sizeof *g.wide))))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < g.n * g.n; i++)
        g.mask[i] = hitmap_place(map, i, at) &&
                            ia_half_has(half, at[0] * map->radius, at[1] * map->radius)
                        ? 1
                        : 0;
    for (size_t k = 0; st == IA_OK && k < g.n_wide + POLES_UP; k++) {
        if (!(g.cover[k] = ia_array(ctx, g.n * g.n, sizeof *g.cover[k])))
            st = IA_ERR_MEMORY;
        else
            poles_blur(g.mask, g.n, g.scales[k], turned, g.cover[k]);
    }
    if (st == IA_OK) {
        poles_blur(g.mask, g.n, g.envelope, turned, g.wide);
        if (params->ring_look != IA_RINGS_NONE)
            st = poles_rings_new(ctx, &g, turned);
    }
    if (st == IA_OK)
        st = poles_paths_new(ctx, &g);
    free(turned);
    if (st != IA_OK)
        poles_grid_clear(&g);
    else
        *out = g;
    return st;
}

void poles_grid_clear(poles_grid *grid)
{
    poles_paths_clear(grid);
    poles_rings_clear(grid);
    free(grid->mask);
    free(grid->wide);
    for (size_t k = 0; k < POLES_SCALES + POLES_UP; k++)
        free(grid->cover[k]);
    *grid = (poles_grid){0};
}

ia_status poles_room_new(ia_ctx *ctx, const poles_grid *grid, poles_room *out)
{
    size_t n = grid->n * grid->n;
    double **parts[] = {&out->counts,     &out->smooth,     &out->rest,
                        &out->blurred[0], &out->blurred[1], &out->blurred[2],
                        &out->turned,     &out->annulus};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!(*parts[i] = ia_array(ctx, n, sizeof(double))))
            return IA_ERR_MEMORY;
    if (!(out->z = ia_array(ctx, grid->n_wide * n, sizeof *out->z)) ||
        !(out->rings = ia_array(ctx, grid->n_rings * n, sizeof *out->rings)) ||
        !(out->lines =
              ia_array(ctx, POLES_ANGLES * grid->n_distances, sizeof *out->lines)))
        return IA_ERR_MEMORY;
    return IA_OK;
}

void poles_room_clear(poles_room *room)
{
    free(room->counts);
    free(room->smooth);
    free(room->rest);
    for (size_t k = 0; k < 3; k++)
        free(room->blurred[k]);
    free(room->turned);
    free(room->annulus);
    free(room->z);
    free(room->rings);
    free(room->lines);
    *room = (poles_room){0};
}

// Variance of the difference of two blurs of even noise, per count of a cell.
static double difference_variance(double a, double b)
{
    return 1 / (4 * pi * a * a) + 1 / (4 * pi * b * b) - 1 / (pi * (a * a + b * b));
}

static void smooth(const poles_grid *g, poles_room *room)
{
    poles_blur(room->counts, g->n, g->envelope, room->turned, room->smooth);
    for (size_t i = 0; i < g->n * g->n; i++) {
        room->smooth[i] = g->mask[i] > 0 ? room->smooth[i] / g->wide[i] : 0;
        room->rest[i] = g->mask[i] * (room->counts[i] - room->smooth[i]);
    }
}

void poles_respond(const poles_grid *grid, size_t n_scales, poles_room *room)
{
    size_t n = grid->n * grid->n, most = n_scales + POLES_UP;
    smooth(grid, room);
    for (size_t k = 0; k < most || k < grid->n_ring_blurs; k++) {
        double *blurred = room->blurred[k % 3];
        poles_blur(room->rest, grid->n, grid->scales[k], room->turned, blurred);
        for (size_t i = 0; i < n; i++)
            blurred[i] = grid->mask[i] > 0 ? blurred[i] / grid->cover[k][i] : 0;
        poles_rings_respond(grid, k, blurred, room);
        if (k < POLES_UP || k >= most)
            continue;
        size_t scale = k - POLES_UP;
        const double *inner = room->blurred[scale % 3];
        double variance = difference_variance(grid->scales[scale], grid->scales[k]);
        for (size_t i = 0; i < n; i++) {
            double noise2 = variance * room->smooth[i] / grid->cover[scale][i];
            room->z[scale * n + i] = grid->mask[i] > 0 && noise2 > 0
                                         ? (blurred[i] - inner[i]) / sqrt(noise2)
                                         : 0;
        }
    }
}
