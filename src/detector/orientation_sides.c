// src/detector/orientation_sides.c: two crystals, one on either side of a boundary that
// cuts the detector along a line.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_sides.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 12, OFFSETS = 3, LEAST_SEEN = 3, CLIMBED = 3, CARRIED = 1 };
enum { NOISE_MAPS = 49 }; // what stands out on one map in 50
#define DEGREE 0.017453292519943295
const double sides_alike = 5 * DEGREE;
static const double pi = 3.14159265358979323846;
static const double aside = 0.3;        // of cuts, radii from the middle
static const double outermost = 0.5;    // cut, likewise
static const double margin = 0.06;      // radii: what lies so near to a cut is left out
static const double pole_scale = 0.045; // of a pole, radii
// Standard deviations of what is climbed to: of ln icf, and of a turn.
static const double climbed_icf = 0.03, climbed_turn = 1.2 * DEGREE;

static ia_half half_of(const sides_job *j, const sides_cut *cut, size_t side)
{
    double sign = side == 0 ? 1 : -1;
    return (ia_half){.is_cut = true,
                     .normal = {sign * cos(cut->angle), sign * sin(cut->angle)},
                     .offset = sign * cut->offset + margin * j->q->search->radius};
}

void sides_look(const sides_job *j, const sides_cut *cut, size_t side, sides_view *out)
{
    out->search = *j->q->search;
    out->search.half = half_of(j, cut, side);
    out->search.share = orient_share(&out->search.half, out->search.radius);
    out->question = (orient_zone_question){
        .params = j->q->params, .search = &out->search, .given = j->q->list};
    out->zones = *j->zones;
    zones_set_half(&out->question, &out->zones);
    sides_map_rank(&j->map, out);
}

void sides_climb(const sides_job *j, const sides_view *view, fit *f)
{
    sides_map_climb(&j->map, view, f);
    memset(f->spread, 0, sizeof f->spread);
    f->spread[3][3] = climbed_icf * climbed_icf;
    f->variance = climbed_turn * climbed_turn;
}

void sides_solve(const sides_job *j, const marks *m, sides_room *room, fits *out)
{
    out->n = 0;
    if (m->n_poles + m->n_lines < LEAST_SEEN)
        return;
    zones_solve(&room->view.zones, m, &room->room, out);
    for (size_t i = 0; i < out->n; i++) {
        fit *f = &out->fits[i];
        f->score =
            sides_map_odds(&j->map, &room->view, (const double(*)[3])f->rotation, f->icf);
    }
    qsort(out->fits, out->n, sizeof out->fits[0], zones_compare);
    out->n = out->n < CLIMBED ? out->n : CLIMBED;
    for (size_t i = 0; i < out->n; i++)
        sides_climb(j, &room->view, &out->fits[i]);
    qsort(out->fits, out->n, sizeof out->fits[0], zones_compare);
}

// The poles and lines of one side, and the orientations that explain it.
static ia_status solve_side(const sides_job *j, size_t side, sides_room *room,
                            sides_cut *cut)
{
    const poles_part part = {half_of(j, cut, side), &j->levels, j->bend};
    const ia_pole_list *whole = j->q->list;
    ia_found_poles found = {0};
    ia_status st = poles_find_part(j->q->map, &j->pole_params, &part, &found);
    if (st != IA_OK)
        return st;
    sides_look(j, cut, side, &room->view);
    ia_pole_list given = {.centre = {whole->centre[0], whole->centre[1]},
                          .lines = found.lines,
                          .n_lines = found.n_lines};
    orient_zone_question question = room->view.question;
    question.given = &given;
    question.list = &room->list;
    room->list.n = found.n < SIDE_POLES ? found.n : SIDE_POLES;
    for (size_t i = 0; i < room->list.n; i++) {
        const ia_pole *pole = &found.poles[i].at;
        room->list.xy[i][0] = pole->x - whole->centre[0] - j->q->params->axis_x;
        room->list.xy[i][1] = pole->y - whole->centre[1] - j->q->params->axis_y;
    }
    cut->marks[side] = zones_marks(&question, SIDE_POLES, SIDE_LINES);
    sides_solve(j, &cut->marks[side], room, &cut->found[side]);
    ia_found_poles_clear(&found);
    return IA_OK;
}

double sides_agreement(const zones *z, const fit *a, const fit *b)
{
    const orient_search *s = z->q->search;
    double variance = a->spread[3][3] + b->spread[3][3], off = log(a->icf / b->icf);
    double middle = 0.5 * log(s->icf_least * s->icf_most);
    double from = (0.5 * log(a->icf * b->icf) - middle) / s->prior_icf;
    return -0.5 * off * off / variance - 0.5 * log(variance) + log(s->prior_icf) +
           0.5 * from * from;
}

double sides_joint(const zones *z, const fit *a, const fit *b, bool *one)
{
    const orient_search *s = z->q->search;
    double joint = a->score + b->score + sides_agreement(z, a, b);
    double turn =
        orient_misorientation(s, (double(*)[3])a->rotation, (double(*)[3])b->rotation);
    // One crystal has no room for a second orientation: that is likelier up to 7 degrees
    // (cubic).
    double variance = a->variance + b->variance;
    double gain = log(8 * pi * pi / (double)s->crystal->n_rotations) -
                  1.5 * log(2 * pi * variance) - 0.5 * turn * turn / variance;
    *one = gain > 0;
    return *one ? joint + gain : joint;
}

// An orientation that explains one side well is tried on the other: is it one crystal?
static void carry(const sides_job *j, size_t from, sides_room *room, sides_cut *cut)
{
    fits *to = &cut->found[1 - from];
    sides_look(j, cut, 1 - from, &room->view);
    for (size_t i = 0; i < CARRIED && i < cut->found[from].n; i++) {
        fit f = cut->found[from].fits[i];
        bool known = false;
        sides_climb(j, &room->view, &f);
        for (size_t k = 0; k < to->n && !known; k++)
            known = orient_misorientation(j->q->search, f.rotation,
                                          to->fits[k].rotation) < sides_alike;
        if (!known && to->n < KEPT)
            to->fits[to->n++] = f;
    }
}

static void judge_cut(const sides_job *j, sides_room *room, sides_cut *cut)
{
    cut->score = -INFINITY;
    for (size_t side = 0; side < 2; side++)
        carry(j, side, room, cut);
    for (size_t a = 0; a < cut->found[0].n; a++)
        for (size_t b = 0; b < cut->found[1].n; b++) {
            bool one;
            double joint = sides_joint(j->zones, &cut->found[0].fits[a],
                                       &cut->found[1].fits[b], &one);
            if (one || joint <= cut->score)
                continue;
            cut->score = joint;
            cut->best[0] = a;
            cut->best[1] = b;
        }
}

void sides_solve_cut(void *user, size_t block, size_t worker)
{
    sides_job *j = user;
    sides_cut *cut = &j->cuts[block];
    for (size_t side = 0; side < 2 && cut->st == IA_OK; side++)
        cut->st = solve_side(j, side, &j->rooms[worker], cut);
    if (cut->st == IA_OK)
        judge_cut(j, &j->rooms[worker], cut);
}

static void add_cut(sides_job *j, double angle, double offset)
{
    if (j->n_cuts < CUTS_MOST && fabs(offset) <= outermost * j->q->search->radius)
        j->cuts[j->n_cuts++] = (sides_cut){.angle = angle, .offset = offset};
}

// A ladder of cuts, and those along lines that were seen: a boundary may leave one.
static ia_status try_cuts(sides_job *j)
{
    const ia_pole_list *list = j->q->list;
    double step = aside * j->q->search->radius;
    for (size_t w = 0; w < WAYS; w++)
        for (size_t o = 0; o < OFFSETS; o++)
            add_cut(j, pi * (double)w / WAYS, step * ((double)o - 1));
    for (size_t i = 0; i < list->n_lines; i++)
        add_cut(j, list->lines[i].angle, list->lines[i].distance);
    ia_status st = ia_for(j->ctx, "boundaries", j->n_cuts, sides_solve_cut, j);
    for (size_t i = 0; st == IA_OK && i < j->n_cuts; i++)
        st = j->cuts[i].st;
    return st;
}

static sides_cut *best_cut(const sides_job *j)
{
    size_t best = 0;
    for (size_t i = 1; i < j->n_cuts; i++)
        if (j->cuts[i].score > j->cuts[best].score)
            best = i;
    return &j->cuts[best];
}

// How far each cell of the map is below its surroundings.
static ia_status see_map(sides_job *j)
{
    const ia_hitmap *map = j->q->map;
    ia_status st = poles_grid_new(j->ctx, map, &j->pole_params, &(ia_half){0}, &j->grid);
    if (st != IA_OK || (st = poles_room_new(j->ctx, &j->grid, &j->room)) != IA_OK)
        return st;
    size_t n = j->grid.n, scale = 0;
    for (size_t i = 0; i < n * n; i++)
        j->room.counts[i] = j->grid.mask[i] * map->counts[i];
    poles_respond(&j->grid, j->grid.n_scales, &j->room);
    while (scale + 1 < j->grid.n_scales &&
           j->grid.scales[scale] * map->cell < pole_scale * map->radius)
        scale++;
    j->map = (sides_map){.n = n,
                         .cell = map->cell,
                         .radius = map->radius,
                         .lines = j->room.z + j->grid.line_scale * n * n,
                         .poles = j->room.z + scale * n * n};
    return IA_OK;
}

static ia_status job_init(sides_job *j)
{
    const orient_zone_question question = {
        .params = j->q->params, .search = j->q->search, .given = j->q->list};
    const ia_pole_list *list = j->q->list;
    j->bend = 1;
    j->pole_params = *j->q->pole_params;
    j->pole_params.n_noise_maps = NOISE_MAPS;
    j->pole_params.most_poles = SIDE_POLES;
    j->pole_params.most_lines = SIDE_LINES;
    for (size_t b = 0; b < POLES_BENDS && list->n_lines > 0; b++)
        if (poles_bends[b] == list->lines[0].bend)
            j->bend = b;
    if (!(j->zones = ia_array(j->ctx, 1, sizeof *j->zones)) ||
        !(j->cuts = ia_array(j->ctx, CUTS_MOST, sizeof *j->cuts)) ||
        !(j->rooms =
              ia_array(j->ctx, ia_for_workers(j->ctx, CUTS_MOST), sizeof *j->rooms)))
        return IA_ERR_MEMORY;
    ia_status st = zones_init(j->ctx, &question, j->zones);
    if (st == IA_OK)
        st = see_map(j);
    if (st == IA_OK)
        st = poles_levels_new(j->ctx, j->q->map, &j->pole_params, &j->levels);
    return st;
}

ia_status orient_sides(ia_ctx *ctx, const orient_sides_question *question,
                       ia_orientation *out)
{
    sides_job j = {.ctx = ctx, .q = question};
    ia_status st = job_init(&j);
    if (st == IA_OK && (st = try_cuts(&j)) == IA_OK) {
        sides_cut *best = best_cut(&j);
        if (isfinite(best->score)) {
            sides_settle(&j, best);
            st = sides_judge(&j, best, out);
            if (st == IA_OK && out->n_grains > 0)
                st = sides_compare(&j, best, out);
        }
    }
    free(j.zones);
    free(j.cuts);
    free(j.rooms);
    poles_levels_clear(&j.levels);
    poles_room_clear(&j.room);
    poles_grid_clear(&j.grid);
    return st;
}
