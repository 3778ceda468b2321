// src/spectrum/background_misfit.c: how far a model of the background is off at the width
// of a window, beyond counting.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_misfit.h"

#include <math.h>
#include <stdlib.h>

enum { NEAREST = 24, WIDER = 3, HALVINGS = 40 };

// Median of the square of a normal deviate.
static const double MEDIAN_SQUARE = 0.4549;

// Squares of the deviations of some windows, relative, and what counting makes of them.
typedef struct {
    double *square, *counting, *room; // (n)
    size_t n;
} deviations;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Median of the squares in units of counting and a scatter of that variance.
static double median_square(const deviations *d, size_t first, size_t n, double variance)
{
    for (size_t i = 0; i < n; i++)
        d->room[i] = d->square[first + i] / (d->counting[first + i] + variance);
    qsort(d->room, n, sizeof *d->room, by_value);
    return n % 2 ? d->room[n / 2] : 0.5 * (d->room[n / 2 - 1] + d->room[n / 2]);
}

// Do they scatter more than counts do, once in a hundred by chance? Squares are cut off
// at 9, lest a few peaks decide; so cut their mean is 1 and their variance 1.9, and their
// sum is skewed a little.
static bool is_scattered(const deviations *d, size_t first, size_t n)
{
    const double most = 9, mean = 1, variance = 1.9, sure = 2.6;
    double sum = 0;

    for (size_t i = first; i < first + n; i++)
        sum += fmin(most, d->square[i] / d->counting[i]);
    return sum > mean * (double)n + sure * sqrt(variance * (double)n);
}

// The variance beyond counting at which the median is what it should be: a few windows
// that hold peaks do not move it far.
static double scatter_of(const deviations *d, size_t first, size_t n)
{
    double lo = 0, hi = 1;

    if (median_square(d, first, n, 0) <= MEDIAN_SQUARE)
        return 0;
    for (int i = 0; i < HALVINGS && hi - lo > 1e-3 * hi; i++) {
        double middle = 0.5 * (lo + hi);
        if (median_square(d, first, n, middle) > MEDIAN_SQUARE)
            lo = middle;
        else
            hi = middle;
    }
    return sqrt(0.5 * (lo + hi));
}

static double scatter_about(const deviations *d, size_t at)
{
    for (size_t n = NEAREST < d->n ? NEAREST : d->n;;
         n = WIDER * n < d->n ? WIDER * n : d->n) {
        size_t first = at > n / 2 ? at - n / 2 : 0;
        if (first + n > d->n)
            first = d->n - n;
        if (is_scattered(d, first, n))
            return scatter_of(d, first, n);
        if (n == d->n)
            return 0;
    }
}

static void list_deviations(const ia_windows *windows, ia_misfit *out, deviations *d)
{
    for (size_t w = 0; w < windows->n; w++) {
        const ia_window *v = &windows->list[w];
        if (!(v->mean > 1)) // such a one tells nothing of a part
            continue;
        double off = (v->count - v->mean) / v->mean;
        out->mass[d->n] = 0.5 * (v->lo + v->hi);
        d->square[d->n] = off * off;
        d->counting[d->n++] = 1 / v->mean;
    }
}

ia_status ia_misfit_build(ia_ctx *ctx, const ia_windows *windows, ia_misfit *out)
{
    size_t n = windows->n;
    double *room = ia_array(ctx, 3 * n, sizeof *room);
    deviations d = {.square = room, .counting = room + n, .room = room + 2 * n};
    ia_misfit misfit = {.mass = ia_array(ctx, n, sizeof *misfit.mass),
                        .part = ia_array(ctx, n, sizeof *misfit.part)};

    if (!room || !misfit.mass || !misfit.part) {
        free(room);
        ia_misfit_clear(&misfit);
        return IA_ERR_MEMORY;
    }
    list_deviations(windows, &misfit, &d);
    misfit.n = d.n;
    for (size_t i = 0; i < d.n; i++)
        misfit.part[i] = scatter_about(&d, i);
    free(room);
    *out = misfit;
    return IA_OK;
}

void ia_misfit_clear(ia_misfit *misfit)
{
    free(misfit->mass);
    free(misfit->part);
    *misfit = (ia_misfit){0};
}

double ia_misfit_at(const ia_misfit *misfit, double mass)
{
    size_t lo = 0, hi = misfit->n;

    if (misfit->n == 0)
        return 0;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (misfit->mass[middle] <= mass)
            lo = middle;
        else
            hi = middle;
    }
    if (lo + 1 < misfit->n && misfit->mass[lo + 1] - mass < fabs(mass - misfit->mass[lo]))
        lo++;
    return misfit->part[lo];
}
