// src/project/read.c: open projects and load ions and ranges from them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// The file's own mark: who wrote it, after which definition and in which layout.
static bool get_mark(ia_h5 *h5, uint64_t *layout)
{
    char *creator = NULL, *definition = NULL;
    bool ours = ia_h5_get_attr_text(h5, "/", "creator", &creator) == IA_OK &&
                strcmp(creator, "ionatlas") == 0 &&
                ia_h5_get_text(h5, PROJECT_ENTRY "/definition", &definition) == IA_OK &&
                strcmp(definition, "NXapm") == 0 &&
                ia_h5_get_attr_u64(h5, "/", "layout", layout) == IA_OK;
    free(creator);
    free(definition);
    return ours;
}

static ia_status check_ours(ia_h5 *h5)
{
    uint64_t layout = 0;
    ia_status st = IA_OK;
    ia_ctx *ctx = h5->ctx;
    h5->ctx = NULL; // one sentence for whatever is missing
    bool ours = get_mark(h5, &layout);
    h5->ctx = ctx;
    if (!ours)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT,
                     "%s: is HDF5, but no project that ionatlas wrote", h5->path);
    else if (layout > PROJECT_LAYOUT)
        st = ia_fail(
            h5->ctx, IA_ERR_UNSUPPORTED,
            "%s: was written by a newer ionatlas (layout %llu, this one knows %d)",
            h5->path, (unsigned long long)layout, PROJECT_LAYOUT);
    return st;
}

ia_status project_open(ia_ctx *ctx, const char *path, project_file *out)
{
    *out = (project_file){0};
    ia_status st = ia_source_open(ctx, path, &out->source);
    if (st != IA_OK)
        return st;
    st = ia_h5_open(ctx, out->source.path, out->source.bytes, out->source.n, &out->h5);
    if (st == IA_OK)
        st = check_ours(&out->h5);
    if (st != IA_OK)
        project_close(out);
    return st;
}

void project_close(project_file *file)
{
    ia_h5_close(&file->h5);
    ia_source_clear(&file->source);
}

bool ia_project_is(const char *path)
{
    struct stat info;
    project_file file;
    bool is_file = stat(path, &info) == 0 && S_ISREG(info.st_mode);
    if (!is_file || project_open(NULL, path, &file) != IA_OK) // a pipe is read once
        return false;
    project_close(&file);
    return true;
}

// 0 where the source did not tell.
static ia_status load_polarity(ia_h5 *h5, ia_ions *ions)
{
    char *told = NULL;
    if (!ia_h5_has(h5, PROJECT_POLARITY))
        return IA_OK;
    ia_status st = ia_h5_get_text(h5, PROJECT_POLARITY, &told);
    if (st == IA_OK)
        ions->polarity = strcmp(told, "negative") == 0 ? -1 : 1;
    free(told);
    return st;
}

static ia_status load_values(ia_h5 *h5, const char *name, size_t *n, double **out)
{
    ia_h5_array shape;
    ia_status st = ia_h5_get_shape(h5, name, &shape);
    if (st != IA_OK)
        return st;
    if (shape.type != IA_F64 || shape.width > 1 || shape.n < 2)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s is no list of numbers", h5->path,
                       name);
    if (!(*out = ia_array(h5->ctx, shape.n, sizeof **out)))
        return IA_ERR_MEMORY;
    *n = shape.n;
    return ia_h5_get_rows(h5, name, &shape, 0, shape.n, *out);
}

static bool is_sound(const ia_stated_background *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!isfinite(s->edge[i]) || !isfinite(s->sum[i]) ||
            (i > 0 && !(s->edge[i] > s->edge[i - 1] && s->sum[i] >= s->sum[i - 1])))
            return false;
    return true;
}

static ia_status load_stated(ia_h5 *h5, ia_stated_background *out)
{
    size_t n_sums = 0;
    ia_status st;
    if (!ia_h5_has(h5, PROJECT_STATED "/edge"))
        return IA_OK;
    if ((st = load_values(h5, PROJECT_STATED "/edge", &out->n, &out->edge)) == IA_OK)
        st = load_values(h5, PROJECT_STATED "/sum", &n_sums, &out->sum);
    if (st == IA_OK && (n_sums != out->n || !is_sound(out)))
        st = ia_fail(h5->ctx, IA_ERR_FORMAT,
                     "%s: the stated background has no rising edges and sums", h5->path);
    return st;
}

static ia_status load_identity(ia_h5 *h5, ia_ions *ions)
{
    project_note note = {0};
    ia_status st;
    if ((st = project_note_get(h5, PROJECT_IONS, &note)) != IA_OK ||
        (st = ia_h5_get_u64(h5, PROJECT_IONS "/dropped_ions", &ions->n_dropped)) !=
            IA_OK ||
        (st = ia_h5_get_u64(h5, PROJECT_IONS "/outside_ions", &ions->n_outside)) !=
            IA_OK ||
        (st = load_stated(h5, &ions->background)) != IA_OK ||
        (st = load_polarity(h5, ions)) != IA_OK)
        goto done;
    snprintf(ions->format, sizeof ions->format, "%s", note.type);
    snprintf(ions->sha256, sizeof ions->sha256, "%s", note.checksum);
    ions->path = note.file_name;
    note.file_name = NULL;
done:
    project_note_clear(&note);
    return st;
}

ia_status project_load_ions(ia_h5 *h5, ia_ions *out)
{
    ia_ions ions = {0};
    ia_status st = ia_nxs_get_ions(h5, &ions);
    if (st == IA_OK)
        st = load_identity(h5, &ions);
    if (st == IA_OK)
        *out = ions;
    else
        ia_ions_clear(&ions);
    return st;
}

// The range file that was used last.
static ia_status load_ranges(ia_h5 *h5, ia_source *out)
{
    project_note note = {0};
    char last[IA_H5_NAME_MAX] = "", name[IA_H5_NAME_MAX];
    for (size_t i = project_step_count(h5); i > 0 && !*last; i--) {
        project_step step;
        ia_status st = project_step_get(h5, i, false, &step);
        if (st != IA_OK)
            return st;
        if (project_step_is_ranged(&step))
            project_name(last, PROJECT_ENTRY "/%s", step.inputs[1]);
        project_step_clear(&step);
    }
    if (!*last)
        return IA_OK;
    ia_status st = project_note_get(h5, project_name(name, "%s", last), &note);
    if (st != IA_OK)
        return st;
    *out = (ia_source){.bytes = note.bytes, .n = note.n, .path = note.file_name};
    note.bytes = NULL;
    note.file_name = NULL;
    project_note_clear(&note);
    return IA_OK;
}

// Parameters of the last step of that method; its defaults where there is none.
static ia_status load_params(ia_h5 *h5, const ia_method *method, void *out)
{
    ia_method_defaults(method, out);
    for (size_t i = project_step_count(h5); i > 0; i--) {
        project_step step;
        ia_status st = project_step_get(h5, i, false, &step);
        if (st != IA_OK)
            return st;
        bool is_it = strcmp(step.method, method->name) == 0;
        for (size_t k = 0; is_it && k < step.n_params && st == IA_OK; k++) {
            const ia_field *field = ia_method_find(method, step.params[k]);
            if (field)
                st = ia_field_read(h5->ctx, field, step.values[k], out);
        }
        project_step_clear(&step);
        if (is_it || st != IA_OK)
            return st;
    }
    return IA_OK;
}

ia_status ia_project_load(ia_ctx *ctx, const char *path, ia_state *out)
{
    project_file file;
    ia_ions ions = {0};
    ia_source ranges = {0};
    ia_read_params reading;
    ia_range_params ranging;
    ia_identify_params told;
    ia_status st = project_open(ctx, path, &file);
    if (st != IA_OK)
        return st;
    if ((st = project_load_ions(&file.h5, &ions)) == IA_OK &&
        (st = load_params(&file.h5, &ia_read_method, &reading)) == IA_OK &&
        (st = load_params(&file.h5, &ia_range_method, &ranging)) == IA_OK &&
        (st = load_params(&file.h5, &ia_identify_method, &told)) == IA_OK)
        st = load_ranges(&file.h5, &ranges);
    project_close(&file);
    if (st != IA_OK) {
        ia_ions_clear(&ions);
        return st;
    }
    *out = (ia_state){.ions = ions,
                      .is_stored = true,
                      .read = reading,
                      .ranging = ranging,
                      .ranges_file = ranges};
    // The specimen's, whatever else is asked of it now.
    memcpy(out->identify_params.enriched, told.enriched, sizeof told.enriched);
    return IA_OK;
}

ia_status project_load_meta(ia_h5 *h5, ia_meta *out)
{
    project_note note;
    if (!ia_h5_has(h5, PROJECT_METADATA))
        return IA_OK;
    ia_status st = project_note_get(h5, PROJECT_METADATA, &note);
    if (st != IA_OK)
        return st;
    st = ia_meta_parse(h5->ctx, note.bytes, note.n, out);
    project_note_clear(&note);
    return st;
}

ia_status ia_project_meta(ia_ctx *ctx, const char *path, ia_meta *out)
{
    project_file file;
    ia_meta meta = {0};
    ia_status st = project_open(ctx, path, &file);
    if (st != IA_OK)
        return st;
    if ((st = project_load_meta(&file.h5, &meta)) == IA_OK)
        *out = meta;
    project_close(&file);
    return st;
}
