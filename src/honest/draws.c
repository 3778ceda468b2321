// src/honest/draws.c: running a callback draw by draw, and what a set of draws comes to.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "honest/draws.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

// A worker's context, and how its first draw that failed ended.
typedef struct {
    ia_ctx *ctx;
    size_t draw;
    ia_status status;
} seat;

typedef struct {
    const ia_draws *draws;
    uint64_t first;
    double *rows;
    seat *seats; // per worker
    atomic_bool failed;
} job;

static void run_one(void *user, size_t block, size_t worker)
{
    job *j = user;
    seat *own = &j->seats[worker];
    if (atomic_load(&j->failed))
        return;
    own->status = j->draws->body(own->ctx, j->draws->user, j->first + block, worker,
                                 j->rows + block * j->draws->n_values);
    own->draw = block;
    if (own->status != IA_OK)
        atomic_store(&j->failed, true);
}

// The failure of the lowest draw, in its own words.
static ia_status tell(ia_ctx *ctx, const job *j, size_t n_workers)
{
    const seat *lowest = NULL;
    for (size_t w = 0; w < n_workers; w++)
        if (j->seats[w].status != IA_OK && (!lowest || j->seats[w].draw < lowest->draw))
            lowest = &j->seats[w];
    const char *why = ia_ctx_message(lowest->ctx);
    return ia_fail(ctx, lowest->status, "%s", *why ? why : "a draw at random failed");
}

static ia_status seat_workers(ia_ctx *ctx, job *j, size_t n_workers)
{
    if (!(j->seats = ia_array(ctx, n_workers, sizeof *j->seats)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++) {
        if (!(j->seats[w].ctx = ia_ctx_new()))
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out before drawing at random");
        ia_ctx_set_threads(j->seats[w].ctx, 1);
    }
    return IA_OK;
}

ia_status ia_draws_run(ia_ctx *ctx, const ia_draws *draws, uint64_t first, size_t n,
                       double *rows)
{
    size_t n_workers = ia_for_workers(ctx, n);
    job j = {.draws = draws, .first = first, .rows = rows};
    ia_status st = seat_workers(ctx, &j, n_workers);
    if (st == IA_OK)
        st = ia_for(ctx, draws->stage, n, run_one, &j);
    if (st == IA_OK && atomic_load(&j.failed))
        st = tell(ctx, &j, n_workers);
    for (size_t w = 0; w < n_workers && j.seats; w++)
        ia_ctx_free(j.seats[w].ctx);
    free(j.seats);
    return st;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Linear between order statistics, as most programs do by default.
static double quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;
    double rest = at - (double)i;
    return i + 1 < n ? sorted[i] + rest * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static void summarise_value(const double *rows, size_t n, size_t stride,
                            const ia_summary *out, size_t i)
{
    double sum = 0, squares = 0;
    for (size_t r = 0; r < n; r++)
        sum += out->scratch[r] = rows[r * stride + i];
    double mean = n > 0 ? sum / (double)n : NAN;
    for (size_t r = 0; r < n; r++)
        squares += (out->scratch[r] - mean) * (out->scratch[r] - mean);
    if (out->mean)
        out->mean[i] = mean;
    if (out->sd)
        out->sd[i] = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    if (!out->lo)
        return;
    // Not comparable where it is not a number: no quantiles then.
    bool none = n == 0 || isnan(sum);
    if (!none)
        qsort(out->scratch, n, sizeof *out->scratch, compare);
    out->lo[i] = none ? NAN : quantile(out->scratch, n, (1 - out->band) / 2);
    out->hi[i] = none ? NAN : quantile(out->scratch, n, (1 + out->band) / 2);
}

void ia_draws_summarise(const double *rows, size_t n_rows, size_t n_values,
                        const ia_summary *out)
{
    for (size_t i = 0; i < n_values; i++)
        summarise_value(rows, n_rows, n_values, out, i);
}
