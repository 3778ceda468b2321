// src/honest/null.c: a statistic against its values under shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "honest/draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Shuffles between two looks at whether to stop. Not the number of threads: the same
// shuffles are drawn on any machine.
enum { ROUND = 16 };

typedef struct {
    const ia_question *question;
    uint64_t seed;
} context;

static ia_status run_draw(ia_ctx *ctx, void *user, uint64_t draw, size_t worker,
                          double *values)
{
    context *c = user;
    ia_draw d = {draw, ia_random_new(c->seed, draw)};
    return c->question->statistic(ctx, c->question->user, &d, worker, values);
}

static bool is_reached(double null, double observed)
{
    return !(null < observed);
}

// Shuffles up to, not including, the n_stop-th that reaches the first value.
static size_t count_until_stop(const ia_null *null, size_t n, size_t n_stop)
{
    size_t reached = 0;
    for (size_t s = 0; s < n; s++) {
        reached += is_reached(null->nulls[s * null->n_values], null->observed[0]);
        if (n_stop > 0 && reached == n_stop)
            return s;
    }
    return n;
}

static ia_status draw_nulls(ia_ctx *ctx, const ia_draws *draws,
                            const ia_null_params *params, ia_null *null)
{
    ia_status st = ia_draws_run(ctx, draws, 0, 1, null->observed);
    size_t n = 0;
    while (st == IA_OK && n < params->n_shuffles) {
        size_t left = params->n_shuffles - n;
        size_t more = params->n_stop > 0 && left > ROUND ? ROUND : left;
        st = ia_draws_run(ctx, draws, 1 + n, more, null->nulls + n * null->n_values);
        n += more;
        null->n_shuffles = count_until_stop(null, n, params->n_stop);
        if (null->n_shuffles < n)
            break;
    }
    return st;
}

static void count_reached(ia_null *null)
{
    for (size_t i = 0; i < null->n_values; i++) {
        size_t reached = 0;
        for (size_t s = 0; s < null->n_shuffles; s++)
            reached += is_reached(null->nulls[s * null->n_values + i], null->observed[i]);
        null->p[i] = (1 + (double)reached) / ((double)null->n_shuffles + 1);
    }
}

// The largest distance of a curve from `mean` in units of `spread`.
static double largest_deviation(const double *curve, const double *mean,
                                const double *spread, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        if (spread[i] > 0)
            largest = fmax(largest, fabs(curve[i] - mean[i]) / spread[i]);
    return largest;
}

// Mean and spread over the observed curve and all shuffles, in which the observed one has
// no special place: so the p of the largest deviation holds exactly.
static void pool(const ia_null *null, double *mean, double *spread)
{
    double n = 1 + (double)null->n_shuffles;
    for (size_t i = 0; i < null->n_values; i++) {
        double sum = null->observed[i], squares;
        for (size_t s = 0; s < null->n_shuffles; s++)
            sum += null->nulls[s * null->n_values + i];
        mean[i] = sum / n;
        squares = (null->observed[i] - mean[i]) * (null->observed[i] - mean[i]);
        for (size_t s = 0; s < null->n_shuffles; s++) {
            double d = null->nulls[s * null->n_values + i] - mean[i];
            squares += d * d;
        }
        spread[i] = sqrt(squares / n);
    }
}

static ia_status compare_curves(ia_ctx *ctx, ia_null *null)
{
    size_t n = null->n_values, reached = 0;
    double *mean = ia_array(ctx, 2 * n, sizeof *mean);
    if (!mean)
        return IA_ERR_MEMORY;
    pool(null, mean, mean + n);
    double observed = largest_deviation(null->observed, mean, mean + n, n);
    for (size_t s = 0; s < null->n_shuffles; s++)
        reached += is_reached(largest_deviation(null->nulls + s * n, mean, mean + n, n),
                              observed);
    null->p_any = (1 + (double)reached) / ((double)null->n_shuffles + 1);
    free(mean);
    return IA_OK;
}

static ia_status make_room(ia_ctx *ctx, const ia_question *question,
                           const ia_null_params *params, ia_null *null)
{
    size_t n = null->n_values = question->n_values;
    double **arrays[] = {&null->observed, &null->mean, &null->sd,
                         &null->lo,       &null->hi,   &null->p};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (!(*arrays[i] = ia_array(ctx, n, sizeof **arrays[i])))
            return IA_ERR_MEMORY;
    if (n > 0 && params->n_shuffles > SIZE_MAX / n)
        return ia_fail(ctx, IA_ERR_MEMORY, "%zu shuffles of %zu values are too many",
                       params->n_shuffles, n);
    null->nulls = ia_array(ctx, params->n_shuffles * n, sizeof *null->nulls);
    return null->nulls ? IA_OK : IA_ERR_MEMORY;
}

static ia_status check(ia_ctx *ctx, const ia_null_params *params)
{
    if (params->n_shuffles == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "n_shuffles = 0: at least 1 was expected");
    if (!(params->band > 0 && params->band < 1))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "band = %g: a share between 0 and 1 was expected", params->band);
    return IA_OK;
}

ia_status ia_null_test(ia_ctx *ctx, const ia_question *question,
                       const ia_null_params *params, ia_null *out)
{
    context c = {question, params->seed};
    ia_draws draws = {run_draw, &c, question->n_values, question->stage};
    ia_null null = {.p_any = NAN};
    double *scratch = NULL;
    ia_status st;

    if ((st = check(ctx, params)) != IA_OK ||
        (st = make_room(ctx, question, params, &null)) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    if (!(scratch = ia_array(ctx, params->n_shuffles, sizeof *scratch)) ||
        (st = draw_nulls(ctx, &draws, params, &null)) != IA_OK)
        goto done;
    count_reached(&null);
    ia_draws_summarise(
        null.nulls, null.n_shuffles, null.n_values,
        &(ia_summary){null.mean, null.sd, null.lo, null.hi, params->band, scratch});
    if (params->n_stop == 0 && (st = compare_curves(ctx, &null)) != IA_OK)
        goto done;
    *out = null;
    null = (ia_null){0};
done:
    free(scratch);
    ia_null_clear(&null);
    return st;
}

void ia_null_clear(ia_null *null)
{
    free(null->observed);
    free(null->mean);
    free(null->sd);
    free(null->lo);
    free(null->hi);
    free(null->p);
    free(null->nulls);
    *null = (ia_null){0};
}
