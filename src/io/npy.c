// src/io/npy.c: a column as a NumPy .npy file, version 1.0.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/formats.h>
#include <ionatlas/parallel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 128 };

static const char *descr(ia_type type)
{
    switch (type) {
    case IA_F32:
        return "<f4";
    case IA_F64:
        return "<f8";
    case IA_I32:
        return "<i4";
    case IA_U8:
        return "|u1";
    case IA_U32:
        return "<u4";
    default:
        return "<u8";
    }
}

// Magic, version, header length, then a Python dict padded with blanks to 128 bytes in
// all.
static void write_header(const ia_column *column, FILE *stream)
{
    char text[HEADER + 1];
    char shape[64];
    if (column->width == 1)
        snprintf(shape, sizeof shape, "(%zu,)", column->n);
    else
        snprintf(shape, sizeof shape, "(%zu, %zu)", column->n, column->width);
    int n = snprintf(text, sizeof text,
                     "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                     descr(column->type), shape);
    memset(text + n, ' ', (size_t)(HEADER - n));
    text[HEADER - 10 - 1] = '\n';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, stream);
    fwrite(text, 1, HEADER - 10, stream);
}

ia_status ia_npy_write(ia_ctx *ctx, const ia_column *column, const char *path)
{
    size_t row_bytes = column->width * ia_type_size(column->type);
    void *buffer = ia_array(ctx, IA_COLUMN_BLOCK, row_bytes);
    ia_draft *draft = NULL;
    ia_status st = buffer ? ia_draft_new(ctx, path, &draft) : IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    FILE *stream = ia_draft_stream(draft);
    write_header(column, stream);
    size_t n_blocks = ia_block_count(column->n, IA_COLUMN_BLOCK);
    for (size_t b = 0, begin, end; b < n_blocks && st == IA_OK; b++) {
        ia_block(column->n, IA_COLUMN_BLOCK, b, &begin, &end);
        const void *rows = ia_column_rows(column, begin, end - begin, buffer);
        fwrite(rows, row_bytes, end - begin, stream);
        st = ia_step(ctx, "writing", (double)(b + 1) / (double)n_blocks);
    }
    if (st == IA_OK) {
        st = ia_draft_commit(ctx, draft);
        draft = NULL;
    }
done:
    ia_draft_discard(draft);
    free(buffer);
    return st;
}
