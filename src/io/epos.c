// src/io/epos.c: EPOS, big-endian records of nine float32 and two uint32, 44 bytes an
// ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"

#include <math.h>
#include <string.h>

enum { RECORD = 44 };

// Where each column stands in a record.
typedef struct {
    ia_column_id id;
    size_t offset, width;
    ia_type type;
} place;

static const place places[] = {
    {IA_XYZ, 0, 3, IA_F32},           {IA_MASS, 12, 1, IA_F32},
    {IA_TOF, 16, 1, IA_F32},          {IA_V_DC, 20, 1, IA_F32},
    {IA_V_PULSE, 24, 1, IA_F32},      {IA_DET_XY, 28, 2, IA_F32},
    {IA_PULSES_SINCE, 36, 1, IA_U32}, {IA_MULTIPLICITY, 40, 1, IA_U32},
};
enum { N_PLACES = sizeof places / sizeof places[0] };

static bool is_plausible(const unsigned char *record)
{
    for (size_t k = 0; k < 9; k++)
        if (!ia_is_plausible_f32(ia_be_f32(record + 4 * k)))
            return false;
    return !(ia_be_f32(record + 12) < 0) && ia_be_u32(record + 36) < 1u << 28 &&
           ia_be_u32(record + 40) < 1u << 16;
}

int ia_epos_sniff(const unsigned char *bytes, size_t n)
{
    if (ia_looks_like_text(bytes, n))
        return 0;
    if (ia_records_plausible(bytes, n, RECORD, is_plausible) < 0.9)
        return 0;
    return n % RECORD == 0 ? 80 : 45;
}

// Voltages are in volt or kilovolt, depending on the writer: no specimen evaporates below
// 50 V, none above 50 kV.
static float voltage_scale(const ia_column *v_dc)
{
    enum { SAMPLE = 1024 };
    size_t n_sample = v_dc->n < SAMPLE ? v_dc->n : SAMPLE;
    float highest = 0;
    for (size_t i = 0; i < n_sample; i++) {
        float v;
        v = *(const float *)ia_column_rows(v_dc, v_dc->n / n_sample * i, 1, &v);
        if (isfinite(v) && v > highest)
            highest = v;
    }
    return highest > 0 && highest < 50 ? 1000 : 1;
}

ia_status ia_epos_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_ions ions = {
        .n = source->n / RECORD, .bytes = source->bytes, .n_bytes = source->n};
    ia_status st = ia_records_check(ctx, source, RECORD, "EPOS");
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < N_PLACES; i++)
        ions.columns[places[i].id] = ia_records_column(source, RECORD, places[i].offset,
                                                       places[i].type, places[i].width);
    float scale = voltage_scale(&ions.columns[IA_V_DC]);
    ions.columns[IA_V_DC].scale = scale;
    ions.columns[IA_V_PULSE].scale = scale;
    if (scale > 1)
        ia_warn(ctx,
                "standing voltages are below 50: both voltages are read as kilovolt");
    if ((st = ia_ions_adopt(ctx, source, &ions)) == IA_OK)
        *out = ions;
    return st;
}

static void pack(const ia_record_rows *rows, size_t i, unsigned char *record)
{
    memset(record, 0, RECORD);
    for (size_t p = 0; p < N_PLACES; p++) {
        const place *at = &places[p];
        for (size_t k = 0; k < at->width; k++) {
            unsigned char *to = record + at->offset + 4 * k;
            if (rows->f32[at->id])
                ia_put_be_f32(to, rows->f32[at->id][at->width * i + k]);
            else if (rows->u32[at->id])
                ia_put_be_u32(to, rows->u32[at->id][i]);
        }
    }
}

ia_status ia_epos_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                             void *stream)
{
    if (part->is_first && ia_ions_has(ions, IA_V_DC) &&
        voltage_scale(&ions->columns[IA_V_DC]) > 1)
        ia_warn(ctx,
                "epos does not tell V from kV: standing voltages below 50 V are read "
                "back as kilovolt, both voltages 1,000 times as high");
    return ia_records_write(ctx, ions, part, &(ia_record_kind){RECORD, pack}, stream);
}

ia_status ia_epos_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return ia_epos_write_part(ctx, ions, &(ia_part){0, ions->n, true}, stream);
}
