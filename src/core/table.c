// src/core/table.c: results as named columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/table.h>

#include <ionatlas/hash.h>
#include <stdlib.h>
#include <string.h>

static bool holds_text(ia_type type)
{
    return type == IA_TEXT || type == IA_WORDS || type == IA_TALLY || type == IA_ATOMS;
}

// A bigger array with one more zeroed element; the old one is freed only on success.
static void *grow(ia_ctx *ctx, void *old, size_t n, size_t size)
{
    char *bigger = ia_array(ctx, n + 1, size);
    if (!bigger)
        return NULL;
    if (n > 0)
        memcpy(bigger, old, n * size);
    free(old);
    return bigger;
}

ia_table *ia_result_add(ia_ctx *ctx, ia_result *result, const char *name,
                        ia_table_shape shape, size_t n_rows)
{
    char *own_name = ia_text(ctx, name);
    if (!own_name)
        return NULL;
    ia_table *tables = grow(ctx, result->tables, result->n, sizeof *tables);
    if (!tables) {
        free(own_name);
        return NULL;
    }
    result->tables = tables;
    tables[result->n] = (ia_table){.name = own_name, .shape = shape, .n_rows = n_rows};
    return &tables[result->n++];
}

static void clear_column(ia_table_column *column, size_t n_rows)
{
    if (holds_text(column->type))
        for (size_t i = 0; i < n_rows; i++)
            free(((char **)column->data)[i]);
    free(column->data);
    free(column->name);
}

void ia_result_clear(ia_result *result)
{
    for (size_t t = 0; t < result->n; t++) {
        ia_table *table = &result->tables[t];
        for (size_t c = 0; c < table->n_columns; c++)
            clear_column(&table->columns[c], table->n_rows);
        free(table->columns);
        free(table->name);
    }
    free(result->tables);
    *result = (ia_result){0};
}

const ia_table *ia_result_find(const ia_result *result, const char *name)
{
    for (size_t t = 0; t < result->n; t++)
        if (strcmp(result->tables[t].name, name) == 0)
            return &result->tables[t];
    return NULL;
}

size_t ia_table_cell_size(const ia_table_column *column)
{
    size_t r = column->dims[0] > 0 ? column->dims[0] : 1;
    size_t k = column->dims[1] > 0 ? column->dims[1] : 1;
    return r * k;
}

void *ia_table_add(ia_ctx *ctx, ia_table *table, const char *name, ia_type type)
{
    return ia_table_add_cells(ctx, table, name, type, 0, 0);
}

void *ia_table_add_cells(ia_ctx *ctx, ia_table *table, const char *name, ia_type type,
                         size_t r, size_t k)
{
    ia_table_column column = {.type = type, .dims = {r, k}};
    size_t size = holds_text(type) ? sizeof(char *) : ia_type_size(type);
    size *= ia_table_cell_size(&column);
    char *own_name = ia_text(ctx, name);
    void *data = own_name ? ia_array(ctx, table->n_rows, size) : NULL;
    ia_table_column *columns =
        data ? grow(ctx, table->columns, table->n_columns, sizeof *columns) : NULL;
    if (!columns) {
        free(own_name);
        free(data);
        return NULL;
    }
    table->columns = columns;
    column.name = own_name;
    column.data = data;
    columns[table->n_columns++] = column;
    return data;
}

ia_status ia_table_add_copy(ia_ctx *ctx, ia_table *table, const char *name, ia_type type,
                            const void *values)
{
    void *data = ia_table_add(ctx, table, name, type);
    if (!data)
        return IA_ERR_MEMORY;
    if (!holds_text(type)) {
        memcpy(data, values, table->n_rows * ia_type_size(type));
        return IA_OK;
    }
    for (size_t i = 0; i < table->n_rows; i++)
        if (!(((char **)data)[i] = ia_text(ctx, ((const char *const *)values)[i])))
            return IA_ERR_MEMORY; // the column stays, part empty; the result frees it
    return IA_OK;
}

ia_status ia_table_add_members(ia_ctx *ctx, ia_table *table, const void *rows,
                               size_t size, const ia_table_member *members, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const char *from = rows ? (const char *)rows + members[k].offset : NULL;
        size_t width = ia_type_size(members[k].type);
        char *cells = ia_table_add(ctx, table, members[k].name, members[k].type);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < table->n_rows; i++)
            if (!holds_text(members[k].type))
                memcpy(cells + i * width, from + i * size, width);
            else if (!(((char **)(void *)cells)[i] = ia_text(ctx, from + i * size)))
                return IA_ERR_MEMORY;
    }
    return IA_OK;
}

ia_status ia_table_add_f64(ia_ctx *ctx, ia_table *table, const char *name, double v)
{
    return ia_table_add_copy(ctx, table, name, IA_F64, &v);
}

ia_status ia_table_add_u64(ia_ctx *ctx, ia_table *table, const char *name, uint64_t v)
{
    return ia_table_add_copy(ctx, table, name, IA_U64, &v);
}

ia_status ia_table_add_text(ia_ctx *ctx, ia_table *table, const char *name, const char *v)
{
    return ia_table_add_copy(ctx, table, name, IA_TEXT, &v);
}

const ia_table_column *ia_table_find(const ia_table *table, const char *name)
{
    for (size_t c = 0; c < table->n_columns; c++)
        if (strcmp(table->columns[c].name, name) == 0)
            return &table->columns[c];
    return NULL;
}

ia_status ia_table_column_hash(ia_ctx *ctx, const ia_table *table, size_t column,
                               char hex[65])
{
    const ia_table_column *c = &table->columns[column];
    ia_hash *hash;
    ia_status st = ia_hash_new(ctx, &hash);
    if (st != IA_OK)
        return st;
    if (holds_text(c->type)) {
        for (size_t i = 0; i < table->n_rows; i++) {
            const char *text = ((char **)c->data)[i];
            ia_hash_add(hash, text ? text : "", text ? strlen(text) + 1 : 1);
        }
    } else {
        ia_hash_add(hash, c->data,
                    table->n_rows * ia_table_cell_size(c) * ia_type_size(c->type));
    }
    ia_hash_finish(hash, hex);
    ia_hash_free(hash);
    return IA_OK;
}
