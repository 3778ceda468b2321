// src/honest/select.c: choosing ions at random, and a statistic on the parts chosen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "honest/draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void flip(uint64_t *bits, size_t n)
{
    for (size_t w = 0; w < ia_select_words(n); w++)
        bits[w] = ~bits[w];
    if (n % 64)
        bits[n / 64] &= ((uint64_t)1 << (n % 64)) - 1;
}

void ia_select(ia_random *random, size_t m, size_t n, uint64_t *bits)
{
    // Marking one by one and passing over marked ones gives every choice the same chance;
    // at most half are passed over when the smaller part is the one that is marked.
    bool other = m > n - m;
    size_t left = other ? n - m : m;
    memset(bits, 0, ia_select_words(n) * sizeof *bits);
    while (left > 0) {
        uint64_t i = ia_random_below(random, n);
        uint64_t bit = (uint64_t)1 << (i % 64);
        left -= !(bits[i / 64] & bit);
        bits[i / 64] |= bit;
    }
    if (other)
        flip(bits, n);
}

void ia_labels_shuffle(ia_random *random, int32_t *labels, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)ia_random_below(random, i);
        int32_t label = labels[i - 1];
        labels[i - 1] = labels[j];
        labels[j] = label;
    }
}

typedef struct {
    const ia_part_question *question;
    const ia_part_params *params;
    size_t n, n_chosen;
    uint64_t **bits; // one per worker
} division;

static ia_status divide(ia_ctx *ctx, void *user, uint64_t draw, size_t worker,
                        double *values)
{
    division *d = user;
    const ia_part_question *q = d->question;
    ia_random random = ia_random_new(d->params->seed, draw);
    uint64_t *bits = d->bits[worker];
    ia_select(&random, d->n_chosen, d->n, bits);
    ia_status st = q->statistic(ctx, q->user, bits, worker, values);
    if (st != IA_OK || !d->params->both)
        return st;
    flip(bits, d->n);
    return q->statistic(ctx, q->user, bits, worker, values + q->n_values);
}

static ia_status make_room(ia_ctx *ctx, const ia_part_question *question,
                           const ia_part_params *params, ia_parts *parts)
{
    size_t n = question->n_values, n_parts = params->both ? 2 : 1;
    if (params->n_repeats == 0 || !(params->share > 0 && params->share < 1))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%zu parts with a share of %g: at least 1, and a share between 0 "
                       "and 1, were expected",
                       params->n_repeats, params->share);
    *parts =
        (ia_parts){.n_repeats = params->n_repeats, .n_parts = n_parts, .n_values = n};
    if (n > 0 && params->n_repeats > SIZE_MAX / 2 / n)
        return ia_fail(ctx, IA_ERR_MEMORY, "%zu parts of %zu values are too many",
                       params->n_repeats, n);
    if (!(parts->values =
              ia_array(ctx, params->n_repeats * n_parts * n, sizeof *parts->values)) ||
        !(parts->mean = ia_array(ctx, n, sizeof *parts->mean)) ||
        !(parts->sd = ia_array(ctx, n, sizeof *parts->sd)) ||
        (params->both &&
         !(parts->rms_difference = ia_array(ctx, n, sizeof *parts->rms_difference))))
        return IA_ERR_MEMORY;
    return IA_OK;
}

static void measure_differences(ia_parts *parts)
{
    size_t n = parts->n_values;
    for (size_t i = 0; i < n && parts->rms_difference; i++) {
        double squares = 0;
        for (size_t r = 0; r < parts->n_repeats; r++) {
            double d = parts->values[2 * r * n + i] - parts->values[(2 * r + 1) * n + i];
            squares += d * d;
        }
        parts->rms_difference[i] = sqrt(squares / (double)parts->n_repeats);
    }
}

ia_status ia_parts_compute(ia_ctx *ctx, const ia_part_question *question, size_t n,
                           const ia_part_params *params, ia_parts *out)
{
    division d = {question, params, n, (size_t)llround(params->share * (double)n), NULL};
    size_t n_workers = ia_for_workers(ctx, params->n_repeats);
    ia_parts parts = {0};
    double *scratch = NULL;
    ia_status st;

    if ((st = make_room(ctx, question, params, &parts)) != IA_OK)
        goto done;
    size_t n_rows = params->n_repeats * parts.n_parts;
    st = IA_ERR_MEMORY;
    if (!(scratch = ia_array(ctx, n_rows, sizeof *scratch)) ||
        !(d.bits = ia_array(ctx, n_workers, sizeof *d.bits)))
        goto done;
    for (size_t w = 0; w < n_workers; w++)
        if (!(d.bits[w] = ia_array(ctx, ia_select_words(n), sizeof **d.bits)))
            goto done;
    ia_draws draws = {divide, &d, parts.n_parts * question->n_values, question->stage};
    if ((st = ia_draws_run(ctx, &draws, 1, params->n_repeats, parts.values)) != IA_OK)
        goto done;
    ia_draws_summarise(
        parts.values, n_rows, parts.n_values,
        &(ia_summary){.mean = parts.mean, .sd = parts.sd, .scratch = scratch});
    measure_differences(&parts);
    *out = parts;
    parts = (ia_parts){0};
done:
    for (size_t w = 0; w < n_workers && d.bits; w++)
        free(d.bits[w]);
    free(d.bits);
    free(scratch);
    ia_parts_clear(&parts);
    return st;
}

void ia_parts_clear(ia_parts *parts)
{
    free(parts->values);
    free(parts->mean);
    free(parts->sd);
    free(parts->rms_difference);
    *parts = (ia_parts){0};
}
