// src/project/stored.c: read a step back from a project, with its tables where wanted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ionatlas/hash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ROWS_MOST = 1 << 28 };

static const struct {
    const char *name;
    ia_type type;
} types[] = {{"f64", IA_F64},     {"i32", IA_I32},    {"u64", IA_U64},
             {"bool", IA_BOOL},   {"text", IA_TEXT},  {"tally", IA_TALLY},
             {"words", IA_WORDS}, {"atoms", IA_ATOMS}};
static const char *const shapes[] = {"scalars", "rows", "keyed", "arrays", "object"};

size_t project_step_count(ia_h5 *h5)
{
    char name[IA_H5_NAME_MAX];
    size_t n = 0;
    while (n < PROJECT_STEPS_MOST &&
           ia_h5_has(h5, project_name(name, PROJECT_ENTRY "/process%zu", n + 1)))
        n++;
    return n;
}

// The type by its word; IA_CHOICE, which no cell has, when it is none.
static ia_type type_named(const char *word)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, word) == 0)
            return types[i].type;
    return IA_CHOICE;
}

static ia_status get_texts_column(ia_h5 *h5, const char *name, const char *title,
                                  ia_type type, ia_table *table)
{
    size_t n = 0;
    char **texts = NULL, **data = NULL;
    ia_status st = ia_h5_get_texts(h5, name, &n, &texts);
    if (st == IA_OK && n != table->n_rows)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s has %zu values, %zu were expected",
                     h5->path, name, n, table->n_rows);
    if (st == IA_OK && !(data = ia_table_add(h5->ctx, table, title, type)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; data && i < n; i++) {
        data[i] = texts[i]; // the table's now
        texts[i] = NULL;
    }
    ia_h5_free_texts(texts, n);
    return st;
}

static ia_status get_numbers_column(ia_h5 *h5, const char *name, const char *title,
                                    ia_type type, ia_table *table)
{
    ia_h5_array shape;
    uint64_t r = 0;
    ia_status st = ia_h5_get_shape(h5, name, &shape);
    if (st == IA_OK && ia_h5_has_attr(h5, name, "cell_rows"))
        st = ia_h5_get_attr_u64(h5, name, "cell_rows", &r);
    if (st != IA_OK)
        return st;
    if (shape.type != type || shape.n != table->n_rows ||
        (r > 0 && (r > shape.width || shape.width % r != 0)))
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s is not a column of %zu cells",
                       h5->path, name, table->n_rows);
    size_t k = r > 0 ? shape.width / (size_t)r : shape.width;
    void *data = ia_table_add_cells(h5->ctx, table, title, type, (size_t)r, k);
    return data ? ia_h5_get_rows(h5, name, &shape, 0, shape.n, data) : IA_ERR_MEMORY;
}

static ia_status get_column(ia_h5 *h5, const char *name, ia_table *table)
{
    char *title = NULL, *word = NULL;
    ia_status st;
    if ((st = ia_h5_get_attr_text(h5, name, "name", &title)) != IA_OK ||
        (st = ia_h5_get_attr_text(h5, name, "type", &word)) != IA_OK)
        goto done;
    ia_type type = type_named(word);
    if (type == IA_CHOICE)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s has the type %.20s, which is none",
                     h5->path, name, word);
    else if (ia_type_size(type) == 0)
        st = get_texts_column(h5, name, title, type, table);
    else
        st = get_numbers_column(h5, name, title, type, table);
done:
    free(title);
    free(word);
    return st;
}

static ia_status get_shape(ia_h5 *h5, const char *group, ia_table_shape *shape, size_t *n)
{
    char *word = NULL;
    uint64_t n_rows;
    ia_status st;
    if ((st = ia_h5_get_attr_text(h5, group, "shape", &word)) != IA_OK ||
        (st = ia_h5_get_attr_u64(h5, group, "n_rows", &n_rows)) != IA_OK) {
        free(word);
        return st;
    }
    size_t k = 0;
    while (k < sizeof shapes / sizeof shapes[0] && strcmp(shapes[k], word) != 0)
        k++;
    if (k == sizeof shapes / sizeof shapes[0] || n_rows > TABLE_ROWS_MOST)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT,
                     "%s: %s is \"%.20s\" of %llu rows, no table of ours", h5->path,
                     group, word, (unsigned long long)n_rows);
    free(word);
    *shape = (ia_table_shape)k;
    *n = (size_t)n_rows;
    return st;
}

static ia_status get_table(ia_h5 *h5, const char *group, ia_result *out)
{
    char *title = NULL, **columns = NULL, name[IA_H5_NAME_MAX];
    ia_table *table = NULL;
    ia_table_shape shape;
    size_t n_columns = 0, n_rows;
    ia_status st;
    if ((st = get_shape(h5, group, &shape, &n_rows)) != IA_OK ||
        (st = ia_h5_get_attr_text(h5, group, "name", &title)) != IA_OK ||
        (st = ia_h5_list(h5, group, &n_columns, &columns)) != IA_OK)
        goto done;
    if (!(table = ia_result_add(h5->ctx, out, title, shape, n_rows)))
        st = IA_ERR_MEMORY;
    for (size_t c = 0; c < n_columns && st == IA_OK; c++)
        st = get_column(h5, project_name(name, "%s/%s", group, columns[c]), table);
done:
    ia_h5_free_texts(columns, n_columns);
    free(title);
    return st;
}

static ia_status get_result(ia_h5 *h5, size_t index, ia_result *out)
{
    char group[IA_H5_NAME_MAX], **tables = NULL;
    size_t n = 0;
    project_name(group, PROJECT_ENTRY "/process%zu/results", index);
    ia_status st = ia_h5_list(h5, group, &n, &tables);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        project_name(group, PROJECT_ENTRY "/process%zu/results/%s", index, tables[i]);
        st = get_table(h5, group, out);
    }
    ia_h5_free_texts(tables, n);
    return st;
}

// A parameter is stored as a value for other readers and as text for us: both must say
// the same.
static ia_status check_param(ia_h5 *h5, const char *name, const ia_field *field,
                             const char *text)
{
    double number = 0;
    uint64_t whole = 0;
    char *stored = NULL;
    bool same = true;
    ia_status st = IA_OK;
    if (field->type == IA_F64) {
        st = ia_h5_get_f64(h5, name, &number);
        same = number == strtod(text, NULL);
    } else if (field->type == IA_SIZE || field->type == IA_U64) {
        st = ia_h5_get_u64(h5, name, &whole);
        same = whole == strtoull(text, NULL, 10);
    } else if (field->type == IA_TEXT || field->type == IA_CHOICE) {
        st = ia_h5_get_text(h5, name, &stored);
        same = st == IA_OK && strcmp(stored, text) == 0;
        free(stored);
    }
    if (st == IA_OK && !same)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT,
                     "%s: %s and its text '%s' differ: one of them was changed", h5->path,
                     name, text);
    return st;
}

static ia_status get_params(ia_h5 *h5, size_t index, project_step *s)
{
    char name[IA_H5_NAME_MAX];
    project_name(name, PROJECT_ENTRY "/process%zu/parameters", index);
    ia_status st = ia_h5_list(h5, name, &s->n_params, &s->params);
    if (st != IA_OK)
        return st;
    if (!(s->values = ia_array(h5->ctx, s->n_params, sizeof *s->values)))
        return IA_ERR_MEMORY;
    const ia_method *method = ia_method_named(s->method);
    for (size_t i = 0; i < s->n_params && st == IA_OK; i++) {
        project_name(name, PROJECT_ENTRY "/process%zu/parameters/%s", index,
                     s->params[i]);
        const ia_field *field = method ? ia_method_find(method, s->params[i]) : NULL;
        st = ia_h5_get_attr_text(h5, name, "text", &s->values[i]);
        if (st == IA_OK && field)
            st = check_param(h5, name, field, s->values[i]);
    }
    return st;
}

static ia_status get_lists(ia_h5 *h5, size_t index, project_step *s)
{
    char name[IA_H5_NAME_MAX];
    ia_status st = get_params(h5, index, s);
    if (st != IA_OK)
        return st;
    project_name(name, PROJECT_ENTRY "/process%zu/inputs", index);
    if ((st = ia_h5_get_texts(h5, name, &s->n_inputs, &s->inputs)) != IA_OK)
        return st;
    project_name(name, PROJECT_ENTRY "/process%zu/warnings", index);
    if (ia_h5_has(h5, name) &&
        (st = ia_h5_get_texts(h5, name, &s->n_warnings, &s->warnings)) != IA_OK)
        return st;
    project_name(name, PROJECT_ENTRY "/process%zu/per_ion", index);
    return ia_h5_has(h5, name) ? ia_h5_list(h5, name, &s->n_per_ion, &s->per_ion) : IA_OK;
}

static ia_status get_texts(ia_h5 *h5, size_t index, project_step *s)
{
    struct {
        const char *field;
        char **out;
    } fields[] = {{"program", &s->program}, {"version", &s->version},
                  {"build", &s->build},     {"machine", &s->machine},
                  {"method", &s->method},   {"title", &s->title},
                  {"date", &s->date}};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && st == IA_OK; i++) {
        char name[IA_H5_NAME_MAX];
        project_name(name, PROJECT_ENTRY "/process%zu/%s", index, fields[i].field);
        st = ia_h5_get_text(h5, name, fields[i].out);
    }
    return st;
}

ia_status project_step_get(ia_h5 *h5, size_t index, bool with_result, project_step *out)
{
    project_step s = {0};
    char name[IA_H5_NAME_MAX];
    ia_status st;
    project_name(name, PROJECT_ENTRY "/process%zu/sequence_index", index);
    if ((st = get_texts(h5, index, &s)) != IA_OK ||
        (st = ia_h5_get_u64(h5, name, &s.index)) != IA_OK)
        goto done;
    project_name(name, PROJECT_ENTRY "/process%zu/seconds", index);
    if ((st = ia_h5_get_f64(h5, name, &s.seconds)) != IA_OK ||
        (st = get_lists(h5, index, &s)) != IA_OK ||
        (with_result && (st = get_result(h5, index, &s.result)) != IA_OK))
        goto done;
    *out = s;
    s = (project_step){0};
done:
    project_step_clear(&s);
    return st;
}

bool project_step_is_ranged(const project_step *step)
{
    return step->n_inputs > 1 && strcmp(step->method, "agreement") != 0 &&
           project_step_input(step, PROJECT_OF_RANGES) == step->inputs[1];
}

const char *project_step_input(const project_step *step, const char *role)
{
    size_t n = strlen("note_"), m = strlen(role);
    for (size_t i = 0; i < step->n_inputs; i++)
        if (strncmp(step->inputs[i], "note_", n) == 0 &&
            strncmp(step->inputs[i] + n, role, m) == 0)
            return step->inputs[i];
    return NULL;
}

void project_step_clear(project_step *s)
{
    free(s->program);
    free(s->version);
    free(s->build);
    free(s->machine);
    free(s->method);
    free(s->title);
    free(s->date);
    ia_h5_free_texts(s->params, s->n_params);
    ia_h5_free_texts(s->values, s->n_params);
    ia_h5_free_texts(s->inputs, s->n_inputs);
    ia_h5_free_texts(s->warnings, s->n_warnings);
    ia_h5_free_texts(s->per_ion, s->n_per_ion);
    ia_result_clear(&s->result);
    *s = (project_step){0};
}

static void add_text(ia_hash *hash, const char *text)
{
    ia_hash_add(hash, text, strlen(text) + 1);
}

ia_status project_step_hash(ia_h5 *h5, const project_step *s, char hex[65])
{
    const char *const texts[] = {s->program, s->version, s->build, s->machine,
                                 s->method,  s->title,   s->date};
    char number[64];
    ia_hash *hash;
    ia_status st = ia_hash_new(h5->ctx, &hash);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        add_text(hash, texts[i]);
    snprintf(number, sizeof number, "%llu %.17g", (unsigned long long)s->index,
             s->seconds);
    add_text(hash, number);
    for (size_t i = 0; i < s->n_params; i++) {
        add_text(hash, s->params[i]);
        add_text(hash, s->values[i]);
    }
    for (size_t i = 0; i < s->n_warnings; i++)
        add_text(hash, s->warnings[i]);
    for (size_t i = 0; i < s->n_inputs && st == IA_OK; i++) {
        char name[IA_H5_NAME_MAX];
        char *checksum = NULL;
        project_name(name, PROJECT_ENTRY "/%s/checksum", s->inputs[i]);
        if ((st = ia_h5_get_text(h5, name, &checksum)) == IA_OK) {
            add_text(hash, s->inputs[i]);
            add_text(hash, checksum);
        }
        free(checksum);
    }
    if (st == IA_OK)
        ia_hash_finish(hash, hex);
    ia_hash_free(hash);
    return st;
}
