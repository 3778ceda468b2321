// src/spectrum/deconvolve_scale.c: how far the mass scale is off, from lines that have a
// peak to themselves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <math.h>
#include <stdlib.h>

// A line's true place and how far off it is measured.
typedef struct {
    double mass, off, sigma; // Da
} landmark;

enum { ROUNDS = 30 };

static const double LIGHTEST = 4; // Da: hydrogen is off on its own account
// A slope of 1e-3 is as believable as an offset of 0.02 Da; few landmarks fix both.
static const double OFFSET_USUAL = 0.02, SLOPE_USUAL = 1e-3;

// The line that makes nearly all of a peak, -1 for none.
static ptrdiff_t sole_line(const ia_placed_lines *lines, const double *expected,
                           double mass, double reach)
{
    double most = 0, all = 0;
    ptrdiff_t at = -1;

    for (size_t i = 0; i < lines->n; i++) {
        if (fabs(lines->list[i].mass - mass) > reach)
            continue;
        all += expected[i];
        if (expected[i] > most) {
            most = expected[i];
            at = (ptrdiff_t)i;
        }
    }
    return most > 0.9 * all ? at : -1;
}

static size_t find_landmarks(const ia_placed_lines *lines, const double *expected,
                             const ia_peaks *peaks, landmark *list)
{
    size_t n = 0;

    for (size_t p = 0; p < peaks->n; p++) {
        const ia_peak *peak = &peaks->list[p];
        double width = ia_peak_width(&peaks->widths, peak->mass);
        double reach = fmax(0.9 * width, 0.09 * sqrt(peak->mass / 28));
        ptrdiff_t i = sole_line(lines, expected, peak->mass, reach);
        if (i < 0 || peak->mass < LIGHTEST)
            continue;
        double mass = lines->list[i].mass;
        list[n++] =
            (landmark){mass, peak->mass - mass, hypot(peak->sigma_mass, 0.1 * width)};
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Least squares in which far landmarks count little (Cauchy's function).
static void fit_line(const landmark *list, size_t n, ia_mass_scale *scale)
{
    for (int round = 0; round < ROUNDS; round++) {
        double s0 = 1 / (OFFSET_USUAL * OFFSET_USUAL), sx = 0, sy = 0, sxy = 0;
        double sxx = 1 / (SLOPE_USUAL * SLOPE_USUAL);
        for (size_t i = 0; i < n; i++) {
            const landmark *l = &list[i];
            double x = (l->off - scale->offset - scale->slope * l->mass) / (2 * l->sigma);
            double w = 1 / (l->sigma * l->sigma * (1 + x * x));
            s0 += w;
            sx += w * l->mass;
            sy += w * l->off;
            sxx += w * l->mass * l->mass;
            sxy += w * l->mass * l->off;
        }
        double det = s0 * sxx - sx * sx;
        scale->offset = (sxx * sy - sx * sxy) / det;
        scale->slope = (s0 * sxy - sx * sy) / det;
    }
}

ia_status ia_lines_scale(ia_ctx *ctx, const ia_placed_lines *lines,
                         const double *expected, const ia_peaks *peaks,
                         ia_mass_scale *out)
{
    landmark *list = ia_array(ctx, peaks->n, sizeof *list);
    double *room = ia_array(ctx, peaks->n, sizeof *room);
    ia_mass_scale scale = {.sigma = 0.02};
    ia_status st = list && room ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK)
        goto done;
    size_t n = find_landmarks(lines, expected, peaks, list);
    if (n > 0) {
        for (size_t i = 0; i < n; i++)
            room[i] = list[i].off / list[i].mass;
        qsort(room, n, sizeof *room, by_value);
        scale.slope = room[n / 2];
        fit_line(list, n, &scale);
        for (size_t i = 0; i < n; i++)
            room[i] = fabs(list[i].off - scale.offset - scale.slope * list[i].mass) *
                      sqrt(28 / list[i].mass);
        qsort(room, n, sizeof *room, by_value);
        scale.sigma = hypot(1.5 * room[n / 2], 0.03 / (1 + 0.5 * (double)n));
        scale.n_lines = n;
    }
    *out = scale;
done:
    free(list);
    free(room);
    return st;
}
