// src/spatial/knn_draw.c: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/knn_populations.h"

#include <math.h>
#include <string.h>

// One of n distances in its bin, as a density per nm.
static void add_to_curve(double distance, double r_max, size_t n, double *curve)
{
    double at = r_max > 0 ? distance / r_max * IA_KNN_BINS : IA_KNN_BINS;
    if (at < IA_KNN_BINS)
        curve[(size_t)at] += IA_KNN_BINS / ((double)n * r_max);
}

static void summarise(const knn_drawing *d, const ia_knn *knn, double *values)
{
    memset(values, 0, (d->k + KNN_VALUES) * sizeof *values);
    for (size_t i = 0; i < knn->n; i++) {
        const float *distance = knn->distance + i * d->k;
        for (size_t j = 0; j < d->k; j++)
            values[j] += (double)distance[j];
        add_to_curve((double)distance[0], d->r_max, knn->n, values + d->k);
        add_to_curve((double)distance[d->k - 1], d->r_kth, knn->n,
                     values + d->k + IA_KNN_BINS + 1);
    }
    for (size_t j = 0; j < d->k; j++)
        values[j] /= (double)knn->n;
}

void ia_knn_draw_reach(knn_drawing *d, const double *means)
{
    d->r_max = 3 * means[0];
    d->r_kth = d->k > 1 ? (2 + 1 / (double)d->k) * means[d->k - 1] : 0;
}

static double likelier(const knn_drawing *d, const ia_knn *knn)
{
    ia_ball_volumes volumes = {{0}, {0}};
    for (size_t i = 0; i < knn->n; i++)
        ia_ball_volumes_add(&volumes, (double)knn->distance[i * d->k + d->fit_k - 1], 1);
    return ia_populations_fit(&volumes, d->fit_k, NULL).ratio;
}

// Centres are some of the ions that they are compared with: each finds itself.
static bool finds_itself(const knn_drawing *d)
{
    return d->set.same && d->n_centres < d->set.n_from;
}

ia_points ia_knn_draw_neighbours(const knn_drawing *d, size_t worker)
{
    const ia_drawing_room *room = &d->set.rooms[worker];
    return d->set.same && !finds_itself(d) ? (ia_points){room->from, d->set.n_from}
                                           : (ia_points){room->to, d->set.n_to};
}

// Move the centres, at random, to the front of the room's `from`; where they have
// neighbours of their own species, all of these are left in `to`.
static void choose_centres(const knn_drawing *d, const ia_draw *draw, size_t worker)
{
    const ia_drawing_room *room = &d->set.rooms[worker];
    size_t n = 0, n_from = d->set.n_from;
    ia_random places = draw->random;
    ia_random random = ia_random_new(ia_random_u64(&places), draw->number);
    if (d->n_centres == n_from)
        return;
    if (d->set.same)
        memcpy(room->to, room->from, 3 * n_from * sizeof *room->to);
    ia_select(&random, d->n_centres, n_from, room->split);
    for (size_t i = 0; i < n_from; i++)
        if (ia_is_selected(room->split, i))
            memmove(room->from + 3 * n++, room->from + 3 * i, 3 * sizeof *room->from);
}

// Of k + 1 neighbours leave out the first, which is the centre itself; where the others
// are of another species it may be, drawn at its place, or the last goes.
static void leave_out_one(ia_knn *knn, size_t k, bool is_first)
{
    for (size_t i = 0; i < knn->n; i++) {
        const float *from = knn->distance + i * (k + 1);
        memmove(knn->distance + i * k, from + (is_first || !(from[0] > 0)),
                k * sizeof *from);
    }
    knn->k = k;
}

ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *d, const ia_draw *draw,
                             size_t worker, ia_knn *out)
{
    ia_drawing_take(&d->set, draw, worker);
    choose_centres(d, draw, worker);
    bool itself = finds_itself(d);
    ia_points from = {d->set.rooms[worker].from, d->n_centres};
    ia_points to = ia_knn_draw_neighbours(d, worker);
    bool one_more = itself || !d->set.same;
    ia_knn_request request = {.k = d->k + one_more, .same = d->set.same && !itself};
    ia_index *index = NULL;
    ia_status st = ia_index_build(ctx, &to, NULL, &index);
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &from, &request, out);
    if (st == IA_OK && one_more)
        leave_out_one(out, d->k, itself);
    ia_index_free(index);
    return st;
}

ia_status ia_knn_draw(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                      double *values)
{
    const knn_drawing *d = user;
    ia_knn knn = {0};
    ia_status st = ia_knn_draw_search(ctx, d, draw, worker, &knn);
    if (st == IA_OK)
        summarise(d, &knn, values);
    if (st == IA_OK && d->fit_k > 0)
        values[d->k + IA_KNN_BINS] = likelier(d, &knn);
    ia_knn_clear(&knn);
    return st;
}
