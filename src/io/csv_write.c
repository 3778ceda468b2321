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

static void put_header(FILE *stream, char mark, const ia_ions *ions)
{
    bool first = true;
    for (size_t t = 0; t < IA_CSV_TARGETS; t++) {
        if (!ia_ions_has(ions, ia_csv_targets[t].id))
            continue;
        if (!first)
            fputc(mark, stream);
        fputs(ia_csv_targets[t].name, stream);
        first = false;
    }
    fputc('\n', stream);
}

static size_t row_bytes(const ia_ions *ions)
{
    size_t n = 0;
    for (size_t t = 0; t < IA_CSV_TARGETS; t++)
        n += ia_ions_has(ions, ia_csv_targets[t].id) ? 4 : 0;
    return n;
}

static ia_status write_marked(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                              FILE *stream, char mark)
{
    char *room = ia_array(ctx, IA_COLUMN_BLOCK, row_bytes(ions));
    ia_status st = room ? IA_OK : IA_ERR_MEMORY;
    size_t n;
    if (part->begin == 0)
        put_header(stream, mark, ions);
    for (size_t begin = part->begin; begin < part->end && st == IA_OK; begin += n) {
        n = ia_part_block(part, begin);
        put_block(stream, mark, ions, begin, n, room);
        st = ia_step(ctx, "writing", (double)(begin + n) / (double)ions->n);
    }
    free(room);
    return st;
}

ia_status ia_csv_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                            void *stream)
{
    return write_marked(ctx, ions, part, stream, ',');
}

ia_status ia_csv_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return ia_csv_write_part(ctx, ions, &(ia_part){0, ions->n, true}, stream);
}

ia_status ia_tsv_ions_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                                 void *stream)
{
    return write_marked(ctx, ions, part, stream, '\t');
}

ia_status ia_tsv_ions_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return ia_tsv_ions_write_part(ctx, ions, &(ia_part){0, ions->n, true}, stream);
}
