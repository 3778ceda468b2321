// src/project/verify.c: recompute every hash of a project.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ionatlas/hash.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
    ia_h5 *h5;
    project_rows rows; // item, sha256, ok
    bool sound;
} check;

static ia_status add(check *c, const char *item, const char *stored, bool ok)
{
    const char *cells[] = {item, stored, ok ? "yes" : "no"};
    c->sound &= ok;
    return project_rows_add(&c->rows, cells);
}

// A damaged item is a finding; running out of memory or being stopped is not.
static bool is_finding(ia_status st)
{
    return st == IA_ERR_FORMAT || st == IA_ERR_IO;
}

// Compare with attribute sha256 what `hash` makes of the item.
static ia_status compare(check *c, const char *name, ia_status st, const char *hex)
{
    char *stored = NULL;
    if (st == IA_OK || is_finding(st)) {
        ia_status got = ia_h5_get_attr_text(c->h5, name, "sha256", &stored);
        if (got != IA_OK && !is_finding(got))
            st = got;
        else
            st = add(c, name, stored ? stored : PROJECT_UNKNOWN,
                     st == IA_OK && stored && strcmp(stored, hex) == 0);
    }
    free(stored);
    return st;
}

static ia_status check_array(check *c, const char *name)
{
    char hex[65] = "";
    ia_status st = ia_h5_hash_array(c->h5, name, hex);
    return compare(c, name, st, hex);
}

static ia_status check_grid(check *c, const char *name)
{
    char hex[65] = "";
    if (!ia_h5_has(c->h5, name)) // older projects have none, most steps neither
        return IA_OK;
    ia_status st = ia_h5_hash_grid(c->h5, name, hex);
    return compare(c, name, st, hex);
}

// A header that cannot be read would hide what it belongs to from all other checks.
static ia_status check_headers(check *c)
{
    ia_status st = ia_h5_check(c->h5);
    return is_finding(st) ? add(c, "/", PROJECT_UNKNOWN, false) : st;
}

static ia_status check_columns(check *c)
{
    static const char *const others[] = {
        PROJECT_STATED "/edge", PROJECT_STATED "/sum",
        PROJECT_RANGING "/peak_identification/iontypes",
        PROJECT_RANGING "/mass_to_charge_distribution/mass_spectrum/intensity",
        PROJECT_RANGING "/mass_to_charge_distribution/mass_spectrum/axis_mass_to_charge"};
    ia_status st = IA_OK;
    for (ia_column_id id = 0; id < IA_N_COLUMNS && st == IA_OK; id++)
        if (ia_h5_has_attr(c->h5, ia_nxs_column_name(id), "sha256"))
            st = check_array(c, ia_nxs_column_name(id));
    for (size_t i = 0; i < sizeof others / sizeof others[0] && st == IA_OK; i++)
        if (ia_h5_has(c->h5, others[i]))
            st = check_array(c, others[i]);
    return st == IA_OK ? check_grid(c, PROJECT_ENTRY
                                    "/atom_probe1/reconstruction/naive_discretization/"
                                    "data/intensity")
                       : st;
}

// Small files that are stored whole must be what their checksum says.
static ia_status check_notes(check *c)
{
    size_t n = 0;
    char **members = NULL;
    ia_status st = project_note_list(c->h5, &n, &members);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        char name[IA_H5_NAME_MAX], hex[65] = "";
        project_note note = {0};
        project_name(name, PROJECT_ENTRY "/%s", members[i]);
        st = project_note_get(c->h5, name, &note);
        if (st == IA_OK && note.bytes)
            st = ia_sha256(c->h5->ctx, note.bytes, note.n, hex);
        if (st == IA_OK && note.bytes)
            st = add(c, name, note.checksum, strcmp(hex, note.checksum) == 0);
        else if (is_finding(st))
            st = add(c, name, PROJECT_UNKNOWN, false);
        project_note_clear(&note);
    }
    ia_h5_free_texts(members, n);
    return st;
}

static ia_status check_tables(check *c, size_t index, const ia_result *result)
{
    char name[IA_H5_NAME_MAX], **tables = NULL, **columns = NULL;
    size_t n = 0, n_columns = 0;
    project_name(name, PROJECT_ENTRY "/process%zu/results", index);
    ia_status st = ia_h5_list(c->h5, name, &n, &tables);
    for (size_t t = 0; t < n && st == IA_OK; t++) {
        project_name(name, PROJECT_ENTRY "/process%zu/results/%s", index, tables[t]);
        st = ia_h5_list(c->h5, name, &n_columns, &columns);
        for (size_t k = 0; k < n_columns && st == IA_OK; k++) {
            char hex[65];
            project_name(name, PROJECT_ENTRY "/process%zu/results/%s/%s", index,
                         tables[t], columns[k]);
            st = ia_table_column_hash(c->h5->ctx, &result->tables[t], k, hex);
            st = compare(c, name, st, hex);
        }
        ia_h5_free_texts(columns, n_columns);
        columns = NULL;
        n_columns = 0;
    }
    ia_h5_free_texts(tables, n);
    return st;
}

static ia_status check_step(check *c, size_t index)
{
    char name[IA_H5_NAME_MAX], hex[65] = "";
    project_step step = {0};
    project_name(name, PROJECT_ENTRY "/process%zu", index);
    ia_status st = project_step_get(c->h5, index, true, &step);
    if (is_finding(st))
        return add(c, name, PROJECT_UNKNOWN, false);
    if (st != IA_OK)
        return st;
    if ((st = project_step_hash(c->h5, &step, hex)) == IA_OK || is_finding(st))
        st = compare(c, name, st, hex);
    if (st == IA_OK)
        st = check_tables(c, index, &step.result);
    for (size_t i = 0; i < step.n_per_ion && st == IA_OK; i++)
        st = check_array(c, project_name(name, PROJECT_ENTRY "/process%zu/per_ion/%s",
                                         index, step.per_ion[i]));
    for (size_t i = 0; project_field_values[i] && st == IA_OK; i++)
        st = check_grid(c, project_name(name, PROJECT_ENTRY "/process%zu/%s", index,
                                        project_field_values[i]));
    project_step_clear(&step);
    return st;
}

ia_status ia_project_verify(ia_ctx *ctx, const char *path, ia_result *out, bool *sound)
{
    static const project_column columns[] = {
        {"item", IA_TEXT}, {"sha256", IA_TEXT}, {"ok", IA_TEXT}};
    project_file file;
    ia_result result = {0};
    ia_status st = project_open(ctx, path, &file);
    if (st != IA_OK)
        return st;
    check c = {&file.h5, {.ctx = ctx, .n_columns = 3}, true};
    if ((st = check_headers(&c)) != IA_OK || (st = check_columns(&c)) != IA_OK ||
        (st = check_notes(&c)) != IA_OK)
        goto done;
    size_t n = project_step_count(&file.h5);
    for (size_t i = 1; i <= n && st == IA_OK; i++)
        st = check_step(&c, i);
    if (st == IA_OK &&
        (st = project_rows_table(&c.rows, "checks", columns, &result)) == IA_OK)
        st = project_list_unknown(&file.h5, "missing", &result);
done:
    project_rows_clear(&c.rows);
    project_close(&file);
    if (st != IA_OK) {
        ia_result_clear(&result);
        return st;
    }
    *out = result;
    *sound = c.sound;
    return IA_OK;
}
