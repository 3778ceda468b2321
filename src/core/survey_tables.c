// src/core/survey_tables.c: what was read, as a table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ions.h>

#include <stdio.h>
#include <string.h>

static ia_status add_columns(ia_ctx *ctx, const ia_ions *ions, ia_table *table)
{
    char names[256] = "";
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        if (ia_ions_has(ions, id)) {
            size_t n = strlen(names);
            snprintf(names + n, sizeof names - n, "%s%s", n ? " " : "",
                     ia_column_kind_of(id)->name);
        }
    return ia_table_add_text(ctx, table, "columns", names);
}

ia_status ia_survey_tables(ia_ctx *ctx, const ia_ions *ions, const ia_survey *survey,
                           ia_result *result)
{
    static const char *const bounds[3][2] = {
        {"x_min_nm", "x_max_nm"}, {"y_min_nm", "y_max_nm"}, {"z_min_nm", "z_max_nm"}};
    ia_status st;
    ia_table *table = ia_result_add(ctx, result, "ions", IA_SCALARS, 1);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(ctx, table, "format", ions->format)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "ions", ions->n)) != IA_OK ||
        (st = add_columns(ctx, ions, table)) != IA_OK)
        return st;
    for (int k = 0; k < 3; k++)
        for (int side = 0; side < 2; side++)
            if ((st = ia_table_add_f64(ctx, table, bounds[k][side],
                                       survey->bounds[k][side])) != IA_OK)
                return st;
    if ((st = ia_table_add_f64(ctx, table, "mass_min_da", survey->mass_range[0])) !=
            IA_OK ||
        (st = ia_table_add_f64(ctx, table, "mass_max_da", survey->mass_range[1])) !=
            IA_OK ||
        (st = ia_table_add_u64(ctx, table, "dropped_ions", ions->n_dropped)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "outside_ions", ions->n_outside)) != IA_OK)
        return st;
    return ia_table_add_text(ctx, table, "sha256", ions->sha256);
}
