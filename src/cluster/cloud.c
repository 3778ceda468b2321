// src/cluster/cloud.c: ranged ions with their positions, and which of them hold a solute.
// Uses the ranged ions of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"
#include "core/element_list.h"
#include "core/radix.h"
#include "spatial/ranged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status tally(ia_ctx *ctx, ia_cloud *cloud)
{
    if (!(cloud->counts = ia_array(ctx, cloud->n_kinds, sizeof *cloud->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        double z = (double)cloud->xyz[3 * i + 2];
        cloud->counts[cloud->kind[i]]++;
        cloud->z_least = fmin(cloud->z_least, z);
        cloud->z_most = fmax(cloud->z_most, z);
    }
    return IA_OK;
}

typedef struct {
    const ia_cloud *cloud;
    uint64_t *keys;  // (n) what z is sorted by
    uint32_t *order; // (n) ions of the cloud
} sorting;

// Rises with z; 0 and -0 are one place.
static uint64_t key_of(float z)
{
    float place = z + 0.0f;
    uint32_t bits;
    memcpy(&bits, &place, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

typedef struct {
    float y, x; // nm
    uint32_t kind, row, ion;
} level_ion;

static int compare(const void *a, const void *b)
{
    const level_ion *p = a, *q = b;
    if (p->y < q->y || p->y > q->y)
        return p->y < q->y ? -1 : 1;
    if (p->x < q->x || p->x > q->x)
        return p->x < q->x ? -1 : 1;
    if (p->kind != q->kind)
        return p->kind < q->kind ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

// Ions `begin` to `end` in order have one z.
static ia_status sort_level(ia_ctx *ctx, const sorting *s, size_t begin, size_t end)
{
    const ia_cloud *cloud = s->cloud;
    size_t n = end - begin;
    level_ion *ions = ia_array(ctx, n, sizeof *ions);
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint32_t ion = s->order[begin + i];
        const float *xyz = cloud->xyz + 3 * (size_t)ion;
        ions[i] = (level_ion){xyz[1], xyz[0], cloud->kind[ion], cloud->row[ion], ion};
    }
    qsort(ions, n, sizeof *ions, compare);
    for (size_t i = 0; i < n; i++)
        s->order[begin + i] = ions[i].ion;
    free(ions);
    return IA_OK;
}

static ia_status sort_levels(ia_ctx *ctx, const sorting *s)
{
    ia_status st = IA_OK;
    for (size_t begin = 0, end; begin < s->cloud->n && st == IA_OK; begin = end) {
        for (end = begin + 1; end < s->cloud->n && s->keys[end] == s->keys[begin];)
            end++;
        if (end > begin + 1)
            st = sort_level(ctx, s, begin, end);
    }
    return st;
}

static ia_status put_in_order(ia_ctx *ctx, const uint32_t *order, ia_cloud *cloud)
{
    ia_cloud to = {0};
    if (!(to.xyz = ia_array(ctx, 3 * cloud->n, sizeof *to.xyz)) ||
        !(to.kind = ia_array(ctx, cloud->n, sizeof *to.kind)) ||
        !(to.row = ia_array(ctx, cloud->n, sizeof *to.row))) {
        ia_cloud_clear(&to);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < cloud->n; i++) {
        memcpy(to.xyz + 3 * i, cloud->xyz + 3 * (size_t)order[i], 3 * sizeof *to.xyz);
        to.kind[i] = cloud->kind[order[i]];
        to.row[i] = cloud->row[order[i]];
    }
    free(cloud->xyz);
    free(cloud->kind);
    free(cloud->row);
    cloud->xyz = to.xyz;
    cloud->kind = to.kind;
    cloud->row = to.row;
    return IA_OK;
}

ia_status ia_cloud_sort(ia_ctx *ctx, ia_cloud *cloud)
{
    sorting s = {cloud, ia_array(ctx, cloud->n, sizeof *s.keys),
                 ia_array(ctx, cloud->n, sizeof *s.order)};
    ia_status st = s.keys && s.order ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n && st == IA_OK; i++)
        s.keys[i] = key_of(cloud->xyz[3 * i + 2]);
    if (st == IA_OK && (st = ia_radix_sort(ctx, s.keys, cloud->n, 32, s.order)) == IA_OK)
        st = sort_levels(ctx, &s);
    free(s.keys);
    if (st == IA_OK)
        st = put_in_order(ctx, s.order, cloud);
    free(s.order);
    return st;
}

ia_status ia_cloud_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranges *ranges,
                         const ia_ranger *ranger, ia_cloud *out)
{
    ia_ranged ranged = {0};
    ia_status st;
    if ((st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK ||
        (st = ia_ranged_build(ctx, ions, ranger, &ranged)) != IA_OK)
        return st;
    if ((st = ia_ranged_need(ctx, &ranged)) != IA_OK) {
        ia_ranged_clear(&ranged);
        return st;
    }
    ia_cloud cloud = {.xyz = ranged.xyz,
                      .kind = ranged.kind,
                      .row = ranged.row,
                      .n = ranged.n,
                      .n_kinds = ranges->n_ions,
                      .n_ions = ions->n,
                      .z_least = INFINITY,
                      .z_most = -INFINITY};
    if ((st = tally(ctx, &cloud)) == IA_OK)
        *out = cloud;
    else
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

ia_status ia_solute_set_build(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const char *words, ia_solute_set *out)
{
    ia_solute_set solute = {.cloud = cloud};
    ia_element_list elements = {0};
    ia_status st;
    if (!(solute.has = ia_array(ctx, cloud->n_kinds, sizeof *solute.has)))
        return IA_ERR_MEMORY;
    st = ia_element_list_read(ctx, "solute", words, &elements);
    for (size_t k = 0; k < ranges->n_ions; k++)
        for (size_t i = 0; i < elements.n; i++)
            solute.has[k] |= ia_ion_count(&ranges->ions[k], elements.z[i]) > 0;
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
