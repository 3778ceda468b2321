// src/spatial/tree.c: a balanced tree of points, for those that no size of cell suits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAF = 16 };

// Points [begin, end) of a node are split at the middle one along `axis`: left of it none
// lies beyond `value`, right of it none before. Children of node i are 2 i + 1 and 2 i
// + 2.
typedef struct {
    float value;
    int32_t axis;
} split;

struct ia_tree {
    size_t n;
    float *xyz;      // (n, 3) nm, in the order of the tree
    uint32_t *point; // (n) numbers in the caller's list
    split *splits;
};

static size_t count_nodes(size_t n)
{
    size_t nodes = 1;
    for (size_t width = n; width > LEAF; width = (width + 1) / 2)
        nodes = 2 * nodes + 1;
    return nodes;
}

static int32_t widest_axis(const ia_points *points, const uint32_t *point, size_t n)
{
    int32_t axis = 0;
    float widest = -1;
    for (int32_t k = 0; k < 3; k++) {
        float low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            float v = points->xyz[3 * (size_t)point[i] + (size_t)k];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        if (high - low > widest) {
            widest = high - low;
            axis = k;
        }
    }
    return axis;
}

static float at(const ia_points *points, uint32_t point, int32_t axis)
{
    return points->xyz[3 * (size_t)point + (size_t)axis];
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

// Bring the point of rank `middle` along the axis to its place (Hoare's selection).
static void select_middle(const ia_points *points, uint32_t *point, size_t n,
                          size_t middle, int32_t axis)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        float pivot = at(points, point[low + (high - low) / 2], axis);
        size_t i = low, j = high;
        for (;;) {
            while (at(points, point[i], axis) < pivot)
                i++;
            while (at(points, point[j], axis) > pivot)
                j--;
            if (i >= j)
                break;
            swap(&point[i++], &point[j--]);
        }
        // [low, j] <= pivot <= [j + 1, high]; i == j can leave the pivot itself at j.
        if (i == j && at(points, point[j], axis) > pivot)
            j--;
        if (middle <= j)
            high = j;
        else
            low = j + 1;
    }
}

static void split_node(ia_tree *tree, const ia_points *points, size_t node, size_t begin,
                       size_t end)
{
    if (end - begin <= LEAF)
        return;
    size_t middle = begin + (end - begin) / 2;
    int32_t axis = widest_axis(points, tree->point + begin, end - begin);
    select_middle(points, tree->point + begin, end - begin, middle - begin, axis);
    tree->splits[node] = (split){at(points, tree->point[middle], axis), axis};
    split_node(tree, points, 2 * node + 1, begin, middle);
    split_node(tree, points, 2 * node + 2, middle, end);
}

ia_status ia_tree_build(ia_ctx *ctx, const ia_points *points, ia_tree **out)
{
    ia_tree *tree = ia_array(ctx, 1, sizeof *tree);
    if (!tree)
        return IA_ERR_MEMORY;
    tree->n = points->n;
    if (!(tree->xyz = ia_array(ctx, points->n, 3 * sizeof *tree->xyz)) ||
        !(tree->point = ia_array(ctx, points->n, sizeof *tree->point)) ||
        !(tree->splits = ia_array(ctx, count_nodes(points->n), sizeof *tree->splits))) {
        ia_tree_free(tree);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < points->n; i++)
        tree->point[i] = (uint32_t)i;
    split_node(tree, points, 0, 0, points->n);
    for (size_t i = 0; i < points->n; i++)
        memcpy(tree->xyz + 3 * i, points->xyz + 3 * (size_t)tree->point[i],
               3 * sizeof(float));
    *out = tree;
    return IA_OK;
}

void ia_tree_free(ia_tree *tree)
{
    if (!tree)
        return;
    free(tree->xyz);
    free(tree->point);
    free(tree->splits);
    free(tree);
}

typedef struct {
    const ia_tree *tree;
    const float *query;
    size_t k;
    int64_t skip, *keys;
} nearest;

static float squared(const float a[3], const float b[3])
{
    float dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
    return dx * dx + dy * dy + dz * dz;
}

static void insert(nearest *s, int64_t key)
{
    size_t i = s->k - 1;
    if (key >= s->keys[i])
        return;
    for (; i > 0 && s->keys[i - 1] > key; i--)
        s->keys[i] = s->keys[i - 1];
    s->keys[i] = key;
}

static void visit_nearest(nearest *s, size_t node, size_t begin, size_t end)
{
    const ia_tree *tree = s->tree;
    if (end - begin <= LEAF) {
        for (size_t i = begin; i < end; i++)
            if ((int64_t)tree->point[i] != s->skip)
                insert(s,
                       ia_near_key(squared(tree->xyz + 3 * i, s->query), tree->point[i]));
        return;
    }
    size_t middle = begin + (end - begin) / 2;
    split sp = tree->splits[node];
    float beyond = s->query[sp.axis] - sp.value;
    bool left = beyond < 0;
    visit_nearest(s, 2 * node + (left ? 1 : 2), left ? begin : middle,
                  left ? middle : end);
    int64_t last = s->keys[s->k - 1];
    if (last == INT64_MAX || beyond * beyond < ia_near_d2(last))
        visit_nearest(s, 2 * node + (left ? 2 : 1), left ? middle : begin,
                      left ? end : middle);
}

void ia_tree_nearest(const ia_tree *tree, const float query[3], size_t k, int64_t skip,
                     int64_t *keys)
{
    visit_nearest(&(nearest){tree, query, k, skip, keys}, 0, 0, tree->n);
}

typedef struct {
    const ia_tree *tree;
    const float *query;
    float r2;
    uint32_t *points;
    float *d2;
    size_t n, room;
} within;

static void visit_within(within *s, size_t node, size_t begin, size_t end)
{
    const ia_tree *tree = s->tree;
    if (end - begin <= LEAF) {
        for (size_t i = begin; i < end; i++) {
            float d2 = squared(tree->xyz + 3 * i, s->query);
            if (!(d2 < s->r2))
                continue;
            if (s->n < s->room) {
                s->points[s->n] = tree->point[i];
                s->d2[s->n] = d2;
            }
            s->n++;
        }
        return;
    }
    size_t middle = begin + (end - begin) / 2;
    split sp = tree->splits[node];
    float beyond = s->query[sp.axis] - sp.value;
    bool near = beyond * beyond < s->r2;
    if (beyond <= 0 || near)
        visit_within(s, 2 * node + 1, begin, middle);
    if (beyond >= 0 || near)
        visit_within(s, 2 * node + 2, middle, end);
}

size_t ia_tree_within(const ia_tree *tree, const float query[3], float r2,
                      uint32_t *points, float *d2, size_t room)
{
    within s = {tree, query, r2, points, d2, 0, room};
    visit_within(&s, 0, 0, tree->n);
    return s.n;
}

static void add_to_box(const ia_tree *tree, ia_tree_box *box, size_t i)
{
    const float *xyz = tree->xyz + 3 * i;
    for (size_t k = 0; k < 3; k++)
        if ((double)xyz[k] < box->low[k] || (double)xyz[k] > box->high[k])
            return;
    if (box->take && !box->take[tree->point[i]])
        return;
    if (box->n < box->room) {
        box->x[box->n] = xyz[0];
        box->y[box->n] = xyz[1];
        box->z[box->n] = xyz[2];
        box->point[box->n] = tree->point[i];
    }
    box->n++;
}

static void visit_box(const ia_tree *tree, ia_tree_box *box, size_t node, size_t begin,
                      size_t end)
{
    if (end - begin <= LEAF) {
        for (size_t i = begin; i < end; i++)
            add_to_box(tree, box, i);
        return;
    }
    size_t middle = begin + (end - begin) / 2;
    split sp = tree->splits[node];
    if (box->low[sp.axis] <= (double)sp.value)
        visit_box(tree, box, 2 * node + 1, begin, middle);
    if (box->high[sp.axis] >= (double)sp.value)
        visit_box(tree, box, 2 * node + 2, middle, end);
}

size_t ia_tree_in_box(const ia_tree *tree, ia_tree_box *box)
{
    box->n = 0;
    visit_box(tree, box, 0, 0, tree->n);
    return box->n;
}
