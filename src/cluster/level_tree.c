// src/cluster/level_tree.c: the tree of components of a field over all levels, and which
// of them do not overlap and hold most beyond chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/level_tree.h"
#include "cluster/scan.h"
#include "core/radix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Voxels by falling share of solute: node i of the tree is the component that voxel
// order[i] completes.
typedef struct {
    const ia_level_task *task;
    uint32_t *order;  // (n) voxel
    uint32_t *parent; // (n) node that takes it up; itself: none
    uint32_t *root;   // (n) some node on the way to the latest of its component
    float *ions;      // (n) of the component
    float *solute;    // (n) likewise
    double *best;     // (n) largest sum of what lies beyond chance, of disjoint nodes
    bool *is_whole;   // (n) the node itself is that, not those below it
    uint32_t *node;   // (voxels) node that the voxel completes
    float *counts;    // (voxels) solute ions in each
    size_t n;
} tree;

static void clear(tree *t)
{
    free(t->order);
    free(t->parent);
    free(t->root);
    free(t->ions);
    free(t->solute);
    free(t->best);
    free(t->is_whole);
    free(t->node);
    free(t->counts);
}

// Solute ions on the grid, and their share once both are smoothed alike.
static ia_status measure_shares(ia_ctx *ctx, tree *t, float *value)
{
    const ia_level_grid *g = t->task->grid;
    const ia_taps taps[3] = {g->taps, g->taps, g->taps};
    size_t n = ia_voxels_count(&g->voxels);
    for (size_t i = 0; i < t->task->n; i++)
        t->counts[ia_level_voxel(&g->voxels, t->task->xyz + 3 * i)]++;
    memcpy(value, t->counts, n * sizeof *value);
    ia_status st = ia_blur(ctx, &g->voxels, taps, value);
    float share = (float)t->task->share;
    for (size_t v = 0; v < n; v++)
        value[v] = g->all[v] > 0 ? value[v] / (share * g->all[v]) : 0;
    return st;
}

// Bits of a float that is not negative, so that larger ones come first.
static uint64_t falling(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return UINT32_MAX - bits;
}

// Voxels with more than the share of the whole, richest first.
static ia_status sort_voxels(ia_ctx *ctx, tree *t, const float *value)
{
    const ia_level_task *task = t->task;
    size_t n = ia_voxels_count(&task->grid->voxels), at = 0;
    float mean = (float)((double)task->n / (task->share * task->grid->n));
    ia_status st = IA_ERR_MEMORY;
    uint64_t *keys;
    for (size_t v = 0; v < n; v++)
        t->n += value[v] > mean;
    uint32_t *voxels = ia_array(ctx, t->n, sizeof *voxels);
    keys = ia_array(ctx, t->n, sizeof *keys);
    if (!voxels || !keys || !(t->order = ia_array(ctx, t->n, sizeof *t->order)))
        goto done;
    for (size_t v = 0; v < n; v++)
        if (value[v] > mean) {
            voxels[at] = (uint32_t)v;
            keys[at++] = falling(value[v]);
        }
    st = ia_radix_sort(ctx, keys, t->n, 32, t->order);
    for (size_t i = 0; st == IA_OK && i < t->n; i++)
        t->order[i] = voxels[t->order[i]];
done:
    free(keys);
    free(voxels);
    return st;
}

static ia_status make_room(ia_ctx *ctx, tree *t)
{
    size_t n = t->n;
    return (t->parent = ia_array(ctx, n, sizeof *t->parent)) &&
                   (t->root = ia_array(ctx, n, sizeof *t->root)) &&
                   (t->ions = ia_array(ctx, n, sizeof *t->ions)) &&
                   (t->solute = ia_array(ctx, n, sizeof *t->solute)) &&
                   (t->best = ia_array(ctx, n, sizeof *t->best)) &&
                   (t->is_whole = ia_array(ctx, n, sizeof *t->is_whole))
               ? IA_OK
               : IA_ERR_MEMORY;
}

static uint32_t find(uint32_t *root, uint32_t i)
{
    while (root[i] != i) {
        root[i] = root[root[i]];
        i = root[i];
    }
    return i;
}

static size_t class_of(double ions)
{
    int power = ilogb(fmax(ions, 1)) + 1;
    return power < LEVEL_CLASSES ? (size_t)power : LEVEL_CLASSES - 1;
}

// What a component says once it is complete.
static ia_level_object look_at(const tree *t, size_t i)
{
    const ia_level_task *task = t->task;
    double k = (double)t->solute[i], n = task->share * (double)t->ions[i];
    double N = task->share * task->grid->n, K = (double)task->n;
    ia_level_object o = {.k = k, .n = n, .expected = n * K / N};
    if (!(k > o.expected) || k < 3)
        return o;
    o.ratio = ia_scan_ratio(k, n, K, N);
    if (task->chance) {
        size_t c = class_of(n);
        o.score = fmax(0, (o.ratio - task->chance->place[c]) / task->chance->width[c]);
    }
    return o;
}

// Take up the components beside a voxel: the sum of their best.
static double join(tree *t, uint32_t i)
{
    const ia_voxels *v = &t->task->grid->voxels;
    const size_t step[3] = {1, v->n[0], v->n[0] * v->n[1]};
    uint32_t voxel = t->order[i];
    double below = 0;
    for (size_t side = 0; side < 6; side++) {
        size_t beside = side % 2 ? voxel + step[side / 2] : voxel - step[side / 2];
        if (t->node[beside] >= i) // not yet, or never
            continue;
        uint32_t own = find(t->root, t->node[beside]);
        if (own == i)
            continue;
        t->root[own] = t->parent[own] = i;
        t->ions[i] += t->ions[own];
        t->solute[i] += t->solute[own];
        below += t->best[own];
    }
    return below;
}

static void grow(tree *t, ia_level_objects *out)
{
    const ia_level_task *task = t->task;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t voxel = t->order[i];
        t->root[i] = t->parent[i] = i;
        t->ions[i] = task->grid->ions[voxel];
        t->solute[i] = t->counts[voxel];
        double below = join(t, i);
        ia_level_object o = look_at(t, i);
        size_t c = class_of(o.n);
        out->largest[c] = fmax(out->largest[c], o.ratio);
        out->peak = fmax(out->peak, o.score);
        double own = task->chance && o.score >= task->least && o.score > 0
                         ? o.ratio - task->chance->place[c]
                         : 0;
        t->is_whole[i] = own > 0 && own >= below;
        t->best[i] = fmax(own, below);
    }
    for (size_t c = 1; c < LEVEL_CLASSES; c++)
        out->largest[c] = fmax(out->largest[c], out->largest[c - 1]);
}

// From the last component on: whole, or what lies in it.
static ia_status pick(ia_ctx *ctx, const tree *t, ia_level_objects *out)
{
    size_t n = 0, room = 0;
    for (size_t i = 0; i < t->n; i++)
        room += t->is_whole[i];
    if (!(out->objects = ia_array(ctx, room, sizeof *out->objects)))
        return IA_ERR_MEMORY;
    for (size_t i = t->n; i-- > 0;) {
        uint32_t voxel = t->order[i], above = t->parent[i];
        int32_t label = above == i ? -1 : out->label[t->order[above]];
        if (label < 0 && t->is_whole[i]) {
            label = (int32_t)n;
            out->objects[n] = look_at(t, i);
            out->objects[n++].level = (double)out->value[voxel];
        }
        out->label[voxel] = label;
    }
    out->n = n;
    return IA_OK;
}

ia_status ia_level_tree_cut(ia_ctx *ctx, const ia_level_task *task, ia_level_objects *out)
{
    size_t n = ia_voxels_count(&task->grid->voxels);
    ia_level_objects o = {.peak = 0};
    tree t = {.task = task};
    ia_status st = IA_ERR_MEMORY;
    if (!(t.counts = ia_array(ctx, n, sizeof *t.counts)) ||
        !(t.node = ia_array(ctx, n, sizeof *t.node)) ||
        !(o.value = ia_array(ctx, n, sizeof *o.value)) ||
        !(o.label = ia_array(ctx, n, sizeof *o.label)) ||
        (st = measure_shares(ctx, &t, o.value)) != IA_OK ||
        (st = sort_voxels(ctx, &t, o.value)) != IA_OK ||
        (st = make_room(ctx, &t)) != IA_OK)
        goto done;
    memset(t.node, 0xff, n * sizeof *t.node);
    memset(o.label, 0xff, n * sizeof *o.label);
    for (size_t i = 0; i < t.n; i++)
        t.node[t.order[i]] = (uint32_t)i;
    grow(&t, &o);
    if (task->chance && (st = pick(ctx, &t, &o)) != IA_OK)
        goto done;
    *out = o;
    o = (ia_level_objects){.peak = 0};
done:
    clear(&t);
    ia_level_objects_clear(&o);
    return st;
}

void ia_level_objects_clear(ia_level_objects *objects)
{
    free(objects->objects);
    free(objects->value);
    free(objects->label);
    *objects = (ia_level_objects){.peak = 0};
}
