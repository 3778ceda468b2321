// src/cluster/spanning.c: the minimum spanning tree of mutual reachability, from many
// ends at once (Boruvka 1926). Uses boxes of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/spanning.h"

#include "spatial/boxes.h"
#include "cluster/cores.h"
#include "core/radix.h"
#include "core/vector.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// In each round every part of the tree but the largest takes its shortest link to another
// part. Points remember the nearest point of another part until that has become one of
// their own, and after that that nothing is nearer: parts only grow. Boxes that lie in
// one part are passed over whole.

enum { NEAREST = 5, BLOCK = 2048 };
static const uint32_t NOBODY = UINT32_MAX;
// Points look somewhat further than they need to, so as not to look again each round.
static const float FARTHER = 1.25F;

typedef struct {
    ia_boxes boxes;
    size_t n, n_spans;
    float *core;    // (n, likewise) core distances, nm, in the order of the boxes
    uint32_t *part; // (n, and up to whole boxes) a point of the same part, itself for the
                    // first of it
    uint32_t *nearest; // (n) nearest of another part, or what bound_of reads
    _Atomic uint32_t
        *best; // (n) by the first of a part: the point with the shortest link
    float *least_core[IA_BOX_LEVELS];   // of the boxes
    uint32_t *only_part[IA_BOX_LEVELS]; // that all its points belong to, else NOBODY
    uint32_t largest;                   // part that is not looked for
    size_t level;                       // of the boxes that are marked
    ia_hdbscan_span *spans;
} spanning;

// A link between two points, and which comes first of two.
typedef struct {
    float reach, distance;
    uint32_t a, b; // numbers in the caller's list, a < b
} link;

static const link NO_LINK = {INFINITY, INFINITY, UINT32_MAX, UINT32_MAX};

static bool is_before(const link *l, const link *r)
{
    if (l->reach != r->reach)
        return l->reach < r->reach;
    if (l->distance != r->distance)
        return l->distance < r->distance;
    return l->a != r->a ? l->a < r->a : l->b < r->b;
}

static float distance_of(double dx, double dy, double dz)
{
    return (float)sqrt(dx * dx + dy * dy + dz * dz);
}

static link link_of(const spanning *s, size_t i, size_t j)
{
    const ia_boxes *b = &s->boxes;
    float d = distance_of((double)b->x[i] - b->x[j], (double)b->y[i] - b->y[j],
                          (double)b->z[i] - b->z[j]);
    float core = s->core[i] > s->core[j] ? s->core[i] : s->core[j];
    uint32_t p = b->point[i], q = b->point[j];
    return (link){d > core ? d : core, d, p < q ? p : q, p < q ? q : p};
}

// Where threads may move it meanwhile: both places are of the same part.
static uint32_t load(const uint32_t *part)
{
    return __atomic_load_n(part, __ATOMIC_RELAXED);
}

static void store(uint32_t *part, uint32_t value)
{
    __atomic_store_n(part, value, __ATOMIC_RELAXED);
}

// Instead of a nearest point, with the sign bit set: no link of the point is shorter.
enum { SIGN = 31 };

static bool is_bound(uint32_t nearest)
{
    return nearest >> SIGN;
}

static uint32_t bound_as(float reach)
{
    uint32_t bits;
    memcpy(&bits, &reach, sizeof bits);
    return bits | 1U << SIGN;
}

static float bound_of(uint32_t nearest)
{
    float reach;
    nearest &= ~(1U << SIGN);
    memcpy(&reach, &nearest, sizeof reach);
    return reach;
}

// Where each point starts from
// -------------------------------------------------------------------

// The nearest with a core distance no larger than one's own is the end of the shortest
// link: none can be shorter than the core distance. Where the next is as near, or not
// known, it may come first.
static void guess_nearest(spanning *s, const ia_cores *c, const uint32_t *place)
{
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t *near = c->near + (size_t)s->boxes.point[i] * c->n_near;
        s->nearest[i] = bound_as(s->core[i]);
        for (size_t m = 0; m + 1 < c->n_near; m++) {
            uint32_t j = place[near[m]], next = place[near[m + 1]];
            if (s->core[j] > s->core[i])
                continue;
            if (link_of(s, i, j).distance < link_of(s, i, next).distance)
                s->nearest[i] = j;
            break;
        }
    }
}

static ia_status start(ia_ctx *ctx, const ia_points *points, size_t samples, spanning *s)
{
    ia_cores c = {.k = samples, .n_near = samples < NEAREST ? samples : NEAREST};
    uint32_t *place = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!(c.core = ia_array(ctx, points->n, sizeof *c.core)) ||
        !(c.near = ia_array(ctx, points->n * c.n_near, sizeof *c.near)) ||
        (st = ia_cores_find(ctx, points, &c)) != IA_OK ||
        (st = ia_boxes_build(ctx, points, &s->boxes)) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    if (!(place = ia_array(ctx, s->n, sizeof *place)) ||
        !(s->core = ia_array(ctx, ia_boxes_room(s->n, IA_BOX_POINTS), sizeof *s->core)) ||
        !(s->nearest = ia_array(ctx, s->n, sizeof *s->nearest)))
        goto done;
    for (size_t i = 0; i < s->n; i++) {
        place[s->boxes.point[i]] = (uint32_t)i;
        s->core[i] = c.core[s->boxes.point[i]];
    }
    guess_nearest(s, &c, place);
    st = IA_OK;
done:
    free(c.core);
    free(c.near);
    free(place);
    return st;
}

// The nearest point of another part
// --------------------------------------------------------------

typedef struct {
    const spanning *s;
    float at[3];
    size_t self;
    uint32_t part, found; // NOBODY while nothing is
    link limit;           // only links before this one matter
} search;

// Points of a box that may be the end of a shorter link: which, and whether any.
IA_VECTOR static int32_t look_at(const search *q, size_t begin,
                                 int32_t may[IA_BOX_POINTS])
{
    const float *x = q->s->boxes.x + begin, *y = q->s->boxes.y + begin;
    const float *z = q->s->boxes.z + begin, *core = q->s->core + begin;
    const uint32_t *part = q->s->part + begin;
    float reach = q->limit.reach, most = reach * reach * (1 + 1e-6F);
    float at_x = q->at[0], at_y = q->at[1], at_z = q->at[2];
    int32_t any = 0;
    for (int i = 0; i < IA_BOX_POINTS; i++) {
        float dx = x[i] - at_x, dy = y[i] - at_y, dz = z[i] - at_z;
        may[i] = (dx * dx + dy * dy + dz * dz <= most) & (core[i] <= reach) &
                 (part[i] != q->part);
        any |= may[i];
    }
    return any;
}

static void search_points(search *q, size_t begin)
{
    int32_t may[IA_BOX_POINTS];
    if (!look_at(q, begin, may))
        return;
    for (size_t i = 0; i < IA_BOX_POINTS; i++) {
        if (!may[i] || begin + i >= q->s->n)
            continue;
        link l = link_of(q->s, q->self, begin + i);
        if (is_before(&l, &q->limit)) {
            q->limit = l;
            q->found = (uint32_t)(begin + i);
        }
    }
}

// Boxes in a row that may hold the end of a shorter link: squared distances from all,
// rounded down, and whether any may.
IA_VECTOR static int32_t look_at_row(const search *q, size_t level, size_t row,
                                     float *restrict d2, int32_t *restrict may)
{
    const ia_box_row *r = &q->s->boxes.rows[level][row];
    const float *core = q->s->least_core[level] + row * IA_BOX_FAN;
    const uint32_t *part = q->s->only_part[level] + row * IA_BOX_FAN;
    float reach = q->limit.reach, most = reach * reach;
    float at_x = q->at[0], at_y = q->at[1], at_z = q->at[2];
    int32_t any = 0;
    for (int i = 0; i < IA_BOX_FAN; i++) {
        float x = ia_box_off(r->low[0][i] - at_x, at_x - r->high[0][i]);
        float y = ia_box_off(r->low[1][i] - at_y, at_y - r->high[1][i]);
        float z = ia_box_off(r->low[2][i] - at_z, at_z - r->high[2][i]);
        d2[i] = (x * x + y * y + z * z) * (1 - 1e-6F);
        may[i] = (d2[i] <= most) & (core[i] <= reach) & (part[i] != q->part);
        any |= may[i];
    }
    return any;
}

// The nearest boxes first: they make the limit smaller.
static void search_box(search *q, size_t level, size_t box)
{
    float d2[IA_BOX_FAN];
    int32_t may[IA_BOX_FAN], order[IA_BOX_FAN], n = 0;
    if (level == 0) {
        search_points(q, box * IA_BOX_POINTS);
        return;
    }
    if (!look_at_row(q, level - 1, box, d2, may))
        return;
    for (int32_t i = 0; i < IA_BOX_FAN; i++) {
        int32_t at = n;
        if (!may[i])
            continue;
        for (n++; at > 0 && d2[order[at - 1]] > d2[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (int32_t i = 0; i < n; i++)
        if (d2[order[i]] <= q->limit.reach * q->limit.reach)
            search_box(q, level - 1, box * IA_BOX_FAN + (size_t)order[i]);
}

// Rounds
// --------------------------------------------------------------------------------

// Remember a link of a part if it is the shortest so far.
static void offer(spanning *s, uint32_t part, size_t i)
{
    uint32_t now = atomic_load_explicit(&s->best[part], memory_order_acquire);
    link l = link_of(s, i, s->nearest[i]);
    for (;;) {
        if (now != NOBODY) {
            link held = link_of(s, now, s->nearest[now]);
            if (!is_before(&l, &held))
                return;
        }
        if (atomic_compare_exchange_weak_explicit(&s->best[part], &now, (uint32_t)i,
                                                  memory_order_acq_rel,
                                                  memory_order_acquire))
            return;
    }
}

static void recall_block(void *user, size_t block, size_t worker)
{
    spanning *s = user;
    size_t begin, end;
    (void)worker;
    ia_block(s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        uint32_t part = s->part[i];
        if (!is_bound(s->nearest[i]) && s->part[s->nearest[i]] == part)
            s->nearest[i] = bound_as(link_of(s, i, s->nearest[i]).reach);
        if (part != s->largest && !is_bound(s->nearest[i]))
            offer(s, part, i);
    }
}

static link best_of(const spanning *s, uint32_t part)
{
    uint32_t i = atomic_load_explicit(&s->best[part], memory_order_acquire);
    return i == NOBODY ? NO_LINK : link_of(s, i, s->nearest[i]);
}

// Whether all points near enough to a box of one part are of that part.
static bool is_alone(const spanning *s, const ia_box *around, uint32_t part, float reach,
                     size_t level, size_t box)
{
    size_t begin, end;
    ia_box_children(&s->boxes, level, box, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        size_t below = level - 1;
        if (s->only_part[below][i] == part || s->least_core[below][i] > reach)
            continue;
        ia_box other = ia_box_of(&s->boxes, below, i);
        if (ia_box_gap2(&other, around) > reach * reach)
            continue;
        if (below == 0 || !is_alone(s, around, part, reach, below, i))
            return false;
    }
    return true;
}

static void search_from(spanning *s, size_t i)
{
    const ia_boxes *b = &s->boxes;
    search q = {s, {b->x[i], b->y[i], b->z[i]}, i, s->part[i], NOBODY, NO_LINK};
    if (q.part == s->largest || !is_bound(s->nearest[i]))
        return;
    float reach = best_of(s, q.part).reach;
    if (bound_of(s->nearest[i]) > reach)
        return;
    q.limit.reach = reach * FARTHER;
    search_box(&q, b->n_levels - 1, 0);
    if (q.found == NOBODY) {
        s->nearest[i] = bound_as(q.limit.reach);
    } else {
        s->nearest[i] = q.found;
        offer(s, q.part, i);
    }
}

// No point of a box looks further where nothing else is near.
static bool pass_over(spanning *s, size_t box, size_t begin, size_t end)
{
    uint32_t part = s->only_part[0][box];
    float reach = part == NOBODY ? INFINITY : best_of(s, part).reach;
    if (part == s->largest)
        return true;
    ia_box around = ia_box_of(&s->boxes, 0, box);
    if (!isfinite(reach) || s->boxes.n_levels < 2 ||
        !is_alone(s, &around, part, reach, s->boxes.n_levels - 1, 0))
        return false;
    for (size_t i = begin; i < end; i++)
        if (is_bound(s->nearest[i]) && bound_of(s->nearest[i]) < reach)
            s->nearest[i] = bound_as(reach);
    return true;
}

static void search_block(void *user, size_t block, size_t worker)
{
    spanning *s = user;
    size_t first, last, begin, end;
    (void)worker;
    ia_block(s->boxes.n_boxes[0], BLOCK / IA_BOX_POINTS, block, &first, &last);
    for (size_t box = first; box < last; box++) {
        ia_box_children(&s->boxes, 0, box, &begin, &end);
        if (pass_over(s, box, begin, end))
            continue;
        for (size_t i = begin; i < end; i++)
            search_from(s, i);
    }
}

static uint32_t first_of(spanning *s, uint32_t i)
{
    for (;;) {
        uint32_t up = load(&s->part[i]), above = load(&s->part[up]);
        if (up == above)
            return up;
        store(&s->part[i], above);
        i = above;
    }
}

// Take the best link of every part but the largest. How many parts are left.
static size_t join(spanning *s)
{
    for (size_t i = 0; i < s->n; i++) {
        uint32_t best = s->best[i];
        if (best == NOBODY || i == s->largest)
            continue;
        uint32_t a = first_of(s, best), b = first_of(s, s->nearest[best]);
        if (a == b)
            continue; // the other part chose the same link
        s->part[a < b ? b : a] = a < b ? a : b;
        link l = link_of(s, best, s->nearest[best]);
        s->spans[s->n_spans++] = (ia_hdbscan_span){l.a, l.b, l.reach};
    }
    return s->n - s->n_spans;
}

static void flatten_block(void *user, size_t block, size_t worker)
{
    spanning *s = user;
    size_t begin, end;
    (void)worker;
    ia_block(s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        store(&s->part[i], first_of(s, (uint32_t)i));
}

static void mark_block(void *user, size_t block, size_t worker)
{
    spanning *s = user;
    size_t first, last, begin, end, level = s->level;
    (void)worker;
    ia_block(s->boxes.n_boxes[level], BLOCK, block, &first, &last);
    for (size_t i = first; i < last; i++) {
        float least = INFINITY;
        ia_box_children(&s->boxes, level, i, &begin, &end);
        uint32_t only = level == 0 ? s->part[begin] : s->only_part[level - 1][begin];
        for (size_t j = begin; j < end; j++) {
            float core = level == 0 ? s->core[j] : s->least_core[level - 1][j];
            uint32_t part = level == 0 ? s->part[j] : s->only_part[level - 1][j];
            least = core < least ? core : least;
            only = part == only ? only : NOBODY;
        }
        s->least_core[level][i] = least;
        s->only_part[level][i] = only;
    }
}

static ia_status mark_boxes(ia_ctx *ctx, spanning *s)
{
    ia_status st = IA_OK;
    for (s->level = 0; s->level < s->boxes.n_levels && st == IA_OK; s->level++)
        st = ia_for(ctx, NULL, ia_block_count(s->boxes.n_boxes[s->level], BLOCK),
                    mark_block, s);
    return st;
}

// The part with most points, and no best links.
static void begin_round(spanning *s)
{
    for (size_t i = 0; i < s->n; i++)
        s->best[i] = 0;
    for (size_t i = 0; i < s->n; i++)
        s->best[s->part[i]]++;
    s->largest = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->best[i] > s->best[s->largest])
            s->largest = (uint32_t)i;
    for (size_t i = 0; i < s->n; i++)
        s->best[i] = NOBODY;
}

static ia_status run(ia_ctx *ctx, spanning *s)
{
    size_t n_blocks = ia_block_count(s->n, BLOCK), n_parts = s->n;
    ia_status st = IA_OK;
    while (n_parts > 1 && st == IA_OK) {
        begin_round(s);
        if ((st = mark_boxes(ctx, s)) == IA_OK &&
            (st = ia_for(ctx, NULL, n_blocks, recall_block, s)) == IA_OK &&
            (st = ia_for(ctx, "spanning tree", n_blocks, search_block, s)) == IA_OK) {
            n_parts = join(s);
            st = ia_for(ctx, NULL, n_blocks, flatten_block, s);
        }
    }
    return st;
}

static ia_status make_room(ia_ctx *ctx, spanning *s)
{
    if (!(s->part = ia_array(ctx, ia_boxes_room(s->n, IA_BOX_POINTS), sizeof *s->part)) ||
        !(s->best = ia_array(ctx, s->n, sizeof *s->best)) ||
        !(s->spans = ia_array(ctx, s->n, sizeof *s->spans)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++)
        s->part[i] = (uint32_t)i;
    for (size_t level = 0; level < s->boxes.n_levels; level++) {
        size_t n = ia_boxes_room(s->boxes.n_boxes[level], IA_BOX_FAN);
        if (!(s->least_core[level] = ia_array(ctx, n, sizeof *s->least_core[level])) ||
            !(s->only_part[level] = ia_array(ctx, n, sizeof *s->only_part[level])))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static void clear(spanning *s)
{
    ia_boxes_clear(&s->boxes);
    free(s->core);
    free(s->part);
    free(s->nearest);
    free(s->best);
    free(s->spans);
    for (size_t level = 0; level < IA_BOX_LEVELS; level++) {
        free(s->least_core[level]);
        free(s->only_part[level]);
    }
}

// By rising (distance, distance of the points, a, b)
// -------------------------------------------------------------

static uint64_t key_of(const ia_points *points, const ia_hdbscan_span *span)
{
    const float *p = points->xyz + 3 * (size_t)span->a;
    const float *q = points->xyz + 3 * (size_t)span->b;
    float d = distance_of((double)p[0] - q[0], (double)p[1] - q[1], (double)p[2] - q[2]);
    uint32_t bits[2];
    memcpy(&bits[0], &span->distance, sizeof bits[0]);
    memcpy(&bits[1], &d, sizeof bits[1]);
    return (uint64_t)bits[0] << 32 | bits[1];
}

static bool is_lower(const ia_hdbscan_span *l, const ia_hdbscan_span *r)
{
    return l->a != r->a ? l->a < r->a : l->b < r->b;
}

// Those of equal keys are few.
static void order_equal(const uint64_t *keys, size_t n, ia_hdbscan_span *spans)
{
    for (size_t i = 1; i < n; i++) {
        ia_hdbscan_span span = spans[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] == keys[i] && is_lower(&span, &spans[at - 1]); at--)
            spans[at] = spans[at - 1];
        spans[at] = span;
    }
}

static ia_status sort_spans(ia_ctx *ctx, const ia_points *points, ia_hdbscan_span *spans)
{
    enum { KEY_BITS = 63 }; // distances have no sign
    size_t n = points->n - 1;
    uint64_t *keys = ia_array(ctx, n, sizeof *keys);
    uint32_t *order = keys ? ia_array(ctx, n, sizeof *order) : NULL;
    ia_hdbscan_span *sorted = NULL;
    ia_status st = order ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        keys[i] = key_of(points, &spans[i]);
    if (st == IA_OK && (st = ia_radix_sort(ctx, keys, n, KEY_BITS, order)) == IA_OK &&
        !(sorted = ia_array(ctx, n, sizeof *sorted)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = spans[order[i]];
        order_equal(keys, n, sorted);
        memcpy(spans, sorted, n * sizeof *spans);
    }
    free(keys);
    free(order);
    free(sorted);
    return st;
}

ia_status ia_spanning_tree(ia_ctx *ctx, const ia_points *points, size_t samples,
                           ia_hdbscan_span **out)
{
    spanning s = {.n = points->n};
    ia_hdbscan_span *spans = NULL;
    ia_status st;
    if ((st = start(ctx, points, samples, &s)) == IA_OK &&
        (st = make_room(ctx, &s)) == IA_OK && (st = run(ctx, &s)) == IA_OK) {
        spans = s.spans;
        s.spans = NULL;
    }
    clear(&s); // room for the sort
    if (st == IA_OK && (st = sort_spans(ctx, points, spans)) == IA_OK) {
        *out = spans;
        spans = NULL;
    }
    free(spans);
    return st;
}
