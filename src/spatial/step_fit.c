// src/spatial/step_fit.c: least squares of a blurred step and layer by a search that
// narrows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/step_fit.h"

#include "core/cholesky.h"

#include <math.h>

enum { STEPS = 24, ROUNDS = 5, ROUNDS_AGAIN = 3, NUMBERS = 5, FEWEST = 5 };
static const double worth = 9;        // fall of chi^2 that a step must bring,
static const double worth_layer = 16; // and a layer beside it

static double shape(double x, const ia_step_fit *f, double *bump)
{
    double d = (x - f->middle) / f->sd;
    *bump = exp(-0.5 * d * d);
    return 0.5 * (1 + erf(d / sqrt(2)));
}

// Levels, and the layer's height, of three linear equations by Cramer's rule.
static void solve(const double s[3][3], const double b[3], ia_step_fit *f)
{
    double minor[3] = {s[1][1] * s[2][2] - s[1][2] * s[1][2],
                       s[0][1] * s[2][2] - s[0][2] * s[1][2],
                       s[0][1] * s[1][2] - s[0][2] * s[1][1]};
    double det = s[0][0] * minor[0] - s[0][1] * minor[1] + s[0][2] * minor[2];
    double cross = s[0][0] * s[2][2] - s[0][2] * s[0][2];
    double mixed = s[0][0] * s[1][2] - s[0][1] * s[0][2];
    double last = s[0][0] * s[1][1] - s[0][1] * s[0][1];
    f->low = (b[0] * minor[0] - b[1] * minor[1] + b[2] * minor[2]) / det;
    f->high = (-b[0] * minor[1] + b[1] * cross - b[2] * mixed) / det;
    f->layer = (b[0] * minor[2] - b[1] * mixed + b[2] * last) / det;
}

// Levels by linear least squares, and chi^2.
static void fit_levels(const ia_step_points *p, bool with_layer, ia_step_fit *f)
{
    double s[3][3] = {{0}}, b[3] = {0}, bump;
    for (size_t i = 0; i < p->n; i++) {
        double up = shape(p->x[i], f, &bump), w = p->weight[i];
        const double part[3] = {1 - up, up, bump};
        for (int k = 0; k < 3; k++) {
            b[k] += w * part[k] * p->y[i];
            for (int l = k; l < 3; l++)
                s[k][l] += w * part[k] * part[l];
        }
    }
    if (!with_layer) {
        s[0][2] = s[1][2] = b[2] = 0;
        s[2][2] = 1;
    }
    solve((const double(*)[3])s, b, f);
    f->chi2 = 0;
    for (size_t i = 0; i < p->n; i++) {
        double up = shape(p->x[i], f, &bump);
        double d = p->y[i] - f->low - (f->high - f->low) * up - f->layer * bump;
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

static ia_step_fit best_in(const ia_step_points *p, bool with_layer, const box *b)
{
    ia_step_fit best = {.chi2 = INFINITY};
    for (int i = 0; i <= STEPS; i++)
        for (int j = 0; j <= STEPS; j++) {
            ia_step_fit f = {.middle = b->lo[0] + (b->hi[0] - b->lo[0]) * i / STEPS,
                             .sd = exp(b->lo[1] + (b->hi[1] - b->lo[1]) * j / STEPS)};
            fit_levels(p, with_layer, &f);
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
                fit_levels(p, best->layer != 0, &f);
                least = fmin(least, f.chi2);
            }
        if (least - best->chi2 >= 1)
            return (which == 0 ? at * best->sd : at) / sqrt(least - best->chi2);
    }
    return INFINITY;
}

static ia_step_fit find(const ia_step_points *points, double reach, bool with_layer)
{
    double spacing = (points->x[points->n - 1] - points->x[0]) / (double)(points->n - 1);
    const double edge[2] = {log(spacing / 10), log(reach / 2)};
    box b = {{-reach / 2, edge[0]}, {reach / 2, edge[1]}};
    ia_step_fit best = {.chi2 = INFINITY};
    for (int round = 0; round < ROUNDS; round++) {
        best = best_in(points, with_layer, &b);
        double half[2] = {2 * (b.hi[0] - b.lo[0]) / STEPS,
                          2 * (b.hi[1] - b.lo[1]) / STEPS};
        b.lo[0] = best.middle - half[0];
        b.hi[0] = best.middle + half[0];
        b.lo[1] = fmax(edge[0], log(best.sd) - half[1]);
        b.hi[1] = fmin(edge[1], log(best.sd) + half[1]);
    }
    return best;
}

bool ia_step_fit_find(const ia_step_points *points, double reach, ia_step_fit *out)
{
    if (points->n < FEWEST)
        return false;
    ia_step_fit best = find(points, reach, false), layered = find(points, reach, true);
    double plain = fmin(best.chi2, constant_chi2(points) - worth);
    if (plain - layered.chi2 >= worth_layer)
        best = layered;
    if (!(constant_chi2(points) - best.chi2 >= worth))
        return false;
    best.sigma_middle = rise(points, &best, 0);
    best.sigma_sd = rise(points, &best, 1);
    *out = best;
    return true;
}

// How the fit changes with low, high, layer, middle and the logarithm of sd, and where it
// lies.
static double slopes(const ia_step_fit *f, double x, double out[NUMBERS])
{
    double bump, up = shape(x, f, &bump), d = (x - f->middle) / f->sd;
    double rise = (f->high - f->low) * bump / sqrt(2 * M_PI);
    out[0] = 1 - up;
    out[1] = up;
    out[2] = bump;
    out[3] = (f->layer * bump * d - rise) / f->sd;
    out[4] = f->layer * bump * d * d - rise * d;
    return f->low * (1 - up) + f->high * up + f->layer * bump;
}

// One round of Gauss and Newton. False where the numbers cannot be told.
static bool improve(const ia_step_points *p, ia_step_fit *f)
{
    double square[NUMBERS * NUMBERS] = {0}, by[NUMBERS] = {0}, slope[NUMBERS];
    for (size_t i = 0; i < p->n; i++) {
        double off = p->y[i] - slopes(f, p->x[i], slope);
        if (f->layer == 0)
            slope[2] = 0;
        for (int k = 0; k < NUMBERS; k++) {
            by[k] += p->weight[i] * slope[k] * off;
            for (int l = 0; l <= k; l++)
                square[k * NUMBERS + l] += p->weight[i] * slope[k] * slope[l];
        }
    }
    if (f->layer == 0)
        square[2 * NUMBERS + 2] = 1;
    if (!ia_cholesky(square, NUMBERS))
        return false;
    ia_cholesky_solve(square, NUMBERS, by);
    f->low += by[0];
    f->high += by[1];
    f->layer += by[2];
    f->middle += by[3];
    f->sd *= exp(fmax(-1, fmin(1, by[4])));
    return isfinite(f->middle) && isfinite(f->sd);
}

void ia_step_fit_again(const ia_step_points *points, const ia_step_fit *first,
                       ia_step_fit *out)
{
    *out = *first;
    for (int round = 0; round < ROUNDS_AGAIN; round++)
        if (!improve(points, out)) {
            *out = *first;
            return;
        }
}

double ia_step_fit_at(const ia_step_fit *fit, double x)
{
    double bump, up = shape(x, fit, &bump);
    return fit->low + (fit->high - fit->low) * up + fit->layer * bump;
}
