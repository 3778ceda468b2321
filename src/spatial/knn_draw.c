// src/spatial/knn_draw.c: one draw of the nearest-neighbour test: the data, or labels at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/knn_populations.h"

#include <math.h>
#include <string.h>

static void summarise(const knn_drawing *d, const ia_knn *knn, double *values)
{
    memset(values, 0, (d->k + KNN_VALUES) * sizeof *values);
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

static double likelier(const knn_drawing *d, const ia_knn *knn)
{
    ia_ball_volumes volumes = {{0}, {0}};
    for (size_t i = 0; i < knn->n; i++)
        ia_ball_volumes_add(&volumes, (double)knn->distance[i * d->k + d->fit_k - 1], 1);
    return ia_populations_fit(&volumes, d->fit_k, NULL).ratio;
}

ia_status ia_knn_draw_search(ia_ctx *ctx, const knn_drawing *d, const ia_draw *draw,
                             size_t worker, ia_knn *out)
{
    const ia_drawing_room *room = &d->set.rooms[worker];
    ia_drawing_take(&d->set, draw, worker);
    ia_points from = {room->from, d->set.n_from}, to = {room->to, d->set.n_to};
    ia_knn_request request = {.k = d->k, .same = d->set.same};
    ia_index *index = NULL;
    ia_status st = ia_index_build(ctx, d->set.same ? &from : &to, NULL, &index);
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &from, &request, out);
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
