// src/crystal/planes_fit.c: which planes of a crystal sets of planes are, and how it
// stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include "core/cholesky.h"

#include <stdlib.h>
#include <string.h>

static const double degree = 0.017453292519943295;
enum { ORDERS = 3, PAIRS_MOST = 24 };

// Order of reflection in which a kind has a spacing; 0: in none.
static int order_of(const ia_planes_fit *f, double spacing, const ia_pole_kind *kind)
{
    for (int m = 1; m <= ORDERS; m++)
        if (fabs(spacing * m / kind->spacing - 1) < f->params->tolerance)
            return m;
    return 0;
}

static ia_status list_kinds(ia_ctx *ctx, ia_planes_fit *f)
{
    const ia_pole_catalogue *c = &f->lattice->catalogue;
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < c->n; k++)
            n += order_of(f, f->sets[i].spacing, &c->kinds[k]) > 0;
    if (!(f->kinds = ia_array(ctx, n, sizeof *f->kinds)))
        return IA_ERR_MEMORY;
    for (size_t i = 0, next = 0; i < f->n; i++) {
        for (size_t k = 0; k < c->n; k++)
            if (order_of(f, f->sets[i].spacing, &c->kinds[k]))
                f->kinds[next++] = k;
        f->first[i + 1] = next;
    }
    return IA_OK;
}

ia_status ia_planes_fit_build(ia_ctx *ctx, const ia_planes_lattice *lattice,
                              const ia_planes_params *params, const ia_plane_sets *sets,
                              ia_planes_fit *out)
{
    ia_planes_fit f = {lattice, params, sets->sets, sets->n, NULL, NULL, NULL, NULL};
    ia_status st = IA_ERR_MEMORY;
    if ((f.normals = ia_array(ctx, f.n, sizeof *f.normals)) &&
        (f.weights = ia_array(ctx, f.n, sizeof *f.weights)) &&
        (f.first = ia_array(ctx, f.n + 1, sizeof *f.first)))
        st = list_kinds(ctx, &f);
    for (size_t i = 0; st == IA_OK && i < f.n; i++) {
        f.weights[i] = 1;
        for (size_t k = 0; k < 3; k++) // towards the detector
            f.normals[i][k] = (k == 2 ? 1 : -1) * f.sets[i].k[k] * f.sets[i].spacing;
    }
    if (st == IA_OK)
        *out = f;
    else
        ia_planes_fit_clear(&f);
    return st;
}

void ia_planes_fit_clear(ia_planes_fit *fit)
{
    free(fit->normals);
    free(fit->weights);
    free(fit->first);
    free(fit->kinds);
    *fit = (ia_planes_fit){0};
}

static void turn(const double rotation[3][3], const double v[3], double out[3])
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

// Three directions at right angles, midway between a and b, across in their plane, and
// along its normal.
static void lay(const double a[3], const double b[3], double out[3][3])
{
    for (size_t k = 0; k < 3; k++) {
        out[0][k] = a[k] + b[k];
        out[1][k] = a[k] - b[k];
    }
    for (size_t i = 0; i < 2; i++) {
        double length = sqrt(ia_plane_dot(out[i], out[i]));
        for (size_t k = 0; k < 3; k++)
            out[i][k] /= length;
    }
    cross(out[0], out[1], out[2]);
}

// What turns two unit vectors of the crystal to two of the specimen, both as nearly.
static void turn_between(const double *const seen[2], const double known[2][3],
                         double rotation[3][3])
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

// The kind that a set is nearest to in this orientation, and the angle, degree; the
// catalogue's size where none has its spacing.
static size_t nearest(const ia_planes_fit *f, const double rotation[3][3], size_t set,
                      double *off)
{
    const ia_pole_catalogue *c = &f->lattice->catalogue;
    size_t best = c->n;
    double at[3], most = -2;
    for (size_t k = 0; k < 3; k++) // in the crystal
        at[k] = rotation[0][k] * f->normals[set][0] +
                rotation[1][k] * f->normals[set][1] + rotation[2][k] * f->normals[set][2];
    for (size_t i = f->first[set]; i < f->first[set + 1]; i++) {
        double dot = ia_plane_dot(at, c->kinds[f->kinds[i]].normal);
        if (dot > most) {
            most = dot;
            best = f->kinds[i];
        }
    }
    *off = best < c->n ? angle_between(at, c->kinds[best].normal) : INFINITY;
    return best;
}

// The kind within the tolerance; the catalogue's size for none.
static size_t kind_of(const ia_planes_fit *f, const double rotation[3][3], size_t set,
                      double *off)
{
    size_t kind = nearest(f, rotation, set, off);
    return *off < f->params->tolerance_deg ? kind : f->lattice->catalogue.n;
}

double ia_planes_fit_gain(const ia_planes_fit *fit, const double rotation[3][3],
                          size_t set, double slack)
{
    double off, most = slack * fit->params->tolerance_deg;
    size_t kind = nearest(fit, rotation, set, &off);
    if (!(off < most))
        return 0;
    const ia_pole_kind *k = &fit->lattice->catalogue.kinds[kind];
    double spacing = fit->sets[set].spacing;
    double misfit = spacing * order_of(fit, spacing, k) / k->spacing - 1;
    return 1 - 0.5 * pow(off / most, 2) - 0.1 * pow(misfit / fit->params->tolerance, 2);
}

static double score_of(const ia_planes_fit *f, const double rotation[3][3])
{
    double score = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->weights[i] > 0)
            score += f->weights[i] * ia_planes_fit_gain(f, rotation, i, 1);
    return score;
}

static void keep_better(const ia_planes_fit *f, double tried[3][3], double *score,
                        double rotation[3][3])
{
    double value = score_of(f, (const double(*)[3])tried);
    if (value > *score) {
        *score = value;
        memcpy(rotation, tried, 9 * sizeof **tried);
    }
}

static void try_pair(const ia_planes_fit *f, size_t i, size_t j, double *score,
                     double rotation[3][3])
{
    const ia_pole_catalogue *c = &f->lattice->catalogue;
    const double *const seen[2] = {f->normals[i], f->normals[j]};
    double apart = angle_between(seen[0], seen[1]), known[2][3], tried[3][3];
    for (size_t m = f->first[i]; m < f->first[i + 1]; m++) {
        size_t a = f->kinds[m];
        // The first of its family stands for all, on either side: others are the same by
        // symmetry.
        if (a > 0 && c->kinds[a - 1].family == c->kinds[a].family)
            continue;
        for (int side = 1; side >= -1; side -= 2)
            for (size_t n = f->first[j]; n < f->first[j + 1]; n++) {
                for (size_t k = 0; k < 3; k++) {
                    known[0][k] = side * c->kinds[a].normal[k];
                    known[1][k] = c->kinds[f->kinds[n]].normal[k];
                }
                if (fabs(angle_between(known[0], known[1]) - apart) >
                    f->params->tolerance_deg)
                    continue;
                turn_between(seen, (const double(*)[3])known, tried);
                keep_better(f, tried, score, rotation);
            }
    }
}

// The sets of greatest weight; their number.
static size_t choose(const ia_planes_fit *f, size_t chosen[PAIRS_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (!(f->weights[i] > 0) || f->first[i] == f->first[i + 1])
            continue;
        if (n == PAIRS_MOST && f->weights[chosen[n - 1]] >= f->weights[i])
            continue;
        size_t at = n < PAIRS_MOST ? n++ : n - 1;
        for (; at > 0 && f->weights[chosen[at - 1]] < f->weights[i]; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = i;
    }
    return n;
}

double ia_planes_fit_search(const ia_planes_fit *fit, double rotation[3][3])
{
    enum { STEPS = 5 };
    const double least_deg = 5;
    double score = 0, variance, tried[3][3] = {{0}};
    size_t chosen[PAIRS_MOST], n = choose(fit, chosen);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (ia_plane_angle(fit->normals[chosen[i]], fit->normals[chosen[j]]) >
                least_deg)
                try_pair(fit, chosen[i], chosen[j], &score, rotation);
    if (score > 0)
        memcpy(tried, rotation, sizeof tried);
    for (size_t step = 0; score > 0 && step < STEPS; step++)
        if (ia_planes_fit_refine(fit, tried, &variance))
            keep_better(fit, tried, &score, rotation);
    return score;
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
bool ia_planes_fit_refine(const ia_planes_fit *fit, double rotation[3][3],
                          double *variance)
{
    const double floor_deg = 0.02;
    double normal[9] = {0}, by[3] = {0}, room[3], each[3], squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < fit->n; i++) {
        double off, at[3], error[3];
        size_t kind = kind_of(fit, (const double(*)[3])rotation, i, &off);
        if (kind == fit->lattice->catalogue.n || !(fit->weights[i] > 0))
            continue;
        // Of a normal the error is that of both axes across it together.
        double sd =
            hypot(fit->sets[i].sigma_deg * 0.7071067811865476, floor_deg) * degree;
        double weight = 1 / (sd * sd);
        turn((const double(*)[3])rotation, fit->lattice->catalogue.kinds[kind].normal,
             at);
        cross(at, fit->normals[i], error);
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

static void name(const ia_planes_fit *f, size_t kind, double off, ia_grain_planes *out)
{
    const ia_pole_kind *k = &f->lattice->catalogue.kinds[kind];
    int order = order_of(f, out->spacing, k);
    out->named = true;
    out->off_deg = off;
    out->ratio = out->spacing * order / k->spacing;
    for (size_t i = 0; i < 3; i++)
        out->hkl[i] = order * k->hkl[i];
}

void ia_planes_fit_name(const ia_planes_fit *fit, const double rotation[3][3], size_t set,
                        ia_grain_planes *out)
{
    double off;
    size_t kind = kind_of(fit, rotation, set, &off);
    if (kind < fit->lattice->catalogue.n)
        name(fit, kind, off, out);
}

void ia_planes_fit_name_spacing(const ia_planes_fit *fit, size_t set,
                                ia_grain_planes *out)
{
    double best = INFINITY;
    for (size_t i = fit->first[set]; i < fit->first[set + 1]; i++) {
        const ia_pole_kind *kind = &fit->lattice->catalogue.kinds[fit->kinds[i]];
        double off =
            fabs(out->spacing * order_of(fit, out->spacing, kind) / kind->spacing - 1);
        if (off < best) {
            best = off;
            name(fit, fit->kinds[i], NAN, out);
        }
    }
}
