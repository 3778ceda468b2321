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
    const char *list = names;
    return ia_table_add_copy(ctx, table, "columns", IA_WORDS, &list);
}

ia_status ia_survey_tables(ia_ctx *ctx, const ia_ions *ions, const ia_survey *survey,
                           ia_result *result)
{
    ia_status st;
    ia_table *table = ia_result_add(ctx, result, "ions", IA_SCALARS, 1);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(ctx, table, "format", ions->format)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "ions", ions->n)) != IA_OK ||
        (st = add_columns(ctx, ions, table)) != IA_OK)
        return st;
    double *bounds = ia_table_add_cells(ctx, table, "bounds_nm", IA_F64, 3, 2);
    double *range =
        bounds ? ia_table_add_cells(ctx, table, "mass_range_da", IA_F64, 0, 2) : NULL;
    if (!range)
        return IA_ERR_MEMORY;
    memcpy(bounds, survey->bounds, sizeof survey->bounds);
    memcpy(range, survey->mass_range, sizeof survey->mass_range);
    if ((st = ia_table_add_u64(ctx, table, "dropped_ions", ions->n_dropped)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "outside_ions", ions->n_outside)) != IA_OK)
        return st;
    return ia_table_add_text(ctx, table, "sha256", ions->sha256);
}
