// src/report/json.c: results as one JSON object, by jansson.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *number_of(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

// "Fe:1 O:2" as {"Fe": 1, "O": 2}.
static json_t *tally_of(const char *text)
{
    json_t *object = json_object();
    while (object && *text) {
        size_t n_name = strcspn(text, ":");
        if (!text[n_name])
            break;
        char *end;
        long count = strtol(text + n_name + 1, &end, 10);
        char name[32] = "";
        memcpy(name, text, n_name < sizeof name ? n_name : sizeof name - 1);
        json_object_set_new(object, name, json_integer(count));
        text = end + (*end == ' ');
    }
    return object;
}

// An element in a cell of IA_ATOMS; corrected NAN where that is not said.
typedef struct {
    char name[8];
    long counts;
    double corrected, sigma;
} atoms;

// The next one, and what follows it; NULL after the last.
static const char *next_atoms(const char *text, atoms *out)
{
    size_t n_name = strcspn(text, ":");
    char *end;
    if (!text[n_name] || n_name >= sizeof out->name)
        return NULL;
    *out = (atoms){.corrected = NAN, .sigma = NAN};
    memcpy(out->name, text, n_name);
    out->counts = strtol(text + n_name + 1, &end, 10);
    if (*end == ':')
        out->corrected = strtod(end + 1, &end);
    if (*end == ':')
        out->sigma = strtod(end + 1, &end);
    return end + (*end == ' ');
}

typedef struct {
    double counts, corrected, variance;
} atoms_sum;

// Errors: of a share of so many atoms; and of a share of the sum of independent amounts.
static json_t *atoms_object(const atoms *a, const atoms_sum *whole)
{
    double share = (double)a->counts / whole->counts;
    double corrected = a->corrected / whole->corrected, own = a->sigma * a->sigma;
    double variance = (1 - corrected) * (1 - corrected) * own +
                      corrected * corrected * (whole->variance - own);
    json_t *object = json_pack("{s:I, s:f, s:f}", "counts", (json_int_t)a->counts,
                               "at_percent", 100 * share, "sigma_at_percent",
                               100 * sqrt(share * (1 - share) / whole->counts));
    if (!object || isnan(a->corrected))
        return object;
    json_object_set_new(object, "corrected_counts", number_of(a->corrected));
    json_object_set_new(object, "sigma_corrected_counts", number_of(a->sigma));
    json_object_set_new(object, "corrected_at_percent", number_of(100 * corrected));
    json_object_set_new(object, "sigma_corrected_at_percent",
                        number_of(100 * sqrt(variance) / fabs(whole->corrected)));
    return object;
}

// "Fe:90:88.2:9.6 O:10:9.8:3.2" as {"Fe": {"counts": 90, "at_percent": 90, ...}, ...}.
static json_t *atoms_of(const char *text)
{
    json_t *object = json_object();
    atoms_sum whole = {0};
    atoms a;
    for (const char *at = text; (at = next_atoms(at, &a));) {
        whole.counts += (double)a.counts;
        whole.corrected += a.corrected;
        whole.variance += a.sigma * a.sigma;
    }
    for (const char *at = text; object && (at = next_atoms(at, &a));)
        json_object_set_new(object, a.name, atoms_object(&a, &whole));
    return object;
}

static json_t *text_of(const char *text)
{
    if (!text)
        return json_null();
    json_t *string = json_string(text);
    if (string)
        return string;
    // Names in files need not be UTF-8: keep what is ASCII.
    char *plain = strdup(text);
    if (!plain)
        return NULL;
    for (char *at = plain; *at; at++)
        if ((unsigned char)*at >= 128)
            *at = '?';
    string = json_string(plain);
    free(plain);
    return string;
}

// "xyz mass" as ["xyz", "mass"].
static json_t *words_of(const char *text)
{
    json_t *list = json_array();
    while (list && *text) {
        size_t n = strcspn(text, " ");
        json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] == ' ');
    }
    return list;
}

static json_t *value_of(const ia_table_column *column, size_t row)
{
    switch (column->type) {
    case IA_F64:
        return number_of(((const double *)column->data)[row]);
    case IA_F32:
        return number_of((double)((const float *)column->data)[row]);
    case IA_I32:
        return json_integer(((const int32_t *)column->data)[row]);
    case IA_U8:
        return json_integer(((const uint8_t *)column->data)[row]);
    case IA_U32:
        return json_integer(((const uint32_t *)column->data)[row]);
    case IA_U64:
    case IA_SIZE:
        return json_integer((json_int_t)((const uint64_t *)column->data)[row]);
    case IA_BOOL:
        return json_boolean(((const bool *)column->data)[row]);
    case IA_WORDS:
        return words_of(((char *const *)column->data)[row]);
    case IA_TALLY:
        return tally_of(((char *const *)column->data)[row]);
    case IA_ATOMS:
        return atoms_of(((char *const *)column->data)[row]);
    default:
        return text_of(((char *const *)column->data)[row]);
    }
}

static json_t *list_of(const ia_table_column *column, size_t first, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++)
        json_array_append_new(list, value_of(column, first + i));
    return list;
}

static json_t *cell_of(const ia_table_column *column, size_t row)
{
    size_t size = ia_table_cell_size(column);
    if (column->dims[1] == 0)
        return value_of(column, row);
    if (column->dims[0] == 0)
        return list_of(column, row * size, size);
    json_t *lists = json_array();
    for (size_t r = 0; lists && r < column->dims[0]; r++)
        json_array_append_new(
            lists, list_of(column, row * size + r * column->dims[1], column->dims[1]));
    return lists;
}

static int set_row(json_t *object, const ia_table *table, size_t first, size_t row)
{
    int bad = 0;
    for (size_t c = first; c < table->n_columns; c++)
        bad |= json_object_set_new(object, table->columns[c].name,
                                   cell_of(&table->columns[c], row));
    return bad;
}

json_t *ia_json_row(const ia_table *table, size_t row)
{
    json_t *object = json_object();
    if (object && set_row(object, table, 0, row) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *rows_of(const ia_table *table)
{
    json_t *list = json_array();
    int bad = list == NULL;
    for (size_t row = 0; row < table->n_rows && !bad; row++)
        bad = json_array_append_new(list, ia_json_row(table, row));
    if (bad)
        json_decref(list);
    return bad ? NULL : list;
}

static json_t *keyed_of(const ia_table *table)
{
    json_t *whole = json_object();
    int bad = whole == NULL;
    for (size_t row = 0; row < table->n_rows && !bad; row++) {
        json_t *object = json_object();
        const char *key = ((char *const *)table->columns[0].data)[row];
        bad = !object || set_row(object, table, 1, row);
        bad |= json_object_set_new(whole, key, object);
    }
    if (bad)
        json_decref(whole);
    return bad ? NULL : whole;
}

json_t *ia_json_arrays(const ia_table *table)
{
    json_t *whole = json_object();
    int bad = whole == NULL;
    for (size_t c = 0; c < table->n_columns && !bad; c++) {
        json_t *list = json_array();
        bad = list == NULL;
        for (size_t row = 0; row < table->n_rows && !bad; row++)
            bad = json_array_append_new(list, cell_of(&table->columns[c], row));
        bad |= json_object_set_new(whole, table->columns[c].name, list);
    }
    if (bad)
        json_decref(whole);
    return bad ? NULL : whole;
}

static json_t *object_of(const ia_table *table)
{
    json_t *object = json_object();
    if (!object || set_row(object, table, 0, 0) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static int merge_table(json_t *object, const ia_table *table)
{
    switch (table->shape) {
    case IA_SCALARS:
        return set_row(object, table, 0, 0);
    case IA_OBJECT:
        return json_object_set_new(object, table->name, object_of(table));
    case IA_ROWS:
        return json_object_set_new(object, table->name, rows_of(table));
    case IA_KEYED:
        return json_object_set_new(object, table->name, keyed_of(table));
    default:
        return json_object_set_new(object, table->name, ia_json_arrays(table));
    }
}

ia_status ia_json_merge(ia_ctx *ctx, json_t *object, const ia_result *result)
{
    for (size_t t = 0; t < result->n; t++)
        if (merge_table(object, &result->tables[t]) != 0)
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while writing JSON");
    return IA_OK;
}

static ia_status add_part(ia_ctx *ctx, json_t *whole, const ia_json_part *part)
{
    if (!part->name)
        return ia_json_merge(ctx, whole, part->result);
    json_t *object = json_object_get(whole, part->name);
    if (!object) {
        object = json_object();
        if (json_object_set_new(whole, part->name, object) != 0)
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while writing JSON");
    }
    return ia_json_merge(ctx, object, part->result);
}

ia_status ia_json_write(ia_ctx *ctx, const ia_json_part *parts, size_t n, char **out)
{
    json_t *whole = json_object();
    ia_status st = whole ? IA_OK : ia_fail(ctx, IA_ERR_MEMORY, "memory ran out");
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = add_part(ctx, whole, &parts[i]);
    char *text = NULL;
    if (st == IA_OK) {
        text = json_dumps(whole, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        if (!text)
            st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while writing JSON");
    }
    json_decref(whole);
    if (st == IA_OK)
        *out = text;
    return st;
}
