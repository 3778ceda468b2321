// src/crystal/planes_angles.c: angles between the planes of a grain against those of its
// crystal, as a table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETS_MOST = 15 }; // of a grain, the strongest

typedef struct {
    uint64_t grain;
    char first[32], second[32];
    double angle, sigma, of_crystal, difference, over_sigma;
} angle_row;

static const ia_table_member angle_members[] = {
    {"grain", IA_U64, offsetof(angle_row, grain)},
    {"hkl", IA_TEXT, offsetof(angle_row, first)},
    {"other_hkl", IA_TEXT, offsetof(angle_row, second)},
    {"angle_deg", IA_F64, offsetof(angle_row, angle)},
    {"sigma_deg", IA_F64, offsetof(angle_row, sigma)},
    {"crystal_deg", IA_F64, offsetof(angle_row, of_crystal)},
    {"difference_deg", IA_F64, offsetof(angle_row, difference)},
    {"difference_over_sigma", IA_F64, offsetof(angle_row, over_sigma)},
};

// Between two normals, 0 to 180 degrees: their sides are those of the indices.
static double angle_between(const double a[3], const double b[3])
{
    double c[3];
    for (size_t k = 0; k < 3; k++)
        c[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
    return atan2(sqrt(ia_plane_dot(c, c)), ia_plane_dot(a, b)) * 57.29577951308232;
}

static void put_hkl(const int hkl[3], char out[32])
{
    snprintf(out, 32, "%d %d %d", hkl[0], hkl[1], hkl[2]);
}

// Of planes that are parallel in the crystal no angle is told: whatever it is, it is
// never below 0. The error of a normal is that of both axes across it together, that of
// an angle has one axis of either.
static bool fill_angle(const ia_crystal *crystal, const ia_grain_planes *a,
                       const ia_grain_planes *b, angle_row *row)
{
    const double least_deg = 1e-3;
    double first[3], second[3];
    ia_crystal_normal(crystal, a->hkl, first);
    ia_crystal_normal(crystal, b->hkl, second);
    row->of_crystal = angle_between(first, second);
    if (row->of_crystal < least_deg || row->of_crystal > 180 - least_deg)
        return false;
    put_hkl(a->hkl, row->first);
    put_hkl(b->hkl, row->second);
    for (size_t k = 0; k < 3; k++) { // towards the detector
        first[k] = (k == 2 ? 1 : -1) * a->k[k];
        second[k] = (k == 2 ? 1 : -1) * b->k[k];
    }
    row->angle = angle_between(first, second);
    row->sigma = hypot(a->sigma_deg, b->sigma_deg) * 0.7071067811865476;
    row->difference = row->angle - row->of_crystal;
    row->over_sigma = row->sigma > 0 ? row->difference / row->sigma : NAN;
    return true;
}

static size_t fill_grain(const ia_planes *p, size_t g, angle_row *rows)
{
    const ia_plane_grain *grain = &p->grains[g];
    const ia_grain_planes *named[SETS_MOST];
    size_t m = 0, n = 0;
    for (size_t i = 0; grain->oriented && i < grain->n_planes && m < SETS_MOST; i++)
        if (grain->planes[i].named)
            named[m++] = &grain->planes[i];
    for (size_t a = 0; a < m; a++)
        for (size_t b = a + 1; b < m; b++) {
            rows[n] = (angle_row){.grain = g + 1};
            n += fill_angle(&p->crystals[grain->crystal], named[a], named[b], &rows[n]);
        }
    return n;
}

ia_status ia_planes_put_angles(ia_ctx *ctx, const ia_planes *planes, ia_result *result)
{
    enum { PAIRS_MOST = SETS_MOST * (SETS_MOST - 1) / 2 };
    size_t oriented = 0, n = 0;
    for (size_t g = 0; g < planes->n_grains; g++)
        oriented += planes->grains[g].oriented;
    angle_row *rows = ia_array(ctx, oriented * PAIRS_MOST, sizeof *rows);
    if (!rows)
        return IA_ERR_MEMORY;
    for (size_t g = 0; g < planes->n_grains; g++)
        n += fill_grain(planes, g, &rows[n]);
    ia_table *table = ia_result_add(ctx, result, "angles", IA_ROWS, n);
    ia_status st =
        table ? ia_table_add_members(ctx, table, rows, sizeof *rows, angle_members,
                                     sizeof angle_members / sizeof angle_members[0])
              : IA_ERR_MEMORY;
    free(rows);
    return st;
}
