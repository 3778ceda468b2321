// src/detector/dead_strip.c: straight strips of a detector that record next to nothing,
// as a wire or a dead delay line leaves them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hit_doubts.h"

#include <assert.h>
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
static const double most_left = 0.1;   // likewise of its middle, that it may have
static const double others_left = 0.2; // those that are alike, of a crystal
static const double shortest = 0.5;    // of a strip, radii
static const double narrow = 6;        // times as long as wide at least
static const double third = 1.0 / 3;   // of the mean beside, between empty and full
static const double comparable = 0.5;  // odds, of the likeliest strip's
static const double level = 0.001;     // of p
static const double pi = 3.14159265358979323846;

// Hits by their distance from a line through the middle and along it, summed across.
typedef struct {
    float until[ACROSS + 1][ALONG]; // hits below each bin
} strips;

// Hits from the middle, in radii, evenly over the sample.
typedef struct {
    float (*at)[2]; // (n)
    size_t n;
} places;

static void count(const places *hits, double angle, strips *out)
{
    float c = (float)cos(angle), d = (float)sin(angle);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < hits->n; i++) {
        float across = hits->at[i][0] * c + hits->at[i][1] * d;
        float along = hits->at[i][1] * c - hits->at[i][0] * d;
        if (!(fabsf(across) < 1 && fabsf(along) < 1))
            continue;
        int k = (int)((across + 1) / 2 * ACROSS), t = (int)((along + 1) / 2 * ALONG);
        out->until[k < ACROSS ? k + 1 : ACROSS][t < ALONG ? t : ALONG - 1]++;
    }
    for (size_t k = 1; k <= ACROSS; k++)
        for (size_t t = 0; t < ALONG; t++)
            out->until[k][t] += out->until[k - 1][t];
}

// Hits of a strip and of what is beside it, in pieces of its length, and what each adds
// to its odds. Of the two sides the one with fewer counts for both: beyond the rim, or a
// dead part, there are none.
typedef struct {
    float beside[ALONG], gain[ALONG];
} pieces;

// Returns the most that any stretch of the pieces adds.
static double weigh(const strips *s, size_t from, size_t width, size_t side, pieces *out)
{
    enum { LANES = 8 }; // sums that a processor takes at once
    static_assert(ALONG % LANES == 0, "lanes are full");
    double share = 2 * (double)side / (double)width;
    float of_in = (float)log(left * (1 + share) / (left + share));
    float of_beside = (float)log((1 + share) / (left + share));
    const float *below = s->until[from - GUARD - side], *lower = s->until[from - GUARD];
    const float *first = s->until[from], *last = s->until[from + width];
    const float *upper = s->until[from + width + GUARD];
    const float *above = s->until[from + width + GUARD + side];
    float most[LANES] = {0}, sum = 0;
    for (size_t t = 0; t < ALONG; t++) {
        float low = lower[t] - below[t], high = above[t] - upper[t];
        out->beside[t] = 2 * (low < high ? low : high);
        out->gain[t] = (last[t] - first[t]) * of_in + out->beside[t] * of_beside;
    }
    for (size_t t = 0; t < ALONG; t += LANES)
        for (size_t l = 0; l < LANES; l++)
            most[l] += out->gain[t + l] > 0 ? out->gain[t + l] : 0;
    for (size_t l = 0; l < LANES; l++)
        sum += most[l];
    return sum;
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
        for (size_t k = from; k < from + n; k++) {
            double across = (2 * (double)k + 1) / ACROSS - 1;
            b.pieces += across * across + along * along < 1;
        }
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

// Share of the hits beside it that the middle half of a strip has, in the pieces of a
// stretch: its edges may lie beyond those of what is dead.
static double left_of_middle(const strips *s, size_t from, size_t width,
                             const size_t stretch[2], double beside, size_t side)
{
    size_t edge = width / 4, n = width - 2 * edge;
    return bins_of(s, from + edge, n, stretch).hits / beside * 2 * (double)side /
           (double)n;
}

// The stretch along which a strip stands out most: ln of how much likelier its hits are
// with `left` of them there than with all, of the hits in it and beside it.
static void search_along(const strips *s, size_t from, size_t width, double angle,
                         search *j)
{
    pieces p;
    size_t side = width > 4 ? width : 4, begin = 0;
    double sum = 0, beside = 0;
    if (weigh(s, from, width, side, &p) < fmax(j->least, j->best.odds))
        return;
    for (size_t t = 0; t < ALONG; t++) {
        if (sum <= 0) {
            sum = beside = 0;
            begin = t;
        }
        sum += p.gain[t];
        beside += p.beside[t];
        if (!(sum > j->best.odds))
            continue;
        const size_t stretch[2] = {begin, t};
        ia_dead_strip strip = {
            .odds = sum,
            .angle = angle,
            .offset = j->radius * ((double)(2 * from + width) / ACROSS - 1),
            .from = j->radius * (2 * (double)begin / ALONG - 1),
            .length = 2 * j->radius * (double)(t + 1 - begin) / ALONG,
            .width = 2 * j->radius * (double)width / ACROSS,
            .left = left_of_middle(s, from, width, stretch, beside, side)};
        if (strip.length >= shortest * j->radius &&
            strip.length >= narrow * strip.width &&
            strip.left <= (j->n > 0 ? others_left : most_left) &&
            is_alone(s, from, width, stretch) && is_new(j, &strip))
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
            if (a % (widths[w] < 8 ? 1 : widths[w] / 4) > 0) // the wide turn in steps
                continue;
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
                (float)(((double)sample->hits[2 * i + k] * sample->mm - middle[k]) /
                        radius);
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
