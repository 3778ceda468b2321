// src/spatial/surface_tables.c: a surface and its objects as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/surface.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const rule_names[] = {"log-loss", "two-phase", "midpoint",
                                         "frequency"};

static size_t count_closed(const ia_surface *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_objects; i++)
        n += s->objects[i].is_closed;
    return n;
}

static ia_status add_summary(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    bool density = s->quantity == IA_QUANTITY_DENSITY;
    ia_table *table = ia_result_add(ctx, result, "isosurface", IA_SCALARS, 1);
    if (!table || ia_table_add_text(ctx, table, "solute", s->solute) != IA_OK ||
        ia_table_add_f64(ctx, table,
                         density ? "threshold_per_nm3" : "threshold_at_percent",
                         s->threshold) != IA_OK ||
        ia_table_add_text(ctx, table, "rule",
                          s->rule < 0 ? "given" : rule_names[s->rule]) != IA_OK ||
        ia_table_add_f64(ctx, table, "matrix_level", s->levels[0]) != IA_OK ||
        ia_table_add_f64(ctx, table, "inside_level", s->levels[1]) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_objects", s->n_objects) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_closed", count_closed(s)) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_small", s->n_small) != IA_OK ||
        ia_table_add_f64(ctx, table, "volume_percent", s->inside_percent) != IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_kernel_nm", s->sigma) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_vertices", s->mesh.n_vertices) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_triangles", s->mesh.n_triangles) != IA_OK)
        return IA_ERR_MEMORY;
    table = ia_result_add(ctx, result, "null", IA_OBJECT, 1);
    if (!table || ia_table_add_f64(ctx, table, "p_value", s->p) != IA_OK ||
        ia_table_add_f64(ctx, table, "expected_false_objects", s->expected_false) !=
            IA_OK ||
        ia_table_add_u64(ctx, table, "n_shuffles", s->n_null) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_parts(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    const struct {
        const char *name;
        double value;
    } cells[] = {
        {"half_overlap", s->half_overlap},
        {"half_volume_percent", s->steady_inside.half_mean},
        {"half_difference_percent", s->steady_inside.half_difference},
        {"thinned_volume_percent", s->steady_inside.thinned_mean},
        {"sigma_thinned_volume_percent", s->steady_inside.thinned_sd},
        {"half_n_objects", s->steady_objects.half_mean},
        {"half_difference_n_objects", s->steady_objects.half_difference},
        {"thinned_n_objects", s->steady_objects.thinned_mean},
        {"sigma_thinned_n_objects", s->steady_objects.thinned_sd},
    };
    ia_table *table = ia_result_add(ctx, result, "parts", IA_OBJECT, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof cells / sizeof *cells && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, cells[i].name, cells[i].value);
    return st;
}

static ia_status add_rules(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "rules", IA_ROWS, IA_LEVEL_RULES);
    char **rule = table ? ia_table_add(ctx, table, "rule", IA_TEXT) : NULL;
    double *threshold = rule ? ia_table_add(ctx, table, "threshold", IA_F64) : NULL;
    if (!threshold)
        return IA_ERR_MEMORY;
    for (int r = 0; r < IA_LEVEL_RULES; r++) {
        threshold[r] = s->rules[r];
        if (!(rule[r] = ia_text(ctx, rule_names[r])))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_species(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    static const ia_table_member members[] = {
        {"ions", IA_U64, offsetof(ia_surface_species, ions)},
        {"block_ions", IA_U64, offsetof(ia_surface_species, block)},
        {"mu", IA_F64, offsetof(ia_surface_species, mu)},
        {"p_chi_squared", IA_F64, offsetof(ia_surface_species, p)},
        {"crossing_percent", IA_F64, offsetof(ia_surface_species, crossing)},
    };
    ia_table *table = ia_result_add(ctx, result, "partition", IA_ROWS, s->n_species);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    if (!element)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n_species; i++)
        if (!(element[i] = ia_text(ctx, s->species[i].name)))
            return IA_ERR_MEMORY;
    return ia_table_add_members(ctx, table, s->species, sizeof *s->species, members,
                                sizeof members / sizeof *members);
}

static ia_status add_three(ia_ctx *ctx, ia_table *table, const ia_surface *s,
                           const char *name, size_t offset)
{
    double *cells = ia_table_add_cells(ctx, table, name, IA_F64, 0, 3);
    for (size_t i = 0; cells && i < s->n_objects; i++)
        memcpy(cells + 3 * i, (const char *)&s->objects[i] + offset, 3 * sizeof *cells);
    return cells ? IA_OK : IA_ERR_MEMORY;
}

static ia_status add_objects(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    static const ia_table_member members[] = {
        {"ions", IA_U64, offsetof(ia_surface_object, ions)},
        {"solute_ions", IA_U64, offsetof(ia_surface_object, solute_ions)},
        {"volume_nm3", IA_F64, offsetof(ia_surface_object, volume)},
        {"sigma_volume_nm3", IA_F64, offsetof(ia_surface_object, sigma_volume)},
        {"area_nm2", IA_F64, offsetof(ia_surface_object, area)},
        {"sigma_area_nm2", IA_F64, offsetof(ia_surface_object, sigma_area)},
        {"radius_nm", IA_F64, offsetof(ia_surface_object, radius)},
        {"sigma_radius_nm", IA_F64, offsetof(ia_surface_object, sigma_radius)},
        {"unblurred_radius_nm", IA_F64, offsetof(ia_surface_object, true_radius)},
        {"sigma_unblurred_radius_nm", IA_F64,
         offsetof(ia_surface_object, sigma_true_radius)},
        {"p_value", IA_F64, offsetof(ia_surface_object, p)},
        {"solute_at_percent", IA_F64, offsetof(ia_surface_object, share.percent)},
        {"sigma_solute_at_percent", IA_F64, offsetof(ia_surface_object, share.sigma)},
        {"corrected_solute_at_percent", IA_F64,
         offsetof(ia_surface_object, share.corrected_percent)},
    };
    ia_table *table = ia_result_add(ctx, result, "objects", IA_ROWS, s->n_objects);
    if (!table ||
        ia_table_add_members(ctx, table, s->objects, sizeof *s->objects, members,
                             sizeof members / sizeof *members) != IA_OK ||
        add_three(ctx, table, s, "centre_nm", offsetof(ia_surface_object, centre)) !=
            IA_OK ||
        add_three(ctx, table, s, "half_axes_nm", offsetof(ia_surface_object, axes)) !=
            IA_OK)
        return IA_ERR_MEMORY;
    bool *closed = ia_table_add(ctx, table, "closed", IA_BOOL);
    char **composition =
        closed ? ia_table_add(ctx, table, "composition", IA_ATOMS) : NULL;
    if (!composition)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n_objects; i++) {
        closed[i] = s->objects[i].is_closed;
        if (!(composition[i] = ia_text(ctx, s->objects[i].composition)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_tries(ia_ctx *ctx, const ia_surface *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "sensitivity", IA_ROWS, s->n_tries);
    double *threshold = table ? ia_table_add(ctx, table, "threshold", IA_F64) : NULL;
    double *voxel = threshold ? ia_table_add(ctx, table, "voxel_nm", IA_F64) : NULL;
    uint64_t *n = voxel ? ia_table_add(ctx, table, "n_objects", IA_U64) : NULL;
    uint64_t *closed = n ? ia_table_add(ctx, table, "n_closed", IA_U64) : NULL;
    double *volume = closed ? ia_table_add(ctx, table, "volume_percent", IA_F64) : NULL;
    if (!volume)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n_tries; i++) {
        threshold[i] = s->tries[i].threshold;
        voxel[i] = s->tries[i].voxel;
        n[i] = s->tries[i].n_objects;
        closed[i] = s->tries[i].n_closed;
        volume[i] = s->tries[i].volume_percent;
    }
    return IA_OK;
}

ia_status ia_surface_tables(ia_ctx *ctx, const ia_surface *surface, ia_result *result)
{
    ia_status st;
    if ((st = add_summary(ctx, surface, result)) != IA_OK ||
        (st = add_parts(ctx, surface, result)) != IA_OK ||
        (st = add_rules(ctx, surface, result)) != IA_OK ||
        (st = add_species(ctx, surface, result)) != IA_OK ||
        (st = add_objects(ctx, surface, result)) != IA_OK)
        return st;
    return surface->n_tries > 0 ? add_tries(ctx, surface, result) : IA_OK;
}
