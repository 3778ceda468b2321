// src/spatial/covariance.c: how much of a volume overlaps with itself when it is shifted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cholesky.h"

#include <ionatlas/extent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Shifts measured at most; shifts reach LEAST_SHIFT cubes or r_max, whichever is more,
// but not more than MOST_SHIFT cubes or most of the specimen.
enum { N_SHIFTS = 600, LEAST_SHIFT = 8, MOST_SHIFT = 20 };

typedef struct {
    const ia_extent *extent;
    float *fill;  // (cubes) share of each that lies inside
    double total; // cubes
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

// Cubes blur the shape: the covariance is averaged over a cube of offsets, weighted by
// triangles with a variance of edge^2/6 along each axis. To second order that adds
// edge^2/12 times the Laplacian of r, r^2, r^3.
static void blurred(double r, double edge, double out[3])
{
    double half = edge * edge / 12;
    out[0] = r + 2 * half / r;
    out[1] = r * r + 6 * half;
    out[2] = r * r * r + 12 * half * r;
}

typedef struct {
    double matrix[9], right[3];
} fit;

// The weight makes every interval of distance count alike.
static void add_shift(const shape *s, const int32_t shift[3], fit *f)
{
    double edge = s->extent->edge, basis[3];
    double r = edge * sqrt((double)shift[0] * shift[0] + (double)shift[1] * shift[1] +
                           (double)shift[2] * shift[2]);
    double lost = 1 - overlap(s, shift), weight = 1 / (r * r);
    blurred(r, edge, basis);
    for (size_t i = 0; i < 3; i++) {
        f->right[i] += weight * basis[i] * lost;
        for (size_t k = 0; k < 3; k++)
            f->matrix[3 * i + k] += weight * basis[i] * basis[k];
    }
}

// Half of the shifts between one cube and `reach`: the others mirror them.
static size_t list_shifts(int32_t reach, size_t step, int32_t (*out)[3])
{
    size_t n = 0, seen = 0;
    for (int32_t z = 0; z <= reach; z++)
        for (int32_t y = z > 0 ? -reach : 0; y <= reach; y++)
            for (int32_t x = z > 0 || y > 0 ? -reach : 1; x <= reach; x++) {
                if (x * x + y * y + z * z > reach * reach || seen++ % step != 0)
                    continue;
                if (out)
                    memcpy(out[n], (const int32_t[]){x, y, z}, sizeof *out);
                n++;
            }
    return n;
}

static ia_status fit_shifts(ia_ctx *ctx, const shape *s, int32_t reach,
                            ia_covariance *out)
{
    size_t step = list_shifts(reach, 1, NULL) / N_SHIFTS + 1;
    size_t n = list_shifts(reach, step, NULL);
    fit f = {{0}, {0}};
    int32_t(*shifts)[3] = ia_array(ctx, n, sizeof *shifts);
    if (!shifts)
        return IA_ERR_MEMORY;
    list_shifts(reach, step, shifts);
    for (size_t i = 0; i < n; i++)
        add_shift(s, shifts[i], &f);
    free(shifts);
    *out = (ia_covariance){NAN, NAN, NAN, 0};
    if (ia_cholesky(f.matrix, 3)) {
        ia_cholesky_solve(f.matrix, 3, f.right);
        *out =
            (ia_covariance){f.right[0], -f.right[1], f.right[2], s->extent->edge * reach};
    }
    return IA_OK;
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
    if (!(s.fill = ia_array(ctx, n, sizeof *s.fill)))
        return IA_ERR_MEMORY;
    ia_extent_fill(extent, s.fill);
    for (size_t i = 0; i < n; i++)
        s.total += (double)s.fill[i];
    ia_status st = fit_shifts(ctx, &s, choose_reach(extent, r_max), out);
    free(s.fill);
    return st;
}

double ia_covariance_at(const ia_covariance *c, double r)
{
    if (!(r <= c->reach))
        return NAN;
    return fmax(0, 1 - r * (c->a - r * (c->b - r * c->c)));
}
