// tests/nexus_table.h: what the NeXus definitions say, from the table that
// tools/nexus_table.py makes of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_NEXUS_TABLE_H
#define IONATLAS_TESTS_NEXUS_TABLE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEXUS_ROWS = 4096, NEXUS_CELLS = 8 };

typedef struct {
    const char *path, *kind, *type, *name_type, *optionality, *units, *rank, *choices;
} nexus_row;

typedef struct {
    char *text; // cut into the cells of the rows
    size_t n;
    nexus_row rows[NEXUS_ROWS];
} nexus_table;

static char *nexus_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = calloc(1, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

// False when the table is not there.
static bool nexus_table_read(nexus_table *table)
{
    char path[512];
    const char *source = getenv("IONATLAS_SOURCE");
    snprintf(path, sizeof path, "%s/tests/formats/nexus/nxapm.tsv",
             source ? source : ".");
    table->n = 0;
    if (!(table->text = nexus_file(path)))
        return false;
    char *rest = table->text;
    for (char *line; (line = strsep(&rest, "\n")) && table->n < NEXUS_ROWS;) {
        const char *cells[NEXUS_CELLS] = {0};
        size_t n = 0;
        for (char *cell; n < NEXUS_CELLS && (cell = strsep(&line, "\t"));)
            cells[n++] = cell;
        if (n == NEXUS_CELLS && strcmp(cells[0], "path") != 0)
            table->rows[table->n++] = (nexus_row){cells[0], cells[1], cells[2], cells[3],
                                                  cells[4], cells[5], cells[6], cells[7]};
    }
    return table->n > 1000;
}

static bool nexus_is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

// Whether the row is a direct member of the group or field of that path.
static bool nexus_is_member(const nexus_row *row, const char *of)
{
    size_t n = strlen(of);
    return strncmp(row->path, of, n) == 0 && row->path[n] == '/' &&
           !strchr(row->path + n + 1, '/') && !nexus_is(row->kind, "class");
}

static const char *nexus_name(const nexus_row *row)
{
    const char *name = strrchr(row->path, '/') + 1;
    return *name == '@' ? name + 1 : name;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

// A run of capitals stands for any characters of a name, or none.
static bool nexus_partly_fits(const char *name, const char *pattern)
{
    if (!*pattern)
        return !*name;
    if (!isupper((unsigned char)*pattern))
        return *name == *pattern && nexus_partly_fits(name + 1, pattern + 1);
    while (isupper((unsigned char)*pattern))
        pattern++;
    for (;; name++) {
        if (nexus_partly_fits(name, pattern))
            return true;
        if (!is_name_char(*name))
            return false;
    }
}

static bool nexus_fits(const nexus_row *row, const char *name)
{
    if (nexus_is(row->name_type, "any"))
        return true;
    if (nexus_is(row->name_type, "partial"))
        return nexus_partly_fits(name, nexus_name(row));
    return nexus_is(nexus_name(row), name);
}

static bool nexus_is_class(const nexus_table *table, const char *name)
{
    for (size_t i = 0; i < table->n; i++)
        if (nexus_is(table->rows[i].kind, "class") && nexus_is(table->rows[i].path, name))
            return true;
    return nexus_is(name, "NXroot");
}

// Whether one of the words between bars; an open list takes others too.
static bool nexus_is_choice(const char *choices, const char *word)
{
    size_t n = strlen(word);
    if (!*choices || strncmp(choices, "open:", 5) == 0)
        return true;
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
        if (strncmp(c, word, n) == 0 && (c[n] == '|' || !c[n]))
            return true;
    return false;
}

static bool nexus_is_unit(const char *category, const char *unit)
{
    static const struct {
        const char *category, *units;
    } known[] = {
        {"NX_LENGTH", "nm|mm|m"},   {"NX_WAVELENGTH", "nm"},  {"NX_TIME", "s|ns"},
        {"NX_VOLTAGE", "V"},        {"NX_ANGLE", "deg|rad"},  {"NX_TEMPERATURE", "K"},
        {"NX_FREQUENCY", "kHz|Hz"}, {"NX_ENERGY", "pJ|J"},    {"NX_POWER", "W"},
        {"NX_PRESSURE", "Pa"},      {"NX_MASS", "Da|kg"},     {"NX_DIMENSIONLESS", ""},
        {"NX_UNITLESS", ""},        {"NX_VOLUME", "nm^3|m^3"}};
    if (!*category || nexus_is(category, "NX_ANY"))
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (nexus_is(known[i].category, category))
            return *known[i].units ? *unit && nexus_is_choice(known[i].units, unit)
                                   : !*unit;
    return false;
}

#endif
