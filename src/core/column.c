// src/core/column.c: rows of a column as native values, whatever they are stored as.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/column.h>

#include <string.h>

ia_column ia_column_of(ia_type type, size_t width, size_t n, const void *data)
{
    return (ia_column){.type = type,
                       .width = width,
                       .n = n,
                       .data = data,
                       .stride = width * ia_type_size(type)};
}

static void gather(const ia_column *column, size_t begin, size_t n, char *out)
{
    size_t row_bytes = column->width * ia_type_size(column->type);
    const char *in = (const char *)column->data + begin * column->stride;
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * row_bytes, in + i * column->stride, row_bytes);
}

static void gather_swapped(const ia_column *column, size_t begin, size_t n, char *out)
{
    const char *in = (const char *)column->data + begin * column->stride;
    for (size_t i = 0; i < n; i++, in += column->stride) {
        for (size_t k = 0; k < column->width; k++, out += 4) {
            uint32_t word;
            memcpy(&word, in + 4 * k, 4);
            word = __builtin_bswap32(word);
            memcpy(out, &word, 4);
        }
    }
}

static void multiply(float *values, size_t n, float scale)
{
    for (size_t i = 0; i < n; i++)
        values[i] *= scale;
}

const void *ia_column_rows(const ia_column *column, size_t begin, size_t n, void *buffer)
{
    if (!column->data) {
        column->fill(column, begin, n, buffer);
        return buffer;
    }
    size_t row_bytes = column->width * ia_type_size(column->type);
    bool scaled = column->scale != 0 && column->scale != 1;
    if (!column->swapped && !scaled && column->stride == row_bytes)
        return (const char *)column->data + begin * column->stride;
    if (column->swapped)
        gather_swapped(column, begin, n, buffer);
    else
        gather(column, begin, n, buffer);
    if (scaled)
        multiply(buffer, n * column->width, column->scale);
    return buffer;
}
