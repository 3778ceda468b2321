// src/io/formats_internal.h: the functions behind the rows of the table of formats.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_FORMATS_INTERNAL_H
#define IONATLAS_SRC_FORMATS_INTERNAL_H

#include <ionatlas/formats.h>

int ia_pos_sniff(const unsigned char *bytes, size_t n);
ia_status ia_pos_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
ia_status ia_pos_write(ia_ctx *ctx, const ia_ions *ions, void *stream);
ia_status ia_pos_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                            void *stream);

int ia_epos_sniff(const unsigned char *bytes, size_t n);
ia_status ia_epos_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
ia_status ia_epos_write(ia_ctx *ctx, const ia_ions *ions, void *stream);
ia_status ia_epos_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                             void *stream);

int ia_csv_sniff(const unsigned char *bytes, size_t n);
ia_status ia_csv_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
ia_status ia_csv_write(ia_ctx *ctx, const ia_ions *ions, void *stream);
ia_status ia_csv_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                            void *stream);
int ia_tsv_ions_sniff(const unsigned char *bytes, size_t n);
ia_status ia_tsv_ions_write(ia_ctx *ctx, const ia_ions *ions, void *stream);
ia_status ia_tsv_ions_write_part(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                                 void *stream);

int ia_spectrum_csv_sniff(const unsigned char *bytes, size_t n);
ia_status ia_spectrum_csv_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_mzml_sniff(const unsigned char *bytes, size_t n);
ia_status ia_mzml_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
int ia_imzml_sniff(const unsigned char *bytes, size_t n);
ia_status ia_imzml_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_apt_sniff(const unsigned char *bytes, size_t n);
ia_status ia_apt_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
ia_status ia_apt_write(ia_ctx *ctx, const ia_ions *ions, void *stream);

int ia_stuttgart_sniff(const unsigned char *bytes, size_t n);
ia_status ia_stuttgart_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_ato_sniff(const unsigned char *bytes, size_t n);
ia_status ia_ato_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_ply_sniff(const unsigned char *bytes, size_t n);
ia_status ia_ply_read(ia_ctx *ctx, ia_source *source, ia_ions *out);
ia_status ia_ply_read_ranges(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

int ia_ops_sniff(const unsigned char *bytes, size_t n);
ia_status ia_ops_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_nxs_sniff(const unsigned char *bytes, size_t n);
ia_status ia_nxs_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_rrng_sniff(const unsigned char *bytes, size_t n);
ia_status ia_rrng_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);
ia_status ia_rrng_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream);

int ia_rng_sniff(const unsigned char *bytes, size_t n);
ia_status ia_rng_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);
ia_status ia_rng_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream);

int ia_fig_sniff(const unsigned char *bytes, size_t n);
ia_status ia_fig_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);
ia_status ia_fig_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream);

int ia_env_sniff(const unsigned char *bytes, size_t n);
ia_status ia_env_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

int ia_analysisset_sniff(const unsigned char *bytes, size_t n);
ia_status ia_analysisset_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

int ia_analysis_sniff(const unsigned char *bytes, size_t n);
ia_status ia_analysis_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

int ia_pyccapt_sniff(const unsigned char *bytes, size_t n);
ia_status ia_pyccapt_read(ia_ctx *ctx, ia_source *source, ia_ions *out);

int ia_nxs_ranges_sniff(const unsigned char *bytes, size_t n);
ia_status ia_nxs_ranges_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

int ia_erlangen_sniff(const unsigned char *bytes, size_t n);
ia_status ia_erlangen_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out);

// A warning for each column that the format cannot hold.
void ia_format_tell_lost(ia_ctx *ctx, unsigned columns, const ia_format *format);

// Ions from `begin` on that are written at a time.
static inline size_t ia_part_block(const ia_part *part, size_t begin)
{
    return part->end - begin < IA_COLUMN_BLOCK ? part->end - begin : IA_COLUMN_BLOCK;
}

// Hand a source over to a table whose columns borrow from its bytes: the table unmaps it.
ia_status ia_ions_adopt(ia_ctx *ctx, ia_source *source, ia_ions *ions);

#endif
