// src/detector/detector.c: times of flight, ions per pulse and hits, counted in two
// passes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/detector_internal.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_detector_params, tof_bins, "", 4000, 10, 100000,
             "times of flight in at most so many bins"),
    IA_FIELD(IA_SIZE, ia_detector_params, hit_cells, "", 50, 2, 1000,
             "cells along the longer edge of the map of hits, at most"),
};
const ia_method ia_detector_method =
    IA_METHOD("detector", "What the detector recorded", ia_detector_params, fields);

ia_detector_params ia_detector_defaults(void)
{
    ia_detector_params params;
    ia_method_defaults(&ia_detector_method, &params);
    return params;
}

// One worker's share of what a pass finds.
typedef struct {
    double longest;   // ns
    double bounds[4]; // mm: least and most x, least and most y
    uint64_t n_hits, pulses[IA_MULTIPLES], many;
    uint64_t below, above; // times outside the fine bins
    uint64_t *times;       // (n_bins) of the second pass
    uint64_t *hits;        // (cells)
    union {
        float f32[2 * IA_COLUMN_BLOCK];
        uint32_t u32[IA_COLUMN_BLOCK];
    } rows;
} share;

typedef struct {
    const ia_ions *ions;
    share *shares; // (n_workers)
    size_t n_workers, n_blocks;
    detector_times *times; // of the second pass; NULL without times
    ia_detector *out;
    bool only_times;
} job;

// Rows of a column in a block; NULL where the table lacks it.
static const void *rows_of(const job *j, ia_column_id id, size_t block, size_t worker,
                           size_t *n)
{
    size_t begin, end;
    if (!ia_ions_has(j->ions, id))
        return NULL;
    ia_block(j->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    *n = end - begin;
    return ia_column_rows(&j->ions->columns[id], begin, *n, &j->shares[worker].rows);
}

static bool is_hit(const float *hit)
{
    return isfinite(hit[0]) && isfinite(hit[1]);
}

static void measure_hits(share *s, const float *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_hit(hits + 2 * i))
            continue;
        s->n_hits++;
        for (size_t axis = 0; axis < 2; axis++) {
            double at = (double)hits[2 * i + axis];
            s->bounds[2 * axis] = fmin(s->bounds[2 * axis], at);
            s->bounds[2 * axis + 1] = fmax(s->bounds[2 * axis + 1], at);
        }
    }
}

static void measure_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    share *s = &j->shares[worker];
    size_t n = 0;
    const float *times = rows_of(j, IA_TOF, block, worker, &n);
    for (size_t i = 0; times && i < n; i++)
        if (isfinite(times[i]))
            s->longest = fmax(s->longest, (double)times[i]);
    const uint32_t *pulses = rows_of(j, IA_MULTIPLICITY, block, worker, &n);
    for (size_t i = 0; pulses && i < n; i++) {
        bool many = pulses[i] >= IA_MULTIPLES - 1;
        s->pulses[many ? IA_MULTIPLES - 1 : pulses[i]]++;
        s->many += many ? pulses[i] : 0;
    }
    const float *hits = rows_of(j, IA_DET_XY, block, worker, &n);
    if (hits)
        measure_hits(s, hits, n);
}

// Extents of what there is, and ions by their pulses.
static ia_status measure(ia_ctx *ctx, job *j, double *longest)
{
    ia_detector *out = j->out;
    double b[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    ia_status st = ia_for(ctx, "detector", j->n_blocks, measure_block, j);
    for (size_t worker = 0; worker < j->n_workers; worker++) {
        const share *s = &j->shares[worker];
        *longest = fmax(*longest, s->longest);
        for (size_t k = 0; k < IA_MULTIPLES; k++)
            out->pulses[k] += s->pulses[k];
        out->many += s->many;
        out->n_hits += s->n_hits;
        for (size_t k = 0; k < 4; k++)
            b[k] = k % 2 ? fmax(b[k], s->bounds[k]) : fmin(b[k], s->bounds[k]);
    }
    for (size_t k = 0; k < 4; k++)
        out->bounds[k / 2][k % 2] = out->n_hits > 0 ? b[k] : NAN;
    return st;
}

static void count_times(const detector_times *times, const float *rows, size_t n,
                        share *s)
{
    const double n_bins = (double)times->n_bins;
    for (size_t i = 0; i < n; i++) {
        double at = (double)rows[i] * times->per_bin;
        if (at >= 0 && at < n_bins)
            s->times[(size_t)at]++;
        else if (at >= n_bins)
            s->above++;
        else
            s->below++;
    }
}

static void count_hits(const ia_detector *d, const float *hits, size_t n, share *s)
{
    for (size_t i = 0; i < n; i++) {
        size_t at[2];
        if (!is_hit(hits + 2 * i))
            continue;
        for (size_t axis = 0; axis < 2; axis++) { // rounding may step over the edge
            double cell = ((double)hits[2 * i + axis] - d->origin[axis]) / d->cell;
            at[axis] = (size_t)fmax(0, fmin(cell, (double)(d->cells[axis] - 1)));
        }
        s->hits[at[1] * d->cells[0] + at[0]]++;
    }
}

static void count_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t n = 0;
    if (j->times) {
        const float *rows = rows_of(j, IA_TOF, block, worker, &n);
        count_times(j->times, rows, n, &j->shares[worker]);
    }
    if (j->out->hits && !j->only_times) {
        const float *rows = rows_of(j, IA_DET_XY, block, worker, &n);
        count_hits(j->out, rows, n, &j->shares[worker]);
    }
}

// Fill the fine bins of times, and the map of hits unless it is there.
static ia_status count(ia_ctx *ctx, job *j)
{
    size_t n_cells = j->only_times ? 0 : j->out->cells[0] * j->out->cells[1];
    ia_status st = ia_for(ctx, "detector", j->n_blocks, count_block, j);
    for (size_t worker = 0; worker < j->n_workers; worker++) {
        share *s = &j->shares[worker];
        for (size_t i = 0; j->times && i < j->times->n_bins; i++) {
            j->times->counts[i] += s->times[i];
            s->times[i] = 0;
        }
        for (size_t i = 0; i < n_cells; i++)
            j->out->hits[i] += s->hits[i];
        if (j->times) {
            j->times->below += s->below;
            j->times->above += s->above;
        }
        s->below = s->above = 0;
    }
    return st;
}

static ia_status make_room(ia_ctx *ctx, job *j, size_t n_times)
{
    size_t n_cells = j->out->cells[0] * j->out->cells[1];
    for (size_t worker = 0; worker < j->n_workers; worker++) {
        share *s = &j->shares[worker];
        if (!(s->times = ia_array(ctx, n_times, sizeof *s->times)) ||
            !(s->hits = ia_array(ctx, n_cells, sizeof *s->hits)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

// Count until the fine bins are fine enough for where nearly all times end.
static ia_status count_all(ia_ctx *ctx, job *j, double longest, size_t most)
{
    detector_times times = {0};
    double end = longest;
    size_t room = longest > 0 ? detector_times_room(most) : 0;
    ia_status st = make_room(ctx, j, room);
    if (st == IA_OK && !(times.counts = ia_array(ctx, room, sizeof *times.counts)))
        st = IA_ERR_MEMORY;
    j->times = longest > 0 ? &times : NULL;
    for (bool coarse = true; st == IA_OK && coarse; j->only_times = true) {
        if (j->times)
            detector_times_lay(end, most, &times);
        if ((st = count(ctx, j)) != IA_OK || !j->times)
            break;
        end = detector_times_end(&times, longest);
        coarse = detector_times_are_coarse(&times, end, most);
    }
    if (st == IA_OK && j->times)
        st = detector_times_join(ctx, &times, end, most, j->out);
    free(times.counts);
    return st;
}

static ia_status job_init(ia_ctx *ctx, const ia_ions *ions, ia_detector *out, job *j)
{
    *j = (job){.ions = ions, .out = out};
    j->n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    j->n_workers = ia_for_workers(ctx, j->n_blocks);
    if (!(j->shares = ia_array(ctx, j->n_workers, sizeof *j->shares)))
        return IA_ERR_MEMORY;
    for (size_t worker = 0; worker < j->n_workers; worker++)
        for (size_t k = 0; k < 4; k++)
            j->shares[worker].bounds[k] = k % 2 ? -INFINITY : INFINITY;
    return IA_OK;
}

static void job_clear(job *j)
{
    for (size_t worker = 0; j->shares && worker < j->n_workers; worker++) {
        free(j->shares[worker].times);
        free(j->shares[worker].hits);
    }
    free(j->shares);
}

ia_status ia_detector_compute(ia_ctx *ctx, const ia_ions *ions,
                              const ia_detector_params *params, ia_detector *out)
{
    ia_detector_params p = params ? *params : ia_detector_defaults();
    ia_detector detector = {.is_known = true};
    double longest = 0;
    job j = {0};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_detector_method, &p)) != IA_OK ||
        (st = job_init(ctx, ions, &detector, &j)) != IA_OK ||
        (st = measure(ctx, &j, &longest)) != IA_OK ||
        (st = detector_lay_hits(ctx, p.hit_cells, &detector)) != IA_OK ||
        (st = count_all(ctx, &j, longest, p.tof_bins)) != IA_OK)
        goto done;
    *out = detector;
    detector = (ia_detector){0}; // the caller's now
done:
    job_clear(&j);
    ia_detector_clear(&detector);
    return st;
}

void ia_detector_clear(ia_detector *detector)
{
    free(detector->tof);
    free(detector->hits);
    *detector = (ia_detector){0};
}
