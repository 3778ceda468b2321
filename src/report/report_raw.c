// src/report/report_raw.c: what an input tells before it has m/n: times of flight and
// ions per pulse.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/histogram.h"
#include "report/report_internal.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_FINE = 60000, N_BINS_MAX = 4000, N_MULTIPLES = 16 };

// Largest finite time, one per worker.
typedef struct {
    const ia_column *times;
    float *rows; // (n_workers, IA_COLUMN_BLOCK)
    double *most;
} extent_job;

static void extent_block(void *user, size_t block, size_t worker)
{
    const extent_job *job = user;
    size_t begin, end;
    ia_block(job->times->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *rows = ia_column_rows(job->times, begin, end - begin,
                                       job->rows + worker * IA_COLUMN_BLOCK);
    for (size_t i = 0; i < end - begin; i++) {
        if (isfinite(rows[i]))
            job->most[worker] = fmax(job->most[worker], (double)rows[i]);
    }
}

static ia_status find_longest(ia_ctx *ctx, const ia_column *times, double *out)
{
    size_t n_blocks = ia_block_count(times->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    extent_job job = {.times = times};
    ia_status st = IA_ERR_MEMORY;
    job.rows = ia_array(ctx, n_workers * IA_COLUMN_BLOCK, sizeof *job.rows);
    job.most = ia_array(ctx, n_workers, sizeof *job.most);
    if (!job.rows || !job.most)
        goto done;
    if ((st = ia_for(ctx, "times of flight", n_blocks, extent_block, &job)) != IA_OK)
        goto done;
    *out = 0;
    for (size_t worker = 0; worker < n_workers; worker++)
        *out = fmax(*out, job.most[worker]);
done:
    free(job.most);
    free(job.rows);
    return st;
}

// Upper edge of the bin that makes the sum of counts reach all but one ion in 2,000.
static double nearly_all(const ia_histogram *h)
{
    uint64_t all = h->above, sum = 0;
    for (size_t i = 0; i < h->n_bins; i++)
        all += h->counts[i];
    size_t i = 0;
    while (i < h->n_bins && sum < all - all / 2000)
        sum += h->counts[i++];
    return h->lo + h->bin * (double)i;
}

// The least of 1, 2, 5 times a power of ten that cuts `length` into few enough bins.
static double width_for(double length)
{
    static const double steps[] = {1, 2, 5};
    double decade = pow(10, floor(log10(length / N_BINS_MAX)));
    for (;; decade *= 10) {
        for (size_t i = 0; i < 3; i++) {
            if (length / (decade * steps[i]) <= N_BINS_MAX)
                return decade * steps[i];
        }
    }
}

// Where the times of nearly all ions end: a few far ones would squeeze all others into
// one bin, so look closer until the fine bins are fine enough.
static ia_status find_end(ia_ctx *ctx, const ia_column *times, double longest,
                          double *end)
{
    uint64_t *fine = ia_array(ctx, N_FINE, sizeof *fine);
    ia_status st = fine ? IA_OK : IA_ERR_MEMORY;
    *end = longest;
    for (double before = INFINITY; st == IA_OK && *end < 0.05 * before;) {
        ia_histogram h = {
            .bin = *end * (1 + 1e-6) / N_FINE, .n_bins = N_FINE, .counts = fine};
        memset(fine, 0, N_FINE * sizeof *fine);
        st = ia_histogram_fill(ctx, "times of flight", times, &h);
        before = *end;
        *end = fmin(longest, 1.02 * nearly_all(&h));
    }
    free(fine);
    return st;
}

ia_status report_times_compute(ia_ctx *ctx, const ia_ions *ions, report_times *out)
{
    const ia_column *times = &ions->columns[IA_TOF];
    double longest, end;
    ia_status st;
    *out = (report_times){0};
    if (!ia_ions_has(ions, IA_TOF) || ions->n == 0)
        return IA_OK;
    if ((st = find_longest(ctx, times, &longest)) != IA_OK)
        return st;
    if (!(longest > 0))
        return IA_OK;
    if ((st = find_end(ctx, times, longest, &end)) != IA_OK)
        return st;
    ia_histogram h = {.bin = width_for(end)};
    h.n_bins = (size_t)(end / h.bin) + 1;
    if (!(h.counts = ia_array(ctx, h.n_bins, sizeof *h.counts)))
        return IA_ERR_MEMORY;
    if ((st = ia_histogram_fill(ctx, "times of flight", times, &h)) != IA_OK) {
        free(h.counts);
        return st;
    }
    *out = (report_times){.bin = h.bin,
                          .n_bins = h.n_bins,
                          .counts = h.counts,
                          .below = h.below,
                          .above = h.above};
    return IA_OK;
}

ia_status report_flight(ia_ctx *ctx, const report_input *in, json_t **out)
{
    report_times times;
    ia_status st = report_times_compute(ctx, &in->state->ions, &times);
    if (st != IA_OK)
        return st;
    if (times.n_bins == 0) {
        *out = json_null();
        return IA_OK;
    }
    json_t *o = json_object();
    bool ok = report_put(o, "bin_ns", report_number(times.bin)) &&
              report_put(o, "first_ns", report_number(times.first)) &&
              report_put(o, "n_bins", report_count(times.n_bins)) &&
              report_put(o, "below", report_count(times.below)) &&
              report_put(o, "above", report_count(times.above)) &&
              report_put(o, "counts", report_packed(ctx, times.counts, times.n_bins));
    free(times.counts);
    *out = report_keep(o, ok);
    return *out ? IA_OK
                : ia_fail(ctx, IA_ERR_MEMORY, "no memory for the times of flight");
}

// Pulses by the number of their ions; the last counter takes all larger numbers.
typedef struct {
    const ia_column *column;
    uint32_t *rows;                  // (n_workers, IA_COLUMN_BLOCK)
    uint64_t (*pulses)[N_MULTIPLES]; // (n_workers)
    uint64_t *many;                  // (n_workers) ions in pulses of the last counter
} multiple_job;

static void multiple_block(void *user, size_t block, size_t worker)
{
    const multiple_job *job = user;
    size_t begin, end;
    ia_block(job->column->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const uint32_t *rows = ia_column_rows(job->column, begin, end - begin,
                                          job->rows + worker * IA_COLUMN_BLOCK);
    for (size_t i = 0; i < end - begin; i++) {
        bool many = rows[i] >= N_MULTIPLES;
        job->pulses[worker][many ? N_MULTIPLES - 1 : rows[i]]++;
        // The counter before the last number holds it alone, so ions need no sum there.
        job->many[worker] += rows[i] >= N_MULTIPLES - 1 ? rows[i] : 0;
    }
}

// Rows {ions_per_pulse, pulses, ions}; `or_more` on the last counter.
static json_t *multiples_json(const uint64_t *pulses, uint64_t many)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t k = 1; k < N_MULTIPLES && ok; k++) {
        bool last = k == N_MULTIPLES - 1;
        if (pulses[k] == 0)
            continue;
        json_t *o = json_object();
        bool filled = report_put(o, "multiplicity", report_count(k)) &&
                      report_put(o, "or_more", json_boolean(last)) &&
                      report_put(o, "pulses", report_count(pulses[k])) &&
                      report_put(o, "ions", report_count(last ? many : pulses[k] * k));
        ok = report_push(array, report_keep(o, filled));
    }
    return report_keep(array, ok);
}

ia_status report_multiples(ia_ctx *ctx, const report_input *in, json_t **out)
{
    const ia_column *column = &in->state->ions.columns[IA_MULTIPLICITY];
    multiple_job job = {.column = column};
    ia_status st = IA_ERR_MEMORY;
    *out = NULL;
    if (!ia_column_is_present(column) || column->n == 0) {
        *out = json_null();
        return IA_OK;
    }
    size_t n_blocks = ia_block_count(column->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    job.rows = ia_array(ctx, n_workers * IA_COLUMN_BLOCK, sizeof *job.rows);
    job.pulses = ia_array(ctx, n_workers, sizeof *job.pulses);
    job.many = ia_array(ctx, n_workers, sizeof *job.many);
    if (!job.rows || !job.pulses || !job.many)
        goto done;
    if ((st = ia_for(ctx, "ions per pulse", n_blocks, multiple_block, &job)) != IA_OK)
        goto done;
    for (size_t worker = 1; worker < n_workers; worker++) {
        for (size_t k = 0; k < N_MULTIPLES; k++)
            job.pulses[0][k] += job.pulses[worker][k];
        job.many[0] += job.many[worker];
    }
    if (!(*out = multiples_json(job.pulses[0], job.many[0])))
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the ions per pulse");
done:
    free(job.many);
    free(job.pulses);
    free(job.rows);
    return st;
}
