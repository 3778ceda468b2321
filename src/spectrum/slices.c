// src/spectrum/slices.c: slices of a run, each with its level and its open window in m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/slices.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLE = 65536 };

static double lever_of(double lo, double hi)
{
    return hi > lo ? 2 * (sqrt(fmax(0, hi)) - sqrt(fmax(0, lo))) : 0;
}

// Integral of (m - from) / (to - from) / sqrt(m) over [lo, hi), which lies between the
// two.
static double rising(double from, double to, double lo, double hi)
{
    if (hi <= lo)
        return 0;
    double whole = 2.0 / 3 * (hi * sqrt(hi) - lo * sqrt(lo)) - from * lever_of(lo, hi);
    return whole / (to - from);
}

double ia_slice_lever(const ia_slice *s, double lo, double hi)
{
    double sum = lever_of(fmax(lo, s->lo[1]), fmin(hi, s->hi[0]));

    if (s->lo[1] > s->lo[0])
        sum += rising(s->lo[0], s->lo[1], fmax(lo, s->lo[0]), fmin(hi, s->lo[1]));
    if (s->hi[1] > s->hi[0])
        sum += rising(s->hi[1], s->hi[0], fmax(lo, s->hi[0]), fmin(hi, s->hi[1]));
    return sum;
}

double ia_slices_lever(const ia_slices *slices, double lo, double hi)
{
    double sum = 0, level = 0;

    for (size_t s = 0; s < slices->n; s++) {
        const ia_slice *v = &slices->list[s];
        level += v->level;
        sum += v->level * ia_slice_lever(v, lo, hi);
    }
    return level > 0 ? sum / level : lever_of(lo, hi);
}

// What the run is cut by. Not by the place in the file: a file may be sorted by anything.
typedef struct {
    const ia_column *column; // NULL: nothing
    size_t part, width;      // which value of a row
    const char *name;
} ordering;

static ordering order_of(const ia_ions *ions)
{
    if (ia_ions_has(ions, IA_V_DC))
        return (ordering){&ions->columns[IA_V_DC], 0, 1, "voltage"};
    if (ia_ions_has(ions, IA_XYZ))
        return (ordering){&ions->columns[IA_XYZ], 2, 3, "z"};
    return (ordering){NULL, 0, 0, ""};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Bounds of the slices from a sorted sample of what they are cut by.
static void set_bounds(const double *sample, size_t n_sample, bool is_voltage,
                       ia_slices *out)
{
    for (size_t s = 0; s < out->n; s++) {
        size_t a = s * n_sample / out->n, b = (s + 1) * n_sample / out->n;
        double sum = 0;
        for (size_t i = a; i < b; i++)
            sum += sample[i];
        out->list[s] = (ia_slice){.from = sample[a],
                                  .to = sample[b < n_sample ? b : n_sample - 1],
                                  .voltage = is_voltage ? sum / (double)(b - a) : NAN,
                                  .hi = {INFINITY, INFINITY}};
    }
}

static ia_status cut(ia_ctx *ctx, const ia_ions *ions, const ordering *by, size_t n,
                     ia_slices *out)
{
    const double steady = 1.03; // of the voltage: it then moves no end of a window
    size_t step = ions->n / SAMPLE + 1, n_sample = 0;

    *out = (ia_slices){.by = by->name};
    if (!by->column)
        return IA_OK;
    double *sample = ia_array(ctx, ions->n / step + 1, sizeof *sample);
    if (!sample)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ions->n; i += step) {
        float row[3];
        const float *at = ia_column_rows(by->column, i, 1, row);
        if (isfinite(at[by->part]))
            sample[n_sample++] = (double)at[by->part];
    }
    if (n_sample > 0)
        qsort(sample, n_sample, sizeof *sample, by_value);
    bool is_voltage = by->width == 1;
    if (n_sample >= 4 * n &&
        !(is_voltage && !(sample[19 * n_sample / 20] > steady * sample[n_sample / 20]))) {
        out->n = n;
        set_bounds(sample, n_sample, is_voltage, out);
    }
    free(sample);
    return IA_OK;
}

typedef struct {
    const ia_ions *ions;
    const ia_spectrum *spectrum;
    const ordering *by;
    const ia_slices *slices;
    const int32_t *window_of; // (n_bins) -1: none
    size_t n_windows;
    size_t stride;      // counters of a worker: slices x (windows + 1)
    uint64_t *counters; // the last of each slice counts all of its ions
    float *rows;        // (n_workers, 4 IA_COLUMN_BLOCK): m/n, then what cuts
} counting;

static size_t slice_of(const ia_slices *slices, double value)
{
    size_t lo = 0, hi = slices->n;

    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;
        if (value >= slices->list[middle].from)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

static void count_block(void *user, size_t block, size_t worker)
{
    const counting *c = user;
    size_t begin, end;
    ia_block(c->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    float *room = c->rows + worker * 4 * IA_COLUMN_BLOCK;
    const float *mass =
        ia_column_rows(&c->ions->columns[IA_MASS], begin, end - begin, room);
    const float *value =
        ia_column_rows(c->by->column, begin, end - begin, room + IA_COLUMN_BLOCK);
    uint64_t *counters = c->counters + worker * c->stride;
    const ia_spectrum *s = c->spectrum;
    const double per_bin = 1 / s->bin;

    for (size_t i = 0; i < end - begin; i++) {
        double at = (double)value[i * c->by->width + c->by->part];
        uint64_t *own = counters + slice_of(c->slices, at) * (c->n_windows + 1);
        double x = ((double)mass[i] - s->m_min) * per_bin;
        own[c->n_windows]++;
        if (!(x >= 0 && x < (double)s->n_bins))
            continue;
        int32_t w = c->window_of[(size_t)x];
        if (w >= 0)
            own[w]++;
    }
}

static void map_bins(const ia_spectrum *s, const ia_windows *windows, int32_t *window_of)
{
    for (size_t i = 0; i < s->n_bins; i++)
        window_of[i] = -1;
    for (size_t w = 0; w < windows->n; w++) {
        double first = round((windows->list[w].lo - s->m_min) / s->bin);
        double last = round((windows->list[w].hi - s->m_min) / s->bin);
        for (double i = fmax(0, first); i < fmin(last, (double)s->n_bins); i++)
            window_of[(size_t)i] = (int32_t)w;
    }
}

static void add_workers(const counting *c, size_t n_workers, ia_sliced *out)
{
    for (size_t k = 0; k < n_workers; k++)
        for (size_t s = 0; s < c->slices->n; s++) {
            const uint64_t *own = c->counters + k * c->stride + s * (c->n_windows + 1);
            for (size_t w = 0; w < c->n_windows; w++)
                out->counts[s * c->n_windows + w] += (double)own[w];
            out->slices.list[s].ions += (double)own[c->n_windows];
        }
}

static ia_status count_all(ia_ctx *ctx, counting *c, ia_sliced *out)
{
    size_t n_blocks = ia_block_count(c->ions->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    ia_status st = IA_ERR_MEMORY;

    c->stride = c->slices->n * (c->n_windows + 1) + 8;
    if ((c->counters = ia_array(ctx, n_workers * c->stride, sizeof *c->counters)) &&
        (c->rows = ia_array(ctx, n_workers * 4 * IA_COLUMN_BLOCK, sizeof *c->rows)) &&
        (st = ia_for(ctx, "slices", n_blocks, count_block, c)) == IA_OK)
        add_workers(c, n_workers, out);
    free(c->counters);
    free(c->rows);
    return st;
}

ia_status ia_sliced_count(ia_ctx *ctx, const ia_ions *ions, const ia_spectrum *spectrum,
                          const ia_windows *windows, size_t n, ia_sliced *out)
{
    ordering by = order_of(ions);
    ia_sliced sliced = {.n_windows = windows->n};
    int32_t *window_of = ia_array(ctx, spectrum->n_bins, sizeof *window_of);
    ia_status st = window_of ? cut(ctx, ions, &by, n, &sliced.slices) : IA_ERR_MEMORY;

    if (st != IA_OK || sliced.slices.n == 0)
        goto done;
    st = IA_ERR_MEMORY;
    sliced.counts = ia_array(ctx, sliced.slices.n * windows->n, sizeof *sliced.counts);
    if (!sliced.counts)
        goto done;
    map_bins(spectrum, windows, window_of);
    counting c = {.ions = ions,
                  .spectrum = spectrum,
                  .by = &by,
                  .slices = &sliced.slices,
                  .window_of = window_of,
                  .n_windows = windows->n};
    st = count_all(ctx, &c, &sliced);
done:
    free(window_of);
    if (st == IA_OK)
        *out = sliced;
    else
        ia_sliced_clear(&sliced);
    return st;
}

void ia_sliced_clear(ia_sliced *sliced)
{
    free(sliced->counts);
    *sliced = (ia_sliced){0};
}
