// src/project/notes.c: the inputs of a project as notes; small ones are stored whole.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ionatlas/hash.h>

#include <stdlib.h>
#include <string.h>

// Range files and metadata are small; larger ones are named by their hash only.
enum { NOTE_MOST = 1 << 24, NOTES_MOST = 4096 };

typedef struct {
    const char *name, *role, *type, *file_name, *checksum;
    const void *bytes; // NULL for none
    size_t n;
} note;

static ia_status put_field(ia_h5 *h5, const note *n, const char *field, const char *text)
{
    char name[IA_H5_NAME_MAX];
    return ia_h5_put_text(h5, project_name(name, "%s/%s", n->name, field), text);
}

static ia_status put_note(ia_h5 *h5, const note *n)
{
    char name[IA_H5_NAME_MAX];
    ia_status st;
    if ((st = ia_h5_put_group(h5, n->name, "NXnote")) != IA_OK ||
        (st = put_field(h5, n, "role", n->role)) != IA_OK ||
        (st = put_field(h5, n, "type", n->type)) != IA_OK ||
        (st = put_field(h5, n, "file_name", n->file_name)) != IA_OK ||
        (st = put_field(h5, n, "checksum", n->checksum)) != IA_OK ||
        (st = put_field(h5, n, "algorithm", "SHA-256")) != IA_OK)
        return st;
    ia_h5_array data = {IA_U8, n->n, 0, n->bytes, NULL};
    if (!n->bytes || n->n > NOTE_MOST)
        return IA_OK;
    return ia_h5_put_array(h5, project_name(name, "%s/data", n->name), &data);
}

// Without it an analysis that took it could not be repeated.
static ia_status put_stated(ia_h5 *h5, const ia_stated_background *stated)
{
    ia_column edge = ia_column_of(IA_F64, 1, stated->n, stated->edge);
    ia_column sum = ia_column_of(IA_F64, 1, stated->n, stated->sum);
    char hex[65];
    ia_status st = ia_h5_put_group(h5, PROJECT_STATED, "NXcollection");
    if (st == IA_OK)
        st = ia_h5_put_column(h5, PROJECT_STATED "/edge", &edge, "Da", hex);
    return st == IA_OK ? ia_h5_put_column(h5, PROJECT_STATED "/sum", &sum, "", hex) : st;
}

static ia_status put_ions_note(project_job *job)
{
    const ia_ions *ions = &job->state->ions;
    note n = {.name = PROJECT_IONS,
              .role = "ions",
              .type = *ions->format ? ions->format : PROJECT_UNKNOWN,
              .file_name = project_file_name(ions->path),
              .checksum = job->sha256};
    ia_status st = put_note(&job->h5, &n);
    if (st == IA_OK)
        st = ia_h5_put_u64(&job->h5, PROJECT_IONS "/dropped_ions", ions->n_dropped);
    if (st == IA_OK)
        st = ia_h5_put_u64(&job->h5, PROJECT_IONS "/outside_ions", ions->n_outside);
    if (st == IA_OK && ions->background.n > 0)
        st = put_stated(&job->h5, &ions->background);
    if (st == IA_OK && ions->polarity != 0)
        st = ia_h5_put_text(&job->h5, PROJECT_POLARITY,
                            ions->polarity < 0 ? "negative" : "positive");
    return st;
}

ia_status project_note_list(ia_h5 *h5, size_t *n, char ***out)
{
    size_t n_members, n_notes = 0;
    char **members;
    ia_status st = ia_h5_list(h5, PROJECT_ENTRY, &n_members, &members);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < n_members; i++) {
        char *name = members[i];
        members[i] = NULL;
        if (strncmp(name, "note_", 5) == 0 && n_notes < NOTES_MOST)
            members[n_notes++] = name;
        else
            free(name);
    }
    *n = n_notes;
    *out = members;
    return IA_OK;
}

static ia_status copy_file_notes(project_job *job)
{
    size_t n = 0;
    char **names = NULL, name[IA_H5_NAME_MAX];
    ia_status st = project_note_list(job->old, &n, &names);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        if (strncmp(names[i], "note_" PROJECT_OF_RANGES, 11) == 0 ||
            strncmp(names[i], "note_" PROJECT_OF_MESH, 9) == 0)
            st = ia_h5_copy(job->old, &job->h5,
                            project_name(name, PROJECT_ENTRY "/%s", names[i]));
    ia_h5_free_texts(names, n);
    return st;
}

// A stored note of these bytes, or the first free name.
static ia_status find_note(ia_h5 *h5, const char *role, const char *hex,
                           char name[IA_H5_NAME_MAX], bool *found)
{
    *found = false;
    for (size_t i = 1; i < NOTES_MOST; i++) {
        char field[IA_H5_NAME_MAX];
        char *checksum = NULL;
        project_name(name, PROJECT_ENTRY "/note_%s%zu", role, i);
        if (!ia_h5_has(h5, name))
            return IA_OK;
        project_name(field, PROJECT_ENTRY "/note_%s%zu/checksum", role, i);
        ia_status st = ia_h5_get_text(h5, field, &checksum);
        if (st != IA_OK)
            return st;
        *found = strcmp(checksum, hex) == 0;
        free(checksum);
        if (*found)
            return IA_OK;
    }
    return ia_fail(h5->ctx, IA_ERR_UNSUPPORTED, "%s: has %d files of %s, no more fit",
                   h5->path, NOTES_MOST, role);
}

// A file as a note, unless one of its bytes is there already.
static ia_status put_file_note(project_job *job, const char *role, const ia_source *file,
                               const char *format)
{
    char name[IA_H5_NAME_MAX], hex[65];
    bool found;
    ia_status st = ia_sha256(job->ctx, file->bytes, file->n, hex);
    if (st != IA_OK || (st = find_note(&job->h5, role, hex, name, &found)) != IA_OK ||
        found)
        return st;
    note n = {name,
              role,
              *format ? format : PROJECT_UNKNOWN,
              project_file_name(file->path),
              hex,
              file->bytes,
              file->n};
    return put_note(&job->h5, &n);
}

static ia_status put_people_notes(project_job *job)
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < job->state->n_people && st == IA_OK; i++) {
        const ia_source *file = &job->state->people[i];
        const ia_format *format = ia_format_of(file, true);
        st = put_file_note(job, PROJECT_OF_RANGES, file, format ? format->name : "");
    }
    return st;
}

// Of what kind a mesh is its ending tells.
static ia_status put_mesh_note(project_job *job)
{
    const ia_source *file = &job->state->mesh_file;
    const char *dot = file->path ? strrchr(file->path, '.') : NULL;
    return file->n > 0 ? put_file_note(job, PROJECT_OF_MESH, file, dot ? dot + 1 : "")
                       : IA_OK;
}

ia_status project_note_of(project_job *job, const char *role, const ia_source *file,
                          char name[IA_H5_NAME_MAX])
{
    char hex[65];
    bool found = false;
    ia_status st = IA_OK;
    if (file->n > 0 && (st = ia_sha256(job->ctx, file->bytes, file->n, hex)) == IA_OK)
        st = find_note(&job->h5, role, hex, name, &found);
    if (!found)
        name[0] = '\0';
    return st;
}

ia_status project_ranges_note(project_job *job, char name[IA_H5_NAME_MAX])
{
    return project_note_of(job, PROJECT_OF_RANGES, &job->state->ranges_file, name);
}

ia_status project_put_ranges_source(project_job *job)
{
    char name[IA_H5_NAME_MAX];
    ia_status st = project_ranges_note(job, name);
    if (st != IA_OK || !*name)
        return st;
    return ia_h5_link(&job->h5, name, PROJECT_RANGING "/source");
}

// Positions lie beside the file that they were taken from.
static ia_status put_results_link(ia_h5 *h5)
{
    static const char *const group = PROJECT_ENTRY "/atom_probe1/reconstruction";
    if (!ia_h5_has(h5, group))
        return IA_OK;
    return ia_h5_link(h5, PROJECT_IONS,
                      PROJECT_ENTRY "/atom_probe1/reconstruction/results");
}

static ia_status put_metadata_note(project_job *job)
{
    const ia_meta *meta = job->meta;
    if (!meta || !meta->text)
        return IA_OK;
    note n = {PROJECT_METADATA, "metadata",        "yaml", "metadata.yaml", meta->sha256,
              meta->text,       strlen(meta->text)};
    return put_note(&job->h5, &n);
}

ia_status project_put_notes(project_job *job)
{
    ia_status st;
    if ((st = put_ions_note(job)) != IA_OK ||
        (st = put_results_link(&job->h5)) != IA_OK ||
        (job->old && (st = copy_file_notes(job)) != IA_OK) ||
        (job->state->ranges_file.n > 0 &&
         (st = put_file_note(job, PROJECT_OF_RANGES, &job->state->ranges_file,
                             job->state->ranges.format)) != IA_OK) ||
        (st = put_people_notes(job)) != IA_OK || (st = put_mesh_note(job)) != IA_OK)
        return st;
    return put_metadata_note(job);
}

static ia_status get_field(ia_h5 *h5, const char *note_name, const char *field,
                           char **out)
{
    char name[IA_H5_NAME_MAX];
    return ia_h5_get_text(h5, project_name(name, "%s/%s", note_name, field), out);
}

static ia_status get_bytes(ia_h5 *h5, const char *note_name, project_note *out)
{
    char name[IA_H5_NAME_MAX];
    ia_h5_array shape;
    project_name(name, "%s/data", note_name);
    if (!ia_h5_has(h5, name))
        return IA_OK;
    ia_status st = ia_h5_get_shape(h5, name, &shape);
    if (st != IA_OK)
        return st;
    if (shape.type != IA_U8 || shape.width != 0 || shape.n > NOTE_MOST)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s is not a list of at most %d bytes",
                       h5->path, name, NOTE_MOST);
    if (!(out->bytes = ia_array(h5->ctx, shape.n, 1)))
        return IA_ERR_MEMORY;
    out->n = shape.n;
    return ia_h5_get_rows(h5, name, &shape, 0, shape.n, out->bytes);
}

ia_status project_note_get(ia_h5 *h5, const char *name, project_note *out)
{
    project_note n = {0};
    ia_status st;
    if ((st = get_field(h5, name, "role", &n.role)) != IA_OK ||
        (st = get_field(h5, name, "type", &n.type)) != IA_OK ||
        (st = get_field(h5, name, "file_name", &n.file_name)) != IA_OK ||
        (st = get_field(h5, name, "checksum", &n.checksum)) != IA_OK ||
        (st = get_bytes(h5, name, &n)) != IA_OK)
        project_note_clear(&n);
    else
        *out = n;
    return st;
}

void project_note_clear(project_note *n)
{
    free(n->role);
    free(n->type);
    free(n->file_name);
    free(n->checksum);
    free(n->bytes);
    *n = (project_note){0};
}
