// src/spatial/knn_draw.c: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"

#include <math.h>
#include <string.h>

static void copy_point(float *to, size_t i, const float *xyz, size_t point)
{
    memcpy(to + 3 * i, xyz + 3 * point, 3 * sizeof(float));
}

typedef struct {
    const uint32_t *places;
    size_t n;
} list;

// m ions of a list, at random where it holds more.
static void take_listed(const knn_drawing *d, list from, size_t m, ia_random *random,
                        knn_room *room, float *out)
{
    size_t n = 0;
    if (m == from.n) {
        for (; n < m; n++)
            copy_point(out, n, d->xyz, from.places[n]);
        return;
    }
    ia_select(random, m, from.n, room->bits);
    for (size_t i = 0; i < from.n; i++)
        if (ia_is_selected(room->bits, i))
            copy_point(out, n++, d->xyz, from.places[i]);
}

// As many ions as the species have, at places drawn among all ranged ions.
static void take_anywhere(const knn_drawing *d, ia_random *random, knn_room *room)
{
    size_t m = d->same ? d->n_from : d->n_from + d->n_to, n = 0, n_from = 0, n_to = 0;
    ia_select(random, m, d->n, room->bits);
    ia_select(random, d->n_from, m, room->split);
    for (size_t word = 0; word < ia_select_words(d->n); word++)
        for (uint64_t left = room->bits[word]; left; left &= left - 1) {
            size_t point = 64 * word + (size_t)__builtin_ctzll(left);
            if (ia_is_selected(room->split, n++))
                copy_point(room->from, n_from++, d->xyz, point);
            else
                copy_point(room->to, n_to++, d->xyz, point);
        }
}

static void draw_points(const knn_drawing *d, const ia_draw *draw, knn_room *room)
{
    ia_random random = draw->random;
    if (draw->number > 0) {
        take_anywhere(d, &random, room);
        return;
    }
    list from = {d->list_from, d->n_list_from}, to = {d->list_to, d->n_list_to};
    take_listed(d, from, d->n_from, &random, room, room->from);
    if (!d->same)
        take_listed(d, to, d->n_to, &random, room, room->to);
}

static void summarise(const knn_drawing *d, const ia_knn *knn, double *values)
{
    memset(values, 0, (d->k + IA_KNN_BINS) * sizeof *values);
    double per_bin = (double)knn->n * d->r_max / IA_KNN_BINS; // counts to density per nm
    for (size_t i = 0; i < knn->n; i++) {
        const float *distance = knn->distance + i * d->k;
        for (size_t j = 0; j < d->k; j++)
            values[j] += (double)distance[j];
        double at =
            d->r_max > 0 ? (double)distance[0] / d->r_max * IA_KNN_BINS : IA_KNN_BINS;
        if (at < IA_KNN_BINS)
            values[d->k + (size_t)at] += 1 / per_bin;
    }
    for (size_t j = 0; j < d->k; j++)
        values[j] /= (double)knn->n;
}

ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *d, const ia_draw *draw,
                             size_t worker, ia_knn *out)
{
    knn_room *room = &d->rooms[worker];
    draw_points(d, draw, room);
    ia_points from = {room->from, d->n_from}, to = {room->to, d->n_to};
    ia_knn_request request = {.k = d->k, .same = d->same};
    ia_index *index = NULL;
    ia_status st = ia_index_build(ctx, d->same ? &from : &to, NULL, &index);
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &from, &request, out);
    ia_index_free(index);
    return st;
}

bool ia_knn_draw(void *user, const ia_draw *draw, size_t worker, double *values)
{
    const knn_drawing *d = user;
    ia_knn knn = {0};
    ia_status st = ia_knn_draw_search(NULL, d, draw, worker, &knn);
    if (st == IA_OK)
        summarise(d, &knn, values);
    ia_knn_clear(&knn);
    return st == IA_OK;
}
