// src/report/tsv.c: tables as tab-separated text with a header row.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/report.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

// Tabs and line ends inside a text would break the table, other control characters the
// terminal: they are escaped as C does.
static void put_text(FILE *stream, const char *text)
{
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 32 && c != 127)
            fputc(c, stream);
        else if (c == '\t' || c == '\n' || c == '\r')
            fprintf(stream, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
        else
            fprintf(stream, "\\x%02x", c);
    }
}

// Nothing where there is no number.
static void put_number(FILE *stream, double value, int digits)
{
    if (isfinite(value))
        fprintf(stream, "%.*g", digits, value);
}

static void put_value(FILE *stream, const ia_table_column *column, size_t row)
{
    switch (column->type) {
    case IA_F64:
        put_number(stream, ((const double *)column->data)[row], 10);
        return;
    case IA_F32:
        put_number(stream, (double)((const float *)column->data)[row], 7);
        return;
    case IA_I32:
        fprintf(stream, "%" PRId32, ((const int32_t *)column->data)[row]);
        return;
    case IA_U8:
        fprintf(stream, "%u", ((const uint8_t *)column->data)[row]);
        return;
    case IA_U32:
        fprintf(stream, "%" PRIu32, ((const uint32_t *)column->data)[row]);
        return;
    case IA_U64:
    case IA_SIZE:
        fprintf(stream, "%" PRIu64, ((const uint64_t *)column->data)[row]);
        return;
    case IA_BOOL:
        fputs(((const bool *)column->data)[row] ? "true" : "false", stream);
        return;
    default:
        put_text(stream, ((char *const *)column->data)[row]);
    }
}

// All its places hold numbers that are missing: bounds of what has no positions.
static bool is_blank(const ia_table_column *column, size_t first, size_t size)
{
    if (column->type != IA_F64 && column->type != IA_F32)
        return false;
    for (size_t i = first; i < first + size; i++)
        if (isfinite(column->type == IA_F64 ? ((const double *)column->data)[i]
                                            : (double)((const float *)column->data)[i]))
            return false;
    return true;
}

// Values of a cell are joined by commas, its lists by semicolons; a blank one is empty.
static void put_cell(FILE *stream, const ia_table_column *column, size_t row)
{
    size_t size = ia_table_cell_size(column);
    if (is_blank(column, row * size, size))
        return;
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            fputc(i % column->dims[1] == 0 ? ';' : ',', stream);
        put_value(stream, column, row * size + i);
    }
}

// One row of scalars reads better as a column of names and values.
static void put_scalars(FILE *stream, const ia_table *table)
{
    fputs("name\tvalue\n", stream);
    for (size_t c = 0; c < table->n_columns; c++) {
        fprintf(stream, "%s\t", table->columns[c].name);
        put_cell(stream, &table->columns[c], 0);
        fputc('\n', stream);
    }
}

static void put_rows(FILE *stream, const ia_table *table)
{
    for (size_t c = 0; c < table->n_columns; c++)
        fprintf(stream, "%s%s", c > 0 ? "\t" : "", table->columns[c].name);
    fputc('\n', stream);
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            if (c > 0)
                fputc('\t', stream);
            put_cell(stream, &table->columns[c], row);
        }
        fputc('\n', stream);
    }
}

ia_status ia_tsv_write(ia_ctx *ctx, const ia_result *result, void *stream)
{
    for (size_t t = 0; t < result->n; t++) {
        const ia_table *table = &result->tables[t];
        if (t > 0)
            fprintf(stream, "\n# %s\n", table->name);
        if (table->shape == IA_SCALARS || table->shape == IA_OBJECT)
            put_scalars(stream, table);
        else
            put_rows(stream, table);
    }
    if (ferror((FILE *)stream))
        return ia_fail(ctx, IA_ERR_IO, "the table could not be written");
    return IA_OK;
}
