// src/io/csv_write.c: ions as text, one per line, after a line with the names of the
// columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/csv.h"
#include "io/formats_internal.h"

#include <ionatlas/parallel.h>
#include <stdio.h>
#include <stdlib.h>

const ia_csv_target ia_csv_targets[IA_CSV_TARGETS] = {
    {"x_nm", " x xnm ", IA_XYZ, 0},
    {"y_nm", " y ynm ", IA_XYZ, 1},
    {"z_nm", " z znm ", IA_XYZ, 2},
    {"m_n_da",
     " m mda mn mnda mz mzda mq mqda mc mcda mass massda da masstochargeda masstocharge ",
     IA_MASS, 0},
    {"tof_ns", " tof tofns timeofflight timeofflightns t tns ", IA_TOF, 0},
    {"v_dc_v", " vdc vdcv voltage voltagev highvoltage highvoltagev dcvoltage ", IA_V_DC,
     0},
    {"v_pulse_v", " vpulse vpulsev vp pulsevoltage pulsevoltagev ", IA_V_PULSE, 0},
    {"det_x_mm", " detx detxmm xdet xdetmm dx dxmm detectorx detectorxmm ", IA_DET_XY, 0},
    {"det_y_mm", " dety detymm ydet ydetmm dy dymm detectory detectorymm ", IA_DET_XY, 1},
    {"pulses_since", " pulsessince deltapulse pulsedelta nulls ", IA_PULSES_SINCE, 0},
    {"multiplicity", " multiplicity ionsperpulse nm hits ", IA_MULTIPLICITY, 0},
    {"laser_energy_pj", " laserenergy laserenergypj laserpower ", IA_LASER_ENERGY, 0},
    {"pulse_frequency_khz", " pulsefrequency pulsefrequencykhz freq ", IA_PULSE_FREQUENCY,
     0},
    {"temperature_k", " temperature temperaturek temp tempk ", IA_TEMPERATURE, 0},
    {"elapsed_time_s", " elapsedtime elapsedtimes telapsed ", IA_ELAPSED_TIME, 0},
};

// Fewest digits that read back as the same float.
static void put_f32(FILE *stream, float v)
{
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if (strtof(text, NULL) == v)
            break;
    }
    fputs(text, stream);
}

static void put_value(FILE *stream, const ia_column *column, const void *rows, size_t at)
{
    if (column->type == IA_F32)
        put_f32(stream, ((const float *)rows)[at]);
    else
        fprintf(stream, "%u", ((const uint32_t *)rows)[at]);
}

static void put_block(FILE *stream, char mark, const ia_ions *ions, size_t begin,
                      size_t n, char *room)
{
    const void *rows[IA_N_COLUMNS] = {NULL};
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column *column = &ions->columns[id];
        if (!ia_column_is_present(column))
            continue;
        rows[id] = ia_column_rows(column, begin, n, room);
        room += IA_COLUMN_BLOCK * column->width * ia_type_size(column->type);
    }
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        for (size_t t = 0; t < IA_CSV_TARGETS; t++) {
            const ia_column *column = &ions->columns[ia_csv_targets[t].id];
            if (!rows[ia_csv_targets[t].id])
                continue;
            if (!first)
                fputc(mark, stream);
            put_value(stream, column, rows[ia_csv_targets[t].id],
                      i * column->width + ia_csv_targets[t].k);
            first = false;
        }
        fputc('\n', stream);
    }
}

static size_t put_header(FILE *stream, char mark, const ia_ions *ions)
{
    size_t row_bytes = 0;
    for (size_t t = 0; t < IA_CSV_TARGETS; t++) {
        if (!ia_ions_has(ions, ia_csv_targets[t].id))
            continue;
        if (row_bytes > 0)
            fputc(mark, stream);
        fputs(ia_csv_targets[t].name, stream);
        row_bytes += 4;
    }
    fputc('\n', stream);
    return row_bytes;
}

static ia_status write_marked(ia_ctx *ctx, const ia_ions *ions, FILE *stream, char mark)
{
    size_t row_bytes = put_header(stream, mark, ions), begin, end;
    char *room = ia_array(ctx, IA_COLUMN_BLOCK, row_bytes);
    ia_status st = room ? IA_OK : IA_ERR_MEMORY;
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    for (size_t b = 0; b < n_blocks && st == IA_OK; b++) {
        ia_block(ions->n, IA_COLUMN_BLOCK, b, &begin, &end);
        put_block(stream, mark, ions, begin, end - begin, room);
        st = ia_step(ctx, "writing", (double)(b + 1) / (double)n_blocks);
    }
    free(room);
    return st;
}

ia_status ia_csv_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return write_marked(ctx, ions, stream, ',');
}

ia_status ia_tsv_ions_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return write_marked(ctx, ions, stream, '\t');
}
