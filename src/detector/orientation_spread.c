// src/detector/orientation_spread.c: how far an orientation may be off, given the scatter
// of the poles and whether the axis is where it was told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include "core/cholesky.h"

#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 4000 };
static const double degree = 0.017453292519943295;

// What one of the two places of the axis makes of the orientation.
typedef struct {
    double share;                           // its probability
    double offset[3];                       // turn from the told orientation, radian
    double inverse[ORIENT_ALL][ORIENT_ALL]; // of the information
    double covariance[ORIENT_ALL][ORIENT_ALL];
    double unit[3][3]; // covariance of the turn per squared scatter
    double variance;   // mean squared scatter, radian^2
    const double *noise_share;
} part;

static int compare_values(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// False where the poles do not hold all unknowns.
static bool set_part(const double *information, const double *scatter, size_t n,
                     const double *noise_share, part *out)
{
    double factor[ORIENT_ALL * ORIENT_ALL];
    memcpy(factor, information, sizeof factor);
    out->noise_share = noise_share;
    if (!ia_cholesky(factor, n))
        return false;
    for (size_t k = 0; k < n; k++) {
        out->inverse[k][k] = 1;
        ia_cholesky_solve(factor, n, out->inverse[k]);
    }
    for (size_t k = 0; k < ORIENT_SPREADS; k++)
        out->variance += noise_share[k] * pow(orient_spread(k), 2);
    for (size_t i = 0; i < n * n; i++)
        for (size_t k = 0; k < n * n; k++)
            out->covariance[i / n][i % n] +=
                out->inverse[i / n][k / n] * scatter[k] * out->inverse[k % n][i % n];
    for (size_t i = 0; i < 9; i++)
        out->unit[i / 3][i % 3] = out->covariance[i / 3][i % 3] / out->variance;
    return true;
}

// Angles of the turns that a part makes likely, n of them. The scatter of the poles is
// itself uncertain: a mixture of normal turns. What the prior of the axis adds does not
// grow with the scatter; it is in the information, and small scatters make the most.
static void draw_angles(const part *p, ia_random *random, size_t n, double *angle)
{
    double lower[3][3];
    memcpy(lower, p->unit, sizeof lower);
    if (!ia_cholesky(&lower[0][0], 3))
        memset(lower, 0, sizeof lower);
    for (size_t d = 0; d < n; d++) {
        double at = ((double)d + 0.5) / (double)n, z[3], turn = 0;
        size_t noise = 0;
        while (noise + 1 < ORIENT_SPREADS && at > p->noise_share[noise])
            at -= p->noise_share[noise++];
        for (size_t i = 0; i < 3; i++)
            z[i] = ia_random_normal(random);
        for (size_t i = 0; i < 3; i++) {
            double sum = 0;
            for (size_t k = 0; k <= i; k++)
                sum += lower[i][k] * z[k];
            sum = p->offset[i] + sum * orient_spread(noise);
            turn += sum * sum;
        }
        angle[d] = sqrt(turn);
    }
}

// The angle that holds 95 % of the turns.
static double hold_most(const part *parts, size_t n_parts)
{
    double angle[DRAWS];
    ia_random random = ia_random_new(1, 0);
    size_t first = n_parts > 1 ? (size_t)(parts[0].share * DRAWS) : DRAWS;
    draw_angles(&parts[0], &random, first, angle);
    if (n_parts > 1)
        draw_angles(&parts[1], &random, DRAWS - first, angle + first);
    qsort(angle, DRAWS, sizeof *angle, compare_values);
    return angle[DRAWS - DRAWS / 20];
}

void orient_turn_between(const double a[3][3], const double b[3][3], double out[3])
{
    double between[3][3] = {{0}};
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                between[r][c] += b[r][k] * a[c][k];
    for (size_t k = 0; k < 3; k++)
        out[k] =
            0.5 * (between[(k + 2) % 3][(k + 1) % 3] - between[(k + 1) % 3][(k + 2) % 3]);
}

// Variance of the place of the axis, one coordinate, mm^2.
static double axis_variance(const part *p, size_t n_unknowns)
{
    return n_unknowns > ORIENT_TURN ? 0.5 * (p->covariance[4][4] + p->covariance[5][5])
                                    : 0;
}

double orient_axis_spread(const orient_fit *fit)
{
    part p = {.share = 1};
    if (!set_part(fit->information, fit->scatter, fit->n_unknowns, fit->noise_share, &p))
        return 0; // nothing holds it
    return sqrt(axis_variance(&p, fit->n_unknowns));
}

void orient_tell_spread(const orient_fit *fit, ia_grain *grain)
{
    const orient_other *other = &fit->other;
    part parts[2] = {{.share = 1 - other->share}, {.share = other->share}};
    size_t n = 1;
    if (!set_part(fit->information, fit->scatter, fit->n_unknowns, fit->noise_share,
                  &parts[0]))
        return;
    if (other->share > 0 && set_part(other->information, other->scatter,
                                     other->n_unknowns, other->noise_share, &parts[1]))
        n = 2;
    parts[0].share = n > 1 ? parts[0].share : 1;
    if (n > 1)
        orient_turn_between((const double(*)[3])fit->rotation,
                            (const double(*)[3])other->rotation, parts[1].offset);
    double apart = hypot(fit->axis[0] - other->axis[0], fit->axis[1] - other->axis[1]);
    double variance = parts[0].share * axis_variance(&parts[0], fit->n_unknowns);
    if (n > 1)
        variance += parts[1].share *
                    (axis_variance(&parts[1], other->n_unknowns) + 0.5 * apart * apart);
    grain->sigma_axis = sqrt(variance);
    grain->axis_off = fit->n_unknowns > ORIENT_TURN ? parts[0].share
                      : n > 1                       ? parts[1].share
                                                    : 0;
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < 9; i++)
            grain->covariance[i / 3][i % 3] +=
                parts[p].share * (parts[p].unit[i / 3][i % 3] * parts[p].variance +
                                  parts[p].offset[i / 3] * parts[p].offset[i % 3]);
    grain->sigma_icf = grain->icf * sqrt(parts[0].covariance[3][3]);
    grain->sigma_deg = hold_most(parts, n) / 1.959964 / degree;
}
