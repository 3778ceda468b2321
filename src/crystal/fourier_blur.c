// src/crystal/fourier_blur.c: blur across and along the axis from how reflections fade.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "crystal/fourier_internal.h"

// ln share = a - 4 pi^2 (k_xy^2 sigma_xy^2 + k_z^2 sigma_z^2): weighted least squares
// over the reflections, with one term left out where these do not span it.
enum { TERMS = 3 };

typedef struct {
    double normal[TERMS * TERMS], right[TERMS];
} sums;

static double weight_of(const ia_fourier *f, const ia_reflection *r)
{
    const double model = 0.03; // curved planes, other structure factors
    double signal = r->intensity - 1;
    double noise = (2 * signal + 1) / (signal * signal * (double)f->n_regions);
    return 1 / (noise + model * model);
}

static void add(sums *s, const double row[TERMS], double y, double weight)
{
    for (size_t i = 0; i < TERMS; i++) {
        s->right[i] += weight * row[i] * y;
        for (size_t j = 0; j < TERMS; j++)
            s->normal[TERMS * i + j] += weight * row[i] * row[j];
    }
}

// Gauss-Jordan with the terms in use; false where they are not independent.
static bool solve(const sums *s, const bool use[TERMS], double x[TERMS],
                  double variance[TERMS])
{
    double m[TERMS][2 * TERMS + 1] = {{0}};
    for (size_t i = 0; i < TERMS; i++) {
        for (size_t j = 0; j < TERMS; j++)
            m[i][j] = use[i] && use[j] ? s->normal[TERMS * i + j] : i == j;
        m[i][TERMS + i] = 1;
        m[i][2 * TERMS] = use[i] ? s->right[i] : 0;
    }
    for (size_t i = 0; i < TERMS; i++) {
        double before = use[i] ? s->normal[TERMS * i + i] : 1, pivot = m[i][i];
        if (!(pivot > 1e-4 * before))
            return false;
        for (size_t j = 0; j <= 2 * TERMS; j++)
            m[i][j] /= pivot;
        for (size_t r = 0; r < TERMS; r++) {
            double factor = m[r][i];
            for (size_t j = 0; r != i && j <= 2 * TERMS; j++)
                m[r][j] -= factor * m[i][j];
        }
    }
    for (size_t i = 0; i < TERMS; i++) {
        x[i] = m[i][2 * TERMS];
        variance[i] = m[i][TERMS + i];
    }
    return true;
}

static void tell(double square, double variance, double *sigma, double *sd)
{
    *sigma = square > 0 ? sqrt(square) : NAN;
    *sd = square > 0 ? sqrt(variance) / (2 * *sigma) : NAN;
}

void ia_fourier_blur(ia_fourier *f)
{
    static const double factor = 39.47841760435743; // 4 pi^2
    // What is known of planes that are all there: the share at k = 0 is 1.
    static const bool tried[3][TERMS] = {
        {true, true, true}, {false, true, true}, {false, false, true}};
    sums s = {{0}, {0}};
    double x[TERMS], variance[TERMS], tilted = 0, z_least = INFINITY, z_most = 0;
    f->sigma_xy = f->sigma_xy_sd = f->sigma_z = f->sigma_z_sd = NAN;
    for (size_t i = 0; i < f->n; i++) {
        const ia_reflection *r = &f->reflections[i];
        double xy = r->k[0] * r->k[0] + r->k[1] * r->k[1], z = r->k[2] * r->k[2];
        if (!(r->share > 0))
            continue;
        double row[TERMS] = {1, -factor * xy, -factor * z};
        add(&s, row, log(r->share), weight_of(f, r));
        tilted = fmax(tilted, xy / (xy + z));
        z_least = fmin(z_least, z);
        z_most = fmax(z_most, z);
    }
    // Without harmonics the share at k = 0 and the blur along the axis are one.
    bool orders = z_most > 2 * z_least, lateral = tilted > 0.03;
    for (size_t t = 0; t < 3; t++) {
        if ((tried[t][0] && !(orders && f->n >= 3)) || (tried[t][1] && !lateral) ||
            !solve(&s, tried[t], x, variance))
            continue;
        if (tried[t][1])
            tell(x[1], variance[1], &f->sigma_xy, &f->sigma_xy_sd);
        tell(x[2], variance[2], &f->sigma_z, &f->sigma_z_sd);
        return;
    }
}
