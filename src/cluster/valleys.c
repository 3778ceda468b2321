// src/cluster/valleys.c: clusters as valleys between steep slopes of reachability.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/valleys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A slope down, and the highest place between its end and where the search is.
typedef struct {
    size_t begin, end; // the last place of the slope
    double between;
} slope;

typedef struct {
    const ia_optics *optics;
    const uint32_t *place; // (n) of each point in the order
    size_t min_points, min_size;
    double keep; // 1 - xi
    slope *slopes;
    size_t n_slopes, slope_room;
    ia_optics_cluster *found;
    size_t n_found, found_room;
} search;

// Reachability at a place; behind the last it is infinite.
static double height(const search *s, size_t i)
{
    return i < s->optics->n ? s->optics->reachability[i] : INFINITY;
}

static bool falls_steeply(const search *s, size_t i)
{
    return height(s, i) * s->keep >= height(s, i + 1) && isfinite(height(s, i + 1));
}

static bool rises_steeply(const search *s, size_t i)
{
    return height(s, i) <= height(s, i + 1) * s->keep && isfinite(height(s, i));
}

static bool falls(const search *s, size_t i)
{
    return height(s, i) > height(s, i + 1);
}

static bool rises(const search *s, size_t i)
{
    return height(s, i) < height(s, i + 1);
}

typedef bool (*look)(const search *s, size_t i);

// The last steep place of a slope: it may be level for a while, but not turn.
static size_t end_of_slope(const search *s, size_t begin, look is_steep, look turns)
{
    size_t end = begin, n_level = 0;
    for (size_t i = begin; i < s->optics->n; i++) {
        if (is_steep(s, i)) {
            end = i;
            n_level = 0;
        } else if (turns(s, i) || ++n_level > s->min_points) {
            break;
        }
    }
    return end;
}

// Slopes that begin lower than what came since bound no cluster.
static void drop_slopes(search *s, double between)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_slopes && isfinite(between); i++) {
        slope kept = s->slopes[i];
        if (between > height(s, kept.begin) * s->keep)
            continue;
        kept.between = fmax(kept.between, between);
        s->slopes[n++] = kept;
    }
    s->n_slopes = n;
}

static ia_status make_room(ia_ctx *ctx, void **list, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return IA_OK;
    size_t more = 2 * *room + 64;
    void *longer = ia_array(ctx, more, size);
    if (!longer)
        return IA_ERR_MEMORY;
    if (n > 0)
        memcpy(longer, *list, n * size);
    free(*list);
    *list = longer;
    *room = more;
    return IA_OK;
}

static ia_status add_slope(ia_ctx *ctx, search *s, size_t begin, size_t end)
{
    void *list = s->slopes;
    ia_status st = make_room(ctx, &list, s->n_slopes, &s->slope_room, sizeof *s->slopes);
    s->slopes = list;
    if (st == IA_OK)
        s->slopes[s->n_slopes++] = (slope){begin, end, 0};
    return st;
}

static ia_status add_cluster(ia_ctx *ctx, search *s, size_t first, size_t last)
{
    void *list = s->found;
    ia_status st = make_room(ctx, &list, s->n_found, &s->found_room, sizeof *s->found);
    s->found = list;
    if (st == IA_OK)
        s->found[s->n_found++] = (ia_optics_cluster){first, last + 1, -1};
    return st;
}

// Places at the end that are reached from outside do not belong. False when none is left.
static bool correct_end(const search *s, size_t first, size_t *last)
{
    for (; *last > first; --*last) {
        uint32_t from = s->optics->before[*last];
        size_t at = from == UINT32_MAX ? SIZE_MAX : s->place[from];
        if (height(s, first) > height(s, *last) || (at >= first && at < *last))
            return true;
    }
    return false;
}

// The valley between a slope down and one up, both ends at the same height as far as may
// be.
static ia_status try_valley(ia_ctx *ctx, search *s, const slope *down, size_t up_begin,
                            size_t up_end)
{
    size_t first = down->begin, last = up_end;
    double left = height(s, first), right = height(s, up_end + 1);
    if (right * s->keep < down->between)
        return IA_OK;
    if (left * s->keep >= right)
        while (height(s, first + 1) > right && first < down->end)
            first++;
    else if (right * s->keep >= left)
        while (last > up_begin && height(s, last - 1) > left)
            last--;
    if (!correct_end(s, first, &last) || last - first + 1 < s->min_size ||
        first > down->end || last < up_begin)
        return IA_OK;
    return add_cluster(ctx, s, first, last);
}

// Inner valleys first: those of the slopes that began last.
static ia_status try_valleys(ia_ctx *ctx, search *s, size_t up_begin, size_t up_end)
{
    ia_status st = IA_OK;
    for (size_t i = s->n_slopes; i-- > 0 && st == IA_OK;)
        st = try_valley(ctx, s, &s->slopes[i], up_begin, up_end);
    return st;
}

static ia_status walk(ia_ctx *ctx, search *s)
{
    size_t n = s->optics->n;
    double between = 0;
    ia_status st = IA_OK;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        between = fmax(between, height(s, i));
        bool down = falls_steeply(s, i);
        if (!down && !rises_steeply(s, i))
            continue;
        drop_slopes(s, between);
        size_t end = end_of_slope(s, i, down ? falls_steeply : rises_steeply,
                                  down ? rises : falls);
        st = down ? add_slope(ctx, s, i, end) : try_valleys(ctx, s, i, end);
        between = height(s, end + 1);
        i = end;
    }
    return st;
}

// A cluster that holds no place of one before it is innermost.
static ia_status label(ia_ctx *ctx, const search *s, ia_optics *o)
{
    int32_t *at = ia_array(ctx, o->n, sizeof *at); // by place
    if (!at)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < o->n; i++)
        at[i] = -1;
    for (size_t c = 0; c < s->n_found; c++) {
        ia_optics_cluster *cluster = &s->found[c];
        bool is_free = true;
        for (size_t i = cluster->begin; i < cluster->end && is_free; i++)
            is_free = at[i] < 0;
        if (!is_free)
            continue;
        cluster->label = (int32_t)o->n_labels++;
        for (size_t i = cluster->begin; i < cluster->end; i++)
            at[i] = cluster->label;
    }
    for (size_t i = 0; i < o->n; i++)
        o->label[o->order[i]] = at[i];
    free(at);
    return IA_OK;
}

ia_status ia_valleys_find(ia_ctx *ctx, const ia_optics_params *params, ia_optics *optics)
{
    uint32_t *place = ia_array(ctx, optics->n, sizeof *place);
    search s = {.optics = optics,
                .place = place,
                .min_points = params->min_points,
                .min_size = params->min_size ? params->min_size : params->min_points,
                .keep = 1 - params->xi};
    ia_status st = place ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < optics->n && st == IA_OK; i++)
        place[optics->order[i]] = (uint32_t)i;
    if (st == IA_OK && (st = walk(ctx, &s)) == IA_OK &&
        (st = label(ctx, &s, optics)) == IA_OK) {
        optics->clusters = s.found;
        optics->n_clusters = s.n_found;
        s.found = NULL;
    }
    free(place);
    free(s.slopes);
    free(s.found);
    return st;
}
