// src/spatial/covariance.c: how much of a volume overlaps with itself when it is shifted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/covariance_internal.h"

#include "core/cholesky.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>

// Shifts reach LEAST_SHIFT cubes or r_max, whichever is more, but not more than
// MOST_SHIFT cubes or most of the specimen; what is nearer than `nearest` cubes depends
// on how the surface runs through them.
enum { LEAST_SHIFT = 6, MOST_SHIFT = 20, SHELLS = 24, DIRECTIONS = 200 };
enum { ROOM = 2 }; // cubes about the farthest shift
static const double nearest = 3, golden = 2.399963229728653; // radian

typedef struct {
    const ia_extent *extent;
    float *fill;  // (cubes) share of each that lies inside
    double total; // cubes
    int32_t reach;
    double *lost; // (2 reach + 1)^3 share of the specimen shifted out of itself; NAN: not
                  // measured
} shape;

static size_t number(const ia_extent *e, int32_t x, int32_t y, int32_t z)
{
    return ((size_t)z * (size_t)e->size[1] + (size_t)y) * (size_t)e->size[0] + (size_t)x;
}

// Overlap of the specimen with itself, shifted by whole cubes, over its volume.
static double overlap(const shape *s, const int32_t shift[3])
{
    const ia_extent *e = s->extent;
    double sum = 0;
    int32_t low[3], high[3];
    for (int k = 0; k < 3; k++) {
        low[k] = shift[k] < 0 ? -shift[k] : 0;
        high[k] = shift[k] > 0 ? e->size[k] - shift[k] : e->size[k];
    }
    for (int32_t z = low[2]; z < high[2]; z++)
        for (int32_t y = low[1]; y < high[1]; y++) {
            const float *here = s->fill + number(e, 0, y, z);
            const float *there = s->fill + number(e, 0, y + shift[1], z + shift[2]);
            for (int32_t x = low[0]; x < high[0]; x++)
                sum += (double)(here[x] * there[x + shift[0]]);
        }
    return sum / s->total;
}

static double *lost_at(const shape *s, const int32_t shift[3])
{
    size_t n = 2 * (size_t)s->reach + 1, at = 0;
    for (int k = 0; k < 3; k++)
        at = at * n + (size_t)(shift[k] + s->reach);
    return &s->lost[at];
}

// Shifts of one z: half of them mirror the others. Those between the shells and the next
// cubes are needed too.
static void measure_layer(void *user, size_t z, size_t worker)
{
    const shape *s = user;
    int32_t r = s->reach, most = r * r;
    (void)worker;
    for (int32_t y = -r; y <= r; y++)
        for (int32_t x = -r; x <= r; x++) {
            const int32_t shift[3] = {x, y, (int32_t)z}, mirror[3] = {-x, -y, -shift[2]};
            if (x * x + y * y + shift[2] * shift[2] <= most)
                *lost_at(s, mirror) = *lost_at(s, shift) = 1 - overlap(s, shift);
        }
}

// Between whole cubes the overlap of shares that fill their cubes evenly is linear along
// each axis.
static double lost_between(const shape *s, const double shift[3])
{
    double sum = 0;
    for (unsigned corner = 0; corner < 8; corner++) {
        double weight = 1;
        int32_t at[3];
        for (unsigned k = 0; k < 3; k++) {
            double low = floor(shift[k]), part = shift[k] - low;
            bool upper = corner >> k & 1;
            at[k] = (int32_t)low + upper;
            weight *= upper ? part : 1 - part;
        }
        if (weight > 0)
            sum += weight * *lost_at(s, at);
    }
    return sum;
}

void ia_covariance_direction(size_t i, size_t n, double turn, double out[3])
{
    double z = 2 * ((double)i + 0.5) / (double)n - 1, across = sqrt(1 - z * z);
    double angle = golden * ((double)i + turn);
    out[0] = across * cos(angle);
    out[1] = across * sin(angle);
    out[2] = z;
}

// The mean over directions, turned from shell to shell.
static double lost_on_shell(const shape *s, double r, size_t shell)
{
    double sum = 0;
    for (size_t i = 0; i < DIRECTIONS; i++) {
        double shift[3];
        ia_covariance_direction(i, DIRECTIONS, (double)shell / SHELLS, shift);
        for (size_t k = 0; k < 3; k++)
            shift[k] *= r;
        sum += lost_between(s, shift) / DIRECTIONS;
    }
    return sum;
}

// Cubes blur the shape: the covariance is averaged over a cube of offsets, weighted by
// triangles with a variance of edge^2/6 along each axis, once by cubes filled evenly and
// once by what lies between them, as much on average. To second order that adds edge^2/6
// times the Laplacian of r, r^2, r^3; of r nothing more from two cubes on.
static void blurred(double r, double edge, double out[3])
{
    double half = edge * edge / 6;
    out[0] = r + 2 * half / r;
    out[1] = r * r + 6 * half;
    out[2] = r * r * r + 12 * half * r;
}

// The weight makes every interval of distance count alike.
bool ia_covariance_fit(const covariance_shells *s, ia_covariance *out)
{
    double matrix[9] = {0}, right[3] = {0}, basis[3];
    for (size_t shell = 0; shell < s->n; shell++) {
        double weight = 1 / (s->r[shell] * s->r[shell]);
        blurred(s->r[shell], s->edge, basis);
        for (size_t i = 0; i < 3; i++) {
            right[i] += weight * basis[i] * s->lost[shell];
            for (size_t k = 0; k < 3; k++)
                matrix[3 * i + k] += weight * basis[i] * basis[k];
        }
    }
    if (!ia_cholesky(matrix, 3))
        return false;
    ia_cholesky_solve(matrix, 3, right);
    *out = (ia_covariance){right[0], -right[1], right[2], s->r[s->n - 1]};
    return true;
}

static void fit_shells(const shape *s, ia_covariance *out)
{
    double edge = s->extent->edge, r[SHELLS], lost[SHELLS];
    double last = s->reach - ROOM, first = fmin(nearest, last / 2);
    for (size_t i = 0; i < SHELLS; i++) {
        double cubes = first + (last - first) * (double)i / (SHELLS - 1);
        r[i] = cubes * edge;
        lost[i] = lost_on_shell(s, cubes, i);
    }
    ia_covariance_fit(&(covariance_shells){SHELLS, edge, r, lost}, out);
}

static int32_t choose_reach(const ia_extent *e, double r_max)
{
    double least = INFINITY;
    for (int k = 0; k < 3; k++)
        least = fmin(least, e->size[k]);
    double wanted = fmax(LEAST_SHIFT, ceil(r_max / e->edge));
    return (int32_t)fmax(2, fmin(fmin(wanted, MOST_SHIFT), floor(0.9 * least)));
}

ia_status ia_extent_covariance(ia_ctx *ctx, const ia_extent *extent, double r_max,
                               ia_covariance *out)
{
    shape s = {.extent = extent};
    *out = (ia_covariance){NAN, NAN, NAN, 0};
    if (!extent->counts || !isfinite(extent->volume))
        return IA_OK;
    size_t n =
        (size_t)extent->size[0] * (size_t)extent->size[1] * (size_t)extent->size[2];
    s.reach = choose_reach(extent, r_max) + ROOM;
    size_t side = 2 * (size_t)s.reach + 1;
    s.fill = ia_array(ctx, n, sizeof *s.fill);
    s.lost = ia_array(ctx, side * side * side, sizeof *s.lost);
    ia_status st = s.fill && s.lost ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        ia_extent_fill(extent, s.fill);
        for (size_t i = 0; i < n; i++)
            s.total += (double)s.fill[i];
        st = ia_for(ctx, "edge correction", (size_t)s.reach + 1, measure_layer, &s);
    }
    if (st == IA_OK)
        fit_shells(&s, out);
    free(s.fill);
    free(s.lost);
    return st;
}

double ia_covariance_at(const ia_covariance *c, double r)
{
    if (!(r <= c->reach))
        return NAN;
    return fmax(0, 1 - r * (c->a - r * (c->b - r * c->c)));
}
