// src/cluster/sample.c: the part of the specimen that a test looks at, and its density.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sample.h"

#include <ionatlas/honest.h>
#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLABS = 8, LEAST_SOLUTE = 50 };

// Every ion, or those in slabs: a share of each period along z. Neither depends on which
// ions are the solute.
typedef struct {
    const ia_cloud *cloud;
    const uint64_t *left_out; // ions of the cloud; NULL for none
    double begin, period, share;
} slabs;

static bool is_inside(const slabs *s, size_t i)
{
    if (s->left_out && ia_is_selected(s->left_out, i))
        return false;
    double at = ((double)s->cloud->xyz[3 * i + 2] - s->begin) / s->period;
    return s->share >= 1 || at - floor(at) < s->share;
}

static size_t count_inside(const ia_solute_set *solute, const slabs *s, size_t *n_solute)
{
    const ia_cloud *cloud = solute->cloud;
    size_t n = 0;
    *n_solute = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        bool inside = is_inside(s, i);
        n += inside;
        *n_solute += inside && solute->has[cloud->kind[i]];
    }
    return n;
}

static ia_status fill(ia_ctx *ctx, const ia_solute_set *solute, const slabs *s,
                      ia_sample *sample)
{
    const ia_cloud *cloud = solute->cloud;
    if (!(sample->bits = ia_array(ctx, ia_select_words(sample->n), sizeof *sample->bits)))
        return IA_ERR_MEMORY;
    if (sample->n < cloud->n &&
        !(sample->own = ia_array(ctx, 3 * sample->n, sizeof *sample->own)))
        return IA_ERR_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        if (!is_inside(s, i))
            continue;
        if (sample->own)
            memcpy(sample->own + 3 * n, cloud->xyz + 3 * i, 3 * sizeof(float));
        sample->bits[n / 64] |= (uint64_t)solute->has[cloud->kind[i]] << (n % 64);
        n++;
    }
    sample->xyz = sample->own ? sample->own : cloud->xyz;
    return IA_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// From the median distance to the nearest of as many ions drawn at random: half of all
// balls of that radius are empty, so that 4/3 pi r^3 density = ln 2.
static ia_status measure_spacing(ia_ctx *ctx, uint64_t seed, ia_sample *sample)
{
    static const double median_of_unit_density = 0.549045; // (3 ln 2/(4 pi))^(1/3)
    size_t m = sample->n_solute;
    ia_random random = ia_random_new(seed, UINT64_MAX);
    uint64_t *bits = ia_array(ctx, ia_select_words(sample->n), sizeof *bits);
    float *xyz = ia_array(ctx, 3 * m, sizeof *xyz);
    ia_points points = {xyz, m};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_status st = bits && xyz ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK || m < 2)
        goto done;
    ia_select(&random, m, sample->n, bits);
    ia_sample_gather(sample, bits, xyz);
    if ((st = ia_index_build(ctx, &points, NULL, &index)) != IA_OK ||
        (st = ia_knn_compute(ctx, index, &points, &(ia_knn_request){1, true, false},
                             &knn)) != IA_OK)
        goto done;
    qsort(knn.distance, m, sizeof *knn.distance, compare);
    sample->spacing = (double)knn.distance[m / 2] / median_of_unit_density;
done:
    ia_knn_clear(&knn);
    ia_index_free(index);
    free(xyz);
    free(bits);
    return st;
}

ia_status ia_sample_build(ia_ctx *ctx, const ia_solute_set *solute,
                          const ia_cluster_params *params, const uint64_t *left_out,
                          ia_sample *out)
{
    const ia_cloud *cloud = solute->cloud;
    double share = (double)params->test_ions / (double)solute->n;
    double extent = cloud->z_most - cloud->z_least;
    slabs s = {cloud, left_out, cloud->z_least, extent / SLABS, share};
    ia_sample sample = {0};
    ia_status st;

    sample.n = count_inside(solute, &s, &sample.n_solute);
    if (!(extent > 0) || sample.n_solute < LEAST_SOLUTE) {
        s.share = 1;
        sample.n = count_inside(solute, &s, &sample.n_solute);
    }
    if ((st = fill(ctx, solute, &s, &sample)) == IA_OK &&
        (st = measure_spacing(ctx, params->seed, &sample)) == IA_OK) {
        *out = sample;
        return IA_OK;
    }
    ia_sample_clear(&sample);
    return st;
}

void ia_sample_clear(ia_sample *sample)
{
    free(sample->own);
    free(sample->bits);
    free(sample->rate);
    *sample = (ia_sample){0};
}

void ia_sample_gather(const ia_sample *sample, const uint64_t *bits, float *xyz)
{
    for (size_t w = 0; w < ia_select_words(sample->n); w++)
        for (uint64_t left = bits[w]; left; left &= left - 1, xyz += 3) {
            size_t i = 64 * w + (size_t)__builtin_ctzll(left);
            memcpy(xyz, sample->xyz + 3 * i, 3 * sizeof *xyz);
        }
}

bool ia_is_crowded(const float *xyz, size_t n, double d)
{
    enum { PROBES = 256, MOST = 4000 };
    size_t step = n / PROBES + 1, n_probes = 0, n_near = 0;
    float d2 = (float)(d * d);
    for (size_t p = 0; p < n; p += step, n_probes++)
        for (size_t i = 0; i < n; i++) {
            float x = xyz[3 * i] - xyz[3 * p], y = xyz[3 * i + 1] - xyz[3 * p + 1];
            float z = xyz[3 * i + 2] - xyz[3 * p + 2];
            n_near += x * x + y * y + z * z < d2;
        }
    return n_near > (size_t)MOST * n_probes;
}
