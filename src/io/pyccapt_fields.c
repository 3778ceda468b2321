// src/io/pyccapt_fields.c: find the columns in files of pyccapt.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/pyccapt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MOST = 256, BLOCKS_MOST = 64 };

void ia_pyccapt_clear(ia_pyccapt_fields *fields)
{
    free(fields->fields);
    *fields = (ia_pyccapt_fields){0};
}

const ia_pyccapt_field *ia_pyccapt_find(const ia_pyccapt_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->n; i++)
        if (strcmp(fields->fields[i].name, name) == 0)
            return &fields->fields[i];
    return NULL;
}

static bool has_member(ia_h5 *h5, const char *group, const char *member)
{
    char name[IA_H5_NAME_MAX];
    return ia_h5_join(h5, group, member, name) == IA_OK && ia_h5_has(h5, name);
}

// A frame is a group below the root: its values in blocks (fixed format) or as one table.
typedef enum { NO_FRAME, FIXED_FRAME, TABLE_FRAME } frame_kind;

static frame_kind kind_of(ia_h5 *h5, const char *group)
{
    if (has_member(h5, group, "block0_items") && has_member(h5, group, "block0_values"))
        return FIXED_FRAME;
    if (has_member(h5, group, "table") && ia_h5_has_attr(h5, group, "pandas_type"))
        return TABLE_FRAME;
    return NO_FRAME;
}

static ia_status find_frame(ia_h5 *h5, char group[IA_H5_NAME_MAX], frame_kind *kind)
{
    char **members = NULL;
    size_t n = 0;
    *kind = NO_FRAME;
    ia_status st = ia_h5_list(h5, "/", &n, &members);
    for (size_t i = 0; i < n && *kind == NO_FRAME && st == IA_OK; i++)
        if ((st = ia_h5_join(h5, "", members[i], group)) == IA_OK)
            *kind = kind_of(h5, group);
    ia_h5_free_texts(members, n);
    return st;
}

bool ia_pyccapt_is(ia_h5 *h5)
{
    char group[IA_H5_NAME_MAX];
    frame_kind kind;
    if (ia_h5_has(h5, "/dld/high_voltage"))
        return true;
    return find_frame(h5, group, &kind) == IA_OK && kind != NO_FRAME;
}

static ia_status add_field(ia_h5 *h5, const char *name, const ia_pyccapt_field *field,
                           ia_pyccapt_fields *fields)
{
    if (fields->n == FIELDS_MOST)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: has more than %d columns", h5->path,
                       FIELDS_MOST);
    ia_pyccapt_field *to = &fields->fields[fields->n++];
    *to = *field;
    snprintf(to->name, sizeof to->name, "%.63s", name);
    return IA_OK;
}

// The measured events: one dataset for each column.
static ia_status list_dld(ia_h5 *h5, ia_pyccapt_fields *fields)
{
    char **members = NULL, name[IA_H5_NAME_MAX];
    size_t n = 0;
    ia_status st = ia_h5_list(h5, "/dld", &n, &members);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        ia_pyccapt_field field = {.column = 0};
        if ((st = ia_h5_join(h5, "/dld", members[i], field.set)) != IA_OK ||
            (st = ia_h5_any_shape(h5, field.set, &field.shape)) != IA_OK)
            break;
        if (field.shape.width != 1)
            st = ia_h5_unexpected(h5, field.set, "one number for each event");
        else if ((st = ia_h5_join(h5, "dld", members[i], name)) == IA_OK)
            st = add_field(h5, name, &field, fields);
    }
    ia_h5_free_texts(members, n);
    return st;
}

// A block holds columns of one type, and beside them their names. Blocks of texts and of
// other objects are left out.
static ia_status list_block(ia_h5 *h5, const char *items, ia_pyccapt_field *field,
                            ia_pyccapt_fields *fields)
{
    char **names = NULL;
    size_t n = 0;
    ia_status st = ia_h5_get_texts(h5, items, &n, &names);
    if (st == IA_OK && field->shape.width != n)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s has %zu columns, %s names %zu",
                     h5->path, field->set, field->shape.width, items, n);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        field->column = i;
        st = add_field(h5, names[i], field, fields);
    }
    ia_h5_free_texts(names, n);
    return st;
}

static bool is_numbers(ia_h5 *h5, const char *set, ia_h5_shape *shape)
{
    ia_ctx *ctx = h5->ctx;
    h5->ctx = NULL; // other types are no failure
    bool is = ia_h5_any_shape(h5, set, shape) == IA_OK;
    h5->ctx = ctx;
    return is;
}

static ia_status list_frame(ia_h5 *h5, const char *group, ia_pyccapt_fields *fields)
{
    char member[32], items[IA_H5_NAME_MAX];
    ia_status st = IA_OK;
    for (int i = 0; i < BLOCKS_MOST && st == IA_OK; i++) {
        ia_pyccapt_field field = {.column = 0};
        snprintf(member, sizeof member, "block%d_items", i);
        if ((st = ia_h5_join(h5, group, member, items)) != IA_OK || !ia_h5_has(h5, items))
            break;
        snprintf(member, sizeof member, "block%d_values", i);
        if ((st = ia_h5_join(h5, group, member, field.set)) == IA_OK &&
            is_numbers(h5, field.set, &field.shape))
            st = list_block(h5, items, &field, fields);
    }
    return st;
}

static ia_status list_any(ia_h5 *h5, ia_pyccapt_fields *fields)
{
    char group[IA_H5_NAME_MAX];
    frame_kind kind;
    if (ia_h5_has(h5, "/dld/high_voltage"))
        return list_dld(h5, fields);
    ia_status st = find_frame(h5, group, &kind);
    if (st != IA_OK)
        return st;
    if (kind == FIXED_FRAME)
        return list_frame(h5, group, fields);
    if (kind == TABLE_FRAME)
        return ia_fail(h5->ctx, IA_ERR_UNSUPPORTED,
                       "%s: %s is in pandas' table format; the fixed format was expected",
                       h5->path, group);
    return ia_fail(h5->ctx, IA_ERR_FORMAT,
                   "%s: has neither events of pyccapt (/dld) nor a frame of pandas",
                   h5->path);
}

ia_status ia_pyccapt_list(ia_h5 *h5, ia_pyccapt_fields *out)
{
    ia_pyccapt_fields fields = {0};
    fields.fields = ia_array(h5->ctx, FIELDS_MOST, sizeof *fields.fields);
    ia_status st = fields.fields ? list_any(h5, &fields) : IA_ERR_MEMORY;
    if (st == IA_OK)
        *out = fields;
    else
        ia_pyccapt_clear(&fields);
    return st;
}
