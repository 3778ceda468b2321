// src/io/bins.c: counts of a spectrum as a column of m/n that is computed when read.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/bins.h"

#include <ionatlas/hash.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const uint64_t ia_bins_ions_most = 1000000000000;

ia_status ia_bins_new(ia_ctx *ctx, size_t room, ia_bins *out)
{
    ia_bins bins = {0};
    if (!(bins.low = ia_array(ctx, room + 1, sizeof *bins.low)) ||
        !(bins.first = ia_array(ctx, room + 1, sizeof *bins.first))) {
        ia_bins_clear(&bins);
        return IA_ERR_MEMORY;
    }
    *out = bins;
    return IA_OK;
}

void ia_bins_clear(ia_bins *bins)
{
    free(bins->low);
    free(bins->first);
    free(bins->background);
    *bins = (ia_bins){0};
}

bool ia_bins_add(ia_bins *bins, double low, uint64_t count)
{
    if (count > ia_bins_ions_most - bins->first[bins->n])
        return false;
    bins->low[bins->n] = low;
    bins->first[bins->n + 1] = bins->first[bins->n] + count;
    bins->n++;
    return true;
}

ia_status ia_bins_expect_background(ia_ctx *ctx, size_t room, ia_bins *bins)
{
    bins->background = ia_array(ctx, room + 1, sizeof *bins->background);
    return bins->background ? IA_OK : IA_ERR_MEMORY;
}

void ia_bins_state_background(ia_bins *bins, double ions)
{
    bins->background[bins->n] = bins->background[bins->n - 1] + ions;
}

void ia_bins_set_edges(ia_bins *b, bool middles)
{
    if (b->n == 0)
        return;
    double *low = b->low, first = low[0];
    double width = b->n > 1 ? low[b->n - 1] - low[b->n - 2] : 1;
    if (!middles) {
        low[b->n] = low[b->n - 1] + width;
        return;
    }
    low[b->n] = low[b->n - 1] + width / 2;
    low[0] -= (b->n > 1 ? low[1] - low[0] : 1) / 2;
    if (first >= 0 && low[0] < 0) // no m/n is
        low[0] = 0;
    for (size_t i = b->n - 1; i > 0; i--)
        low[i] = (low[i] + (i > 1 ? low[i - 1] : first)) / 2;
}

static void release_bins(void *keep)
{
    ia_bins_clear(keep);
    free(keep);
}

// Ion number j of n in a bin. Spread evenly, so that finer bins show no comb; clear of
// the edges, so that rounding to float32 puts no ion on the wrong side of a range that
// begins at an edge.
static float place(double low, double high, uint64_t j, uint64_t n)
{
    return (float)(low + (high - low) * (0.05 + 0.9 * ((double)j + 0.5) / (double)n));
}

// Rows of the computed column of m/n.
static void fill_mass(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_bins *b = column->user;
    float *mass = out;
    size_t low = 0, high = b->n;
    while (high - low > 1) { // the last bin that begins at or before `begin`
        size_t middle = (low + high) / 2;
        if (b->first[middle] <= begin)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = 0; i < n; i++) {
        while (b->first[low + 1] <= begin + i)
            low++;
        mass[i] = place(b->low[low], b->low[low + 1], begin + i - b->first[low],
                        b->first[low + 1] - b->first[low]);
    }
}

// The bins rise, and so do the ions; left unknown where an edge is no number.
static void note_min_max(ia_column *mass, ia_bins *b)
{
    fill_mass(mass, 0, 1, &b->min_max[0]);
    fill_mass(mass, mass->n - 1, 1, &b->min_max[1]);
    if (isfinite(b->min_max[0]) && isfinite(b->min_max[1]))
        mass->min_max = b->min_max;
}

// The width of the bins where all but the outermost have the same; else 0.
static double common_width(const ia_bins *b)
{
    const double uneven = 0.02; // numbers in text are rounded

    if (b->n < 4)
        return 0;
    double width = (b->low[b->n - 1] - b->low[1]) / (double)(b->n - 2);
    for (size_t i = 1; i + 1 < b->n; i++)
        if (fabs(b->low[i + 1] - b->low[i] - width) > uneven * width)
            return 0;
    return width;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Numbers of ions are not all even: in twenty bins by a chance of one in a million.
static void tell_multiples(ia_ctx *ctx, const ia_bins *bins, const char *path)
{
    const size_t enough = 20; // bins with ions
    uint64_t divisor = 0;
    size_t filled = 0;
    for (size_t i = 0; i < bins->n; i++) {
        uint64_t count = bins->first[i + 1] - bins->first[i];
        filled += count > 0;
        divisor = common_divisor(divisor, count);
    }
    if (divisor > 1 && filled >= enough)
        ia_warn(
            ctx,
            "%s: every count is a multiple of %llu: if they were scaled, all errors are "
            "too small by the root of that",
            path ? path : "input", (unsigned long long)divisor);
}

ia_status ia_bins_give(ia_ctx *ctx, ia_source *source, ia_bins *bins, ia_ions *out)
{
    ia_ions ions = {.n = bins->n > 0 ? (size_t)bins->first[bins->n] : 0};
    ia_bins *kept = NULL;
    ia_status st;
    if (ions.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: a spectrum without counts",
                       source->path ? source->path : "input");
    if ((st = ia_sha256(ctx, source->bytes, source->n, ions.sha256)) != IA_OK)
        return st;
    const ia_stated_background stated = {bins->n + 1, bins->low, bins->background};
    if (!(kept = ia_array(ctx, 1, sizeof *kept)) ||
        (bins->background &&
         ia_stated_background_copy(ctx, &stated, &ions.background) != IA_OK) ||
        (source->path && !(ions.path = ia_text(ctx, source->path)))) {
        free(kept);
        ia_ions_clear(&ions);
        return IA_ERR_MEMORY;
    }
    tell_multiples(ctx, bins, source->path);
    ions.mass_bin = common_width(bins);
    ions.mass_edge = bins->n > 1 ? bins->low[1] : 0;
    *kept = *bins;
    *bins = (ia_bins){0};
    ions.keep = kept;
    ions.release = release_bins;
    ions.columns[IA_MASS] = (ia_column){
        .type = IA_F32, .width = 1, .n = ions.n, .fill = fill_mass, .user = kept};
    note_min_max(&ions.columns[IA_MASS], kept);
    ia_source_clear(source);
    *out = ions;
    return IA_OK;
}
