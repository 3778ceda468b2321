// src/project/step.c: write steps into a project: what was run, how, and what came out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const shapes[] = {"scalars", "rows", "keyed", "arrays", "object"};

static const char *type_word(ia_type type)
{
    switch (type) {
    case IA_F64:
        return "f64";
    case IA_I32:
        return "i32";
    case IA_U64:
        return "u64";
    case IA_BOOL:
        return "bool";
    case IA_TALLY:
        return "tally";
    case IA_ATOMS:
        return "atoms";
    case IA_WORDS:
        return "words";
    default:
        return "text";
    }
}

// A free link name below `group` that looks like `title`.
static void link_name(ia_h5 *h5, const char *group, const char *title,
                      char out[IA_H5_NAME_MAX])
{
    char plain[128];
    snprintf(plain, sizeof plain, "%s", *title && strcmp(title, ".") != 0 ? title : "_");
    for (char *c = plain; *c; c++)
        *c = *c == '/' ? '_' : *c;
    project_name(out, "%s/%s", group, plain);
    for (size_t i = 2; ia_h5_has(h5, out); i++)
        project_name(out, "%s/%s_%zu", group, plain, i);
}

static ia_status put_column(ia_h5 *h5, const char *group, const ia_table *table, size_t c,
                            char name[IA_H5_NAME_MAX])
{
    const ia_table_column *column = &table->columns[c];
    char hex[65];
    ia_status st = ia_table_column_hash(h5->ctx, table, c, hex);
    if (st != IA_OK)
        return st;
    link_name(h5, group, column->name, name);
    if (ia_type_size(column->type) == 0) {
        st = ia_h5_put_texts(h5, name, (const char *const *)column->data, table->n_rows);
    } else {
        size_t width = column->dims[1] > 0 ? ia_table_cell_size(column) : 0;
        ia_h5_array values = {column->type, table->n_rows, width, column->data,
                              project_unit_of(column->name)};
        st = ia_h5_put_array(h5, name, &values);
    }
    // A cell that is a list of lists lies in one row; its rows are told.
    if (st == IA_OK && column->dims[0] > 0)
        st = ia_h5_attr_u64(h5, name, "cell_rows", column->dims[0]);
    if (st != IA_OK || (st = ia_h5_attr_text(h5, name, "name", column->name)) != IA_OK ||
        (st = ia_h5_attr_text(h5, name, "type", type_word(column->type))) != IA_OK)
        return st;
    return ia_h5_attr_text(h5, name, "sha256", hex);
}

// Long numeric tables open as a plot: second column over the first.
static bool is_plot(const ia_table *table)
{
    return table->shape == IA_ARRAYS && table->n_columns >= 2 &&
           ia_type_size(table->columns[0].type) > 0 &&
           ia_type_size(table->columns[1].type) > 0;
}

static ia_status put_plot_role(ia_h5 *h5, const char *group, size_t c, const char *column)
{
    char attr[IA_H5_NAME_MAX];
    if (c > 0)
        return ia_h5_attr_nexus(h5, group, "signal", column);
    ia_status st = ia_h5_attr_nexus(h5, group, "axes", column);
    if (st != IA_OK)
        return st;
    return ia_h5_attr_u64(h5, group, project_name(attr, "%s_indices", column), 0);
}

static ia_status put_table(ia_h5 *h5, const char *results, const ia_table *table)
{
    char group[IA_H5_NAME_MAX], name[IA_H5_NAME_MAX];
    link_name(h5, results, table->name, group);
    ia_status st = ia_h5_put_group(h5, group, is_plot(table) ? "NXdata" : "NXcollection");
    if (st != IA_OK || (st = ia_h5_attr_text(h5, group, "name", table->name)) != IA_OK ||
        (st = ia_h5_attr_text(h5, group, "shape", shapes[table->shape])) != IA_OK ||
        (st = ia_h5_attr_u64(h5, group, "n_rows", table->n_rows)) != IA_OK)
        return st;
    for (size_t c = 0; c < table->n_columns && st == IA_OK; c++) {
        st = put_column(h5, group, table, c, name);
        if (st == IA_OK && is_plot(table) && c < 2)
            st = put_plot_role(h5, group, c, strrchr(name, '/') + 1);
    }
    return st;
}

static ia_status put_result(ia_h5 *h5, const char *process, const ia_result *result)
{
    char group[IA_H5_NAME_MAX];
    project_name(group, "%s/results", process);
    ia_status st = ia_h5_put_group(h5, group, "NXcollection");
    for (size_t t = 0; t < result->n && st == IA_OK; t++)
        st = put_table(h5, group, &result->tables[t]);
    return st;
}

static ia_status put_param(ia_h5 *h5, const char *group, const ia_field *field,
                           const void *params)
{
    char name[IA_H5_NAME_MAX], text[IA_FIELD_TEXT_MAX];
    const char *at = (const char *)params + field->offset;
    ia_status st;
    project_name(name, "%s/%s", group, field->name);
    ia_field_write(field, params, text, sizeof text);
    switch (field->type) {
    case IA_F64:
        st = ia_h5_put_f64(h5, name, *(const double *)(const void *)at, field->unit);
        break;
    case IA_SIZE:
        st = ia_h5_put_u64(h5, name, *(const size_t *)(const void *)at);
        break;
    case IA_U64:
        st = ia_h5_put_u64(h5, name, *(const uint64_t *)(const void *)at);
        break;
    case IA_BOOL:
        st = ia_h5_put_bool(h5, name, *(const bool *)at);
        break;
    default:
        st = ia_h5_put_text(h5, name, text);
    }
    if (st == IA_OK)
        st = ia_h5_attr_text(h5, name, "text", text);
    return st == IA_OK ? ia_h5_attr_text(h5, name, "description", field->help) : st;
}

static ia_status put_params(ia_h5 *h5, const char *process, const ia_step_record *record)
{
    const ia_method *method = record->kind->method;
    const ia_field *seed = ia_method_find(method, "seed");
    char group[IA_H5_NAME_MAX], name[IA_H5_NAME_MAX];
    project_name(group, "%s/parameters", process);
    ia_status st = ia_h5_put_group(h5, group, "NXparameters");
    for (size_t i = 0; i < method->n_fields && st == IA_OK; i++)
        st = put_param(h5, group, &method->fields[i], record->params);
    if (st == IA_OK && seed && seed->type == IA_U64) {
        const char *at = (const char *)record->params + seed->offset;
        st = ia_h5_put_u64(h5, project_name(name, "%s/seed", process),
                           *(const uint64_t *)(const void *)at);
    }
    return st;
}

static ia_status put_field(ia_h5 *h5, const char *process, const char *field,
                           const char *text)
{
    char name[IA_H5_NAME_MAX];
    return ia_h5_put_text(h5, project_name(name, "%s/%s", process, field), text);
}

static ia_status put_identity(ia_h5 *h5, const char *process, size_t index,
                              const ia_step_record *record)
{
    const ia_method *method = record->kind->method;
    char name[IA_H5_NAME_MAX], machine[65], date[32];
    time_t started = (time_t)record->started;
    struct tm utc;
    ia_status st;
    project_machine(machine, sizeof machine);
    if (!gmtime_r(&started, &utc) || !strftime(date, sizeof date, "%FT%TZ", &utc))
        strcpy(date, PROJECT_UNKNOWN);
    if ((st = ia_h5_put_group(h5, process, "NXprocess")) != IA_OK ||
        (st = put_field(h5, process, "program", "ionatlas")) != IA_OK ||
        (st = put_field(h5, process, "version", ia_version())) != IA_OK ||
        (st = put_field(h5, process, "build", ia_build())) != IA_OK ||
        (st = put_field(h5, process, "machine", machine)) != IA_OK ||
        (st = put_field(h5, process, "method", method->name)) != IA_OK ||
        (st = put_field(h5, process, "title", method->title)) != IA_OK ||
        (st = put_field(h5, process, "date", date)) != IA_OK)
        return st;
    project_name(name, "%s/sequence_index", process);
    if ((st = ia_h5_put_u64(h5, name, index)) != IA_OK)
        return st;
    return ia_h5_put_f64(h5, project_name(name, "%s/seconds", process), record->seconds,
                         "s");
}

// Which notes a step stood on: the range file matters from the `range` step on.
typedef struct {
    const char *names[1 + IA_PEOPLE_MAX];
    size_t n;
} inputs;

// Names of the notes of people's range files, for the steps that compare these.
typedef struct {
    char names[IA_PEOPLE_MAX][IA_H5_NAME_MAX];
    inputs inputs; // of such a step
} people_notes;

static ia_status name_people(project_job *job, people_notes *out)
{
    ia_status st = IA_OK;
    out->inputs = (inputs){{"note_ions"}, 1};
    for (size_t i = 0; i < job->state->n_people && st == IA_OK; i++) {
        st = project_note_of(job, PROJECT_OF_RANGES, &job->state->people[i],
                             out->names[i]);
        if (st == IA_OK && *out->names[i])
            out->inputs.names[out->inputs.n++] =
                out->names[i] + strlen(PROJECT_ENTRY "/");
    }
    return st;
}

static ia_status put_per_ion(project_job *job, const char *process,
                             const ia_step_record *record)
{
    const char *title = NULL;
    char name[IA_H5_NAME_MAX], hex[65];
    if (!record->kind->per_ion)
        return IA_OK;
    ia_column column = record->kind->per_ion(job->state, &title);
    if (!ia_column_is_present(&column))
        return IA_OK;
    project_name(name, "%s/per_ion", process);
    ia_status st = ia_h5_put_group(&job->h5, name, "NXcollection");
    if (st != IA_OK)
        return st;
    project_name(name, "%s/per_ion/%s", process, title);
    return ia_h5_put_column(&job->h5, name, &column, "", hex);
}

static ia_status put_step(project_job *job, size_t index, const ia_step_record *record,
                          const inputs *from)
{
    ia_h5 *h5 = &job->h5;
    char process[IA_H5_NAME_MAX], name[IA_H5_NAME_MAX], hex[65];
    project_step stored;
    ia_status st;
    project_name(process, PROJECT_ENTRY "/process%zu", index);
    project_name(name, "%s/inputs", process);
    if ((st = put_identity(h5, process, index, record)) != IA_OK ||
        (st = put_params(h5, process, record)) != IA_OK ||
        (st = ia_h5_put_texts(h5, name, from->names, from->n)) != IA_OK)
        return st;
    project_name(name, "%s/warnings", process);
    if ((record->n_warnings > 0 &&
         (st = ia_h5_put_texts(h5, name, (const char *const *)record->warnings,
                               record->n_warnings)) != IA_OK) ||
        (st = put_result(h5, process, &record->result)) != IA_OK ||
        (st = put_per_ion(job, process, record)) != IA_OK ||
        (st = project_put_field(job, process, record)) != IA_OK ||
        (st = project_step_get(h5, index, false, &stored)) != IA_OK)
        return st;
    if ((st = project_step_hash(h5, &stored, hex)) == IA_OK)
        st = ia_h5_attr_text(h5, process, "sha256", hex);
    project_step_clear(&stored);
    return st;
}

static bool has_param(const project_step *old, const ia_field *field, const void *params)
{
    char text[IA_FIELD_TEXT_MAX];
    ia_field_write(field, params, text, sizeof text);
    for (size_t i = 0; i < old->n_params; i++)
        if (strcmp(old->params[i], field->name) == 0)
            return strcmp(old->values[i], text) == 0;
    return false;
}

static ia_status is_same_result(ia_ctx *ctx, const ia_result *a, const ia_result *b,
                                bool *same)
{
    *same = a->n == b->n;
    for (size_t t = 0; t < a->n && *same; t++) {
        const ia_table *left = &a->tables[t], *right = &b->tables[t];
        *same = strcmp(left->name, right->name) == 0 &&
                left->n_columns == right->n_columns && left->n_rows == right->n_rows;
        for (size_t c = 0; c < left->n_columns && *same; c++) {
            char one[65], other[65];
            ia_status st = ia_table_column_hash(ctx, left, c, one);
            if (st == IA_OK)
                st = ia_table_column_hash(ctx, right, c, other);
            if (st != IA_OK)
                return st;
            *same = strcmp(one, other) == 0 &&
                    strcmp(left->columns[c].name, right->columns[c].name) == 0;
        }
    }
    return IA_OK;
}

static ia_status is_same_step(project_job *job, const project_step *old,
                              const ia_step_record *record, const inputs *from,
                              bool *same)
{
    const ia_method *method = record->kind->method;
    *same = strcmp(old->method, method->name) == 0 && old->n_inputs == from->n &&
            old->n_params == method->n_fields;
    for (size_t i = 0; i < from->n && *same; i++)
        *same = strcmp(old->inputs[i], from->names[i]) == 0;
    for (size_t i = 0; i < method->n_fields && *same; i++)
        *same = has_param(old, &method->fields[i], record->params);
    return *same ? is_same_result(job->ctx, &old->result, &record->result, same) : IA_OK;
}

static ia_status is_there(project_job *job, size_t n_old, const ia_step_record *record,
                          const inputs *from, bool *found)
{
    *found = false;
    for (size_t i = 1; i <= n_old && !*found; i++) {
        project_step old;
        ia_status st = project_step_get(job->old, i, true, &old);
        if (st != IA_OK)
            return st;
        st = is_same_step(job, &old, record, from, found);
        project_step_clear(&old);
        if (st != IA_OK)
            return st;
    }
    return IA_OK;
}

// What a step stood on: `from`, and the mesh that distances were measured to.
static inputs inputs_of(const ia_step_record *record, const inputs *from,
                        const char *mesh)
{
    inputs own = *from;
    if (*mesh && strcmp(record->kind->method->name, "proxigram") == 0)
        own.names[own.n++] = mesh + strlen(PROJECT_ENTRY "/");
    return own;
}

ia_status project_put_steps(project_job *job)
{
    size_t n_old = job->old ? project_step_count(job->old) : 0, n = n_old;
    char name[IA_H5_NAME_MAX], ranges[IA_H5_NAME_MAX], mesh[IA_H5_NAME_MAX];
    inputs from = {{"note_ions"}, 1};
    people_notes people;
    ia_status st = project_ranges_note(job, ranges);
    if (st == IA_OK)
        st = project_note_of(job, PROJECT_OF_MESH, &job->state->mesh_file, mesh);
    if (st == IA_OK)
        st = name_people(job, &people);
    for (size_t i = 1; i <= n_old && st == IA_OK; i++)
        st = ia_h5_copy(job->old, &job->h5,
                        project_name(name, PROJECT_ENTRY "/process%zu", i));
    for (size_t i = 0; i < job->chain->n && st == IA_OK; i++) {
        const ia_step_record *record = &job->chain->steps[i];
        bool found = false;
        if (strcmp(record->kind->method->name, "range") == 0 && *ranges) {
            from.names[1] = ranges + strlen(PROJECT_ENTRY "/");
            from.n = 2;
        }
        bool compares = strcmp(record->kind->method->name, "agreement") == 0;
        const inputs own = compares ? people.inputs : inputs_of(record, &from, mesh);
        if (n_old > 0)
            st = is_there(job, n_old, record, &own, &found);
        if (st == IA_OK && !found)
            st = put_step(job, ++n, record, &own);
    }
    return st;
}
