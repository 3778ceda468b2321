// src/cluster/shell.c: envelope and erosion: which other ions belong to linked solute
// ions. Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/shell.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 18, SLABS = 16, LARGE = 1 << 20, NOT_NEAR = -1 };

// An ion without a label near to a core.
typedef struct {
    uint32_t ion;  // of the cloud
    int32_t label; // of the nearest core; NOT_NEAR for matrix beyond the envelope
} neighbour;

typedef struct {
    neighbour *list;
    size_t n, room;
} neighbours;

typedef struct {
    const ia_shell *shell;
    ia_index *index;   // of the cores
    float envelope2;   // nm^2
    uint32_t *ion;     // (BLOCK) queries: their ions and positions
    float *xyz;        // (BLOCK, 3)
    size_t n;          // queries
    int32_t *label;    // (BLOCK) of the nearest core, NOT_NEAR
    bool *near;        // (BLOCK) within envelope + erosion
    bool *touched;     // erosion: a matrix ion is near
    double begin, end; // the slab, nm
} search;

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
    s->label[query] =
        n > 0 && least < s->envelope2 ? s->shell->cores->label[best] : NOT_NEAR;
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

static void mark(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

// Ask for the ions that have come together.
static ia_status ask(ia_ctx *ctx, search *s, neighbours *out)
{
    const ia_shell *shell = s->shell;
    ia_points queries = {s->xyz, s->n};
    if (s->n == 0)
        return IA_OK;
    memset(s->near, 0, s->n * sizeof *s->near);
    ia_status st = ia_index_each_within(
        ctx, s->index, &queries, shell->envelope + shell->erosion, find_nearest, s);
    for (size_t q = 0; q < s->n && st == IA_OK; q++) {
        if (!s->near[q])
            continue;
        mark(shell->near, s->ion[q]);
        st = append(ctx, out, (neighbour){s->ion[q], s->label[q]});
    }
    s->n = 0;
    return st;
}

// Ions without a label within envelope + erosion of a core, of the slab and what touches
// it, in file order.
static ia_status collect(ia_ctx *ctx, search *s, neighbours *out)
{
    const ia_cloud *cloud = s->shell->cloud;
    double least = s->begin - s->shell->erosion, most = s->end + s->shell->erosion;
    ia_status st = IA_OK;
    out->n = s->n = 0;
    for (size_t i = 0; i < cloud->n && st == IA_OK; i++) {
        double z = (double)cloud->xyz[3 * i + 2];
        if (z < least || z > most)
            continue;
        if (s->shell->labels[cloud->row[i]] >= 0) {
            mark(s->shell->near, i);
            continue;
        }
        s->ion[s->n] = (uint32_t)i;
        memcpy(s->xyz + 3 * s->n++, cloud->xyz + 3 * i, 3 * sizeof *s->xyz);
        if (s->n == BLOCK)
            st = ask(ctx, s, out);
    }
    return st == IA_OK ? ask(ctx, s, out) : st;
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

// Inside the envelope, and of the slab itself.
static bool is_candidate(const search *s, const neighbour *ion)
{
    double z = (double)s->shell->cloud->xyz[3 * (size_t)ion->ion + 2];
    return ion->label >= 0 && z >= s->begin && z < s->end;
}

static size_t gather(const search *s, const neighbours *list, bool candidates, float *xyz)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const neighbour *ion = &list->list[i];
        if (candidates ? is_candidate(s, ion) : ion->label < 0)
            memcpy(xyz + 3 * n++, s->shell->cloud->xyz + 3 * (size_t)ion->ion,
                   3 * sizeof *xyz);
    }
    return n;
}

static ia_status erode(ia_ctx *ctx, const neighbours *list, search *s)
{
    float *xyz = ia_array(ctx, 3 * list->n, sizeof *xyz);
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!xyz || !(s->touched = ia_array(ctx, list->n, sizeof *s->touched)))
        goto done;
    ia_points matrix = {xyz, gather(s, list, false, xyz)};
    st = IA_OK;
    if (matrix.n == 0 || (st = ia_index_build(ctx, &matrix, NULL, &index)) != IA_OK)
        goto done;
    ia_points candidates = {xyz, gather(s, list, true, xyz)};
    if (candidates.n > 0)
        st = ia_index_each_within(ctx, index, &candidates, s->shell->erosion, touch, s);
done:
    ia_index_free(index);
    free(xyz);
    return st;
}

// An ion that joins was inside the envelope: it is no matrix for the next slab either.
static ia_status join_slab(ia_ctx *ctx, search *s, neighbours *list)
{
    ia_status st;
    if ((st = collect(ctx, s, list)) == IA_OK && (st = erode(ctx, list, s)) == IA_OK)
        for (size_t i = 0, c = 0; i < list->n; i++) {
            const neighbour *ion = &list->list[i];
            if (is_candidate(s, ion) && !s->touched[c++])
                s->shell->labels[s->shell->cloud->row[ion->ion]] = ion->label;
        }
    free(s->touched);
    s->touched = NULL;
    return st;
}

ia_status ia_shell_join(ia_ctx *ctx, const ia_shell *shell)
{
    const ia_cloud *cloud = shell->cloud;
    search s = {.shell = shell, .envelope2 = (float)(shell->envelope * shell->envelope)};
    ia_points cores = {shell->cores->xyz, shell->cores->n};
    size_t n_slabs = cloud->n > LARGE ? SLABS : 1;
    double depth = (cloud->z_most - cloud->z_least) / (double)n_slabs;
    neighbours list = {0};
    ia_status st = IA_ERR_MEMORY;

    if (!(s.ion = ia_array(ctx, BLOCK, sizeof *s.ion)) ||
        !(s.xyz = ia_array(ctx, 3 * (size_t)BLOCK, sizeof *s.xyz)) ||
        !(s.label = ia_array(ctx, BLOCK, sizeof *s.label)) ||
        !(s.near = ia_array(ctx, BLOCK, sizeof *s.near)) ||
        (st = ia_index_build(ctx, &cores, NULL, &s.index)) != IA_OK)
        goto done;
    for (size_t slab = 0; slab < n_slabs && st == IA_OK; slab++) {
        s.begin = cloud->z_least + (double)slab * depth;
        s.end = slab + 1 < n_slabs ? s.begin + depth : INFINITY;
        st = join_slab(ctx, &s, &list);
    }
done:
    ia_index_free(s.index);
    free(list.list);
    free(s.near);
    free(s.label);
    free(s.xyz);
    free(s.ion);
    return st;
}
