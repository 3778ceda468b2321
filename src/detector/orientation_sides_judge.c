// src/detector/orientation_sides_judge.c: whether two crystals on either side of a
// boundary are more than chance, and what is told of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_sides.h"

#include <ionatlas/misorientation.h>
#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 4000, TAIL = 80, BLOCK = 50 };
#define DEGREE 0.017453292519943295
static const double pi = 3.14159265358979323846;
static const double trust = 0.75; // as in orientation.c
static const double least_excess = 1.5;
static const double apart = 15 * DEGREE; // from what may be there
// Orientations and image compression factors that differ: as many make the highest score
// on maps of no lattice as likely as told.
static const double cell_turn = 4.5 * DEGREE, cell_icf = 0.1; // of ln icf
// Of a misorientation, what is not seen in how well the map agrees; measured on simulated
// tips.
static const double map_doubt = 0.5 * DEGREE;
static const double enough = 0.5; // of the score of an orientation that a cut shows

typedef struct {
    const sides_job *j;
    const sides_view *view;
    const sides_cut *cut;
    double scores[TURNS];
} chance_job;

// Whether an orientation is near one that either side may have.
static bool is_near(const chance_job *c, double rotation[3][3])
{
    for (size_t side = 0; side < 2; side++)
        if (orient_misorientation(
                c->j->q->search, rotation,
                (double(*)[3])c->cut->found[side].fits[c->cut->best[side]].rotation) <
            apart)
            return true;
    return false;
}

static void try_turns(void *user, size_t block, size_t worker)
{
    chance_job *c = user;
    const orient_search *s = c->j->q->search;
    (void)worker;
    ia_random random = ia_random_new(c->j->q->params->seed + 15485863, block);
    for (size_t i = 0; i < BLOCK; i++) {
        double rotation[3][3], at = ia_random_uniform(&random);
        do
            ia_random_rotation(&random, rotation);
        while (is_near(c, rotation));
        c->scores[block * BLOCK + i] =
            sides_map_odds(&c->j->map, c->view, (const double(*)[3])rotation,
                           s->icf_least * pow(s->icf_most / s->icf_least, at));
    }
}

static int falling(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p < q) - (p > q);
}

// How many orientations that differ the search has tried: over all cuts and image
// compression factors, or, `given` the orientation of the other side, over those that
// agree with it.
static double count_tries(const sides_job *j, const sides_cut *best, size_t side,
                          bool given)
{
    const orient_search *s = j->q->search;
    const fit *other = &best->found[1 - side].fits[best->best[1 - side]];
    double width = log(s->icf_most / s->icf_least), n_cuts = (double)j->n_cuts;
    if (given) {
        width = fmin(width, 4 * sqrt(2 * other->spread[3][3]));
        n_cuts = 0;
        for (size_t c = 0; c < j->n_cuts; c++) {
            const fits *found = j->cuts[c].found;
            bool known = false;
            for (size_t k = 0; k < 2; k++)
                for (size_t i = 0; i < found[k].n; i++)
                    known |= orient_misorientation(
                                 s, (double(*)[3])found[k].fits[i].rotation,
                                 (double(*)[3])other->rotation) < sides_alike &&
                             found[k].fits[i].score > enough * other->score;
            n_cuts += known;
        }
    }
    double turns = 8 * pi * pi / (double)s->crystal->n_rotations / pow(cell_turn, 3);
    return turns * fmax(1, width / cell_icf) * fmax(1, n_cuts);
}

// Chance that one of all tries agrees as well with the map of a side: orientations at
// random say how often one does, and beyond the TAIL highest of each side the excess is
// exponential, alike on both. The second side is judged given the first, where that is
// more than chance.
static ia_status compare(sides_job *j, const sides_cut *cut, ia_grain grains[2])
{
    sides_view *view = &j->rooms[0].view;
    double excess = 0, from[2];
    for (size_t side = 0; side < 2; side++) {
        chance_job c = {.j = j, .view = view, .cut = cut};
        sides_look(j, cut, side, view);
        ia_status st =
            ia_for(j->ctx, "orientations at random", TURNS / BLOCK, try_turns, &c);
        if (st != IA_OK)
            return st;
        qsort(c.scores, TURNS, sizeof *c.scores, falling);
        from[side] = c.scores[TAIL];
        for (size_t i = 0; i < TAIL; i++)
            excess += (c.scores[i] - from[side]) / (2 * TAIL);
    }
    excess = fmax(excess, least_excess);
    double score[2] = {cut->found[0].fits[cut->best[0]].score,
                       cut->found[1].fits[cut->best[1]].score};
    size_t first = score[1] - from[1] > score[0] - from[0];
    for (size_t i = 0; i < 2; i++) {
        size_t side = first ^ i;
        bool given = i > 0 && grains[first].p_value <= j->q->params->level;
        double once =
            (double)TAIL / TURNS * exp(-fmax(0, score[side] - from[side]) / excess);
        grains[side].p_value = fmin(1, once * count_tries(j, cut, side, given));
    }
    return IA_OK;
}

// Probability that an orientation of the best cut is another, over all cuts and pairs,
// or that both sides are one crystal, for the best cut.
static void weigh_rivals(const sides_job *j, const sides_cut *best, double rival[2])
{
    const fit *at[2] = {&best->found[0].fits[best->best[0]],
                        &best->found[1].fits[best->best[1]]};
    double all = 0, same[2] = {0};
    for (size_t c = 0; c < j->n_cuts; c++) {
        const sides_cut *cut = &j->cuts[c];
        size_t turned = cos(cut->angle - best->angle) < 0;
        for (size_t i = 0; i < cut->found[0].n * cut->found[1].n; i++) {
            const fit *f[2] = {&cut->found[0].fits[i % cut->found[0].n],
                               &cut->found[1].fits[i / cut->found[0].n]};
            bool one;
            double joint = sides_joint(j->zones, f[0], f[1], &one);
            double weight = exp(trust * (joint - best->score));
            if (one && cut != best)
                continue;
            all += weight;
            for (size_t side = 0; side < 2 && !one; side++)
                if (orient_misorientation(j->q->search,
                                          (double(*)[3])f[side ^ turned]->rotation,
                                          (double(*)[3])at[side]->rotation) < sides_alike)
                    same[side] += weight;
        }
    }
    for (size_t side = 0; side < 2; side++)
        rival[side] = fmax(0, 1 - same[side] / all);
}

static void tell_grain(const sides_view *view, const fit *f, ia_grain *g)
{
    const ia_orientation_params *p = view->question.params;
    ia_projection projection = view->search.projection;
    g->icf = f->icf;
    g->axis[0] = p->axis_x;
    g->axis[1] = p->axis_y;
    g->score = f->score;
    g->half = view->search.half;
    projection.icf = f->icf;
    g->per_mm = 1 / ia_projection_magnification(&projection, 0) / DEGREE;
    g->noise_deg = sqrt(f->variance) / DEGREE;
    zones_tell_spread(&view->zones, f, g);
    memcpy(g->rotation, f->rotation, sizeof g->rotation);
    if (!(p->projection_length > 0))
        g->icf = g->sigma_icf = NAN;
    g->misindex_probability = fmin(1, g->p_value + g->rival);
    g->indexed = g->p_value <= p->level && g->rival <= p->most_rival;
}

// Poles on the side of a grain and lines get their names.
static void name_side(const sides_job *j, const fit *f, size_t number,
                      ia_orientation *out)
{
    const sides_view *view = &j->rooms[0].view;
    const ia_pole_list *list = j->q->list;
    ia_grain *g = &out->grains[number];
    size_t row[SEEN_MOST];
    orient_list poles = {0};
    zones_names names;
    for (size_t i = 0; i < list->n && poles.n < SEEN_MOST; i++) {
        double x = list->poles[i].x - list->centre[0];
        double y = list->poles[i].y - list->centre[1];
        if (!ia_half_has(&g->half, x, y))
            continue;
        poles.xy[poles.n][0] = x - j->q->params->axis_x;
        poles.xy[poles.n][1] = y - j->q->params->axis_y;
        row[poles.n++] = i;
    }
    orient_zone_question question = view->question;
    question.list = &poles;
    marks m = zones_marks(&question, SEEN_MOST, IA_LINES_MOST);
    zones_name(&view->zones, &m, f, &names);
    for (size_t i = 0; i < m.n_poles; i++) {
        const ia_line_name *name = &names.of[POLES][i];
        if (names.family[POLES][i] == SIZE_MAX)
            continue;
        ia_pole_name *told = &out->names[row[i]];
        *told = (ia_pole_name){
            .grain = (int32_t)number, .residual = name->residual, .chance = name->chance};
        memcpy(told->hkl, name->uvw, sizeof told->hkl);
        g->n_named++;
    }
    for (size_t i = 0; i < m.n_lines; i++)
        if (names.of[LINES][i].chance > out->line_names[i].chance)
            out->line_names[i] = names.of[LINES][i];
}

// The normal of the boundary points to the first grain. An axis that is not where it was
// told turns both grains alike.
static void tell_boundary(const sides_job *j, const sides_cut *cut, ia_orientation *out)
{
    const ia_crystal *crystal = j->q->search->crystal;
    const ia_crystal *both[2] = {crystal, crystal};
    const ia_half *half = &out->grains[0].half;
    double sign = half->normal[0] * cos(cut->angle) + half->normal[1] * sin(cut->angle);
    ia_turn_between turn = {.angle_deg = NAN, .axis = {NAN, NAN, NAN}};
    if (out->n_grains == 2)
        ia_turn_compute(both, (const double(*)[3])out->grains[0].rotation,
                        (const double(*)[3])out->grains[1].rotation, &turn);
    double variance = map_doubt * map_doubt;
    for (size_t side = 0; side < 2 && out->n_grains == 2; side++) {
        sides_look(j, cut, side, &j->rooms[0].view);
        variance += sides_map_variance(&j->map, &j->rooms[0].view,
                                       &cut->found[side].fits[cut->best[side]], trust);
    }
    out->boundary =
        (ia_boundary){.seen = true,
                      .angle_deg = atan2(half->normal[1], half->normal[0]) / DEGREE,
                      .offset = sign < 0 ? -cut->offset : cut->offset,
                      .turn_deg = turn.angle_deg,
                      .sigma_deg = out->n_grains == 2 ? sqrt(variance) / DEGREE : NAN};
    memcpy(out->boundary.axis, turn.axis, sizeof turn.axis);
}

// Both, the likelier first; poles and lines get names of those that are indexed.
static void tell(const sides_job *j, const sides_cut *best, const ia_grain grains[2],
                 ia_orientation *out)
{
    size_t first = grains[0].indexed != grains[1].indexed
                       ? grains[1].indexed
                       : grains[1].misindex_probability < grains[0].misindex_probability;
    const ia_pole_list *list = j->q->list;
    out->n_grains = 0;
    out->by_lines = true;
    out->n_lines = list->n_lines < IA_LINES_MOST ? list->n_lines : IA_LINES_MOST;
    if (out->n_lines > 0)
        memcpy(out->lines, list->lines, out->n_lines * sizeof *out->lines);
    for (size_t i = 0; i < 2; i++) {
        size_t side = first ^ i;
        out->grains[i] = grains[side];
        if (!grains[side].indexed)
            continue;
        sides_look(j, best, side, &j->rooms[0].view);
        name_side(j, &best->found[side].fits[best->best[side]], i, out);
        out->n_grains++;
    }
    tell_boundary(j, best, out);
}

ia_status sides_judge(sides_job *j, sides_cut *best, ia_orientation *out)
{
    ia_grain grains[2] = {{0}};
    double rival[2];
    bool one;
    best->score = sides_joint(j->zones, &best->found[0].fits[best->best[0]],
                              &best->found[1].fits[best->best[1]], &one);
    if (one)
        return IA_OK;
    weigh_rivals(j, best, rival);
    ia_status st = compare(j, best, grains);
    if (st != IA_OK)
        return st;
    for (size_t side = 0; side < 2; side++) {
        ia_grain *g = &grains[side];
        g->rival = rival[side];
        sides_look(j, best, side, &j->rooms[0].view);
        tell_grain(&j->rooms[0].view, &best->found[side].fits[best->best[side]], g);
    }
    if (grains[0].indexed || grains[1].indexed)
        tell(j, best, grains, out);
    return IA_OK;
}
