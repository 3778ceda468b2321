// src/core/histogram.c: counts of a float column in equal bins, on all threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/histogram.h"

#include <assert.h>
#include <ionatlas/parallel.h>
#include <stdlib.h>

// Counters of a worker: the bins, then below and above.
enum { BELOW, ABOVE, N_OUTSIDE };

typedef struct {
    const ia_column *column;
    double lo, per_bin;
    size_t n_bins, stride; // counters from worker to worker
    uint64_t *counters;    // (n_workers, stride)
    float *rows;           // (n_workers, IA_COLUMN_BLOCK)
} job;

static void count_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    ia_block(j->column->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *rows =
        ia_column_rows(j->column, begin, end - begin, j->rows + worker * IA_COLUMN_BLOCK);
    uint64_t *counts = j->counters + worker * j->stride;
    uint64_t *outside = counts + j->n_bins;
    const double lo = j->lo, per_bin = j->per_bin, n_bins = (double)j->n_bins;

    for (size_t i = 0; i < end - begin; i++) {
        double x = ((double)rows[i] - lo) * per_bin;
        if (x >= 0 && x < n_bins)
            counts[(int64_t)x]++;
        else
            outside[x >= n_bins ? ABOVE : BELOW]++;
    }
}

static void add_worker(const uint64_t *counters, ia_histogram *histogram)
{
    for (size_t i = 0; i < histogram->n_bins; i++)
        histogram->counts[i] += counters[i];
    histogram->below += counters[histogram->n_bins + BELOW];
    histogram->above += counters[histogram->n_bins + ABOVE];
}

ia_status ia_histogram_fill(ia_ctx *ctx, const char *stage, const ia_column *column,
                            ia_histogram *histogram)
{
    assert(column->type == IA_F32 && column->width == 1);
    enum { CACHE_LINE = 64 / sizeof(uint64_t) }; // keeps workers off each other's lines
    size_t n_blocks = ia_block_count(column->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    job j = {.column = column,
             .lo = histogram->lo,
             .per_bin = 1 / histogram->bin,
             .n_bins = histogram->n_bins,
             .stride = histogram->n_bins + N_OUTSIDE + CACHE_LINE};
    ia_status st = IA_ERR_MEMORY;

    if ((j.counters = ia_array(ctx, n_workers * j.stride, sizeof *j.counters)) == NULL ||
        (j.rows = ia_array(ctx, n_workers * IA_COLUMN_BLOCK, sizeof *j.rows)) == NULL ||
        (st = ia_for(ctx, stage, n_blocks, count_block, &j)) != IA_OK)
        goto done;
    for (size_t i = 0; i < n_workers; i++)
        add_worker(j.counters + i * j.stride, histogram);
done:
    free(j.rows);
    free(j.counters);
    return st;
}
