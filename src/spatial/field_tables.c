// src/spatial/field_tables.c: a field and what its kernels foretell as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/field.h>

#include <math.h>
#include <stdlib.h>

static const char *const kernel_names[] = {"auto",  "none",     "two-pass", "truncated",
                                           "fixed", "adaptive", "mixture"};

static ia_status add_three(ia_ctx *ctx, ia_table *table, const char *name,
                           const double v[3])
{
    double *cell = ia_table_add_cells(ctx, table, name, IA_F64, 0, 3);
    for (int k = 0; cell && k < 3; k++)
        cell[k] = v[k];
    return cell ? IA_OK : IA_ERR_MEMORY;
}

static void find_range(const ia_volume *v, double range[2])
{
    range[0] = range[1] = NAN;
    for (size_t i = 0; i < v->n[0] * v->n[1] * v->n[2]; i++) {
        range[0] = fmin(range[0], (double)v->value[i]); // passes over NAN
        range[1] = fmax(range[1], (double)v->value[i]);
    }
}

static ia_status add_summary(ia_ctx *ctx, const ia_volume *v, ia_result *result)
{
    bool density = v->quantity == IA_QUANTITY_DENSITY;
    double range[2];
    find_range(v, range);
    ia_table *table = ia_result_add(ctx, result, "field", IA_SCALARS, 1);
    if (!table || ia_table_add_text(ctx, table, "solute", v->solute) != IA_OK ||
        ia_table_add_text(ctx, table, "quantity", density ? "density" : "composition") !=
            IA_OK ||
        ia_table_add_text(ctx, table, "kernel", kernel_names[v->kernel]) != IA_OK ||
        ia_table_add_f64(ctx, table, "voxel_nm", v->voxel) != IA_OK ||
        add_three(ctx, table, "origin_nm", v->origin) != IA_OK)
        return IA_ERR_MEMORY;
    uint64_t *n = ia_table_add_cells(ctx, table, "n_voxels", IA_U64, 0, 3);
    if (!n || add_three(ctx, table, "sigma_kernel_nm", v->sigma) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_outside", v->n_outside) != IA_OK ||
        ia_table_add_f64(ctx, table, "mean_at_percent", v->percent) != IA_OK ||
        ia_table_add_f64(ctx, table, density ? "least_per_nm3" : "least_at_percent",
                         range[0]) != IA_OK ||
        ia_table_add_f64(ctx, table, density ? "most_per_nm3" : "most_at_percent",
                         range[1]) != IA_OK ||
        ia_table_add_f64(ctx, table,
                         density ? "median_sigma_per_nm3" : "median_sigma_at_percent",
                         v->median_error) != IA_OK ||
        ia_table_add_f64(ctx, table, "constant_log_loss", v->constant) != IA_OK ||
        ia_table_add_f64(ctx, table, "p_value", v->p) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_shuffles", v->n_shuffles) != IA_OK)
        return IA_ERR_MEMORY;
    for (int k = 0; k < 3; k++)
        n[k] = v->n[k];
    return IA_OK;
}

static ia_status add_parts(ia_ctx *ctx, const ia_volume *v, ia_result *result)
{
    bool density = v->quantity == IA_QUANTITY_DENSITY;
    const struct {
        const char *name;
        double value;
    } cells[] = {
        {"half_correlation", v->half_correlation},
        {density ? "half_difference_per_nm3" : "half_difference_at_percent",
         v->half_difference},
        {"half_difference_over_sigma", v->half_over_sigma},
        {density ? "thinned_difference_per_nm3" : "thinned_difference_at_percent",
         v->thinned_difference},
        {"thinned_difference_over_sigma", v->thinned_over_sigma},
    };
    ia_table *table = ia_result_add(ctx, result, "parts", IA_OBJECT, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof cells / sizeof *cells && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, cells[i].name, cells[i].value);
    return st;
}

static ia_status add_scores(ia_ctx *ctx, const ia_volume *v, ia_result *result)
{
    static const ia_table_member members[] = {
        {"log_loss", IA_F64, offsetof(ia_kernel_score, loss)},
        {"gain", IA_F64, offsetof(ia_kernel_score, gain)},
        {"sigma_gain", IA_F64, offsetof(ia_kernel_score, sigma_loss)},
        {"calibration_error", IA_F64, offsetof(ia_kernel_score, calibration)},
    };
    ia_table *table = ia_result_add(ctx, result, "kernels", IA_ROWS, v->n_scores);
    char **kernel = table ? ia_table_add(ctx, table, "kernel", IA_TEXT) : NULL;
    double *sigma = kernel ? ia_table_add(ctx, table, "sigma_nm", IA_F64) : NULL;
    double *factor = sigma ? ia_table_add(ctx, table, "factor", IA_F64) : NULL;
    uint64_t *k = factor ? ia_table_add(ctx, table, "k", IA_U64) : NULL;
    if (!k || ia_table_add_members(ctx, table, v->scores, sizeof *v->scores, members,
                                   sizeof members / sizeof *members) != IA_OK)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < v->n_scores; i++) {
        const ia_kernel_score *s = &v->scores[i];
        bool adaptive = s->kernel == IA_KERNEL_ADAPTIVE;
        sigma[i] = adaptive ? NAN : s->sigma;
        factor[i] = adaptive ? s->sigma : NAN;
        k[i] = s->k;
        if (!(kernel[i] = ia_text(ctx, kernel_names[s->kernel])))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

ia_status ia_volume_tables(ia_ctx *ctx, const ia_volume *volume, ia_result *result)
{
    ia_status st = add_summary(ctx, volume, result);
    if (st == IA_OK)
        st = add_parts(ctx, volume, result);
    return st == IA_OK ? add_scores(ctx, volume, result) : st;
}
