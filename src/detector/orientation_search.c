// src/detector/orientation_search.c: orientations that put pairs of poles on pairs of the
// catalogue. Needs crystal and recon for what poles there are and where hits point.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 48, // cells of a face of the cube
    KEPT = 2,  // seeds of a pair and scale
    FIRST = 8, // families that one pole of a pair is of
    SPLIT = 2  // times as many families are ranked as are taken
};
static const double degree = 0.017453292519943295;
static const double scale_step = 1.08;      // between scales tried
static const double pair_tolerance = 0.075; // of the angle of a pair, radian
static const double least_angle = 0.1;      // of a pair, radian: nearer ones turn badly
static const double blur = 0.055;           // of the map of gains, radian
static const double top_gain = 2.5;
static const double by_spacing_on_map = 0.1;  // odds against by strength
static const double unknown_half_angle = 0.4; // of the detector, radian

// Cell of the cube that a direction falls into.
static size_t cell_of(const double *v)
{
    size_t axis = fabs(v[0]) > fabs(v[1]) ? 0 : 1;
    if (fabs(v[2]) > fabs(v[axis]))
        axis = 2;
    double scale = 0.5 * SIDE / fabs(v[axis]);
    size_t a = (size_t)(v[(axis + 1) % 3] * scale + 0.5 * SIDE);
    size_t b = (size_t)(v[(axis + 2) % 3] * scale + 0.5 * SIDE);
    a = a < SIDE ? a : SIDE - 1;
    b = b < SIDE ? b : SIDE - 1;
    return ((2 * axis + (v[axis] < 0)) * SIDE + a) * SIDE + b;
}

static void middle_of(size_t cell, double *v)
{
    size_t b = cell % SIDE, a = cell / SIDE % SIDE, face = cell / SIDE / SIDE;
    size_t axis = face / 2;
    v[axis] = face % 2 ? -1 : 1;
    v[(axis + 1) % 3] = ((double)a + 0.5) * 2 / SIDE - 1;
    v[(axis + 2) % 3] = ((double)b + 0.5) * 2 / SIDE - 1;
    double length = sqrt(orient_dot(v, v));
    for (size_t k = 0; k < 3; k++)
        v[k] /= length;
}

static ia_status build_gammas(ia_ctx *ctx, orient_search *s)
{
    if (!(s->ln_gamma = ia_array(ctx, ORIENT_GAMMAS, sizeof *s->ln_gamma)))
        return IA_ERR_MEMORY;
    for (size_t i = 1; i < ORIENT_GAMMAS; i++)
        s->ln_gamma[i] = gsl_sf_lngamma(0.5 * (double)i);
    return IA_OK;
}

static ia_status build_gain(ia_ctx *ctx, orient_search *s)
{
    const ia_pole_catalogue *c = &s->catalogue;
    size_t n = (size_t)6 * SIDE * SIDE;
    if (!(s->gain = ia_array(ctx, n, sizeof *s->gain)))
        return IA_ERR_MEMORY;
    for (size_t cell = 0; cell < n; cell++) {
        double v[3], most = 0;
        middle_of(cell, v);
        for (size_t k = 0; k < c->n; k++) {
            double off2 = 2 * (1 - orient_dot(v, c->kinds[k].normal));
            double gain = top_gain + log(c->kinds[k].spacing / c->kinds[0].spacing) -
                          0.5 * off2 / (blur * blur);
            most = fmax(most, gain);
        }
        s->gain[cell] = (float)most;
    }
    return IA_OK;
}

static int compare_neighbours(const void *a, const void *b)
{
    const orient_neighbour *p = a, *q = b;
    if (p->angle != q->angle)
        return p->angle < q->angle ? -1 : 1;
    return p->kind < q->kind ? -1 : p->kind > q->kind;
}

static ia_status build_neighbours(ia_ctx *ctx, orient_search *s)
{
    const ia_pole_catalogue *c = &s->catalogue;
    if (!(s->neighbours = ia_array(ctx, c->n_families * c->n, sizeof *s->neighbours)))
        return IA_ERR_MEMORY;
    for (size_t k = c->n; k-- > 0;)
        s->first[c->kinds[k].family] = k;
    s->first[c->n_families] = c->n;
    for (size_t f = 0; f < c->n_families; f++) {
        orient_neighbour *row = s->neighbours + f * c->n;
        const double *normal = c->kinds[s->first[f]].normal;
        for (size_t k = 0; k < c->n; k++) {
            double cosine = orient_dot(normal, c->kinds[k].normal);
            row[k].angle = acos(fmax(-1, fmin(1, cosine)));
            row[k].kind = (uint32_t)k;
        }
        qsort(row, c->n, sizeof *row, compare_neighbours);
    }
    return IA_OK;
}

// Without a length, that of an instrument whose detector spans 23 degrees either way, and
// wider bounds.
static void lay_scales(const ia_orientation_params *p, double radius, orient_search *s)
{
    bool known = p->projection_length > 0;
    s->has_length = known;
    s->projection.kind = p->projection;
    s->projection.flight_path =
        known ? p->projection_length : radius / tan(unknown_half_angle);
    s->icf_least = known ? p->icf_least : p->icf_least * 0.6;
    s->icf_most = known ? p->icf_most : p->icf_most * 1.2;
    s->prior_icf = known ? 0.15 : 0.3;
    double steps = ceil(log(s->icf_most / s->icf_least) / log(scale_step));
    s->n_scales = 1 + (size_t)fmin(fmax(steps, 0), ORIENT_SCALES_MOST - 1);
    for (size_t i = 0; i < s->n_scales; i++) {
        double at = s->n_scales > 1 ? (double)i / (double)(s->n_scales - 1) : 0;
        s->scales[i] = s->icf_least * pow(s->icf_most / s->icf_least, at);
    }
}

// What a straight cut leaves of a circle.
double orient_share(const ia_half *half, double radius)
{
    double at = fmax(-1, fmin(1, half->offset / radius));
    return half->is_cut ? (acos(at) - at * sqrt(1 - at * at)) / acos(-1.0) : 1;
}

enum { BY_SPACING, BY_STRENGTH, BY_STEP };

static ia_status build_one(ia_ctx *ctx, const orient_question *q, int ranking,
                           orient_search *out)
{
    orient_search s = {.crystal = q->crystal,
                       .radius = q->radius,
                       .middle = {q->middle[0], q->middle[1]},
                       .on_map = q->on_map,
                       .half = q->half,
                       .share = orient_share(&q->half, q->radius)};
    size_t n = q->params->n_families;
    ia_status st;
    memcpy(s.axis, q->axis, sizeof s.axis);
    s.ln_prior = q->on_map && ranking == BY_SPACING ? log(by_spacing_on_map) : 0;
    lay_scales(q->params, q->radius, &s);
    if ((st = ia_pole_catalogue_build(ctx, q->crystal,
                                      ranking == BY_SPACING ? n : SPLIT * n,
                                      &s.catalogue)) != IA_OK)
        return st;
    for (size_t k = 0; k < s.catalogue.n && ranking == BY_STEP; k++)
        s.catalogue.kinds[k].strength =
            ia_crystal_step(q->crystal, s.catalogue.kinds[k].hkl);
    if (ranking != BY_SPACING)
        ia_pole_catalogue_rank(n, &s.catalogue);
    if (s.catalogue.n_families > ORIENT_FAMILIES_MOST)
        st = ia_fail(ctx, IA_ERR_PARAM, "more than %d families of planes",
                     ORIENT_FAMILIES_MOST);
    if (st != IA_OK || (st = build_gammas(ctx, &s)) != IA_OK ||
        (st = build_gain(ctx, &s)) != IA_OK ||
        (st = build_neighbours(ctx, &s)) != IA_OK) {
        orient_search_clear(&s);
        return st;
    }
    *out = s;
    return IA_OK;
}

static bool is_split(const ia_pole_catalogue *c)
{
    for (size_t k = 0; k < c->n; k++)
        if (c->kinds[k].strength < (1 - 1e-6) * c->kinds[k].spacing)
            return true;
    return false;
}

// Whether the translations are more than those of the cell's edges.
static bool is_centred(const ia_crystal *c)
{
    for (int k = 0; k < 3; k++) {
        const int edge[3] = {k == 0, k == 1, k == 2};
        double normal[3];
        if (ia_crystal_step(c, edge) < 0.999 * ia_crystal_normal(c, edge, normal))
            return true;
    }
    return false;
}

// The same with another ranking, last of the chain.
static ia_status add_ranking(ia_ctx *ctx, const orient_question *question, int ranking,
                             orient_search *of)
{
    while (of->other)
        of = of->other;
    if (!(of->other = ia_array(ctx, 1, sizeof *of->other)))
        return IA_ERR_MEMORY;
    return build_one(ctx, question, ranking, of->other);
}

ia_status orient_search_build(ia_ctx *ctx, const orient_question *question,
                              orient_search *out)
{
    orient_search s;
    ia_status st = build_one(ctx, question, BY_SPACING, &s);
    if (st != IA_OK)
        return st;
    if (!is_split(&s.catalogue))
        s.ln_prior = 0;
    else
        st = add_ranking(ctx, question, BY_STRENGTH, &s);
    // Where all translations are those of the edges (hcp) it is all but that by spacing.
    if (st == IA_OK && s.other && question->on_map && is_centred(question->crystal))
        st = add_ranking(ctx, question, BY_STEP, &s);
    if (st != IA_OK)
        orient_search_clear(&s);
    else
        *out = s;
    return st;
}

void orient_search_clear(orient_search *search)
{
    if (search->other)
        orient_search_clear(search->other);
    free(search->other);
    ia_pole_catalogue_clear(&search->catalogue);
    free(search->ln_gamma);
    free(search->gain);
    free(search->neighbours);
    *search = (orient_search){0};
}

void orient_directions(const ia_projection *projection, const orient_list *list,
                       double (*out)[3])
{
    for (size_t i = 0; i < list->n; i++)
        ia_projection_direction(projection, list->xy[i], out[i]);
}

// The orthogonal frame of two directions, symmetric in both: rows.
static void frame_of(const double *a, const double *b, double out[3][3])
{
    double n2[3] = {0};
    for (size_t k = 0; k < 3; k++) {
        out[0][k] = a[k] + b[k];
        out[1][k] = a[k] - b[k];
        n2[0] += out[0][k] * out[0][k];
        n2[1] += out[1][k] * out[1][k];
    }
    for (size_t k = 0; k < 3; k++) {
        out[0][k] /= sqrt(n2[0]);
        out[1][k] /= sqrt(n2[1]);
    }
    orient_cross(out[0], out[1], out[2]);
}

void orient_lay_pair(const double *a, const double *b, const double *crystal_a,
                     const double *crystal_b, double out[3][3])
{
    double seen[3][3], known[3][3];
    frame_of(a, b, seen);
    frame_of(crystal_a, crystal_b, known);
    for (size_t p = 0; p < 3; p++)
        for (size_t q = 0; q < 3; q++)
            out[p][q] = seen[0][p] * known[0][q] + seen[1][p] * known[1][q] +
                        seen[2][p] * known[2][q];
}

// What the map of gains makes of all directions under an orientation.
static double gain_of(const orient_search *s, const double (*directions)[3], size_t n,
                      const double rotation[3][3])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double v[3];
        if (isnan(directions[i][0])) // beyond what the projection can see
            continue;
        for (size_t k = 0; k < 3; k++)
            v[k] = rotation[0][k] * directions[i][0] + rotation[1][k] * directions[i][1] +
                   rotation[2][k] * directions[i][2];
        sum += (double)s->gain[cell_of(v)];
    }
    return sum;
}

// Keep the KEPT best seeds of a pair, the worst last.
static void keep(orient_seed *best, const double rotation[3][3], double icf, double gain)
{
    if (gain <= best[KEPT - 1].gain)
        return;
    size_t at = KEPT - 1;
    for (; at > 0 && gain > best[at - 1].gain; at--)
        best[at] = best[at - 1];
    memcpy(best[at].rotation, rotation, sizeof best[at].rotation);
    best[at].icf = icf;
    best[at].gain = gain;
}

// Orientations that put a pair on some pair of the catalogue.
static void pair(const orient_search *s, const double (*directions)[3], size_t n,
                 const size_t pair_at[2], orient_seed *best)
{
    const ia_pole_catalogue *c = &s->catalogue;
    const double *a = directions[pair_at[0]], *b = directions[pair_at[1]];
    double angle = acos(fmax(-1, fmin(1, orient_dot(a, b))));
    if (!(angle > least_angle))
        return;
    for (size_t f = 0; f < c->n_families && f < FIRST; f++) {
        const orient_neighbour *row = s->neighbours + f * c->n;
        const double *normal = c->kinds[s->first[f]].normal;
        for (size_t i = 0; i < c->n && row[i].angle < angle + pair_tolerance; i++) {
            double rotation[3][3];
            if (row[i].angle < angle - pair_tolerance || row[i].angle < 1e-6)
                continue;
            orient_lay_pair(a, b, normal, c->kinds[row[i].kind].normal, rotation);
            keep(best, (const double(*)[3])rotation, 0,
                 gain_of(s, directions, n, (const double(*)[3])rotation));
        }
    }
}

static int compare_seeds(const void *a, const void *b)
{
    const orient_seed *p = a, *q = b;
    if (p->gain != q->gain)
        return p->gain > q->gain ? -1 : 1;
    return memcmp(p, q, sizeof *p);
}

double orient_misorientation(const orient_search *search, double a[3][3], double b[3][3])
{
    return ia_misorientation(search->crystal, (const double(*)[3])a,
                             (const double(*)[3])b);
}

// The best seeds, each orientation once, to the front.
static void part_seeds(const orient_search *s, orient_room *room)
{
    size_t kept = 0;
    qsort(room->seeds, room->n_seeds, sizeof room->seeds[0], compare_seeds);
    for (size_t i = 0; i < room->n_seeds && kept < ORIENT_REFINED; i++) {
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++)
            known = fabs(log(room->seeds[i].icf / room->seeds[k].icf)) < 0.1 &&
                    orient_misorientation(s, room->seeds[i].rotation,
                                          room->seeds[k].rotation) < 4 * degree;
        if (!known)
            room->seeds[kept++] = room->seeds[i];
    }
    room->n_seeds = kept;
}

void orient_find_seeds(const orient_search *search, const orient_list *list,
                       orient_room *room)
{
    size_t n_paired = list->n < ORIENT_PAIRED ? list->n : ORIENT_PAIRED;
    room->n_seeds = 0;
    for (size_t scale = 0; scale < search->n_scales; scale++) {
        double(*directions)[3] = room->directions[scale];
        ia_projection projection = search->projection;
        projection.icf = search->scales[scale];
        orient_directions(&projection, list, directions);
        for (size_t i = 0; i < n_paired; i++)
            for (size_t k = i + 1; k < n_paired; k++) {
                const size_t at[2] = {i, k};
                orient_seed best[KEPT] = {0};
                pair(search, (const double(*)[3])directions, list->n, at, best);
                for (size_t b = 0; b < KEPT && room->n_seeds < ORIENT_SEEDS; b++) {
                    best[b].icf = search->scales[scale];
                    if (best[b].gain > 0)
                        room->seeds[room->n_seeds++] = best[b];
                }
            }
    }
    part_seeds(search, room);
}
