// src/crystal/planes_shape.c: what the outline of the ions within a region alone puts
// into the structure factor.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

// Voxels over the edge of a region, and waves over it that these tell: farther apart than
// three voxels. Beyond, a surface leaves amplitudes that fall as 1/k.
struct ia_outline {
    int n, most;
    float *count, *sum;   // (n, n, n): ions, and those in a box about
    double *window;       // (n)
    float complex *by_x;  // (n, n, 2 most + 1)
    float complex *by_xy; // (n, 2 most + 1, 2 most + 1)
    float *amplitude;     // (most + 1, 2 most + 1, 2 most + 1): z, y, x
    float complex *turns; // (n, 2 most + 1)
    double edge;
    bool fills; // the region: nothing to tell
};

static const double pi = 3.14159265358979323846;

ia_status ia_outline_new(ia_ctx *ctx, double edge, ia_outline **out)
{
    ia_outline *o = ia_array(ctx, 1, sizeof *o);
    if (!o)
        return IA_ERR_MEMORY;
    o->edge = edge;
    o->n = (int)fmax(12, fmin(64, 6 * edge));
    o->most = o->n / 3;
    size_t n = (size_t)o->n, m = 2 * (size_t)o->most + 1;
    o->count = ia_array(ctx, n * n * n, sizeof *o->count);
    o->sum = ia_array(ctx, n * n * n, sizeof *o->sum);
    o->window = ia_array(ctx, n, sizeof *o->window);
    o->by_x = ia_array(ctx, n * n * m, sizeof *o->by_x);
    o->by_xy = ia_array(ctx, n * m * m, sizeof *o->by_xy);
    o->amplitude = ia_array(ctx, m * m * m, sizeof *o->amplitude);
    o->turns = ia_array(ctx, m * n, sizeof *o->turns);
    if (!o->count || !o->sum || !o->window || !o->by_x || !o->by_xy || !o->amplitude ||
        !o->turns) {
        ia_outline_free(o);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        double at = ((double)i + 0.5) / (double)n - 0.5;
        o->window[i] = pow(cos(pi * at), 2);
        for (size_t k = 0; k < m; k++) {
            double turn = 2 * pi * at * ((double)k - o->most);
            o->turns[i * m + k] = (float)cos(turn) + (float)sin(turn) * I;
        }
    }
    *out = o;
    return IA_OK;
}

void ia_outline_free(ia_outline *o)
{
    if (!o)
        return;
    free(o->count);
    free(o->sum);
    free(o->window);
    free(o->by_x);
    free(o->by_xy);
    free(o->amplitude);
    free(o->turns);
    free(o);
}

// Ions of each of n^3 parts of a region.
static void count_ions(const ia_outline *o, const ia_regions *regions, size_t cube,
                       size_t n, float *count)
{
    ia_region_cell cells[IA_REGION_CELLS];
    double centre[3];
    ia_regions_centre(regions, cube, centre);
    ia_regions_cells(regions, cube, cells);
    memset(count, 0, n * n * n * sizeof *count);
    for (size_t c = 0; c < IA_REGION_CELLS; c++)
        for (size_t i = cells[c].begin; i < cells[c].end; i++) {
            size_t at[3];
            bool inside = true;
            for (size_t k = 0; k < 3; k++) {
                double offset = (double)regions->xyz[3 * i + k] - centre[k];
                double part = (offset / o->edge + 0.5) * (double)n;
                inside &= part >= 0 && part < (double)n;
                at[k] = inside ? (size_t)part : 0;
            }
            if (inside)
                count[(at[2] * n + at[1]) * n + at[0]]++;
        }
}

static double window_at(const ia_outline *o, size_t voxel)
{
    size_t n = (size_t)o->n;
    return o->window[voxel % n] * o->window[voxel / n % n] * o->window[voxel / n / n];
}

// Of the ions' windows and of their squares, from those of their voxels.
static void sum_weights(const ia_outline *o, double weights[2])
{
    size_t n = (size_t)o->n;
    weights[0] = weights[1] = 0;
    for (size_t i = 0; i < n * n * n; i++) {
        double w = window_at(o, i);
        weights[0] += (double)o->count[i] * w;
        weights[1] += (double)o->count[i] * w * w;
    }
}

// Mean over `reach` voxels either way along a row, fewer at its ends.
static void smooth_row(float *row, size_t step, int n, int reach)
{
    float copy[64];
    for (int i = 0; i < n; i++)
        copy[i] = row[(size_t)i * step];
    for (int i = 0; i < n; i++) {
        int first = i > reach ? i - reach : 0, last = i + reach < n ? i + reach : n - 1;
        float sum = 0;
        for (int j = first; j <= last; j++)
            sum += copy[j];
        row[(size_t)i * step] = sum / (float)(last - first + 1);
    }
}

// Boxes so wide that chance hardly halves the density in them.
static double width_of_boxes(const ia_outline *o, double ions)
{
    const double ions_least = 60, width_least = 1.2; // nm
    return fmax(width_least, o->edge * cbrt(ions_least / ions));
}

// Density about each voxel.
static void smooth(ia_outline *o, double width)
{
    size_t n = (size_t)o->n;
    double voxel = o->edge / o->n;
    int reach = (int)fmin(o->n, ceil((width / voxel - 1) / 2));
    memcpy(o->sum, o->count, n * n * n * sizeof *o->sum);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            smooth_row(o->sum + (i * n + j) * n, 1, o->n, reach);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            smooth_row(o->sum + i * n * n + j, n, o->n, reach);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            smooth_row(o->sum + i * n + j, n * n, o->n, reach);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Half the usual density of a filled part, of those listed, which it sorts: a region is
// half full at least.
static float half_full(float *list, size_t n)
{
    const double filled = 0.7;
    qsort(list, n, sizeof *list, by_value);
    return list[(size_t)(filled * (double)n)] / 2;
}

// Whether a region is filled in all boxes side by side, as most regions are.
static bool is_filled(const ia_outline *o, const ia_regions *regions, size_t cube)
{
    double ions = (double)regions->ions[cube];
    size_t n = (size_t)fmin(o->n, floor(o->edge / width_of_boxes(o, ions)));
    if (n < 3)
        return false;
    count_ions(o, regions, cube, n, o->count);
    float least = half_full(o->count, n * n * n);
    return o->count[0] >= least; // sorted
}

// Voxels are within where the density about them is half the usual one of a filled part;
// their windows, which take the place of the counts, and the sum of these.
static double mark(ia_outline *o)
{
    enum { EVERY = 13 }; // voxels next to each other are much alike
    size_t n = (size_t)o->n, all = n * n * n, few = 0;
    double sum = 0;
    o->fills = true;
    for (size_t i = 0; i < all; i += EVERY)
        o->count[few++] = o->sum[i];
    float least = half_full(o->count, few);
    for (size_t i = 0; i < all; i++) {
        double w = window_at(o, i);
        bool within = o->sum[i] >= least;
        o->fills &= within || w < 1e-3;
        o->count[i] = within ? (float)w : 0;
        sum += within ? w : 0;
    }
    return sum;
}

// By parts: a product of complex numbers in C looks for infinities.
static void add_turned(const float complex *from, float complex turn, size_t n,
                       float complex *to)
{
    float c = crealf(turn), s = cimagf(turn);
    const float *a = (const float *)from;
    float *b = (float *)to;
    for (size_t i = 0; i < n; i++) {
        b[2 * i] += c * a[2 * i] - s * a[2 * i + 1];
        b[2 * i + 1] += c * a[2 * i + 1] + s * a[2 * i];
    }
}

// Sums over x, then y, then z.
static void transform(ia_outline *o, double scale)
{
    size_t n = (size_t)o->n, m = 2 * (size_t)o->most + 1;
    memset(o->by_x, 0, n * n * m * sizeof *o->by_x);
    for (size_t row = 0; row < n * n; row++)
        for (size_t i = 0; i < n; i++)
            if (o->count[row * n + i] > 0)
                for (size_t k = 0; k < m; k++)
                    o->by_x[row * m + k] += o->count[row * n + i] * o->turns[i * m + k];
    memset(o->by_xy, 0, n * m * m * sizeof *o->by_xy);
    for (size_t z = 0; z < n; z++)
        for (size_t k = 0; k < m; k++)
            for (size_t y = 0; y < n; y++)
                add_turned(o->by_x + (z * n + y) * m, o->turns[y * m + k], m,
                           o->by_xy + (z * m + k) * m);
    for (size_t k = 0; k <= (size_t)o->most; k++) {
        memset(o->by_x, 0, m * m * sizeof *o->by_x);
        for (size_t z = 0; z < n; z++)
            add_turned(o->by_xy + z * m * m, o->turns[z * m + k + (size_t)o->most], m * m,
                       o->by_x);
        for (size_t i = 0; i < m * m; i++)
            o->amplitude[k * m * m + i] = (float)scale * cabsf(o->by_x[i]);
    }
}

void ia_outline_find(ia_outline *o, const ia_regions *regions, size_t cube)
{
    double weights[2], sum;
    if ((o->fills = is_filled(o, regions, cube)))
        return;
    count_ions(o, regions, cube, (size_t)o->n, o->count);
    sum_weights(o, weights);
    if ((o->fills = !(weights[1] > 0)))
        return;
    smooth(o, width_of_boxes(o, (double)regions->ions[cube]));
    sum = mark(o);
    if (!o->fills)
        transform(o, weights[0] / (sum * sqrt(weights[1])));
}

// Linear between waves over the edge; of k and -k that with z >= 0.
static double look_up(const ia_outline *o, const double waves[3])
{
    size_t m = 2 * (size_t)o->most + 1, first[3];
    double part[3], sign = waves[2] < 0 ? -1 : 1, sum = 0;
    for (size_t k = 0; k < 3; k++) {
        double at = sign * waves[k] + (k < 2 ? o->most : 0);
        double last = (k < 2 ? 2 : 1) * o->most - 1;
        first[k] = (size_t)fmax(0, fmin(last, floor(at)));
        part[k] = fmax(0, fmin(1, at - (double)first[k]));
    }
    for (size_t c = 0; c < 8; c++) {
        size_t up[3] = {c & 1, c >> 1 & 1, c >> 2};
        double weight = 1;
        for (size_t k = 0; k < 3; k++)
            weight *= up[k] ? part[k] : 1 - part[k];
        sum += weight *
               (double)o->amplitude[((first[2] + up[2]) * m + first[1] + up[1]) * m +
                                    first[0] + up[0]];
    }
    return sum;
}

double ia_outline_amplitude(const ia_outline *o, const double k[3])
{
    double waves[3], length = 0, shrink;
    if (o->fills)
        return 0;
    for (size_t a = 0; a < 3; a++) {
        waves[a] = k[a] * o->edge;
        length += waves[a] * waves[a];
    }
    shrink = fmin(1, o->most / sqrt(length));
    for (size_t a = 0; a < 3; a++)
        waves[a] *= shrink;
    return shrink * look_up(o, waves);
}
