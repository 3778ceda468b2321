// src/spatial/mesh_distance.c: the nearest triangle by boxes, the side by its normals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/mesh_distance.h"
#include "spatial/mesh_sides.h"

#include "core/vector.h"
#include "spatial/boxes.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

// What of a triangle is nearest: its face, side k (from corner k), corner k.
enum { FACE = 0, SIDE = 1, CORNER = 4 };

static const double hair = 1e-5; // of a distance, and nm: more than rounding does

// Of the triangles of a box: what way they face, and how far they reach around their
// middles, nm.
typedef struct {
    float normal[3][IA_BOX_POINTS], reach[IA_BOX_POINTS];
} disc;

struct ia_mesh_index {
    const ia_mesh *mesh;
    double reach;
    ia_boxes boxes; // of the triangles' middles
    disc *discs;    // (boxes of the lowest level)
    float widest;   // of their reaches
    float *face;    // (n_triangles, 3)
    float *side;    // (n_triangles, 3, 3) sum of both faces; NAN where one is missing
    float *corner;  // (n_vertices, 3); NAN at the end of the surface
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

// The middle of the corners; returns the largest distance of one from it, a hair more.
static float set_middle(double p[3][3], float middle[3])
{
    double most = 0;
    for (int k = 0; k < 3; k++)
        middle[k] = (float)((p[0][k] + p[1][k] + p[2][k]) / 3);
    for (int c = 0; c < 3; c++) {
        double d2 = 0;
        for (int k = 0; k < 3; k++)
            d2 += (p[c][k] - (double)middle[k]) * (p[c][k] - (double)middle[k]);
        most = fmax(most, d2);
    }
    return (float)(sqrt(most) * (1 + hair) + hair);
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

// Where a side belongs to one triangle alone the surface ends, at its corners too.
static void end_here(ia_mesh_index *x, const ia_mesh_side *s)
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
    ia_mesh_side *sides = NULL;
    ia_status st = ia_mesh_sides_list(ctx, m, &sides);
    if (st != IA_OK)
        return st;
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

static ia_status set_discs(ia_ctx *ctx, ia_mesh_index *x, const float *reaches)
{
    if (!(x->discs = ia_array(ctx, x->boxes.n_boxes[0], sizeof *x->discs)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < x->boxes.n; i++) {
        disc *d = &x->discs[i / IA_BOX_POINTS];
        size_t t = x->boxes.point[i], at = i % IA_BOX_POINTS;
        d->reach[at] = reaches[t];
        for (size_t k = 0; k < 3; k++)
            d->normal[k][at] = x->face[3 * t + k];
        x->widest = fmaxf(x->widest, reaches[t]);
    }
    return IA_OK;
}

static ia_status set_boxes(ia_ctx *ctx, ia_mesh_index *x)
{
    size_t n = x->mesh->n_triangles;
    float *middles = ia_array(ctx, n, 3 * sizeof *middles);
    float *reaches = ia_array(ctx, n, sizeof *reaches);
    ia_status st = middles && reaches ? IA_OK : IA_ERR_MEMORY;
    for (size_t t = 0; t < n && st == IA_OK; t++) {
        double p[3][3];
        for (size_t c = 0; c < 3; c++)
            corner_of(x->mesh, t, c, p[c]);
        reaches[t] = set_middle(p, middles + 3 * t);
    }
    if (st == IA_OK)
        st = ia_boxes_build(ctx, &(ia_points){middles, n}, &x->boxes);
    if (st == IA_OK)
        st = set_discs(ctx, x, reaches);
    free(middles);
    free(reaches);
    return st;
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
    if (!(x->face = ia_array(ctx, mesh->n_triangles, 3 * sizeof *x->face)) ||
        !(x->side = ia_array(ctx, mesh->n_triangles, 9 * sizeof *x->side)) ||
        !(x->corner = ia_array(ctx, mesh->n_vertices, 3 * sizeof *x->corner)))
        goto fail;
    set_faces(x);
    if ((st = set_sides(ctx, x)) != IA_OK ||
        (mesh->n_triangles > 0 && (st = set_boxes(ctx, x)) != IA_OK))
        goto fail;
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
    free(x->face);
    free(x->side);
    free(x->corner);
    free(x->discs);
    ia_boxes_clear(&x->boxes);
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
    double d2;
    size_t triangle;
    int what;
    double place[3];
} nearest;

// What is nearest to a place; nothing farther than `most` is.
typedef struct {
    const ia_mesh_index *x;
    const float *at;
    float most;
    nearest best;
} search;

static void lower(search *s, double most)
{
    s->most = fminf(s->most, (float)(most * (1 + hair) + hair));
}

static void try_triangle(search *s, size_t t)
{
    const double p[3] = {(double)s->at[0], (double)s->at[1], (double)s->at[2]};
    double c[3][3], place[3], d[3];
    for (size_t k = 0; k < 3; k++)
        corner_of(s->x->mesh, t, k, c[k]);
    int what = nearest_in(c[0], c[1], c[2], p, place);
    minus(p, place, d);
    double d2 = dot(d, d);
    if (!(d2 < s->best.d2 || (d2 == s->best.d2 && t < s->best.triangle)))
        return; // nor of a triangle without an area, where d2 is NAN
    s->best = (nearest){.d2 = d2, .triangle = t, .what = what};
    memcpy(s->best.place, place, sizeof place);
    lower(s, sqrt(d2));
}

// Squared distances to the middles of a box's triangles, heights over their planes.
IA_VECTOR static void measure_box(const ia_mesh_index *x, size_t begin, const float *at,
                                  float d2[IA_BOX_POINTS], float height[IA_BOX_POINTS])
{
    const ia_boxes *b = &x->boxes;
    const disc *discs = x->discs + begin / IA_BOX_POINTS;
    for (size_t i = 0; i < IA_BOX_POINTS; i++) {
        float u = at[0] - b->x[begin + i], v = at[1] - b->y[begin + i],
              w = at[2] - b->z[begin + i];
        d2[i] = u * u + v * v + w * w;
        height[i] =
            u * discs->normal[0][i] + v * discs->normal[1][i] + w * discs->normal[2][i];
    }
}

// Nothing of a disc around the middle is nearer, squared.
static float nearest_of_disc(float d2, float height, float reach)
{
    const float slack = 1e-3F; // of the distance: beyond what floats lose here
    float h2 = height * height;
    float beside = sqrtf(d2 > h2 ? d2 - h2 : 0) - reach - slack * sqrtf(d2);
    return beside > 0 ? h2 + beside * beside : h2;
}

static void try_some(search *s, size_t begin, size_t end)
{
    const float *reach = s->x->discs[begin / IA_BOX_POINTS].reach;
    float d2[IA_BOX_POINTS], height[IA_BOX_POINTS];
    size_t first = 0;
    measure_box(s->x, begin, s->at, d2, height);
    for (size_t i = 1; i < end - begin; i++)
        first = d2[i] < d2[first] ? i : first;
    // The middle is a place of the triangle, which is as near at least.
    if (d2[first] <= s->most * s->most) {
        try_triangle(s, s->x->boxes.point[begin + first]);
        d2[first] = INFINITY;
    }
    for (size_t i = 0; i < end - begin; i++) {
        float most = s->most + reach[i];
        if (d2[i] <= most * most &&
            nearest_of_disc(d2[i], height[i], reach[i]) <= s->most * s->most)
            try_triangle(s, s->x->boxes.point[begin + i]);
    }
}

// Squared distances to boxes in a row.
IA_VECTOR static void measure_row(const ia_box_row *row, const float *at,
                                  float gap2[IA_BOX_FAN])
{
    for (size_t k = 0; k < IA_BOX_FAN; k++) {
        float sum = 0;
        for (size_t axis = 0; axis < 3; axis++) {
            float off =
                ia_box_off(row->low[axis][k] - at[axis], at[axis] - row->high[axis][k]);
            sum += off * off;
        }
        gap2[k] = sum;
    }
}

// What is below box i of a level, the nearest boxes first.
static void visit(search *s, size_t level, size_t i)
{
    size_t begin, end;
    float gap2[IA_BOX_FAN];
    ia_box_children(&s->x->boxes, level, i, &begin, &end);
    if (level == 0) {
        try_some(s, begin, end);
        return;
    }
    measure_row(&s->x->boxes.rows[level - 1][i], s->at, gap2);
    for (;;) {
        size_t next = 0;
        float most = s->most + s->x->widest;
        for (size_t k = 1; k < IA_BOX_FAN; k++)
            next = gap2[k] < gap2[next] ? k : next;
        if (!(gap2[next] <= most * most))
            return;
        gap2[next] = INFINITY;
        visit(s, level - 1, begin + next);
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
    const double p[3] = {(double)xyz[0], (double)xyz[1], (double)xyz[2]};
    search s = {.x = x, .at = xyz, .most = INFINITY};
    s.best = (nearest){.d2 = x->reach * x->reach, .triangle = SIZE_MAX};
    lower(&s, x->reach);
    if (x->mesh->n_triangles == 0 || !isfinite(p[0]) || !isfinite(p[1]) ||
        !isfinite(p[2]))
        return NAN;
    visit(&s, x->boxes.n_levels - 1, 0);
    if (s.best.triangle == SIZE_MAX)
        return NAN;
    return (float)(sqrt(s.best.d2) * sign_of(x, &s.best, p));
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
        j->out[i] = distance_of(j->x, j->xyz + 3 * i);
}

ia_status ia_mesh_distances(ia_ctx *ctx, const ia_mesh_index *index, const float *xyz,
                            size_t n, float *out)
{
    job j = {index, xyz, n, out};
    return ia_for(ctx, "distances", ia_block_count(n, BLOCK), measure_block, &j);
}
