// src/spatial/field_steady.c: how far fields of halves and of 70 % of the ions agree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/field_internal.h"

#include <math.h>
#include <stdlib.h>

enum { HALF = IA_PARTS / 2, THINNED = 7 };
static const double thinned_share = 0.1 * THINNED;

// Sums over voxels that are inside in both fields.
typedef struct {
    double weight, a, b, aa, bb, ab; // by atoms, for the correlation
    double squares, variance;        // of differences; of what errors lead to expect
    double n;
} sums;

// The field of some of the ions by the kernel of all; densities scaled to all ions.
static ia_status fill(ia_ctx *ctx, const ia_volume_work *work, const ia_volume *all,
                      unsigned parts, ia_volume *out)
{
    double share = (double)__builtin_popcount(parts) / IA_PARTS;
    ia_status st = ia_volume_fill(ctx, work, &all->params, all->chosen, parts, out);
    size_t n = ia_voxels_count(&work->voxels);
    for (size_t i = 0; st == IA_OK && i < n; i++)
        if (all->quantity == IA_QUANTITY_DENSITY)
            out->value[i] /= (float)share;
    return st;
}

// `times`: the variance of the difference over that of the field of all ions.
static void compare(const ia_volume *all, const float *a, const float *b, double times,
                    sums *s)
{
    for (size_t i = 0; i < all->n[0] * all->n[1] * all->n[2]; i++) {
        double x = (double)a[i], y = (double)b[i], w = (double)all->atoms[i];
        double sigma = all->error ? (double)all->error[i] : NAN;
        if (isnan(x) || isnan(y) || isnan(all->value[i]))
            continue;
        s->weight += w;
        s->a += w * x;
        s->b += w * y;
        s->aa += w * x * x;
        s->bb += w * y * y;
        s->ab += w * x * y;
        s->squares += (x - y) * (x - y);
        s->variance += times * sigma * sigma;
        s->n++;
    }
}

static double correlation(const sums *s)
{
    double a = s->aa - s->a * s->a / s->weight, b = s->bb - s->b * s->b / s->weight;
    return a > 0 && b > 0 ? (s->ab - s->a * s->b / s->weight) / sqrt(a * b) : NAN;
}

// Halves differ with four times the variance of a field of all ions; 70 % of the ions
// with 1/0.7 - 1 of it from all of them. One division is enough: there are many voxels.
ia_status ia_volume_steady(ia_ctx *ctx, const ia_volume_work *work, ia_volume *v)
{
    ia_volume half[2] = {{.p = NAN}, {.p = NAN}}, thin = {.p = NAN};
    sums halves = {.n = 0}, thinned = {.n = 0};
    unsigned parts = ia_volume_window(0, HALF);
    ia_status st;
    if ((st = fill(ctx, work, v, parts, &half[0])) == IA_OK &&
        (st = fill(ctx, work, v, IA_EVERY_PART & ~parts, &half[1])) == IA_OK &&
        (st = fill(ctx, work, v, ia_volume_window(0, THINNED), &thin)) == IA_OK) {
        compare(v, half[0].value, half[1].value, 4, &halves);
        compare(v, thin.value, v->value, 1 / thinned_share - 1, &thinned);
        v->half_correlation = correlation(&halves);
        v->half_difference = sqrt(halves.squares / halves.n);
        v->half_over_sigma = sqrt(halves.squares / halves.variance);
        v->thinned_difference = sqrt(thinned.squares / thinned.n);
        v->thinned_over_sigma = sqrt(thinned.squares / thinned.variance);
    }
    ia_volume_clear(&half[0]);
    ia_volume_clear(&half[1]);
    ia_volume_clear(&thin);
    return st;
}
