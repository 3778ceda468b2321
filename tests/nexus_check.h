// tests/nexus_check.h: hold a file against the NeXus definitions, with HDF5 alone.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_NEXUS_CHECK_H
#define IONATLAS_TESTS_NEXUS_CHECK_H

#include "nexus_table.h"

#include <hdf5.h>
#include <stdarg.h>

enum { NEXUS_PATH = 512, NEXUS_PROBLEMS = 200 };

typedef struct {
    const nexus_table *table;
    hid_t file;
    size_t n; // problems
    char problems[NEXUS_PROBLEMS][NEXUS_PATH];
} nexus_check;

__attribute__((format(printf, 2, 3))) static void nexus_problem(nexus_check *c,
                                                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (c->n < NEXUS_PROBLEMS)
        vsnprintf(c->problems[c->n++], NEXUS_PATH, format, args);
    va_end(args);
}

// A text of fixed or variable length, "" when it is none.
static void nexus_text(hid_t id, bool is_attr, char out[NEXUS_PATH])
{
    hid_t type = is_attr ? H5Aget_type(id) : H5Dget_type(id);
    char *text = NULL;
    out[0] = '\0';
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
        if (is_attr ? H5Aread(id, type, &text) >= 0
                    : H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0)
            snprintf(out, NEXUS_PATH, "%s", text);
        H5free_memory(text);
    } else if (H5Tget_class(type) == H5T_STRING && H5Tget_size(type) < NEXUS_PATH) {
        memset(out, 0, NEXUS_PATH);
        if (is_attr)
            H5Aread(id, type, out);
        else
            H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
    }
    H5Tclose(type);
}

// False when it is not there.
static bool nexus_attr(nexus_check *c, const char *path, const char *attr,
                       char out[NEXUS_PATH])
{
    out[0] = '\0';
    if (H5Aexists_by_name(c->file, path, attr, H5P_DEFAULT) <= 0)
        return false;
    hid_t id = H5Aopen_by_name(c->file, path, attr, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Aget_space(id);
    if (H5Sget_simple_extent_type(space) == H5S_SCALAR)
        nexus_text(id, true, out);
    H5Sclose(space);
    H5Aclose(id);
    return true;
}

static bool nexus_type_fits(hid_t type, const char *wanted)
{
    H5T_class_t kind = H5Tget_class(type);
    bool is_integer = kind == H5T_INTEGER, is_text = kind == H5T_STRING;
    if (nexus_is(wanted, "NX_CHAR") || nexus_is(wanted, "NX_DATE_TIME"))
        return is_text;
    if (nexus_is(wanted, "NX_FLOAT"))
        return kind == H5T_FLOAT;
    if (nexus_is(wanted, "NX_UINT") || nexus_is(wanted, "NX_POSINT"))
        return is_integer && H5Tget_sign(type) == H5T_SGN_NONE;
    if (nexus_is(wanted, "NX_INT"))
        return is_integer;
    if (nexus_is(wanted, "NX_NUMBER"))
        return is_integer || kind == H5T_FLOAT;
    if (nexus_is(wanted, "NX_BOOLEAN"))
        return kind == H5T_ENUM;
    if (nexus_is(wanted, "NX_BINARY"))
        return is_integer && H5Tget_size(type) == 1;
    return is_text || is_integer || kind == H5T_FLOAT || kind == H5T_ENUM;
}

static bool nexus_is_date(const char *text)
{
    const char *pattern = "0000-00-00T00:00:00";
    for (size_t i = 0; pattern[i]; i++)
        if (pattern[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
            return false;
    return true;
}

// One value may stand for a list of equal ones.
static void nexus_check_rank(nexus_check *c, const nexus_row *row, hid_t set,
                             const char *path)
{
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_ndims(space);
    H5Sclose(space);
    if (*row->rank && rank != atoi(row->rank) && !(rank == 0 && atoi(row->rank) == 1))
        nexus_problem(c, "%s has %d dimensions, %s were expected", path, rank, row->rank);
}

static void nexus_check_field(nexus_check *c, const nexus_row *row, const char *path)
{
    char text[NEXUS_PATH], units[NEXUS_PATH];
    hid_t set = H5Dopen2(c->file, path, H5P_DEFAULT), type = H5Dget_type(set);
    hid_t space = H5Dget_space(set);
    if (!nexus_type_fits(type, row->type))
        nexus_problem(c, "%s is no %s", path, row->type);
    nexus_check_rank(c, row, set, path);
    nexus_attr(c, path, "units", units);
    if (!nexus_is_unit(row->units, units))
        nexus_problem(c, "%s has the unit \"%s\", not one of %s", path, units,
                      row->units);
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_ndims(space) == 0) {
        nexus_text(set, false, text);
        if (!nexus_is_choice(row->choices, text))
            nexus_problem(c, "%s is \"%s\", not one of %s", path, text, row->choices);
        if (strncmp(row->choices, "open:", 5) == 0 &&
            !nexus_is_choice(row->choices + 5, text) &&
            H5Aexists_by_name(c->file, path, "custom", H5P_DEFAULT) <= 0)
            nexus_problem(c, "%s is \"%s\" without the mark custom", path, text);
        if (nexus_is(row->type, "NX_DATE_TIME") && !nexus_is_date(text))
            nexus_problem(c, "%s is \"%s\", no date", path, text);
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(set);
}

static void nexus_check_attrs(nexus_check *c, const char *rows_of, const char *path)
{
    for (size_t i = 0; i < c->table->n; i++) {
        const nexus_row *row = &c->table->rows[i];
        char text[NEXUS_PATH];
        bool there = false;
        if (!nexus_is(row->kind, "attribute") || !nexus_is_member(row, rows_of))
            continue;
        if (nexus_is(row->name_type, "partial")) { // such as AXISNAME_indices
            hid_t object = H5Oopen(c->file, path, H5P_DEFAULT);
            for (int k = 0; k < H5Aget_num_attrs(object) && !there; k++) {
                H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)k,
                                   text, sizeof text, H5P_DEFAULT);
                there = nexus_partly_fits(text, nexus_name(row));
            }
            H5Oclose(object);
        } else {
            there = nexus_attr(c, path, nexus_name(row), text);
        }
        if (!there && nexus_is(row->optionality, "required"))
            nexus_problem(c, "%s/@%s is missing", path, nexus_name(row));
    }
}

static void nexus_check_group(nexus_check *c, const char *rows_of, const char *path);

// Whether a member of that class or kind is what the row tells of, not a better one.
static bool nexus_matches(const nexus_check *c, const nexus_row *row, const char *rows_of,
                          const char *name, const char *nx_class)
{
    bool is_group = nexus_is(row->kind, "group");
    if (is_group != (*nx_class != '\0') || (is_group && !nexus_is(row->type, nx_class)) ||
        !nexus_fits(row, name))
        return false;
    if (!nexus_is(row->name_type, "any"))
        return true;
    for (size_t i = 0; i < c->table->n; i++) {
        const nexus_row *other = &c->table->rows[i];
        if (nexus_is_member(other, rows_of) && !nexus_is(other->name_type, "any") &&
            nexus_is(other->kind, row->kind) && nexus_fits(other, name))
            return false;
    }
    return true;
}

// Checks all members that the row tells of; their number.
static size_t nexus_check_row(nexus_check *c, const nexus_row *row, const char *rows_of,
                              const char *path)
{
    hid_t group = H5Gopen2(c->file, path, H5P_DEFAULT);
    H5G_info_t info;
    size_t n = 0;
    H5Gget_info(group, &info);
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[128], member[NEXUS_PATH], nx_class[NEXUS_PATH] = "";
        H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                           H5P_DEFAULT);
        snprintf(member, sizeof member, "%s/%s", path, name);
        nexus_attr(c, member, "NX_class", nx_class);
        if (!nexus_matches(c, row, rows_of, name, nx_class))
            continue;
        n++;
        if (nexus_is(row->kind, "group")) {
            nexus_check_group(c, row->path, member);
        } else {
            nexus_check_field(c, row, member);
            nexus_check_attrs(c, row->path, member);
        }
    }
    H5Gclose(group);
    return n;
}

// Members that the definition tells of, by the rows below `rows_of`.
static void nexus_check_group(nexus_check *c, const char *rows_of, const char *path)
{
    nexus_check_attrs(c, rows_of, path);
    for (size_t i = 0; i < c->table->n; i++) {
        const nexus_row *row = &c->table->rows[i];
        if (nexus_is(row->kind, "attribute") || !nexus_is_member(row, rows_of))
            continue;
        size_t n = nexus_check_row(c, row, rows_of, path);
        if (n == 0 && nexus_is(row->optionality, "required"))
            nexus_problem(c, "%s/%s is missing", path, nexus_name(row));
    }
}

static bool nexus_is_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!is_name_char(*at))
            return false;
    return *name && *name != '.' && name[strlen(name) - 1] != '.';
}

// Each group has a class of the standard whose own members are what they should be; each
// member has a name that NeXus allows.
static herr_t nexus_look_at(hid_t file, const char *name, const H5O_info_t *info,
                            void *user)
{
    nexus_check *c = user;
    char path[NEXUS_PATH], nx_class[NEXUS_PATH];
    const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    (void)file;
    snprintf(path, sizeof path, "/%s", nexus_is(name, ".") ? "" : name);
    if (!nexus_is(name, ".") && !nexus_is_name(last))
        nexus_problem(c, "%s is no name of NeXus", path);
    if (info->type != H5O_TYPE_GROUP)
        return 0;
    if (!nexus_attr(c, path, "NX_class", nx_class) || !nexus_is_class(c->table, nx_class))
        nexus_problem(c, "%s has no class that is known: \"%s\"", path, nx_class);
    else if (!nexus_is(nx_class, "NXentry") && !nexus_is(nx_class, "NXroot"))
        nexus_check_group(c, nx_class, path);
    return 0;
}

static void nexus_check_file(nexus_check *c, const char *path)
{
    c->n = 0;
    c->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    nexus_check_group(c, "/ENTRY", "/entry1");
    H5Ovisit2(c->file, H5_INDEX_NAME, H5_ITER_INC, nexus_look_at, c, H5O_INFO_BASIC);
    H5Fclose(c->file);
}

static bool nexus_has_problem(const nexus_check *c, const char *text)
{
    for (size_t i = 0; i < c->n; i++)
        if (strstr(c->problems[i], text))
            return true;
    return false;
}

#endif
