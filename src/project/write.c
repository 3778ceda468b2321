// src/project/write.c: write a chain of steps into a project, new or one that gains them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ionatlas/hash.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// The input's hash; of its columns where the ions came from no file.
static ia_status identify(project_job *job)
{
    const ia_ions *ions = &job->state->ions;
    if (ions->sha256[0]) {
        memcpy(job->sha256, ions->sha256, sizeof job->sha256);
        return IA_OK;
    }
    ia_hash *hash;
    ia_status st = ia_hash_new(job->ctx, &hash);
    if (st != IA_OK)
        return st;
    for (ia_column_id id = 0; id < IA_N_COLUMNS && st == IA_OK; id++) {
        char hex[65];
        if (!ia_ions_has(ions, id))
            continue;
        if ((st = ia_column_sha256(job->ctx, &ions->columns[id], hex)) == IA_OK)
            ia_hash_add(hash, hex, sizeof hex);
    }
    if (st == IA_OK)
        ia_hash_finish(hash, job->sha256);
    ia_hash_free(hash);
    return st;
}

// The first value of the recorded `read` step that the chain's differs from, or NULL.
static const ia_field *other_reading(const project_step *old,
                                     const ia_step_record *record)
{
    const ia_method *method = record->kind->method;
    for (size_t i = 0; i < method->n_fields; i++) {
        const ia_field *field = &method->fields[i];
        char text[IA_FIELD_TEXT_MAX];
        ia_field_write(field, record->params, text, sizeof text);
        for (size_t k = 0; k < old->n_params; k++)
            if (strcmp(old->params[k], field->name) == 0 &&
                strcmp(old->values[k], text) != 0)
                return field;
    }
    return NULL;
}

static ia_status compare_reading(project_job *job, ia_h5 *old)
{
    const ia_step_record *record = ia_chain_find(job->chain, "read");
    size_t n = record ? project_step_count(old) : 0;
    ia_status st = IA_OK;
    for (size_t i = 1; i <= n && st == IA_OK; i++) {
        project_step step;
        if ((st = project_step_get(old, i, false, &step)) != IA_OK)
            return st;
        const ia_field *field =
            strcmp(step.method, "read") == 0 ? other_reading(&step, record) : NULL;
        if (field)
            st = ia_fail(job->ctx, IA_ERR_PARAM,
                         "%s: was read with another %s; --force replaces it", old->path,
                         field->name);
        project_step_clear(&step);
    }
    return st;
}

static ia_status compare_input(project_job *job, ia_h5 *old)
{
    project_note note;
    ia_status st = project_note_get(old, PROJECT_IONS, &note);
    if (st != IA_OK)
        return st;
    if (strcmp(note.checksum, job->sha256) != 0)
        st = ia_fail(job->ctx, IA_ERR_PARAM,
                     "%s: holds the analysis of %s (SHA-256 %.12s...), not of %s "
                     "(%.12s...); --force replaces it",
                     old->path, note.file_name, note.checksum,
                     project_file_name(job->state->ions.path), job->sha256);
    project_note_clear(&note);
    return st == IA_OK ? compare_reading(job, old) : st;
}

static bool is_input(const project_job *job, const struct stat *info)
{
    const char *path = job->state->ions.path;
    struct stat input;
    return path && stat(path, &input) == 0 && input.st_dev == info->st_dev &&
           input.st_ino == info->st_ino;
}

// Decide what becomes of a file that is already there; `file` is open when it gains
// steps.
static ia_status look_at_old(project_job *job, const char *path, bool force,
                             project_file *file)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return IA_OK;
    ia_ctx *ctx = force ? NULL : job->ctx; // with force, reasons do not matter
    ia_status st = project_open(NULL, path, file);
    if (st == IA_ERR_FORMAT && is_input(job, &info))
        return ia_fail(job->ctx, IA_ERR_PARAM,
                       "%s: is the input itself; name another file for the project",
                       path);
    if (st != IA_OK && force)
        return st == IA_ERR_MEMORY ? st : IA_OK;
    if (st != IA_OK)
        return ia_fail(job->ctx, st == IA_ERR_MEMORY ? st : IA_ERR_PARAM,
                       "%s: is there and no project that this program can read; --force "
                       "replaces it",
                       path);
    project_job asking = *job;
    asking.ctx = ctx;
    file->h5.ctx = ctx;
    st = compare_input(&asking, &file->h5);
    file->h5.ctx = job->ctx;
    if (st == IA_OK) {
        job->old = &file->h5;
        return IA_OK;
    }
    project_close(file);
    return force && st != IA_ERR_MEMORY ? IA_OK : st;
}

// Without new metadata, those of the old project stay.
static ia_status keep_metadata(project_job *job, ia_meta *kept)
{
    project_note note;
    if (job->meta || !job->old || !ia_h5_has(job->old, PROJECT_METADATA))
        return IA_OK;
    ia_status st = project_note_get(job->old, PROJECT_METADATA, &note);
    if (st != IA_OK)
        return st;
    st = ia_meta_parse(job->ctx, note.bytes, note.n, kept);
    project_note_clear(&note);
    if (st == IA_OK)
        job->meta = kept;
    return st;
}

static ia_status fill(project_job *job)
{
    ia_status st;
    if ((st = project_put_entry(job)) != IA_OK || (st = project_put_grid(job)) != IA_OK ||
        (st = project_put_notes(job)) != IA_OK ||
        (st = project_put_steps(job)) != IA_OK ||
        (st = project_put_ranging(job)) != IA_OK)
        return st;
    return project_put_meta(job);
}

static ia_status write_draft(project_job *job, const char *path)
{
    ia_draft *draft;
    ia_status st = ia_draft_new(job->ctx, path, &draft);
    if (st != IA_OK)
        return st;
    st = ia_h5_create(job->ctx, path, ia_draft_stream(draft), &job->h5);
    if (st == IA_OK) {
        st = fill(job);
        ia_status closed = ia_h5_close(&job->h5);
        st = st == IA_OK ? closed : st;
    }
    if (st == IA_OK)
        st = ia_step(job->ctx, "storing", 1);
    if (st == IA_OK)
        return ia_draft_commit(job->ctx, draft);
    ia_draft_discard(draft);
    return st;
}

ia_status ia_project_write(ia_ctx *ctx, const char *path, const ia_state *state,
                           const ia_chain *chain, const ia_meta *meta, bool force)
{
    project_job job = {.ctx = ctx, .state = state, .chain = chain, .meta = meta};
    project_file file = {0};
    ia_meta kept = {0};
    ia_status st;
    if ((st = identify(&job)) == IA_OK &&
        (st = look_at_old(&job, path, force, &file)) == IA_OK &&
        (st = keep_metadata(&job, &kept)) == IA_OK)
        st = write_draft(&job, path);
    if (job.old)
        project_close(&file);
    ia_meta_clear(&kept);
    return st;
}
