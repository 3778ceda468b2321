// src/cluster/shell.c: envelope and erosion: which other ions belong to linked solute
// ions. Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/shell.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 19, NOT_NEAR = -1 };

// An ion without a label near to a core.
typedef struct {
    uint32_t ion;  // of the cloud
    int32_t label; // of the nearest core; NOT_NEAR for matrix beyond the envelope
} neighbour;

typedef struct {
    const ia_cores *cores;
    float envelope2;
    int32_t *label; // (BLOCK) of the nearest core, NOT_NEAR
    bool *near;     // (BLOCK) within envelope + erosion
    bool *touched;  // (n) erosion: a matrix ion is near
} search;

typedef struct {
    neighbour *list;
    size_t n, room;
} neighbours;

static void find_nearest(void *user, size_t worker, size_t query, const uint32_t *points,
                         const float *d2, size_t n)
{
    search *s = user;
    uint32_t best = 0;
    float least = INFINITY;
    (void)worker;
    for (size_t i = 0; i < n; i++)
        if (d2[i] < least || (d2[i] == least && points[i] < best)) {
            least = d2[i];
            best = points[i];
        }
    s->near[query] = n > 0;
    s->label[query] = n > 0 && least < s->envelope2 ? s->cores->label[best] : NOT_NEAR;
}

static ia_status append(ia_ctx *ctx, neighbours *list, neighbour added)
{
    if (list->n == list->room) {
        size_t room = 2 * list->room + 4096;
        neighbour *grown = ia_array(ctx, room, sizeof *grown);
        if (!grown)
            return IA_ERR_MEMORY;
        if (list->n > 0)
            memcpy(grown, list->list, list->n * sizeof *grown);
        free(list->list);
        list->list = grown;
        list->room = room;
    }
    list->list[list->n++] = added;
    return IA_OK;
}

// Ions without a label within envelope + erosion of a core, in file order.
static ia_status collect(ia_ctx *ctx, const ia_cloud *cloud, search *s, double radius,
                         const int32_t *labels, neighbours *out)
{
    ia_points cores = {s->cores->xyz, s->cores->n};
    ia_index *index = NULL;
    ia_status st = ia_index_build(ctx, &cores, NULL, &index);
    for (size_t begin = 0; begin < cloud->n && st == IA_OK; begin += BLOCK) {
        size_t n = cloud->n - begin < BLOCK ? cloud->n - begin : BLOCK;
        ia_points queries = {cloud->xyz + 3 * begin, n};
        memset(s->near, 0, n * sizeof *s->near);
        st = ia_index_each_within(ctx, index, &queries, radius, find_nearest, s);
        for (size_t i = 0; i < n && st == IA_OK; i++)
            if (s->near[i] && labels[cloud->row[begin + i]] < 0)
                st = append(ctx, out, (neighbour){(uint32_t)(begin + i), s->label[i]});
    }
    ia_index_free(index);
    return st;
}

static void touch(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    search *s = user;
    (void)worker;
    (void)points;
    (void)d2;
    s->touched[query] = n > 0;
}

// Positions of the neighbours inside the envelope, or of those beyond it.
static size_t gather(const ia_cloud *cloud, const neighbours *list, bool inside,
                     float *xyz)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if ((list->list[i].label >= 0) == inside)
            memcpy(xyz + 3 * n++, cloud->xyz + 3 * (size_t)list->list[i].ion,
                   3 * sizeof *xyz);
    return n;
}

static ia_status erode(ia_ctx *ctx, const ia_cloud *cloud, const neighbours *list,
                       double erosion, search *s)
{
    float *xyz = ia_array(ctx, 3 * list->n, sizeof *xyz);
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!xyz || !(s->touched = ia_array(ctx, list->n, sizeof *s->touched)))
        goto done;
    ia_points matrix = {xyz, gather(cloud, list, false, xyz)};
    if ((st = ia_index_build(ctx, &matrix, NULL, &index)) != IA_OK)
        goto done;
    ia_points shell = {xyz, gather(cloud, list, true, xyz)};
    if (matrix.n > 0 && shell.n > 0)
        st = ia_index_each_within(ctx, index, &shell, erosion, touch, s);
done:
    ia_index_free(index);
    free(xyz);
    return st;
}

ia_status ia_shell_join(ia_ctx *ctx, const ia_cloud *cloud, const ia_cores *cores,
                        double envelope, double erosion, int32_t *labels)
{
    search s = {.cores = cores, .envelope2 = (float)(envelope * envelope)};
    neighbours list = {0};
    ia_status st = IA_ERR_MEMORY;

    if (!(s.label = ia_array(ctx, BLOCK, sizeof *s.label)) ||
        !(s.near = ia_array(ctx, BLOCK, sizeof *s.near)) ||
        (st = collect(ctx, cloud, &s, envelope + erosion, labels, &list)) != IA_OK ||
        (st = erode(ctx, cloud, &list, erosion, &s)) != IA_OK)
        goto done;
    for (size_t i = 0, shell = 0; i < list.n; i++)
        if (list.list[i].label >= 0 && !s.touched[shell++])
            labels[cloud->row[list.list[i].ion]] = list.list[i].label;
done:
    free(list.list);
    free(s.touched);
    free(s.near);
    free(s.label);
    return st;
}
