// src/io/write.c: writing ions and ranges through the table of formats.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_BOOL, ia_write_params, fill_missing, "", 0, 0, 1,
             "write zeros for columns that the input lacks"),
};
const ia_method ia_write_method =
    IA_METHOD("write", "Write ions in another format", ia_write_params, fields);

ia_write_params ia_write_defaults(void)
{
    ia_write_params params;
    ia_method_defaults(&ia_write_method, &params);
    return params;
}

// "pos, epos, ...": of each format that can be written the first extension.
static void list_endings(bool ranges, char *out, size_t size)
{
    size_t n = 0, used = 0;
    const ia_format *list = ia_formats(&n);

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t length = strcspn(list[i].extensions, "|");
        bool can = ranges ? list[i].write_ranges != NULL : list[i].write_ions != NULL;
        if (can && length > 0 && used + length + 3 < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "",
                                     (int)length, list[i].extensions);
    }
}

static ia_status fail_no_format(ia_ctx *ctx, const char *path, bool ranges)
{
    char endings[200];
    list_endings(ranges, endings, sizeof endings);
    return ia_fail(ctx, IA_ERR_PARAM,
                   "%s: its ending names no format that %s can be written in: %s", path,
                   ranges ? "ranges" : "ions", endings);
}

ia_status ia_ions_write_check(ia_ctx *ctx, unsigned columns, const ia_format *format,
                              const ia_write_params *params, const char *path)
{
    bool fill = params ? params->fill_missing : ia_write_defaults().fill_missing;
    if (!format)
        format = ia_format_for(path, false);
    if (!format || !format->write_ions)
        return fail_no_format(ctx, path, false);
    for (ia_column_id id = 0; id < IA_N_COLUMNS && !fill; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        if (format->needed & ~columns & 1u << id)
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "%s needs the %s (column %s), which the input lacks; "
                           "--fill-missing writes zeros",
                           format->name, kind->title, kind->name);
    }
    return IA_OK;
}

void ia_format_tell_lost(ia_ctx *ctx, unsigned columns, const ia_format *format)
{
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        if (columns & ~format->columns & 1u << id)
            ia_warn(ctx, "%s cannot hold the %s (column %s): lost", format->name,
                    kind->title, kind->name);
    }
}

unsigned ia_ions_columns(const ia_ions *ions)
{
    unsigned columns = 0;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        columns |= ia_ions_has(ions, id) ? 1u << id : 0;
    return columns;
}

typedef struct {
    const ia_ions *ions;
    const ia_ranges *ranges;
    const ia_format *format;
} job;

static ia_status write_stream(ia_ctx *ctx, const job *j, FILE *stream)
{
    return j->ions ? j->format->write_ions(ctx, j->ions, stream)
                   : j->format->write_ranges(ctx, j->ranges, stream);
}

static ia_status write_file(ia_ctx *ctx, const job *j, const char *path)
{
    ia_draft *draft;
    ia_status st;
    if (strcmp(path, "-") == 0) {
        if ((st = write_stream(ctx, j, stdout)) == IA_OK &&
            (fflush(stdout) != 0 || ferror(stdout)))
            st = ia_fail(ctx, IA_ERR_IO, "standard output: %s", strerror(errno));
        if (st != IA_OK)
            clearerr(stdout); // it is told, once
        return st;
    }
    if ((st = ia_draft_new(ctx, path, &draft)) != IA_OK)
        return st;
    if ((st = write_stream(ctx, j, ia_draft_stream(draft))) == IA_OK)
        return ia_draft_commit(ctx, draft);
    ia_draft_discard(draft);
    return st;
}

ia_status ia_ions_write(ia_ctx *ctx, const ia_ions *ions, const ia_format *format,
                        const ia_write_params *params, const char *path)
{
    unsigned columns = ia_ions_columns(ions);
    ia_status st = ia_ions_write_check(ctx, columns, format, params, path);
    if (st != IA_OK)
        return st;
    if (!format)
        format = ia_format_for(path, false);
    ia_format_tell_lost(ctx, columns, format);
    return write_file(ctx, &(job){.ions = ions, .format = format}, path);
}

ia_status ia_ranges_write(ia_ctx *ctx, const ia_ranges *ranges, const ia_format *format,
                          const char *path)
{
    if (!format)
        format = ia_format_for(path, true);
    if (!format || !format->write_ranges)
        return fail_no_format(ctx, path, true);
    return write_file(ctx, &(job){.ranges = ranges, .format = format}, path);
}
