// src/spatial/step_fit.c: least squares of an error function by a search that narrows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/step_fit.h"

#include <math.h>

enum { STEPS = 24, ROUNDS = 5, FEWEST = 5 };
static const double worth = 9; // fall of chi^2 that a step must bring

static double shape(double x, double middle, double sd)
{
    return 0.5 * (1 + erf((x - middle) / (sqrt(2) * sd)));
}

// Levels by linear least squares, and chi^2.
static void fit_levels(const ia_step_points *p, ia_step_fit *f)
{
    double s[5] = {0}, b[2] = {0};
    for (size_t i = 0; i < p->n; i++) {
        double up = shape(p->x[i], f->middle, f->sd), w = p->weight[i];
        s[0] += w * (1 - up) * (1 - up);
        s[1] += w * (1 - up) * up;
        s[2] += w * up * up;
        b[0] += w * (1 - up) * p->y[i];
        b[1] += w * up * p->y[i];
    }
    double det = s[0] * s[2] - s[1] * s[1];
    f->low = (b[0] * s[2] - b[1] * s[1]) / det;
    f->high = (b[1] * s[0] - b[0] * s[1]) / det;
    f->chi2 = 0;
    for (size_t i = 0; i < p->n; i++) {
        double d =
            p->y[i] - f->low - (f->high - f->low) * shape(p->x[i], f->middle, f->sd);
        f->chi2 += p->weight[i] * d * d;
    }
    if (!isfinite(f->chi2))
        f->chi2 = INFINITY;
}

static double constant_chi2(const ia_step_points *p)
{
    double w = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < p->n; i++) {
        w += p->weight[i];
        sum += p->weight[i] * p->y[i];
        squares += p->weight[i] * p->y[i] * p->y[i];
    }
    return squares - sum * sum / w;
}

typedef struct {
    double lo[2], hi[2]; // middle, log of the sd
} box;

static ia_step_fit best_in(const ia_step_points *p, const box *b)
{
    ia_step_fit best = {.chi2 = INFINITY};
    for (int i = 0; i <= STEPS; i++)
        for (int j = 0; j <= STEPS; j++) {
            ia_step_fit f = {.middle = b->lo[0] + (b->hi[0] - b->lo[0]) * i / STEPS,
                             .sd = exp(b->lo[1] + (b->hi[1] - b->lo[1]) * j / STEPS)};
            fit_levels(p, &f);
            if (f.chi2 < best.chi2)
                best = f;
        }
    return best;
}

// Where chi^2, the levels fitted anew and the other number found anew on a grid, is 1
// more.
static double rise(const ia_step_points *p, const ia_step_fit *best, int which)
{
    double at = which == 0 ? 0.05 : 0.02 * best->sd;
    for (int k = 0; k < 40; k++, at *= 1.2) {
        double least = INFINITY;
        for (int side = -1; side <= 1; side += 2)
            for (int j = -8; j <= 8; j++) {
                ia_step_fit f = *best;
                if (which == 0) {
                    f.middle += side * at * best->sd;
                    f.sd *= exp(0.03 * j);
                } else {
                    f.sd = fmax(1e-3 * best->sd, f.sd + side * at);
                    f.middle += 0.03 * j * best->sd;
                }
                fit_levels(p, &f);
                least = fmin(least, f.chi2);
            }
        if (least - best->chi2 >= 1)
            return (which == 0 ? at * best->sd : at) / sqrt(least - best->chi2);
    }
    return INFINITY;
}

bool ia_step_fit_find(const ia_step_points *points, double reach, ia_step_fit *out)
{
    if (points->n < FEWEST)
        return false;
    double spacing = (points->x[points->n - 1] - points->x[0]) / (double)(points->n - 1);
    const double edge[2] = {log(spacing / 10), log(reach / 2)};
    box b = {{-reach / 2, edge[0]}, {reach / 2, edge[1]}};
    ia_step_fit best = {.chi2 = INFINITY};
    for (int round = 0; round < ROUNDS; round++) {
        best = best_in(points, &b);
        double half[2] = {2 * (b.hi[0] - b.lo[0]) / STEPS,
                          2 * (b.hi[1] - b.lo[1]) / STEPS};
        b.lo[0] = best.middle - half[0];
        b.hi[0] = best.middle + half[0];
        b.lo[1] = fmax(edge[0], log(best.sd) - half[1]);
        b.hi[1] = fmin(edge[1], log(best.sd) + half[1]);
    }
    if (!(constant_chi2(points) - best.chi2 >= worth))
        return false;
    best.sigma_middle = rise(points, &best, 0);
    best.sigma_sd = rise(points, &best, 1);
    *out = best;
    return true;
}
