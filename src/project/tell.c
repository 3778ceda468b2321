// src/project/tell.c: what metadata tell, at its place; what is unknown.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT PROJECT_ENTRY "/measurement/event1/instrument"

static const ia_meta_key *key_named(const char *name)
{
    size_t n;
    const ia_meta_key *keys = ia_meta_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].key, name) == 0)
            return &keys[i];
    return NULL;
}

// Key of an entry and where it goes: "user2.name" is a user.name at user2/name.
static const ia_meta_key *place(const char *entry, char name[IA_H5_NAME_MAX])
{
    const ia_meta_key *key = key_named(entry);
    if (key) {
        project_name(name, PROJECT_ENTRY "/%s", key->nexus);
        return key;
    }
    char plain[64];
    if (strncmp(entry, "user", 4) != 0)
        return NULL;
    size_t n = strspn(entry + 4, "0123456789");
    snprintf(plain, sizeof plain, "user%s", entry + 4 + n);
    if ((key = key_named(plain)))
        project_name(name, PROJECT_ENTRY "/user%.*s%s", (int)n, entry + 4,
                     strchr(key->nexus, '/'));
    return key;
}

// NeXus wants a mark on a word that is none of those it lists.
static ia_status put_word(ia_h5 *h5, const ia_meta_key *key, const char *name,
                          const char *value)
{
    ia_status st = ia_h5_put_text(h5, name, value);
    if (st != IA_OK || project_word_of(key->key, value) == PROJECT_WORD)
        return st;
    return ia_h5_attr_bool(h5, name, "custom", true);
}

static ia_status put_value(ia_h5 *h5, const ia_meta_key *key, const char *name,
                           const char *value)
{
    switch (key->type) {
    case IA_F64:
        return ia_h5_put_f64(h5, name, strtod(value, NULL), key->unit);
    case IA_U64:
        return ia_h5_put_u64(h5, name, strtoull(value, NULL, 10));
    case IA_BOOL:
        return ia_h5_put_bool(h5, name, strcmp(value, "true") == 0);
    default:
        return put_word(h5, key, name, value);
    }
}

static ia_status put_entries(project_job *job)
{
    ia_status st = IA_OK;
    for (size_t i = 0; job->meta && i < job->meta->n && st == IA_OK; i++) {
        const ia_meta_entry *entry = &job->meta->entries[i];
        char name[IA_H5_NAME_MAX];
        const ia_meta_key *key = place(entry->key, name);
        if (!key)
            return ia_fail(job->ctx, IA_ERR_PARAM, "metadata: %s is no key that is known",
                           entry->key);
        if (ia_h5_has(&job->h5, name)) {
            ia_warn(job->ctx, "metadata: %s is left out, the input has it for each ion",
                    entry->key);
            continue;
        }
        if ((st = ia_nxs_put_parents(&job->h5, name)) == IA_OK)
            st = put_value(&job->h5, key, name, entry->value);
    }
    return st;
}

static ia_status put_sensor(ia_h5 *h5, const char *group, const char *quantity)
{
    char name[IA_H5_NAME_MAX];
    project_name(name, "%s/measurement", group);
    ia_status st = ia_nxs_put_parents(h5, name);
    return st == IA_OK ? ia_h5_put_text(h5, name, quantity) : st;
}

// Groups that NXapm requires once those around them are there.
static ia_status put_required_groups(ia_h5 *h5)
{
    ia_status st = IA_OK;
    if (ia_h5_has(h5, PROJECT_ENTRY "/measurement"))
        st = ia_nxs_put_parents(h5, PROJECT_ENTRY "/measurement/instrument/type");
    if (st != IA_OK || !ia_h5_has(h5, EVENT))
        return st;
    if ((st = put_sensor(h5, EVENT "/stage/temperature_sensor", "temperature")) == IA_OK)
        st = put_sensor(h5, EVENT "/analysis_chamber/pressure_sensor", "pressure");
    return st;
}

// The elements of the ions that have ranges, by atomic number: "C,Si,Fe".
static void list_elements(const ia_state *state, char *text, size_t n)
{
    bool there[IA_Z_MAX + 1] = {false};
    for (size_t i = 0; i < state->ranger.n; i++) {
        const ia_ion *ion = &state->ranges.ions[state->ranger.ion[i]];
        for (size_t k = 0; k < ion->n_parts; k++)
            there[ion->parts[k].z % (IA_Z_MAX + 1)] = true;
    }
    size_t length = 0;
    text[0] = '\0';
    for (unsigned z = 1; z <= IA_Z_MAX && length + 4 < n; z++)
        if (there[z])
            length += (size_t)snprintf(text + length, n - length, "%s%s",
                                       length > 0 ? "," : "", ia_element_of(z)->symbol);
}

static ia_status put_atom_types(project_job *job)
{
    static const char *const name = PROJECT_ENTRY "/specimen/atom_types";
    char text[4 * IA_Z_MAX + 8];
    list_elements(job->state, text, sizeof text);
    if (!*text && job->old && ia_h5_has(job->old, name))
        return ia_h5_copy(job->old, &job->h5, name);
    return ia_h5_put_text(&job->h5, name, *text ? text : PROJECT_UNKNOWN);
}

static ia_status put_mode(ia_h5 *h5)
{
    static const char *const name = PROJECT_ENTRY "/operation_mode";
    if (ia_h5_has(h5, name))
        return IA_OK;
    return put_value(h5, key_named("operation_mode"), name, PROJECT_UNKNOWN);
}

ia_status project_put_meta(project_job *job)
{
    ia_status st = ia_nxs_put_parents(&job->h5, PROJECT_ENTRY "/specimen/atom_types");
    if (st != IA_OK || (st = put_entries(job)) != IA_OK ||
        (st = put_required_groups(&job->h5)) != IA_OK ||
        (st = put_atom_types(job)) != IA_OK)
        return st;
    return put_mode(&job->h5);
}

static bool is_unknown(ia_h5 *h5, const char *name)
{
    char *text = NULL;
    H5O_info_t info;
    if (!ia_h5_has(h5, name))
        return true;
    if (H5Oget_info_by_name2(h5->file, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0 ||
        info.type != H5O_TYPE_DATASET)
        return true;
    ia_ctx *ctx = h5->ctx;
    h5->ctx = NULL; // a number is no failure here
    bool unknown =
        ia_h5_get_text(h5, name, &text) == IA_OK && strcmp(text, PROJECT_UNKNOWN) == 0;
    h5->ctx = ctx;
    free(text);
    return unknown;
}

static bool is_needed(ia_h5 *h5, const ia_meta_key *key, const char *name)
{
    char group[IA_H5_NAME_MAX];
    if (key->required)
        return true;
    project_name(group, "%s", name);
    *strrchr(group, '/') = '\0';
    return key->required_there && ia_h5_has(h5, group);
}

static ia_status add_unknown(project_rows *rows, ia_h5 *h5, const char *key,
                             const char *name, const char *help)
{
    const char *cells[] = {key, name, help};
    return is_unknown(h5, name) ? project_rows_add(rows, cells) : IA_OK;
}

// What no metadata file can give either.
static ia_status list_others(project_rows *rows, ia_h5 *h5)
{
    static const char *const processes[] = {"reconstruction", "mass_to_charge_conversion",
                                            "voltage_and_bowl", "hit_finding"};
    char name[IA_H5_NAME_MAX];
    ia_status st = add_unknown(rows, h5, "", PROJECT_ENTRY "/specimen/atom_types",
                               "elements of the specimen; ranging the ions tells them");
    project_name(name, PROJECT_ENTRY "/atom_probe1/reconstruction");
    if (st == IA_OK && ia_h5_has(h5, name))
        st =
            add_unknown(rows, h5, "",
                        PROJECT_ENTRY
                        "/atom_probe1/reconstruction/naive_discretization/data/intensity",
                        "ions by voxel; the next step that is stored adds them");
    for (size_t i = 0; i < sizeof processes / sizeof processes[0] && st == IA_OK; i++) {
        project_name(name, PROJECT_ENTRY "/atom_probe1/%s", processes[i]);
        if (!ia_h5_has(h5, name))
            continue;
        project_name(name, PROJECT_ENTRY "/atom_probe1/%s/program1/program",
                     processes[i]);
        st = add_unknown(rows, h5, "", name, "the program that made these values");
    }
    return st;
}

ia_status project_list_unknown(ia_h5 *h5, const char *table, ia_result *out)
{
    static const project_column columns[] = {
        {"key", IA_TEXT}, {"path", IA_TEXT}, {"what", IA_TEXT}};
    project_rows rows = {.ctx = h5->ctx, .n_columns = 3};
    size_t n;
    const ia_meta_key *keys = ia_meta_keys(&n);
    ia_status st = IA_OK;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        char name[IA_H5_NAME_MAX];
        project_name(name, PROJECT_ENTRY "/%s", keys[i].nexus);
        if (is_needed(h5, &keys[i], name))
            st = add_unknown(&rows, h5, keys[i].key, name, keys[i].help);
    }
    if (st == IA_OK && (st = list_others(&rows, h5)) == IA_OK)
        st = project_rows_table(&rows, table, columns, out);
    project_rows_clear(&rows);
    return st;
}
