// src/project/vary.c: what becomes of a step's result when one parameter is another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/workflow.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOBS = 7, TOLD = 5, FACTORS = 5 };
static const double factors[FACTORS] = {0.7, 0.85, 1, 1.15, 1.3}; // 1: as it was

// A column of a table, its first row; of a table whose name ends with '_' the last row of
// the first that begins so.
typedef struct {
    const char *table, *column;
} place;

// A parameter of a step before this one, and how the state comes to be as if it had had
// another value.
typedef struct {
    const ia_method *method;
    double (*used)(const ia_state *state);
    ia_status (*set)(ia_ctx *ctx, ia_state *state, double value);
} earlier;

// A parameter, and where the value stands that was chosen where none was given.
typedef struct {
    const char *name;
    place chosen;
    const earlier *from;                   // NULL: of the step itself
    double (*used)(const ia_state *state); // NAN: it plays no part; NULL: by the above
} knob;

static double threshold_used(const ia_state *state)
{
    return state->surface.threshold;
}

static ia_status set_threshold(ia_ctx *ctx, ia_state *state, double value)
{
    (void)ctx;
    state->surface.threshold = value;
    return IA_OK;
}

static double voxel_used(const ia_state *state)
{
    return state->volume.voxel;
}

// The same kind of kernel on other voxels, chosen anew.
static ia_status set_voxel(ia_ctx *ctx, ia_state *state, double value)
{
    const ia_share_input input = {&state->ions, &state->ranges, &state->ranger,
                                  &state->background};
    ia_volume_params p = state->volume.params;
    ia_volume other = {.p = NAN};
    p.voxel = value;
    p.kernel = state->volume.kernel;
    p.n_shuffles = 0;
    p.skip_sigma = true;
    ia_status st = ia_volume_compute(ctx, &input, &p, &other);
    if (st == IA_OK) {
        ia_volume_clear(&state->volume);
        state->volume = other;
    }
    return st;
}

static const earlier of_surface = {&ia_surface_method, threshold_used, set_threshold};
static const earlier of_field = {&ia_volume_method, voxel_used, set_voxel};

// Widths of the kernel that was used.
static double sigma_used(const ia_state *state)
{
    int kernel = state->volume.kernel;
    bool has = kernel == IA_KERNEL_FIXED || kernel == IA_KERNEL_TRUNCATED;
    return has ? state->volume.sigma[0] : NAN;
}

static double reach_used(const ia_state *state)
{
    bool has = state->volume.kernel == IA_KERNEL_TRUNCATED;
    return has ? (double)state->volume.params.reach : NAN;
}

static double delocalise_used(const ia_state *state, double value)
{
    return state->volume.kernel == IA_KERNEL_TWO_PASS ? value : NAN;
}

static double delocalise_x_used(const ia_state *state)
{
    return delocalise_used(state, state->volume.params.delocalise_x);
}

static double delocalise_y_used(const ia_state *state)
{
    return delocalise_used(state, state->volume.params.delocalise_y);
}

static double delocalise_z_used(const ia_state *state)
{
    return delocalise_used(state, state->volume.params.delocalise_z);
}

// Of each method what is varied, and which numbers are told.
static const struct plan {
    const char *method;
    knob knobs[KNOBS];
    place told[TOLD];
} plans[] = {
    {"knn",
     {{"k", {NULL, NULL}, NULL, NULL}, {"fit_k", {NULL, NULL}, NULL, NULL}},
     {{"populations", "share_dense"},
      {"populations", "density_dense_per_nm3"},
      {"populations", "density_sparse_per_nm3"},
      {"knn_tests", "p_value"}}},
    {"rdf",
     {{"r_max", {NULL, NULL}, NULL, NULL}, {"bin", {NULL, NULL}, NULL, NULL}},
     {{"rdf_tests", "ratio"},
      {"rdf_tests", "strongest_nm"},
      {"rdf_tests", "thinned_ratio"},
      {"rdf_tests", "p_value"}}},
    {"correlation",
     {{"r_max", {"gamma_", "r_nm"}, NULL, NULL},
      {"resolution", {"correlation", "resolution_nm"}, NULL, NULL}},
     {{"correlation", "gamma_0"},
      {"correlation_parts", "size_nm"},
      {"correlation", "volume_percent"},
      {"correlation", "particle_percent"}}},
    {"profile",
     {{"profile_bin", {NULL, NULL}, NULL, NULL},
      {"ions_per_bin", {NULL, NULL}, NULL, NULL}},
     {{"flatness", "variation_percent"},
      {"flatness", "chi2_per_bin"},
      {"flatness", "ladder_distance"},
      {"flatness", "p_value"}}},
    {"field",
     {{"voxel", {"field", "voxel_nm"}, NULL, NULL},
      {"fill", {NULL, NULL}, NULL, NULL},
      {"sigma", {NULL, NULL}, NULL, sigma_used},
      {"reach", {NULL, NULL}, NULL, reach_used},
      {"delocalise_x", {NULL, NULL}, NULL, delocalise_x_used},
      {"delocalise_y", {NULL, NULL}, NULL, delocalise_y_used},
      {"delocalise_z", {NULL, NULL}, NULL, delocalise_z_used}},
     {{"field", "median_sigma_at_percent"},
      {"field", "most_at_percent"},
      {"parts", "half_correlation"},
      {"field", "p_value"}}},
    {"frequency",
     {{"sizes", {"frequency_tests", "block_ions"}, NULL, NULL}},
     {{"frequency_tests", "mu"},
      {"frequency_tests", "variance_ratio"},
      {"frequency_tests", "thinned_variance_ratio"},
      {"frequency_tests", "chi_squared"},
      {"frequency_tests", "p_value"}}},
    {"proxigram",
     {{"threshold", {NULL, NULL}, &of_surface, NULL},
      {"distance_bin", {NULL, NULL}, NULL, NULL},
      {"voxel", {NULL, NULL}, &of_field, NULL}},
     {{"interfaces", "outside_at_percent"},
      {"interfaces", "inside_at_percent"},
      {"interfaces", "width_10_90_nm"},
      {"interfaces", "detected_excess_per_nm2"}}},
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

// Rows tell of species or elements: the one that is asked for.
static const char *const subjects[] = {"species", "element"};

static char **subjects_of(const ia_table *table)
{
    const ia_table_column *column = NULL;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && !column; i++)
        column = ia_table_find(table, subjects[i]);
    return column && column->type == IA_TEXT ? column->data : NULL;
}

// The first of the subject; n_rows where there is none.
static size_t row_of(const ia_table *table, const char *subject)
{
    char **names = subjects_of(table);
    size_t row = 0;
    while (names && *subject && row < table->n_rows && strcmp(names[row], subject) != 0)
        row++;
    return row;
}

static double read_place(const ia_result *result, place at, const char *subject)
{
    bool last = false;
    const ia_table *table = at.table ? table_at(result, at.table, &last) : NULL;
    const ia_table_column *column = table ? ia_table_find(table, at.column) : NULL;
    if (!column || table->n_rows == 0)
        return NAN;
    size_t row = last ? table->n_rows - 1 : row_of(table, subject);
    if (row == table->n_rows)
        return NAN;
    if (column->type == IA_U64)
        return (double)((const uint64_t *)column->data)[row];
    return column->type == IA_F64 ? ((const double *)column->data)[row] : NAN;
}

// A text is a list of numbers: given as chosen.
static double given(const ia_field *field, const void *params)
{
    const void *at = (const char *)params + field->offset;
    if (field->type == IA_TEXT)
        return NAN;
    return field->type == IA_SIZE ? (double)*(const size_t *)at : *(const double *)at;
}

// Within the bounds of the field; counts are whole, and lists are of whole numbers.
// Returns what it is then.
static double give(const ia_field *field, double value, void *params)
{
    void *at = (char *)params + field->offset;
    if (field->type == IA_TEXT) {
        snprintf(at, field->size, "%.0f", value);
        return strtod(at, NULL);
    }
    value = fmin(fmax(value, field->least), field->most);
    if (field->type == IA_SIZE)
        *(size_t *)at = (size_t)llround(value);
    else
        *(double *)at = value;
    return given(field, params);
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
    char subject[32]; // species or element; "": the first
    ia_result base;
    row *rows;
    size_t n;
} job;

// Of what is at the surface the element that it was made by; else what the first row has.
static void set_subject(job *j)
{
    const ia_table *table = ia_result_find(&j->base, j->plan->told[0].table);
    char **names = table && table->n_rows > 0 ? subjects_of(table) : NULL;
    const char *solute = j->state->volume.solute;
    char first[32];
    if (!names)
        return;
    snprintf(first, sizeof first, "%.*s", (int)strcspn(solute, ","), solute);
    bool is_there = j->plan->knobs[0].from && row_of(table, first) < table->n_rows;
    snprintf(j->subject, sizeof j->subject, "%s", is_there ? first : names[0]);
}

static void add_rows(job *j, const ia_field *field, double used, double value,
                     const ia_result *result)
{
    for (size_t q = 0; q < TOLD && j->plan->told[q].table; q++) {
        row *r = &j->rows[j->n++];
        double was = read_place(&j->base, j->plan->told[q], j->subject);
        *r = (row){.used = used, .value = value};
        snprintf(r->parameter, sizeof r->parameter, "%s", field->name);
        snprintf(r->unit, sizeof r->unit, "%s", field->unit);
        snprintf(r->quantity, sizeof r->quantity, "%s", j->plan->told[q].column);
        r->result = read_place(result, j->plan->told[q], j->subject);
        r->ratio = was > 0 ? r->result / was : NAN;
    }
}

// The value that was used; NAN where none was.
static double used_of(const job *j, const knob *k, const void *params)
{
    const ia_field *field = ia_method_find(j->kind->method, k->name);
    if (k->from)
        return k->from->used(j->state);
    if (k->used)
        return k->used(j->state);
    double used = given(field, params);
    return used > 0 ? used : read_place(&j->base, k->chosen, j->subject);
}

static ia_status run_with(job *j, const knob *k, double value, const void *params,
                          ia_result *result)
{
    ia_status st = k->from ? k->from->set(j->ctx, j->state, value) : IA_OK;
    return st == IA_OK ? j->kind->run(j->ctx, j->state, params, result) : st;
}

static ia_status vary(job *j, const knob *k, double used, const void *params)
{
    const ia_method *method = j->kind->method;
    const ia_field *field = ia_method_find(k->from ? k->from->method : method, k->name);
    double before = NAN;
    void *own = ia_array(j->ctx, 1, method->size);
    ia_status st = own ? IA_OK : IA_ERR_MEMORY;
    for (size_t f = 0; f < FACTORS && used > 0 && st == IA_OK; f++) {
        ia_result result = {0};
        bool is_base = factors[f] == 1;
        double value = used * factors[f];
        memcpy(own, params, method->size);
        if (!k->from)
            value = give(field, value, own);
        value = is_base ? used : value;
        if (value == before) // small counts, or a bound
            continue;
        before = value;
        if (!is_base)
            st = run_with(j, k, value, own, &result);
        if (st == IA_OK)
            add_rows(j, field, used, value, is_base ? &j->base : &result);
        ia_result_clear(&result);
    }
    if (st == IA_OK && k->from && used > 0)
        st = k->from->set(j->ctx, j->state, used); // as the next one expects it
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
    job j = {.ctx = ctx,
             .state = state,
             .kind = ia_step_kind_find(method),
             .plan = plan_of(method)};
    double used[KNOBS];
    if (!j.kind || !j.plan)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%s: no parameters are varied (knn, rdf, correlation, frequency, "
                       "profile, field, proxigram)",
                       method);
    ia_status st = ia_method_check(ctx, j.kind->method, params);
    if (st == IA_OK && !(j.rows = ia_array(ctx, KNOBS * FACTORS * TOLD, sizeof *j.rows)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = j.kind->run(ctx, state, params, &j.base);
    set_subject(&j);
    for (size_t k = 0; k < KNOBS && j.plan->knobs[k].name && st == IA_OK; k++)
        used[k] = used_of(&j, &j.plan->knobs[k], params); // before other runs follow
    for (size_t k = 0; k < KNOBS && j.plan->knobs[k].name && st == IA_OK; k++)
        st = vary(&j, &j.plan->knobs[k], used[k], params);
    if (st == IA_OK)
        st = put(&j, result);
    ia_result_clear(&j.base);
    free(j.rows);
    return st;
}
