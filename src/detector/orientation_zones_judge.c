// src/detector/orientation_zones_judge.c: what poles and zone lines leave, and whether
// chance would do as well.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_zones.h"

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SEEN = 3, BATCH = 20, BEATEN = 10 };
static const double degree = 0.017453292519943295;
static const double pi = 3.14159265358979323846;
static const double trust = 0.75;      // as in orientation.c
static const double least_told = 0.01; // probability of a candidate
static const double least_pole = 0.01; // of a family, of a pole
static const double far = 0.9;         // of a line's foot, of the field of view

typedef struct {
    fits room, found;
} worker_room;

typedef struct {
    const zones *z;
    const marks *m;
    worker_room *rooms;
    double *scores; // (n_random)
    size_t begin;
} job;

marks zones_marks(const orient_zone_question *q, size_t n_poles, size_t n_lines)
{
    const ia_pole_list *given = q->given;
    marks m = {0};
    for (; m.n_poles < n_poles && m.n_poles < q->list->n; m.n_poles++)
        memcpy(m.xy[m.n_poles], q->list->xy[m.n_poles], sizeof m.xy[0]);
    for (; m.n_lines < n_lines && m.n_lines < given->n_lines; m.n_lines++) {
        const ia_zone_line *line = &given->lines[m.n_lines];
        double *foot = m.foot[m.n_lines];
        const double axis[2] = {q->params->axis_x, q->params->axis_y};
        for (size_t k = 0; k < 2; k++)
            foot[k] = line->foot[k] - given->centre[k] - axis[k];
        m.along[m.n_lines] = line->angle;
        m.strength[m.n_lines] = line->significance;
    }
    return m;
}

// A place anywhere in the field of view.
static void draw_place(const orient_search *s, ia_random *random, double out[2])
{
    double x, y;
    do {
        double r = s->radius * sqrt(ia_random_uniform(random));
        double turn = 2 * pi * ia_random_uniform(random);
        x = r * cos(turn);
        y = r * sin(turn);
    } while (!ia_half_has(&s->half, x, y));
    out[0] = s->middle[0] + x;
    out[1] = s->middle[1] + y;
}

// As many poles and lines. The strongest pole stays; each line keeps its distance to it
// and has any direction: that lines cross in a pole says nothing of its name.
marks zones_draw(const zones *z, const marks *of, size_t number)
{
    const orient_search *s = z->q->search;
    ia_random random = ia_random_new(z->q->params->seed + 104729, number);
    marks m = *of;
    const double *centre = m.n_poles > 0 ? m.xy[0] : s->middle;
    for (size_t i = 1; i < m.n_poles; i++)
        draw_place(s, &random, m.xy[i]);
    for (size_t i = 0; i < m.n_lines; i++) {
        double across = (m.foot[i][0] - centre[0]) * cos(m.along[i]) +
                        (m.foot[i][1] - centre[1]) * sin(m.along[i]);
        if (m.n_poles == 0)
            across = far * s->radius * (2 * ia_random_uniform(&random) - 1);
        m.along[i] = pi * ia_random_uniform(&random);
        double c = cos(m.along[i]), d = sin(m.along[i]);
        double along = (s->middle[0] - centre[0]) * -d + (s->middle[1] - centre[1]) * c;
        m.foot[i][0] = centre[0] + across * c - along * d;
        m.foot[i][1] = centre[1] + across * d + along * c;
    }
    return m;
}

static void solve_one(void *user, size_t block, size_t worker)
{
    job *j = user;
    worker_room *room = &j->rooms[worker];
    marks m = zones_draw(j->z, j->m, j->begin + block);
    zones_solve(j->z, &m, &room->room, &room->found);
    j->scores[j->begin + block] =
        room->found.n > 0 ? room->found.fits[0].score : -INFINITY;
}

// Share of lists at random that score as high; stops early once many do.
static ia_status compare(ia_ctx *ctx, job *j, double score, double *p_value)
{
    size_t n = j->z->q->params->n_random, done = 0, above = 0;
    ia_status st = IA_OK;
    while (st == IA_OK && done < n && above < BEATEN) {
        size_t some = n - done < BATCH ? n - done : BATCH;
        j->begin = done;
        st = ia_for(ctx, "poles and lines at random", some, solve_one, j);
        for (size_t i = 0; i < some; i++)
            above += j->scores[done + i] >= score;
        done += some;
    }
    *p_value = (double)(above + 1) / (double)(done + 1);
    return st;
}

// The share that a family has of a pole, over all orientations.
static void tell_poles(const zones *z, const marks *m,
                       const double share[POLES_USED][FAMILIES], ia_orientation *out)
{
    const refs *r = &z->refs[POLES];
    for (size_t i = 0; i < m->n_poles; i++)
        for (size_t f = 0, k = 0; f < FAMILIES; f++) {
            while (k < r->n && r->family[k] < f)
                k++;
            if (k == r->n || share[i][f] < least_pole)
                continue;
            const ia_pole *pole = &out->poles[z->q->row[i]];
            const int *hkl = r->index[k];
            out->pole_candidates[out->n_pole_candidates++] = (ia_pole_candidate){
                pole->x, pole->y, {hkl[0], hkl[1], hkl[2]}, share[i][f]};
        }
}

static void tell_candidate(const zones *z, const marks *m, const fit *f,
                           const zones_names *names, ia_orientation_candidate *out)
{
    out->icf = z->q->params->projection_length > 0 ? f->icf : NAN;
    out->score = f->score;
    memcpy(out->rotation, f->rotation, sizeof out->rotation);
    size_t widest = SIZE_MAX;
    for (size_t k = 0; k < m->n_poles; k++)
        if (names->family[POLES][k] < widest) {
            widest = names->family[POLES][k];
            memcpy(out->hkl, names->of[POLES][k].uvw, sizeof out->hkl);
        }
    for (size_t k = 0; k < m->n_lines; k++)
        memcpy(out->uvw[k], names->of[LINES][k].uvw, sizeof out->uvw[k]);
}

static void tell_candidates(const zones *z, const marks *m, const fits *found,
                            ia_orientation *out)
{
    double sum = 0, share[POLES_USED][FAMILIES] = {{0}};
    for (size_t i = 0; i < found->n; i++)
        sum += exp(trust * (found->fits[i].score - found->fits[0].score));
    for (size_t i = 0; i < found->n; i++) {
        const fit *f = &found->fits[i];
        double p = exp(trust * (f->score - found->fits[0].score)) / sum;
        zones_names names;
        zones_name(z, m, f, &names);
        for (size_t k = 0; k < m->n_poles; k++)
            if (names.family[POLES][k] != SIZE_MAX)
                share[k][names.family[POLES][k]] += p * names.of[POLES][k].chance;
        if (p < least_told || out->n_candidates == IA_CANDIDATES_MOST)
            continue;
        ia_orientation_candidate *c = &out->candidates[out->n_candidates++];
        *c = (ia_orientation_candidate){.probability = p};
        tell_candidate(z, m, f, &names, c);
    }
    tell_poles(z, m, (const double(*)[FAMILIES])share, out);
}

// 95 % of normal turns with a covariance lie within this angle: their square as a share
// of chi squared with as many degrees of freedom as fit two moments (Satterthwaite), its
// quantile by Wilson and Hilferty.
static double hold_most(const double covariance[3][3])
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < 9; i++) {
        sum += i % 4 == 0 ? covariance[i / 3][i % 3] : 0;
        squares += covariance[i / 3][i % 3] * covariance[i / 3][i % 3];
    }
    double spread = 2 * squares / (9 * sum * sum);
    return sqrt(sum) * pow(1 - spread + 1.644854 * sqrt(spread), 1.5);
}

// Scatter of poles and lines, what the image compression factor leaves open and, as
// turns, that the axis need not be where it was told: held and free are as likely.
void zones_tell_spread(const zones *z, const fit *f, ia_grain *g)
{
    double per_mm = g->per_mm * degree;
    double axis2 = 0.5 * pow(orient_axis_doubt(z->q->params, z->q->given), 2);
    for (size_t i = 0; i < 9; i++)
        g->covariance[i / 3][i % 3] = f->spread[i / 3][i % 3];
    for (size_t k = 0; k < 3; k++)
        g->covariance[k][k] += f->variance + (k < 2 ? axis2 * per_mm * per_mm : 0);
    g->sigma_deg = hold_most((const double(*)[3])g->covariance) / 1.959964 / degree;
    g->sigma_icf = g->icf * sqrt(f->spread[3][3]);
    g->sigma_axis = sqrt(axis2);
}

// Names of poles and lines under the orientation that they have together.
static void tell_grain(const zones *z, const marks *m, const fit *f, double p_value,
                       ia_orientation *out)
{
    const ia_orientation_params *p = z->q->params;
    zones_names names;
    ia_projection projection = z->q->search->projection;
    ia_grain g = {.icf = p->projection_length > 0 ? f->icf : NAN,
                  .axis = {p->axis_x, p->axis_y},
                  .score = f->score,
                  .p_value = p_value,
                  .rival = 1 - out->candidates[0].probability};
    projection.icf = f->icf;
    g.per_mm = 1 / ia_projection_magnification(&projection, 0) / degree;
    g.noise_deg = sqrt(f->variance) / degree;
    zones_tell_spread(z, f, &g);
    g.misindex_probability = fmin(1, p_value + g.rival);
    g.indexed = p_value <= p->level && g.rival <= p->most_rival;
    memcpy(g.rotation, f->rotation, sizeof g.rotation);
    zones_name(z, m, f, &names);
    for (size_t i = 0; i < out->n_poles; i++)
        out->names[i] = (ia_pole_name){.grain = -1};
    for (size_t i = 0; i < m->n_poles; i++) {
        const ia_line_name *name = &names.of[POLES][i];
        if (names.family[POLES][i] == SIZE_MAX)
            continue;
        ia_pole_name *told = &out->names[z->q->row[i]];
        told->grain = 0;
        told->residual = name->residual;
        told->chance = name->chance;
        memcpy(told->hkl, name->uvw, sizeof told->hkl);
        g.n_named++;
    }
    memcpy(out->line_names, names.of[LINES], sizeof out->line_names);
    g.n_expected = out->grains[0].n_expected;
    out->grains[0] = g;
    out->n_grains = g.indexed;
    out->by_lines = true;
}

static ia_status seek(ia_ctx *ctx, const zones *z, const marks *m, ia_orientation *out)
{
    job j = {.z = z, .m = m};
    size_t n = ia_for_workers(ctx, BATCH);
    double p_value = 1;
    ia_status st = IA_ERR_MEMORY;
    if (!(j.rooms = ia_array(ctx, n, sizeof *j.rooms)) ||
        !(j.scores = ia_array(ctx, z->q->params->n_random, sizeof *j.scores)))
        goto done;
    fits found;
    zones_solve(z, m, &j.rooms[0].room, &found);
    st = IA_OK;
    if (found.n == 0)
        goto done;
    if ((st = compare(ctx, &j, found.fits[0].score, &p_value)) != IA_OK)
        goto done;
    tell_candidates(z, m, &found, out);
    tell_grain(z, m, &found.fits[0], p_value, out);
done:
    free(j.rooms);
    free(j.scores);
    return st;
}

ia_status orient_zones(ia_ctx *ctx, const orient_zone_question *question,
                       ia_orientation *out)
{
    const ia_pole_list *given = question->given;
    const ia_grain *g = &out->grains[0];
    size_t n_lines = g->indexed ? IA_LINES_MOST : LINES_USED;
    marks m = zones_marks(question, POLES_USED, n_lines);
    out->n_lines = given->n_lines < IA_LINES_MOST ? given->n_lines : IA_LINES_MOST;
    if (out->n_lines == 0)
        return IA_OK;
    memcpy(out->lines, given->lines, out->n_lines * sizeof *out->lines);
    if (!g->indexed && m.n_poles + m.n_lines < LEAST_SEEN)
        return IA_OK;
    zones *z = ia_array(ctx, 1, sizeof *z);
    if (!z)
        return IA_ERR_MEMORY;
    ia_status st = zones_init(ctx, question, z);
    if (st == IA_OK && g->indexed) {
        zones_names names;
        fit f = {.icf = isfinite(g->icf) ? g->icf : question->icf};
        memcpy(f.rotation, g->rotation, sizeof f.rotation);
        zones_name(z, &m, &f, &names);
        memcpy(out->line_names, names.of[LINES], sizeof out->line_names);
    } else if (st == IA_OK) {
        st = seek(ctx, z, &m, out);
    }
    free(z);
    return st;
}
