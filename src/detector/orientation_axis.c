// src/detector/orientation_axis.c: whether the axis is elsewhere than it was told, or the
// projection another. Needs recon for the projections.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/lattices.h"
#include "detector/orientation_internal.h"

#include <math.h>
#include <string.h>

static const double map_doubt = 5;   // of the axis on a detector, mm
static const double ratio_told = 20; // of odds, from which it is told that it is so

// Density of a normal deviate in the plane.
static double normal_plane(double off2, double variance)
{
    return exp(-0.5 * off2 / variance) / (2 * acos(-1.0) * variance);
}

double orient_axis_doubt(const ia_orientation_params *params, const ia_pole_list *list)
{
    return params->axis_doubt >= 0 ? params->axis_doubt : list->on_map ? map_doubt : 0;
}

// Where the axis was told, or, as likely, about that; and where it was seen. One place in
// ten so seen has nothing to do with the axis.
static orient_axis axis_by(double told, double seen, const double off[2])
{
    const double astray = 0.1, anywhere = 10 * 10; // mm^2
    orient_axis axis = {.doubt = told, .held = 0.5};
    if (!(told > 0 && seen > 0 && isfinite(seen)))
        return axis;
    double both = told * told + seen * seen, off2 = off[0] * off[0] + off[1] * off[1];
    double stray = astray * normal_plane(off2, anywhere);
    double held = (1 - astray) * normal_plane(off2, seen * seen) + stray;
    double moved = (1 - astray) * normal_plane(off2, both) + stray;
    axis.held = held / (held + moved);
    axis.doubt = told * seen / sqrt(both);
    for (size_t k = 0; k < 2; k++)
        axis.mean[k] = off[k] * told * told / both;
    return axis;
}

void orient_axis_set(const ia_orientation_params *p, const ia_pole_list *list,
                     orient_question *question)
{
    double told = orient_axis_doubt(p, list);
    for (size_t k = 0; k < IA_N_PROJECTIONS; k++) {
        const double off[2] = {list->axis[k][0] - list->centre[0] - p->axis_x,
                               list->axis[k][1] - list->centre[1] - p->axis_y};
        question->axis[k] = axis_by(told, list->axis_seen[k], off);
    }
}

// The best that a projection makes of the poles with the axis where it was told, and
// elsewhere: ln of the odds, with how likely that is beforehand.
typedef struct {
    double held, moved;
    double icf;     // of the better
    orient_axis at; // where the axis is elsewhere, if that is the better
} best;

// Of a fit that both were tried for, or the axis held alone.
static void take_fit(const orient_fit *fit, best *out)
{
    bool is_moved = fit->n_unknowns > ORIENT_TURN;
    double off = is_moved ? 1 - fit->other.share : fit->other.share;
    double held = fit->score + log(1 - off), moved = fit->score + log(off);
    if (fmax(held, moved) > fmax(out->held, out->moved)) {
        out->icf = fit->icf;
        out->at = (orient_axis){.doubt = is_moved ? orient_axis_spread(fit) : 0};
        memcpy(out->at.mean, fit->axis, sizeof out->at.mean);
    }
    out->held = fmax(out->held, held);
    out->moved = fmax(out->moved, moved);
}

// The same search by another projection, its image compression factors those that have
// the same angles at the rim.
static orient_search search_by(const orient_search *s, int kind)
{
    orient_search by = *s;
    ia_projection p = s->projection;
    p.icf = s->icf_least;
    by.icf_least = ia_projection_alike(&p, kind, s->radius).icf;
    p.icf = s->icf_most;
    by.icf_most = ia_projection_alike(&p, kind, s->radius).icf;
    by.projection.kind = kind;
    return by;
}

// A fit again by a projection. The families and how many of their directions are in view
// stay: one at the rim that is missed by one projection and not by another says little.
static void refit(const orient_list *list, const orient_fit *fit, int kind, best *out)
{
    orient_search by = search_by(fit->by, kind);
    by.n_used = fit->n_families;
    by.n_expected = fit->n_expected;
    ia_projection p = fit->by->projection;
    bool is_moved = fit->n_unknowns > ORIENT_TURN;
    orient_seed seed;
    orient_fit again;
    p.icf = fit->icf;
    seed.icf = ia_projection_alike(&p, kind, by.radius).icf;
    memcpy(seed.rotation, is_moved ? fit->other.rotation : fit->rotation,
           sizeof seed.rotation);
    orient_refine(&by, list, &seed, ORIENT_TURN, &again);
    if (orient_axis_of(&by)->doubt > 0)
        orient_free_axis(list, &again);
    take_fit(&again, out);
}

static double ln_sum(double a, double b)
{
    double most = fmax(a, b);
    return most > -INFINITY ? most + log(exp(a - most) + exp(b - most)) : most;
}

static void tell(const best *b, int kind, bool has_length, ia_projection_odds *out)
{
    double score = ln_sum(b->held, b->moved);
    *out = (ia_projection_odds){.projection = kind,
                                .score = score,
                                .icf = has_length ? b->icf : NAN,
                                .axis_off = exp(b->moved - score)};
}

// The projection told, the first, is as likely beforehand as all others together. The one
// of the highest score; the probability that the axis is elsewhere.
static size_t weigh(ia_projection_odds *odds, double *off)
{
    size_t most = 0;
    double sum = 0;
    *off = 0;
    for (size_t k = 1; k < IA_N_PROJECTIONS; k++)
        most = odds[k].score > odds[most].score ? k : most;
    for (size_t k = 0; k < IA_N_PROJECTIONS; k++)
        sum += odds[k].probability =
            (k == 0 ? IA_N_PROJECTIONS - 1 : 1) * exp(odds[k].score - odds[most].score);
    for (size_t k = 0; k < IA_N_PROJECTIONS; k++) {
        odds[k].probability /= sum;
        *off += odds[k].probability * odds[k].axis_off;
    }
    return most;
}

// What a projection makes of the likeliest fits.
static best take_fits(const orient_search *search, int kind, const orient_list *list,
                      const orient_room *room)
{
    bool is_free = orient_axis_of(search)->doubt > 0;
    best b = {.held = -INFINITY, .moved = -INFINITY, .icf = NAN};
    for (size_t i = 0; i < ORIENT_AXIS_TRIED && i < room->n_fits; i++) {
        const orient_fit *fit = &room->fits[i];
        if (is_free && fit->other.n_unknowns == 0)
            continue;
        refit(list, fit, kind, &b);
    }
    return b;
}

void orient_weigh_projections(const orient_search *search, const orient_list *list,
                              orient_room *room, ia_orientation *out)
{
    const int told = search->projection.kind;
    best each[IA_N_PROJECTIONS];
    double off;
    for (int k = 0; k < IA_N_PROJECTIONS; k++) {
        int kind = k == 0 ? told : k <= told ? k - 1 : k;
        each[k] = take_fits(search, kind, list, room);
        tell(&each[k], kind, search->has_length, &out->projections[k]);
    }
    out->n_projections = IA_N_PROJECTIONS;
    size_t most = weigh(out->projections, &off);
    // The axis as a projection has it that is another makes up for that.
    const orient_axis *at = most > 0 && each[most].at.doubt > 0 ? &each[most].at : NULL;
    if (room->fits[0].other.n_unknowns > 0)
        orient_settle_axis(list, off, at, &room->fits[0]);
}

const ia_projection_odds *ia_orientation_better_projection(const ia_orientation *o)
{
    const ia_projection_odds *better = &o->projections[0];
    for (size_t i = 1; i < o->n_projections; i++)
        if (o->projections[i].score > better->score)
            better = &o->projections[i];
    return o->n_projections > 0 &&
                   better->score - o->projections[0].score > log(ratio_told)
               ? better
               : NULL;
}

void orient_tell_axis(ia_ctx *ctx, const ia_orientation *o)
{
    const ia_grain *g = &o->grains[0];
    const ia_projection_odds *told = &o->projections[0];
    const ia_projection_odds *better = ia_orientation_better_projection(o);
    if (!g->indexed || o->by_lines)
        return;
    if (better && isfinite(better->icf))
        ia_warn(ctx,
                "the poles fit the %s projection better than the %s one, with odds of "
                "e^%.1f to 1, at an image compression of %.3g: check --projection and "
                "the flight path",
                ia_projection_name(better->projection),
                ia_projection_name(told->projection), better->score - told->score,
                better->icf);
    if (g->axis_off > ratio_told / (1 + ratio_told))
        ia_warn(
            ctx,
            "the poles fit better with the axis at (%.1f, %.1f) mm, give or take %.1f",
            g->axis[0], g->axis[1], g->sigma_axis);
    else if (g->axis_off > ORIENT_LEAST_OFF)
        ia_warn(ctx,
                "the axis is taken to be at (%.1f, %.1f) mm, give or take %.1f, with a "
                "probability of %.2f: the poles hardly tell; --axis-doubt 0 holds it "
                "where it is told",
                g->axis[0], g->axis[1], g->sigma_axis, g->axis_off);
}
