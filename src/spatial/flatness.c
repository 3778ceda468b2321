// src/spatial/flatness.c: chi-squared per bin and ladder distance against label shuffles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/flatness.h"

#include <math.h>
#include <stdlib.h>

enum { CHI2, LADDER, N_VALUES };

typedef struct {
    const ia_bins *bins;
    uint64_t n, n_holding;
    size_t n_words;
    uint64_t *bits;  // (workers, n_words)
    uint64_t *drawn; // (workers, n_bins)
} question;

// Bits set among [begin, end).
static uint64_t count_bits(const uint64_t *bits, uint64_t begin, uint64_t end)
{
    uint64_t n = 0;
    while (begin < end) {
        uint64_t at = begin % 64, left = 64 - at;
        uint64_t here = end - begin < left ? end - begin : left;
        uint64_t mask = here == 64 ? UINT64_MAX : (((uint64_t)1 << here) - 1) << at;
        n += (uint64_t)__builtin_popcountll(bits[begin / 64] & mask);
        begin += here;
    }
    return n;
}

// The ions lie bin by bin: where those that hold the element fall is a choice of places.
static void shuffle(const question *q, ia_random *random, uint64_t *bits, uint64_t *drawn)
{
    uint64_t begin = 0;
    for (size_t w = 0; w < q->n_words; w++)
        bits[w] = 0;
    ia_select(random, q->n_holding, q->n, bits);
    for (size_t b = 0; b < q->bins->n_bins; b++) {
        drawn[b] = count_bits(bits, begin, begin + q->bins->ions[b]);
        begin += q->bins->ions[b];
    }
}

static void measure(const question *q, const uint64_t *holding, double *values)
{
    double n = (double)q->n, c = (double)q->n_holding / n, sum = 0, used = 0;
    double before = 0, above = 0, ladder = 0;
    for (size_t b = 0; b < q->bins->n_bins; b++) {
        double ions = (double)q->bins->ions[b], got = (double)holding[b];
        double variance = ions * c * (1 - c) * (n - ions) / (n - 1);
        before += ions;
        above += got;
        ladder = fmax(ladder, fabs(above / (double)q->n_holding - before / n));
        if (!(variance > 0))
            continue;
        sum += (got - ions * c) * (got - ions * c) / variance;
        used++;
    }
    values[CHI2] = sum / used;
    values[LADDER] = ladder;
}

static ia_status ask(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                     double *values)
{
    (void)ctx;
    const question *q = user;
    uint64_t *bits = q->bits + worker * q->n_words;
    uint64_t *drawn = q->drawn + worker * q->bins->n_bins;
    ia_random random = draw->random;
    if (draw->number > 0)
        shuffle(q, &random, bits, drawn);
    measure(q, draw->number > 0 ? drawn : q->bins->holding, values);
    return IA_OK;
}

static bool is_worth_asking(const question *q)
{
    size_t n_filled = 0;
    for (size_t b = 0; b < q->bins->n_bins; b++)
        n_filled += q->bins->ions[b] > 0;
    return q->n_holding > 0 && q->n_holding < q->n && n_filled > 1;
}

static double upper_of(const ia_null *null)
{
    size_t n = null->n_shuffles, above = 0;
    double best = INFINITY;
    // The smallest shuffled value that at most 5 % of the shuffles exceed.
    for (size_t i = 0; i < n; i++) {
        double value = null->nulls[i * N_VALUES + CHI2];
        above = 0;
        for (size_t j = 0; j < n; j++)
            above += null->nulls[j * N_VALUES + CHI2] > value;
        if ((double)above <= 0.05 * (double)n)
            best = fmin(best, value);
    }
    return best;
}

ia_status ia_flatness_test(ia_ctx *ctx, const ia_bins *bins, size_t n_shuffles,
                           uint64_t seed, ia_flatness *out)
{
    question q = {.bins = bins};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    const ia_question asked = {ask, &q, N_VALUES, "shuffling labels"};
    const ia_null_params how = {n_shuffles, 0, seed, 0.95};
    ia_null null = {0};
    ia_status st = IA_ERR_MEMORY;
    for (size_t b = 0; b < bins->n_bins; b++) {
        q.n += bins->ions[b];
        q.n_holding += bins->holding[b];
    }
    *out = (ia_flatness){NAN, NAN, NAN, NAN, NAN, NAN};
    if (!is_worth_asking(&q))
        return IA_OK;
    q.n_words = ia_select_words(q.n);
    if (!(q.bits = ia_array(ctx, n_workers * q.n_words, sizeof *q.bits)) ||
        !(q.drawn = ia_array(ctx, n_workers * bins->n_bins, sizeof *q.drawn)) ||
        (st = ia_null_test(ctx, &asked, &how, &null)) != IA_OK)
        goto done;
    *out = (ia_flatness){null.observed[CHI2], null.mean[CHI2],       upper_of(&null),
                         null.p[CHI2],        null.observed[LADDER], null.p[LADDER]};
done:
    ia_null_clear(&null);
    free(q.bits);
    free(q.drawn);
    return st;
}
