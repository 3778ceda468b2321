// src/crystal/zones.c: zone axes, the shortest rows of atoms first.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/crystal.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UVW_MOST = 3, PARTS = 4 }; // indices looked at; parts of a row that centring makes

// Whether a share of uvw is a translation of the lattice.
static bool is_translation(const ia_crystal *c, const int uvw[3], int parts)
{
    for (size_t op = 0; op < c->n_ops; op++) {
        bool same = true;
        for (size_t i = 0; i < 9; i++)
            same &= c->turns[op][i / 3][i % 3] == (i % 4 == 0);
        for (size_t k = 0; k < 3 && same; k++) {
            double off = (double)uvw[k] / parts - c->shifts[op][k];
            same = fabs(off - round(off)) < 1e-3;
        }
        if (same)
            return true;
    }
    return parts == 1;
}

static int common_divisor(int a, int b)
{
    return b == 0 ? abs(a) : common_divisor(b, a % b);
}

static void measure(const ia_crystal *c, ia_zone_kind *zone)
{
    double length = 0;
    for (size_t k = 0; k < 3; k++) {
        zone->direction[k] = 0;
        for (size_t i = 0; i < 3; i++)
            zone->direction[k] += zone->uvw[i] * c->direct[i][k];
        length += zone->direction[k] * zone->direction[k];
    }
    length = sqrt(length);
    for (size_t k = 0; k < 3; k++)
        zone->direction[k] /= length;
    int parts = PARTS;
    while (parts > 1 && !is_translation(c, zone->uvw, parts))
        parts--;
    zone->length = length / parts;
}

static bool is_alike(const ia_crystal *c, const ia_zone_kind *a, const ia_zone_kind *b)
{
    if (fabs(a->length - b->length) > 1e-9 * a->length)
        return false;
    for (size_t r = 0; r < c->n_rotations; r++) {
        double dot = 0;
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                dot += b->direction[i] * c->rotations[r][i][k] * a->direction[k];
        if (fabs(dot) > 1 - 1e-9)
            return true;
    }
    return false;
}

// Shortest rows first; of one length, positive indices first.
static int compare(const void *a, const void *b)
{
    const ia_zone_kind *p = a, *q = b;
    if (fabs(p->length - q->length) > 1e-9 * p->length)
        return p->length < q->length ? -1 : 1;
    for (size_t k = 0; k < 3; k++)
        if (p->uvw[k] != q->uvw[k])
            return p->uvw[k] > q->uvw[k] ? -1 : 1;
    return 0;
}

static int compare_families(const void *a, const void *b)
{
    const ia_zone_kind *p = a, *q = b;
    if (p->family != q->family)
        return p->family < q->family ? -1 : 1;
    return compare(a, b);
}

// One of uvw and -uvw.
static bool is_first(int u, int v, int w)
{
    return u > 0 || (u == 0 && (v > 0 || (v == 0 && w > 0)));
}

ia_status ia_zone_catalogue_build(ia_ctx *ctx, const ia_crystal *crystal,
                                  size_t n_families, ia_zone_catalogue *out)
{
    enum { SIDE = 2 * UVW_MOST + 1 };
    ia_zone_catalogue made = {0};
    ia_zone_kind *kinds = ia_array(ctx, SIDE * SIDE * SIDE, sizeof *kinds);
    size_t n = 0, kept = 0;
    if (!kinds)
        return IA_ERR_MEMORY;
    for (int u = -UVW_MOST; u <= UVW_MOST; u++)
        for (int v = -UVW_MOST; v <= UVW_MOST; v++)
            for (int w = -UVW_MOST; w <= UVW_MOST; w++)
                if (is_first(u, v, w) && common_divisor(common_divisor(u, v), w) == 1) {
                    kinds[n] = (ia_zone_kind){.uvw = {u, v, w}};
                    measure(crystal, &kinds[n++]);
                }
    qsort(kinds, n, sizeof *kinds, compare);
    for (size_t i = 0; i < n; i++) {
        size_t like = 0;
        while (like < i && !is_alike(crystal, &kinds[like], &kinds[i]))
            like++;
        kinds[i].family = like < i ? kinds[like].family : made.n_families++;
    }
    qsort(kinds, n, sizeof *kinds, compare_families);
    while (kept < n && kinds[kept].family < n_families)
        kept++;
    made.n_families = made.n_families < n_families ? made.n_families : n_families;
    made.n = kept;
    made.kinds = kinds;
    *out = made;
    return IA_OK;
}

void ia_zone_catalogue_clear(ia_zone_catalogue *catalogue)
{
    free(catalogue->kinds);
    *catalogue = (ia_zone_catalogue){0};
}
