// src/spatial/rdf_blocks.c: cubes over the box of the ions, for a bootstrap: how many
// ions each holds, how large it is and how near to the surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/covariance_internal.h"
#include "spatial/rdf_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCKS = 125 };

static size_t cube_of(const rdf_blocks *b, const float *xyz)
{
    size_t at[3];
    for (size_t k = 0; k < 3; k++) {
        double place = ((double)xyz[k] - b->origin[k]) / b->edge, last = b->size[k] - 1;
        at[k] = (size_t)fmin(fmax(place, 0), last);
    }
    return (at[2] * (size_t)b->size[1] + at[1]) * (size_t)b->size[0] + at[0];
}

// False for a flat box.
static bool lay_out(rdf_blocks *b, const float *xyz, size_t n)
{
    double high[3], volume = 1;
    for (size_t k = 0; k < 3; k++) {
        b->origin[k] = INFINITY;
        high[k] = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            b->origin[k] = fmin(b->origin[k], (double)xyz[3 * i + k]);
            high[k] = fmax(high[k], (double)xyz[3 * i + k]);
        }
        volume *= high[k] - b->origin[k];
    }
    b->edge = cbrt(volume / BLOCKS);
    for (size_t k = 0; k < 3 && b->edge > 0; k++) {
        double size = ceil((high[k] - b->origin[k]) / b->edge);
        if (!(size <= 1e4)) // a needle without any width
            return false;
        b->size[k] = (int32_t)fmax(size, 1);
    }
    return b->edge > 0;
}

ia_status ia_rdf_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, rdf_blocks *out)
{
    rdf_blocks b = {0};
    if (n == 0 || !lay_out(&b, xyz, n)) {
        *out = (rdf_blocks){0};
        return IA_OK;
    }
    size_t n_cubes = (size_t)b.size[0] * (size_t)b.size[1] * (size_t)b.size[2];
    double *ions = ia_array(ctx, n_cubes, sizeof *ions);
    b.block = ions ? ia_array(ctx, n_cubes, sizeof *b.block) : NULL;
    if (!b.block) {
        free(ions);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        ions[cube_of(&b, xyz + 3 * i)]++;
    for (size_t c = 0; c < n_cubes; c++) {
        b.block[c] = (uint32_t)b.n;
        if (ions[c] > 0)
            ions[b.n++] = ions[c];
    }
    b.ions = ions;
    *out = b;
    return IA_OK;
}

void ia_rdf_blocks_clear(rdf_blocks *b)
{
    free(b->block);
    free(b->ions);
    free(b->volume);
    free(b->share);
    *b = (rdf_blocks){0};
}

uint32_t ia_rdf_block_of(const rdf_blocks *blocks, const float *xyz)
{
    return blocks->block[cube_of(blocks, xyz)];
}

double ia_rdf_within(const rdf_blocks *blocks, double r)
{
    double x = r / blocks->edge; // set covariance of a cube
    return x < 1 ? fmax(1 - x * (1.5 - x * (0.63662 - x * 0.0795775)), 0) : 0;
}

// The share of a cube of the extent that lies inside.
typedef struct {
    const ia_extent *extent;
    float *fill; // (cubes)
} filled;

static double fill_at(const filled *f, const double xyz[3])
{
    const ia_extent *e = f->extent;
    size_t at = 0;
    for (int k = 2; k >= 0; k--) {
        double place = floor((xyz[k] - e->origin[k]) / e->edge);
        if (!(place >= 0 && place < (double)e->size[k]))
            return 0;
        at = at * (size_t)e->size[k] + (size_t)place;
    }
    return (double)f->fill[at];
}

// Where a cube of the extent begins and ends along an axis, in blocks.
typedef struct {
    double low, high;
    size_t first, last;
} span;

static span span_of(const rdf_blocks *b, const ia_extent *e, int32_t cube, size_t axis)
{
    double low = (e->origin[axis] + e->edge * cube - b->origin[axis]) / b->edge;
    double high = low + e->edge / b->edge, last = b->size[axis] - 1;
    return (span){low, high, (size_t)fmin(fmax(low, 0), last),
                  (size_t)fmin(fmax(high, 0), last)};
}

// The share of a span in one block; what lies beyond the outermost belongs to them.
static double share_in(const rdf_blocks *b, const span *s, size_t block, size_t axis)
{
    double low = block == 0 ? -INFINITY : (double)block;
    double high = block + 1 == (size_t)b->size[axis] ? INFINITY : (double)block + 1;
    return fmax(fmin(s->high, high) - fmax(s->low, low), 0) / (s->high - s->low);
}

static void add_cube(rdf_blocks *b, const span s[3], double volume)
{
    for (size_t z = s[2].first; z <= s[2].last; z++)
        for (size_t y = s[1].first; y <= s[1].last; y++)
            for (size_t x = s[0].first; x <= s[0].last; x++) {
                size_t cube = (z * (size_t)b->size[1] + y) * (size_t)b->size[0] + x;
                if (b->block[cube] < b->n)
                    b->volume[b->block[cube]] += volume * share_in(b, &s[0], x, 0) *
                                                 share_in(b, &s[1], y, 1) *
                                                 share_in(b, &s[2], z, 2);
            }
}

static void measure_volumes(rdf_blocks *b, const filled *f)
{
    const ia_extent *e = f->extent;
    const float *fill = f->fill;
    double cube = e->edge * e->edge * e->edge;
    span s[3];
    for (int32_t z = 0; z < e->size[2]; z++)
        for (int32_t y = 0; y < e->size[1]; y++)
            for (int32_t x = 0; x < e->size[0]; x++, fill++) {
                if (!(*fill > 0))
                    continue;
                s[0] = span_of(b, e, x, 0);
                s[1] = span_of(b, e, y, 1);
                s[2] = span_of(b, e, z, 2);
                add_cube(b, s, cube * (double)*fill);
            }
}

enum { POINTS = 200, DIRECTIONS = 24, SHELLS = 8 };
static const double nearest = 1.5, farthest = 4; // cubes

typedef struct {
    rdf_blocks *blocks;
    filled filled;
    size_t *cube; // (n) of a block
    double r[SHELLS];
} sharing;

// Points that fill a cube evenly: a sequence of three irrational steps.
static void point_in(const rdf_blocks *b, size_t cube, size_t i, double out[3])
{
    static const double step[3] = {0.8191725134, 0.6710436067, 0.5497004779};
    size_t at[3] = {cube % (size_t)b->size[0],
                    cube / (size_t)b->size[0] % (size_t)b->size[1],
                    cube / ((size_t)b->size[0] * (size_t)b->size[1])};
    for (size_t k = 0; k < 3; k++) {
        double part = 0.5 + step[k] * (double)i;
        out[k] = b->origin[k] + b->edge * ((double)at[k] + part - floor(part));
    }
}

static void measure_share(void *user, size_t block, size_t worker)
{
    const sharing *s = user;
    double total = 0, lost[SHELLS] = {0};
    (void)worker;
    for (size_t i = 0; i < POINTS; i++) {
        double point[3], step[3], there[3];
        point_in(s->blocks, s->cube[block], i, point);
        double fill = fill_at(&s->filled, point);
        total += fill;
        for (size_t d = 0; fill > 0 && d < DIRECTIONS; d++) {
            ia_covariance_direction(d, DIRECTIONS, 0.381966 * (double)i, step);
            for (size_t r = 0; r < SHELLS; r++) {
                for (size_t k = 0; k < 3; k++)
                    there[k] = point[k] + s->r[r] * step[k];
                lost[r] += fill * (1 - fill_at(&s->filled, there)) / DIRECTIONS;
            }
        }
    }
    for (size_t r = 0; r < SHELLS; r++)
        lost[r] = total > 0 ? lost[r] / total : 0;
    const covariance_shells shells = {SHELLS, s->filled.extent->edge, s->r, lost};
    ia_covariance_fit(&shells, &s->blocks->share[block]);
}

static ia_status measure_shares(ia_ctx *ctx, rdf_blocks *b, const filled *f, double r_max)
{
    sharing s = {.blocks = b, .filled = *f};
    size_t n_cubes = (size_t)b->size[0] * (size_t)b->size[1] * (size_t)b->size[2];
    double first = nearest * f->extent->edge,
           last = fmax(r_max, farthest * f->extent->edge);
    if (!(s.cube = ia_array(ctx, b->n, sizeof *s.cube)))
        return IA_ERR_MEMORY;
    for (size_t c = n_cubes; c-- > 0;) // of cubes with one number the last holds ions
        if (b->block[c] < b->n && (c + 1 == n_cubes || b->block[c + 1] != b->block[c]))
            s.cube[b->block[c]] = c;
    for (size_t r = 0; r < SHELLS; r++)
        s.r[r] = first + (last - first) * (double)r / (SHELLS - 1);
    ia_status st = ia_for(ctx, "edge correction", b->n, measure_share, &s);
    free(s.cube);
    return st;
}

ia_status ia_rdf_blocks_measure(ia_ctx *ctx, const ia_extent *extent, double r_max,
                                rdf_blocks *b)
{
    filled f = {.extent = extent};
    if (b->n == 0 || !extent->counts || !isfinite(extent->volume))
        return IA_OK;
    size_t n =
        (size_t)extent->size[0] * (size_t)extent->size[1] * (size_t)extent->size[2];
    b->volume = ia_array(ctx, b->n, sizeof *b->volume);
    b->share = ia_array(ctx, b->n, sizeof *b->share);
    f.fill = ia_array(ctx, n, sizeof *f.fill);
    ia_status st = b->volume && b->share && f.fill ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        ia_extent_fill(extent, f.fill);
        measure_volumes(b, &f);
        st = measure_shares(ctx, b, &f, r_max);
    }
    free(f.fill);
    return st;
}
