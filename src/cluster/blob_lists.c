// src/cluster/blob_lists.c: the points near each blob, and how dense it is there.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/blob_lists.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

static const double reach = 4; // widths; 1.1e-3 of a Gaussian's points lie beyond

typedef struct {
    ia_blob_lists *lists;
    const ia_blob *blobs;
    double volume;
    bool is_counting;
} job;

typedef struct {
    job *job;
    const ia_blob *blob;
    float at[3];
    double most2; // squared distance
    size_t to;    // place of the next entry
} walk;

double ia_blob_density(const ia_blob *blob, double volume, const float at[3])
{
    double w = blob->width, d2 = 0;
    for (int d = 0; d < 3; d++)
        d2 += (at[d] - blob->centre[d]) * (at[d] - blob->centre[d]);
    if (d2 > reach * reach * w * w)
        return 0;
    double peak = blob->points * volume / (pow(2 * M_PI, 1.5) * w * w * w * blob->level);
    return peak * exp(-0.5 * d2 / (w * w));
}

static void visit_points(walk *w, size_t begin, size_t end)
{
    const ia_boxes *b = &w->job->lists->boxes;
    for (size_t i = begin; i < end; i++) {
        const float at[3] = {b->x[i], b->y[i], b->z[i]};
        double d2 = 0;
        for (int d = 0; d < 3; d++)
            d2 += (at[d] - w->blob->centre[d]) * (at[d] - w->blob->centre[d]);
        if (d2 > w->most2)
            continue;
        if (!w->job->is_counting) {
            w->job->lists->point[w->to] = b->point[i];
            w->job->lists->density[w->to] = ia_blob_density(w->blob, w->job->volume, at);
        }
        w->to++;
    }
}

static void visit(walk *w, size_t level, size_t box)
{
    const ia_boxes *b = &w->job->lists->boxes;
    size_t begin, end;
    ia_box_children(b, level, box, &begin, &end);
    if (level == 0) {
        visit_points(w, begin, end);
        return;
    }
    ia_box around = {{w->at[0], w->at[1], w->at[2]}, {w->at[0], w->at[1], w->at[2]}};
    for (size_t i = begin; i < end; i++) {
        ia_box below = ia_box_of(b, level - 1, i);
        if ((double)ia_box_gap2(&below, &around) <= w->most2 * (1 + 1e-5))
            visit(w, level - 1, i);
    }
}

static void visit_blob(void *user, size_t k, size_t worker)
{
    job *j = user;
    const ia_blob *blob = &j->blobs[k];
    double width = blob->width;
    (void)worker;
    walk w = {j,
              blob,
              {0},
              reach * reach * width * width,
              j->is_counting ? 0 : j->lists->start[k]};
    for (int d = 0; d < 3; d++)
        w.at[d] = (float)blob->centre[d];
    visit(&w, j->lists->boxes.n_levels - 1, 0);
    if (j->is_counting)
        j->lists->start[k + 1] = w.to;
}

ia_status ia_blob_lists_begin(ia_ctx *ctx, const ia_points *points, ia_blob_lists *out)
{
    return ia_boxes_build(ctx, points, &out->boxes);
}

static ia_status make_starts(ia_ctx *ctx, size_t n_blobs, ia_blob_lists *lists)
{
    if (lists->start && n_blobs <= lists->blob_room)
        return IA_OK;
    free(lists->start);
    lists->blob_room = n_blobs;
    lists->start = ia_array(ctx, n_blobs + 1, sizeof *lists->start);
    return lists->start ? IA_OK : IA_ERR_MEMORY;
}

static ia_status make_entries(ia_ctx *ctx, size_t n, ia_blob_lists *lists)
{
    if (lists->point && n <= lists->room)
        return IA_OK;
    free(lists->point);
    free(lists->density);
    lists->density = NULL;
    lists->room = n + n / 8;
    lists->point = ia_array(ctx, lists->room, sizeof *lists->point);
    lists->density =
        lists->point ? ia_array(ctx, lists->room, sizeof *lists->density) : NULL;
    return lists->density ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_blob_lists_fill(ia_ctx *ctx, const ia_blob *blobs, size_t n_blobs,
                             double volume, ia_blob_lists *lists)
{
    job j = {lists, blobs, volume, true};
    ia_status st = make_starts(ctx, n_blobs, lists);
    if (st != IA_OK)
        return st;
    lists->start[0] = 0;
    if ((st = ia_for(ctx, NULL, n_blobs, visit_blob, &j)) != IA_OK)
        return st;
    for (size_t k = 0; k < n_blobs; k++)
        lists->start[k + 1] += lists->start[k];
    if ((st = make_entries(ctx, lists->start[n_blobs], lists)) != IA_OK)
        return st;
    j.is_counting = false;
    return ia_for(ctx, NULL, n_blobs, visit_blob, &j);
}

void ia_blob_lists_clear(ia_blob_lists *lists)
{
    ia_boxes_clear(&lists->boxes);
    free(lists->start);
    free(lists->point);
    free(lists->density);
    *lists = (ia_blob_lists){0};
}
