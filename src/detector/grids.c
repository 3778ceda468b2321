// src/detector/grids.c: round bins of times of flight and round cells of hits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/detector_internal.h"

#include <math.h>
#include <string.h>

enum {
    FINER = 15,       // fine bins for each that is wanted
    LEFT_OUT = 2000,  // one ion in so many may come later than the last bin
    FINEST_POWER = -9 // of ten, ns: no clock is finer
};

// The least power of ten that cuts `length` into at most n parts.
static int power_for(double length, size_t n)
{
    int power = (int)floor(log10(length / (double)n)) - 1;
    while (length / pow(10, power) > (double)n)
        power++;
    return power;
}

double detector_round_width(double length, size_t n)
{
    static const double steps[] = {0.1, 0.2, 0.5};
    double decade = pow(10, power_for(length, n));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (length / (decade * steps[i]) <= (double)n)
            return decade * steps[i];
    return decade;
}

size_t detector_times_room(size_t most)
{
    return FINER * most + 2;
}

void detector_times_lay(double end, size_t most, detector_times *times)
{
    int power = power_for(end, FINER * most);
    times->bin = pow(10, power < FINEST_POWER ? FINEST_POWER : power);
    times->per_bin = 1 / times->bin;
    times->n_bins = (size_t)(end / times->bin) + 2;
    times->below = times->above = 0;
    memset(times->counts, 0, times->n_bins * sizeof *times->counts);
}

double detector_times_end(const detector_times *times, double longest)
{
    uint64_t all = times->above, sum = 0;
    for (size_t i = 0; i < times->n_bins; i++)
        all += times->counts[i];
    size_t i = 0;
    while (i < times->n_bins && sum < all - all / LEFT_OUT)
        sum += times->counts[i++];
    return fmin(longest, 1.02 * times->bin * (double)i);
}

bool detector_times_are_coarse(const detector_times *times, double end, size_t most)
{
    return times->bin > pow(10, FINEST_POWER) * 1.5 &&
           detector_round_width(end, most) < times->bin * 0.999;
}

ia_status detector_times_join(ia_ctx *ctx, const detector_times *times, double end,
                              size_t most, ia_detector *out)
{
    double width = fmax(detector_round_width(end, most), times->bin);
    size_t factor = (size_t)llround(width / times->bin);
    size_t n_bins = (size_t)(end / width) + 1;
    uint64_t *counts = ia_array(ctx, n_bins, sizeof *counts);
    if (!counts)
        return IA_ERR_MEMORY;
    out->tof_above = times->above;
    for (size_t i = 0; i < times->n_bins; i++) {
        if (i / factor < n_bins)
            counts[i / factor] += times->counts[i];
        else
            out->tof_above += times->counts[i];
    }
    out->tof = counts;
    out->tof_bin = width;
    out->n_bins = n_bins;
    out->tof_below = times->below;
    return IA_OK;
}

ia_status detector_lay_hits(ia_ctx *ctx, size_t n, ia_detector *out)
{
    double longest = fmax(out->bounds[0][1] - out->bounds[0][0],
                          out->bounds[1][1] - out->bounds[1][0]);
    if (!(longest > 0)) // NAN without hits
        return IA_OK;
    double cell = detector_round_width(longest, n);
    size_t cells[2];
    for (size_t axis = 0; axis < 2; axis++) {
        double first = floor(out->bounds[axis][0] / cell);
        cells[axis] = (size_t)(out->bounds[axis][1] / cell - first) + 1;
        out->origin[axis] = first * cell;
    }
    if (!(out->hits = ia_array(ctx, cells[0] * cells[1], sizeof *out->hits)))
        return IA_ERR_MEMORY;
    out->cell = cell;
    out->cells[0] = cells[0];
    out->cells[1] = cells[1];
    return IA_OK;
}
