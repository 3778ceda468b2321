// src/spatial/knn_every.c: neighbours of every ion, where labels do not matter.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_every.h"

#include <ionatlas/extent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ball = 4.1887902047863905; // 4 pi / 3

static ia_status measure(ia_ctx *ctx, knn_drawing *d, uint64_t seed, double *values)
{
    const ia_draw data = {0, ia_random_new(seed, 0)};
    d->fit_k = 0;
    d->r_max = 0;
    ia_status st = ia_knn_draw(ctx, d, &data, 0, values);
    d->r_max = 3 * values[0];
    return st == IA_OK && d->r_max > 0 ? ia_knn_draw(ctx, d, &data, 0, values) : st;
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
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        double width = test->r_max / IA_KNN_BINS;
        double lo = pow(width * (double)i, 3), hi = pow(width * (double)(i + 1), 3);
        test->curve_mean[i] =
            (exp(-ball * density * lo) - exp(-ball * density * hi)) / width;
        test->curve_lo[i] = test->curve_hi[i] = NAN;
    }
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
    test->n_from = d->n_centres;
    test->n_to = d->set.n_to;
    test->k = d->k;
    test->r_max = d->r_max;
    return IA_OK;
}

ia_status ia_knn_every_compute(ia_ctx *ctx, knn_drawing *d, const ia_points *all,
                               uint64_t seed, ia_knn_test *test)
{
    const knn_steadying steadying = {.seed = seed};
    double *values = ia_array(ctx, d->k + KNN_VALUES, sizeof *values);
    ia_extent extent = {0};
    ia_status st = values ? measure(ctx, d, seed, values) : IA_ERR_MEMORY;
    if (st != IA_OK || !(d->r_max > 0) ||
        (st = ia_extent_build(ctx, all, &extent)) != IA_OK ||
        (st = keep(ctx, d, values, test)) != IA_OK)
        goto done;
    set_untold(test);
    set_random((double)all->n / extent.volume, test);
    st = ia_knn_steady_compute(ctx, d, &steadying, test);
done:
    ia_extent_clear(&extent);
    free(values);
    return st;
}
