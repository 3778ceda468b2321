// include/ionatlas/table.h: a result as named columns; TSV, JSON, HDF5 and the report
// read it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TABLE_H
#define IONATLAS_TABLE_H

#include <ionatlas/context.h>

IA_BEGIN

// How a table looks in JSON.
typedef enum {
    IA_SCALARS, // one row: its cells are members of the object around it
    IA_ROWS,    // a list of objects
    IA_KEYED,   // an object of objects; the first column, a text, is the key
    IA_ARRAYS,  // an object of arrays, for long numeric tables
    IA_OBJECT   // one row: its cells are members of an object of the table's name
} ia_table_shape;

typedef struct {
    char *name; // word, then the unit after an underscore: "lo_da"
    ia_type
        type; // IA_F64, IA_I32, IA_U64, IA_BOOL, IA_TEXT, IA_WORDS, IA_TALLY or IA_ATOMS
    size_t dims[2]; // of a cell: {0, 0} one value, {0, k} a list, {r, k} r lists of k
    void *data;     // (n_rows, cell) values; texts as char *, each owned
} ia_table_column;

typedef struct {
    char *name;
    ia_table_shape shape;
    size_t n_rows;
    size_t n_columns;
    ia_table_column *columns;
} ia_table;

// The tables of one step, in the order in which they were added.
typedef struct {
    size_t n;
    ia_table *tables;
} ia_result;

// Append an empty table of n_rows rows and return it; NULL when memory is short. The
// pointer is valid until the next table is added. Released with the result.
IA_API ia_table *ia_result_add(ia_ctx *ctx, ia_result *result, const char *name,
                               ia_table_shape shape, size_t n_rows);
IA_API void ia_result_clear(ia_result *result);
IA_API const ia_table *ia_result_find(const ia_result *result, const char *name);

// Append a zeroed column and return its (n_rows) values; NULL when memory is short.
IA_API void *ia_table_add(ia_ctx *ctx, ia_table *table, const char *name, ia_type type);
// Likewise with cells of r lists of k values; r = 0: one list of k. Numbers only.
IA_API void *ia_table_add_cells(ia_ctx *ctx, ia_table *table, const char *name,
                                ia_type type, size_t r, size_t k);
// Values in a cell of the column: at least 1.
IA_API size_t ia_table_cell_size(const ia_table_column *column);
// Append a column filled from an array of n_rows values (texts: const char *, copied).
IA_API ia_status ia_table_add_copy(ia_ctx *ctx, ia_table *table, const char *name,
                                   ia_type type, const void *values);
// Where a column's cells lie in an array of structs: a number of 8 or 4 bytes as its type
// says, or for IA_TEXT an array of characters within the struct.
typedef struct {
    const char *name;
    ia_type type;
    size_t offset;
} ia_table_member;
// Append n columns read from n_rows structs of `size` bytes each.
IA_API ia_status ia_table_add_members(ia_ctx *ctx, ia_table *table, const void *rows,
                                      size_t size, const ia_table_member *members,
                                      size_t n);
// For IA_SCALARS and IA_OBJECT tables: append one cell.
IA_API ia_status ia_table_add_f64(ia_ctx *ctx, ia_table *table, const char *name,
                                  double v);
IA_API ia_status ia_table_add_u64(ia_ctx *ctx, ia_table *table, const char *name,
                                  uint64_t v);
IA_API ia_status ia_table_add_text(ia_ctx *ctx, ia_table *table, const char *name,
                                   const char *v);
IA_API const ia_table_column *ia_table_find(const ia_table *table, const char *name);

// SHA-256 (64 hex digits and a zero) of a column's values, in little-endian order; of
// texts with their ending zeros.
IA_API ia_status ia_table_column_hash(ia_ctx *ctx, const ia_table *table, size_t column,
                                      char hex[65]);

IA_END
#endif
