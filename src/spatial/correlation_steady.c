// src/spatial/correlation_steady.c: what random halves and 70 % of the ions say of a
// correlation function.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <math.h>
#include <stdlib.h>

enum { DIVISIONS = 5, N_VALUES = 2 };
static const double thinned_share = 0.7;

typedef struct {
    const correlation_fitting *fitting;
    const ia_drawing *set;
    bool waves;
} parts_of;

// The curve of m of the n ions used: pairs of the shuffles go with m (m - 1).
static void curve_of(const correlation_counts *c, const uint64_t *pairs, double m,
                     double share, double *gamma)
{
    double scale = m > 1 ? c->n_used * (c->n_used - 1) / (m * (m - 1)) : NAN;
    for (size_t p = 0; p < IA_CORRELATION_POINTS; p++) {
        double seen = 0, null = 0;
        for (size_t i = ia_correlation_first(p); i < ia_correlation_first(p + 1); i++) {
            seen += 2 * (double)pairs[i]; // both ends, as the shuffles' are counted
            null += c->null[i];
        }
        double excess = null > 0 ? seen * scale / null - 1 : 0;
        gamma[p] = isfinite(excess) ? share * share * excess : 0;
    }
}

// Height at r = 0 and radius or wavelength of the fit to some of the ions, by the weights
// of all.
static ia_status fit_part(ia_ctx *ctx, void *user, const uint64_t *bits, size_t worker,
                          double *values)
{
    const parts_of *p = user;
    const correlation_counts *c = p->fitting->counts;
    size_t n = p->set->n_from;
    double gamma[IA_CORRELATION_POINTS];
    uint64_t pairs[CORRELATION_BINS] = {0};
    float *xyz = ia_array(ctx, n, 3 * sizeof *xyz);
    (void)worker;
    if (!xyz)
        return IA_ERR_MEMORY;
    ia_points points = {xyz, ia_rdf_take_part(p->set->rooms[0].from, n, 0, bits, xyz)};
    ia_pairs_request request = {.r_max = c->bin * CORRELATION_BINS,
                                .n_bins = CORRELATION_BINS};
    ia_status st = ia_pairs_count(ctx, &points, NULL, &request, pairs);
    free(xyz);
    if (st != IA_OK)
        return st;
    curve_of(c, pairs, (double)points.n, c->scale * c->n_used / c->n_ions, gamma);
    correlation_problem problem = p->fitting->problem;
    problem.gamma = gamma;
    if (p->waves) {
        correlation_waves w = ia_correlation_fit_waves(&problem, &p->fitting->waves);
        values[0] = w.amplitude;
        values[1] = w.wavelength;
    } else {
        correlation_spheres s =
            ia_correlation_fit_spheres(&problem, &p->fitting->spheres.shape);
        values[0] = s.amplitude;
        values[1] = s.shape.radius;
    }
    return IA_OK;
}

ia_status ia_correlation_steady(ia_ctx *ctx, const correlation_fitting *fitting,
                                const ia_drawing *set, ia_correlation *out)
{
    parts_of p = {fitting, set, out->kind == IA_WAVES};
    ia_part_question question = {fit_part, &p, N_VALUES, "parts of the ions"};
    ia_part_params half = {0.5, true, DIVISIONS, fitting->seed};
    ia_part_params thin = {thinned_share, false, DIVISIONS, fitting->seed};
    ia_draw data = {0, ia_random_new(fitting->seed, 0)};
    ia_parts halves = {0}, thinned = {0};
    ia_steadiness *to[N_VALUES] = {&out->steady_amplitude, &out->steady_size};
    ia_drawing_take(set, &data, 0);
    ia_status st = ia_parts_compute(ctx, &question, set->n_from, &half, &halves);
    if (st == IA_OK)
        st = ia_parts_compute(ctx, &question, set->n_from, &thin, &thinned);
    for (size_t v = 0; st == IA_OK && v < N_VALUES; v++)
        *to[v] = (ia_steadiness){halves.mean[v], halves.rms_difference[v],
                                 thinned.mean[v], thinned.sd[v]};
    ia_parts_clear(&halves);
    ia_parts_clear(&thinned);
    return st;
}
