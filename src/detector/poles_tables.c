// src/detector/poles_tables.c: poles and zone lines told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static ia_status add_poles(ia_ctx *ctx, const ia_found_poles *poles, ia_result *result)
{
    static const ia_table_member members[] = {
        {"x_mm", IA_F64, offsetof(ia_found_pole, at.x)},
        {"y_mm", IA_F64, offsetof(ia_found_pole, at.y)},
        {"significance", IA_F64, offsetof(ia_found_pole, at.significance)},
        {"radius_mm", IA_F64, offsetof(ia_found_pole, scale)},
        {"depth", IA_F64, offsetof(ia_found_pole, depth)},
        {"p_value", IA_F64, offsetof(ia_found_pole, p_value)},
    };
    static const ia_table_member width = {"width_mm", IA_F64,
                                          offsetof(ia_found_pole, width)};
    ia_table *table = ia_result_add(ctx, result, "found_poles", IA_ROWS, poles->n);
    if (!table || ia_table_add_members(ctx, table, poles->poles, sizeof *poles->poles,
                                       members, 6) != IA_OK)
        return IA_ERR_MEMORY;
    const char **shape = ia_array(ctx, poles->n, sizeof *shape);
    for (size_t i = 0; shape && i < poles->n; i++)
        shape[i] = poles->poles[i].shape == IA_POLE_RING ? "ring" : "blob";
    ia_status st =
        shape ? ia_table_add_copy(ctx, table, "shape", IA_TEXT, shape) : IA_ERR_MEMORY;
    free(shape);
    bool *bright = st == IA_OK ? ia_table_add(ctx, table, "bright", IA_BOOL) : NULL;
    for (size_t i = 0; bright && i < poles->n; i++)
        bright[i] = poles->poles[i].bright;
    return bright ? ia_table_add_members(ctx, table, poles->poles, sizeof *poles->poles,
                                         &width, 1)
                  : IA_ERR_MEMORY;
}

ia_status ia_found_poles_tables(ia_ctx *ctx, const ia_found_poles *poles,
                                ia_result *result)
{
    static const ia_table_member of_lines[] = {
        {"distance_mm", IA_F64, offsetof(ia_zone_line, distance)},
        {"significance", IA_F64, offsetof(ia_zone_line, significance)},
        {"p_value", IA_F64, offsetof(ia_zone_line, p_value)},
    };
    static const ia_table_member seen[] = {
        {"p_poles", IA_F64, offsetof(ia_found_poles, p_poles)},
        {"p_lines", IA_F64, offsetof(ia_found_poles, p_lines)},
        {"p_value", IA_F64, offsetof(ia_found_poles, p_value)},
    };
    ia_table *table = ia_result_add(ctx, result, "crystal_seen", IA_OBJECT, 1);
    if (!table ||
        ia_table_add_members(ctx, table, poles, sizeof *poles, seen, 3) != IA_OK)
        return IA_ERR_MEMORY;
    ia_status st = add_poles(ctx, poles, result);
    if (st != IA_OK ||
        !(table = ia_result_add(ctx, result, "zone_lines", IA_ROWS, poles->n_lines)))
        return IA_ERR_MEMORY;
    double *angle = ia_table_add(ctx, table, "angle_deg", IA_F64);
    if (!angle || ia_table_add_members(ctx, table, poles->lines, sizeof poles->lines[0],
                                       of_lines, 3) != IA_OK)
        return IA_ERR_MEMORY;
    double *bend = ia_table_add(ctx, table, "bend_deg", IA_F64);
    bool *bright = bend ? ia_table_add(ctx, table, "bright", IA_BOOL) : NULL;
    double *ends =
        bright ? ia_table_add_cells(ctx, table, "ends_mm", IA_F64, 2, 2) : NULL;
    if (!ends)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < poles->n_lines; i++) {
        angle[i] = poles->lines[i].angle * 180 / pi;
        bend[i] = poles->lines[i].bend * 180 / pi;
        bright[i] = poles->lines[i].bright;
        memcpy(ends + 4 * i, poles->lines[i].ends, sizeof poles->lines[i].ends);
    }
    return IA_OK;
}
