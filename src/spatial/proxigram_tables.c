// src/spatial/proxigram_tables.c: proximity histograms as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/shares.h"

#include <ionatlas/proxigram.h>
#include <math.h>
#include <stdio.h>

static ia_status add_summary(ia_ctx *ctx, const ia_proxigram *p, ia_result *result)
{
    const char *surface = p->is_given ? "mesh from a file, ions not divided"
                          : p->split  ? "of each half, for the other half's ions"
                                      : "of the same ions";
    ia_table *table = ia_result_add(ctx, result, "proxigram", IA_SCALARS, 1);
    bool *split = table ? ia_table_add(ctx, table, "split", IA_BOOL) : NULL;
    bool *edge =
        split ? ia_table_add(ctx, table, "edge_objects_included", IA_BOOL) : NULL;
    if (!edge || ia_table_add_f64(ctx, table, "threshold", p->threshold) != IA_OK ||
        ia_table_add_f64(ctx, table, "n_objects", p->n_objects) != IA_OK ||
        ia_table_add_f64(ctx, table, "n_excluded", p->n_excluded) != IA_OK ||
        ia_table_add_f64(ctx, table, "area_nm2", p->area) != IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_surface_nm", p->sigma_surface) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_shuffles", p->n_draws) != IA_OK ||
        ia_table_add_text(ctx, table, "surface", surface) != IA_OK)
        return IA_ERR_MEMORY;
    *split = p->split;
    *edge = p->edge_included;
    return IA_OK;
}

static ia_status add_interfaces(ia_ctx *ctx, const ia_proxigram *p, ia_result *result)
{
    static const ia_table_member members[] = {
        {"chi2_per_bin", IA_F64, offsetof(ia_proxigram_element, chi2)},
        {"p_value", IA_F64, offsetof(ia_proxigram_element, p)},
        {"outside_at_percent", IA_F64, offsetof(ia_proxigram_element, outside.percent)},
        {"sigma_outside_at_percent", IA_F64,
         offsetof(ia_proxigram_element, outside.sigma)},
        {"inside_at_percent", IA_F64, offsetof(ia_proxigram_element, inside.percent)},
        {"sigma_inside_at_percent", IA_F64, offsetof(ia_proxigram_element, inside.sigma)},
        {"middle_nm", IA_F64, offsetof(ia_proxigram_element, middle)},
        {"sigma_middle_nm", IA_F64, offsetof(ia_proxigram_element, sigma_middle)},
        {"width_10_90_nm", IA_F64, offsetof(ia_proxigram_element, width)},
        {"sigma_width_10_90_nm", IA_F64, offsetof(ia_proxigram_element, sigma_width)},
        {"width_without_scatter_nm", IA_F64, offsetof(ia_proxigram_element, true_width)},
        {"fit_chi2_per_degree", IA_F64, offsetof(ia_proxigram_element, fit_chi2)},
        {"fit_p_value", IA_F64, offsetof(ia_proxigram_element, fit_p)},
        {"detected_excess_per_nm2", IA_F64, offsetof(ia_proxigram_element, excess)},
        {"sigma_detected_excess_per_nm2", IA_F64,
         offsetof(ia_proxigram_element, sigma_excess)},
        {"detected_excess_at_surface_per_nm2", IA_F64,
         offsetof(ia_proxigram_element, surface_excess)},
        {"sigma_detected_excess_at_surface_per_nm2", IA_F64,
         offsetof(ia_proxigram_element, sigma_surface_excess)},
    };
    ia_table *table = ia_result_add(ctx, result, "interfaces", IA_ROWS, p->n_elements);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    if (!element ||
        ia_table_add_members(ctx, table, p->elements, sizeof *p->elements, members,
                             sizeof members / sizeof *members) != IA_OK)
        return IA_ERR_MEMORY;
    double *excess = ia_table_add(ctx, table, "excess_per_nm2", IA_F64);
    double *sigma =
        excess ? ia_table_add(ctx, table, "sigma_excess_per_nm2", IA_F64) : NULL;
    if (!sigma)
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < p->n_elements; e++) {
        double share = p->efficiency > 0 ? p->efficiency : NAN;
        excess[e] = p->elements[e].excess / share;
        sigma[e] = p->elements[e].sigma_excess / share;
        if (!(element[e] = ia_text(ctx, p->elements[e].name)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_parts(ia_ctx *ctx, const ia_proxigram *p, ia_result *result)
{
    static const char *const names[IA_INTERFACE_VALUES] = {
        "outside_at_percent", "inside_at_percent", "width_10_90_nm",
        "detected_excess_per_nm2"};
    enum { COLUMNS = 5 };
    static const char *const columns[COLUMNS] = {"value", "half_mean", "half_difference",
                                                 "thinned_mean", "thinned_sd"};
    size_t n = p->n_elements * IA_INTERFACE_VALUES;
    ia_table *table = ia_result_add(ctx, result, "interface_parts", IA_ROWS, n);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    char **quantity = element ? ia_table_add(ctx, table, "quantity", IA_TEXT) : NULL;
    double *cells[COLUMNS] = {NULL};
    for (size_t c = 0; c < COLUMNS; c++)
        if (!quantity || !(cells[c] = ia_table_add(ctx, table, columns[c], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const ia_proxigram_element *e = &p->elements[i / IA_INTERFACE_VALUES];
        const double all[IA_INTERFACE_VALUES] = {e->outside.percent, e->inside.percent,
                                                 e->width, e->excess};
        size_t v = i % IA_INTERFACE_VALUES;
        const ia_steadiness *s = &e->steady[v];
        const double row[COLUMNS] = {all[v], s->half_mean, s->half_difference,
                                     s->thinned_mean, s->thinned_sd};
        for (size_t c = 0; c < COLUMNS; c++)
            cells[c][i] = row[c];
        if (!(element[i] = ia_text(ctx, e->name)) ||
            !(quantity[i] = ia_text(ctx, names[v])))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_element(ia_ctx *ctx, const ia_proxigram *p, size_t e,
                             ia_result *result)
{
    char name[32];
    snprintf(name, sizeof name, "proxigram_%s", p->elements[e].name);
    ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, p->n_bins);
    double *distance = table ? ia_table_add(ctx, table, "distance_nm", IA_F64) : NULL;
    uint64_t *ions = distance ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < p->n_bins; b++) {
        distance[b] = (p->edge[b] + p->edge[b + 1]) / 2;
        ions[b] = p->ions[b];
    }
    return ia_shares_columns(ctx, table, p->elements[e].shares,
                             sizeof *p->elements[e].shares);
}

ia_status ia_proxigram_tables(ia_ctx *ctx, const ia_proxigram *proxigram,
                              ia_result *result)
{
    ia_status st = add_summary(ctx, proxigram, result);
    if (st == IA_OK)
        st = add_interfaces(ctx, proxigram, result);
    if (st == IA_OK && proxigram->is_divided)
        st = add_parts(ctx, proxigram, result);
    for (size_t e = 0; e < proxigram->n_elements && st == IA_OK; e++)
        st = add_element(ctx, proxigram, e, result);
    return st;
}
