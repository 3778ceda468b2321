// src/io/pos.c: POS, big-endian records of four float32: x, y, z (nm) and m/n (Da).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"

#include <string.h>

enum { RECORD = 16 };

static bool is_plausible(const unsigned char *record)
{
    float mass = ia_be_f32(record + 12);
    for (int k = 0; k < 3; k++)
        if (!ia_is_plausible_f32(ia_be_f32(record + 4 * k)))
            return false;
    return ia_is_plausible_f32(mass) && !(mass < 0);
}

int ia_pos_sniff(const unsigned char *bytes, size_t n)
{
    if (ia_looks_like_text(bytes, n))
        return 0;
    if (ia_records_plausible(bytes, n, RECORD, is_plausible) < 0.9)
        return 0;
    return n % RECORD == 0 ? 70 : 40;
}

ia_status ia_pos_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_ions ions = {
        .n = source->n / RECORD, .bytes = source->bytes, .n_bytes = source->n};
    ia_status st = ia_records_check(ctx, source, RECORD, "POS");
    if (st != IA_OK)
        return st;
    ions.columns[IA_XYZ] = ia_records_column(source, RECORD, 0, IA_F32, 3);
    ions.columns[IA_MASS] = ia_records_column(source, RECORD, 12, IA_F32, 1);
    if ((st = ia_ions_adopt(ctx, source, &ions)) == IA_OK)
        *out = ions;
    return st;
}

static void pack(const ia_record_rows *rows, size_t i, unsigned char *record)
{
    const float *xyz = rows->f32[IA_XYZ], *mass = rows->f32[IA_MASS];
    for (size_t k = 0; k < 3; k++)
        ia_put_be_f32(record + 4 * k, xyz ? xyz[3 * i + k] : 0);
    ia_put_be_f32(record + 12, mass ? mass[i] : 0);
}

ia_status ia_pos_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                            void *stream)
{
    return ia_records_write(ctx, ions, part, &(ia_record_kind){RECORD, pack}, stream);
}

ia_status ia_pos_write(ia_ctx *ctx, const ia_ions *ions, void *stream)
{
    return ia_pos_write_part(ctx, ions, &(ia_part){0, ions->n, true}, stream);
}
