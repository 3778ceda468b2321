// src/spatial/ranged_sort.c: ranged ions in an order of their own, not that of the file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/radix.h"
#include "spatial/ranged.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const ia_ranged *ranged;
    uint64_t *keys;  // (n) what z is sorted by
    uint32_t *order; // (n) ranged ions
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
    const ia_ranged *ranged = s->ranged;
    size_t n = end - begin;
    level_ion *ions = ia_array(ctx, n, sizeof *ions);
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint32_t ion = s->order[begin + i];
        const float *xyz = ranged->xyz + 3 * (size_t)ion;
        ions[i] = (level_ion){xyz[1], xyz[0], ranged->kind[ion], ranged->row[ion], ion};
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
    for (size_t begin = 0, end; begin < s->ranged->n && st == IA_OK; begin = end) {
        for (end = begin + 1; end < s->ranged->n && s->keys[end] == s->keys[begin];)
            end++;
        if (end > begin + 1)
            st = sort_level(ctx, s, begin, end);
    }
    return st;
}

static ia_status put_in_order(ia_ctx *ctx, const uint32_t *order, ia_ranged *ranged)
{
    ia_ranged to = {0};
    if (!(to.xyz = ia_array(ctx, 3 * ranged->n, sizeof *to.xyz)) ||
        !(to.kind = ia_array(ctx, ranged->n, sizeof *to.kind)) ||
        !(to.row = ia_array(ctx, ranged->n, sizeof *to.row))) {
        ia_ranged_clear(&to);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < ranged->n; i++) {
        memcpy(to.xyz + 3 * i, ranged->xyz + 3 * (size_t)order[i], 3 * sizeof *to.xyz);
        to.kind[i] = ranged->kind[order[i]];
        to.row[i] = ranged->row[order[i]];
    }
    free(ranged->xyz);
    free(ranged->kind);
    free(ranged->row);
    ranged->xyz = to.xyz;
    ranged->kind = to.kind;
    ranged->row = to.row;
    return IA_OK;
}

ia_status ia_ranged_sort(ia_ctx *ctx, ia_ranged *ranged)
{
    sorting s = {ranged, ia_array(ctx, ranged->n, sizeof *s.keys),
                 ia_array(ctx, ranged->n, sizeof *s.order)};
    ia_status st = s.keys && s.order ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < ranged->n && st == IA_OK; i++)
        s.keys[i] = key_of(ranged->xyz[3 * i + 2]);
    if (st == IA_OK && (st = ia_radix_sort(ctx, s.keys, ranged->n, 32, s.order)) == IA_OK)
        st = sort_levels(ctx, &s);
    free(s.keys);
    if (st == IA_OK)
        st = put_in_order(ctx, s.order, ranged);
    free(s.order);
    return st;
}
