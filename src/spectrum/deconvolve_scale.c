// src/spectrum/deconvolve_scale.c: how far the mass scale is off, from lines that have a
// peak to themselves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"
#include "spectrum/landmarks.h"

#include <math.h>
#include <stdlib.h>

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
                             const ia_peaks *peaks, ia_landmark *list)
{
    size_t n = 0;

    for (size_t p = 0; p < peaks->n; p++) {
        const ia_peak *peak = &peaks->list[p];
        double width = ia_peak_width(&peaks->widths, peak->mass);
        double reach = fmax(0.9 * width, 0.09 * sqrt(peak->mass / 28));
        ptrdiff_t i = sole_line(lines, expected, peak->mass, reach);
        if (i < 0 || peak->mass < IA_LANDMARK_LIGHTEST)
            continue;
        double mass = lines->list[i].mass;
        list[n++] =
            (ia_landmark){mass, peak->mass - mass, hypot(peak->sigma_mass, 0.1 * width)};
    }
    return n;
}

ia_status ia_lines_scale(ia_ctx *ctx, const ia_placed_lines *lines,
                         const double *expected, const ia_peaks *peaks,
                         ia_mass_scale *out)
{
    ia_landmark *list = ia_array(ctx, peaks->n, sizeof *list);
    ia_mass_scale scale = {.sigma = 0.02};
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_landmarks_fit(ctx, list, find_landmarks(lines, expected, peaks, list),
                              ia_scale_tolerance(&peaks->widths, 0.03), &scale, NULL);
    if (st == IA_OK)
        *out = scale;
    free(list);
    return st;
}
