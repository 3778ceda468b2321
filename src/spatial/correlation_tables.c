// src/spatial/correlation_tables.c: correlation functions and what they tell as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/correlation.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// One estimate as its columns: value, error and interval; in the unit of the column.
typedef struct {
    const char *name;
    size_t offset;
    double unit;
} column;

static const column columns[] = {
    {"gamma_0", offsetof(ia_correlation, amplitude), 1},
    {"radius_nm", offsetof(ia_correlation, radius), 1},
    {"radius_spread", offsetof(ia_correlation, spread), 1},
    {"resolution_nm", offsetof(ia_correlation, blur), 1},
    {"volume_percent", offsetof(ia_correlation, fraction), 100},
    {"particle_percent", offsetof(ia_correlation, particle_share), 100},
    {"matrix_percent", offsetof(ia_correlation, matrix_share), 100},
    {"number_density_per_m3", offsetof(ia_correlation, density), 1e27},
    {"wavelength_nm", offsetof(ia_correlation, wavelength), 1},
    {"coherence_nm", offsetof(ia_correlation, coherence), 1},
    {"swing_percent", offsetof(ia_correlation, swing), 100},
};

static ia_status put_estimate(ia_ctx *ctx, const ia_correlations *c, const column *of,
                              ia_table *table)
{
    char name[64];
    double *value = ia_table_add(ctx, table, of->name, IA_F64);
    snprintf(name, sizeof name, "sigma_%s", of->name);
    double *sigma = value ? ia_table_add(ctx, table, name, IA_F64) : NULL;
    snprintf(name, sizeof name, "%s_interval95", of->name);
    double *interval = sigma ? ia_table_add_cells(ctx, table, name, IA_F64, 0, 2) : NULL;
    if (!interval)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n; i++) {
        const ia_bounded *e =
            (const ia_bounded *)(const void *)((const char *)&c->list[i] + of->offset);
        value[i] = of->unit * e->value;
        sigma[i] = of->unit * e->sigma;
        interval[2 * i] = of->unit * e->lo;
        interval[2 * i + 1] = of->unit * e->hi;
    }
    return IA_OK;
}

static const char *const kinds[] = {"no two-phase signal", "particles", "waves"};

static ia_status put_row(ia_ctx *ctx, const ia_correlations *c, ia_result *result)
{
    static const ia_table_member first[] = {
        {"species", IA_TEXT, offsetof(ia_correlation, species)},
        {"ions", IA_U64, offsetof(ia_correlation, n_ions)},
        {"p_value", IA_F64, offsetof(ia_correlation, p)},
        {"p_holm", IA_F64, offsetof(ia_correlation, p_holm)},
        {"chi_squared_particles", IA_F64, offsetof(ia_correlation, chi_particles)},
        {"chi_squared_waves", IA_F64, offsetof(ia_correlation, chi_waves)},
    };
    ia_table *table = ia_result_add(ctx, result, "correlation", IA_ROWS, c->n);
    const char **kind = ia_array(ctx, c->n, sizeof *kind);
    ia_status st = table && kind ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c->n; i++)
        kind[i] = kinds[c->list[i].kind];
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, c->list, sizeof *c->list, first,
                                  sizeof first / sizeof first[0]);
    if (st == IA_OK)
        st = ia_table_add_copy(ctx, table, "kind", IA_TEXT, kind);
    for (size_t i = 0; st == IA_OK && i < sizeof columns / sizeof columns[0]; i++)
        st = put_estimate(ctx, c, &columns[i], table);
    free(kind);
    return st;
}

#define AMPLITUDE(member) offsetof(ia_correlation, steady_amplitude.member)
#define SIZE(member)      offsetof(ia_correlation, steady_size.member)

static ia_status put_parts(ia_ctx *ctx, const ia_correlations *c, ia_result *result)
{
    static const ia_table_member members[] = {
        {"species", IA_TEXT, offsetof(ia_correlation, species)},
        {"gamma_0", IA_F64, offsetof(ia_correlation, amplitude.value)},
        {"half_gamma_0", IA_F64, AMPLITUDE(half_mean)},
        {"half_difference_gamma_0", IA_F64, AMPLITUDE(half_difference)},
        {"thinned_gamma_0", IA_F64, AMPLITUDE(thinned_mean)},
        {"sigma_thinned_gamma_0", IA_F64, AMPLITUDE(thinned_sd)},
        {"half_size_nm", IA_F64, SIZE(half_mean)},
        {"half_difference_nm", IA_F64, SIZE(half_difference)},
        {"thinned_size_nm", IA_F64, SIZE(thinned_mean)},
        {"sigma_thinned_size_nm", IA_F64, SIZE(thinned_sd)},
    };
    ia_table *table = ia_result_add(ctx, result, "correlation_parts", IA_ROWS, c->n);
    double *size = ia_array(ctx, c->n, sizeof *size);
    ia_status st = table && size ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c->n; i++)
        size[i] = c->list[i].kind == IA_WAVES ? c->list[i].wavelength.value
                                              : c->list[i].radius.value;
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, c->list, sizeof *c->list, members,
                                  sizeof members / sizeof members[0]);
    if (st == IA_OK)
        st = ia_table_add_copy(ctx, table, "size_nm", IA_F64, size);
    free(size);
    return st;
}

typedef struct {
    const char *name;
    const double *values;
} curve;

static ia_status put_curves(ia_ctx *ctx, const char *name, size_t n, const curve *curves,
                            ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, n);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (; st == IA_OK && curves->name; curves++)
        st = ia_table_add_copy(ctx, table, curves->name, IA_F64, curves->values);
    return st;
}

ia_status ia_correlations_tables(ia_ctx *ctx, const ia_correlations *c, ia_result *result)
{
    ia_status st = put_row(ctx, c, result);
    if (st == IA_OK)
        st = put_parts(ctx, c, result);
    for (size_t i = 0; st == IA_OK && i < c->n; i++) {
        const ia_correlation *k = &c->list[i];
        char name[IA_ION_NAME + 16];
        const curve gamma[] = {{"r_nm", k->r},
                               {"gamma", k->gamma},
                               {"sigma_gamma", k->sigma},
                               {"null_lo", k->null_lo},
                               {"null_hi", k->null_hi},
                               {"fit", k->fit},
                               {NULL, NULL}};
        const curve scattering[] = {{"q_per_nm", k->q},
                                    {"intensity_nm3", k->intensity},
                                    {"fit_nm3", k->intensity_fit},
                                    {NULL, NULL}};
        snprintf(name, sizeof name, "gamma_%s", k->species);
        st = put_curves(ctx, name, IA_CORRELATION_POINTS, gamma, result);
        snprintf(name, sizeof name, "scattering_%s", k->species);
        if (st == IA_OK)
            st = put_curves(ctx, name, IA_CORRELATION_Q, scattering, result);
    }
    return st;
}
