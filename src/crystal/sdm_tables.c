// src/crystal/sdm_tables.c: spatial distribution maps as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/sdm.h>

#include <math.h>

static ia_status put_axis(ia_ctx *ctx, ia_table *table, const char *name,
                          const double axis[3])
{
    double *cells = ia_table_add_cells(ctx, table, name, IA_F64, 0, 3);
    if (!cells)
        return IA_ERR_MEMORY;
    cells[0] = axis[0] + 0.0; // no -0
    cells[1] = axis[1] + 0.0;
    cells[2] = 0.0 - axis[2]; // z from the specimen to the detector
    return IA_OK;
}

static ia_status put_answer(ia_ctx *ctx, const ia_sdm *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "sdm", IA_SCALARS, 1);
    ia_status st = IA_ERR_MEMORY;
    const double towards[3] = {-s->axes[6], -s->axes[7], -s->axes[8]};
    double tilt = acos(fmin(1, fabs(s->axes[8]))) * 57.29577951308232;
    if (!table || (st = ia_table_add_f64(ctx, table, "spacing_nm", s->spacing)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_spacing_nm", s->spacing_sd)) ||
        (st = ia_table_add_f64(ctx, table, "blur_z_nm", s->sigma_z)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_blur_z_nm", s->sigma_z_sd)) ||
        (st = ia_table_add_f64(ctx, table, "p_value", s->p)) ||
        (st = put_axis(ctx, table, "normal", towards)) ||
        (st = ia_table_add_f64(ctx, table, "tilt_deg", tilt)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_deg", s->sigma_deg)) ||
        (st = put_axis(ctx, table, "across_x", s->axes)) ||
        (st = put_axis(ctx, table, "across_y", s->axes + 3)) ||
        (st = ia_table_add_u64(ctx, table, "n_centres", s->n_centres)) ||
        (st = ia_table_add_u64(ctx, table, "n_others", s->n_others)))
        return st;
    return ia_table_add_u64(ctx, table, "n_pairs", s->n_pairs);
}

static ia_status put_along(ia_ctx *ctx, const ia_sdm *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "z_sdm", IA_ARRAYS, s->n_bins);
    double *dz = table ? ia_table_add(ctx, table, "dz_nm", IA_F64) : NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!dz || (st = ia_table_add_copy(ctx, table, "pairs", IA_U64, s->pairs)) ||
        (st = ia_table_add_copy(ctx, table, "expected", IA_F64, s->expected)) ||
        (st = ia_table_add_copy(ctx, table, "background", IA_F64, s->least)) ||
        (st = ia_table_add_copy(ctx, table, "fit", IA_F64, s->fit)))
        return st;
    for (size_t b = 0; b < s->n_bins; b++)
        dz[b] = s->reach * (2 * ((double)b + 0.5) / (double)s->n_bins - 1);
    return IA_OK;
}

static ia_status put_across(ia_ctx *ctx, const ia_sdm *s, ia_result *result)
{
    static const char *const names[2] = {"in_plane", "next_plane"};
    size_t n = s->n_pixels;
    ia_table *table = ia_result_add(ctx, result, "xy_sdm", IA_OBJECT, 1);
    ia_status st =
        table ? ia_table_add_f64(ctx, table, "reach_nm", s->radius) : IA_ERR_MEMORY;
    for (size_t r = 0; st == IA_OK && r < 2; r++) {
        uint64_t *cells = ia_table_add_cells(ctx, table, names[r], IA_U64, n, n);
        st = cells ? IA_OK : IA_ERR_MEMORY;
        for (size_t i = 0; cells && i < n * n; i++)
            cells[i] = s->across[r][i];
    }
    return st;
}

ia_status ia_sdm_tables(ia_ctx *ctx, const ia_sdm *sdm, ia_result *result)
{
    ia_status st = put_answer(ctx, sdm, result);
    if (st == IA_OK)
        st = put_along(ctx, sdm, result);
    return st == IA_OK && sdm->across[0] ? put_across(ctx, sdm, result) : st;
}
