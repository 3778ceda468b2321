// src/spatial/mesh_distance.c: the nearest triangle by cells, the side by its normals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/mesh_distance.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, FAR = 255, CELLS_MOST = 1 << 26 };

// What of a triangle is nearest: its face, side k (from corner k), corner k.
enum { FACE = 0, SIDE = 1, CORNER = 4 };

struct ia_mesh_index {
    const ia_mesh *mesh;
    double reach, cell, origin[3];
    long n[3];
    uint32_t *start, *list; // triangles by cell
    uint8_t *steps;         // cells to the nearest one with triangles; FAR: beyond reach
    float *ball;            // (n_triangles, 4) middle and radius of what holds it
    float *face;            // (n_triangles, 3)
    float *side;   // (n_triangles, 3, 3) sum of both faces; NAN where one is missing
    float *corner; // (n_vertices, 3); NAN at the end of the surface
};

static void corner_of(const ia_mesh *m, size_t t, size_t c, double p[3])
{
    const float *xyz = m->xyz + 3 * (size_t)m->triangles[3 * t + c];
    for (int k = 0; k < 3; k++)
        p[k] = (double)xyz[k];
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void minus(const double a[3], const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[k] - b[k];
}

static double angle_between(const double a[3], const double b[3])
{
    double length = sqrt(dot(a, a) * dot(b, b));
    return length > 0 ? acos(fmax(-1, fmin(1, dot(a, b) / length))) : 0;
}

// The middle of the corners, and the largest distance of one from it, a hair more.
static void set_ball(double p[3][3], float ball[4])
{
    const double hair = 1e-5;
    double most = 0;
    for (int k = 0; k < 3; k++)
        ball[k] = (float)((p[0][k] + p[1][k] + p[2][k]) / 3);
    for (int c = 0; c < 3; c++) {
        double d2 = 0;
        for (int k = 0; k < 3; k++)
            d2 += (p[c][k] - (double)ball[k]) * (p[c][k] - (double)ball[k]);
        most = fmax(most, d2);
    }
    ball[3] = (float)(sqrt(most) * (1 + hair) + hair);
}

// Unit normals of faces; each corner gets them by its angle.
static void set_faces(ia_mesh_index *x)
{
    const ia_mesh *m = x->mesh;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], u[3], w[3], n[3];
        for (size_t c = 0; c < 3; c++)
            corner_of(m, t, c, p[c]);
        minus(p[1], p[0], u);
        minus(p[2], p[0], w);
        for (int k = 0; k < 3; k++)
            n[k] = u[(k + 1) % 3] * w[(k + 2) % 3] - u[(k + 2) % 3] * w[(k + 1) % 3];
        set_ball(p, x->ball + 4 * t);
        double length = sqrt(dot(n, n));
        for (int k = 0; k < 3; k++)
            x->face[3 * t + (size_t)k] = length > 0 ? (float)(n[k] / length) : 0;
        for (size_t c = 0; c < 3; c++) {
            minus(p[(c + 1) % 3], p[c], u);
            minus(p[(c + 2) % 3], p[c], w);
            double angle = angle_between(u, w);
            float *corner = x->corner + 3 * (size_t)m->triangles[3 * t + c];
            for (size_t k = 0; k < 3; k++)
                corner[k] += (float)(angle * (double)x->face[3 * t + k]);
        }
    }
}

typedef struct {
    uint64_t ends; // vertices, the lower in front
    uint32_t at;   // 3 triangle + side
} side;

static int compare_sides(const void *a, const void *b)
{
    const side *x = a, *y = b;
    if (x->ends != y->ends)
        return x->ends > y->ends ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

// Where a side belongs to one triangle alone the surface ends, at its corners too.
static void end_here(ia_mesh_index *x, const side *s)
{
    for (size_t k = 0; k < 3; k++) {
        x->side[3 * (size_t)s->at + k] = NAN;
        x->corner[3 * (size_t)(s->ends >> 32) + k] = NAN;
        x->corner[3 * (size_t)(s->ends & UINT32_MAX) + k] = NAN;
    }
}

static ia_status set_sides(ia_ctx *ctx, ia_mesh_index *x)
{
    const ia_mesh *m = x->mesh;
    size_t n = 3 * m->n_triangles;
    side *sides = ia_array(ctx, n, sizeof *sides);
    if (!sides)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint64_t a = m->triangles[i], b = m->triangles[i / 3 * 3 + (i + 1) % 3];
        sides[i] = (side){a < b ? a << 32 | b : b << 32 | a, (uint32_t)i};
    }
    qsort(sides, n, sizeof *sides, compare_sides);
    for (size_t i = 0; i < n; i++) {
        bool paired = i + 1 < n && sides[i].ends == sides[i + 1].ends;
        if (!paired) {
            end_here(x, &sides[i]);
            continue;
        }
        for (size_t k = 0; k < 3; k++)
            x->side[3 * (size_t)sides[i].at + k] =
                x->side[3 * (size_t)sides[i + 1].at + k] =
                    x->face[3 * (size_t)(sides[i].at / 3) + k] +
                    x->face[3 * (size_t)(sides[i + 1].at / 3) + k];
        i++;
    }
    free(sides);
    return IA_OK;
}

// Cells about as large as triangles, fewer where the surface is spread wide.
static void lay_out(ia_mesh_index *x)
{
    const ia_mesh *m = x->mesh;
    double lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3], longest = 0, cells;
    for (int k = 0; k < 3; k++)
        hi[k] = -INFINITY;
    for (size_t i = 0; i < 3 * m->n_triangles; i++)
        for (size_t k = 0; k < 3; k++) {
            double at = (double)m->xyz[3 * (size_t)m->triangles[i] + k];
            lo[k] = fmin(lo[k], at);
            hi[k] = fmax(hi[k], at);
        }
    for (size_t t = 0; t < m->n_triangles; t++) {
        double a[3], b[3], d[3];
        corner_of(m, t, 0, a);
        corner_of(m, t, 1, b);
        minus(a, b, d);
        longest = fmax(longest, dot(d, d));
    }
    x->cell = fmax(sqrt(longest), x->reach / (FAR - 3));
    x->cell = x->cell > 0 ? x->cell : 1;
    do {
        cells = 1;
        for (int k = 0; k < 3; k++) {
            x->origin[k] = lo[k] - x->reach - x->cell;
            x->n[k] = (long)((hi[k] + x->reach - x->origin[k]) / x->cell) + 2;
            cells *= (double)x->n[k];
        }
        if (cells > CELLS_MOST)
            x->cell *= 1.5;
    } while (cells > CELLS_MOST);
}

static long cell_along(const ia_mesh_index *x, double at, int k)
{
    return (long)floor((at - x->origin[k]) / x->cell);
}

// The cells that the box of a triangle touches.
static void cells_of(const ia_mesh_index *x, size_t t, long lo[3], long hi[3])
{
    double p[3][3];
    for (size_t c = 0; c < 3; c++)
        corner_of(x->mesh, t, c, p[c]);
    for (int k = 0; k < 3; k++) {
        lo[k] = cell_along(x, fmin(p[0][k], fmin(p[1][k], p[2][k])), k);
        hi[k] = cell_along(x, fmax(p[0][k], fmax(p[1][k], p[2][k])), k);
    }
}

static size_t number(const ia_mesh_index *x, long i, long j, long k)
{
    return (size_t)((k * x->n[1] + j) * x->n[0] + i);
}

// Once to count, once to list.
static void walk_cells(ia_mesh_index *x, bool list)
{
    for (size_t t = 0; t < x->mesh->n_triangles; t++) {
        long lo[3], hi[3];
        cells_of(x, t, lo, hi);
        for (long k = lo[2]; k <= hi[2]; k++)
            for (long j = lo[1]; j <= hi[1]; j++)
                for (long i = lo[0]; i <= hi[0]; i++) {
                    size_t c = number(x, i, j, k);
                    if (list)
                        x->list[x->start[c + 1]++] = (uint32_t)t;
                    else
                        x->start[c + 2]++;
                }
    }
}

// One more than the least of the neighbours that were seen before in this direction.
static void step_from(ia_mesh_index *x, const long at[3], long back)
{
    uint8_t *own = &x->steps[number(x, at[0], at[1], at[2])];
    for (long k = -1; k <= 0; k++)
        for (long j = -1; j <= (k < 0 ? 1 : 0); j++)
            for (long i = -1; i <= (k < 0 || j < 0 ? 1 : -1); i++) {
                long to[3] = {at[0] + back * i, at[1] + back * j, at[2] + back * k};
                if (to[0] < 0 || to[1] < 0 || to[2] < 0 || to[0] >= x->n[0] ||
                    to[1] >= x->n[1] || to[2] >= x->n[2])
                    continue;
                uint8_t there = x->steps[number(x, to[0], to[1], to[2])];
                if (there + 1 < *own)
                    *own = (uint8_t)(there + 1);
            }
}

// Chessboard distance in cells to the nearest one with triangles: exact after one pass
// either way.
static void set_steps(ia_mesh_index *x)
{
    long all = x->n[0] * x->n[1] * x->n[2];
    for (long c = 0; c < all; c++)
        x->steps[c] = x->start[c + 1] > x->start[c] ? 0 : FAR;
    for (int pass = 0; pass < 2; pass++)
        for (long c = 0; c < all; c++) {
            long i = pass == 0 ? c : all - 1 - c, row = i / x->n[0];
            const long at[3] = {i % x->n[0], row % x->n[1], row / x->n[1]};
            if (x->steps[i] > 1)
                step_from(x, at, pass == 0 ? 1 : -1);
        }
}

ia_status ia_mesh_index_build(ia_ctx *ctx, const ia_mesh *mesh, double reach,
                              ia_mesh_index **out)
{
    ia_mesh_index *x = ia_array(ctx, 1, sizeof *x);
    ia_status st = IA_ERR_MEMORY;
    if (!x)
        return st;
    x->mesh = mesh;
    x->reach = reach;
    if (mesh->n_triangles > 0)
        lay_out(x);
    size_t cells = mesh->n_triangles > 0 ? number(x, 0, 0, x->n[2]) : 0;
    if (!(x->ball = ia_array(ctx, mesh->n_triangles, 4 * sizeof *x->ball)) ||
        !(x->face = ia_array(ctx, mesh->n_triangles, 3 * sizeof *x->face)) ||
        !(x->side = ia_array(ctx, mesh->n_triangles, 9 * sizeof *x->side)) ||
        !(x->corner = ia_array(ctx, mesh->n_vertices, 3 * sizeof *x->corner)) ||
        !(x->start = ia_array(ctx, cells + 2, sizeof *x->start)) ||
        !(x->steps = ia_array(ctx, cells, sizeof *x->steps)))
        goto fail;
    set_faces(x);
    if ((st = set_sides(ctx, x)) != IA_OK)
        goto fail;
    if (cells > 0)
        walk_cells(x, false);
    for (size_t c = 2; c < cells + 2; c++)
        x->start[c] += x->start[c - 1];
    if (!(x->list = ia_array(ctx, x->start[cells + 1], sizeof *x->list))) {
        st = IA_ERR_MEMORY;
        goto fail;
    }
    if (cells > 0) {
        walk_cells(x, true);
        set_steps(x);
    }
    *out = x;
    return IA_OK;
fail:
    ia_mesh_index_free(x);
    return st;
}

void ia_mesh_index_free(ia_mesh_index *x)
{
    if (!x)
        return;
    free(x->ball);
    free(x->face);
    free(x->side);
    free(x->corner);
    free(x->start);
    free(x->list);
    free(x->steps);
    free(x);
}

// The nearest place of a triangle (Ericson 2005) and what of it that is.
static int nearest_in(const double a[3], const double b[3], const double c[3],
                      const double p[3], double out[3])
{
    double ab[3], ac[3], ap[3], bp[3], cp[3];
    minus(b, a, ab);
    minus(c, a, ac);
    minus(p, a, ap);
    minus(p, b, bp);
    minus(p, c, cp);
    double d1 = dot(ab, ap), d2 = dot(ac, ap), d3 = dot(ab, bp), d4 = dot(ac, bp);
    double d5 = dot(ab, cp), d6 = dot(ac, cp), u = 0, v = 0;
    double vc = d1 * d4 - d3 * d2, vb = d5 * d2 - d1 * d6, va = d3 * d6 - d5 * d4;
    int what = FACE;
    if (d1 <= 0 && d2 <= 0) {
        what = CORNER;
    } else if (d3 >= 0 && d4 <= d3) {
        what = CORNER + 1;
        u = 1;
    } else if (d6 >= 0 && d5 <= d6) {
        what = CORNER + 2;
        v = 1;
    } else if (vc <= 0 && d1 >= 0 && d3 <= 0) {
        what = SIDE;
        u = d1 / (d1 - d3);
    } else if (vb <= 0 && d2 >= 0 && d6 <= 0) {
        what = SIDE + 2;
        v = d2 / (d2 - d6);
    } else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        what = SIDE + 1;
        v = (d4 - d3) / (d4 - d3 + (d5 - d6));
        u = 1 - v;
    } else {
        double sum = va + vb + vc;
        u = vb / sum;
        v = vc / sum;
    }
    for (int k = 0; k < 3; k++)
        out[k] = a[k] + u * ab[k] + v * ac[k];
    return what;
}

typedef struct {
    double d2, d;
    size_t triangle;
    int what;
    double place[3];
} nearest;

// Nothing in the ball is as near.
static bool is_farther(const float ball[4], const double p[3], double than)
{
    double x = p[0] - (double)ball[0], y = p[1] - (double)ball[1],
           z = p[2] - (double)ball[2], most = than + (double)ball[3];
    return x * x + y * y + z * z > most * most;
}

static void try_cell(const ia_mesh_index *x, size_t cell, const double p[3],
                     nearest *best)
{
    for (uint32_t i = x->start[cell]; i < x->start[cell + 1]; i++) {
        size_t t = x->list[i];
        double c[3][3], place[3], d[3];
        if (is_farther(x->ball + 4 * t, p, best->d))
            continue;
        for (size_t k = 0; k < 3; k++)
            corner_of(x->mesh, t, k, c[k]);
        int what = nearest_in(c[0], c[1], c[2], p, place);
        minus(p, place, d);
        double d2 = dot(d, d);
        if (d2 < best->d2 || (d2 == best->d2 && t < best->triangle)) {
            *best = (nearest){.d2 = d2, .d = sqrt(d2), .triangle = t, .what = what};
            memcpy(best->place, place, sizeof place);
        }
    }
}

// Squared distance along an axis from a place to a cell.
static double gap2(const ia_mesh_index *x, double p, long cell, int axis)
{
    double lo = x->origin[axis] + (double)cell * x->cell;
    double gap = fmax(0, fmax(lo - p, p - lo - x->cell));
    return gap * gap;
}

// Cells whose chessboard distance from the middle is `step`, as far as they can hold
// anything nearer.
static void try_shell(const ia_mesh_index *x, const long at[3], long step,
                      const double p[3], nearest *best)
{
    for (long k = at[2] - step; k <= at[2] + step; k++) {
        double above = k < 0 || k >= x->n[2] ? INFINITY : gap2(x, p[2], k, 2);
        if (above >= best->d2)
            continue;
        for (long j = at[1] - step; j <= at[1] + step; j++) {
            if (j < 0 || j >= x->n[1] || above + gap2(x, p[1], j, 1) >= best->d2)
                continue;
            bool rim = labs(k - at[2]) == step || labs(j - at[1]) == step;
            for (long i = at[0] - step; i <= at[0] + step;) {
                long next = rim || step == 0 ? 1 : 2 * step;
                if (i >= 0 && i < x->n[0]) {
                    size_t cell = number(x, i, j, k);
                    if (x->steps[cell] == 0 &&
                        above + gap2(x, p[1], j, 1) + gap2(x, p[0], i, 0) < best->d2)
                        try_cell(x, cell, p, best);
                    // Nothing lies nearer than its steps.
                    next = next == 1 && x->steps[cell] > 1 ? x->steps[cell] : next;
                }
                i += next;
            }
        }
    }
}

static double sign_of(const ia_mesh_index *x, const nearest *b, const double p[3])
{
    const ia_mesh *m = x->mesh;
    const float *n = x->face + 3 * b->triangle;
    if (b->what >= CORNER)
        n = x->corner +
            3 * (size_t)m->triangles[3 * b->triangle + (size_t)(b->what - CORNER)];
    else if (b->what >= SIDE)
        n = x->side + 3 * (3 * b->triangle + (size_t)(b->what - SIDE));
    double d[3];
    minus(p, b->place, d);
    double out = (double)n[0] * d[0] + (double)n[1] * d[1] + (double)n[2] * d[2];
    return isnan(out) ? NAN : out > 0 ? -1 : 1;
}

static float distance_of(const ia_mesh_index *x, const float *xyz)
{
    double p[3] = {(double)xyz[0], (double)xyz[1], (double)xyz[2]};
    nearest best = {.d2 = INFINITY, .d = INFINITY};
    long at[3];
    for (int k = 0; k < 3; k++) {
        at[k] = cell_along(x, p[k], k);
        if (at[k] < 0 || at[k] >= x->n[k])
            return NAN;
    }
    long first = x->steps[number(x, at[0], at[1], at[2])];
    double most = x->reach;
    // After shell s whatever was not seen is farther than s cells.
    for (long s = first; (double)(s - 1) * x->cell <= most; s++) {
        try_shell(x, at, s, p, &best);
        if (best.d2 <= (double)s * x->cell * (double)s * x->cell)
            break;
    }
    if (!(best.d2 <= x->reach * x->reach))
        return NAN;
    return (float)(sqrt(best.d2) * sign_of(x, &best, p));
}

typedef struct {
    const ia_mesh_index *x;
    const float *xyz;
    size_t n;
    float *out;
} job;

static void measure_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        j->out[i] = j->x->mesh->n_triangles > 0 ? distance_of(j->x, j->xyz + 3 * i) : NAN;
}

ia_status ia_mesh_distances(ia_ctx *ctx, const ia_mesh_index *index, const float *xyz,
                            size_t n, float *out)
{
    job j = {index, xyz, n, out};
    return ia_for(ctx, "distances", ia_block_count(n, BLOCK), measure_block, &j);
}
