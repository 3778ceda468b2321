// src/project/names.c: names, the machine's type and tables of text that grow.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

const char *project_name(char out[IA_H5_NAME_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, IA_H5_NAME_MAX, format, args);
    va_end(args);
    return out;
}

void project_machine(char *text, size_t n)
{
    struct utsname about;
    snprintf(text, n, "%s", uname(&about) == 0 ? about.machine : PROJECT_UNKNOWN);
}

const char *project_file_name(const char *path)
{
    if (!path)
        return PROJECT_UNKNOWN;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

ia_status project_rows_add(project_rows *rows, const char *const *cells)
{
    size_t n = rows->n_columns;
    char **bigger = ia_array(rows->ctx, (rows->n + 1) * n, sizeof *bigger);
    if (!bigger)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(bigger[rows->n * n + i] = ia_text(rows->ctx, cells[i] ? cells[i] : ""))) {
            for (size_t k = 0; k < i; k++)
                free(bigger[rows->n * n + k]);
            free(bigger);
            return IA_ERR_MEMORY;
        }
    if (rows->n > 0)
        memcpy(bigger, rows->cells, rows->n * n * sizeof *bigger);
    free(rows->cells);
    rows->cells = bigger;
    rows->n++;
    return IA_OK;
}

void project_rows_clear(project_rows *rows)
{
    for (size_t i = 0; i < rows->n * rows->n_columns; i++)
        free(rows->cells[i]);
    free(rows->cells);
    rows->cells = NULL;
    rows->n = 0;
}

static ia_status fill_column(const project_rows *rows, size_t c, ia_type type, void *to)
{
    for (size_t i = 0; i < rows->n; i++) {
        const char *cell = rows->cells[i * rows->n_columns + c];
        if (type == IA_U64)
            ((uint64_t *)to)[i] = strtoull(cell, NULL, 10);
        else if (type == IA_F64)
            ((double *)to)[i] = strtod(cell, NULL);
        else if (!(((char **)to)[i] = ia_text(rows->ctx, cell)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

ia_status project_rows_table(const project_rows *rows, const char *name,
                             const project_column *columns, ia_result *out)
{
    ia_table *table = ia_result_add(rows->ctx, out, name, IA_ROWS, rows->n);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t c = 0; c < rows->n_columns && st == IA_OK; c++) {
        void *cells = ia_table_add(rows->ctx, table, columns[c].name, columns[c].type);
        st = cells ? fill_column(rows, c, columns[c].type, cells) : IA_ERR_MEMORY;
    }
    return st;
}
