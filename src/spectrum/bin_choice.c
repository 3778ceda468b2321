// src/spectrum/bin_choice.c: bins as narrow as the peaks of a list of ions need, and as
// wide as its m/n were rounded.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bin_choice.h"

#include <ionatlas/column.h>
#include <ionatlas/parallel.h>
#include <ionatlas/spectrum.h>

#include <math.h>
#include <stdlib.h>

const double ia_bin_usual = 0.01;

enum {
    SAMPLE = 200000, // ions looked at
    PEAKS = 12,      // the strongest
    LEAST = 100,     // ions in one of them
    VALUES = 20      // different m/n in half of it, or they were rounded
};
static const double BELOW = 0.5, ABOVE = 300; // Da, of peaks
static const double NEAR = 0.03;              // Da, about a peak
static const double APART = 0.5;              // Da, of peaks that are looked at

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// m/n, and those in peaks that were looked at.
typedef struct {
    float *m;
    size_t n;
    double taken[PEAKS];
    size_t n_taken;
} sample;

// Every so many a block of ions, those with a mass that a peak may have; `m` is freed by
// the caller.
static ia_status take(ia_ctx *ctx, const ia_ions *ions, sample *out)
{
    size_t every = 1 + (ions->n - 1) / SAMPLE;
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    float room[IA_COLUMN_BLOCK];

    *out = (sample){
        .m = ia_array(ctx, ions->n < SAMPLE ? ions->n : 2 * SAMPLE, sizeof(float))};
    if (!out->m)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < n_blocks; b += every) {
        size_t begin, end;
        ia_block(ions->n, IA_COLUMN_BLOCK, b, &begin, &end);
        const float *m =
            ia_column_rows(&ions->columns[IA_MASS], begin, end - begin, room);
        for (size_t i = 0; i < end - begin; i++)
            if ((double)m[i] > BELOW && (double)m[i] < ABOVE)
                out->m[out->n++] = m[i];
    }
    return IA_OK;
}

static void sort(sample *s)
{
    qsort(s->m, s->n, sizeof *s->m, by_value);
}

static bool is_taken(const sample *s, double mass)
{
    for (size_t i = 0; i < s->n_taken; i++)
        if (fabs(mass - s->taken[i]) < APART)
            return true;
    return false;
}

// The first of the ions of the densest usual bin that lies apart from peaks taken; n
// where none has enough.
static size_t densest(const sample *s, size_t *count)
{
    size_t best = s->n, hi = 0;
    *count = LEAST - 1;
    for (size_t lo = 0; lo < s->n; lo++) {
        while (hi < s->n && (double)(s->m[hi] - s->m[lo]) < ia_bin_usual)
            hi++;
        if (hi - lo > *count && !is_taken(s, (double)s->m[lo])) {
            *count = hi - lo;
            best = lo;
        }
    }
    return best;
}

static size_t count_values(const float *m, size_t n)
{
    size_t values = 1;
    for (size_t i = 1; i < n && values < VALUES; i++)
        values += m[i] > m[i - 1];
    return values;
}

// The shortest piece of the axis with half of the ions near a peak, Da; NAN where their
// m/n were rounded to few values.
static double half_content(const sample *s, size_t first, double bin)
{
    size_t lo = first, hi = first, shortest = first;
    double width = INFINITY;
    while (lo > 0 && (double)(s->m[first] - s->m[lo - 1]) < NEAR)
        lo--;
    while (hi < s->n && (double)(s->m[hi] - s->m[first]) < NEAR)
        hi++;
    size_t half = (hi - lo + 1) / 2;
    for (size_t i = lo; i + half < hi; i++) {
        double w = (double)(s->m[i + half] - s->m[i]);
        if (w < width) {
            width = w;
            shortest = i;
        }
    }
    bool rounded = bin == 0 && count_values(s->m + shortest, half) < VALUES;
    return rounded ? NAN : width;
}

// A round number, four to a peak.
static double bin_for(double width)
{
    static const double round[] = {0.002, 0.001, 0.0005};
    const double per_peak = 4;
    size_t last = sizeof round / sizeof round[0] - 1, i = 0;

    if (!(width < ia_bin_usual))
        return ia_bin_usual;
    while (i < last && round[i] > width / per_peak)
        i++;
    return round[i];
}

// All but very few m/n are multiples, as exactly as a float holds them.
static bool are_multiples(const sample *s, double step)
{
    const double near = 0.01, float_error = 6e-8, most = 1e-3;
    size_t n_off = 0;
    for (size_t i = 0; i < s->n && (double)n_off <= most * (double)s->n; i++) {
        double m = (double)s->m[i], off = fabs(m - step * round(m / step));
        n_off += off > fmin(near * step, 2 * float_error * m + 1e-9);
    }
    return (double)n_off <= most * (double)s->n;
}

// Different m/n of a sample in order, as many.
static size_t unique(float *m, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (k == 0 || m[i] > m[k - 1])
            m[k++] = m[i];
    return k;
}

// A step from distances of m/n that are `lag` apart in order, as far as they are surely
// so many of it; `known` to this part of itself before.
static double from_distances(const float *m, size_t n, size_t lag, double step,
                             double known)
{
    const double surely = 0.25; // of a step
    double both = 0, square = 0;

    for (size_t i = lag; i < n; i++) {
        double d = (double)m[i] - (double)m[i - lag], k = round(d / step);
        if (!(k >= 1) || k * known > surely)
            continue;
        both += k * d;
        square += k * k;
    }
    return square > 0 ? both / square : step;
}

// The step that neighbours, then m/n further and further apart, and at last m/n by
// themselves tell. The least distance is too small by what floats are off.
static double estimate_step(const float *m, size_t n)
{
    const double float_error = 4e-7, above = 1.5;
    double least = INFINITY, sum = 0, known = 0.05;
    size_t count = 0;

    for (size_t i = 1; i < n; i++)
        if ((double)(m[i] - m[i - 1]) > float_error * (double)m[i])
            least = fmin(least, (double)m[i] - (double)m[i - 1]);
    for (size_t i = 1; i < n; i++) {
        double gap = (double)m[i] - (double)m[i - 1];
        if (gap >= least && gap < above * least) {
            sum += gap;
            count++;
        }
    }
    double step = count > 0 ? sum / (double)count : INFINITY;
    for (size_t lag = 1; lag < n && isfinite(step); lag *= 2) {
        double better = from_distances(m, n, lag, step, known);
        known = fmax(fabs(better / step - 1), known / 4);
        step = better;
    }
    double both = 0, square = 0;
    for (size_t i = 0; i < n && isfinite(step); i++) {
        double k = round((double)m[i] / step);
        both += k * (double)m[i];
        square += k * k;
    }
    return square > 0 ? both / square : INFINITY;
}

// The coarsest step of which all m/n are multiples, known one of them.
static double coarsest_of(const sample *s, double step)
{
    enum { TIMES = 20 };
    const double most = 1;

    for (int k = TIMES; k > 1; k--)
        if (k * step <= most && are_multiples(s, k * step))
            return k * step;
    return step;
}

// The step of which all m/n are multiples; 0 for none. They are in order, and are left
// without those that come twice.
static double step_of(sample *s)
{
    static const double steps[] = {1,    0.5,  0.2,   0.1,   0.05,
                                   0.02, 0.01, 0.005, 0.002, 0.001};
    const double finest = 0.0005, coarsest = 1;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (are_multiples(s, steps[i]))
            return coarsest_of(s, steps[i]);
    s->n = unique(s->m, s->n);
    double step = estimate_step(s->m, s->n);
    return step > finest && step < coarsest && are_multiples(s, step) ? step : 0;
}

ia_status ia_rounding_find(ia_ctx *ctx, ia_ions *ions)
{
    const double label = 0.2; // whole numbers and the like
    sample s;

    if (ions->n == 0 || !ia_ions_has(ions, IA_MASS) || ions->mass_bin > 0)
        return IA_OK;
    ia_status st = take(ctx, ions, &s);
    if (st != IA_OK)
        return st;
    sort(&s);
    double step = step_of(&s);
    if (step > 0 && step < label && count_values(s.m, s.n) >= VALUES) {
        ions->mass_bin = step;
        ions->mass_edge = step / 2;
    }
    free(s.m);
    return IA_OK;
}

ia_status ia_bin_choose(ia_ctx *ctx, const ia_ions *ions, double *bin)
{
    float widths[PEAKS];
    size_t n_widths = 0;
    sample s;

    *bin = ia_bin_usual;
    if (ions->n == 0 || !ia_ions_has(ions, IA_MASS) || ions->mass_bin >= ia_bin_usual)
        return IA_OK;
    ia_status st = take(ctx, ions, &s);
    if (st != IA_OK)
        return st;
    sort(&s);
    while (s.n_taken < PEAKS) {
        size_t count, first = densest(&s, &count);
        if (first == s.n)
            break;
        s.taken[s.n_taken++] = (double)s.m[first];
        double width = half_content(&s, first, ions->mass_bin);
        if (!isnan(width))
            widths[n_widths++] = (float)width;
    }
    free(s.m);
    qsort(widths, n_widths, sizeof *widths, by_value);
    *bin = bin_for(n_widths > 0 ? (double)widths[n_widths / 2] : NAN);
    return IA_OK;
}
