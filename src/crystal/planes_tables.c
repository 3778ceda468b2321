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
        (st = ia_table_add_f64(ctx, table, "p_value", p->p)) ||
        (st = ia_table_add_u64(ctx, table, "n_in_grains", in_grains)) ||
        (st = ia_table_add_text(ctx, table, "crystal", p->crystals[0].name)) ||
        (st = ia_table_add_text(ctx, table, "second_crystal", p->crystals[1].name)))
        return st;
    bool *indexed = ia_table_add(ctx, table, "indexed", IA_BOOL);
    if (!indexed)
        return IA_ERR_MEMORY;
    *indexed = p->indexed;
    return p->n_lattices > 0 ? ia_table_add_u64(ctx, table, "n_sets_compared", p->n_sets)
                             : IA_OK;
}

static const ia_table_member lattice_members[] = {
    {"crystal", IA_TEXT, offsetof(ia_planes_evidence, crystal)},
    {"score", IA_F64, offsetof(ia_planes_evidence, score)},
    {"sets_explained", IA_U64, offsetof(ia_planes_evidence, n_named)},
    {"orientations", IA_U64, offsetof(ia_planes_evidence, n_turns)},
    {"spacing_over_crystal", IA_F64, offsetof(ia_planes_evidence, scale)},
};

// What others make of the same planes; where a crystal is told.
static ia_status put_lattices(ia_ctx *ctx, const ia_planes *p, ia_result *result)
{
    if (p->n_lattices == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "lattices", IA_ROWS, p->n_lattices);
    return table
               ? ia_table_add_members(ctx, table, p->lattices, sizeof p->lattices[0],
                                      lattice_members,
                                      sizeof lattice_members / sizeof lattice_members[0])
               : IA_ERR_MEMORY;
}

typedef struct {
    uint64_t number, regions, n_planes;
    char oriented[12], crystal[IA_CRYSTAL_NAME];
    double sigma, ratio, sigma_ratio, edge, sigma_edge;
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
    {"lattice_parameter_nm", IA_F64, offsetof(grain_row, edge)},
    {"sigma_lattice_parameter_nm", IA_F64, offsetof(grain_row, sigma_edge)},
};

// The edge a of a crystal that is told, times what its planes are farther apart.
static void tell_crystal(const ia_crystal *crystal, const ia_plane_grain *grain,
                         grain_row *row)
{
    snprintf(row->crystal, sizeof row->crystal, "%s", crystal->name);
    row->edge = crystal->cell[0] * grain->ratio;
    row->sigma_edge = crystal->cell[0] * grain->sigma_ratio;
}

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
                              .sigma_ratio = of->sigma_ratio,
                              .edge = NAN,
                              .sigma_edge = NAN};
        if (of->oriented)
            tell_crystal(&p->crystals[of->crystal], of, &rows[g]);
        snprintf(rows[g].oriented, sizeof rows[g].oriented, "%s",
                 !of->oriented ? "no"
                 : p->indexed  ? "yes"
                               : "doubtful");
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
    ia_planes_in_space in_space;
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
    {"fit_spacing_nm", IA_F64, offsetof(plane_row, in_space.spacing)},
    {"sigma_fit_spacing_nm", IA_F64, offsetof(plane_row, in_space.sigma_spacing)},
    {"sigma_fit_deg", IA_F64, offsetof(plane_row, in_space.sigma_deg)},
    {"fit_blur_nm", IA_F64, offsetof(plane_row, in_space.blur)},
    {"sigma_fit_blur_nm", IA_F64, offsetof(plane_row, in_space.blur_sd)},
    {"fit_share", IA_F64, offsetof(plane_row, in_space.share)},
    {"sigma_fit_share", IA_F64, offsetof(plane_row, in_space.share_sd)},
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
                       p->intensity,
                       p->in_space};
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
    double *fits =
        cells ? ia_table_add_cells(ctx, table, "fit_normal", IA_F64, 0, 3) : NULL;
    for (size_t g = 0; fits && g < p->n_grains; g++)
        for (size_t i = 0; i < p->grains[g].n_planes; i++)
            for (size_t k = 0; k < 3; k++) { // towards the detector
                const ia_grain_planes *of = &p->grains[g].planes[i];
                double sign = k == 2 ? 1 : -1;
                *cells++ = sign * of->k[k] * of->spacing;
                *fits++ = sign * of->in_space.k[k] * of->in_space.spacing;
            }
    free(rows);
    return st == IA_OK && !fits ? IA_ERR_MEMORY : st;
}

typedef struct {
    double x, y, z, spacing, sigma_spacing, tilt, azimuth, sigma, intensity, p;
    uint64_t ions, n_planes;
    int32_t grain;
    char hkl[32], crystal[IA_CRYSTAL_NAME];
    double off_grain, sigma_off_grain, sigma_rotation, turn, sigma_turn;
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
    {"azimuth_deg", IA_F64, offsetof(region_row, azimuth)},
    {"sigma_deg", IA_F64, offsetof(region_row, sigma)},
    {"intensity", IA_F64, offsetof(region_row, intensity)},
    {"p_value", IA_F64, offsetof(region_row, p)},
    {"sets_of_planes", IA_U64, offsetof(region_row, n_planes)},
    {"hkl", IA_TEXT, offsetof(region_row, hkl)},
    {"crystal", IA_TEXT, offsetof(region_row, crystal)},
    {"off_grain_deg", IA_F64, offsetof(region_row, off_grain)},
    {"sigma_off_grain_deg", IA_F64, offsetof(region_row, sigma_off_grain)},
    {"sigma_rotation_deg", IA_F64, offsetof(region_row, sigma_rotation)},
    {"turn_deg", IA_F64, offsetof(region_row, turn)},
    {"sigma_turn_deg", IA_F64, offsetof(region_row, sigma_turn)},
};

// Normal towards the detector, z from the specimen to it.
static void tell_normal(const ia_reflection *at, double normal[3])
{
    for (size_t k = 0; k < 3; k++)
        normal[k] = (k == 2 ? 1 : -1) * at->k[k] * at->spacing;
}

static void fill_region(const ia_planes *p, size_t i, region_row *row)
{
    const ia_plane_region *r = &p->regions[i];
    const ia_reflection *at = r->n ? &p->planes[r->first].at : NULL;
    double normal[3];
    *row = (region_row){.x = r->centre[0],
                        .y = r->centre[1],
                        .z = r->centre[2],
                        .spacing = NAN,
                        .sigma_spacing = NAN,
                        .tilt = NAN,
                        .azimuth = NAN,
                        .sigma = NAN,
                        .intensity = NAN,
                        .p = 1,
                        .ions = r->ions,
                        .n_planes = r->n,
                        .grain = r->grain < 0 ? 0 : r->grain + 1,
                        .off_grain = r->off_deg,
                        .sigma_off_grain = r->off_sd_deg,
                        .sigma_rotation = r->sigma_deg,
                        .turn = r->turn_deg,
                        .sigma_turn = r->turn_sd_deg};
    if (r->named)
        snprintf(row->hkl, sizeof row->hkl, "%d %d %d", r->hkl[0], r->hkl[1], r->hkl[2]);
    if (r->oriented)
        snprintf(row->crystal, sizeof row->crystal, "%s", p->crystals[r->crystal].name);
    if (!at)
        return;
    tell_normal(at, normal);
    row->spacing = at->spacing;
    row->sigma_spacing = at->sigma_spacing;
    row->tilt = acos(fmin(1, fabs(normal[2]))) * 57.29577951308232;
    row->azimuth = atan2(normal[1], normal[0]) * 57.29577951308232;
    row->sigma = at->sigma_deg;
    row->intensity = at->intensity;
    row->p = at->p;
}

// Normal of the strongest planes, and how the crystal stands.
static ia_status put_region_turns(ia_ctx *ctx, const ia_planes *p, ia_table *table)
{
    double *normals = ia_table_add_cells(ctx, table, "normal", IA_F64, 0, 3);
    for (size_t i = 0; normals && i < p->n_regions; i++) {
        const ia_plane_region *r = &p->regions[i];
        for (size_t k = 0; k < 3; k++)
            normals[3 * i + k] = NAN;
        if (r->n > 0)
            tell_normal(&p->planes[r->first].at, normals + 3 * i);
    }
    double *cells =
        normals ? ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3) : NULL;
    for (size_t i = 0; cells && i < 9 * p->n_regions; i++) {
        const ia_plane_region *r = &p->regions[i / 9];
        cells[i] = r->oriented ? r->rotation[i % 9 / 3][i % 3] : NAN;
    }
    return cells ? IA_OK : IA_ERR_MEMORY;
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
    return st == IA_OK ? put_region_turns(ctx, p, table) : st;
}

ia_status ia_planes_tables(ia_ctx *ctx, const ia_planes *planes, ia_result *result)
{
    ia_status st;
    ia_fourier_doubt(ctx, planes->p, planes->chance);
    if ((st = put_summary(ctx, planes, result)) == IA_OK &&
        (st = put_grains(ctx, planes, result)) == IA_OK &&
        (st = put_planes(ctx, planes, result)) == IA_OK &&
        (st = ia_planes_put_angles(ctx, planes, result)) == IA_OK &&
        (st = put_lattices(ctx, planes, result)) == IA_OK &&
        (st = ia_planes_put_turns(ctx, planes, result)) == IA_OK)
        st = put_regions(ctx, planes, result);
    return st;
}
