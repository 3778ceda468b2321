// src/spectrum/hydrogen_tables.c: what is known of hydrogen as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hydrogen.h>

#include <math.h>
#include <stddef.h>

typedef struct {
    const char *name;
    size_t offset;
} column;

// Columns of numbers taken from members of the rows.
static ia_status add_columns(ia_ctx *ctx, ia_table *table, const column *columns,
                             size_t n_columns, const void *rows, size_t size)
{
    for (size_t c = 0; c < n_columns; c++) {
        double *cells = ia_table_add(ctx, table, columns[c].name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < table->n_rows; i++)
            cells[i] = *(const double *)(const void *)((const char *)rows + i * size +
                                                       columns[c].offset);
    }
    return IA_OK;
}

#define ADD_COLUMNS(ctx, table, columns, rows)                                           \
    add_columns(ctx, table, columns, sizeof(columns) / sizeof *(columns), rows,          \
                sizeof *(rows))

static ia_status peaks_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    static const column columns[] = {
        {"lo_da", offsetof(ia_light_peak, lo)},
        {"hi_da", offsetof(ia_light_peak, hi)},
        {"counts", offsetof(ia_light_peak, counts)},
        {"sigma_counts", offsetof(ia_light_peak, sigma)},
        {"background_counts", offsetof(ia_light_peak, background)},
        {"critical_counts", offsetof(ia_light_peak, critical)},
        {"detectable_counts", offsetof(ia_light_peak, detectable)},
        {"per_h", offsetof(ia_light_peak, per_h)},
        {"sigma_per_h", offsetof(ia_light_peak, sigma_per_h)},
    };
    ia_table *t = ia_result_add(ctx, result, "hydrogen", IA_ROWS, IA_LIGHT_PEAKS);
    uint64_t *nominal = t ? ia_table_add(ctx, t, "nominal_da", IA_U64) : NULL;
    bool *detected = NULL;

    if (!nominal || ADD_COLUMNS(ctx, t, columns, h->peaks) != IA_OK ||
        !(detected = ia_table_add(ctx, t, "detected", IA_BOOL)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < IA_LIGHT_PEAKS; i++) {
        nominal[i] = h->peaks[i].nominal;
        detected[i] = h->peaks[i].is_detected;
    }
    return IA_OK;
}

static ia_status pairs_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    static const column columns[] = {
        {"m_deuterium_da", offsetof(ia_light_pair, m_with)},
        {"m_hydrogen_da", offsetof(ia_light_pair, m_without)},
        {"deuterium_counts", offsetof(ia_light_pair, counts)},
        {"hydrogen_counts", offsetof(ia_light_pair, counts) + sizeof(double)},
        {"deuterium_upper95_counts", offsetof(ia_light_pair, upper)},
        {"p_no_deuterium", offsetof(ia_light_pair, p)},
        {"resolving_power", offsetof(ia_light_pair, resolving_power)},
        {"shift_da", offsetof(ia_light_pair, shift)},
        {"sigma_shift_da", offsetof(ia_light_pair, sigma_shift)},
    };
    static const char *const intervals[] = {"deuterium_counts_interval95",
                                            "hydrogen_counts_interval95"};
    ia_table *t = ia_result_add(ctx, result, "deuterium", IA_ROWS, IA_LIGHT_PAIRS);
    char **names[2] = {NULL, NULL};
    bool *parted = NULL, *referenced = NULL;

    if (!t || !(names[0] = ia_table_add(ctx, t, "deuterium_ion", IA_TEXT)) ||
        !(names[1] = ia_table_add(ctx, t, "hydrogen_ion", IA_TEXT)) ||
        ADD_COLUMNS(ctx, t, columns, h->pairs) != IA_OK ||
        !(parted = ia_table_add(ctx, t, "parted", IA_BOOL)) ||
        !(referenced = ia_table_add(ctx, t, "referenced", IA_BOOL)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < IA_LIGHT_PAIRS; i++) {
        const ia_light_pair *p = &h->pairs[i];
        parted[i] = p->is_parted;
        referenced[i] = p->is_referenced;
        if (!(names[0][i] = ia_text(ctx, p->with)) ||
            !(names[1][i] = ia_text(ctx, p->without)))
            return IA_ERR_MEMORY;
    }
    for (size_t k = 0; k < 2; k++) {
        double *cells = ia_table_add_cells(ctx, t, intervals[k], IA_F64, 0, 2);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < IA_LIGHT_PAIRS; i++) {
            cells[2 * i] = h->pairs[i].interval[k][0];
            cells[2 * i + 1] = h->pairs[i].interval[k][1];
        }
    }
    return IA_OK;
}

static ia_status hydrides_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    static const column columns[] = {
        {"counts", offsetof(ia_hydride, counts)},
        {"sigma_counts", offsetof(ia_hydride, sigma)},
        {"per_bare", offsetof(ia_hydride, per_bare)},
        {"sigma_per_bare", offsetof(ia_hydride, sigma_per_bare)},
        {"probability", offsetof(ia_hydride, probability)},
    };
    ia_table *t = ia_result_add(ctx, result, "hydrides", IA_ROWS, h->n_hydrides);
    char **ion = t ? ia_table_add(ctx, t, "ion", IA_TEXT) : NULL;
    char **bare = ion ? ia_table_add(ctx, t, "bare", IA_TEXT) : NULL;
    char **hidden = NULL;
    double *interval = NULL;
    bool *seen = NULL, *undetermined = NULL;

    if (!bare || ADD_COLUMNS(ctx, t, columns, h->hydrides) != IA_OK ||
        !(interval = ia_table_add_cells(ctx, t, "counts_interval95", IA_F64, 0, 2)) ||
        !(seen = ia_table_add(ctx, t, "seen", IA_BOOL)) ||
        !(undetermined = ia_table_add(ctx, t, "undetermined", IA_BOOL)) ||
        !(hidden = ia_table_add(ctx, t, "hidden_under", IA_TEXT)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < h->n_hydrides; i++) {
        interval[2 * i] = h->hydrides[i].lo;
        interval[2 * i + 1] = h->hydrides[i].hi;
        seen[i] = h->hydrides[i].is_seen;
        undetermined[i] = h->hydrides[i].is_undetermined;
        if (!(ion[i] = ia_text(ctx, h->hydrides[i].name)) ||
            !(bare[i] = ia_text(ctx, h->hydrides[i].bare.name)) ||
            !(hidden[i] = ia_text(ctx, h->hydrides[i].hidden_under.name)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status windows_table(ia_ctx *ctx, const char *name,
                               const ia_hydrogen_window *windows, size_t n,
                               ia_result *result)
{
    static const column columns[] = {
        {"ions", offsetof(ia_hydrogen_window, ions)},
        {"pulses", offsetof(ia_hydrogen_window, pulses)},
        {"h_counts", offsetof(ia_hydrogen_window, h)},
        {"m2_counts", offsetof(ia_hydrogen_window, m2)},
        {"h_share", offsetof(ia_hydrogen_window, share)},
        {"sigma_h_share", offsetof(ia_hydrogen_window, sigma_share)},
        {"m2_per_h", offsetof(ia_hydrogen_window, m2_per_h)},
        {"voltage_v", offsetof(ia_hydrogen_window, voltage)},
        {"radius_mm", offsetof(ia_hydrogen_window, radius)},
        {"charge_ratio", offsetof(ia_hydrogen_window, charge_ratio)},
    };
    ia_table *t = ia_result_add(ctx, result, name, IA_ROWS, n);
    return t ? ADD_COLUMNS(ctx, t, columns, windows) : IA_ERR_MEMORY;
}

static ia_status trends_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    static const column columns[] = {
        {"rho", offsetof(ia_hydrogen_trend, rho)},
        {"p_value", offsetof(ia_hydrogen_trend, p)},
    };
    ia_table *t = ia_result_add(ctx, result, "hydrogen_trends", IA_ROWS, h->n_trends);
    char **of = t ? ia_table_add(ctx, t, "of", IA_TEXT) : NULL;
    char **with = of ? ia_table_add(ctx, t, "with", IA_TEXT) : NULL;
    char **reason = NULL;

    if (!with || ADD_COLUMNS(ctx, t, columns, h->trends) != IA_OK ||
        !(reason = ia_table_add(ctx, t, "reason", IA_TEXT)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < h->n_trends; i++)
        if (!(of[i] = ia_text(ctx, h->trends[i].of)) ||
            !(with[i] = ia_text(ctx, h->trends[i].with)) ||
            !(reason[i] = ia_text(ctx, h->trends[i].reason)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status gas_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    static const column columns[] = {
        {"share", offsetof(ia_residual_gas, share)},
        {"sigma_share", offsetof(ia_residual_gas, sigma_share)},
        {"h_per_pulse", offsetof(ia_residual_gas, per_pulse)},
        {"sigma_h_per_pulse", offsetof(ia_residual_gas, sigma_per_pulse)},
        {"h_per_ion", offsetof(ia_residual_gas, per_ion)},
        {"sigma_h_per_ion", offsetof(ia_residual_gas, sigma_per_ion)},
        {"rate_spread", offsetof(ia_residual_gas, spread)},
        {"dispersion", offsetof(ia_residual_gas, dispersion)},
    };
    ia_residual_gas gas = h->gas;
    ia_table *t = ia_result_add(ctx, result, "residual_gas", IA_OBJECT, 1);

    if (!gas.is_told)
        gas = (ia_residual_gas){NAN, NAN, NAN, NAN, NAN, NAN, h->gas.spread, NAN, false};
    return t ? ADD_COLUMNS(ctx, t, columns, &gas) : IA_ERR_MEMORY;
}

static ia_status summary_table(ia_ctx *ctx, const ia_hydrogen *h, ia_result *result)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"specimen_ions", h->n_ions},
        {"h_per_ion", h->h_per_ion},
        {"sigma_h_per_ion", h->sigma_h_per_ion},
        {"excess_h_per_ion", h->excess_h},
        {"sigma_excess_h_per_ion", h->sigma_excess_h},
        {"excess_m2_per_h", h->excess_m2},
        {"sigma_excess_m2_per_h", h->sigma_excess_m2},
        {"charge_ratio", h->charge_ratio},
        {"sigma_charge_ratio", h->sigma_charge_ratio},
        {"h_shift_da", h->h_shift},
        {"sigma_h_shift_da", h->sigma_h_shift},
        {"width_ratio", h->width_ratio},
        {"p_same_in_windows", h->p_windows},
        {"p_same_in_rings", h->p_rings},
    };
    ia_table *t = ia_result_add(ctx, result, "hydrogen_summary", IA_SCALARS, 1);
    ia_status st = t ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, t, numbers[i].name, numbers[i].value);
    const ia_element *element = ia_element_of(h->main_z);
    if (st == IA_OK)
        st = ia_table_add_text(ctx, t, "charge_ratio_of", element ? element->symbol : "");
    return st == IA_OK ? ia_table_add_u64(ctx, t, "charge_ratio_lower", h->main_charge)
                       : st;
}

ia_status ia_hydrogen_tables(ia_ctx *ctx, const ia_hydrogen *hydrogen, ia_result *result)
{
    ia_status st;

    if ((st = summary_table(ctx, hydrogen, result)) != IA_OK ||
        (st = peaks_table(ctx, hydrogen, result)) != IA_OK ||
        (st = pairs_table(ctx, hydrogen, result)) != IA_OK ||
        (st = hydrides_table(ctx, hydrogen, result)) != IA_OK || hydrogen->n_windows == 0)
        return st;
    if ((st = gas_table(ctx, hydrogen, result)) != IA_OK ||
        (st = trends_table(ctx, hydrogen, result)) != IA_OK ||
        (st = windows_table(ctx, "hydrogen_windows", hydrogen->windows,
                            hydrogen->n_windows, result)) != IA_OK ||
        hydrogen->n_rings == 0)
        return st;
    return windows_table(ctx, "hydrogen_rings", hydrogen->rings, hydrogen->n_rings,
                         result);
}
