// src/network/pole_image.c: the hit map as a grey image, and its dark spots, as
// published.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/quadrilateral.h>

#include "network/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE = IA_SPOT_IMAGE, PIXELS = EDGE * EDGE, GREYS = 256 };
// Of the published chain: widths of the blurs, the dimmest a spot may lie on.
enum { MEDIAN = 9, GAUSS = 11, DIMMEST = 20 };
static const double gauss_sigma = 2; // pixels, as that width has it

static size_t at_most(size_t i, size_t n)
{
    return i < n ? i : n - 1;
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// The count that few cells in the circle exceed: white.
static double white_of(const ia_hitmap *map, double *room)
{
    const double few = 0.01;
    size_t n = 0;
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        double x = ((double)(i % map->cells) + 0.5) * map->cell - map->radius;
        double y = ((double)(i / map->cells) + 0.5) * map->cell - map->radius;
        if (hypot(x, y) < map->radius)
            room[n++] = map->counts[i];
    }
    if (n == 0)
        return 0;
    qsort(room, n, sizeof *room, compare);
    return room[(size_t)((1 - few) * (double)(n - 1))];
}

// Counts between the middles of cells.
static double between(const ia_hitmap *map, double x, double y)
{
    double cx = fmax(0, x / map->cell - 0.5), cy = fmax(0, y / map->cell - 0.5);
    size_t i = (size_t)cx, j = (size_t)cy, n = map->cells;
    double fx = cx - (double)i, fy = cy - (double)j;
    const double *low = map->counts + at_most(j, n) * n;
    const double *high = map->counts + at_most(j + 1, n) * n;
    i = at_most(i, n);
    size_t next = at_most(i + 1, n);
    return (1 - fy) * ((1 - fx) * low[i] + fx * low[next]) +
           fy * ((1 - fx) * high[i] + fx * high[next]);
}

// Black outside the circle.
static void paint(const ia_hitmap *map, double white, unsigned char *image)
{
    double pixel = 2 * map->radius / EDGE;
    for (size_t i = 0; i < PIXELS; i++) {
        double x = ((double)(i % EDGE) + 0.5) * pixel;
        double y = ((double)(i / EDGE) + 0.5) * pixel;
        double grey = hypot(x - map->radius, y - map->radius) < map->radius
                          ? (GREYS - 1) * between(map, x, y) / white
                          : 0;
        image[i] = (unsigned char)fmin(grey, GREYS - 1);
    }
}

// Row 0 is repeated above itself, and so on.
static size_t inside(size_t at, size_t reach, size_t k)
{
    size_t i = at + k;
    return i < reach ? 0 : at_most(i - reach, EDGE);
}

// A column of MEDIAN pixels about (x, y) into the tally, or out of it.
static void tally_column(const unsigned char *from, size_t y, size_t column, int by,
                         int tally[GREYS])
{
    for (size_t j = 0; j < MEDIAN; j++)
        tally[from[EDGE * inside(y, MEDIAN / 2, j) + column]] += by;
}

// Middle one of the values about each pixel; the tally moves along with it.
static void median(const unsigned char *from, unsigned char *to)
{
    const size_t reach = MEDIAN / 2;
    for (size_t y = 0; y < EDGE; y++) {
        int tally[GREYS] = {0};
        for (size_t k = 0; k < MEDIAN; k++)
            tally_column(from, y, inside(0, reach, k), 1, tally);
        for (size_t x = 0; x < EDGE; x++) {
            int below = 0;
            size_t grey = 0;
            while ((below += tally[grey]) <= MEDIAN * MEDIAN / 2)
                grey++;
            to[EDGE * y + x] = (unsigned char)grey;
            tally_column(from, y, inside(x, reach, 0), -1, tally);
            tally_column(from, y, inside(x + 1, reach, MEDIAN - 1), 1, tally);
        }
    }
}

static void blur(unsigned char *image, double *room)
{
    const size_t reach = GAUSS / 2;
    double weight[GAUSS], sum = 0;
    for (size_t k = 0; k < GAUSS; k++) {
        double off = (double)k - (double)reach;
        sum += weight[k] = exp(-0.5 * off * off / (gauss_sigma * gauss_sigma));
    }
    for (size_t i = 0; i < PIXELS; i++) {
        double value = 0;
        for (size_t k = 0; k < GAUSS; k++)
            value += weight[k] * image[i / EDGE * EDGE + inside(i % EDGE, reach, k)];
        room[i] = value / sum;
    }
    for (size_t i = 0; i < PIXELS; i++) {
        double value = 0;
        for (size_t k = 0; k < GAUSS; k++)
            value += weight[k] * room[EDGE * inside(i / EDGE, reach, k) + i % EDGE];
        image[i] = (unsigned char)(value / sum + 0.5);
    }
}

// The darkest, or brightest, of a square of 2 times + 1 pixels, by rows and by columns.
static void spread(unsigned char *image, unsigned char *room, size_t times, bool dark)
{
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < PIXELS; i++) {
            size_t x = i % EDGE, y = i / EDGE;
            unsigned char best = image[i];
            for (size_t k = 0; k < 2 * times + 1; k++) {
                unsigned char other = turn == 0 ? image[EDGE * y + inside(x, times, k)]
                                                : image[EDGE * inside(y, times, k) + x];
                if (dark ? other < best : other > best)
                    best = other;
            }
            room[i] = best;
        }
        memcpy(image, room, PIXELS);
    }
}

ia_status ia_spots_find(ia_ctx *ctx, const ia_hitmap *map,
                        const ia_quadrilateral_params *params, ia_spots *out)
{
    ia_quadrilateral_params p = params ? *params : ia_quadrilateral_defaults();
    size_t n = map->cells * map->cells;
    unsigned char *first = NULL, *image = NULL, *bytes = NULL;
    double *room = NULL;
    ia_status st = ia_method_check(ctx, &ia_quadrilateral_method, &p);
    if (st != IA_OK)
        return st;
    first = ia_array(ctx, PIXELS, 1);
    image = ia_array(ctx, PIXELS, 1);
    bytes = ia_array(ctx, PIXELS, 1);
    room = ia_array(ctx, n > PIXELS ? n : PIXELS, sizeof *room);
    if (!first || !image || !bytes || !room) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    double white = white_of(map, room);
    if (!(white > 0)) {
        st = ia_fail(ctx, IA_ERR_EMPTY, "hardly a cell of the map has a hit");
        goto done;
    }
    paint(map, white, first);
    median(first, image);
    blur(image, room);
    spread(image, bytes, p.erosions, true);
    spread(image, bytes, p.dilations, false);
    ia_grey grey = {.pixels = image, .before = first, .edge = EDGE, .dimmest = DIMMEST};
    ia_spots found = {0};
    if ((st = ia_grey_spots(ctx, &grey, p.most_spots, &found)) != IA_OK)
        goto done;
    double pixel = 2 * map->radius / EDGE;
    for (size_t i = 0; i < found.n; i++) {
        ia_spot *s = &found.spots[i];
        s->x = (s->x + 0.5) * pixel - map->radius + map->centre[0];
        s->y = (s->y + 0.5) * pixel - map->radius + map->centre[1];
        s->size *= pixel;
    }
    *out = found;
done:
    free(room);
    free(bytes);
    free(image);
    free(first);
    return st;
}
