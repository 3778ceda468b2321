// src/crystal/planes_name.c: which planes of a crystal those of a grain are, and how it
// stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include "core/cholesky.h"

#include <stdlib.h>
#include <string.h>

static const double degree = 0.017453292519943295;
enum { ORDERS = 3, PLANES_MOST = 64, PAIRS_MOST = 8 };

typedef struct {
    const ia_pole_catalogue *catalogue;
    const ia_planes_params *params;
    const ia_plane_grain *grain;
    double normals[PLANES_MOST][3]; // specimen frame (x, y, -z)
    size_t n;
} work;

// Order of reflection in which a kind has the spacing of a plane; 0: in none.
static int order_of(const work *w, size_t plane, const ia_pole_kind *kind)
{
    for (int m = 1; m <= ORDERS; m++)
        if (fabs(w->grain->planes[plane].spacing * m / kind->spacing - 1) <
            w->params->tolerance)
            return m;
    return 0;
}

static void turn(double rotation[3][3], const double v[3], double out[3])
{
    for (size_t r = 0; r < 3; r++)
        out[r] = ia_plane_dot(rotation[r], v);
}

static void cross(const double a[3], const double b[3], double out[3])
{
    for (size_t k = 0; k < 3; k++)
        out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

static double angle_between(const double a[3], const double b[3])
{
    double c[3];
    cross(a, b, c);
    return atan2(sqrt(ia_plane_dot(c, c)), ia_plane_dot(a, b)) / degree;
}

// Three directions at right angles: along a, and a and b's plane.
static void lay(const double a[3], const double b[3], double out[3][3])
{
    double length;
    memcpy(out[0], a, 3 * sizeof *a);
    cross(a, b, out[2]);
    length = sqrt(ia_plane_dot(out[2], out[2]));
    for (size_t k = 0; k < 3; k++)
        out[2][k] /= length;
    cross(out[2], out[0], out[1]);
}

// What turns two directions of the crystal to two of the specimen, the first exactly.
static void turn_between(double seen[2][3], double known[2][3], double rotation[3][3])
{
    double s[3][3], c[3][3];
    lay(seen[0], seen[1], s);
    lay(known[0], known[1], c);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            rotation[i][j] = 0;
            for (size_t k = 0; k < 3; k++)
                rotation[i][j] += s[k][i] * c[k][j];
        }
}

// The kind that a plane is in this orientation; the catalogue's size for none.
static size_t kind_of(const work *w, double rotation[3][3], size_t plane, double *off)
{
    size_t best = w->catalogue->n;
    *off = w->params->tolerance_deg;
    for (size_t i = 0; i < w->catalogue->n; i++) {
        double at[3];
        if (!order_of(w, plane, &w->catalogue->kinds[i]))
            continue;
        turn(rotation, w->catalogue->kinds[i].normal, at);
        double angle = angle_between(at, w->normals[plane]);
        if (angle < *off) {
            *off = angle;
            best = i;
        }
    }
    return best;
}

// Planes that have a kind, less a little for how far they are off.
static double score_of(const work *w, double rotation[3][3])
{
    double score = 0, off;
    for (size_t i = 0; i < w->n; i++)
        if (kind_of(w, rotation, i, &off) < w->catalogue->n)
            score += 1 - 0.5 * pow(off / w->params->tolerance_deg, 2);
    return score;
}

static void try_pair(const work *w, size_t i, size_t j, double *score,
                     double rotation[3][3])
{
    const ia_pole_catalogue *c = w->catalogue;
    double seen[2][3] = {{w->normals[i][0], w->normals[i][1], w->normals[i][2]},
                         {w->normals[j][0], w->normals[j][1], w->normals[j][2]}};
    double apart = angle_between(seen[0], seen[1]);
    for (size_t a = 0; a < c->n; a++) {
        // The first of its family stands for all: others are the same by symmetry.
        if (!order_of(w, i, &c->kinds[a]) ||
            (a > 0 && c->kinds[a - 1].family == c->kinds[a].family))
            continue;
        for (size_t b = 0; b < c->n; b++) {
            double known[2][3], tried[3][3];
            memcpy(known[0], c->kinds[a].normal, sizeof known[0]);
            memcpy(known[1], c->kinds[b].normal, sizeof known[1]);
            if (!order_of(w, j, &c->kinds[b]) || fabs(angle_between(known[0], known[1]) -
                                                      apart) > w->params->tolerance_deg)
                continue;
            turn_between(seen, known, tried);
            double value = score_of(w, tried);
            if (value > *score) {
                *score = value;
                memcpy(rotation, tried, sizeof tried);
            }
        }
    }
}

// A small turn about the specimen's axes, to first order and put at right angles again.
static void turn_by(const double by[3], double rotation[3][3])
{
    double turned[3][3];
    for (size_t c = 0; c < 3; c++) {
        double v[3] = {rotation[0][c], rotation[1][c], rotation[2][c]}, w[3];
        cross(by, v, w);
        for (size_t r = 0; r < 3; r++)
            turned[r][c] = v[r] + w[r];
    }
    for (size_t r = 0; r < 2; r++) {
        for (size_t q = 0; q < r; q++) {
            double part = ia_plane_dot(turned[r], turned[q]);
            for (size_t k = 0; k < 3; k++)
                turned[r][k] -= part * turned[q][k];
        }
        double length = sqrt(ia_plane_dot(turned[r], turned[r]));
        for (size_t k = 0; k < 3; k++)
            turned[r][k] /= length;
    }
    cross(turned[0], turned[1], turned[2]);
    memcpy(rotation, turned, sizeof turned);
}

// Least squares of the named normals: the turn that is left, and its variance per axis.
static bool refine(const work *w, double rotation[3][3], double *variance)
{
    const double floor_deg = 0.02;
    double normal[9] = {0}, by[3] = {0}, room[3], each[3], squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        double off, at[3], error[3];
        size_t kind = kind_of(w, rotation, i, &off);
        if (kind == w->catalogue->n)
            continue;
        double sd = hypot(w->grain->planes[i].sigma_deg, floor_deg) * degree;
        double weight = 1 / (sd * sd);
        turn(rotation, w->catalogue->kinds[kind].normal, at);
        cross(at, w->normals[i], error);
        for (size_t r = 0; r < 3; r++) {
            by[r] += weight * error[r];
            for (size_t c = 0; c < 3; c++)
                normal[3 * r + c] += weight * ((r == c) - at[r] * at[c]);
        }
        squares += weight * ia_plane_dot(error, error);
        n++;
    }
    if (n < 2 || !ia_cholesky(normal, 3))
        return false;
    ia_cholesky_solve(normal, 3, by);
    turn_by(by, rotation);
    ia_cholesky_variance(normal, 3, room, each);
    double freedom = 2.0 * (double)n - 3;
    *variance = (each[0] + each[1] + each[2]) / 3 * fmax(1, squares / freedom);
    return true;
}

static void name(const work *w, size_t plane, size_t kind, double off,
                 ia_grain_planes *out)
{
    const ia_pole_kind *k = &w->catalogue->kinds[kind];
    int order = order_of(w, plane, k);
    out->named = true;
    out->off_deg = off;
    out->ratio = out->spacing * order / k->spacing;
    for (size_t i = 0; i < 3; i++)
        out->hkl[i] = order * k->hkl[i];
}

// By their spacing alone: the nearest.
static void name_by_spacing(const work *w, ia_plane_grain *grain)
{
    for (size_t i = 0; i < w->n; i++) {
        double best = INFINITY;
        for (size_t k = 0; k < w->catalogue->n; k++) {
            const ia_pole_kind *kind = &w->catalogue->kinds[k];
            int order = order_of(w, i, kind);
            double off = fabs(grain->planes[i].spacing * order / kind->spacing - 1);
            if (order && off < best) {
                best = off;
                name(w, i, k, NAN, &grain->planes[i]);
            }
        }
    }
}

static void tell_ratio(ia_plane_grain *grain)
{
    double sum = 0, weights = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < grain->n_planes; i++) {
        const ia_grain_planes *p = &grain->planes[i];
        double sd = p->sigma_spacing / p->spacing;
        if (!p->named || !(sd > 0))
            continue;
        sum += p->ratio / (sd * sd);
        weights += 1 / (sd * sd);
        n++;
    }
    grain->ratio = n ? sum / weights : NAN;
    for (size_t i = 0; i < grain->n_planes; i++) {
        const ia_grain_planes *p = &grain->planes[i];
        double sd = p->sigma_spacing / p->spacing;
        if (p->named && sd > 0)
            squares += pow((p->ratio - grain->ratio) / sd, 2);
    }
    double excess = n > 1 ? fmax(1, squares / (double)(n - 1)) : 1;
    grain->sigma_ratio = n ? sqrt(excess / weights) : NAN;
}

static void orient(const work *w, ia_plane_grain *grain)
{
    enum { STEPS = 10 };
    double score = 1.01, rotation[3][3] = {{0}}, variance = NAN;
    size_t n = w->n < PAIRS_MOST ? w->n : PAIRS_MOST;
    const double least_deg = 5;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (ia_plane_angle(w->normals[i], w->normals[j]) > least_deg)
                try_pair(w, i, j, &score, rotation);
    grain->oriented = score > 1.01;
    for (size_t step = 0; grain->oriented && step < STEPS; step++)
        grain->oriented = refine(w, rotation, &variance);
    if (!grain->oriented)
        return;
    memcpy(grain->rotation, rotation, sizeof rotation);
    grain->sigma_deg = sqrt(variance) / degree;
    for (size_t i = 0; i < w->n; i++) {
        double off;
        size_t kind = kind_of(w, rotation, i, &off);
        if (kind < w->catalogue->n)
            name(w, i, kind, off, &grain->planes[i]);
    }
}

void ia_planes_name(const ia_crystal *crystal, const ia_pole_catalogue *catalogue,
                    const ia_planes_params *params, ia_plane_grain *grain)
{
    work w = {.catalogue = catalogue, .params = params, .grain = grain};
    (void)crystal;
    w.n = grain->n_planes < PLANES_MOST ? grain->n_planes : PLANES_MOST;
    for (size_t i = 0; i < w.n; i++)
        for (size_t k = 0; k < 3; k++) // towards the detector
            w.normals[i][k] =
                (k == 2 ? 1 : -1) * grain->planes[i].k[k] * grain->planes[i].spacing;
    orient(&w, grain);
    if (!grain->oriented)
        name_by_spacing(&w, grain);
    tell_ratio(grain);
}
