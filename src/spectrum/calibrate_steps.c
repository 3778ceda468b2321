// src/spectrum/calibrate_steps.c: values that a file keeps in steps, and one number that
// too many ions have.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>
#include <stdlib.h>

static const double NOTICED = 0.01; // of the ions: finer steps are no peaks

// Ions of one number.
typedef struct {
    double value, n;
} heap;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Times, or m/n, of which the sample has the square roots.
static double value_of(const cal_sample *s, bool from_times, size_t i)
{
    return from_times ? s->t[i] : (double)s->t[i] * (double)s->t[i];
}

// Rising values to heaps of equal ones; how many.
static size_t heap_up(const double *sorted, size_t n, heap *out)
{
    const double alike = 3e-7; // what a float and its root round
    size_t n_heaps = 0;

    for (size_t i = 0; i < n; i++) {
        if (n_heaps && sorted[i] - out[n_heaps - 1].value <= alike * sorted[i])
            out[n_heaps - 1].n++;
        else
            out[n_heaps++] = (heap){sorted[i], 1};
    }
    return n_heaps;
}

// The gap between the heaps about the highest, where they are a peak in equal steps: as
// many on both sides, each with a fair part of the ions. Else 0.
static double step_at(const heap *h, size_t n, size_t top)
{
    enum { BESIDE = 2 };
    const double part = 0.1, equal = 0.05;
    const double finest = 1e-5, coarsest = 2e-3; // relative to the value
    if (top < BESIDE || top + BESIDE >= n)
        return 0;
    double step = (h[top + BESIDE].value - h[top - BESIDE].value) / (2 * BESIDE);
    for (size_t i = top - BESIDE; i <= top + BESIDE; i++) {
        double off = h[i].value - h[top].value - step * ((double)i - (double)top);
        if (fabs(off) > equal * step || h[i].n < part * h[top].n)
            return 0;
    }
    return step > finest * h[top].value && step < coarsest * h[top].value ? step : 0;
}

ia_status cal_steps_find(ia_ctx *ctx, const cal_sample *sample, bool from_times,
                         cal_steps *out)
{
    size_t n = sample->n, top = 0;
    double *sorted = ia_array(ctx, n, sizeof *sorted);
    heap *heaps = ia_array(ctx, n, sizeof *heaps);
    ia_status st = sorted && heaps ? IA_OK : IA_ERR_MEMORY;

    *out = (cal_steps){.step = 0};
    if (st == IA_OK && n > 0) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = value_of(sample, from_times, i);
        qsort(sorted, n, sizeof *sorted, by_value);
        size_t n_heaps = heap_up(sorted, n, heaps);
        for (size_t i = 1; i < n_heaps; i++)
            top = heaps[i].n > heaps[top].n ? i : top;
        out->commonest = heaps[top].n / (double)n;
        out->step = out->commonest > NOTICED ? step_at(heaps, n_heaps, top) : 0;
    }
    free(sorted);
    free(heaps);
    return st;
}

void cal_steps_spread(cal_sample *sample, bool from_times, double step)
{
    const double golden = 0.6180339887498949; // multiples of it lie evenly in a unit

    for (size_t i = 0; i < sample->n; i++) {
        double turns = golden * (double)(i + 1), within = turns - floor(turns) - 0.5;
        double value = value_of(sample, from_times, i) + step * within;
        if (value > 0)
            sample->t[i] = (float)(from_times ? value : sqrt(value));
    }
}
