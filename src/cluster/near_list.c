// src/cluster/near_list.c: every neighbour of every point, nearest first.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/near_list.h"

#include <math.h>
#include <stdlib.h>

static void count(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    ia_near_list *list = user;
    (void)worker;
    (void)points;
    (void)d2;
    list->start[query + 1] = n - 1; // not itself
}

// Few: by insertion.
static void sort(uint32_t *point, float *d2, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t p = point[i];
        float d = d2[i];
        size_t j = i;
        for (; j > 0 && (d2[j - 1] > d || (d2[j - 1] == d && point[j - 1] > p)); j--) {
            d2[j] = d2[j - 1];
            point[j] = point[j - 1];
        }
        d2[j] = d;
        point[j] = p;
    }
}

static void fill(void *user, size_t worker, size_t query, const uint32_t *points,
                 const float *d2, size_t n)
{
    ia_near_list *list = user;
    size_t at = list->start[query];
    (void)worker;
    for (size_t i = 0; i < n; i++) {
        if (points[i] == query)
            continue;
        list->point[at] = points[i];
        list->d2[at++] = d2[i];
    }
    sort(list->point + list->start[query], list->d2 + list->start[query],
         at - list->start[query]);
}

ia_status ia_near_list_build(ia_ctx *ctx, const ia_points *points, double radius,
                             ia_near_list *out)
{
    ia_near_list list = {.n = points->n};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!(list.start = ia_array(ctx, list.n + 1, sizeof *list.start)) ||
        (st = ia_index_build(ctx, points, NULL, &index)) != IA_OK ||
        (st = ia_index_each_within(ctx, index, points, radius, count, &list)) != IA_OK)
        goto done;
    for (size_t i = 0; i < list.n; i++)
        list.start[i + 1] += list.start[i];
    if (!(list.point = ia_array(ctx, list.start[list.n], sizeof *list.point)) ||
        !(list.d2 = ia_array(ctx, list.start[list.n], sizeof *list.d2))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = ia_index_each_within(ctx, index, points, radius, fill, &list)) == IA_OK) {
        *out = list;
        list = (ia_near_list){0};
    }
done:
    ia_index_free(index);
    ia_near_list_clear(&list);
    return st;
}

void ia_near_list_clear(ia_near_list *list)
{
    free(list->start);
    free(list->point);
    free(list->d2);
    *list = (ia_near_list){0};
}

void ia_near_list_core(const ia_near_list *list, size_t k, float *core)
{
    for (size_t i = 0; i < list->n; i++) {
        bool is_known = list->start[i + 1] - list->start[i] >= k;
        core[i] = k == 0     ? 0
                  : is_known ? sqrtf(list->d2[list->start[i] + k - 1])
                             : INFINITY;
    }
}
