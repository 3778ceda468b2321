// src/cluster/drift.c: how a solute varies slowly over the specimen, and draws that keep
// it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sample.h"
#include "core/bounds.h"

#include <ionatlas/honest.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// With PER_CUBE solute ions a cube is thrice as wide as the longest link that is tried.
enum { CUBES = 64, PER_CUBE = 10, MOST = 64 };
static const double uneven_p = 0.01; // of cubes that are alike
static const double most_share = 0.98;

// Ions and solute ions in cubes over the sample's box.
typedef struct {
    double origin[3], edge; // nm
    size_t size[3];
    double *ions, *solute;
} field;

static void lay_out(const ia_sample *sample, double least_edge, field *f)
{
    double lo[3], hi[3], volume = 1;
    ia_bounds(sample->xyz, sample->n, lo, hi);
    for (size_t k = 0; k < 3; k++)
        volume *= hi[k] - lo[k];
    double n_cubes = fmin(CUBES, fmax(1, (double)sample->n_solute / PER_CUBE));
    f->edge = fmax(cbrt(volume / n_cubes), least_edge);
    for (size_t k = 0; k < 3; k++) {
        double n = f->edge > 0 ? ceil((hi[k] - lo[k]) / f->edge) : 1;
        f->size[k] = (size_t)fmin(fmax(1, n), MOST);
        f->origin[k] = (lo[k] + hi[k] - (double)f->size[k] * f->edge) / 2;
    }
}

// Cubes beside a position along an axis and the second one's weight.
static void beside(const field *f, const float *xyz, size_t k, size_t cube[2],
                   double *weight)
{
    double last = (double)(f->size[k] - 1);
    double at = ((double)xyz[k] - f->origin[k]) / f->edge - 0.5;
    at = f->edge > 0 ? fmin(fmax(at, 0), last) : 0;
    cube[0] = (size_t)at;
    cube[1] = cube[0] + (cube[0] + 1 < f->size[k]);
    *weight = at - (double)cube[0];
}

static size_t number(const field *f, size_t x, size_t y, size_t z)
{
    return (z * f->size[1] + y) * f->size[0] + x;
}

static void count(const ia_sample *sample, field *f)
{
    for (size_t i = 0; i < sample->n; i++) {
        size_t cube[3];
        for (size_t k = 0; k < 3; k++) {
            double at = ((double)sample->xyz[3 * i + k] - f->origin[k]) / f->edge;
            double last = (double)(f->size[k] - 1);
            cube[k] = f->edge > 0 ? (size_t)fmin(fmax(at, 0), last) : 0;
        }
        size_t c = number(f, cube[0], cube[1], cube[2]);
        f->ions[c]++;
        f->solute[c] += ia_is_selected(sample->bits, i);
    }
}

// Chi-squared of the solute in each cube against the same share everywhere.
static bool is_even(const field *f, size_t n_cubes)
{
    double ions = 0, solute = 0, chi2 = 0, n = 0;
    for (size_t c = 0; c < n_cubes; c++) {
        ions += f->ions[c];
        solute += f->solute[c];
    }
    double share = solute / ions;
    for (size_t c = 0; c < n_cubes; c++) {
        double expected = share * f->ions[c], d = f->solute[c] - expected;
        if (expected < 1)
            continue;
        chi2 += d * d / (expected * (1 - share));
        n++;
    }
    return n < 2 || gsl_cdf_chisq_Q(chi2, n - 1) > uneven_p;
}

static double share_at(const field *f, const float *xyz)
{
    size_t cube[3][2];
    double weight[3], ions = 0, solute = 0;
    for (size_t k = 0; k < 3; k++)
        beside(f, xyz, k, cube[k], &weight[k]);
    for (size_t corner = 0; corner < 8; corner++) {
        double w = 1;
        size_t at[3];
        for (size_t k = 0; k < 3; k++) {
            size_t second = corner >> k & 1;
            at[k] = cube[k][second];
            w *= second ? weight[k] : 1 - weight[k];
        }
        ions += w * f->ions[number(f, at[0], at[1], at[2])];
        solute += w * f->solute[number(f, at[0], at[1], at[2])];
    }
    return ions > 0 ? fmin(solute / ions, most_share) : 0;
}

// Ions drawn one after the other with these rates, until a share c of them all is drawn,
// are each drawn with chance 1 - exp(-rate t): rates -ln(1 - c) make it c at t = 1.
ia_status ia_sample_follow_drift(ia_ctx *ctx, ia_sample *sample, double least_edge)
{
    field f = {0};
    float largest = 0;
    lay_out(sample, least_edge, &f);
    size_t n_cubes = f.size[0] * f.size[1] * f.size[2];
    f.ions = ia_array(ctx, n_cubes, sizeof *f.ions);
    f.solute = ia_array(ctx, n_cubes, sizeof *f.solute);
    float *rate = ia_array(ctx, sample->n, sizeof *rate);
    if (!f.ions || !f.solute || !rate) {
        free(f.ions);
        free(f.solute);
        free(rate);
        return IA_ERR_MEMORY;
    }
    count(sample, &f);
    if (is_even(&f, n_cubes)) {
        free(rate);
        rate = NULL;
    }
    for (size_t i = 0; rate && i < sample->n; i++) {
        rate[i] = (float)-log1p(-share_at(&f, sample->xyz + 3 * i));
        largest = fmaxf(largest, rate[i]);
    }
    for (size_t i = 0; rate && i < sample->n; i++)
        rate[i] /= largest;
    sample->rate = rate;
    free(f.ions);
    free(f.solute);
    return IA_OK;
}

void ia_sample_draw(const ia_sample *sample, ia_random *random, uint64_t *bits)
{
    if (!sample->rate) {
        ia_select(random, sample->n_solute, sample->n, bits);
        return;
    }
    memset(bits, 0, ia_select_words(sample->n) * sizeof *bits);
    for (size_t left = sample->n_solute; left > 0;) {
        uint64_t i = ia_random_below(random, sample->n);
        uint64_t bit = (uint64_t)1 << (i % 64);
        if (bits[i / 64] & bit || ia_random_uniform(random) >= (double)sample->rate[i])
            continue;
        bits[i / 64] |= bit;
        left--;
    }
}
