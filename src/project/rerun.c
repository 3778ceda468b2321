// src/project/rerun.c: repeat the steps of a project and compare what comes out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where build or machine differ, values may differ by rounding; relative.
static const double rounding = 1e-9;

typedef struct {
    ia_ctx *ctx;
    ia_h5 *h5;
    ia_state state;
    ia_chain chain;
    char ranges[IA_H5_NAME_MAX]; // note whose bytes the state holds
    project_rows rows;           // step, method, result, stored, again, compared, same
    bool same, all_bits;
} rerun;

static bool is_same_build(const project_step *step)
{
    char machine[65];
    project_machine(machine, sizeof machine);
    return strcmp(step->version, ia_version()) == 0 &&
           strcmp(step->build, ia_build()) == 0 && strcmp(step->machine, machine) == 0;
}

static bool is_near(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= rounding * fmax(fabs(a), fabs(b));
}

static double value_at(const ia_table_column *column, size_t i)
{
    switch (column->type) {
    case IA_F64:
        return ((const double *)column->data)[i];
    case IA_I32:
        return ((const int32_t *)column->data)[i];
    case IA_U64:
        return (double)((const uint64_t *)column->data)[i];
    default:
        return ((const bool *)column->data)[i];
    }
}

static bool is_near_column(const ia_table_column *a, const ia_table_column *b,
                           size_t n_rows)
{
    size_t n = n_rows * ia_table_cell_size(a);
    for (size_t i = 0; i < n; i++) {
        if (ia_type_size(a->type) == 0) {
            if (strcmp(((char **)a->data)[i], ((char **)b->data)[i]) != 0)
                return false;
        } else if (!is_near(value_at(a, i), value_at(b, i))) {
            return false;
        }
    }
    return true;
}

static ia_status add(rerun *r, const project_step *step, const char *result,
                     const char *stored, const char *again, bool same)
{
    char index[32];
    bool bits = is_same_build(step);
    snprintf(index, sizeof index, "%llu", (unsigned long long)step->index);
    const char *cells[] = {index,
                           step->method,
                           result,
                           stored,
                           again,
                           bits ? "bits" : "values within 1e-9",
                           same ? "yes" : "no"};
    r->same &= same;
    r->all_bits &= bits;
    return project_rows_add(&r->rows, cells);
}

// Compare one column of the stored tables with that of the same name from this run.
static ia_status compare_column(rerun *r, const project_step *step, size_t t, size_t c,
                                const ia_result *again)
{
    const ia_table *stored = &step->result.tables[t];
    const ia_table *table = ia_result_find(again, stored->name);
    const ia_table_column *old = &stored->columns[c];
    const ia_table_column *now = table ? ia_table_find(table, old->name) : NULL;
    char before[65], after[65] = "", name[IA_H5_NAME_MAX];
    bool same = now && now->type == old->type && table->n_rows == stored->n_rows &&
                now->dims[0] == old->dims[0] && now->dims[1] == old->dims[1];
    ia_status st = ia_table_column_hash(r->ctx, stored, c, before);
    if (st == IA_OK && now)
        st = ia_table_column_hash(r->ctx, table, (size_t)(now - table->columns), after);
    if (st != IA_OK)
        return st;
    if (same)
        same = strcmp(before, after) == 0 ||
               (!is_same_build(step) && is_near_column(old, now, stored->n_rows));
    project_name(name, "%s.%s", stored->name, old->name);
    return add(r, step, name, before, after, same);
}

// Constants that poles told before the step are its parameters: how they were found is
// kept, not repeated.
static bool is_kept(const project_step *step, const ia_table *table)
{
    static const char *const names[] = {"fit", "fit_poles", "fit_drift", "fit_parts"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        found |= strcmp(table->name, names[i]) == 0;
    return found && strcmp(step->method, "reconstruct") == 0;
}

static ia_status add_kept(rerun *r, const project_step *step, const char *table)
{
    char index[32];
    snprintf(index, sizeof index, "%llu", (unsigned long long)step->index);
    const char *cells[] = {index, step->method, table, "kept", "", "not repeated", "yes"};
    return project_rows_add(&r->rows, cells);
}

static ia_status compare_tables(rerun *r, const project_step *step,
                                const ia_result *again)
{
    ia_status st = IA_OK;
    for (size_t t = 0; t < step->result.n && st == IA_OK; t++) {
        if (is_kept(step, &step->result.tables[t])) {
            st = add_kept(r, step, step->result.tables[t].name);
            continue;
        }
        for (size_t c = 0; c < step->result.tables[t].n_columns && st == IA_OK; c++)
            st = compare_column(r, step, t, c, again);
    }
    // Tables that were not there before are a difference too.
    for (size_t t = 0; t < again->n && st == IA_OK; t++)
        if (!ia_result_find(&step->result, again->tables[t].name))
            st = add(r, step, again->tables[t].name, "", "new", false);
    return st;
}

// Float columns of another build are compared value by value.
static ia_status is_near_rows(rerun *r, const char *name, const ia_column *column,
                              bool *near)
{
    ia_h5_array shape;
    ia_status st = ia_h5_get_shape(r->h5, name, &shape);
    if (st != IA_OK)
        return st;
    *near = shape.type == column->type && shape.n == column->n &&
            (shape.width > 0 ? shape.width : 1) == column->width &&
            (shape.type == IA_F32 || shape.type == IA_F64);
    size_t row = column->width * ia_type_size(column->type);
    char *old = *near ? ia_array(r->ctx, IA_COLUMN_BLOCK, row) : NULL;
    char *room = old ? ia_array(r->ctx, IA_COLUMN_BLOCK, row) : NULL;
    if (*near && !room)
        st = IA_ERR_MEMORY;
    for (size_t at = 0; *near && at < shape.n && st == IA_OK; at += IA_COLUMN_BLOCK) {
        size_t n = shape.n - at < IA_COLUMN_BLOCK ? shape.n - at : IA_COLUMN_BLOCK;
        st = ia_h5_get_rows(r->h5, name, &shape, at, n, old);
        const void *now = ia_column_rows(column, at, n, room);
        for (size_t i = 0; st == IA_OK && i < n * column->width; i++)
            *near &=
                shape.type == IA_F32
                    ? fabsf(((const float *)(void *)old)[i] - ((const float *)now)[i]) <=
                          4e-7f * fabsf(((const float *)now)[i])
                    : is_near(((const double *)(void *)old)[i], ((const double *)now)[i]);
    }
    free(old);
    free(room);
    return st;
}

static ia_status compare_per_ion(rerun *r, const project_step *step,
                                 const ia_step_kind *kind)
{
    char name[IA_H5_NAME_MAX], hex[65];
    char *stored = NULL;
    const char *title = "";
    if (step->n_per_ion == 0 || !kind->per_ion)
        return IA_OK;
    ia_column column = kind->per_ion(&r->state, &title);
    project_name(name, PROJECT_ENTRY "/process%llu/per_ion/%s",
                 (unsigned long long)step->index, title);
    ia_status st = ia_column_sha256(r->ctx, &column, hex);
    if (st == IA_OK)
        st = ia_h5_get_attr_text(r->h5, name, "sha256", &stored);
    bool same = st == IA_OK && strcmp(stored, hex) == 0;
    if (st == IA_OK && !same && !is_same_build(step))
        st = is_near_rows(r, name, &column, &same);
    if (st == IA_OK)
        st = add(r, step, title, stored, hex, same);
    free(stored);
    return st;
}

// The range file that the step stood on, if the state holds another.
static ia_status take_ranges(rerun *r, const project_step *step)
{
    char name[IA_H5_NAME_MAX];
    project_note note;
    if (!project_step_is_ranged(step) || strcmp(step->inputs[1], r->ranges) == 0)
        return IA_OK;
    project_name(name, PROJECT_ENTRY "/%s", step->inputs[1]);
    ia_status st = project_note_get(r->h5, name, &note);
    if (st != IA_OK)
        return st;
    ia_source_clear(&r->state.ranges_file);
    r->state.ranges_file =
        (ia_source){.bytes = note.bytes, .n = note.n, .path = note.file_name};
    note.bytes = NULL;
    note.file_name = NULL;
    project_note_clear(&note);
    project_name(r->ranges, "%s", step->inputs[1]);
    return IA_OK;
}

// The files of other people that an agreement was asked of.
static ia_status take_people(rerun *r, const project_step *step)
{
    char name[IA_H5_NAME_MAX];
    ia_status st = IA_OK;
    if (strcmp(step->method, "agreement") != 0)
        return IA_OK;
    for (size_t i = 0; i < r->state.n_people; i++)
        ia_source_clear(&r->state.people[i]);
    r->state.n_people = 0;
    for (size_t i = 1; i < step->n_inputs && i <= IA_PEOPLE_MAX && st == IA_OK; i++) {
        project_note note;
        project_name(name, PROJECT_ENTRY "/%s", step->inputs[i]);
        if ((st = project_note_get(r->h5, name, &note)) != IA_OK)
            return st;
        r->state.people[r->state.n_people++] =
            (ia_source){.bytes = note.bytes, .n = note.n, .path = note.file_name};
        note.bytes = NULL;
        note.file_name = NULL;
        project_note_clear(&note);
    }
    return st;
}

// The mesh that distances were measured to, if one was given.
static ia_status take_mesh(rerun *r, const project_step *step)
{
    const char *input = project_step_input(step, PROJECT_OF_MESH);
    char name[IA_H5_NAME_MAX];
    project_note note;
    ia_source_clear(&r->state.mesh_file);
    if (!input)
        return IA_OK;
    ia_status st =
        project_note_get(r->h5, project_name(name, PROJECT_ENTRY "/%s", input), &note);
    if (st != IA_OK)
        return st;
    if (note.bytes) {
        r->state.mesh_file =
            (ia_source){.bytes = note.bytes, .n = note.n, .path = note.file_name};
        note.bytes = NULL;
        note.file_name = NULL;
    } else {
        st = ia_fail(r->ctx, IA_ERR_UNSUPPORTED,
                     "%s: step %llu (%s) measured distances to %s, which is too large to "
                     "be kept: only its SHA-256 is (%s)",
                     r->h5->path, (unsigned long long)step->index, step->method,
                     note.file_name, note.checksum);
    }
    project_note_clear(&note);
    return st;
}

static ia_status restore_params(rerun *r, const project_step *step,
                                const ia_method *method, void *params)
{
    ia_method_defaults(method, params);
    // The stored ions are those that `read` let through: nothing is dropped, mirrored or
    // cut out again.
    if (strcmp(method->name, "read") == 0)
        return IA_OK;
    for (size_t i = 0; i < step->n_params; i++) {
        const ia_field *field = ia_method_find(method, step->params[i]);
        if (!field)
            return ia_fail(
                r->ctx, IA_ERR_UNSUPPORTED,
                "%s: step %llu (%s) has a parameter %s, unknown to this version",
                r->h5->path, (unsigned long long)step->index, step->method,
                step->params[i]);
        ia_status st = ia_field_read(r->ctx, field, step->values[i], params);
        if (st != IA_OK)
            return st;
    }
    return IA_OK;
}

static ia_status repeat(rerun *r, const project_step *step)
{
    const ia_step_kind *kind = ia_step_kind_find(step->method);
    if (!kind)
        return ia_fail(r->ctx, IA_ERR_UNSUPPORTED,
                       "%s: step %llu is a '%s', which this version does not have",
                       r->h5->path, (unsigned long long)step->index, step->method);
    void *params = ia_array(r->ctx, 1, kind->method->size);
    if (!params)
        return IA_ERR_MEMORY;
    ia_status st;
    if ((st = restore_params(r, step, kind->method, params)) == IA_OK &&
        (st = take_ranges(r, step)) == IA_OK && (st = take_people(r, step)) == IA_OK &&
        (st = take_mesh(r, step)) == IA_OK) {
        st = ia_chain_run(r->ctx, &r->chain, &r->state, step->method, params);
    }
    free(params);
    if (st != IA_OK ||
        (st = compare_tables(r, step, &r->chain.steps[r->chain.n - 1].result)) != IA_OK)
        return st;
    return compare_per_ion(r, step, kind);
}

// m/n as it was before a calibration; none where the record keeps none.
static ia_status take_back(rerun *r, const char *name)
{
    ia_ions *ions = &r->state.ions;
    ia_h5_array shape;
    ia_status st;
    ions->columns[IA_MASS] = (ia_column){0};
    if (!ia_h5_has(r->h5, name))
        return IA_OK;
    if ((st = ia_h5_get_shape(r->h5, name, &shape)) != IA_OK)
        return st;
    if (shape.type != IA_F32 || shape.n != ions->n || shape.width > 1)
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: one m/n per ion was expected", name);
    float *mass = ia_array(r->ctx, shape.n, sizeof *mass);
    if (!mass)
        return IA_ERR_MEMORY;
    free(r->state.mass);
    r->state.mass = mass;
    ions->columns[IA_MASS] = ia_column_of(IA_F32, 1, shape.n, mass);
    return shape.n > 0 ? ia_h5_get_rows(r->h5, name, &shape, 0, shape.n, mass) : IA_OK;
}

static bool gave_masses(const ia_result *result)
{
    const ia_table *table = ia_result_find(result, "calibration");
    const ia_table_column *verdict = table ? ia_table_find(table, "verdict") : NULL;
    return verdict && verdict->type == IA_TEXT && table->n_rows == 1 &&
           strcmp(((char **)verdict->data)[0], "calibrated") == 0;
}

// The ions of a project have the m/n that its steps gave them; steps begin without.
static ia_status undo_masses(rerun *r)
{
    size_t n = project_step_count(r->h5);
    ia_status st = IA_OK;
    for (size_t i = 1; i <= n && st == IA_OK; i++) {
        project_step step;
        char name[IA_H5_NAME_MAX];
        if ((st = project_step_get(r->h5, i, true, &step)) != IA_OK)
            return st;
        bool flight = strcmp(step.method, "flight") == 0;
        bool found = strcmp(step.method, "calibrate") == 0 && gave_masses(&step.result);
        project_name(name, PROJECT_ENTRY "/process%zu/per_ion/mass_before", i);
        if (flight || found)
            st = take_back(r, name);
        project_step_clear(&step);
        if (flight || found)
            break;
    }
    return st;
}

// Positions as they were before a reconstruction.
static ia_status take_back_places(rerun *r, const char *name)
{
    ia_ions *ions = &r->state.ions;
    ia_h5_array shape;
    ia_status st;
    ions->columns[IA_XYZ] = (ia_column){0};
    if (!ia_h5_has(r->h5, name))
        return IA_OK;
    if ((st = ia_h5_get_shape(r->h5, name, &shape)) != IA_OK)
        return st;
    if (shape.type != IA_F32 || shape.n != ions->n || shape.width != 3)
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: positions of all ions were expected",
                       name);
    float *xyz = ia_array(r->ctx, shape.n, 3 * sizeof *xyz);
    if (!xyz)
        return IA_ERR_MEMORY;
    free(r->state.xyz);
    r->state.xyz = xyz;
    ions->columns[IA_XYZ] = ia_column_of(IA_F32, 3, shape.n, xyz);
    return shape.n > 0 ? ia_h5_get_rows(r->h5, name, &shape, 0, shape.n, xyz) : IA_OK;
}

static ia_status undo_places(rerun *r)
{
    size_t n = project_step_count(r->h5);
    for (size_t i = 1; i <= n; i++) {
        project_step step;
        char name[IA_H5_NAME_MAX];
        ia_status st = project_step_get(r->h5, i, false, &step);
        if (st != IA_OK)
            return st;
        bool is_it = strcmp(step.method, "reconstruct") == 0;
        project_step_clear(&step);
        project_name(name, PROJECT_ENTRY "/process%zu/per_ion/xyz_before", i);
        if (is_it)
            return take_back_places(r, name);
    }
    return IA_OK;
}

static ia_status repeat_all(rerun *r)
{
    size_t n = project_step_count(r->h5);
    ia_status st = undo_masses(r);
    if (st == IA_OK)
        st = undo_places(r);
    for (size_t i = 1; i <= n && st == IA_OK; i++) {
        project_step step;
        if ((st = project_step_get(r->h5, i, true, &step)) != IA_OK)
            return st;
        step.index = i;
        st = repeat(r, &step);
        project_step_clear(&step);
    }
    return st;
}

static ia_status add_summary(rerun *r, ia_result *out)
{
    char machine[65];
    project_machine(machine, sizeof machine);
    ia_table *table = ia_result_add(r->ctx, out, "rerun", IA_SCALARS, 1);
    ia_status st;
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(r->ctx, table, "build", ia_build())) != IA_OK ||
        (st = ia_table_add_text(r->ctx, table, "machine", machine)) != IA_OK)
        return st;
    return ia_table_add_text(r->ctx, table, "compared",
                             r->all_bits ? "bits"
                                         : "values within 1e-9 where the build "
                                           "or machine is another");
}

ia_status ia_project_rerun(ia_ctx *ctx, const char *path, ia_result *out, bool *same)
{
    static const project_column columns[] = {{"step", IA_U64},    {"method", IA_TEXT},
                                             {"result", IA_TEXT}, {"stored", IA_TEXT},
                                             {"again", IA_TEXT},  {"compared", IA_TEXT},
                                             {"same", IA_TEXT}};
    project_file file;
    ia_result result = {0};
    ia_meta meta = {0};
    rerun r = {.ctx = ctx, .same = true, .all_bits = true};
    r.rows = (project_rows){.ctx = ctx, .n_columns = 7};
    ia_status st = project_open(ctx, path, &file);
    if (st != IA_OK)
        return st;
    r.h5 = &file.h5;
    r.state.meta = &meta;
    if ((st = project_load_ions(&file.h5, &r.state.ions)) == IA_OK &&
        (st = project_load_meta(&file.h5, &meta)) == IA_OK &&
        (st = repeat_all(&r)) == IA_OK &&
        (st = project_rows_table(&r.rows, "steps", columns, &result)) == IA_OK)
        st = add_summary(&r, &result);
    project_rows_clear(&r.rows);
    ia_chain_clear(&r.chain);
    ia_state_clear(&r.state);
    ia_meta_clear(&meta);
    project_close(&file);
    if (st != IA_OK) {
        ia_result_clear(&result);
        return st;
    }
    *out = result;
    *same = r.same;
    return IA_OK;
}
