// src/spatial/knn_every.c: neighbours of every ion, where labels do not matter.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_every.h"

#include <ionatlas/edge.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ball = 4.1887902047863905; // 4 pi / 3

static ia_status measure(ia_ctx *ctx, knn_drawing *d, uint64_t seed, double *values)
{
    const ia_draw data = {0, ia_random_new(seed, 0)};
    d->fit_k = 0;
    d->r_max = d->r_kth = 0;
    ia_status st = ia_knn_draw(ctx, d, &data, 0, values);
    if (st == IA_OK)
        ia_knn_draw_reach(d, values);
    return st == IA_OK && d->r_max > 0 ? ia_knn_draw(ctx, d, &data, 0, values) : st;
}

// Chance that fewer than k points at random lie in a volume where x are expected.
static double fewer_than(size_t k, double x)
{
    double term = exp(-x), sum = term;
    for (size_t j = 1; j < k; j++)
        sum += term *= x / (double)j;
    return sum;
}

// Of the k-th of points at random, as a density per nm; nothing in the bands.
static void set_curve(size_t k, double density, double r_max, double *curves[3])
{
    double width = r_max / IA_KNN_BINS;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        double lo = pow(width * (double)i, 3), hi = pow(width * (double)(i + 1), 3);
        curves[0][i] =
            (fewer_than(k, ball * density * lo) - fewer_than(k, ball * density * hi)) /
            width;
        curves[1][i] = curves[2][i] = NAN;
    }
}

// Volumes of balls up to the j-th of points at random are gamma-distributed.
static void set_random(double density, ia_knn_test *test)
{
    double scale = cbrt(ball * density);
    for (size_t j = 0; j < test->k; j++) {
        double n = (double)j + 1;
        test->null_mean[j] = exp(lgamma(n + 1.0 / 3) - lgamma(n)) / scale;
        test->null_lo[j] = test->null_hi[j] = NAN;
    }
    double *first[] = {test->curve_mean, test->curve_lo, test->curve_hi};
    double *last[] = {test->kth_mean, test->kth_lo, test->kth_hi};
    set_curve(1, density, test->r_max, first);
    if (test->r_kth > 0)
        set_curve(test->k, density, test->r_kth, last);
}

static void set_untold(ia_knn_test *test)
{
    test->p = test->p_holm = test->p_two = test->p_two_holm = NAN;
    test->likelier = test->null_likelier = NAN;
    test->dense = test->sparse = (ia_knn_population){NAN, NAN, NAN, NAN};
    test->lh = (ia_knn_lh){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

static ia_status keep(ia_ctx *ctx, const knn_drawing *d, const double *values,
                      ia_knn_test *test)
{
    double **lists[] = {&test->mean, &test->null_mean, &test->null_lo, &test->null_hi};
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        if (!(*lists[l] = ia_array(ctx, d->k, sizeof **lists[l])))
            return IA_ERR_MEMORY;
    memcpy(test->mean, values, d->k * sizeof *values);
    memcpy(test->observed, values + d->k, sizeof test->observed);
    memcpy(test->kth_observed, values + d->k + IA_KNN_BINS + 1,
           sizeof test->kth_observed);
    test->n_from = d->n_centres;
    test->n_to = d->set.n_to;
    test->k = d->k;
    test->r_max = d->r_max;
    test->r_kth = d->r_kth;
    return IA_OK;
}

ia_status ia_knn_every_compute(ia_ctx *ctx, knn_drawing *d, const ia_points *all,
                               uint64_t seed, ia_knn_test *test)
{
    const knn_steadying steadying = {.seed = seed};
    double *values = ia_array(ctx, d->k + KNN_VALUES, sizeof *values);
    double volume = NAN;
    ia_status st = values ? measure(ctx, d, seed, values) : IA_ERR_MEMORY;
    if (st != IA_OK || !(d->r_max > 0) ||
        (st = ia_volume_measure(ctx, all, &volume)) != IA_OK ||
        (st = keep(ctx, d, values, test)) != IA_OK)
        goto done;
    set_untold(test);
    set_random((double)all->n / volume, test);
    st = ia_knn_steady_compute(ctx, d, &steadying, test);
done:
    free(values);
    return st;
}
