// src/spatial/profile_tables.c: profiles and maps as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/profile_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// In the frame of positions, as the axis is given and origins and places are told.
static ia_status add_direction(ia_ctx *ctx, ia_table *table, const char *name,
                               const double u[3])
{
    double *cell = ia_table_add_cells(ctx, table, name, IA_F64, 0, 3);
    if (!cell)
        return IA_ERR_MEMORY;
    memcpy(cell, u, 3 * sizeof *cell);
    return IA_OK;
}

static ia_status add_summary(ia_ctx *ctx, const ia_axis_profile *p, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "profile", IA_SCALARS, 1);
    if (!table || add_direction(ctx, table, "direction", p->direction) != IA_OK)
        return IA_ERR_MEMORY;
    double *origin = ia_table_add_cells(ctx, table, "origin_nm", IA_F64, 0, 3);
    if (!origin || ia_table_add_u64(ctx, table, "n_bins", p->n_bins) != IA_OK ||
        ia_table_add_u64(ctx, table, "ranged", p->n_ions) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_shuffles", p->n_shuffles) != IA_OK)
        return IA_ERR_MEMORY;
    memcpy(origin, p->origin, sizeof p->origin);
    return IA_OK;
}

// One row per element: how much its profile varies, in percent of the ions.
static ia_status add_variation(ia_ctx *ctx, const ia_axis_profile *p, ia_table *table)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {
        {"variation_percent", offsetof(ia_axis_profile_test, variation)},
        {"half_variation_percent", offsetof(ia_axis_profile_test, half_variation)},
        {"half_difference_percent", offsetof(ia_axis_profile_test, half_difference)},
        {"thinned_variation_percent", offsetof(ia_axis_profile_test, thinned_variation)},
        {"sigma_thinned_variation_percent", offsetof(ia_axis_profile_test, thinned_sd)},
    };
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double *column = ia_table_add(ctx, table, columns[c].name, IA_F64);
        if (!column)
            return IA_ERR_MEMORY;
        for (size_t e = 0; e < p->n_elements; e++) {
            const char *test = (const char *)&p->tests[e];
            memcpy(&column[e], test + columns[c].offset, sizeof *column);
            column[e] *= 100;
        }
    }
    return IA_OK;
}

static ia_status add_flatness(ia_ctx *ctx, const ia_axis_profile *p, ia_result *result)
{
    static const ia_table_member members[] = {
        {"ions", IA_U64, offsetof(ia_axis_profile_test, ions)},
        {"chi2_per_bin", IA_F64, offsetof(ia_axis_profile_test, chi2)},
        {"null_chi2_per_bin", IA_F64, offsetof(ia_axis_profile_test, null_chi2)},
        {"null_chi2_per_bin_95", IA_F64, offsetof(ia_axis_profile_test, null_chi2_95)},
        {"p_chi2", IA_F64, offsetof(ia_axis_profile_test, p_chi2)},
        {"ladder_distance", IA_F64, offsetof(ia_axis_profile_test, ladder)},
        {"p_ladder", IA_F64, offsetof(ia_axis_profile_test, p_ladder)},
        {"p_value", IA_F64, offsetof(ia_axis_profile_test, p)},
        {"p_holm", IA_F64, offsetof(ia_axis_profile_test, p_holm)},
    };
    ia_table *table = ia_result_add(ctx, result, "flatness", IA_ROWS, p->n_elements);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    if (!element)
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < p->n_elements; e++)
        if (!(element[e] = ia_text(ctx, p->tests[e].name)))
            return IA_ERR_MEMORY;
    ia_status st = ia_table_add_members(ctx, table, p->tests, sizeof *p->tests, members,
                                        sizeof members / sizeof *members);
    return st == IA_OK ? add_variation(ctx, p, table) : st;
}

static ia_status add_bins(ia_ctx *ctx, const ia_axis_profile *p, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "profile_bins", IA_ARRAYS, p->n_bins);
    double *distance = table ? ia_table_add(ctx, table, "distance_nm", IA_F64) : NULL;
    double *width = distance ? ia_table_add(ctx, table, "width_nm", IA_F64) : NULL;
    uint64_t *ions = width ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    double *density = ions ? ia_table_add(ctx, table, "ions_per_nm", IA_F64) : NULL;
    double *sigma =
        density ? ia_table_add(ctx, table, "sigma_ions_per_nm", IA_F64) : NULL;
    if (!sigma)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < p->n_bins; b++) {
        distance[b] = (p->edge[b] + p->edge[b + 1]) / 2;
        width[b] = p->edge[b + 1] - p->edge[b];
        ions[b] = p->ions[b];
        density[b] = (double)p->ions[b] / width[b];
        sigma[b] = sqrt(fmax(1, (double)p->ions[b])) / width[b];
    }
    return IA_OK;
}

// Counts of an element and of all atoms, added up along the axis.
static ia_status add_ladder(ia_ctx *ctx, const ia_axis_profile_ladder *ladder,
                            ia_table *table)
{
    static const ia_table_member members[] = {
        {"cumulative_counts", IA_F64, offsetof(ia_axis_profile_ladder, counts)},
        {"sigma_cumulative_counts", IA_F64, offsetof(ia_axis_profile_ladder, sigma)},
        {"cumulative_atoms", IA_F64, offsetof(ia_axis_profile_ladder, atoms)},
        {"even_counts", IA_F64, offsetof(ia_axis_profile_ladder, even)},
        {"even_counts_lo", IA_F64, offsetof(ia_axis_profile_ladder, even_lo)},
        {"even_counts_hi", IA_F64, offsetof(ia_axis_profile_ladder, even_hi)},
    };
    return ia_table_add_members(ctx, table, ladder, sizeof *ladder, members,
                                sizeof members / sizeof *members);
}

static ia_status add_element(ia_ctx *ctx, const ia_axis_profile *p, size_t e,
                             ia_result *result)
{
    const ia_share *shares = p->shares + e * p->n_bins;
    char name[32];
    snprintf(name, sizeof name, "profile_%s", p->tests[e].name);
    ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, p->n_bins);
    double *distance = table ? ia_table_add(ctx, table, "distance_nm", IA_F64) : NULL;
    if (!distance)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < p->n_bins; b++)
        distance[b] = (p->edge[b] + p->edge[b + 1]) / 2;
    ia_status st = ia_shares_columns(ctx, table, shares, sizeof *shares);
    return st == IA_OK ? add_ladder(ctx, p->ladders + e * p->n_bins, table) : st;
}

static ia_status add_map_plane(ia_ctx *ctx, const ia_axis_profile_map *map,
                               ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "map", IA_OBJECT, 1);
    double *lo = table ? ia_table_add_cells(ctx, table, "lo_nm", IA_F64, 0, 2) : NULL;
    uint64_t *n = lo ? ia_table_add_cells(ctx, table, "n", IA_U64, 0, 2) : NULL;
    if (!n || ia_table_add_f64(ctx, table, "edge_nm", map->bin) != IA_OK ||
        add_direction(ctx, table, "direction_a", map->direction[0]) != IA_OK ||
        add_direction(ctx, table, "direction_b", map->direction[1]) != IA_OK)
        return IA_ERR_MEMORY;
    for (int side = 0; side < 2; side++) {
        lo[side] = map->lo[side];
        n[side] = map->n[side];
    }
    size_t n_squares = map->n[0] * map->n[1];
    table = ia_result_add(ctx, result, "map_squares", IA_ARRAYS, n_squares);
    double *a = table ? ia_table_add(ctx, table, "a_nm", IA_F64) : NULL;
    double *b = a ? ia_table_add(ctx, table, "b_nm", IA_F64) : NULL;
    uint64_t *ions = b ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    double *density = ions ? ia_table_add(ctx, table, "ions_per_nm2", IA_F64) : NULL;
    double *sigma =
        density ? ia_table_add(ctx, table, "sigma_ions_per_nm2", IA_F64) : NULL;
    if (!sigma)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n_squares; i++) {
        a[i] = map->lo[0] + ((double)(i % map->n[0]) + 0.5) * map->bin;
        b[i] = map->lo[1] + ((double)(i / map->n[0]) + 0.5) * map->bin;
        ions[i] = map->ions[i];
        density[i] = (double)ions[i] / (map->bin * map->bin);
        sigma[i] = sqrt(fmax(1, (double)ions[i])) / (map->bin * map->bin);
    }
    return IA_OK;
}

static ia_status add_map(ia_ctx *ctx, const ia_axis_profile *p, ia_result *result)
{
    size_t n_squares = p->map.n[0] * p->map.n[1];
    ia_status st = add_map_plane(ctx, &p->map, result);
    for (size_t e = 0; e < p->n_elements && st == IA_OK; e++) {
        char name[32];
        snprintf(name, sizeof name, "map_%s", p->tests[e].name);
        ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, n_squares);
        st = table ? ia_shares_columns(ctx, table, p->map.shares + e * n_squares,
                                       sizeof *p->map.shares)
                   : IA_ERR_MEMORY;
    }
    return st;
}

ia_status ia_axis_profile_tables(ia_ctx *ctx, const ia_axis_profile *profile,
                                 ia_result *result)
{
    ia_status st;
    if ((st = add_summary(ctx, profile, result)) != IA_OK ||
        (st = add_flatness(ctx, profile, result)) != IA_OK ||
        (st = add_bins(ctx, profile, result)) != IA_OK)
        return st;
    for (size_t e = 0; e < profile->n_elements && st == IA_OK; e++)
        st = add_element(ctx, profile, e, result);
    return st == IA_OK && profile->map.n[0] > 0 ? add_map(ctx, profile, result) : st;
}
