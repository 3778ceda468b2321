// src/detector/poles.c: poles and zone lines that noise does not make.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_pole_params, pole_look, "dark", "dark|bright|both",
                    "poles with less density than around them, with more, or either"),
    IA_FIELD_CHOICE(ia_pole_params, ring_look, "none", "none|dark|bright|both",
                    "poles that are a ring with less density than around and within, "
                    "with more, or either"),
    IA_FIELD(IA_F64, ia_pole_params, least_scale, "", 0.02, 0.001, 1,
             "least radius of a pole, as a share of the map's"),
    IA_FIELD(IA_F64, ia_pole_params, most_scale, "", 0.1, 0.001, 1,
             "greatest radius of a pole, as a share of the map's"),
    IA_FIELD(IA_F64, ia_pole_params, roundness, "", 0.3, 0, 1,
             "least ratio of a pole's curvatures along and across"),
    IA_FIELD(IA_SIZE, ia_pole_params, most_poles, "", 16, 1, IA_POLES_MOST,
             "at most so many poles, the most significant"),
    IA_FIELD(IA_SIZE, ia_pole_params, most_lines, "", 8, 1, IA_LINES_MOST,
             "at most so many zone lines, the most significant"),
    IA_FIELD(IA_SIZE, ia_pole_params, n_noise_maps, "", 99, 19, 10000,
             "maps of noise alone to compare with"),
    IA_FIELD(IA_F64, ia_pole_params, pole_level, "", 0.02, 0, 1,
             "chance of one false pole, and of one false line"),
    IA_FIELD(IA_U64, ia_pole_params, noise_seed, "", 1, 0, 1e15, "of the noise"),
};
const ia_method ia_pole_method =
    IA_METHOD("poles", "Poles and zone lines of a hit map", ia_pole_params, fields);

ia_pole_params ia_pole_defaults(void)
{
    ia_pole_params params;
    ia_method_defaults(&ia_pole_method, &params);
    return params;
}

static const double rim = 1.5;        // of a pole from the rim, in its scale
static const double apart = 1.5;      // of two poles, in the sum of their scales
static const double ring_wider = 1.6; // the surroundings of a ring than the ring
static const double far_more = 1.9;   // a hole stands out where it is wider than sought
static const double many = 60;        // mean above which Poisson's is normal

typedef poles_job job;

static double poisson(ia_random *random, double mean)
{
    if (mean > many)
        return fmax(0, round(mean + sqrt(mean) * ia_random_normal(random)));
    double product = ia_random_uniform(random), limit = exp(-mean), n = 0;
    for (; product > limit; n++)
        product *= ia_random_uniform(random);
    return n;
}

// Dark places have positive z; what is looked for.
static double wanted(const ia_pole_params *p, double z)
{
    return p->pole_look == IA_POLES_DARK     ? z
           : p->pole_look == IA_POLES_BRIGHT ? -z
                                             : fabs(z);
}

// Likewise of rings.
static double wanted_ring(const ia_pole_params *p, double z)
{
    return p->ring_look == IA_RINGS_DARK     ? z
           : p->ring_look == IA_RINGS_BRIGHT ? -z
                                             : fabs(z);
}

// How far a place, in cells from the map's centre, is within the circle and the half.
static double from_rim(const poles_grid *g, double x, double y)
{
    const ia_half *h = &g->half;
    double inside = 0.5 * (double)g->n - hypot(x, y);
    double beyond = h->normal[0] * x + h->normal[1] * y - h->offset / g->map->cell;
    return h->is_cut ? fmin(inside, beyond) : inside;
}

// How far from the rim, which is no surroundings, a pole of a scale or a ring must lie.
static double clearance(const poles_grid *g, bool is_ring, size_t scale)
{
    return rim * g->scales[is_ring ? g->rings[scale].scale : scale];
}

// Greatest height anywhere, or where a pole could lie.
static double greatest_height(const job *j, const poles_room *room, bool is_inside)
{
    const poles_grid *g = &j->grid;
    size_t n = g->n;
    double middle = 0.5 * (double)n, most = 0;
    for (size_t i = 0; i < n * n; i++) {
        double x = (double)(i % n) + 0.5 - middle, y = (double)(i / n) + 0.5 - middle;
        double inside = is_inside ? from_rim(g, x, y) : INFINITY;
        for (size_t k = 0; k < g->n_scales; k++)
            if (inside >= clearance(g, false, k))
                most = fmax(most, wanted(j->params, room->z[k * n * n + i]));
        for (size_t k = 0; k < g->n_rings; k++)
            if (inside >= clearance(g, true, k))
                most = fmax(most, wanted_ring(j->params, room->rings[k * n * n + i]));
    }
    return most;
}

static double greatest_line(const job *j, poles_room *room)
{
    double most = 0;
    for (size_t bend = 0; bend < POLES_BENDS; bend++) {
        poles_lines(&j->grid, bend, room);
        for (size_t i = 0; i < POLES_ANGLES * j->grid.n_distances; i++)
            most = fmax(most, fabs(room->lines[i]));
    }
    return most;
}

static void draw_noise(void *user, size_t block, size_t worker)
{
    job *j = user;
    poles_room *room = &j->rooms[worker];
    size_t n = j->grid.n * j->grid.n;
    ia_random random = ia_random_new(j->params->noise_seed, block);
    for (size_t i = 0; i < n; i++)
        room->counts[i] = j->grid.mask[i] > 0 ? poisson(&random, j->found.smooth[i]) : 0;
    poles_respond(&j->grid, j->grid.n_scales, room);
    // Blobs alone are compared with all that noise shows, as in published p values.
    j->most[block] = greatest_height(j, room, j->grid.n_rings > 0);
    j->most_line[block] = greatest_line(j, room);
}

double poles_p_of(const double *most, size_t n, double z)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += most[i] >= z;
    return (double)(above + 1) / (double)(n + 1);
}

// A candidate: a place and scale, or ring, where what is looked for is greatest.
typedef struct {
    double z;
    size_t scale, cell; // of a ring: its number
    bool is_ring;
} candidate;

// Its height, with its sign, among those of all cells.
static const double *height_of(const job *j, const candidate *c)
{
    const double *z = c->is_ring ? j->found.rings : j->found.z;
    return z + c->scale * j->grid.n * j->grid.n + c->cell;
}

static bool is_greatest(const job *j, const candidate *c)
{
    size_t n = j->grid.n, most = c->is_ring ? j->grid.n_rings : j->grid.n_scales;
    size_t begin = c->scale > 0 ? c->scale - 1 : 0;
    size_t end = c->scale + 1 < most ? c->scale + 1 : c->scale;
    size_t x = c->cell % n, y = c->cell / n;
    for (size_t s = begin; s <= end; s++)
        for (size_t b = y - 1; b <= y + 1; b++)
            for (size_t a = x - 1; a <= x + 1; a++) {
                const candidate other = {0, s, b * n + a, c->is_ring};
                double z = *height_of(j, &other);
                if ((a != x || b != y || s != c->scale) &&
                    (c->is_ring ? wanted_ring(j->params, z) : wanted(j->params, z)) >=
                        c->z)
                    return false;
            }
    return true;
}

// Curvatures of the response at a place, across and along; false where it is no summit.
static bool is_round(const job *j, const candidate *c)
{
    size_t n = j->grid.n, x = c->cell % n, y = c->cell / n;
    size_t h = (size_t)fmax(1, round(0.7 * j->grid.scales[c->scale]));
    if (x < h || y < h || x + h >= n || y + h >= n)
        return false;
    const double *z = j->found.z + c->scale * n * n + c->cell;
    double sign = *z < 0 ? -1 : 1;
    double xx = sign * (z[h] + *(z - h) - 2 * *z);
    double yy = sign * (z[h * n] + *(z - h * n) - 2 * *z);
    double xy = sign * 0.25 *
                (z[h * n + h] + *(z - h * n - h) - *(z + h * n - h) - *(z - h * n + h));
    double mean = 0.5 * (xx + yy), spread = sqrt(0.25 * (xx - yy) * (xx - yy) + xy * xy);
    return mean + spread < 0 && mean + spread <= j->params->roundness * (mean - spread);
}

static int compare_candidates(const void *a, const void *b)
{
    const candidate *p = a, *q = b;
    if (p->z != q->z)
        return p->z > q->z ? -1 : 1;
    return p->cell < q->cell ? -1 : p->cell > q->cell;
}

// Does it stand out, and has it the shape?
static bool is_candidate(const job *j, const candidate *c)
{
    return c->z > 0 && j->grid.mask[c->cell] > 0 &&
           poles_p_of(j->most, j->params->n_noise_maps, c->z) <= j->params->pole_level &&
           is_greatest(j, c) &&
           (c->is_ring ? poles_ring_is_one(&j->grid, &j->found, c->scale, c->cell)
                       : is_round(j, c));
}

// Every summit above the level that noise reaches, by falling height.
static size_t list_candidates(const job *j, candidate *out)
{
    size_t n = j->grid.n, found = 0, n_scales = j->grid.n_scales;
    for (size_t scale = 0; scale < n_scales + j->grid.n_rings; scale++)
        for (size_t y = 1; y + 1 < n; y++)
            for (size_t x = 1; x + 1 < n; x++) {
                bool is_ring = scale >= n_scales;
                candidate c = {0, is_ring ? scale - n_scales : scale, y * n + x, is_ring};
                double z = *height_of(j, &c);
                c.z = is_ring ? wanted_ring(j->params, z) : wanted(j->params, z);
                if (is_candidate(j, &c))
                    out[found++] = c;
            }
    qsort(out, found, sizeof *out, compare_candidates);
    return found;
}

// Summit of a parabola through three heights, in steps from the middle one.
static double summit(double before, double at, double after)
{
    double curvature = before + after - 2 * at;
    return curvature < 0 ? fmax(-0.5, fmin(0.5, 0.5 * (before - after) / curvature)) : 0;
}

// The highest place about one, uphill cell by cell on a scale.
static size_t climb(const job *j, size_t scale, size_t cell)
{
    size_t n = j->grid.n;
    const double *z = j->found.z + scale * n * n;
    for (size_t best = cell;; cell = best) {
        for (size_t k = 0; k < 9; k++) {
            size_t x = cell % n + k % 3, y = cell / n + k / 3; // and 1
            if (x < 1 || y < 1 || x > n || y > n)
                continue;
            size_t next = (y - 1) * n + x - 1;
            if (wanted(j->params, z[next]) > wanted(j->params, z[best]))
                best = next;
        }
        if (best == cell)
            return cell;
    }
}

// A hole that is wider than the search looks has no middle there, only noise: what stands
// out most on the widest scale is followed to wider ones, and is taken to be as wide as
// it stands out most if that is far more. Else neighbours draw the middle aside.
static candidate follow(const job *j, const candidate *c)
{
    size_t n = j->grid.n;
    double middle = 0.5 * (double)n;
    candidate wide = *c;
    if (c->is_ring || c->scale + 1 < j->grid.n_scales)
        return *c;
    for (size_t k = c->scale + 1; k < j->grid.n_wide; k++) {
        size_t cell = climb(j, k, wide.cell);
        double z = wanted(j->params, j->found.z[k * n * n + cell]);
        double x = (double)(cell % n) + 0.5 - middle;
        double y = (double)(cell / n) + 0.5 - middle;
        if (z <= wide.z || from_rim(&j->grid, x, y) < rim * j->grid.scales[k])
            break;
        wide = (candidate){z, k, cell, false};
    }
    return wide.z > far_more * c->z ? wide : *c;
}

static ia_found_pole measure(const job *j, const candidate *c)
{
    const ia_hitmap *map = j->grid.map;
    size_t n = j->grid.n;
    const double *z = height_of(j, c);
    const poles_ring *ring = c->is_ring ? &j->grid.rings[c->scale] : NULL;
    double sign = *z < 0 ? -1 : 1;
    double x =
        (double)(c->cell % n) + 0.5 + summit(sign * *(z - 1), sign * *z, sign * z[1]);
    double y =
        (double)(c->cell / n) + 0.5 + summit(sign * *(z - n), sign * *z, sign * z[n]);
    double scale = ring ? ring->radius : j->grid.scales[c->scale], sum = 0, expected = 0;
    for (size_t i = 0; i < n * n; i++) {
        double dx = (double)(i % n) + 0.5 - x, dy = (double)(i / n) + 0.5 - y;
        double r2 = dx * dx + dy * dy;
        if (j->grid.mask[i] > 0 &&
            (ring ? fabs(sqrt(r2) - scale) <= ring->width : r2 <= scale * scale)) {
            sum += map->counts[i];
            expected += j->found.smooth[i];
        }
    }
    return (ia_found_pole){.at = {x * map->cell - map->radius + map->centre[0],
                                  y * map->cell - map->radius + map->centre[1], c->z},
                           .scale = scale * map->cell,
                           .width = ring ? ring->width * map->cell : NAN,
                           .shape = ring ? IA_POLE_RING : IA_POLE_BLOB,
                           .bright =
                               sign<0, .depth = expected> 0 ? sum / expected - 1 : NAN,
                           .p_value = poles_p_of(j->most, j->params->n_noise_maps, c->z)};
}

// The rim is no surroundings.
static bool is_cut(const poles_grid *g, const ia_found_pole *pole)
{
    const ia_hitmap *map = g->map;
    double x = pole->at.x - map->centre[0], y = pole->at.y - map->centre[1];
    double needs = rim * (pole->shape == IA_POLE_RING ? ring_wider : 1) * pole->scale;
    return from_rim(g, x / map->cell, y / map->cell) < needs / map->cell;
}

// Scale of a hole as wide as the pole is.
static double wide_as(const ia_found_pole *pole)
{
    return pole->shape == IA_POLE_RING ? (pole->scale + pole->width) / sqrt(2)
                                       : pole->scale;
}

static ia_status take_poles(job *j, ia_found_poles *out)
{
    size_t n = j->grid.n * j->grid.n * (j->grid.n_scales + j->grid.n_rings);
    candidate *all = ia_array(j->ctx, n, sizeof *all);
    if (!all ||
        !(out->poles = ia_array(j->ctx, j->params->most_poles, sizeof *out->poles))) {
        free(all);
        return IA_ERR_MEMORY;
    }
    n = list_candidates(j, all);
    for (size_t i = 0; i < n && out->n < j->params->most_poles; i++) {
        candidate whole = follow(j, &all[i]);
        ia_found_pole pole = measure(j, &whole);
        bool known = is_cut(&j->grid, &pole);
        for (size_t k = 0; k < out->n && !known; k++)
            known =
                hypot(pole.at.x - out->poles[k].at.x, pole.at.y - out->poles[k].at.y) <
                apart * (wide_as(&pole) + wide_as(&out->poles[k]));
        if (!known)
            out->poles[out->n++] = pole;
    }
    free(all);
    return IA_OK;
}

// Is there a crystal to be seen at all?
static void judge(job *j, ia_found_poles *found)
{
    size_t n = j->params->n_noise_maps;
    double least = 2 / (1 + (double)n), level = j->params->pole_level;
    bool cannot = level > 0 && level < least;
    if (cannot)
        ia_warn(j->ctx,
                "with %zu maps of noise p is %.2g at least: nothing can stand out at "
                "pole_level = %g, which needs n_noise_maps = %.0f; whether a crystal is "
                "seen is not told",
                n, least, level, ceil(2 / level - 1));
    found->p_poles = poles_p_of(j->most, n, greatest_height(j, &j->found, true));
    found->p_lines = poles_p_of(j->most_line, n, greatest_line(j, &j->found));
    found->p_value = fmin(1, 2 * fmin(found->p_poles, found->p_lines));
    if (!cannot && found->p_value > j->params->pole_level)
        ia_warn(j->ctx,
                "nothing on the map stands out more than on maps of noise (p = %.2g): no "
                "crystal is seen",
                found->p_value);
}

static ia_status job_init(job *j, const ia_hitmap *map, const ia_half *half)
{
    size_t n = map->cells * map->cells;
    ia_status st = poles_grid_new(j->ctx, map, j->params, half, &j->grid);
    if (st != IA_OK || (st = poles_room_new(j->ctx, &j->grid, &j->found)) != IA_OK)
        return st;
    for (size_t i = 0; st == IA_OK && i < n; i++)
        j->found.counts[i] = j->grid.mask[i] * map->counts[i];
    return st;
}

// For maps of noise.
static ia_status add_rooms(job *j)
{
    size_t n_maps = j->params->n_noise_maps;
    ia_status st = IA_OK;
    j->n_rooms = ia_for_workers(j->ctx, n_maps);
    if (!(j->rooms = ia_array(j->ctx, j->n_rooms, sizeof *j->rooms)) ||
        !(j->most = ia_array(j->ctx, n_maps, sizeof *j->most)) ||
        !(j->most_line = ia_array(j->ctx, n_maps, sizeof *j->most_line)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < j->n_rooms && st == IA_OK; w++)
        st = poles_room_new(j->ctx, &j->grid, &j->rooms[w]);
    return st;
}

static void job_clear(job *j)
{
    poles_grid_clear(&j->grid);
    poles_room_clear(&j->found);
    for (size_t w = 0; j->rooms && w < j->n_rooms; w++)
        poles_room_clear(&j->rooms[w]);
    free(j->rooms);
    free(j->most);
    free(j->most_line);
}

static ia_status check(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_params *p)
{
    ia_status st = ia_method_check(ctx, &ia_pole_method, p);
    if (st == IA_OK && p->least_scale > p->most_scale)
        st = ia_fail(ctx, IA_ERR_PARAM, "least_scale = %g is above most_scale = %g",
                     p->least_scale, p->most_scale);
    if (st == IA_OK && !map->counts)
        st = ia_fail(ctx, IA_ERR_EMPTY, "there is no hit map to find poles on");
    return st;
}

ia_status ia_poles_find(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_params *params,
                        ia_found_poles *out)
{
    ia_pole_params p = params ? *params : ia_pole_defaults();
    ia_found_poles found = {0};
    job j = {.ctx = ctx, .params = &p};
    ia_status st = check(ctx, map, &p);
    if (st != IA_OK || (st = job_init(&j, map, &(ia_half){0})) != IA_OK ||
        (st = add_rooms(&j)) != IA_OK)
        goto done;
    poles_respond(&j.grid, j.grid.n_wide, &j.found);
    if ((st = ia_for(ctx, "maps of noise", p.n_noise_maps, draw_noise, &j)) != IA_OK)
        goto done;
    judge(&j, &found);
    if ((st = take_poles(&j, &found)) != IA_OK ||
        (st = poles_take_lines(&j, &found)) != IA_OK)
        goto done;
    *out = found;
    found = (ia_found_poles){0};
done:
    job_clear(&j);
    ia_found_poles_clear(&found);
    return st;
}

ia_status poles_levels_new(ia_ctx *ctx, const ia_hitmap *map,
                           const ia_pole_params *params, poles_levels *out)
{
    job j = {.ctx = ctx, .params = params};
    ia_status st = check(ctx, map, params);
    if (st == IA_OK && (st = job_init(&j, map, &(ia_half){0})) == IA_OK &&
        (st = add_rooms(&j)) == IA_OK) {
        poles_respond(&j.grid, j.grid.n_scales, &j.found);
        st = ia_for(ctx, "maps of noise", params->n_noise_maps, draw_noise, &j);
    }
    if (st == IA_OK) {
        *out = (poles_levels){j.most, j.most_line};
        j.most = j.most_line = NULL;
    }
    job_clear(&j);
    return st;
}

void poles_levels_clear(poles_levels *levels)
{
    free(levels->most);
    free(levels->most_line);
    *levels = (poles_levels){0};
}

ia_status poles_find_part(const ia_hitmap *map, const ia_pole_params *params,
                          const poles_part *part, ia_found_poles *out)
{
    ia_found_poles found = {0};
    job j = {.params = params,
             .most = part->levels->most,
             .most_line = part->levels->most_line};
    ia_status st = job_init(&j, map, &part->half);
    if (st == IA_OK) {
        poles_respond(&j.grid, j.grid.n_wide, &j.found);
        st = take_poles(&j, &found);
    }
    if (st == IA_OK)
        poles_take_bent(&j, part->bend, found.lines, &found.n_lines);
    j.most = j.most_line = NULL; // of the levels
    job_clear(&j);
    if (st == IA_OK)
        *out = found;
    else
        ia_found_poles_clear(&found);
    return st;
}

void ia_found_poles_clear(ia_found_poles *poles)
{
    free(poles->poles);
    *poles = (ia_found_poles){0};
}
