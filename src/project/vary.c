// src/project/vary.c: what becomes of a step's result when one parameter is another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/workflow.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOBS = 2, TOLD = 4, FACTORS = 5 };
static const double factors[FACTORS] = {0.7, 0.85, 1, 1.15, 1.3}; // 1: as it was

// A column of a table, its first row; of a table whose name ends with '_' the last row of
// the first that begins so.
typedef struct {
    const char *table, *column;
} place;

// A parameter, and where the value stands that was chosen where none was given.
typedef struct {
    const char *name;
    place chosen;
} knob;

// Of each method what is varied, and which numbers are told.
static const struct plan {
    const char *method;
    knob knobs[KNOBS];
    place told[TOLD];
} plans[] = {
    {"knn",
     {{"k", {NULL, NULL}}, {"fit_k", {NULL, NULL}}},
     {{"populations", "share_dense"},
      {"populations", "density_dense_per_nm3"},
      {"populations", "density_sparse_per_nm3"},
      {"knn_tests", "p_value"}}},
    {"rdf",
     {{"r_max", {NULL, NULL}}, {"bin", {NULL, NULL}}},
     {{"rdf_tests", "ratio"},
      {"rdf_tests", "strongest_nm"},
      {"rdf_tests", "thinned_ratio"},
      {"rdf_tests", "p_value"}}},
    {"correlation",
     {{"r_max", {"gamma_", "r_nm"}}, {"resolution", {"correlation", "resolution_nm"}}},
     {{"correlation", "gamma_0"},
      {"correlation_parts", "size_nm"},
      {"correlation", "volume_percent"},
      {"correlation", "particle_percent"}}},
    {"profile",
     {{"profile_bin", {NULL, NULL}}, {"ions_per_bin", {NULL, NULL}}},
     {{"flatness", "variation_percent"},
      {"flatness", "chi2_per_bin"},
      {"flatness", "ladder_distance"},
      {"flatness", "p_value"}}},
    {"field",
     {{"voxel", {"field", "voxel_nm"}}, {"fill", {NULL, NULL}}},
     {{"field", "median_sigma_at_percent"},
      {"field", "most_at_percent"},
      {"parts", "half_correlation"},
      {"field", "p_value"}}},
};

static const struct plan *plan_of(const char *method)
{
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (strcmp(plans[i].method, method) == 0)
            return &plans[i];
    return NULL;
}

static const ia_table *table_at(const ia_result *result, const char *name, bool *last)
{
    size_t n = strlen(name);
    *last = name[n - 1] == '_';
    if (!*last)
        return ia_result_find(result, name);
    for (size_t i = 0; i < result->n; i++)
        if (strncmp(result->tables[i].name, name, n) == 0)
            return &result->tables[i];
    return NULL;
}

static double read_place(const ia_result *result, place at)
{
    bool last = false;
    const ia_table *table = at.table ? table_at(result, at.table, &last) : NULL;
    const ia_table_column *column = table ? ia_table_find(table, at.column) : NULL;
    if (!column || table->n_rows == 0 || column->type != IA_F64)
        return NAN;
    return ((const double *)column->data)[last ? table->n_rows - 1 : 0];
}

static double given(const ia_field *field, const void *params)
{
    const void *at = (const char *)params + field->offset;
    return field->type == IA_SIZE ? (double)*(const size_t *)at : *(const double *)at;
}

// Within the bounds of the field; counts are whole.
static void give(const ia_field *field, double value, void *params)
{
    void *at = (char *)params + field->offset;
    value = fmin(fmax(value, field->least), field->most);
    if (field->type == IA_SIZE)
        *(size_t *)at = (size_t)llround(value);
    else
        *(double *)at = value;
}

typedef struct {
    char parameter[32], unit[8], quantity[32];
    double used, value, result, ratio; // the last over that with the value used
} row;

typedef struct {
    ia_ctx *ctx;
    ia_state *state;
    const ia_step_kind *kind;
    const struct plan *plan;
    ia_result base;
    row *rows;
    size_t n;
} job;

static void add_rows(job *j, const ia_field *field, double used, double value,
                     const ia_result *result)
{
    for (size_t q = 0; q < TOLD; q++) {
        row *r = &j->rows[j->n++];
        double was = read_place(&j->base, j->plan->told[q]);
        *r = (row){.used = used, .value = value};
        snprintf(r->parameter, sizeof r->parameter, "%s", field->name);
        snprintf(r->unit, sizeof r->unit, "%s", field->unit);
        snprintf(r->quantity, sizeof r->quantity, "%s", j->plan->told[q].column);
        r->result = read_place(result, j->plan->told[q]);
        r->ratio = was > 0 ? r->result / was : NAN;
    }
}

static ia_status vary(job *j, const knob *k, const void *params)
{
    const ia_method *method = j->kind->method;
    const ia_field *field = ia_method_find(method, k->name);
    double used = given(field, params);
    void *own = ia_array(j->ctx, 1, method->size);
    ia_status st = own ? IA_OK : IA_ERR_MEMORY;
    if (!(used > 0))
        used = read_place(&j->base, k->chosen);
    double before = NAN;
    for (size_t f = 0; f < FACTORS && used > 0 && st == IA_OK; f++) {
        ia_result result = {0};
        bool is_base = factors[f] == 1;
        memcpy(own, params, method->size);
        give(field, used * factors[f], own);
        double value = is_base ? used : given(field, own);
        if (value == before) // small counts, or a bound
            continue;
        before = value;
        if (!is_base)
            st = j->kind->run(j->ctx, j->state, own, &result);
        if (st == IA_OK)
            add_rows(j, field, used, value, is_base ? &j->base : &result);
        ia_result_clear(&result);
    }
    free(own);
    return st;
}

static ia_status put(job *j, ia_result *result)
{
    static const ia_table_member members[] = {
        {"parameter", IA_TEXT, offsetof(row, parameter)},
        {"unit", IA_TEXT, offsetof(row, unit)},
        {"used", IA_F64, offsetof(row, used)},
        {"value", IA_F64, offsetof(row, value)},
        {"quantity", IA_TEXT, offsetof(row, quantity)},
        {"result", IA_F64, offsetof(row, result)},
        {"result_over_used", IA_F64, offsetof(row, ratio)},
    };
    ia_table *table = ia_result_add(j->ctx, result, "sensitivity", IA_ROWS, j->n);
    return table ? ia_table_add_members(j->ctx, table, j->rows, sizeof *j->rows, members,
                                        sizeof members / sizeof *members)
                 : IA_ERR_MEMORY;
}

ia_status ia_chain_vary(ia_ctx *ctx, ia_state *state, const char *method,
                        const void *params, ia_result *result)
{
    job j = {ctx, state, ia_step_kind_find(method), plan_of(method), {0}, NULL, 0};
    if (!j.kind || !j.plan)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%s: no parameters are varied (knn, rdf, correlation, "
                       "profile, field)",
                       method);
    ia_status st = ia_method_check(ctx, j.kind->method, params);
    if (st == IA_OK && !(j.rows = ia_array(ctx, KNOBS * FACTORS * TOLD, sizeof *j.rows)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = j.kind->run(ctx, state, params, &j.base);
    for (size_t k = 0; k < KNOBS && st == IA_OK; k++)
        st = vary(&j, &j.plan->knobs[k], params);
    if (st == IA_OK)
        st = put(&j, result);
    ia_result_clear(&j.base);
    free(j.rows);
    return st;
}
