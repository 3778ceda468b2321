// src/recon/hit_excess.c: hits of a map against those of a smooth cap, and where the axis
// meets the detector by them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "core/cholesky.h"
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

void ia_recon_excess_place(const ia_hitmap *map, size_t cell, double at[2])
{
    at[0] = ((double)(cell % map->cells) + 0.5) * map->cell - map->radius;
    at[1] = ((double)(cell / map->cells) + 0.5) * map->cell - map->radius;
}

// Which part of the map has hits; the cells are not those of the map.
static ia_hit_cover cover_of(const ia_hitmap *map)
{
    enum { PARTS = 4 };
    ia_hit_cover cover = {.radius = map->radius};
    double at[2], step = map->cell / PARTS;

    for (size_t i = 0; i < map->cells * map->cells; i++) {
        ia_recon_excess_place(map, i, at);
        for (int k = 0; k < PARTS * PARTS; k++)
            ia_hit_cover_add(&cover, at[0] + step * (k % PARTS - (PARTS - 1) / 2.0),
                             at[1] + step * (k / PARTS - (PARTS - 1) / 2.0),
                             map->counts[i] / (PARTS * PARTS));
    }
    ia_hit_cover_find(&cover);
    return cover;
}

static void set_cover(ia_recon_excess *e)
{
    const ia_hitmap *map = e->map;
    const ia_hit_cover cover = cover_of(map);
    double at[2];

    for (size_t i = 0; i < map->cells * map->cells; i++) {
        ia_recon_excess_place(map, i, at);
        e->inside[i] = hypot(at[0], at[1]) + map->cell < map->radius &&
                       ia_hit_cover_at(&cover, at[0], at[1]) > 0.5;
    }
}

void ia_recon_excess_set(const ia_projection *projection, ia_recon_excess *e)
{
    const ia_hitmap *map = e->map;
    size_t n = map->cells * map->cells;
    double hits = 0, area = 0, at[2];

    for (size_t i = 0; i < n; i++) {
        ia_recon_excess_place(map, i, at);
        for (size_t c = 0; c < 2; c++)
            at[c] += map->centre[c];
        e->excess[i] = e->inside[i] ? seen_area(projection, at) : 0;
        e->inside[i] = e->excess[i] > 0;
        hits += e->inside[i] ? map->counts[i] : 0;
        area += e->excess[i];
    }
    for (size_t i = 0; i < n; i++)
        if (e->inside[i])
            e->excess[i] = map->counts[i] * area / (hits * e->excess[i]) - 1;
}

ia_status ia_recon_excess_new(ia_ctx *ctx, const ia_hitmap *map, ia_recon_excess *out)
{
    size_t n = map->cells * map->cells;

    *out = (ia_recon_excess){.map = map};
    out->inside = ia_array(ctx, n, sizeof *out->inside);
    out->excess = ia_array(ctx, n, sizeof *out->excess);
    if (!out->inside || !out->excess) {
        ia_recon_excess_clear(out);
        return IA_ERR_MEMORY;
    }
    set_cover(out);
    return IA_OK;
}

void ia_recon_excess_clear(ia_recon_excess *excess)
{
    free(excess->inside);
    free(excess->excess);
    *excess = (ia_recon_excess){0};
}

// Slope of the excess along x and y, beside a paraboloid about the middle of the map, per
// radius of the map. Hits that are counted. False where too few cells have a place.
static bool slope_of(const ia_projection *projection, ia_recon_excess *e, double out[2],
                     double *n_hits)
{
    enum { TERMS = 4 };
    const ia_hitmap *map = e->map;
    double matrix[TERMS * TERMS] = {0}, side[TERMS] = {0}, at[2];

    ia_recon_excess_set(projection, e);
    *n_hits = 0;
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        if (!e->inside[i])
            continue;
        ia_recon_excess_place(map, i, at);
        double x = at[0] / map->radius, y = at[1] / map->radius;
        const double terms[TERMS] = {1, x, y, x * x + y * y};
        for (size_t p = 0; p < TERMS; p++) {
            side[p] += terms[p] * e->excess[i];
            for (size_t q = 0; q < TERMS; q++)
                matrix[p * TERMS + q] += terms[p] * terms[q];
        }
        *n_hits += map->counts[i];
    }
    if (!(*n_hits > 0) || !ia_cholesky(matrix, TERMS))
        return false;
    ia_cholesky_solve(matrix, TERMS, side);
    out[0] = side[1];
    out[1] = side[2];
    return true;
}

// One step of Newton's towards the centre that leaves no slope. The least change of the
// slope with the centre, per mm; 0 where there is none.
static double step_centre(ia_projection *p, ia_recon_excess *e, double *n_hits)
{
    const double step = 1; // mm
    double slope[2], moved[2][2];

    if (!slope_of(p, e, slope, n_hits))
        return 0;
    for (size_t c = 0; c < 2; c++) {
        ia_projection q = *p;
        q.centre[c] += step;
        if (!slope_of(&q, e, moved[c], n_hits))
            return 0;
        for (size_t k = 0; k < 2; k++)
            moved[c][k] = (moved[c][k] - slope[k]) / step;
    }
    double det = moved[0][0] * moved[1][1] - moved[1][0] * moved[0][1];
    double least = fmin(fabs(moved[0][0]), fabs(moved[1][1]));
    if (!(det > 0.25 * least * least) || !(least > 0))
        return 0;
    p->centre[0] -= (moved[1][1] * slope[0] - moved[1][0] * slope[1]) / det;
    p->centre[1] -= (moved[0][0] * slope[1] - moved[0][1] * slope[0]) / det;
    return least;
}

ia_status ia_hit_axis(ia_ctx *ctx, const ia_hitmap *map, const ia_projection *projection,
                      double out[2], double *doubt)
{
    enum { STEPS = 3 };
    // Per radius of the map. Of 24 drawn tips of aluminium with poles the slope is off by
    // 0.04 (rms).
    const double unlike = 0.05;
    ia_projection p = *projection;
    ia_recon_excess e;
    double least = 0, n_hits = 0;
    ia_status st = ia_projection_check(ctx, projection);

    if (st != IA_OK || (st = ia_recon_excess_new(ctx, map, &e)) != IA_OK)
        return st;
    for (int k = 0; k < STEPS; k++) {
        least = step_centre(&p, &e, &n_hits);
        if (!(least > 0) || !(hypot(p.centre[0] - map->centre[0],
                                    p.centre[1] - map->centre[1]) < map->radius)) {
            least = 0;
            break;
        }
    }
    memcpy(out, p.centre, sizeof p.centre);
    *doubt = least > 0 ? sqrt(unlike * unlike + 4 / n_hits) / least : HUGE_VAL;
    ia_recon_excess_clear(&e);
    return IA_OK;
}
