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
    NEAR = 8,  // bins beside it at least, that are to be full
    INNER = 2, // bins of it, that are to be empty
    FEWEST = 2000,
    USED = 50000, // hits at most
    CROWD = 3     // strips that are the lines of a crystal
};
static const size_t widths[WIDTHS] = {2, 3, 4, 6, 8, 12, 16, 20}; // bins
static const double left = 0.1;        // of the hits, that a strip keeps
static const double most_left = 0.15;  // likewise, that it may have
static const double others_left = 0.2; // those that are alike, of a crystal
static const double shortest = 0.5;    // of a strip, radii
static const double narrow = 6;        // times as long as wide at least
static const double third = 1.0 / 3;   // of the mean beside, between empty and full
static const double comparable = 0.5;  // odds, of the likeliest strip's
static const double level = 0.001;     // of p
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

// Hits of some bins in the pieces of a stretch, and those of its pieces that are on the
// detector.
typedef struct {
    double hits, pieces;
} bins;

static bins bins_of(const strips *s, size_t from, size_t n, const size_t stretch[2])
{
    bins b = {0};
    for (size_t t = stretch[0]; t <= stretch[1]; t++) {
        double along = (2 * (double)t + 1) / ALONG - 1;
        b.hits += s->until[from + n][t] - s->until[from][t];
        for (size_t k = from; k < from + n; k++)
            b.pieces += hypot((2 * (double)k + 1) / ACROSS - 1, along) < 1;
    }
    return b;
}

// Is all of a strip empty and all beside it full, in the pieces of a stretch? Rows of
// atoms, where nothing blurs them, leave gaps side by side; what is dead stands alone,
// between sharp edges.
static bool is_alone(const strips *s, size_t from, size_t width, const size_t stretch[2])
{
    size_t each = width / 2, n = ((width > NEAR ? width : NEAR) + each - 1) / each;
    bins parts[2 * NEAR], all = {0};
    size_t n_parts = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t side = 0; side < 2; side++) {
            size_t k = side == 0 ? from - GUARD - (i + 1) * each
                                 : from + width + GUARD + i * each;
            if (k + each > ACROSS || k > ACROSS) // the latter below 0
                continue;
            bins b = parts[n_parts++] = bins_of(s, k, each, stretch);
            all.hits += b.hits;
            all.pieces += b.pieces;
        }
    for (size_t i = 0; i < n_parts; i++)
        if (parts[i].hits * all.pieces < third * all.hits * parts[i].pieces)
            return false;
    for (size_t k = 0; k < width; k += INNER) {
        bins b = bins_of(s, from + k, k + INNER < width ? INNER : width - k, stretch);
        if (b.hits * all.pieces > third * all.hits * b.pieces)
            return false;
    }
    return true;
}

// The strips found so far, and the one that stands out most of all others.
typedef struct {
    ia_dead_strip found[CROWD], best;
    size_t n;
    double radius;
    double least; // odds of what would count
} search;

// Is more than half of a strip outside one, and a mm (of a detector of 76 mm) about it?
static bool is_elsewhere(const search *j, const ia_dead_strip *s, const ia_dead_strip *of)
{
    enum { PLACES = 16 };
    double c = cos(of->angle - s->angle), d = sin(of->angle - s->angle);
    size_t n = 0;
    for (size_t i = 0; i < PLACES; i++) {
        double along = s->from + s->length * ((double)i + 0.5) / PLACES;
        double across = s->offset * c + along * d - of->offset;
        n += fabs(across) > of->width / 2 + j->radius * 4 * 2 / ACROSS;
    }
    return n > PLACES / 2;
}

static bool is_new(const search *j, const ia_dead_strip *s)
{
    for (size_t k = 0; k < j->n; k++)
        if (!is_elsewhere(j, s, &j->found[k]))
            return false;
    return true;
}

// The stretch along which a strip stands out most: ln of how much likelier its hits are
// with `left` of them there than with all, of the hits in it and beside it.
static void search_along(const strips *s, size_t from, size_t width, double angle,
                         search *j)
{
    piece pieces[ALONG];
    double gains[ALONG], most = 0;
    size_t side = width > 4 ? width : 4, begin = 0;
    double share = 2 * (double)side / (double)width, sum = 0, in = 0, beside = 0;
    double of_in = log(left * (1 + share) / (left + share));
    double of_beside = log((1 + share) / (left + share));
    for (size_t t = 0; t < ALONG; t++) {
        pieces[t] = piece_of(s, from, width, side, t);
        gains[t] = pieces[t].in * of_in + pieces[t].beside * of_beside;
    }
    for (size_t t = 0; t < ALONG; t++)
        most += gains[t] > 0 ? gains[t] : 0;
    if (most < j->least) // no stretch of these can do
        return;
    for (size_t t = 0; t < ALONG; t++) {
        piece p = pieces[t];
        if (sum <= 0) {
            sum = in = beside = 0;
            begin = t;
        }
        sum += gains[t];
        in += p.in;
        beside += p.beside;
        if (!(sum > j->best.odds))
            continue;
        ia_dead_strip strip = {.odds = sum,
                               .angle = angle,
                               .offset =
                                   j->radius * ((double)(2 * from + width) / ACROSS - 1),
                               .from = j->radius * (2 * (double)begin / ALONG - 1),
                               .length = 2 * j->radius * (double)(t + 1 - begin) / ALONG,
                               .width = 2 * j->radius * (double)width / ACROSS,
                               .left = in * share / beside};
        if (strip.length >= shortest * j->radius &&
            strip.length >= narrow * strip.width &&
            strip.left <= (j->n > 0 ? others_left : most_left) &&
            is_alone(s, from, width, (const size_t[2]){begin, t}) && is_new(j, &strip))
            j->best = strip;
    }
}

static void search_all(const places *hits, strips *room, search *j)
{
    // Under chance the mean of the likelihood's ratio is 1, so that a stretch from a
    // given place reaches exp(odds) once in as many times at most (Ville 1939).
    const double starts = (double)ANGLES * ACROSS * WIDTHS * ALONG;
    j->least = 0.999 * (j->n == 0 ? log(starts / level) : comparable * j->found[0].odds);
    j->best = (ia_dead_strip){.p = 1};
    for (size_t a = 0; a < ANGLES && hits->n >= FEWEST; a++) {
        double angle = pi * (double)a / ANGLES;
        count(hits, angle, room);
        for (size_t w = 0; w < WIDTHS; w++) {
            size_t edge = (widths[w] > 4 ? widths[w] : 4) + GUARD;
            for (size_t from = edge; from + widths[w] + edge <= ACROSS; from++)
                search_along(room, from, widths[w], angle, j);
        }
    }
    j->best.p = fmin(1, starts * exp(-j->best.odds));
}

ia_status ia_dead_strip_find(ia_ctx *ctx, const ia_hit_sample *sample,
                             const double middle[2], double radius, ia_dead_strip *out)
{
    strips *room = ia_array(ctx, 1, sizeof *room);
    places hits = {ia_array(ctx, USED, sizeof *hits.at), 0};
    search j = {.radius = radius};

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
    for (; j.n < CROWD; j.n++) {
        search_all(&hits, room, &j);
        if (j.n == 0 ? j.best.p > level : j.best.odds < comparable * j.found[0].odds)
            break;
        j.found[j.n] = j.best;
    }
    free(room);
    free(hits.at);
    *out = j.n == 0 || j.n == CROWD ? (ia_dead_strip){.p = 1} : j.found[0];
    return IA_OK;
}

ia_status ia_hits_doubt_strip(ia_ctx *ctx, const ia_hit_sample *sample,
                              const double middle[2], double radius)
{
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
