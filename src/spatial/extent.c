// src/spatial/extent.c: the volume a set of ions fills, and where its surface is.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/extent.h>

#include <math.h>
#include <stdlib.h>

enum { PER_CUBE = 50, ROUNDS = 4, FEWEST_CUBES = 1000 };
enum {
    FEW = 6
}; // cubes along an axis: half of the outer ones leaves most to those within
static const double crowded_share = 1.5; // of PER_CUBE: cubes are too large
static const double outside_share = 0.1; // of the mean of the filled cubes

static bool is_finite(const float *xyz)
{
    return isfinite(xyz[0]) && isfinite(xyz[1]) && isfinite(xyz[2]);
}

static size_t measure_box(const ia_points *points, double lo[3], double hi[3])
{
    size_t n = 0;
    for (size_t k = 0; k < 3; k++) {
        lo[k] = INFINITY;
        hi[k] = -INFINITY;
    }
    for (size_t i = 0; i < points->n; i++) {
        const float *at = points->xyz + 3 * i;
        if (!is_finite(at))
            continue;
        n++;
        for (size_t k = 0; k < 3; k++) {
            lo[k] = fmin(lo[k], (double)at[k]);
            hi[k] = fmax(hi[k], (double)at[k]);
        }
    }
    return n;
}

static size_t n_cubes(const ia_extent *e)
{
    return (size_t)e->size[0] * (size_t)e->size[1] * (size_t)e->size[2];
}

// What cubes blur a flat face by goes with p (1 - p), of which they hold p: 1/6 on
// average.
static double blur_of(double place)
{
    double part = place - floor(place);
    return part * (1 - part);
}

// Where the first cube begins, in cubes before the first ion: so that a face there and
// one at the other end, `length` cubes on, blur as much as on average. There is such a
// place, for the mean over all places is that; of several the one whose outer cubes hold
// most, since few ions tell little.
static double choose_start(double length)
{
    enum { STEPS = 256 };
    double before = blur_of(0) + blur_of(length) - 1.0 / 3, chosen = 0.5, most = 0;
    for (int i = 1; i <= STEPS; i++) {
        double start = (double)i / STEPS;
        double now = blur_of(start) + blur_of(start + length) - 1.0 / 3;
        if ((before > 0) != (now > 0)) {
            double at = start - now / (now - before) / STEPS, last = at + length;
            double held = fmin(1 - at, last - floor(last));
            if (held > most) {
                most = held;
                chosen = at;
            }
        }
        before = now;
    }
    return chosen;
}

// False when that would be too many cubes.
static bool lay_out(const double lo[3], const double hi[3], double edge, double most,
                    ia_extent *e)
{
    double n = 1;
    for (size_t k = 0; k < 3; k++) {
        double length = (hi[k] - lo[k]) / edge,
               start = length < FEW ? 0.5 : choose_start(length);
        double size = floor(start + length) + 1;
        n *= size;
        if (!(n <= most))
            return false;
        e->origin[k] = lo[k] - start * edge;
        e->size[k] = (int32_t)size;
    }
    e->edge = edge;
    return true;
}

// The cube of a position; false outside all.
static bool place(const ia_extent *e, const float *xyz, int32_t cube[3])
{
    for (size_t k = 0; k < 3; k++) {
        double at = floor(((double)xyz[k] - e->origin[k]) / e->edge);
        if (!(at >= 0 && at < (double)e->size[k]))
            return false;
        cube[k] = (int32_t)at;
    }
    return true;
}

static size_t number(const ia_extent *e, const int32_t cube[3])
{
    return ((size_t)cube[2] * (size_t)e->size[1] + (size_t)cube[1]) * (size_t)e->size[0] +
           (size_t)cube[0];
}

// Mean ions of the filled cubes.
static double count(const ia_points *points, ia_extent *e)
{
    size_t n = 0, n_filled = 0;
    int32_t cube[3];
    for (size_t i = 0; i < points->n; i++) {
        if (!is_finite(points->xyz + 3 * i) || !place(e, points->xyz + 3 * i, cube))
            continue;
        n_filled += e->counts[number(e, cube)]++ == 0;
        n++;
    }
    return n_filled > 0 ? (double)n / (double)n_filled : 0;
}

// A few ions far off must not make the cubes large: smaller ones until they are filled as
// they should be.
static ia_status fit(ia_ctx *ctx, const ia_points *points, ia_extent *e)
{
    double lo[3], hi[3], volume = 1;
    size_t n = measure_box(points, lo, hi);
    for (size_t k = 0; k < 3; k++)
        volume *= hi[k] - lo[k];
    if (n == 0 || !(volume > 0) || !isfinite(volume))
        return IA_OK;
    double most = (double)n + FEWEST_CUBES, edge = cbrt(volume * PER_CUBE / (double)n);
    ia_extent next = {0};
    for (int round = 0; round < ROUNDS && lay_out(lo, hi, edge, most, &next); round++) {
        if (!(next.counts = ia_array(ctx, n_cubes(&next), sizeof *next.counts)))
            return IA_ERR_MEMORY;
        free(e->counts);
        *e = next;
        double mean = count(points, e);
        e->least = outside_share * mean;
        if (mean < crowded_share * PER_CUBE)
            break;
        edge *= cbrt(PER_CUBE / mean);
    }
    return IA_OK;
}

static uint32_t count_at(const ia_extent *e, int32_t x, int32_t y, int32_t z)
{
    if (x < 0 || y < 0 || z < 0 || x >= e->size[0] || y >= e->size[1] || z >= e->size[2])
        return 0;
    return e->counts[number(e, (int32_t[]){x, y, z})];
}

static bool is_inside(const ia_extent *e, int32_t x, int32_t y, int32_t z)
{
    return (double)count_at(e, x, y, z) > e->least;
}

static bool is_interior(const ia_extent *e, int32_t x, int32_t y, int32_t z)
{
    return is_inside(e, x, y, z) && is_inside(e, x - 1, y, z) &&
           is_inside(e, x + 1, y, z) && is_inside(e, x, y - 1, z) &&
           is_inside(e, x, y + 1, z) && is_inside(e, x, y, z - 1) &&
           is_inside(e, x, y, z + 1);
}

// Interior, and ions in all 26 around it: a slanting surface cuts corners of cubes whose
// six neighbours across faces are inside.
static bool is_full(const ia_extent *e, int32_t x, int32_t y, int32_t z)
{
    if (!is_interior(e, x, y, z))
        return false;
    for (int32_t i = x - 1; i <= x + 1; i++)
        for (int32_t j = y - 1; j <= y + 1; j++)
            for (int32_t k = z - 1; k <= z + 1; k++)
                if (count_at(e, i, j, k) == 0)
                    return false;
    return true;
}

// How dense ions are in the cubes that are whole: the full ones, the interior ones where
// none is full.
typedef struct {
    const ia_extent *extent;
    bool (*is_whole)(const ia_extent *e, int32_t x, int32_t y, int32_t z);
    double ions, cubes; // whole
} filling;

static void add_whole(filling *sum, int32_t x, int32_t y, int32_t z)
{
    if (!sum->is_whole(sum->extent, x, y, z))
        return;
    sum->ions += (double)count_at(sum->extent, x, y, z);
    sum->cubes++;
}

static void fill_beside(filling *sum, int32_t x, int32_t y, int32_t z)
{
    for (int32_t i = x - 1; i <= x + 1; i++)
        for (int32_t j = y - 1; j <= y + 1; j++)
            for (int32_t k = z - 1; k <= z + 1; k++)
                add_whole(sum, i, j, k);
}

static void fill_all(filling *sum)
{
    const ia_extent *e = sum->extent;
    for (int32_t z = 0; z < e->size[2]; z++)
        for (int32_t y = 0; y < e->size[1]; y++)
            for (int32_t x = 0; x < e->size[0]; x++)
                add_whole(sum, x, y, z);
}

static filling fill_whole(const ia_extent *e)
{
    filling sum = {e, is_full, 0, 0};
    fill_all(&sum);
    if (sum.cubes == 0) {
        sum.is_whole = is_interior;
        fill_all(&sum);
    }
    return sum;
}

// 1 / (n + 1) is, of a count by chance, what 1 / mean is on average; 1 / n is more.
static double fill_of(const filling *whole, int32_t x, int32_t y, int32_t z)
{
    double n = (double)count_at(whole->extent, x, y, z);
    if (n == 0 || whole->is_whole(whole->extent, x, y, z))
        return n > 0;
    filling beside = {whole->extent, whole->is_whole, 0, 0};
    fill_beside(&beside, x, y, z);
    if (beside.cubes == 0)
        beside = *whole;
    return n * beside.cubes / (beside.ions + 1);
}

static double measure_volume(const ia_extent *e)
{
    filling whole = fill_whole(e);
    double cubes = 0;
    if (whole.cubes == 0)
        return NAN;
    for (int32_t z = 0; z < e->size[2]; z++)
        for (int32_t y = 0; y < e->size[1]; y++)
            for (int32_t x = 0; x < e->size[0]; x++)
                cubes += fill_of(&whole, x, y, z);
    return cubes * e->edge * e->edge * e->edge;
}

void ia_extent_fill(const ia_extent *e, float *fill)
{
    filling whole = fill_whole(e);
    for (int32_t z = 0; z < e->size[2]; z++)
        for (int32_t y = 0; y < e->size[1]; y++)
            for (int32_t x = 0; x < e->size[0]; x++)
                *fill++ = (float)fill_of(&whole, x, y, z);
}

ia_status ia_extent_build(ia_ctx *ctx, const ia_points *points, ia_extent *out)
{
    ia_extent extent = {.volume = NAN};
    ia_status st = fit(ctx, points, &extent);
    if (st != IA_OK) {
        ia_extent_clear(&extent);
        return st;
    }
    extent.volume = extent.counts ? measure_volume(&extent) : NAN;
    *out = extent;
    return IA_OK;
}

void ia_extent_clear(ia_extent *extent)
{
    free(extent->counts);
    *extent = (ia_extent){0};
}

bool ia_extent_is_edge(const ia_extent *extent, const float xyz[3])
{
    int32_t cube[3];
    return !extent->counts || !place(extent, xyz, cube) ||
           !is_interior(extent, cube[0], cube[1], cube[2]);
}

bool ia_extent_is_inside(const ia_extent *extent, const float xyz[3])
{
    int32_t cube[3];
    return extent->counts && place(extent, xyz, cube) &&
           is_inside(extent, cube[0], cube[1], cube[2]);
}
