// src/project/history.c: tell how a project came about.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "a=1 b=2", or names one after another where there are no values.
static char *join(ia_ctx *ctx, char **names, char **values, size_t n)
{
    char *text = ia_text(ctx, "");
    for (size_t i = 0; i < n && text; i++) {
        char *longer = ia_textf(ctx, "%s%s%s%s%s", text, i > 0 ? " " : "", names[i],
                                values ? "=" : "", values ? values[i] : "");
        free(text);
        text = longer;
    }
    return text;
}

static char *join_tables(ia_ctx *ctx, const project_step *step)
{
    size_t n = 0, n_names = step->result.n + step->n_per_ion;
    char **names = ia_array(ctx, n_names, sizeof *names);
    if (!names)
        return NULL;
    for (size_t t = 0; t < step->result.n; t++)
        names[n++] = step->result.tables[t].name;
    for (size_t i = 0; i < step->n_per_ion; i++)
        names[n++] = step->per_ion[i];
    char *text = join(ctx, names, NULL, n);
    free(names);
    return text;
}

static ia_status add_step(project_rows *rows, const project_step *step)
{
    ia_ctx *ctx = rows->ctx;
    char index[32], seconds[32];
    char *params = join(ctx, step->params, step->values, step->n_params);
    char *inputs = join(ctx, step->inputs, NULL, step->n_inputs);
    char *results = join_tables(ctx, step);
    char *version =
        ia_textf(ctx, "%s (%s, %s)", step->version, step->build, step->machine);
    ia_status st = IA_ERR_MEMORY;
    snprintf(index, sizeof index, "%llu", (unsigned long long)step->index);
    snprintf(seconds, sizeof seconds, "%.3f", step->seconds);
    if (params && inputs && results && version) {
        const char *cells[] = {index,   step->method, step->date, seconds, step->program,
                               version, params,       inputs,     results};
        st = project_rows_add(rows, cells);
    }
    free(params);
    free(inputs);
    free(results);
    free(version);
    return st;
}

static ia_status list_steps(ia_h5 *h5, ia_result *out)
{
    static const project_column columns[] = {
        {"step", IA_U64},        {"method", IA_TEXT},  {"time", IA_TEXT},
        {"seconds", IA_F64},     {"program", IA_TEXT}, {"version", IA_TEXT},
        {"parameters", IA_TEXT}, {"inputs", IA_TEXT},  {"results", IA_TEXT}};
    project_rows rows = {.ctx = h5->ctx, .n_columns = 9};
    size_t n = project_step_count(h5);
    ia_status st = IA_OK;
    for (size_t i = 1; i <= n && st == IA_OK; i++) {
        project_step step;
        if ((st = project_step_get(h5, i, true, &step)) != IA_OK)
            break;
        st = add_step(&rows, &step);
        project_step_clear(&step);
    }
    if (st == IA_OK)
        st = project_rows_table(&rows, "steps", columns, out);
    project_rows_clear(&rows);
    return st;
}

static ia_status add_note(project_rows *rows, ia_h5 *h5, const char *member)
{
    char name[IA_H5_NAME_MAX];
    project_note note;
    project_name(name, PROJECT_ENTRY "/%s", member);
    ia_status st = project_note_get(h5, name, &note);
    if (st != IA_OK)
        return st;
    const char *cells[] = {member,         note.role,     note.type,
                           note.file_name, note.checksum, note.bytes ? "yes" : "no"};
    st = project_rows_add(rows, cells);
    project_note_clear(&note);
    return st;
}

static ia_status list_inputs(ia_h5 *h5, ia_result *out)
{
    static const project_column columns[] = {{"input", IA_TEXT},  {"role", IA_TEXT},
                                             {"format", IA_TEXT}, {"name", IA_TEXT},
                                             {"sha256", IA_TEXT}, {"stored", IA_TEXT}};
    project_rows rows = {.ctx = h5->ctx, .n_columns = 6};
    size_t n = 0;
    char **members = NULL;
    ia_status st = project_note_list(h5, &n, &members);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = add_note(&rows, h5, members[i]);
    if (st == IA_OK)
        st = project_rows_table(&rows, "inputs", columns, out);
    ia_h5_free_texts(members, n);
    project_rows_clear(&rows);
    return st;
}

ia_status ia_project_history(ia_ctx *ctx, const char *path, ia_result *out)
{
    project_file file;
    ia_result result = {0};
    ia_status st = project_open(ctx, path, &file);
    if (st != IA_OK)
        return st;
    if ((st = list_steps(&file.h5, &result)) == IA_OK &&
        (st = list_inputs(&file.h5, &result)) == IA_OK)
        st = project_list_unknown(&file.h5, "unknown", &result);
    project_close(&file);
    if (st == IA_OK)
        *out = result;
    else
        ia_result_clear(&result);
    return st;
}
