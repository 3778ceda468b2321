// src/recon/pole_shift.c: how far ions of a pole were pulled aside, from the hit density.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS = 600 };

// Ions that fly aside by d leave the density rho (1 - div d) of the even one, rho. With
// d = -grad(phi) and no way over the rim that would matter inside (phi = 0 there),
// laplace(phi) = (density - rho) / rho.
typedef struct {
    ia_recon_excess excess;
    double *phi; // (cells, cells) mm^2
} bending;

// Successive over-relaxation; the outermost cells are never inside.
static void solve(bending *b)
{
    const ia_recon_excess *e = &b->excess;
    size_t n = e->map->cells;
    double square = e->map->cell * e->map->cell;
    const double over = 2 / (1 + sin(acos(-1.0) / (double)n));

    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t i = n + 1; i + n + 1 < n * n; i++) {
            if (!e->inside[i])
                continue;
            double around = b->phi[i - 1] + b->phi[i + 1] + b->phi[i - n] + b->phi[i + n];
            b->phi[i] += over * ((around - square * e->excess[i]) / 4 - b->phi[i]);
        }
}

// Mean shift of the hits within `reach` of a place on the detector.
static void mean_shift(const bending *b, const ia_found_pole *pole, double out[2])
{
    const ia_hitmap *map = b->excess.map;
    size_t n = map->cells, used = 0;
    double sum[2] = {0}, at[2];

    for (size_t i = n + 1; i + n + 1 < n * n; i++) {
        ia_recon_excess_place(map, i, at);
        if (!b->excess.inside[i] ||
            hypot(at[0] + map->centre[0] - pole->at.x,
                  at[1] + map->centre[1] - pole->at.y) > pole->scale)
            continue;
        sum[0] -= (b->phi[i + 1] - b->phi[i - 1]) / (2 * map->cell);
        sum[1] -= (b->phi[i + n] - b->phi[i - n]) / (2 * map->cell);
        used++;
    }
    for (size_t c = 0; c < 2; c++)
        out[c] = used > 0 ? sum[c] / (double)used : 0;
}

ia_status ia_pole_shifts(ia_ctx *ctx, const ia_hitmap *map,
                         const ia_projection *projection, const ia_found_poles *found,
                         double (*out)[2])
{
    bending b = {0};
    ia_status st = ia_projection_check(ctx, projection);

    if (st != IA_OK || (st = ia_recon_excess_new(ctx, map, &b.excess)) != IA_OK)
        return st;
    b.phi = ia_array(ctx, map->cells * map->cells, sizeof *b.phi);
    if (b.phi) {
        ia_recon_excess_set(projection, &b.excess);
        solve(&b);
        for (size_t i = 0; i < found->n; i++)
            mean_shift(&b, &found->poles[i], out[i]);
    } else {
        st = IA_ERR_MEMORY;
    }
    free(b.phi);
    ia_recon_excess_clear(&b.excess);
    return st;
}

void ia_projection_fit_doubt(const ia_named_poles *poles, ia_projection_fit *fit)
{
    double square = 0;

    for (size_t i = 0; i < poles->n; i++)
        square += pow(poles->poles[i].x - fit->centre[0], 2) +
                  pow(poles->poles[i].y - fit->centre[1], 2);
    if (!(square > 0))
        return;
    double share = 0.5 * poles->shift / sqrt(square / (double)poles->n);
    double variance = pow(fit->icf * share, 2);
    fit->covariance[0][0] += variance;
    fit->sigma_icf = sqrt(fit->sigma_icf * fit->sigma_icf + variance);
}
