// src/detector/orientation_solve.c: the likeliest orientations of a list of poles, with
// the axis where it was told or where it fits best.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double alike = 2 * 0.017453292519943295; // radian

static int compare_fits(const void *a, const void *b)
{
    const orient_fit *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return memcmp(p->rotation, q->rotation, sizeof p->rotation);
}

// By falling score, each orientation once.
static void part_fits(const orient_search *search, orient_room *room)
{
    size_t kept = 0;
    qsort(room->fits, room->n_fits, sizeof room->fits[0], compare_fits);
    for (size_t i = 0; i < room->n_fits; i++) {
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++)
            known = orient_misorientation(search, room->fits[i].rotation,
                                          room->fits[k].rotation) < alike;
        if (!known)
            room->fits[kept++] = room->fits[i];
    }
    room->n_fits = kept;
}

static orient_other other_of(const orient_fit *fit, double share)
{
    orient_other other = {.share = share, .n_unknowns = fit->n_unknowns};
    memcpy(other.rotation, fit->rotation, sizeof other.rotation);
    memcpy(other.axis, fit->axis, sizeof other.axis);
    memcpy(other.information, fit->information, sizeof other.information);
    memcpy(other.scatter, fit->scatter, sizeof other.scatter);
    memcpy(other.noise_share, fit->noise_share, sizeof other.noise_share);
    return other;
}

void orient_free_axis(const orient_list *list, orient_fit *fit)
{
    orient_seed seed = {.icf = fit->icf};
    orient_fit moved, held = *fit;
    memcpy(seed.rotation, fit->rotation, sizeof seed.rotation);
    orient_refine(fit->by, list, &seed, ORIENT_ALL, &moved);
    held.score += log(orient_axis_of(fit->by)->held);
    moved.score += log(1 - orient_axis_of(fit->by)->held);
    double most = fmax(held.score, moved.score);
    double sum = exp(held.score - most) + exp(moved.score - most);
    bool is_moved = moved.score > held.score;
    *fit = is_moved ? moved : held;
    fit->other = other_of(is_moved ? &held : &moved,
                          exp((is_moved ? held.score : moved.score) - most) / sum);
    fit->score = most + log(sum);
}

void orient_settle_axis(const orient_list *list, double off, const orient_axis *at,
                        orient_fit *fit)
{
    bool was_moved = fit->n_unknowns > ORIENT_TURN, is_moved = off > ORIENT_LEAST_OFF;
    if (is_moved != was_moved || (is_moved && at)) {
        orient_search by = *fit->by;
        orient_seed seed = {.icf = fit->icf};
        orient_fit settled;
        if (is_moved && at)
            by.axis[by.projection.kind] = *at;
        memcpy(seed.rotation, was_moved ? fit->other.rotation : fit->rotation,
               sizeof seed.rotation); // of the axis held
        orient_refine(&by, list, &seed, is_moved ? ORIENT_ALL : ORIENT_TURN, &settled);
        settled.by = fit->by;
        settled.other = is_moved && was_moved ? fit->other : other_of(fit, 0);
        settled.score = fit->score;
        *fit = settled;
    }
    fit->other.share = is_moved ? 1 - off : off;
}

double orient_solve(const orient_search *search, const orient_list *list,
                    orient_room *room)
{
    room->n_fits = 0;
    for (const orient_search *s = search; s; s = s->other) {
        orient_find_seeds(s, list, room);
        for (size_t i = 0; i < room->n_seeds; i++)
            orient_refine(s, list, &room->seeds[i], ORIENT_TURN,
                          &room->fits[room->n_fits++]);
    }
    part_fits(search, room);
    bool is_free = orient_axis_of(search)->doubt > 0;
    for (size_t i = 0; is_free && i < ORIENT_AXIS_TRIED && i < room->n_fits; i++)
        orient_free_axis(list, &room->fits[i]);
    if (is_free)
        part_fits(search, room);
    return room->n_fits > 0 ? room->fits[0].score : -INFINITY;
}
