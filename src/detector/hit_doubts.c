// src/detector/hit_doubts.c: hits that cannot be meant as they stand, a sentence each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hit_doubts.h"

#include <math.h>
#include <stdlib.h>

ia_status ia_hit_sample_read(ia_ctx *ctx, const ia_ions *ions, size_t first,
                             size_t n_ions, ia_hit_sample *out)
{
    size_t stride = n_ions / HIT_SAMPLE + (n_ions % HIT_SAMPLE > 0);
    size_t n = stride > 0 ? (n_ions + stride - 1) / stride : 0;
    float *hits = ia_array(ctx, n, 2 * sizeof *hits), room[2];

    if (!hits)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++) {
        const float *hit =
            ia_column_rows(&ions->columns[IA_DET_XY], first + k * stride, 1, room);
        hits[2 * k] = hit[0];
        hits[2 * k + 1] = hit[1];
    }
    *out = (ia_hit_sample){hits, n, first, n_ions, 1};
    return IA_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Quantiles need no more than some of the hits sorted: fits read a run many times. One of
// each so many, not always the same: every other hit may be in another unit.
enum { SORTED = 20000 };

static size_t n_sorted(const ia_hit_sample *sample)
{
    return sample->n < SORTED ? sample->n : SORTED;
}

static size_t nth(const ia_hit_sample *sample, size_t k)
{
    const size_t prime = 7919;
    size_t stride = sample->n / n_sorted(sample);

    return k * stride + k * prime % stride;
}

ia_status ia_hit_extent_find(ia_ctx *ctx, const ia_hit_sample *sample, ia_hit_extent *out)
{
    enum { LEFT_OUT = 400 }; // one in so many on either side
    float *sorted = ia_array(ctx, n_sorted(sample), sizeof *sorted);
    ia_status st = sorted ? IA_OK : IA_ERR_MEMORY;

    for (size_t axis = 0; st == IA_OK && axis < 2; axis++) {
        size_t n = 0;
        for (size_t k = 0; k < n_sorted(sample); k++) {
            const float *hit = sample->hits + 2 * nth(sample, k);
            if (isfinite(hit[0]) && isfinite(hit[1]))
                sorted[n++] = hit[axis];
        }
        if (n == 0) {
            st = IA_ERR_EMPTY;
            break;
        }
        qsort(sorted, n, sizeof *sorted, compare);
        double lo = (double)sorted[n / LEFT_OUT];
        double hi = (double)sorted[n - 1 - n / LEFT_OUT];
        out->middle[axis] = (lo + hi) / 2 * sample->mm;
        out->half[axis] = (hi - lo) / 2 * sample->mm;
    }
    free(sorted);
    return st;
}

// Of the radius: a run that was cropped about its hits has 0.2.
static const double off = 0.25;

bool ia_hits_are_off(const ia_hit_extent *extent)
{
    const double round = 0.8, far_away = 1000; // mm: no detector is that large
    const double *middle = extent->middle, *half = extent->half;
    double radius = fmax(half[0], half[1]);
    bool is_round = fmin(half[0], half[1]) > round * radius;
    bool in_corner = fabs(middle[0]) > half[0] && fabs(middle[1]) > half[1];

    return (is_round || in_corner) && radius < far_away &&
           hypot(middle[0], middle[1]) > off * radius;
}

bool ia_hits_doubt_origin(ia_ctx *ctx, const ia_hit_extent *extent, const double told[2])
{
    const double *middle = extent->middle;
    double radius = fmax(extent->half[0], extent->half[1]);

    if (!ia_hits_are_off(extent))
        return false;
    if (hypot(middle[0] - told[0], middle[1] - told[1]) > off * radius)
        ia_warn(ctx,
                "hits lie about (%.1f, %.1f) mm and reach %.3g mm from there: the origin "
                "is not the middle of the detector; the axis is %s (--centre-x, "
                "--centre-y; index: --axis-x, --axis-y)",
                middle[0] + 0.0, middle[1] + 0.0, radius,
                told[0] == 0 && told[1] == 0 ? "taken to be there, unless it is told"
                                             : "told to be elsewhere");
    return true;
}

// Hits that are as good as none: all of one place.
static void doubt_middle(ia_ctx *ctx, const ia_hit_sample *s)
{
    const double most = 0.01; // share
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++)
        n += s->hits[2 * k] == 0 && s->hits[2 * k + 1] == 0;
    double share = (double)n / (double)s->n;
    if (share > most)
        ia_warn(ctx,
                "%.3g %% of the hits are at (0, 0), as where none was recorded: a map "
                "has a spot there, positions stand on the axis and count in the depth",
                100 * share);
}

static double reach_of(const ia_hit_sample *s, size_t k)
{
    double d = hypot((double)s->hits[2 * k], (double)s->hits[2 * k + 1]);
    return isfinite(d) ? d : 0;
}

// One column under two names makes a line of a detector.
static void doubt_copy(ia_ctx *ctx, const ia_hit_sample *s)
{
    enum { FEWEST = 50 };
    const double most = 0.5; // share
    size_t n = 0, same = 0;

    for (size_t k = 0; k < s->n; k++) {
        const float *hit = s->hits + 2 * k;
        if (!(reach_of(s, k) > 0))
            continue;
        n++;
        same += hit[0] == hit[1];
    }
    if (n >= FEWEST && (double)same > most * (double)n)
        ia_warn(
            ctx,
            "x and y are the same number in %.3g %% of the hits: one column may stand "
            "for both, and no map, pole or position is right",
            100 * (double)same / (double)n);
}

enum { PARTS = 16 };

// Mean distance from the middle, in one part of the run, of all hits but the furthest 5
// %: one wild hit would make a mean. 0 where there are none. A median would be as robust,
// but jumps where half of the hits are in another unit.
static double distance_of(const ia_hit_sample *s, size_t part, float *sorted)
{
    const double kept = 0.95;
    size_t first = s->n * part / PARTS, n = 0;
    const ia_hit_sample hits = {s->hits + 2 * first, s->n * (part + 1) / PARTS - first, 0,
                                0, s->mm};
    double sum = 0;

    for (size_t k = 0; k < n_sorted(&hits); k++) {
        double d = reach_of(&hits, nth(&hits, k));
        if (d > 0)
            sorted[n++] = (float)d;
    }
    qsort(sorted, n, sizeof *sorted, compare);
    size_t n_kept = (size_t)ceil(kept * (double)n);
    for (size_t k = 0; k < n_kept; k++)
        sum += (double)sorted[k];
    return n > 0 ? sum / (double)n_kept : 0;
}

// Another unit, or another detector, from some ion on.
static ia_status doubt_parts(ia_ctx *ctx, const ia_hit_sample *s, bool *is_told)
{
    enum { FEWEST = 50 };
    const double unlike = 1.8; // of distances from the middle
    double least = HUGE_VAL, most = 0;
    size_t where[2] = {0};
    float *sorted = ia_array(ctx, n_sorted(s), sizeof *sorted);

    *is_told = false;
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t part = 0; part < PARTS && s->n >= PARTS * FEWEST; part++) {
        double d = distance_of(s, part, sorted);
        if (!(d > 0))
            continue;
        where[0] = d < least ? part : where[0];
        where[1] = d > most ? part : where[1];
        least = fmin(least, d);
        most = fmax(most, d);
    }
    free(sorted);
    if (!(most > unlike * least) || !isfinite(least))
        return IA_OK;
    *is_told = true;
    ia_warn(ctx,
            "hits are %.3g mm from the middle on average about ion %zu and %.3g mm "
            "about ion %zu: the unit or the detector changes within the file; bring all "
            "hits to one unit",
            least * s->mm, s->first + (2 * where[0] + 1) * s->n_ions / (2 * PARTS),
            most * s->mm, s->first + (2 * where[1] + 1) * s->n_ions / (2 * PARTS));
    return IA_OK;
}

// Another unit here and there: hits in cm beside those in mm lie within a tenth of them.
static ia_status doubt_mixture(ia_ctx *ctx, const ia_hit_sample *s)
{
    enum { FEWEST = 800 };
    const double share = 0.95; // of an even disc within sqrt(share) of its radius
    const double tenth = 0.1, most = 0.25; // an even disc has a hundredth there
    float *sorted = ia_array(ctx, n_sorted(s), sizeof *sorted);
    size_t n = 0, within = 0;

    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n_sorted(s); k++) {
        double d = reach_of(s, nth(s, k));
        if (d > 0)
            sorted[n++] = (float)d;
    }
    qsort(sorted, n, sizeof *sorted, compare);
    double radius =
        n > 0 ? (double)sorted[(size_t)(share * (double)(n - 1))] / sqrt(share) : 0;
    while (within < n && (double)sorted[within] < tenth * radius)
        within++;
    free(sorted);
    if (n >= FEWEST && (double)within > most * (double)n)
        ia_warn(ctx,
                "%.3g %% of the hits lie within a tenth of the detector's radius of "
                "%.3g mm, where an even detector has 1 %%: part of them may be in "
                "another unit (mm and cm?); bring all hits to one unit",
                100 * (double)within / (double)n, radius * s->mm);
    return IA_OK;
}

ia_status ia_hits_doubt(ia_ctx *ctx, const ia_hit_sample *sample)
{
    if (sample->n == 0)
        return IA_OK;
    doubt_middle(ctx, sample);
    doubt_copy(ctx, sample);
    bool is_told;
    ia_status st = doubt_parts(ctx, sample, &is_told);
    return st != IA_OK || is_told ? st : doubt_mixture(ctx, sample);
}
