// src/cluster/sample.c: the part of the specimen that a test looks at, and its density.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sample.h"
#include "core/bounds.h"

#include <ionatlas/honest.h>
#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A brick holds some PER_BRICK solute ions: 14 of their spacings wide, so that few links
// are cut. AXIS_MOST bricks along an axis.
enum { PER_BRICK = 2500, AXIS_MOST = 1024, LEAST_SOLUTE = 50 };

// Every ion, or those of some bricks, taken at random until they hold the share of all
// ions that is wanted. Which does not depend on which ions are the solute.
typedef struct {
    const ia_cloud *cloud;
    const uint64_t *left_out; // ions of the cloud; NULL for none
    double origin[3], edge;   // nm
    size_t size[3];
    bool *taken; // NULL: all
} bricks;

static size_t brick_of(const bricks *b, size_t i)
{
    size_t at[3];
    for (size_t k = 0; k < 3; k++) {
        double place = ((double)b->cloud->xyz[3 * i + k] - b->origin[k]) / b->edge;
        at[k] = (size_t)fmin(fmax(place, 0), (double)(b->size[k] - 1));
    }
    return (at[2] * b->size[1] + at[1]) * b->size[0] + at[0];
}

static bool is_inside(const bricks *b, size_t i)
{
    if (b->left_out && ia_is_selected(b->left_out, i))
        return false;
    return !b->taken || b->taken[brick_of(b, i)];
}

// False where the box is flat.
static bool lay_out(const ia_cloud *cloud, double n_bricks, bricks *b)
{
    double lo[3], hi[3], volume = 1;
    ia_bounds(cloud->xyz, cloud->n, lo, hi);
    for (size_t k = 0; k < 3; k++)
        volume *= hi[k] - lo[k];
    b->edge = cbrt(volume / n_bricks);
    for (size_t k = 0; k < 3; k++) {
        b->origin[k] = lo[k];
        b->size[k] = (size_t)fmin(ceil((hi[k] - lo[k]) / b->edge) + 1, AXIS_MOST);
    }
    return volume > 0;
}

// Take bricks in random order until they hold n ions.
static ia_status take(ia_ctx *ctx, size_t n, uint64_t seed, bricks *b)
{
    size_t n_bricks = b->size[0] * b->size[1] * b->size[2], held = 0;
    size_t *counts = ia_array(ctx, n_bricks, sizeof *counts);
    bool *taken = ia_array(ctx, n_bricks, sizeof *taken);
    ia_random random = ia_random_new(seed, UINT64_MAX - 4);
    if (!counts || !taken) {
        free(counts);
        free(taken);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < b->cloud->n; i++)
        counts[brick_of(b, i)]++;
    for (size_t left = n_bricks; held < n && left > 0;) {
        size_t brick = (size_t)ia_random_below(&random, n_bricks);
        if (taken[brick])
            continue;
        taken[brick] = true;
        held += counts[brick];
        left--;
    }
    b->taken = taken;
    free(counts);
    return IA_OK;
}

static size_t count_inside(const ia_solute_set *solute, const bricks *b, size_t *n_solute)
{
    const ia_cloud *cloud = solute->cloud;
    size_t n = 0;
    *n_solute = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        bool inside = is_inside(b, i);
        n += inside;
        *n_solute += inside && solute->has[cloud->kind[i]];
    }
    return n;
}

static ia_status fill(ia_ctx *ctx, const ia_solute_set *solute, const bricks *b,
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
        if (!is_inside(b, i))
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
    bricks b = {.cloud = cloud, .left_out = left_out};
    ia_sample sample = {0};
    ia_status st = IA_OK;

    if (share < 1 && lay_out(cloud, (double)solute->n / PER_BRICK, &b))
        st = take(ctx, (size_t)(share * (double)cloud->n), params->seed, &b);
    if (st != IA_OK)
        return st;
    sample.n = count_inside(solute, &b, &sample.n_solute);
    if (sample.n_solute < LEAST_SOLUTE) {
        free(b.taken);
        b.taken = NULL;
        sample.n = count_inside(solute, &b, &sample.n_solute);
    }
    if ((st = fill(ctx, solute, &b, &sample)) == IA_OK &&
        (st = measure_spacing(ctx, params->seed, &sample)) == IA_OK)
        *out = sample;
    else
        ia_sample_clear(&sample);
    free(b.taken);
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
