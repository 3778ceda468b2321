// src/spatial/surface_rules.c: where the surface should lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/surface_internal.h"

#include <math.h>
#include <stdlib.h>

enum { UNSEEN_MOST = 200000, STEPS = 200 };

typedef struct {
    double q, solute, atoms;
} forecast;

static int compare(const void *a, const void *b)
{
    const forecast *x = a, *y = b;
    return (x->q > y->q) - (x->q < y->q);
}

// Log likelihood of a share.
static double fit(double solute, double atoms)
{
    double q = ia_clip_share(atoms > 0 ? solute / atoms : 0.5);
    return solute * log(q) + (atoms - solute) * log(1 - q);
}

// The field's value that parts unseen ions into two compositions of the largest
// likelihood. Both sides must hold ten ions.
static double part_best(forecast *f, size_t n)
{
    enum { FEWEST = 10 };
    double solute = 0, atoms = 0, below[2] = {0, 0}, most = -INFINITY, best = NAN;
    qsort(f, n, sizeof *f, compare);
    for (size_t i = 0; i < n; i++) {
        solute += f[i].solute;
        atoms += f[i].atoms;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        below[0] += f[i].solute;
        below[1] += f[i].atoms;
        if (i + 1 < FEWEST || n - i - 1 < FEWEST || f[i].q == f[i + 1].q)
            continue;
        double value = fit(below[0], below[1]) + fit(solute - below[0], atoms - below[1]);
        if (value > most) {
            most = value;
            best = (f[i].q + f[i + 1].q) / 2;
        }
    }
    return best;
}

static ia_status rule_log_loss(ia_ctx *ctx, const ia_volume_work *w, const ia_volume *v,
                               double *out)
{
    ia_unseen u = {.n = 0};
    float *share = ia_array(ctx, ia_voxels_count(&w->voxels), sizeof *share);
    const ia_volume_grids grids = {.share = share};
    forecast *f = NULL;
    unsigned parts = IA_EVERY_PART & ~(1u << IA_PART_JUDGE);
    ia_status st = share ? ia_volume_unseen(ctx, w, NULL, IA_PART_JUDGE, UNSEEN_MOST, &u)
                         : IA_ERR_MEMORY;
    if (st != IA_OK || !(f = ia_array(ctx, u.n, sizeof *f)) ||
        (st = ia_volume_share(ctx, w, v->chosen, parts, &grids)) != IA_OK) {
        st = st == IA_OK ? IA_ERR_MEMORY : st;
        goto done;
    }
    for (size_t i = 0; i < u.n; i++)
        f[i] = (forecast){100 * ia_voxels_sample(&w->voxels, share, u.xyz + 3 * i),
                          (double)u.solute[i], (double)u.atoms[i]};
    *out = part_best(f, u.n);
done:
    ia_unseen_free(&u);
    free(share);
    free(f);
    return st;
}

typedef struct {
    double weight, mean, variance;
} normal;

static double density(const normal *g, double x)
{
    return g->weight * exp(-(x - g->mean) * (x - g->mean) / (2 * g->variance)) /
           sqrt(g->variance);
}

enum { VALUES = 2000 };

// Atoms by value of the field.
typedef struct {
    double lo, step, count[VALUES];
} values;

static double value_at(const values *h, size_t i)
{
    return h->lo + ((double)i + 0.5) * h->step;
}

static bool fill_values(const ia_volume *v, values *h)
{
    size_t n = v->n[0] * v->n[1] * v->n[2];
    double hi = -INFINITY;
    h->lo = INFINITY;
    for (size_t i = 0; i < n; i++) {
        h->lo = fmin(h->lo, (double)v->value[i]); // passes over NAN
        hi = fmax(hi, (double)v->value[i]);
    }
    h->step = (hi - h->lo) / VALUES;
    if (!(h->step > 0))
        return false;
    for (size_t i = 0; i < n; i++) {
        double at = ((double)v->value[i] - h->lo) / h->step;
        if (at >= 0)
            h->count[at < VALUES ? (size_t)at : VALUES - 1] += (double)v->atoms[i];
    }
    return true;
}

// Expectation and maximisation from a cut half-way between the most frequent value and
// the largest.
static void fit_two(const values *h, normal g[2])
{
    size_t mode = 0;
    double narrowest = h->step * h->step;
    for (size_t i = 0; i < VALUES; i++)
        mode = h->count[i] > h->count[mode] ? i : mode;
    size_t cut = (mode + VALUES) / 2;
    g[0] = g[1] = (normal){0.5, 0, 1};
    for (int step = 0; step < STEPS; step++) {
        double sum[2][3] = {{0}};
        for (size_t i = 0; i < VALUES; i++) {
            double x = value_at(h, i), a = density(&g[0], x), b = density(&g[1], x);
            double second = step == 0 ? i >= cut : a + b > 0 ? b / (a + b) : 0;
            double of[2] = {(1 - second) * h->count[i], second * h->count[i]};
            for (int k = 0; k < 2; k++) {
                sum[k][0] += of[k];
                sum[k][1] += of[k] * x;
                sum[k][2] += of[k] * x * x;
            }
        }
        for (int k = 0; k < 2; k++) {
            double mean = sum[k][1] / sum[k][0];
            if (!(sum[k][0] > 0))
                return;
            g[k] = (normal){sum[k][0] / (sum[0][0] + sum[1][0]), mean,
                            fmax(narrowest, sum[k][2] / sum[k][0] - mean * mean)};
        }
    }
}

// Where the second becomes the likelier, between the means.
static double crossing(const normal g[2])
{
    double lo = g[0].mean, hi = g[1].mean;
    enum { HALVINGS = 60 };
    for (int i = 0; i < HALVINGS; i++) {
        double x = (lo + hi) / 2;
        if (density(&g[1], x) > density(&g[0], x))
            hi = x;
        else
            lo = x;
    }
    return (lo + hi) / 2;
}

// The value below which a share of the atoms between two values lies.
static double quantile(const values *h, double from, double to, double share)
{
    double all = 0, sum = 0;
    for (size_t i = 0; i < VALUES; i++)
        all += value_at(h, i) >= from && value_at(h, i) < to ? h->count[i] : 0;
    for (size_t i = 0; i < VALUES && all > 0; i++) {
        sum += value_at(h, i) >= from && value_at(h, i) < to ? h->count[i] : 0;
        if (sum >= share * all)
            return value_at(h, i);
    }
    return NAN;
}

// Levels of matrix and inside: the median below a first threshold, and what a tenth of
// the atoms above it exceed, since most of these lie in the blurred rim.
static void set_levels(const values *h, ia_surface *out)
{
    const double usual = 0.5, core = 0.9;
    double cut = out->rules[IA_LEVEL_LOG_LOSS];
    cut = isfinite(cut) ? cut : out->rules[IA_LEVEL_TWO_PHASE];
    out->levels[0] = quantile(h, -INFINITY, cut, usual);
    out->levels[1] = quantile(h, cut, INFINITY, core);
    out->rules[IA_LEVEL_MIDPOINT] = (out->levels[0] + out->levels[1]) / 2;
}

ia_status ia_surface_rules(ia_ctx *ctx, const ia_volume_work *work,
                           const ia_volume *volume, ia_surface *out)
{
    values *h = ia_array(ctx, 1, sizeof *h);
    ia_status st = h ? IA_OK : IA_ERR_MEMORY;
    normal g[2];
    for (int r = 0; r < IA_LEVEL_RULES; r++)
        out->rules[r] = NAN;
    out->levels[0] = out->levels[1] = NAN;
    if (st == IA_OK && volume->quantity == IA_QUANTITY_COMPOSITION)
        st = rule_log_loss(ctx, work, volume, &out->rules[IA_LEVEL_LOG_LOSS]);
    if (st == IA_OK && fill_values(volume, h)) {
        fit_two(h, g);
        if (g[1].mean > g[0].mean)
            out->rules[IA_LEVEL_TWO_PHASE] = crossing(g);
        set_levels(h, out);
    }
    free(h);
    return st;
}
