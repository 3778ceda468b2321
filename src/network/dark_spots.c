// src/network/dark_spots.c: dark connected places of a grey image at many thresholds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/image.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST = 1, LAST = 200, STEP = 10 };  // thresholds
enum { LEAST_AREA = 10, MOST_AREA = 5000 }; // pixels
enum { GROUPS = 512, TWICE = 2 };           // spots; thresholds that show one
static const double least_form = 0.1;       // of roundness, convexity and axes
static const double same_place = 10;        // pixels

// Sums over the pixels of one place.
typedef struct {
    double n, x, y, xx, yy, xy, edges;
} sums;

typedef struct {
    double x, y, radius, weight;
} place;

// A place at several thresholds: its largest so far, and sums over all.
typedef struct {
    place middle;
    double weight, x, y, size;
    size_t seen;
} group;

typedef struct {
    const ia_grey *image;
    unsigned char *known; // (edge, edge) visited at this threshold
    size_t *stack;        // (edge, edge) pixels of the place
    int *rows;            // (edge, 2) least and greatest x of each row of the place
    group *groups;        // (GROUPS)
    size_t n_groups;
} search;

static void add_pixel(const search *s, size_t at, double edges, sums *sum)
{
    double x = (double)(at % s->image->edge), y = (double)(at / s->image->edge);
    sum->n++;
    sum->x += x;
    sum->y += y;
    sum->xx += x * x;
    sum->yy += y * y;
    sum->xy += x * y;
    sum->edges += edges;
}

// Pixels up to the threshold that hang together with the first by their sides; false
// where they reach the rim of the image.
static bool flood(search *s, size_t first, int threshold, sums *sum, size_t *n)
{
    const size_t edge = s->image->edge;
    bool closed = true;
    *n = 0;
    s->stack[(*n)++] = first;
    s->known[first] = 1;
    for (size_t k = 0; k < *n; k++) {
        size_t at = s->stack[k], x = at % edge, y = at / edge;
        const size_t next[4] = {at - 1, at + 1, at - edge, at + edge};
        const bool is[4] = {x > 0, x + 1 < edge, y > 0, y + 1 < edge};
        double open = 0;
        for (int d = 0; d < 4; d++) {
            closed = closed && is[d];
            if (!is[d] || s->image->pixels[next[d]] > threshold) {
                open++;
            } else if (!s->known[next[d]]) {
                s->known[next[d]] = 1;
                s->stack[(*n)++] = next[d];
            }
        }
        add_pixel(s, at, open, sum);
    }
    return closed;
}

static double turn(const double *a, const double *b, const double *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

// One side of the hull of the rows' ends: every corner turns the same way.
static size_t hull_side(const int *rows, size_t from, size_t to, int side,
                        double (*hull)[2])
{
    size_t n = 0;
    for (size_t y = from; y <= to; y++)
        for (int end = 0; end < 2; end++) {
            const double p[2] = {rows[2 * y + (size_t)side] + side, (double)y + end};
            while (n >= 2 &&
                   (side == 0 ? -1 : 1) * turn(hull[n - 2], hull[n - 1], p) <= 0)
                n--;
            hull[n][0] = p[0];
            hull[n++][1] = p[1];
        }
    return n;
}

// Area of the hull: between its right and its left side.
static ia_status hull_area(ia_ctx *ctx, search *s, size_t n, double *out)
{
    const size_t edge = s->image->edge;
    size_t from = edge, to = 0;
    double area = 0;
    double(*hull)[2] = ia_array(ctx, 2 * edge + 2, sizeof *hull);
    if (!hull)
        return IA_ERR_MEMORY;
    for (size_t y = 0; y < edge; y++) {
        s->rows[2 * y] = (int)edge;
        s->rows[2 * y + 1] = -1;
    }
    for (size_t k = 0; k < n; k++) {
        int x = (int)(s->stack[k] % edge);
        size_t y = s->stack[k] / edge;
        s->rows[2 * y] = x < s->rows[2 * y] ? x : s->rows[2 * y];
        s->rows[2 * y + 1] = x > s->rows[2 * y + 1] ? x : s->rows[2 * y + 1];
        from = y < from ? y : from;
        to = y > to ? y : to;
    }
    for (int side = 0; side < 2; side++) {
        size_t corners = hull_side(s->rows, from, to, side, hull);
        for (size_t k = 1; k < corners; k++)
            area += (side == 0 ? -1 : 1) * (hull[k][0] + hull[k - 1][0]) / 2 *
                    (hull[k][1] - hull[k - 1][1]);
    }
    free(hull);
    *out = area;
    return IA_OK;
}

// Least over greatest second moment.
static double inertia_of(const sums *m)
{
    double xx = m->xx / m->n - m->x * m->x / (m->n * m->n);
    double yy = m->yy / m->n - m->y * m->y / (m->n * m->n);
    double xy = m->xy / m->n - m->x * m->y / (m->n * m->n);
    double mean = (xx + yy) / 2, half = hypot((xx - yy) / 2, xy);
    return mean + half > 0 ? (mean - half) / (mean + half) : 1;
}

// Of the form of a spot; the outline of a smooth place is pi / 4 of its pixels' sides.
static ia_status accept(ia_ctx *ctx, search *s, const sums *m, size_t n, place *out,
                        bool *fits)
{
    const double pi = acos(-1.0);
    double outline = m->edges * pi / 4, hull = 0, inertia = inertia_of(m);
    *fits = m->n >= LEAST_AREA && m->n < MOST_AREA &&
            4 * pi * m->n / (outline * outline) >= least_form && inertia >= least_form;
    if (!*fits)
        return IA_OK;
    ia_status st = hull_area(ctx, s, n, &hull);
    *fits = st == IA_OK && m->n / hull >= least_form;
    *out = (place){m->x / m->n, m->y / m->n, sqrt(m->n / pi), inertia * inertia};
    return st;
}

// To the group that it lies in, else a new one.
static void join(search *s, const place *p)
{
    group *g = s->groups, *end = s->groups + s->n_groups;
    for (; g < end; g++) {
        double off = hypot(p->x - g->middle.x, p->y - g->middle.y);
        if (off < same_place || off < g->middle.radius || off < p->radius)
            break;
    }
    if (g == end) {
        if (s->n_groups == GROUPS)
            return;
        *g = (group){0};
        s->n_groups++;
    }
    if (p->radius > g->middle.radius)
        g->middle = *p;
    g->weight += p->weight;
    g->x += p->weight * p->x;
    g->y += p->weight * p->y;
    g->size += p->radius;
    g->seen++;
}

static ia_status search_at(ia_ctx *ctx, search *s, int threshold)
{
    size_t pixels = s->image->edge * s->image->edge;
    ia_status st = IA_OK;
    for (size_t i = 0; i < pixels; i++)
        s->known[i] = 0;
    for (size_t i = 0; i < pixels && st == IA_OK; i++) {
        sums sum = {0};
        place p;
        size_t n;
        bool fits = false;
        if (s->known[i] || s->image->pixels[i] > threshold)
            continue;
        if (flood(s, i, threshold, &sum, &n))
            st = accept(ctx, s, &sum, n, &p, &fits);
        if (fits)
            join(s, &p);
    }
    return st;
}

static void take(const search *s, size_t most, ia_spots *out)
{
    const size_t edge = s->image->edge;
    out->n = 0;
    for (size_t i = 0; i < s->n_groups && out->n < most; i++) {
        const group *g = &s->groups[i];
        if (g->seen < TWICE)
            continue;
        double x = g->x / g->weight, y = g->y / g->weight;
        if (s->image->before[edge * (size_t)y + (size_t)x] > s->image->dimmest)
            out->spots[out->n++] = (ia_spot){x, y, g->size / (double)g->seen};
    }
}

ia_status ia_grey_spots(ia_ctx *ctx, const ia_grey *image, size_t most, ia_spots *out)
{
    size_t pixels = image->edge * image->edge;
    search s = {.image = image,
                .known = ia_array(ctx, pixels, 1),
                .stack = ia_array(ctx, pixels, sizeof *s.stack),
                .rows = ia_array(ctx, 2 * image->edge, sizeof *s.rows),
                .groups = ia_array(ctx, GROUPS, sizeof *s.groups)};
    ia_status st = s.known && s.stack && s.rows && s.groups ? IA_OK : IA_ERR_MEMORY;
    for (int threshold = FIRST; threshold < LAST && st == IA_OK; threshold += STEP)
        st = search_at(ctx, &s, threshold);
    if (st == IA_OK)
        take(&s, most, out);
    free(s.groups);
    free(s.rows);
    free(s.stack);
    free(s.known);
    return st;
}
