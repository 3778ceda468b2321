// src/spectrum/isotonic.c: nearest values that rise to one maximum and fall from there.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/shape.h"

#include <stdlib.h>

// Neighbouring values that have become one.
typedef struct {
    double mean, weight;
    size_t n;
} block;

// Values at 0, by, 2 by, ... made to rise: blocks merge while a later one is lower (Ayer
// et al. 1955, doi:10.1214/aoms/1177728423).
static void make_rise(double *values, const double *weight, size_t n, ptrdiff_t by,
                      block *blocks)
{
    size_t n_blocks = 0;

    for (size_t i = 0; i < n; i++) {
        ptrdiff_t at = (ptrdiff_t)i * by;
        blocks[n_blocks++] = (block){values[at], weight[at], 1};
        while (n_blocks > 1) {
            block *a = &blocks[n_blocks - 2], *b = &blocks[n_blocks - 1];
            double sum = a->weight + b->weight;
            if (a->mean <= b->mean)
                break;
            if (sum > 0)
                a->mean = (a->mean * a->weight + b->mean * b->weight) / sum;
            a->weight = sum;
            a->n += b->n;
            n_blocks--;
        }
    }
    size_t i = 0;
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t last = i + blocks[k].n; i < last; i++)
            values[(ptrdiff_t)i * by] = blocks[k].mean;
}

ia_status ia_shape_one_maximum(ia_ctx *ctx, double *values, const double *weight,
                               size_t n, size_t mode)
{
    block *blocks = ia_array(ctx, n, sizeof *blocks);

    if (!blocks)
        return IA_ERR_MEMORY;
    make_rise(values, weight, mode + 1, 1, blocks);
    make_rise(values + n - 1, weight + n - 1, n - mode, -1, blocks);
    free(blocks);
    return IA_OK;
}
