// src/io/records.h: what POS and EPOS share: fixed big-endian records without a header.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RECORDS_H
#define IONATLAS_SRC_RECORDS_H

#include "io/formats_internal.h"

float ia_be_f32(const unsigned char *p);
uint32_t ia_be_u32(const unsigned char *p);
void ia_put_be_f32(unsigned char *p, float v);
void ia_put_be_u32(unsigned char *p, uint32_t v);

// Share in [0, 1] of up to 512 records, spread over the bytes, that `is_plausible` likes.
double ia_records_plausible(const unsigned char *bytes, size_t n, size_t record,
                            bool (*is_plausible)(const unsigned char *record));
// A position or mass as instruments give them: 0, or between 1e-9 and 1e5 in size; NaN is
// let through, since a broken ion does not change the format.
bool ia_is_plausible_f32(float v);
// Most bytes are printable: no binary format of ours.
bool ia_looks_like_text(const unsigned char *bytes, size_t n);

// IA_ERR_FORMAT with the byte unless n is a whole number of records.
ia_status ia_records_check(ia_ctx *ctx, const ia_source *source, size_t record,
                           const char *what);
// A big-endian column inside records.
ia_column ia_records_column(const ia_source *source, size_t record, size_t offset,
                            ia_type type, size_t width);

// Write ions of a part block by block: `pack` turns ion i of the block into a record.
// Columns absent from the table are zeros.
typedef struct {
    const float *f32[IA_N_COLUMNS]; // rows of this block, NULL where absent
    const uint32_t *u32[IA_N_COLUMNS];
} ia_record_rows;
typedef void (*ia_record_pack)(const ia_record_rows *rows, size_t i,
                               unsigned char *record);
typedef struct {
    size_t bytes; // of one
    ia_record_pack pack;
} ia_record_kind;
ia_status ia_records_write(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                           const ia_record_kind *kind, void *stream);

#endif
