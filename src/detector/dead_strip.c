// src/detector/dead_strip.c: straight strips of a detector that record next to nothing,
// as a wire or a dead delay line leaves them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hit_doubts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANGLES = 720, // of strips
    ACROSS = 304, // bins across the detector: 0.25 mm of 76 mm
    ALONG = 48,   // likewise along a strip
    WIDTHS = 8,
    GUARD = 1, // bins at the edge of a strip, partly its
    FEWEST = 2000,
    USED = 50000 // hits at most
};
static const size_t widths[WIDTHS] = {2, 3, 4, 6, 8, 12, 16, 20}; // bins
static const double left = 0.1;      // of the hits, that a strip keeps
static const double most_left = 0.2; // likewise, that it may have
static const double shortest = 0.5;  // of a strip, radii
static const double narrow = 6;      // times as long as wide at least
static const double pi = 3.14159265358979323846;

// Hits by their distance from a line through the middle and along it, summed across.
typedef struct {
    double until[ACROSS + 1][ALONG]; // hits below each bin
} strips;

// Hits from the middle, in radii, evenly over the sample.
typedef struct {
    double (*at)[2]; // (n)
    size_t n;
} places;

static void count(const places *hits, double angle, strips *out)
{
    double c = cos(angle), d = sin(angle);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < hits->n; i++) {
        double across = hits->at[i][0] * c + hits->at[i][1] * d;
        double along = hits->at[i][1] * c - hits->at[i][0] * d;
        if (!(fabs(across) < 1 && fabs(along) < 1))
            continue;
        out->until[(size_t)((across + 1) / 2 * ACROSS) + 1]
                  [(size_t)((along + 1) / 2 * ALONG)]++;
    }
    for (size_t k = 1; k <= ACROSS; k++)
        for (size_t t = 0; t < ALONG; t++)
            out->until[k][t] += out->until[k - 1][t];
}

// Hits of a strip and of what is beside it, in one piece of its length. Of the two sides
// the one with fewer counts for both: beyond the rim, or a dead part, there are none.
typedef struct {
    double in, beside;
} piece;

static piece piece_of(const strips *s, size_t from, size_t width, size_t side, size_t t)
{
    size_t to = from + width;
    double below = s->until[from - GUARD][t] - s->until[from - GUARD - side][t];
    double above = s->until[to + GUARD + side][t] - s->until[to + GUARD][t];
    return (piece){s->until[to][t] - s->until[from][t], 2 * fmin(below, above)};
}

// The stretch along which a strip stands out most: ln of how much likelier its hits are
// with `left` of them there than with all, of the hits in it and beside it.
static void search(const strips *s, size_t from, size_t width, double angle,
                   double radius, ia_dead_strip *best)
{
    size_t side = width > 4 ? width : 4, begin = 0;
    double share = 2 * (double)side / (double)width, sum = 0, in = 0, beside = 0;
    double of_in = log(left * (1 + share) / (left + share));
    double of_beside = log((1 + share) / (left + share));
    for (size_t t = 0; t < ALONG; t++) {
        piece p = piece_of(s, from, width, side, t);
        if (sum <= 0) {
            sum = in = beside = 0;
            begin = t;
        }
        sum += p.in * of_in + p.beside * of_beside;
        in += p.in;
        beside += p.beside;
        double length = 2 * radius * (double)(t + 1 - begin) / ALONG;
        double wide = 2 * radius * (double)width / ACROSS;
        if (sum > best->odds && length >= shortest * radius && length >= narrow * wide &&
            in * share <= most_left * beside)
            *best = (ia_dead_strip){.odds = sum,
                                    .angle = angle,
                                    .offset = radius *
                                              ((double)(2 * from + width) / ACROSS - 1),
                                    .from = radius * (2 * (double)begin / ALONG - 1),
                                    .length = length,
                                    .width = wide,
                                    .left = in * share / beside};
    }
}

ia_status ia_dead_strip_find(ia_ctx *ctx, const ia_hit_sample *sample,
                             const double middle[2], double radius, ia_dead_strip *out)
{
    strips *room = ia_array(ctx, 1, sizeof *room);
    ia_dead_strip best = {.p = 1};

    places hits = {ia_array(ctx, USED, sizeof *hits.at), 0};

    if (!room || !hits.at) {
        free(room);
        free(hits.at);
        return IA_ERR_MEMORY;
    }
    size_t stride = (sample->n + USED - 1) / USED;
    for (size_t i = 0; stride > 0 && i < sample->n; i += stride, hits.n++)
        for (size_t k = 0; k < 2; k++)
            hits.at[hits.n][k] =
                ((double)sample->hits[2 * i + k] * sample->mm - middle[k]) / radius;
    for (size_t a = 0; a < ANGLES && hits.n >= FEWEST; a++) {
        double angle = pi * (double)a / ANGLES;
        count(&hits, angle, room);
        for (size_t w = 0; w < WIDTHS; w++) {
            size_t edge = (widths[w] > 4 ? widths[w] : 4) + GUARD;
            for (size_t from = edge; from + widths[w] + edge <= ACROSS; from++)
                search(room, from, widths[w], angle, radius, &best);
        }
    }
    free(room);
    free(hits.at);
    // Under chance the mean of the likelihood's ratio is 1, so that a stretch from a
    // given place reaches exp(odds) once in as many times at most (Ville 1939).
    double starts = (double)ANGLES * ACROSS * WIDTHS * ALONG;
    best.p = fmin(1, starts * exp(-best.odds));
    *out = best;
    return IA_OK;
}

ia_status ia_hits_doubt_strip(ia_ctx *ctx, const ia_hit_sample *sample,
                              const double middle[2], double radius)
{
    const double level = 0.001;
    ia_dead_strip s;
    ia_status st = ia_dead_strip_find(ctx, sample, middle, radius, &s);

    if (st != IA_OK || s.p > level)
        return st;
    double c = cos(s.angle), d = sin(s.angle), to = s.from + s.length;
    ia_warn(
        ctx,
        "a strip %.2g mm wide from (%.3g, %.3g) to (%.3g, %.3g) mm has %.2g %% of the "
        "hits beside it (p = %.2g), as a wire or a dead line of the detector leaves: "
        "it is no zone line, and depths come out too small by about %.2g %%",
        s.width, middle[0] + s.offset * c - s.from * d,
        middle[1] + s.offset * d + s.from * c, middle[0] + s.offset * c - to * d,
        middle[1] + s.offset * d + to * c, 100 * s.left, s.p,
        100 * (1 - s.left) * s.width * s.length / (pi * radius * radius));
    return IA_OK;
}
