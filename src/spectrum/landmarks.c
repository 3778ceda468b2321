// src/spectrum/landmarks.c: the mass scale by lines that have a peak to themselves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/landmarks.h"

#include <math.h>
#include <stdlib.h>

// Weight of a landmark at a misfit: far ones count little (Cauchy's function).
static double weight_of(const ia_landmark *l, double off)
{
    double x = off / (2 * l->sigma);
    return 1 / (l->sigma * l->sigma * (1 + x * x));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(const ia_landmark *list, size_t n, bool by_mass, double *room)
{
    for (size_t i = 0; i < n; i++)
        room[i] = by_mass ? list[i].off / list[i].mass : list[i].off;
    qsort(room, n, sizeof *room, by_value);
    return room[n / 2];
}

// A slope of 1e-3 is as believable as an offset of 0.02 Da; few landmarks fix both.
static const double offset_usual = 0.02, slope_usual = 1e-3;

static void fit_line(const ia_landmark *list, size_t n, ia_mass_scale *scale)
{
    for (int round = 0; round < 30; round++) {
        double s0 = 1 / (offset_usual * offset_usual), sx = 0, sy = 0, sxy = 0;
        double sxx = 1 / (slope_usual * slope_usual);
        for (size_t i = 0; i < n; i++) {
            const ia_landmark *l = &list[i];
            double w = weight_of(l, l->off - scale->offset - scale->slope * l->mass);
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

// What a line fits worse: twice the natural units whose derivative the weights are.
static double misfit_of(const ia_landmark *list, size_t n, const ia_mass_scale *scale)
{
    double sum =
        pow(scale->offset / offset_usual, 2) + pow(scale->slope / slope_usual, 2);

    for (size_t i = 0; i < n; i++) {
        const ia_landmark *l = &list[i];
        double x = (l->off - scale->offset - scale->slope * l->mass) / (2 * l->sigma);
        sum += 4 * log1p(x * x);
    }
    return sum;
}

// From a slope to the first line, from an offset to the second. Is the first the better?
static bool fit_both(const ia_landmark *list, size_t n, double *room,
                     ia_mass_scale lines[2])
{
    lines[0].offset = lines[1].slope = 0;
    lines[0].slope = median_of(list, n, true, room);
    lines[1].offset = median_of(list, n, false, room);
    for (size_t k = 0; k < 2; k++)
        fit_line(list, n, &lines[k]);
    return misfit_of(list, n, &lines[0]) <= misfit_of(list, n, &lines[1]);
}

static void set_sigma(const ia_landmark *list, size_t n, double *room, double tolerance,
                      ia_mass_scale *scale)
{
    for (size_t i = 0; i < n; i++)
        room[i] = fabs(list[i].off - scale->offset - scale->slope * list[i].mass) *
                  sqrt(28 / list[i].mass);
    qsort(room, n, sizeof *room, by_value);
    // Median absolute deviation; few landmarks leave some of the tolerance.
    double scatter = 1.5 * room[n / 2] * sqrt(((double)n + 1) / (double)n);
    scale->sigma = hypot(scatter, tolerance / (1 + 0.1 * (double)n * (double)n));
}

double ia_scale_tolerance(const ia_peak_widths *widths, double most)
{
    const double widths_most = 3;
    return widths->n_used ? fmin(most, widths_most * ia_peak_width(widths, 28)) : most;
}

bool ia_landmarks_differ(const ia_landmark *list, size_t n, const ia_mass_scale *a,
                         const ia_mass_scale *b)
{
    double offset = b->offset - a->offset, slope = b->slope - a->slope;

    for (size_t i = 0; i < n; i++)
        if (fabs(offset + slope * list[i].mass) >
            fmax(a->sigma, b->sigma) * sqrt(list[i].mass / 28))
            return true;
    return false;
}

ia_status ia_landmarks_fit(ia_ctx *ctx, const ia_landmark *list, size_t n,
                           double tolerance, ia_mass_scale *scale, ia_mass_scale *other)
{
    double *room = ia_array(ctx, n, sizeof *room);
    ia_mass_scale lines[2] = {*scale, *scale};

    if (other)
        *other = (ia_mass_scale){.n_lines = 0};
    if (!room)
        return IA_ERR_MEMORY;
    if (n > 0) {
        size_t best = fit_both(list, n, room, lines) ? 0 : 1;
        for (size_t k = 0; k < 2; k++) {
            set_sigma(list, n, room, tolerance, &lines[k]);
            lines[k].n_lines = n;
        }
        *scale = lines[best];
        if (other && ia_landmarks_differ(list, n, &lines[0], &lines[1]))
            *other = lines[1 - best];
    }
    free(room);
    return IA_OK;
}
