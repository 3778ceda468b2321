// src/io/apt_write.c: writing APT of AP Suite 6.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/apt.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A section as it is written. Detector hits go into two, since a common reader takes
// every section of several columns for one of three.
typedef struct {
    const char *name;
    ia_column_id column;
    size_t first, width; // parts of the column that it holds
    uint32_t type;
    const char *unit;
    float factor; // of it are one house unit
} outline;

static const outline outlines[] = {
    {"tof", IA_TOF, 0, 1, IA_APT_FLOAT, "ns", 1},
    {"Delta Pulse", IA_PULSES_SINCE, 0, 1, IA_APT_INT, "", 1},
    {"freq", IA_PULSE_FREQUENCY, 0, 1, IA_APT_FLOAT, "Hz", 1e3f},
    {"tElapsed", IA_ELAPSED_TIME, 0, 1, IA_APT_FLOAT, "", 1},
    {"Temp", IA_TEMPERATURE, 0, 1, IA_APT_FLOAT, "K", 1},
    {"laserpower", IA_LASER_ENERGY, 0, 1, IA_APT_FLOAT, "", 1},
    {"Voltage", IA_V_DC, 0, 1, IA_APT_FLOAT, "V", 1},
    {"Pulse Voltage", IA_V_PULSE, 0, 1, IA_APT_FLOAT, "V", 1},
    {"Multiplicity", IA_MULTIPLICITY, 0, 1, IA_APT_INT, "", 1},
    {"XDet_mm", IA_DET_XY, 0, 1, IA_APT_FLOAT, "mm", 1},
    {"YDet_mm", IA_DET_XY, 1, 1, IA_APT_FLOAT, "mm", 1},
    {"Mass", IA_MASS, 0, 1, IA_APT_FLOAT, "Da", 1},
    {"Position", IA_XYZ, 0, 3, IA_APT_FLOAT, "nm", 1},
};
enum { N_OUTLINES = sizeof outlines / sizeof outlines[0] };

// One write: the table, room for a block of its rows and one of a section's, progress.
typedef struct {
    const ia_ions *ions;
    FILE *stream;
    char *rows;
    uint32_t *records;
    size_t n_steps, n_done;
} writing;

static void put_u32(unsigned char *p, uint32_t v)
{
    for (size_t k = 0; k < 4; k++)
        p[k] = (unsigned char)(v >> 8 * k);
}

static void put_u64(unsigned char *p, uint64_t v)
{
    put_u32(p, (uint32_t)v);
    put_u32(p + 4, (uint32_t)(v >> 32));
}

// ASCII into UTF-16 of n units; the last stays zero.
static void put_text(unsigned char *p, const char *text, size_t n)
{
    for (size_t i = 0; text[i] && i + 1 < n; i++)
        p[2 * i] = text[i] >= ' ' && text[i] <= '~' ? (unsigned char)text[i] : '?';
}

static void put_f32(unsigned char *p, float v)
{
    uint32_t word;
    memcpy(&word, &v, 4);
    put_u32(p, word);
}

// The name field tells the input and who wrote; the time is left out, so that the same
// ions give the same bytes.
static void write_file_header(const writing *w)
{
    unsigned char header[IA_APT_HEADER] = "APT";
    char name[IA_APT_FILE_NAME];
    const char *path = w->ions->path ? w->ions->path : "";
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%.200s%sby Ionatlas %.20s", slash ? slash + 1 : path,
             *path ? ", " : "", ia_version());
    put_u32(header + 4, IA_APT_HEADER);
    put_u32(header + 8, 2);
    put_text(header + 12, name, IA_APT_FILE_NAME);
    put_u64(header + 532, w->ions->n);
    fwrite(header, 1, sizeof header, w->stream);
}

static void put_section(const outline *o, size_t n, unsigned char *header)
{
    size_t extra = o->column == IA_XYZ ? IA_APT_BOUNDS : 0;
    uint32_t record = (uint32_t)(4 * o->width);
    memcpy(header, "SEC", 3);
    put_u32(header + 4, (uint32_t)(IA_APT_SECTION + extra));
    put_u32(header + 8, 2);
    put_text(header + 12, o->name, IA_APT_SECTION_NAME);
    put_u32(header + 76, 1);
    put_u32(header + 80, IA_APT_ONE_TO_ONE);
    put_u32(header + 84, IA_APT_FIXED_SIZE);
    put_u32(header + 88, o->type);
    put_u32(header + 92, 32);
    put_u32(header + 96, record);
    put_text(header + 100, o->unit, IA_APT_UNIT);
    put_u64(header + 132, n);
    put_u64(header + 140, (uint64_t)n * record);
}

// The parts of a row that a section holds; counts above its int32 are refused.
static ia_status pack(ia_ctx *ctx, const outline *o, const uint32_t *row, size_t i,
                      uint32_t *record)
{
    for (size_t k = 0; k < o->width; k++) {
        uint32_t word = row[o->first + k];
        if (o->type == IA_APT_INT && word > INT32_MAX)
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "ion %zu has %u for %s, APT holds at most %d", i + 1, word,
                           ia_column_kind_of(o->column)->title, INT32_MAX);
        if (o->factor > 1) {
            float value;
            memcpy(&value, &word, 4);
            value *= o->factor;
            memcpy(&word, &value, 4);
        }
        record[k] = word;
    }
    return IA_OK;
}

static void extend(const float *xyz, size_t n, float bounds[6])
{
    for (size_t i = 0; i < 3 * n; i++) {
        float *range = bounds + 2 * (i % 3);
        range[0] = xyz[i] < range[0] ? xyz[i] : range[0];
        range[1] = xyz[i] > range[1] ? xyz[i] : range[1];
    }
}

static ia_status step(ia_ctx *ctx, writing *w)
{
    return ia_step(ctx, "writing", (double)++w->n_done / (double)w->n_steps);
}

// min x, max x, min y, ... into the extra bytes of the header.
static ia_status put_bounds(ia_ctx *ctx, writing *w, unsigned char *p)
{
    float bounds[6] = {INFINITY, -INFINITY, INFINITY, -INFINITY, INFINITY, -INFINITY};
    size_t begin, end;
    for (size_t b = 0; b < ia_block_count(w->ions->n, IA_COLUMN_BLOCK); b++) {
        ia_block(w->ions->n, IA_COLUMN_BLOCK, b, &begin, &end);
        extend(ia_column_rows(&w->ions->columns[IA_XYZ], begin, end - begin, w->rows),
               end - begin, bounds);
        ia_status st = step(ctx, w);
        if (st != IA_OK)
            return st;
    }
    for (size_t k = 0; k < 6; k++)
        put_f32(p + 4 * k, bounds[k]);
    return IA_OK;
}

static ia_status write_block(ia_ctx *ctx, writing *w, const outline *o, size_t begin,
                             size_t end)
{
    const ia_column *column = &w->ions->columns[o->column];
    const uint32_t *rows = ia_column_rows(column, begin, end - begin, w->rows);
    ia_status st = IA_OK;
    for (size_t i = 0; i < end - begin && st == IA_OK; i++)
        st = pack(ctx, o, rows + column->width * i, begin + i, w->records + o->width * i);
    if (st == IA_OK) // the caller sees an error of the stream
        fwrite(w->records, 4 * o->width, end - begin, w->stream);
    return st == IA_OK ? step(ctx, w) : st;
}

static ia_status write_section(ia_ctx *ctx, writing *w, const outline *o)
{
    unsigned char header[IA_APT_SECTION + IA_APT_BOUNDS] = {0};
    size_t n = w->ions->n, begin, end, n_header = IA_APT_SECTION;
    ia_status st = IA_OK;
    put_section(o, n, header);
    if (o->column == IA_XYZ) {
        n_header += IA_APT_BOUNDS;
        st = put_bounds(ctx, w, header + IA_APT_SECTION);
    }
    if (st == IA_OK)
        fwrite(header, 1, n_header, w->stream);
    for (size_t b = 0; b < ia_block_count(n, IA_COLUMN_BLOCK) && st == IA_OK; b++) {
        ia_block(n, IA_COLUMN_BLOCK, b, &begin, &end);
        st = write_block(ctx, w, o, begin, end);
    }
    return st;
}

ia_status ia_apt_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    writing w = {.ions = ions, .stream = stream};
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    ia_status st = IA_ERR_MEMORY;
    w.rows = ia_array(ctx, IA_COLUMN_BLOCK, 12);
    w.records = ia_array(ctx, IA_COLUMN_BLOCK, 12);
    if (!w.rows || !w.records)
        goto done;
    for (size_t i = 0; i < N_OUTLINES; i++)
        if (ia_ions_has(ions, outlines[i].column))
            w.n_steps += n_blocks * (outlines[i].column == IA_XYZ ? 2 : 1);
    write_file_header(&w);
    st = IA_OK;
    for (size_t i = 0; i < N_OUTLINES && st == IA_OK; i++)
        if (ia_ions_has(ions, outlines[i].column))
            st = write_section(ctx, &w, &outlines[i]);
done:
    free(w.rows);
    free(w.records);
    return st;
}
