// src/crystal/planes_tables.c: planes of regions, grains and the turns between them as
// tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdio.h>
#include <stdlib.h>

static ia_status put_summary(ia_ctx *ctx, const ia_planes *p, ia_result *result)
{
    size_t with = 0, in_grains = 0;
    for (size_t i = 0; i < p->n_regions; i++) {
        with += p->regions[i].n > 0;
        in_grains += p->regions[i].grain >= 0;
    }
    ia_table *table = ia_result_add(ctx, result, "planes", IA_SCALARS, 1);
    ia_status st = IA_ERR_MEMORY;
    if (!table || (st = ia_table_add_u64(ctx, table, "n_regions", p->n_regions)) ||
        (st = ia_table_add_f64(ctx, table, "region_nm", p->cube)) ||
        (st = ia_table_add_u64(ctx, table, "n_with_planes", with)) ||
        (st = ia_table_add_u64(ctx, table, "n_in_grains", in_grains)) ||
        (st = ia_table_add_text(ctx, table, "crystal", p->crystals[0].name)) ||
        (st = ia_table_add_text(ctx, table, "second_crystal", p->crystals[1].name)))
        return st;
    return IA_OK;
}

typedef struct {
    uint64_t number, regions, n_planes;
    char oriented[8], crystal[IA_CRYSTAL_NAME];
    double sigma, ratio, sigma_ratio;
} grain_row;

static const ia_table_member grain_members[] = {
    {"grain", IA_U64, offsetof(grain_row, number)},
    {"regions", IA_U64, offsetof(grain_row, regions)},
    {"sets_of_planes", IA_U64, offsetof(grain_row, n_planes)},
    {"oriented", IA_TEXT, offsetof(grain_row, oriented)},
    {"crystal", IA_TEXT, offsetof(grain_row, crystal)},
    {"sigma_deg", IA_F64, offsetof(grain_row, sigma)},
    {"spacing_over_crystal", IA_F64, offsetof(grain_row, ratio)},
    {"sigma_spacing_over_crystal", IA_F64, offsetof(grain_row, sigma_ratio)},
};

static ia_status put_grains(ia_ctx *ctx, const ia_planes *p, ia_result *result)
{
    grain_row *rows = ia_array(ctx, p->n_grains, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "grains", IA_ROWS, p->n_grains) : NULL;
    for (size_t g = 0; table && g < p->n_grains; g++) {
        const ia_plane_grain *of = &p->grains[g];
        rows[g] = (grain_row){.number = g + 1,
                              .regions = of->n_regions,
                              .n_planes = of->n_planes,
                              .sigma = of->sigma_deg,
                              .ratio = of->ratio,
                              .sigma_ratio = of->sigma_ratio};
        if (of->oriented)
            snprintf(rows[g].crystal, sizeof rows[g].crystal, "%s",
                     p->crystals[of->crystal].name);
        snprintf(rows[g].oriented, sizeof rows[g].oriented, "%s",
                 of->oriented ? "yes" : "no");
    }
    ia_status st =
        table ? ia_table_add_members(ctx, table, rows, sizeof *rows, grain_members,
                                     sizeof grain_members / sizeof grain_members[0])
              : IA_ERR_MEMORY;
    double *cells =
        st == IA_OK ? ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3) : NULL;
    for (size_t i = 0; cells && i < 9 * p->n_grains; i++) {
        const ia_plane_grain *of = &p->grains[i / 9];
        cells[i] = of->oriented ? of->rotation[i % 9 / 3][i % 3] : NAN;
    }
    free(rows);
    return st == IA_OK && !cells ? IA_ERR_MEMORY : st;
}

typedef struct {
    uint64_t grain, regions;
    char hkl[32];
    double spacing, sigma_spacing, ratio, tilt, sigma, off, intensity;
} plane_row;

static const ia_table_member plane_members[] = {
    {"grain", IA_U64, offsetof(plane_row, grain)},
    {"hkl", IA_TEXT, offsetof(plane_row, hkl)},
    {"spacing_nm", IA_F64, offsetof(plane_row, spacing)},
    {"sigma_spacing_nm", IA_F64, offsetof(plane_row, sigma_spacing)},
    {"spacing_over_crystal", IA_F64, offsetof(plane_row, ratio)},
    {"tilt_deg", IA_F64, offsetof(plane_row, tilt)},
    {"sigma_deg", IA_F64, offsetof(plane_row, sigma)},
    {"off_crystal_deg", IA_F64, offsetof(plane_row, off)},
    {"intensity", IA_F64, offsetof(plane_row, intensity)},
    {"regions", IA_U64, offsetof(plane_row, regions)},
};

static void fill_plane(const ia_grain_planes *p, size_t grain, plane_row *row)
{
    *row = (plane_row){grain + 1,
                       p->n_regions,
                       "",
                       p->spacing,
                       p->sigma_spacing,
                       p->ratio,
                       acos(fmin(1, fabs(p->k[2]) * p->spacing)) * 57.29577951308232,
                       p->sigma_deg,
                       p->off_deg,
                       p->intensity};
    if (p->named)
        snprintf(row->hkl, sizeof row->hkl, "%d %d %d", p->hkl[0], p->hkl[1], p->hkl[2]);
}

static ia_status put_planes(ia_ctx *ctx, const ia_planes *p, ia_result *result)
{
    size_t n = 0, next = 0;
    for (size_t g = 0; g < p->n_grains; g++)
        n += p->grains[g].n_planes;
    plane_row *rows = ia_array(ctx, n, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "grain_planes", IA_ROWS, n) : NULL;
    ia_status st = IA_ERR_MEMORY;
    for (size_t g = 0; table && g < p->n_grains; g++)
        for (size_t i = 0; i < p->grains[g].n_planes; i++)
            fill_plane(&p->grains[g].planes[i], g, &rows[next++]);
    if (table)
        st = ia_table_add_members(ctx, table, rows, sizeof *rows, plane_members,
                                  sizeof plane_members / sizeof plane_members[0]);
    double *cells =
        st == IA_OK ? ia_table_add_cells(ctx, table, "normal", IA_F64, 0, 3) : NULL;
    for (size_t g = 0; cells && g < p->n_grains; g++)
        for (size_t i = 0; i < p->grains[g].n_planes; i++)
            for (size_t k = 0; k < 3; k++) // towards the detector
                *cells++ = (k == 2 ? 1 : -1) * p->grains[g].planes[i].k[k] *
                           p->grains[g].planes[i].spacing;
    free(rows);
    return st;
}

typedef struct {
    double x, y, z, spacing, sigma_spacing, tilt, sigma, intensity, p;
    uint64_t ions;
    int32_t grain;
} region_row;

static const ia_table_member region_members[] = {
    {"x_nm", IA_F64, offsetof(region_row, x)},
    {"y_nm", IA_F64, offsetof(region_row, y)},
    {"z_nm", IA_F64, offsetof(region_row, z)},
    {"ions", IA_U64, offsetof(region_row, ions)},
    {"grain", IA_I32, offsetof(region_row, grain)},
    {"spacing_nm", IA_F64, offsetof(region_row, spacing)},
    {"sigma_spacing_nm", IA_F64, offsetof(region_row, sigma_spacing)},
    {"tilt_deg", IA_F64, offsetof(region_row, tilt)},
    {"sigma_deg", IA_F64, offsetof(region_row, sigma)},
    {"intensity", IA_F64, offsetof(region_row, intensity)},
    {"p_value", IA_F64, offsetof(region_row, p)},
};

static void fill_region(const ia_planes *p, size_t i, region_row *row)
{
    const ia_plane_region *r = &p->regions[i];
    const ia_reflection *at = r->n ? &p->planes[r->first].at : NULL;
    *row = (region_row){r->centre[0],
                        r->centre[1],
                        r->centre[2],
                        NAN,
                        NAN,
                        NAN,
                        NAN,
                        NAN,
                        1,
                        r->ions,
                        r->grain < 0 ? 0 : r->grain + 1};
    if (!at)
        return;
    row->spacing = at->spacing;
    row->sigma_spacing = at->sigma_spacing;
    row->tilt = acos(fmin(1, fabs(at->k[2]) * at->spacing)) * 57.29577951308232;
    row->sigma = at->sigma_deg;
    row->intensity = at->intensity;
    row->p = at->p;
}

static ia_status put_regions(ia_ctx *ctx, const ia_planes *p, ia_result *result)
{
    region_row *rows = ia_array(ctx, p->n_regions, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "regions", IA_ROWS, p->n_regions) : NULL;
    for (size_t i = 0; table && i < p->n_regions; i++)
        fill_region(p, i, &rows[i]);
    ia_status st =
        table ? ia_table_add_members(ctx, table, rows, sizeof *rows, region_members,
                                     sizeof region_members / sizeof region_members[0])
              : IA_ERR_MEMORY;
    free(rows);
    return st;
}

ia_status ia_planes_tables(ia_ctx *ctx, const ia_planes *planes, ia_result *result)
{
    ia_status st;
    if ((st = put_summary(ctx, planes, result)) == IA_OK &&
        (st = put_grains(ctx, planes, result)) == IA_OK &&
        (st = put_planes(ctx, planes, result)) == IA_OK &&
        (st = ia_planes_put_turns(ctx, planes, result)) == IA_OK)
        st = put_regions(ctx, planes, result);
    return st;
}
