// src/cluster/hdbscan.c: what separates when links are cut, and its most persistent
// branches. Uses boxes of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hdbscan.h>

#include "spatial/boxes.h"
#include "cluster/spanning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_hdbscan_params, min_size, "", 10, 2, 1e9,
             "points of the smallest cluster"),
    IA_FIELD(IA_SIZE, ia_hdbscan_params, min_samples, "", 0, 0, 10000,
             "the core distance is that to so many others; 0: as min_size"),
    IA_FIELD(IA_BOOL, ia_hdbscan_params, allow_single, "", 0, 0, 1,
             "all points may be one cluster"),
};
const ia_method ia_hdbscan_method =
    IA_METHOD("hdbscan", "Clusters of any density (HDBSCAN)", ia_hdbscan_params, fields);

ia_hdbscan_params ia_hdbscan_defaults(void)
{
    ia_hdbscan_params params;
    ia_method_defaults(&ia_hdbscan_method, &params);
    return params;
}

// What two parts become when a span joins them, numbered by rising distance. Parts below
// n are points, n + i is what span i makes.
typedef struct {
    uint32_t left, right, size;
} joint;

static uint32_t find(uint32_t *up, uint32_t i)
{
    while (up[i] != i) {
        up[i] = up[up[i]];
        i = up[i];
    }
    return i;
}

static ia_status make_joints(ia_ctx *ctx, const ia_hdbscan *h, joint *joints)
{
    size_t n = h->n;
    uint32_t *up = ia_array(ctx, n, sizeof *up), *top = ia_array(ctx, n, sizeof *top);
    if (!up || !top) {
        free(up);
        free(top);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        top[i] = up[i] = (uint32_t)i;
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t a = find(up, h->spans[i].a), b = find(up, h->spans[i].b);
        uint32_t left = top[a], right = top[b];
        uint32_t size_left = left < n ? 1 : joints[left - n].size;
        uint32_t size_right = right < n ? 1 : joints[right - n].size;
        joints[i] = (joint){left, right, size_left + size_right};
        uint32_t kept = size_left < size_right ? b : a;
        up[size_left < size_right ? a : b] = kept;
        top[kept] = (uint32_t)(n + i);
    }
    free(up);
    free(top);
    return IA_OK;
}

// Points at one place are as near as the nearest that are not.
static double least_distance(const ia_hdbscan *h)
{
    for (size_t i = 0; i + 1 < h->n; i++)
        if (h->spans[i].distance > 0)
            return h->spans[i].distance;
    return 1;
}

typedef struct {
    ia_hdbscan *h;
    const joint *joints;
    size_t min_size, room;
    uint32_t *branch; // (n - 1) that each joint belongs to
    float *fallen;    // (n - 1) density at which it fell out; 0: it did not
} condensing;

static ia_status add_branch(ia_ctx *ctx, condensing *c, const ia_hdbscan_branch *branch)
{
    ia_hdbscan *h = c->h;
    if (h->n_branches == c->room) {
        size_t room = 2 * c->room + 64;
        ia_hdbscan_branch *more = ia_array(ctx, room, sizeof *more);
        if (!more)
            return IA_ERR_MEMORY;
        if (h->n_branches > 0)
            memcpy(more, h->branches, h->n_branches * sizeof *more);
        free(h->branches);
        h->branches = more;
        c->room = room;
    }
    h->branches[h->n_branches++] = *branch;
    return IA_OK;
}

static uint32_t size_of(const condensing *c, uint32_t part)
{
    return part < c->h->n ? 1 : c->joints[part - c->h->n].size;
}

// A part goes on in a branch, or falls out of it at a density.
static void hand_down(condensing *c, uint32_t part, uint32_t branch, float fallen)
{
    size_t n = c->h->n;
    if (part < n) {
        c->h->branch[part] = branch;
        c->h->density[part] = fallen;
    } else {
        c->branch[part - n] = branch;
        c->fallen[part - n] = fallen;
    }
}

// What becomes of the two parts of joint i where it comes apart.
static ia_status split(ia_ctx *ctx, condensing *c, size_t i, double density)
{
    const joint *j = &c->joints[i];
    const uint32_t parts[2] = {j->left, j->right};
    uint32_t branch = c->branch[i];
    bool is_large[2] = {size_of(c, j->left) >= c->min_size,
                        size_of(c, j->right) >= c->min_size};
    for (int k = 0; k < 2; k++) {
        uint32_t to = branch;
        if (is_large[0] && is_large[1]) {
            ia_hdbscan_branch child = {branch, size_of(c, parts[k]), density, 0, -1};
            ia_status st = add_branch(ctx, c, &child);
            if (st != IA_OK)
                return st;
            to = (uint32_t)(c->h->n_branches - 1);
        }
        hand_down(c, parts[k], to, is_large[k] ? 0 : (float)density);
    }
    return IA_OK;
}

// From the longest span down: joints have higher numbers than their parts.
static ia_status condense(ia_ctx *ctx, condensing *c)
{
    ia_hdbscan *h = c->h;
    double least = least_distance(h);
    ia_hdbscan_branch root = {0, (uint32_t)h->n, 0, 0, -1};
    ia_status st = add_branch(ctx, c, &root);
    for (size_t i = h->n - 1; i-- > 0 && st == IA_OK;) {
        if (c->fallen[i] > 0) {
            hand_down(c, c->joints[i].left, c->branch[i], c->fallen[i]);
            hand_down(c, c->joints[i].right, c->branch[i], c->fallen[i]);
        } else {
            st = split(ctx, c, i, 1 / fmax((double)h->spans[i].distance, least));
        }
    }
    return st;
}

// Each array as late as it is needed: all together would be the most that is ever held.
static ia_status make_branches(ia_ctx *ctx, const ia_hdbscan_params *p, ia_hdbscan *h)
{
    joint *joints = ia_array(ctx, h->n, sizeof *joints);
    condensing c = {.h = h, .joints = joints, .min_size = p->min_size};
    ia_status st = joints ? make_joints(ctx, h, joints) : IA_ERR_MEMORY;
    if (st == IA_OK && (!(c.branch = ia_array(ctx, h->n, sizeof *c.branch)) ||
                        !(c.fallen = ia_array(ctx, h->n, sizeof *c.fallen)) ||
                        !(h->branch = ia_array(ctx, h->n, sizeof *h->branch)) ||
                        !(h->density = ia_array(ctx, h->n, sizeof *h->density))))
        st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = condense(ctx, &c);
    free(joints);
    free(c.branch);
    free(c.fallen);
    return st;
}

// Excess of mass: how long its points stay in a branch, in density. Of points the birth
// is rounded as their own densities are: what falls out as it is born adds nothing.
static void weigh(ia_hdbscan *h)
{
    for (size_t i = 0; i < h->n; i++) {
        ia_hdbscan_branch *b = &h->branches[h->branch[i]];
        b->stability += (double)(h->density[i] - (float)b->birth);
    }
    for (size_t i = 1; i < h->n_branches; i++) {
        const ia_hdbscan_branch *b = &h->branches[i];
        ia_hdbscan_branch *above = &h->branches[b->parent];
        above->stability += (b->birth - above->birth) * b->size;
    }
}

// A branch is selected when its mass is no less than that of what it comes apart into;
// what is above a selected one is not. `below` is the most that branches of each make.
static ia_status select_branches(ia_ctx *ctx, bool allow_single, ia_hdbscan *h)
{
    size_t n = h->n_branches;
    double *below = ia_array(ctx, n, sizeof *below);
    uint32_t *within = ia_array(ctx, n, sizeof *within); // selected one around, plus 1
    bool *is_chosen = ia_array(ctx, n, sizeof *is_chosen);
    ia_status st = below && within && is_chosen ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = n; i-- > 0 && st == IA_OK;) {
        ia_hdbscan_branch *b = &h->branches[i];
        is_chosen[i] = (i > 0 || allow_single) && b->stability >= below[i];
        if (i > 0)
            below[b->parent] += is_chosen[i] ? b->stability : below[i];
    }
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        uint32_t above = i > 0 ? within[h->branches[i].parent] : 0;
        if (above == 0 && is_chosen[i]) {
            h->branches[i].label = (int32_t)h->n_clusters++;
            above = (uint32_t)i + 1;
        }
        within[i] = above;
    }
    for (size_t i = 0; i < h->n && st == IA_OK; i++) {
        uint32_t chosen = within[h->branch[i]];
        h->label[i] = chosen > 0 ? h->branches[chosen - 1].label : -1;
    }
    free(below);
    free(within);
    free(is_chosen);
    return st;
}

// The densest that falls out of a cluster itself has strength 1, as what is denser in its
// branches.
static ia_status find_strengths(ia_ctx *ctx, ia_hdbscan *h)
{
    double *most = ia_array(ctx, h->n_clusters, sizeof *most);
    if (!most)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < h->n; i++)
        if (h->branches[h->branch[i]].label >= 0)
            most[h->label[i]] = fmax(most[h->label[i]], h->density[i]);
    for (size_t i = 1; i < h->n_branches; i++) {
        int32_t label = h->branches[h->branches[i].parent].label;
        if (label >= 0)
            most[label] = fmax(most[label], h->branches[i].birth);
    }
    for (size_t i = 0; i < h->n; i++)
        if (h->label[i] >= 0 && most[h->label[i]] > 0)
            h->strength[i] = (float)fmin(1, h->density[i] / most[h->label[i]]);
    free(most);
    return IA_OK;
}

// Too few points: all fall out of the root at once.
static ia_status find_none(ia_ctx *ctx, ia_hdbscan *h)
{
    if (!(h->branches = ia_array(ctx, 1, sizeof *h->branches)) ||
        !(h->spans = ia_array(ctx, 0, sizeof *h->spans)) ||
        !(h->branch = ia_array(ctx, h->n, sizeof *h->branch)) ||
        !(h->density = ia_array(ctx, h->n, sizeof *h->density)) ||
        !(h->label = ia_array(ctx, h->n, sizeof *h->label)) ||
        !(h->strength = ia_array(ctx, h->n, sizeof *h->strength)))
        return IA_ERR_MEMORY;
    h->branches[h->n_branches++] = (ia_hdbscan_branch){0, (uint32_t)h->n, 0, 0, -1};
    for (size_t i = 0; i < h->n; i++)
        h->label[i] = -1;
    return IA_OK;
}

static ia_status find_clusters(ia_ctx *ctx, const ia_points *points,
                               const ia_hdbscan_params *p, ia_hdbscan *h)
{
    size_t samples = p->min_samples > 0 ? p->min_samples : p->min_size;
    ia_status st;
    if (h->n < p->min_size || h->n <= samples)
        return find_none(ctx, h);
    if ((st = ia_spanning_tree(ctx, points, samples, &h->spans)) != IA_OK ||
        (st = make_branches(ctx, p, h)) != IA_OK)
        return st;
    if (!(h->label = ia_array(ctx, h->n, sizeof *h->label)) ||
        !(h->strength = ia_array(ctx, h->n, sizeof *h->strength)))
        return IA_ERR_MEMORY;
    weigh(h);
    if ((st = select_branches(ctx, p->allow_single, h)) != IA_OK)
        return st;
    return find_strengths(ctx, h);
}

ia_status ia_hdbscan_compute(ia_ctx *ctx, const ia_points *points,
                             const ia_hdbscan_params *params, ia_hdbscan *out)
{
    ia_hdbscan_params p = params ? *params : ia_hdbscan_defaults();
    ia_hdbscan h = {.n = points->n};
    ia_status st = ia_method_check(ctx, &ia_hdbscan_method, &p);
    if (st != IA_OK || (st = ia_boxes_check(ctx, points)) != IA_OK)
        return st;
    if ((st = find_clusters(ctx, points, &p, &h)) == IA_OK) {
        *out = h;
        h = (ia_hdbscan){0};
    }
    ia_hdbscan_clear(&h);
    return st;
}

void ia_hdbscan_clear(ia_hdbscan *hdbscan)
{
    free(hdbscan->branches);
    free(hdbscan->branch);
    free(hdbscan->density);
    free(hdbscan->label);
    free(hdbscan->strength);
    free(hdbscan->spans);
    *hdbscan = (ia_hdbscan){0};
}
