// src/spatial/surface_objects.c: the objects that a surface encloses.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/surface_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The object of a place inside: that of the inside corner with the largest weight; -1.
static int32_t object_at(const ia_voxels *v, const float *values, const int32_t *labels,
                         double level, const float *xyz)
{
    size_t first[3];
    double part[3], most = -1, sum = 0;
    int32_t best = -1;
    for (size_t k = 0; k < 3; k++) {
        double at = ((double)xyz[k] - v->origin[k]) / v->edge;
        if (!(at >= 0) || at >= (double)(v->n[k] - 1))
            return -1;
        first[k] = (size_t)at;
        part[k] = at - (double)first[k];
    }
    for (unsigned c = 0; c < 8; c++) {
        size_t at =
            ((first[2] + (c >> 2)) * v->n[1] + first[1] + (c >> 1 & 1)) * v->n[0] +
            first[0] + (c & 1);
        double weight = (c & 1 ? part[0] : 1 - part[0]) *
                        (c & 2 ? part[1] : 1 - part[1]) * (c & 4 ? part[2] : 1 - part[2]);
        // What is not known is where it is known best: at the nearest corner.
        sum += weight * (isnan(values[at]) ? level : (double)values[at]);
        if (labels[at] >= 0 && weight > most) {
            most = weight;
            best = labels[at];
        }
    }
    return sum > level ? best : -1;
}

static int fall(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

ia_status ia_surface_sizes(ia_ctx *ctx, const ia_volume_work *w, const float *values,
                           ia_surface_limit limit, uint64_t **sizes, size_t *n)
{
    size_t n_labels = 0;
    int32_t *labels = ia_array(ctx, ia_voxels_count(&w->voxels), sizeof *labels);
    uint64_t *counts = NULL;
    ia_status st = labels ? ia_voxels_label(ctx, &w->voxels, values, limit.threshold,
                                            labels, &n_labels)
                          : IA_ERR_MEMORY;
    if (st == IA_OK && !(counts = ia_array(ctx, n_labels, sizeof *counts)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < w->ranged.n && st == IA_OK; i++) {
        if (!w->has[w->ranged.kind[i]])
            continue;
        int32_t at =
            object_at(&w->voxels, values, labels, limit.threshold, w->ranged.xyz + 3 * i);
        if (at >= 0)
            counts[at]++;
    }
    free(labels);
    if (st != IA_OK)
        return st;
    qsort(counts, n_labels, sizeof *counts, fall);
    for (*n = 0; *n < n_labels && counts[*n] >= limit.least_ions;)
        ++*n;
    *sizes = counts;
    return IA_OK;
}

// Sums over what belongs to an object.
typedef struct {
    double n, first[3], second[6]; // voxels: xx, yy, zz, xy, xz, yz
    bool is_cut;
    double volume, area; // of the triangles
} sums;

// A voxel beside one that is unknown, or at the border of the grid, cuts its object off.
static bool touches_edge(const ia_voxels *v, const float *values, const size_t at[3])
{
    for (int dz = -1; dz <= 1; dz++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                size_t x = at[0] + (size_t)dx, y = at[1] + (size_t)dy,
                       z = at[2] + (size_t)dz;
                if (x >= v->n[0] || y >= v->n[1] || z >= v->n[2] ||
                    isnan(values[(z * v->n[1] + y) * v->n[0] + x]))
                    return true;
            }
    return false;
}

static void add_voxels(const ia_voxels *v, const float *values, const int32_t *labels,
                       sums *s)
{
    for (size_t i = 0; i < ia_voxels_count(v); i++) {
        if (labels[i] < 0)
            continue;
        size_t row = i / v->n[0];
        const size_t at[3] = {i % v->n[0], row % v->n[1], row / v->n[1]};
        sums *own = &s[labels[i]];
        double r[3];
        for (int k = 0; k < 3; k++)
            r[k] = v->origin[k] + v->edge * (double)at[k];
        own->n++;
        for (int k = 0; k < 3; k++) {
            own->first[k] += r[k];
            own->second[k] += r[k] * r[k];
        }
        own->second[3] += r[0] * r[1];
        own->second[4] += r[0] * r[2];
        own->second[5] += r[1] * r[2];
        own->is_cut |= touches_edge(v, values, at);
    }
}

// Volumes by the divergence theorem: each triangle with the origin, taken from a point
// near it so that nothing is lost to rounding.
static void add_triangles(const ia_mesh *m, sums *s)
{
    for (size_t t = 0; t < m->n_triangles; t++) {
        sums *own = &s[m->labels[t]];
        double p[3][3], u[3], w[3], normal[3], area = 0, height = 0;
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k] -
                          own->first[k] / own->n;
        for (int k = 0; k < 3; k++) {
            u[k] = p[1][k] - p[0][k];
            w[k] = p[2][k] - p[0][k];
        }
        for (int k = 0; k < 3; k++) {
            normal[k] = u[(k + 1) % 3] * w[(k + 2) % 3] - u[(k + 2) % 3] * w[(k + 1) % 3];
            area += normal[k] * normal[k];
            height += normal[k] * p[0][k];
        }
        own->area += sqrt(area) / 2;
        own->volume += height / 6;
    }
}

// Eigenvalues of a symmetric matrix (xx, yy, zz, xy, xz, yz), falling (Smith 1961).
static void eigenvalues(const double a[6], double out[3])
{
    double mean = (a[0] + a[1] + a[2]) / 3;
    double off = a[3] * a[3] + a[4] * a[4] + a[5] * a[5], p = 2 * off;
    for (int k = 0; k < 3; k++)
        p += (a[k] - mean) * (a[k] - mean);
    p = sqrt(p / 6);
    if (!(p > 0)) {
        out[0] = out[1] = out[2] = mean;
        return;
    }
    double b[6];
    for (int k = 0; k < 6; k++)
        b[k] = (a[k] - (k < 3 ? mean : 0)) / p;
    double half =
        (b[0] * (b[1] * b[2] - b[5] * b[5]) - b[3] * (b[3] * b[2] - b[5] * b[4]) +
         b[4] * (b[3] * b[5] - b[1] * b[4])) /
        2;
    double angle = acos(fmax(-1, fmin(1, half))) / 3;
    out[0] = mean + 2 * p * cos(angle);
    out[2] = mean + 2 * p * cos(angle + 2 * M_PI / 3);
    out[1] = 3 * mean - out[0] - out[2];
}

static void set_shape(const ia_voxels *v, const sums *s, ia_surface_object *o)
{
    double second[6], values[3], cube = pow(v->edge, 3);
    for (int k = 0; k < 3; k++)
        o->centre[k] = s->first[k] / s->n;
    for (int k = 0; k < 3; k++) // with the extent of a voxel itself
        second[k] =
            s->second[k] / s->n - o->centre[k] * o->centre[k] + v->edge * v->edge / 12;
    second[3] = s->second[3] / s->n - o->centre[0] * o->centre[1];
    second[4] = s->second[4] / s->n - o->centre[0] * o->centre[2];
    second[5] = s->second[5] / s->n - o->centre[1] * o->centre[2];
    eigenvalues(second, values);
    for (int k = 0; k < 3; k++)
        o->axes[k] = sqrt(5 * fmax(0, values[k]));
    o->is_closed = !s->is_cut;
    o->area = s->area;
    o->volume = o->is_closed ? s->volume : s->n * cube;
    o->radius = cbrt(3 * o->volume / (4 * M_PI));
}

// Share of the contrast at a distance r from the middle of a unit sphere blurred by s.
static double blurred_ball(double r, double s)
{
    double a = (1 - r) / (sqrt(2) * s), b = (1 + r) / (sqrt(2) * s);
    if (r < 1e-6)
        return erf(1 / (sqrt(2) * s)) - sqrt(2 / M_PI) / s * exp(-1 / (2 * s * s));
    return (erf(a) + erf(b)) / 2 - s / (r * sqrt(2 * M_PI)) * (exp(-a * a) - exp(-b * b));
}

// What a ball of this radius has in its middle over what it has at the radius of the
// object, above the matrix both.
static double fall_of(const ia_surface *s, const ia_surface_object *o, double radius)
{
    double width = s->sigma / radius;
    return blurred_ball(0, width) / blurred_ball(o->radius / radius, width);
}

// The ball whose values fall as those of the object do, from its middle to the threshold:
// its contrast need not be known, which the kernel takes down in the middle, too. Balls
// of less than the kernel's width look alike.
static void set_true_radius(const ia_surface *s, double middle, ia_surface_object *o)
{
    double fall = (middle - s->levels[0]) / (s->threshold - s->levels[0]);
    double lo = s->sigma, hi = 2 * o->radius;
    enum { HALVINGS = 50 };
    o->true_radius = NAN;
    if (!o->is_closed || !(s->threshold > s->levels[0]) || !(fall > 1) ||
        !(fall_of(s, o, hi) < fall) || !(fall_of(s, o, lo) > fall))
        return;
    for (int i = 0; i < HALVINGS; i++) {
        double radius = (lo + hi) / 2;
        if (fall_of(s, o, radius) > fall)
            lo = radius;
        else
            hi = radius;
    }
    o->true_radius = (lo + hi) / 2;
}

double ia_blurred_radius(double s, double level)
{
    enum { HALVINGS = 60 };
    double lo = 0, hi = 1 + 10 * s;
    if (!(s > 0))
        return 1;
    if (!(blurred_ball(0, s) > level))
        return 0;
    for (int i = 0; i < HALVINGS; i++) {
        double r = (lo + hi) / 2;
        if (blurred_ball(r, s) > level)
            lo = r;
        else
            hi = r;
    }
    return (lo + hi) / 2;
}

// Ions of each object by kind: (n_labels, n_kinds).
static void count_kinds(const ia_volume_work *w, const ia_volume *v, double threshold,
                        const int32_t *labels, uint64_t *kinds)
{
    for (size_t i = 0; i < w->ranged.n; i++) {
        int32_t at =
            object_at(&w->voxels, v->value, labels, threshold, w->ranged.xyz + 3 * i);
        if (at >= 0)
            kinds[(size_t)at * w->n_kinds + w->ranged.kind[i]]++;
    }
}

typedef struct {
    uint64_t solute_ions;
    size_t label;
} rank;

static int compare_ranks(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    if (x->solute_ions != y->solute_ions)
        return x->solute_ions > y->solute_ions ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static uint64_t count_solute(const ia_volume_work *w, const uint64_t *kinds)
{
    uint64_t n = 0;
    for (size_t k = 0; k < w->n_kinds; k++)
        n += w->has[k] ? kinds[k] : 0;
    return n;
}

// Vertices that no triangle has go.
static ia_status keep_vertices(ia_ctx *ctx, ia_mesh *m)
{
    uint32_t *place = ia_array(ctx, m->n_vertices, sizeof *place), n = 0;
    if (!place)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * m->n_triangles; i++)
        place[m->triangles[i]] = 1;
    for (size_t i = 0; i < m->n_vertices; i++) {
        if (!place[i])
            continue;
        memmove(m->xyz + 3 * (size_t)n, m->xyz + 3 * i, 3 * sizeof *m->xyz);
        place[i] = n++;
    }
    for (size_t i = 0; i < 3 * m->n_triangles; i++)
        m->triangles[i] = place[m->triangles[i]];
    m->n_vertices = n;
    free(place);
    return IA_OK;
}

// Triangles of objects that were left out go; the others get the number of their object.
static ia_status keep_triangles(ia_ctx *ctx, const int32_t *place, ia_mesh *m)
{
    size_t n = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        int32_t to = place[m->labels[t]];
        if (to < 0)
            continue;
        memmove(m->triangles + 3 * n, m->triangles + 3 * t, 3 * sizeof *m->triangles);
        m->labels[n++] = to;
    }
    m->n_triangles = n;
    return keep_vertices(ctx, m);
}

// What objects are made from.
typedef struct {
    const ia_volume_work *w;
    const float *values;
    const ia_shares *shares;
    size_t n_labels;
    sums *sums;      // (n_labels)
    uint64_t *kinds; // (n_labels, n_kinds)
    rank *ranks;     // (n_labels)
    int32_t *place;  // (n_labels) number of the object; -1: left out
} material;

static double middle_of(const material *m, const ia_surface_object *o)
{
    float at[3];
    for (size_t k = 0; k < 3; k++)
        at[k] = (float)o->centre[k];
    return ia_voxels_sample(&m->w->voxels, m->values, at);
}

static ia_status make_objects(ia_ctx *ctx, const material *m, size_t least,
                              ia_surface *out)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_labels; i++)
        m->ranks[i] = (rank){count_solute(m->w, m->kinds + i * m->w->n_kinds), i};
    qsort(m->ranks, m->n_labels, sizeof *m->ranks, compare_ranks);
    while (n < m->n_labels && m->ranks[n].solute_ions >= least)
        n++;
    out->n_small = m->n_labels - n;
    if (!(out->objects = ia_array(ctx, n, sizeof *out->objects)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < m->n_labels; i++)
        m->place[m->ranks[i].label] = i < n ? (int32_t)i : -1;
    for (; out->n_objects < n; out->n_objects++) {
        ia_surface_object *o = &out->objects[out->n_objects];
        size_t label = m->ranks[out->n_objects].label;
        const uint64_t *kinds = m->kinds + label * m->w->n_kinds;
        o->p = o->sigma_volume = o->sigma_area = NAN;
        o->sigma_radius = o->sigma_true_radius = NAN;
        o->solute_ions = m->ranks[out->n_objects].solute_ions;
        if (!(o->composition = ia_shares_tally(ctx, m->shares, kinds)))
            return IA_ERR_MEMORY;
        for (size_t k = 0; k < m->w->n_kinds; k++)
            o->ions += kinds[k];
        o->share = ia_share_of(m->shares, 0, kinds);
        set_shape(&m->w->voxels, &m->sums[label], o);
        set_true_radius(out, middle_of(m, o), o);
    }
    return IA_OK;
}

static ia_status measure(ia_ctx *ctx, material *m, const ia_volume *v,
                         const int32_t *labels, const ia_surface_params *p,
                         ia_surface *out)
{
    size_t n = m->n_labels, inside = 0, known = 0;
    ia_status st = IA_ERR_MEMORY;
    if ((m->sums = ia_array(ctx, n, sizeof *m->sums)) &&
        (m->kinds = ia_array(ctx, n * m->w->n_kinds, sizeof *m->kinds)) &&
        (m->ranks = ia_array(ctx, n, sizeof *m->ranks)) &&
        (m->place = ia_array(ctx, n, sizeof *m->place))) {
        add_voxels(&m->w->voxels, v->value, labels, m->sums);
        add_triangles(&out->mesh, m->sums);
        count_kinds(m->w, v, out->threshold, labels, m->kinds);
        st = make_objects(ctx, m, p->least_ions, out);
    }
    if (st == IA_OK)
        st = keep_triangles(ctx, m->place, &out->mesh);
    for (size_t i = 0; i < ia_voxels_count(&m->w->voxels); i++) {
        inside += labels[i] >= 0 ? 1 : 0;
        known += isnan(v->value[i]) ? 0 : 1;
    }
    out->inside_percent = known > 0 ? 100 * (double)inside / (double)known : NAN;
    free(m->sums);
    free(m->kinds);
    free(m->ranks);
    free(m->place);
    return st;
}

ia_status ia_surface_find(ia_ctx *ctx, const ia_volume_work *work,
                          const ia_shares *shares, const ia_volume *volume,
                          const ia_surface_params *params, ia_surface *out)
{
    material m = {.w = work, .values = volume->value, .shares = shares};
    int32_t *labels = ia_array(ctx, ia_voxels_count(&work->voxels), sizeof *labels);
    ia_status st = IA_ERR_MEMORY;
    if (labels &&
        (st = ia_voxels_label(ctx, &work->voxels, volume->value, out->threshold, labels,
                              &m.n_labels)) == IA_OK &&
        (st = ia_marching_cubes(ctx, &work->voxels, volume->value, out->threshold, labels,
                                &out->mesh)) == IA_OK)
        st = measure(ctx, &m, volume, labels, params, out);
    free(labels);
    return st;
}
