// src/recon/pole_shift.c: how far ions of a pole were pulled aside, from the hit density.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS = 600 };

// Ions that fly aside by d leave the density rho (1 - div d) of the even one, rho. With
// d = -grad(phi) and no way over the rim that would matter inside (phi = 0 there),
// laplace(phi) = (density - rho) / rho.
typedef struct {
    const ia_hitmap *map;
    bool *inside;         // (cells, cells) wholly within the map, and not blind
    double *excess, *phi; // (cells, cells) of the density, 1; mm^2
} bending;

// Area of the cap that a mm^2 of the detector sees, along the axis, over the square of
// its radius. 0 where it sees none.
static double seen_area(const ia_projection *projection, const double at[2])
{
    double r = hypot(at[0] - projection->centre[0], at[1] - projection->centre[1]);
    r = fmax(r, 1e-3 * projection->flight_path);
    double theta = ia_projection_angle(projection, r);
    if (isnan(theta) || !(cos(theta) > 0))
        return 0;
    return sin(theta) * cos(theta) / (r * ia_projection_magnification(projection, theta));
}

static void place_of(const ia_hitmap *map, size_t cell, double at[2])
{
    at[0] = ((double)(cell % map->cells) + 0.5) * map->cell - map->radius;
    at[1] = ((double)(cell / map->cells) + 0.5) * map->cell - map->radius;
}

// Which part of the map has hits; the cells are not those of the map.
static ia_recon_cover cover_of(const ia_hitmap *map)
{
    enum { PARTS = 4 };
    ia_recon_cover cover = {.radius = map->radius};
    double at[2], step = map->cell / PARTS;

    for (size_t i = 0; i < map->cells * map->cells; i++) {
        place_of(map, i, at);
        for (int k = 0; k < PARTS * PARTS; k++)
            ia_recon_cover_add(&cover, at[0] + step * (k % PARTS - (PARTS - 1) / 2.0),
                               at[1] + step * (k / PARTS - (PARTS - 1) / 2.0),
                               map->counts[i] / (PARTS * PARTS));
    }
    ia_recon_cover_find(&cover);
    return cover;
}

static void set_excess(const ia_projection *projection, bending *b)
{
    const ia_hitmap *map = b->map;
    const ia_recon_cover cover = cover_of(map);
    size_t n = map->cells * map->cells;
    double hits = 0, area = 0, at[2];

    for (size_t i = 0; i < n; i++) {
        place_of(map, i, at);
        b->inside[i] = hypot(at[0], at[1]) + map->cell < map->radius &&
                       ia_recon_cover_at(&cover, at[0], at[1]) > 0.5;
        for (size_t c = 0; c < 2; c++)
            at[c] += map->centre[c];
        b->excess[i] = b->inside[i] ? seen_area(projection, at) : 0;
        b->inside[i] = b->excess[i] > 0;
        hits += b->inside[i] ? map->counts[i] : 0;
        area += b->excess[i];
    }
    for (size_t i = 0; i < n; i++)
        if (b->inside[i])
            b->excess[i] = map->counts[i] * area / (hits * b->excess[i]) - 1;
}

// Successive over-relaxation; the outermost cells are never inside.
static void solve(bending *b)
{
    size_t n = b->map->cells;
    double square = b->map->cell * b->map->cell;
    const double over = 2 / (1 + sin(acos(-1.0) / (double)n));

    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t i = n + 1; i + n + 1 < n * n; i++) {
            if (!b->inside[i])
                continue;
            double around = b->phi[i - 1] + b->phi[i + 1] + b->phi[i - n] + b->phi[i + n];
            b->phi[i] += over * ((around - square * b->excess[i]) / 4 - b->phi[i]);
        }
}

// Mean shift of the hits within `reach` of a place on the detector.
static void mean_shift(const bending *b, const ia_found_pole *pole, double out[2])
{
    const ia_hitmap *map = b->map;
    size_t n = map->cells, used = 0;
    double sum[2] = {0}, at[2];

    for (size_t i = n + 1; i + n + 1 < n * n; i++) {
        place_of(map, i, at);
        if (!b->inside[i] || hypot(at[0] + map->centre[0] - pole->at.x,
                                   at[1] + map->centre[1] - pole->at.y) > pole->scale)
            continue;
        sum[0] -= (b->phi[i + 1] - b->phi[i - 1]) / (2 * map->cell);
        sum[1] -= (b->phi[i + n] - b->phi[i - n]) / (2 * map->cell);
        used++;
    }
    for (size_t c = 0; c < 2; c++)
        out[c] = used > 0 ? sum[c] / (double)used : 0;
}

ia_status ia_pole_shifts(ia_ctx *ctx, const ia_hitmap *map,
                         const ia_projection *projection, const ia_found_poles *found,
                         double (*out)[2])
{
    size_t n = map->cells * map->cells;
    bending b = {.map = map};
    ia_status st = ia_projection_check(ctx, projection);

    if (st != IA_OK)
        return st;
    b.inside = ia_array(ctx, n, sizeof *b.inside);
    b.excess = ia_array(ctx, n, sizeof *b.excess);
    b.phi = ia_array(ctx, n, sizeof *b.phi);
    if (b.inside && b.excess && b.phi) {
        set_excess(projection, &b);
        solve(&b);
        for (size_t i = 0; i < found->n; i++)
            mean_shift(&b, &found->poles[i], out[i]);
    } else {
        st = IA_ERR_MEMORY;
    }
    free(b.phi);
    free(b.excess);
    free(b.inside);
    return st;
}

void ia_projection_fit_doubt(const ia_named_poles *poles, ia_projection_fit *fit)
{
    double square = 0;

    for (size_t i = 0; i < poles->n; i++)
        square += pow(poles->poles[i].x - fit->centre[0], 2) +
                  pow(poles->poles[i].y - fit->centre[1], 2);
    if (!(square > 0))
        return;
    double share = 0.5 * poles->shift / sqrt(square / (double)poles->n);
    double variance = pow(fit->icf * share, 2);
    fit->covariance[0][0] += variance;
    fit->sigma_icf = sqrt(fit->sigma_icf * fit->sigma_icf + variance);
}
