// src/spectrum/calibrate_tables.c: a calibration as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/calibrate.h>

#include <math.h>
#include <string.h>

static const char *const verdicts[] = {"calibrated", "few ions",    "no spread",
                                       "no peaks",   "single peak", "doubtful scale"};

typedef struct {
    const char *name;
    double value;
} cell;

static ia_status add_cells(ia_ctx *ctx, ia_table *table, const cell *cells, size_t n)
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, cells[i].name, cells[i].value);
    return st;
}

static ia_status scale_table(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    const ia_scale_choice *first = &c->choice[0];
    const cell times[] = {
        {"t0_ns", c->t0.value},
        {"sigma_t0_ns", c->t0.sigma},
        {"flight_path_mm", c->flight_path.value},
        {"sigma_flight_path_mm", c->flight_path.sigma},
        {"pulse_share", c->beta.value},
        {"sigma_pulse_share", c->beta.sigma},
        {"reference_voltage_v", c->v_ref},
    };
    const cell mass[] = {{"scale_a", c->a.value},
                         {"sigma_scale_a", c->a.sigma},
                         {"scale_b_da05", c->b.value},
                         {"sigma_scale_b_da05", c->b.sigma}};
    const cell rest[] = {{"scale_probability", first->probability},
                         {"explained_share", first->explained},
                         {"scale_misfit", c->misfit},
                         {"kernel", c->bandwidth}};
    ia_table *t = ia_result_add(ctx, result, "calibration", IA_SCALARS, 1);
    if (!t || ia_table_add_text(ctx, t, "verdict", verdicts[c->verdict]) != IA_OK ||
        (c->reason[0] && ia_table_add_text(ctx, t, "reason", c->reason) != IA_OK) ||
        ia_table_add_text(ctx, t, "from", c->from_times ? "times" : "mass") != IA_OK ||
        ia_table_add_u64(ctx, t, "ions", c->n_ions) != IA_OK ||
        ia_table_add_u64(ctx, t, "fitted_ions", c->n_fit) != IA_OK ||
        (c->step > 0 && ia_table_add_f64(ctx, t, c->from_times ? "step_ns" : "step_da",
                                         c->step) != IA_OK))
        return IA_ERR_MEMORY;
    if (c->verdict != IA_CALIBRATED)
        return IA_OK;
    if (add_cells(ctx, t, c->from_times ? times : mass,
                  c->from_times ? sizeof times / sizeof *times
                                : sizeof mass / sizeof *mass) != IA_OK ||
        add_cells(ctx, t, rest, sizeof rest / sizeof *rest) != IA_OK ||
        ia_table_add_u64(ctx, t, "scale_peaks", c->n_lines) != IA_OK ||
        ia_table_add_u64(ctx, t, "detector_order", c->detector_order) != IA_OK ||
        ia_table_add_u64(ctx, t, "voltage_order", c->voltage_order) != IA_OK ||
        ia_table_add_u64(ctx, t, "drift_knots", c->n_knots) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status choices_table(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    ia_table *t = ia_result_add(ctx, result, "scales", IA_ROWS, c->n_choices);
    char **ion = t ? ia_table_add(ctx, t, "largest_peak", IA_TEXT) : NULL;
    double *p = ion ? ia_table_add(ctx, t, "probability", IA_F64) : NULL;
    double *explained = p ? ia_table_add(ctx, t, "explained_share", IA_F64) : NULL;
    double *one = explained
                      ? ia_table_add(ctx, t, c->from_times ? "t0_ns" : "scale_a", IA_F64)
                      : NULL;
    double *two =
        one ? ia_table_add(ctx, t, c->from_times ? "flight_path_mm" : "scale_b_da05",
                           IA_F64)
            : NULL;
    if (!two)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_choices; i++) {
        const ia_scale_choice *k = &c->choice[i];
        if (!(ion[i] = ia_text(ctx, k->ion)))
            return IA_ERR_MEMORY;
        p[i] = k->probability;
        explained[i] = k->explained;
        one[i] = c->from_times ? k->t0 : k->a;
        two[i] = c->from_times ? k->flight_path : k->b;
    }
    return IA_OK;
}

static ia_status peaks_table(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    static const struct {
        const char *name;
        size_t offset, stage;
    } columns[] = {
        {"mass_da", offsetof(ia_calibrated_peak, mass), 0},
        {"counts", offsetof(ia_calibrated_peak, counts), 0},
        {"fwhm_raw_da", offsetof(ia_calibrated_peak, fwhm), 0},
        {"fwhm_geometry_da", offsetof(ia_calibrated_peak, fwhm), 1},
        {"fwhm_da", offsetof(ia_calibrated_peak, fwhm), 2},
        {"sigma_fwhm_da", offsetof(ia_calibrated_peak, sigma_fwhm), 2},
        {"fwtm_raw_da", offsetof(ia_calibrated_peak, fwtm), 0},
        {"fwtm_geometry_da", offsetof(ia_calibrated_peak, fwtm), 1},
        {"fwtm_da", offsetof(ia_calibrated_peak, fwtm), 2},
    };
    ia_table *t = ia_result_add(ctx, result, "calibrated_peaks", IA_ROWS, c->n_peaks);
    char **ion = t ? ia_table_add(ctx, t, "ion", IA_TEXT) : NULL;
    if (!ion)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_peaks; i++)
        if (!(ion[i] = ia_text(ctx, c->peaks[i].ion)))
            return IA_ERR_MEMORY;
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        double *cells = ia_table_add(ctx, t, columns[k].name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < c->n_peaks; i++) {
            const char *at = (const char *)&c->peaks[i] + columns[k].offset;
            cells[i] = ((const double *)(const void *)at)[columns[k].stage];
        }
    }
    double *power = ia_table_add(ctx, t, "resolving_power_raw", IA_F64);
    double *after = power ? ia_table_add(ctx, t, "resolving_power", IA_F64) : NULL;
    if (!after)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_peaks; i++) {
        power[i] = c->peaks[i].mass / c->peaks[i].fwhm[0];
        after[i] = c->peaks[i].mass / c->peaks[i].fwhm[2];
    }
    return IA_OK;
}

// psi over the detector, coefficient by coefficient.
static ia_status bowl_table(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    ia_table *t = ia_result_add(ctx, result, "bowl", IA_ROWS, c->n_coefficients);
    int32_t *x = t ? ia_table_add(ctx, t, "x_power", IA_I32) : NULL;
    int32_t *y = x ? ia_table_add(ctx, t, "y_power", IA_I32) : NULL;
    double *radius = y ? ia_table_add(ctx, t, "unit_mm", IA_F64) : NULL;
    double *value = radius ? ia_table_add(ctx, t, "ln_psi", IA_F64) : NULL;
    double *sigma = value ? ia_table_add(ctx, t, "sigma_ln_psi", IA_F64) : NULL;
    if (!sigma)
        return IA_ERR_MEMORY;
    size_t at = 0;
    for (size_t order = 1; order <= c->detector_order; order++)
        for (size_t j = 0; j <= order; j++, at++) {
            x[at] = (int32_t)(order - j);
            y[at] = (int32_t)j;
            radius[at] = c->radius;
            value[at] = c->coefficients[at];
            sigma[at] = c->sigma_coefficients[at];
        }
    return IA_OK;
}

static ia_status map_table(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    const ia_bowl *b = &c->bowl;
    ia_table *t = ia_result_add(ctx, result, "bowl_map", IA_OBJECT, 1);
    if (!t || ia_table_add_f64(ctx, t, "x_mm", b->origin[0]) != IA_OK ||
        ia_table_add_f64(ctx, t, "y_mm", b->origin[1]) != IA_OK ||
        ia_table_add_f64(ctx, t, "cell_mm", b->step) != IA_OK)
        return IA_ERR_MEMORY;
    double *psi = ia_table_add_cells(ctx, t, "psi", IA_F64, b->cells[1], b->cells[0]);
    if (!psi)
        return IA_ERR_MEMORY;
    memcpy(psi, b->psi, b->cells[0] * b->cells[1] * sizeof *psi);
    return IA_OK;
}

static ia_status curve_table(ia_ctx *ctx, const ia_curve *c, bool voltage,
                             ia_result *result)
{
    ia_table *t = ia_result_add(ctx, result, voltage ? "voltage_curve" : "drift_curve",
                                IA_ARRAYS, c->n);
    double *at =
        t ? ia_table_add(ctx, t, voltage ? "voltage_v" : "sequence", IA_F64) : NULL;
    double *factor = at ? ia_table_add(ctx, t, "mass_factor", IA_F64) : NULL;
    double *sigma = factor ? ia_table_add(ctx, t, "sigma_mass_factor", IA_F64) : NULL;
    double *phi = sigma && voltage ? ia_table_add(ctx, t, "phi_v", IA_F64) : NULL;
    if (!sigma || (voltage && !phi))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n; i++) {
        at[i] = c->at[i];
        factor[i] = c->factor[i];
        sigma[i] = c->sigma[i];
        if (voltage) // f = V / (V + phi)
            phi[i] = c->at[i] * (1 / c->factor[i] - 1);
    }
    return IA_OK;
}

ia_status ia_calibration_tables(ia_ctx *ctx, const ia_calibration *c, ia_result *result)
{
    ia_status st = scale_table(ctx, c, result);
    if (st == IA_OK && c->n_choices > 0)
        st = choices_table(ctx, c, result);
    if (st == IA_OK && c->n_peaks > 0)
        st = peaks_table(ctx, c, result);
    if (st == IA_OK && c->n_coefficients > 0)
        st = bowl_table(ctx, c, result);
    if (st == IA_OK && c->bowl.psi && c->n_coefficients > 0)
        st = map_table(ctx, c, result);
    if (st == IA_OK && c->voltage.n > 0)
        st = curve_table(ctx, &c->voltage, true, result);
    if (st == IA_OK && c->drift.n > 0)
        st = curve_table(ctx, &c->drift, false, result);
    return st;
}
