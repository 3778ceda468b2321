// src/crystal/fourier_tables.c: reflections as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "crystal/fourier_internal.h"
#include "io/grid_files.h"

#include <stdlib.h>

typedef struct {
    double spacing, sigma, half, tilt, sigma_deg, intensity, share, p;
} row;

static const ia_table_member members[] = {
    {"spacing_nm", IA_F64, offsetof(row, spacing)},
    {"sigma_spacing_nm", IA_F64, offsetof(row, sigma)},
    {"half_difference_nm", IA_F64, offsetof(row, half)},
    {"tilt_deg", IA_F64, offsetof(row, tilt)},
    {"sigma_deg", IA_F64, offsetof(row, sigma_deg)},
    {"intensity", IA_F64, offsetof(row, intensity)},
    {"share", IA_F64, offsetof(row, share)},
    {"p_value", IA_F64, offsetof(row, p)},
};

static void fill(const ia_reflection *r, row *out)
{
    *out = (row){.spacing = r->spacing,
                 .sigma = r->sigma_spacing,
                 .half = r->half_difference,
                 .tilt = acos(fmin(1, r->k[2] * r->spacing)) * 57.29577951308232,
                 .sigma_deg = r->sigma_deg,
                 .intensity = r->intensity,
                 .share = r->share,
                 .p = r->p};
}

static ia_status put_reflections(ia_ctx *ctx, const ia_fourier *f, ia_result *result)
{
    row *rows = ia_array(ctx, f->n, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "reflections", IA_ROWS, f->n) : NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!table)
        goto done;
    for (size_t i = 0; i < f->n; i++)
        fill(&f->reflections[i], &rows[i]);
    st = ia_table_add_members(ctx, table, rows, sizeof *rows, members,
                              sizeof members / sizeof members[0]);
    double *normal =
        st == IA_OK ? ia_table_add_cells(ctx, table, "normal", IA_F64, 0, 3) : NULL;
    st = normal ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; normal && i < f->n; i++)
        for (size_t k = 0; k < 3; k++) // z from the specimen to the detector
            normal[3 * i + k] =
                (k == 2 ? 1 : -1) * f->reflections[i].k[k] * f->reflections[i].spacing;
done:
    free(rows);
    return st;
}

void ia_fourier_doubt(ia_ctx *ctx, double p, double chance)
{
    if (p > chance)
        ia_warn(ctx,
                "no crystal is seen: chance alone makes so strong a set of planes (p = "
                "%.2g, no more than %g was expected)",
                p, chance);
}

ia_status ia_fourier_tables(ia_ctx *ctx, const ia_fourier *f, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "fourier", IA_SCALARS, 1);
    ia_status st = IA_ERR_MEMORY;
    if (!table || (st = ia_table_add_u64(ctx, table, "n_regions", f->n_regions)) ||
        (st = ia_table_add_f64(ctx, table, "cube_nm", f->cube)) ||
        (st = ia_table_add_f64(ctx, table, "ions_per_region", f->ions_per_region)) ||
        (st = ia_table_add_u64(ctx, table, "n_tested", f->n_tested)) ||
        (st = ia_table_add_f64(ctx, table, "p_value", f->p)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_xy_nm", f->sigma_xy)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_sigma_xy_nm", f->sigma_xy_sd)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_z_nm", f->sigma_z)) ||
        (st = ia_table_add_f64(ctx, table, "sigma_sigma_z_nm", f->sigma_z_sd)))
        return st;
    ia_fourier_doubt(ctx, f->p, f->chance);
    return put_reflections(ctx, f, result);
}

ia_status ia_fourier_write(ia_ctx *ctx, const ia_fourier *f, const char *path)
{
    const ia_grid_array array = {"intensity", f->intensity};
    ia_grid_file file = {.edge = f->step, .arrays = &array, .n_arrays = 1};
    for (size_t k = 0; k < 3; k++) {
        file.n[k] = f->n_grid[k];
        file.origin[k] = k < 2 ? -f->step * (double)f->n_grid[k] / 2 : -f->step / 2;
    }
    return ia_grid_file_write(ctx, &file, path);
}
