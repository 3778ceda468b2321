// cli/cmd_methods.c: every parameter of every method, as a table or as reference pages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *type_word(ia_type type)
{
    switch (type) {
    case IA_F64:
        return "number";
    case IA_SIZE:
    case IA_U64:
        return "whole number";
    case IA_BOOL:
        return "switch";
    case IA_CHOICE:
        return "word";
    default:
        return "text";
    }
}

static void preset_of(const ia_method *method, const ia_field *field, char *text,
                      size_t n)
{
    void *params = calloc(1, method->size);
    *text = '\0';
    if (!params)
        return;
    ia_method_defaults(method, params);
    ia_field_write(field, params, text, n);
    free(params);
}

static void limits_of(const ia_field *field, char *text, size_t n)
{
    if (field->type == IA_CHOICE)
        snprintf(text, n, "%s", field->choices);
    else if (field->type == IA_TEXT)
        snprintf(text, n, "at most %zu characters", field->size - 1);
    else if (field->type == IA_BOOL)
        snprintf(text, n, "true|false");
    else
        snprintf(text, n, "%.10g to %.10g", field->least, field->most);
}

static ia_status add_row(ia_ctx *ctx, const ia_method *method, const ia_field *field,
                         char ***cells, size_t row)
{
    char preset[IA_FIELD_TEXT_MAX], limits[IA_FIELD_TEXT_MAX];
    preset_of(method, field, preset, sizeof preset);
    limits_of(field, limits, sizeof limits);
    const char *const texts[] = {method->name, field->name, type_word(field->type),
                                 field->unit,  preset,      limits,
                                 field->help};
    for (size_t c = 0; c < 7; c++)
        if (!(cells[c][row] = ia_text(ctx, texts[c])))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status fill(ia_ctx *ctx, const ia_method *only, ia_result *result)
{
    static const char *const names[] = {"method",  "parameter", "type", "unit",
                                        "default", "allowed",   "help"};
    size_t n_methods, n_rows = 0, row = 0;
    const ia_method *const *methods = ia_methods(&n_methods);
    for (size_t m = 0; m < n_methods; m++)
        n_rows += !only || only == methods[m] ? methods[m]->n_fields : 0;
    ia_table *table = ia_result_add(ctx, result, "methods", IA_ROWS, n_rows);
    char **cells[7];
    for (size_t c = 0; c < 7; c++)
        if (!table || !(cells[c] = ia_table_add(ctx, table, names[c], IA_TEXT)))
            return IA_ERR_MEMORY;
    for (size_t m = 0; m < n_methods; m++)
        for (size_t f = 0; f < methods[m]->n_fields; f++) {
            if (only && only != methods[m])
                break;
            if (add_row(ctx, methods[m], &methods[m]->fields[f], cells, row++) != IA_OK)
                return IA_ERR_MEMORY;
        }
    return IA_OK;
}

static void put_cell(const char *text)
{
    fputs(" ", stdout);
    for (; *text; text++)
        fputs(*text == '|' ? "\\|" : (char[]){*text, '\0'}, stdout);
    fputs(" |", stdout);
}

static void put_page(const ia_method *method)
{
    printf("# %s\n\n%s.\n\n| parameter | type | unit | default | allowed | what it is |\n"
           "|---|---|---|---|---|---|\n",
           method->name, method->title);
    for (size_t f = 0; f < method->n_fields; f++) {
        const ia_field *field = &method->fields[f];
        char preset[IA_FIELD_TEXT_MAX], limits[IA_FIELD_TEXT_MAX];
        preset_of(method, field, preset, sizeof preset);
        limits_of(field, limits, sizeof limits);
        const char *const texts[] = {field->name, type_word(field->type),
                                     field->unit, preset,
                                     limits,      field->help};
        fputs("|", stdout);
        for (size_t c = 0; c < 6; c++)
            put_cell(texts[c]);
        fputs("\n", stdout);
    }
}

static void put_pages(const ia_method *only)
{
    size_t n;
    const ia_method *const *methods = ia_methods(&n);
    for (size_t m = 0; m < n; m++)
        if (!only || only == methods[m])
            put_page(methods[m]);
}

// What --meta understands.
static ia_status fill_metadata(ia_ctx *ctx, ia_result *result)
{
    size_t n;
    const ia_meta_key *keys = ia_meta_keys(&n);
    ia_table *table = ia_result_add(ctx, result, "metadata", IA_ROWS, n);
    char **key = table ? ia_table_add(ctx, table, "key", IA_TEXT) : NULL;
    char **type = key ? ia_table_add(ctx, table, "type", IA_TEXT) : NULL;
    char **unit = type ? ia_table_add(ctx, table, "unit", IA_TEXT) : NULL;
    char **help = unit ? ia_table_add(ctx, table, "help", IA_TEXT) : NULL;
    char **nexus = help ? ia_table_add(ctx, table, "nexus", IA_TEXT) : NULL;
    if (!nexus)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(key[i] = ia_text(ctx, keys[i].key)) ||
            !(type[i] = ia_text(ctx, type_word(keys[i].type))) ||
            !(unit[i] = ia_text(ctx, keys[i].unit)) ||
            !(help[i] = ia_text(ctx, keys[i].help)) ||
            !(nexus[i] = ia_text(ctx, keys[i].nexus)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

// What is read and written.
static ia_status fill_formats(ia_ctx *ctx, ia_result *result)
{
    static const char *const names[] = {"format", "reads", "writes", "endings", "title"};
    enum { N_CELLS = sizeof names / sizeof names[0] };
    size_t n;
    const ia_format *formats = ia_formats(&n);
    ia_table *table = ia_result_add(ctx, result, "formats", IA_ROWS, n);
    for (size_t c = 0; c < N_CELLS; c++) {
        char **cells = table ? ia_table_add(ctx, table, names[c], IA_TEXT) : NULL;
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < n; i++) {
            const char *const texts[N_CELLS] = {
                formats[i].name, cli_format_reads(&formats[i]),
                cli_format_writes(&formats[i]), formats[i].extensions, formats[i].title};
            if (!(cells[i] = ia_text(ctx, texts[c])))
                return IA_ERR_MEMORY;
        }
    }
    return IA_OK;
}

static int show(cli_job *cli, ia_status (*fill_table)(ia_ctx *ctx, ia_result *result))
{
    ia_result result = {0};
    ia_status st = fill_table(cli->ctx, &result);
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    return cli_end(st);
}

int cmd_methods(cli_job *cli)
{
    if (cli->n_inputs == 1 && strcmp(cli->inputs[0], "metadata") == 0)
        return show(cli, fill_metadata);
    if (cli->n_inputs == 1 && strcmp(cli->inputs[0], "formats") == 0)
        return show(cli, fill_formats);
    const ia_method *only = NULL;
    ia_result result = {0};
    if (cli->n_inputs == 1 && !(only = ia_method_named(cli->inputs[0])))
        return cli_end(ia_fail(cli->ctx, IA_ERR_PARAM,
                               "'%s' is no method; 'ionatlas methods' lists them, "
                               "'metadata' what --meta takes, 'formats' the formats",
                               cli->inputs[0]));
    if (cli->markdown) {
        put_pages(only);
        return CLI_DONE;
    }
    ia_status st = fill(cli->ctx, only, &result);
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    return cli_end(st);
}
