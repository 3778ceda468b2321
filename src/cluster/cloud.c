// src/cluster/cloud.c: ranged ions with their positions, and which of them hold a solute.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status check(ia_ctx *ctx, const ia_ions *ions, const ia_ranges *ranges)
{
    ia_status st;
    if ((st = ia_ions_need(ctx, ions, IA_XYZ)) != IA_OK ||
        (st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK)
        return st;
    if (ions->n > INT32_MAX || ranges->n_ions > UINT16_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu ions of %zu kinds: at most %d of %d were expected", ions->n,
                       ranges->n_ions, INT32_MAX, UINT16_MAX);
    return IA_OK;
}

static size_t count_ranged(const ia_column *labels, int32_t *buffer)
{
    size_t n_ranged = 0;
    for (size_t begin = 0; begin < labels->n; begin += IA_COLUMN_BLOCK) {
        size_t n =
            labels->n - begin < IA_COLUMN_BLOCK ? labels->n - begin : IA_COLUMN_BLOCK;
        const int32_t *label = ia_column_rows(labels, begin, n, buffer);
        for (size_t i = 0; i < n; i++)
            n_ranged += label[i] >= 0;
    }
    return n_ranged;
}

static void fill_block(ia_cloud *cloud, size_t begin, size_t n, const int32_t *label,
                       const float *xyz)
{
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        memcpy(cloud->xyz + 3 * cloud->n, xyz + 3 * i, 3 * sizeof *xyz);
        cloud->kind[cloud->n] = (uint16_t)label[i];
        cloud->row[cloud->n] = (uint32_t)(begin + i);
        cloud->counts[label[i]]++;
        cloud->z_least = fmin(cloud->z_least, (double)xyz[3 * i + 2]);
        cloud->z_most = fmax(cloud->z_most, (double)xyz[3 * i + 2]);
        cloud->n++;
    }
}

ia_status ia_cloud_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranges *ranges,
                         const ia_ranger *ranger, ia_cloud *out)
{
    ia_label_source source = {ions, ranger};
    ia_cloud cloud = {.n_kinds = ranges->n_ions,
                      .n_ions = ions->n,
                      .z_least = INFINITY,
                      .z_most = -INFINITY};
    int32_t *labels = NULL;
    float *positions = NULL;
    ia_status st;

    if ((st = check(ctx, ions, ranges)) != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    ia_column column = ia_label_column(&source);
    if (!(labels = ia_array(ctx, IA_COLUMN_BLOCK, sizeof *labels)) ||
        !(positions = ia_array(ctx, 3 * IA_COLUMN_BLOCK, sizeof *positions)) ||
        !(cloud.counts = ia_array(ctx, cloud.n_kinds, sizeof *cloud.counts)))
        goto done;
    size_t n_ranged = count_ranged(&column, labels);
    if (!(cloud.xyz = ia_array(ctx, 3 * n_ranged, sizeof *cloud.xyz)) ||
        !(cloud.kind = ia_array(ctx, n_ranged, sizeof *cloud.kind)) ||
        !(cloud.row = ia_array(ctx, n_ranged, sizeof *cloud.row)))
        goto done;
    st = IA_OK;
    for (size_t begin = 0; begin < ions->n && st == IA_OK; begin += IA_COLUMN_BLOCK) {
        size_t n = ions->n - begin < IA_COLUMN_BLOCK ? ions->n - begin : IA_COLUMN_BLOCK;
        fill_block(&cloud, begin, n, ia_column_rows(&column, begin, n, labels),
                   ia_column_rows(&ions->columns[IA_XYZ], begin, n, positions));
        st = ia_step(ctx, "ranged ions", (double)(begin + n) / (double)ions->n);
    }
    if (st != IA_OK)
        goto done;
    *out = cloud;
    cloud = (ia_cloud){0};
done:
    free(positions);
    free(labels);
    ia_cloud_clear(&cloud);
    return st;
}

void ia_cloud_clear(ia_cloud *cloud)
{
    free(cloud->xyz);
    free(cloud->kind);
    free(cloud->row);
    free(cloud->counts);
    *cloud = (ia_cloud){0};
}

// Mark the kinds that hold the element written in n_chars characters.
static ia_status mark_element(ia_ctx *ctx, const ia_ranges *ranges, const char *symbol,
                              size_t n_chars, bool *has)
{
    unsigned z = ia_element_find(symbol, n_chars);
    if (z == 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "solute '%.*s': the symbol of an element was expected",
                       (int)n_chars, symbol);
    for (size_t k = 0; k < ranges->n_ions; k++)
        has[k] |= ia_ion_count(&ranges->ions[k], z) > 0;
    return IA_OK;
}

ia_status ia_solute_set_build(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const char *words, ia_solute_set *out)
{
    ia_solute_set solute = {.cloud = cloud};
    ia_status st = IA_OK;
    if (!(solute.has = ia_array(ctx, cloud->n_kinds, sizeof *solute.has)))
        return IA_ERR_MEMORY;
    for (const char *at = words + strspn(words, ", "); *at && st == IA_OK;) {
        size_t n = strcspn(at, ", ");
        st = mark_element(ctx, ranges, at, n, solute.has);
        at += n;
        at += strspn(at, ", ");
    }
    for (size_t k = 0; k < cloud->n_kinds; k++)
        solute.n += solute.has[k] ? cloud->counts[k] : 0;
    if (st == IA_OK && solute.n == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion holds the solute '%s'", words);
    if (st == IA_OK)
        *out = solute;
    else
        free(solute.has);
    return st;
}

void ia_solute_set_clear(ia_solute_set *solute)
{
    free(solute->has);
    *solute = (ia_solute_set){0};
}
