// src/io/records.c: what POS and EPOS share: fixed big-endian records without a header.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t ia_be_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

float ia_be_f32(const unsigned char *p)
{
    uint32_t word = ia_be_u32(p);
    float v;
    memcpy(&v, &word, 4);
    return v;
}

void ia_put_be_u32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

void ia_put_be_f32(unsigned char *p, float v)
{
    uint32_t word;
    memcpy(&word, &v, 4);
    ia_put_be_u32(p, word);
}

double ia_records_plausible(const unsigned char *bytes, size_t n, size_t record,
                            bool (*is_plausible)(const unsigned char *record))
{
    enum { SAMPLE = 512 };
    size_t n_records = n / record;
    size_t n_sample = n_records < SAMPLE ? n_records : SAMPLE;
    size_t n_liked = 0;
    for (size_t i = 0; i < n_sample; i++)
        n_liked += is_plausible(bytes + n_records / n_sample * i * record);
    return n_sample > 0 ? (double)n_liked / (double)n_sample : 0;
}

bool ia_is_plausible_f32(float v)
{
    float size = fabsf(v);
    return isnan(v) || isinf(v) || size == 0 || (size > 1e-9f && size < 1e5f);
}

bool ia_looks_like_text(const unsigned char *bytes, size_t n)
{
    enum { HEAD = 4096 };
    size_t n_head = n < HEAD ? n : HEAD, n_text = 0;
    size_t begin =
        n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; // byte-order mark
    for (size_t i = begin; i < n_head; i++)
        n_text += (bytes[i] >= 32 && bytes[i] < 127) || (bytes[i] >= 9 && bytes[i] <= 13);
    return n_text * 100 >= (n_head - begin) * 95;
}

ia_status ia_records_check(ia_ctx *ctx, const ia_source *source, size_t record,
                           const char *what)
{
    size_t extra = source->n % record;
    if (extra == 0)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "%s: %s ion %zu at byte %zu is cut short: %zu of %zu bytes",
                   source->path ? source->path : "input", what, source->n / record + 1,
                   source->n - extra, extra, record);
}

ia_column ia_records_column(const ia_source *source, size_t record, size_t offset,
                            ia_type type, size_t width)
{
    return (ia_column){.type = type,
                       .width = width,
                       .n = source->n / record,
                       .data = source->bytes + offset,
                       .stride = record,
                       .swapped = true};
}

static void look_at(const ia_ions *ions, size_t begin, size_t n, char *room,
                    ia_record_rows *rows)
{
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column *column = &ions->columns[id];
        rows->f32[id] = NULL;
        rows->u32[id] = NULL;
        if (!ia_column_is_present(column))
            continue;
        const void *at = ia_column_rows(column, begin, n, room);
        if (column->type == IA_U32)
            rows->u32[id] = at;
        else
            rows->f32[id] = at;
        room += IA_COLUMN_BLOCK * column->width * 4;
    }
}

ia_status ia_records_write(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                           const ia_record_kind *kind, void *stream)
{
    size_t width = 0, record = kind->bytes;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        width += ions->columns[id].width;
    char *room = ia_array(ctx, IA_COLUMN_BLOCK, width * 4);
    unsigned char *records = ia_array(ctx, IA_COLUMN_BLOCK, record);
    ia_status st = room && records ? IA_OK : IA_ERR_MEMORY;
    size_t n;

    for (size_t begin = part->begin; begin < part->end && st == IA_OK; begin += n) {
        ia_record_rows rows;
        n = ia_part_block(part, begin);
        look_at(ions, begin, n, room, &rows);
        for (size_t i = 0; i < n; i++)
            kind->pack(&rows, i, records + i * record);
        if (fwrite(records, record, n, stream) != n)
            break; // the caller sees the stream's error
        st = ia_step(ctx, "writing", (double)(begin + n) / (double)ions->n);
    }
    free(records);
    free(room);
    return st;
}
